"""Passing effects: what an agent may miss without harm (ephemerals, ✅ marks, answers to a
press, typing). At most once, in memory, paced; nothing anybody must know is only here.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from desk import metrics
from desk.clock import Clock
from desk.delivery.pacing import Pacing
from desk.slack.errors import Pointless, SlackError, Throttled
from desk.units import after_commit
from networks.errors import DeliveryError

_log = logging.getLogger(__name__)

Work = Callable[[], Awaitable[None]]

_AT_ONCE = 4
_LOOK_AGAIN = 60.0
"""Seconds: others spend the same allowance, and nobody tells us when they give it back."""


@dataclass(frozen=True, slots=True)
class _Offer:
    pace_key: str
    work: Work
    thrown_back: bool = False


class Passing:
    """A bounded queue. Give it the worker's `pacing`, so that both spend the same allowance."""

    def __init__(self, clock: Clock, limit: int = 500, *, pacing: Pacing | None = None) -> None:
        self._clock = clock
        self._limit = limit
        self._pacing = pacing or Pacing(clock.monotonic)
        self._waiting: dict[str, _Offer] = {}
        self._names = itertools.count()
        self._lasting: dict[str, float] = {}
        """Keys of effects that show for a while by themselves, and until when."""
        self._news = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._stopping = False
        self.dropped = 0
        """How many never left: too many waited, Slack asked twice for a pause, or we stopped."""

    def __len__(self) -> int:
        return len(self._waiting)

    def offer(self, key: str | None, pace_key: str, work: Work, *, lasts: float = 0.0) -> None:
        """Queue `work`, inside a unit of work once that is committed. One that waits with the same `key` is
        replaced and keeps its place; one that `lasts` so many seconds is not repeated meanwhile, until its
        key is offered for something else.

        Beyond the limit the oldest is dropped. Never blocks, never raises.
        """
        after_commit(partial(self._take, key, pace_key, work, lasts))

    def _take(self, key: str | None, pace_key: str, work: Work, lasts: float) -> None:
        if self._stopping:
            self._drop()
            return
        if key is not None and self._stands(key, lasts):
            return
        name = f"key {key}" if key is not None else f"nameless {next(self._names)}"
        self._waiting[name] = _Offer(pace_key, work)
        while len(self._waiting) > self._limit:
            self._waiting.pop(next(iter(self._waiting)))
            self._drop()
        self._news.set()

    def _stands(self, key: str, lasts: float) -> bool:
        """Whether this shows already; what begins to, or ends, is noted."""
        now = self._clock.monotonic()
        if lasts and self._lasting.get(key, now) > now:
            return True
        self._lasting.pop(key, None)
        if lasts:
            self._lasting = {k: until for k, until in self._lasting.items() if until > now}
            self._lasting[key] = now + lasts
        return False

    async def run(self) -> None:
        """Let effects out as the pace allows, until `stop`."""
        while not self._stopping:
            self._news.clear()
            pause = self._let_out()
            await self._wait(pause)

    async def stop(self, grace: float = 2.0) -> None:
        """Take nothing more; let out what needs no waiting, and finish it within `grace` seconds."""
        self._stopping = True
        self._news.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self._finish()
        late = list(self._running)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        self._drop(len(self._waiting))
        self._waiting.clear()

    async def _finish(self) -> None:
        self._let_out()
        while self._running:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            self._let_out()

    def _drop(self, number: int = 1) -> None:
        self.dropped += number
        metrics.PASSING_DROPPED.inc(number)

    def _let_out(self) -> float | None:
        """Start what may start now. Returns seconds until more may; None: only news can tell."""
        waits: dict[str, float] = {}
        for name, offer in list(self._waiting.items()):
            if len(self._running) >= _AT_ONCE:
                return None
            if offer.pace_key in waits:
                continue  # others wait for the same
            if wait := self._pacing.next_free(offer.pace_key):
                waits[offer.pace_key] = wait
                continue
            del self._waiting[name]
            self._start(name, offer)
        return min(waits.values(), default=None)

    def _start(self, name: str, offer: _Offer) -> None:
        self._pacing.spend(offer.pace_key)
        task = asyncio.create_task(self._attempt(name, offer))
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._news.set()

    async def _attempt(self, name: str, offer: _Offer) -> None:
        try:
            await offer.work()
        except Throttled as pause:
            self._pacing.block(offer.pace_key, pause.retry_after)
            self._throw_back(name, offer)
        except Pointless:
            return
        except Exception as error:
            _log.info("A passing effect was lost: %s %s", type(error).__name__, _code_of(error))
        finally:
            self._pacing.release(offer.pace_key)

    def _throw_back(self, name: str, offer: _Offer) -> None:
        """Slack did nothing, so once more is still at most once; a newer one comes first."""
        if name in self._waiting:
            return
        if offer.thrown_back or self._stopping or len(self._waiting) >= self._limit:
            self._drop()
            return
        self._waiting = {name: _Offer(offer.pace_key, offer.work, thrown_back=True), **self._waiting}

    async def _wait(self, pause: float | None) -> None:
        """Until there is news, or `pause` is over."""
        waits: list[asyncio.Task[Any]] = [asyncio.create_task(self._news.wait())]
        if pause is not None:
            waits.append(asyncio.create_task(self._sleep(min(pause, _LOOK_AGAIN))))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)


def _code_of(error: Exception) -> str:
    return error.code if isinstance(error, SlackError | DeliveryError) else ""

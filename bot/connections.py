"""The accounts' lines to their providers: told where to call us, asked where they don't call.

One task per account. Nothing a provider or the database does ends it; what a person has to
mend is told once, and tried on until it is mended.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Coroutine
from functools import partial
from typing import Any, TypeVar

import structlog
from tortoise.exceptions import ValidationError

from bot.connecting import hook_of, polled
from bot.database import FAULTS
from desk import metrics, polling, trouble
from desk.context import ConnectedAccount, Desk
from desk.delivery import retry
from desk.slack import wording
from networks.base import Checks, Connects, Polled, PollingNetwork
from networks.errors import DeliveryError, NoAnswer, Rejected, Throttled
from networks.events import InboundEvent

log = structlog.get_logger("oratio.connections")

T = TypeVar("T")

_SPREAD = random.Random()  # noqa: S311 - spreads repeats, guards nothing
_STUBBORN = 3
"""So often an answer is tried to be taken whole before its events are taken one by one."""
_PRESSED = 5.0
"""Seconds that whoever pressed `Check again` waits for an answer at most."""


class Connection:
    """One account's line. `run` is its task; `trouble` is why it does not work, or None."""

    def __init__(self, desk: Desk, account: ConnectedAccount, owner: str, *, alone: bool) -> None:
        hook = hook_of(desk.settings, account.config)
        network = account.network
        self.polls = polled(network, account.settings, hook)
        self.account = account
        self.trouble: str | None = None
        self._hook = None if self.polls else hook
        self._desk = desk
        self._owner = owner
        self._alone = alone
        self._connected = not isinstance(network, Connects)
        self._first = True
        self._failures = self._untaken = 0
        self._answered_at = desk.clock.monotonic()
        self._asking: asyncio.Future[Any] | None = None
        self._stopped = False
        self._wake, self._turned = asyncio.Event(), asyncio.Event()

    async def run(self) -> None:
        """Keep the line up until `stop`."""
        try:
            while not self._stopped:
                self._wake.clear()
                rest = await self._turn()
                self._turned.set()
                await self._rest(rest)
        except asyncio.CancelledError:
            if not self._stopped:
                raise
        finally:
            if self.polls:
                with contextlib.suppress(*FAULTS):
                    await self._desk.units.run(lambda: polling.let_go(self.account, self._owner))

    def stop(self) -> None:
        """End `run`; a question under way is dropped, and asked again after the next start."""
        self._stopped = True
        self._wake.set()
        if self._asking is not None:
            self._asking.cancel()

    async def now(self) -> None:
        """Try at once what does not work; returns when that was tried, or takes long."""
        if self.trouble is None:
            return
        self._turned.clear()
        self._wake.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PRESSED):
                await self._turned.wait()

    async def renew(self) -> None:
        """Stay the one that asks."""
        if self.polls:
            await self._is_ours()

    @property
    def silent_for(self) -> float:
        """Seconds since the provider last answered well; 0 as long as nothing failed.

        A question that it may take its time to answer is no failure, until it has taken too long.
        """
        silence = self._desk.clock.monotonic() - self._answered_at
        patience = self._desk.settings.durations.poll_within.total_seconds()
        return silence if self._failures or (self.polls and silence > patience) else 0.0

    async def watch(self) -> None:
        """Tell those who run the program of a line that has been dead for a while."""
        name = self.account.config.name
        metrics.CONNECTION_SILENT.labels(account=name).set(self.silent_for)
        spans = self._desk.settings.durations
        if self.silent_for > spans.silent_after.total_seconds():
            title = self.account.network.title
            await self._report(wording.operators.silent(self.trouble or f"{title} isn't answering"))

    async def _turn(self) -> float:
        """One try, whatever comes of it; for how long to rest after it, in seconds."""
        spans = self._desk.settings.durations
        try:
            if self.polls and not await self._is_ours():
                self._answered_at = self._desk.clock.monotonic()  # somebody else's business
                return spans.lease.total_seconds() / 3
            try:
                rest = await self._once()
            except DeliveryError as error:
                return await self._failed(error)
            await self._worked()
        except Exception as error:  # the line must outlive any fault
            log.warning("connection.fault", error=type(error).__name__, exc_info=_foreseen(error))
            self._failures += 1
            return retry.pause(self._failures, spans, _SPREAD).total_seconds()
        return rest

    async def _once(self) -> float:
        """Connect, then ask or look; for how long to rest after it, in seconds."""
        network, settings = self.account.network, self.account.settings
        if not self._connected and isinstance(network, Connects):
            if self._hook is None and not self.polls:
                raise Rejected(wording.operators.NO_ADDRESS)
            await self._ask(network.connect(settings, self._hook))
            self._connected = True
        if self.polls and isinstance(network, PollingNetwork):
            cursor, asked = await polling.cursor_of(self.account), self._desk.clock.monotonic()
            known = not self._first and self._failures == 0  # that it works; if not, it is to be known soon
            polled = await self._ask(network.poll(settings, cursor, wait=known))
            await self._take(polled)
            return self._breath(polled, self._desk.clock.monotonic() - asked)
        if isinstance(network, Checks):
            found = await self._ask(network.check(settings, self._hook))
            if wrong := next((each.words for each in found if each.wrong), None):
                raise Rejected(wrong)
        return self._desk.settings.durations.people_every.total_seconds()

    def _breath(self, polled: Polled, took: float) -> float:
        """A provider that has nothing to say and says so at once is not asked without a pause."""
        base = self._desk.settings.durations.retry_base.total_seconds()
        return base if took < base and not (polled.events or polled.unreadable) else 0.0

    async def _ask(self, question: Coroutine[Any, Any, T]) -> T:
        """Put a question to the provider. Raises `DeliveryError`, also for one that takes too long."""
        asking: asyncio.Task[T] = asyncio.ensure_future(question)
        self._asking = asking
        if self._stopped:
            asking.cancel()
        try:
            async with asyncio.timeout(self._desk.settings.durations.poll_within.total_seconds()):
                return await asking
        except TimeoutError as error:
            raise NoAnswer(f"{self.account.network.title} isn't answering") from error

    async def _take(self, polled: Polled) -> None:
        """Commit an answer. What fails for a fault of ours is taken apart in the end."""
        desk, account = self._desk, self.account
        try:
            await desk.units.transact(lambda: polling.take(desk, account, polled))
        except Exception as error:
            self._untaken += 1
            if _passes(error) or self._untaken < _STUBBORN:
                raise
            await self._take_apart(polled)
        self._untaken = 0
        if polled.events or polled.unreadable:
            desk.wake()

    async def _take_apart(self, polled: Polled) -> None:
        """Take one by one what can be taken, and pass over what can't.

        Where not even one can, the fault is not the events': they wait at the provider.
        """
        desk, account = self._desk, self.account
        untaken: list[tuple[InboundEvent, Exception]] = []
        for event in polled.events:
            try:
                await desk.units.transact(partial(polling.take_one, desk, account, event))
            except Exception as error:
                if _passes(error):
                    raise
                untaken.append((event, error))
        if untaken and len(untaken) == len(polled.events):
            raise untaken[0][1]
        for event, why in untaken:
            name, kind = account.config.name, type(why).__name__
            log.error("connection.untaken", account=name, error=kind, exc_info=_foreseen(why))
            await desk.units.run(partial(polling.pass_over, desk, account, event))
        rest = Polled(cursor=polled.cursor, unreadable=polled.unreadable)
        await desk.units.transact(lambda: polling.take(desk, account, rest))

    async def _failed(self, error: DeliveryError) -> float:
        """What to do about an error of the provider; for how long to rest, in seconds."""
        self._failures += 1
        self.trouble = error.words
        log.warning(
            "connection.failed",
            account=self.account.config.name,
            error=type(error).__name__,
            code=error.code,
            why=error.words,
        )
        if error.certain and not error.retry:  # nothing but a person mends it
            self._connected = not isinstance(self.account.network, Connects)
            await self._report(error.words)
        spans = self._desk.settings.durations
        pause = retry.pause(self._failures, spans, _SPREAD).total_seconds()
        if isinstance(error, Throttled):
            asked = min(max(error.retry_after, 0.0), retry.LONGEST_PAUSE.total_seconds())
            return asked + min(pause, spans.retry_base.total_seconds())
        return pause

    async def _worked(self) -> None:
        self._answered_at = self._desk.clock.monotonic()
        if self._failures == 0 and not self._first:
            return
        mended = await self._desk.units.transact(lambda: trouble.answers(self._desk, self.account.id))
        self._first, self._failures, self.trouble = False, 0, None
        if mended:
            self._desk.wake()

    async def _report(self, words: str) -> None:
        what = f"account:{self.account.id}"
        await self._desk.units.transact(lambda: trouble.told(self._desk, what, words))
        self._desk.wake()

    async def _is_ours(self) -> bool:
        now = self._desk.clock.now()
        until = now + self._desk.settings.durations.lease
        return await self._desk.units.run(
            lambda: polling.seize(self.account, self._owner, now, until, alone=self._alone)
        )

    async def _rest(self, seconds: float) -> None:
        if seconds <= 0:
            return
        waker = asyncio.ensure_future(self._wake.wait())
        sleeper = asyncio.ensure_future(self._desk.clock.sleep(seconds))
        _, waiting = await asyncio.wait({waker, sleeper}, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()


def _foreseen(error: Exception) -> Exception | None:
    """What to log of it beside its name: the database quotes what it was given."""
    return None if isinstance(error, FAULTS) else error


def _passes(error: Exception) -> bool:
    """Whether it is the database's state, which will be another, and not what it was given."""
    return isinstance(error, FAULTS) and not isinstance(error, ValidationError)


class Connections:
    """Every account's line that is kept up by us."""

    def __init__(self, desk: Desk, owner: str, *, alone: bool) -> None:
        self.each = [
            Connection(desk, account, owner, alone=alone)
            for account in desk.accounts.values()
            if isinstance(account.network, Connects | PollingNetwork | Checks)
        ]

    async def watch(self) -> None:
        """See whether one has been dead for a while."""
        for connection in self.each:
            await connection.watch()

    async def renew(self) -> None:
        """Stay the one that asks, for every account that is asked from here."""
        for connection in self.each:
            await connection.renew()

    async def now(self) -> None:
        """Try at once whatever does not work."""
        await asyncio.gather(*(connection.now() for connection in self.each))

    def stop(self) -> None:
        """End every task."""
        for connection in self.each:
            connection.stop()

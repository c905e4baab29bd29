"""Claim, carry out, settle.

One dispatcher chooses what may go now (first of its lane, its pace free) and starts a
task for each; a task makes the call outside any transaction and settles its row, with
what follows from it, in one. A failure is decided by `retry.after`, which is pure.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from desk import metrics, trouble
from desk.context import Desk
from desk.delivery import keys, outbox, queue, retry
from desk.delivery.deciding import deciding, is_channel, park, unsure
from desk.delivery.handling import Awaited, Blocked, Handling, NotThere, Outcome
from desk.delivery.pacing import Pacing
from desk.delivery.queue import Candidate
from desk.delivery.turns import LATE, MANY, YIELDS, in_turn, is_slack
from models import Delivery, DeliveryKind, DeliveryState

log = structlog.get_logger("oratio.worker")

_LOOK_BEHIND = 0.5
"""Seconds until answers that wait for older ones are looked at again, if nobody wakes us."""

LOOKS = 2
"""How often a post of unknown fate is looked for before it is made again."""


class Worker:
    """Empties the outbox until it is stopped.

    While `behind` says so, something an agent wrote may not have been read yet: what leaves
    for a network waits then, since an answer that came later must not overtake it.
    """

    def __init__(
        self,
        desk: Desk,
        kinds: Mapping[DeliveryKind, Handling],
        pacing: Pacing,
        *,
        owner: str,
        wake: asyncio.Event,
        behind: Callable[[], bool] = lambda: False,
        seed: int | None = None,
    ) -> None:
        self._desk = desk
        self._behind = behind
        self._kinds = kinds
        self._pacing = pacing
        self._owner = owner
        self._wake = wake
        self._stopping = self._over = False
        self._stop_by = desk.clock.now()
        self._ended = asyncio.Event()
        self._ended.set()
        self._running: dict[int, asyncio.Task[None]] = {}
        self._of_slack: set[int] = set()
        """Those under way that are calls to Slack."""
        self._unsent: set[int] = set()
        """Rows that may be claimed in our name and certainly did not leave."""
        self._channels: set[str] = set()
        """Channels with a post under way: one at a time, so that they stand as they left."""
        self._yielded: dict[str, datetime] = {}
        """Lanes that had a turn in which many waited, and since when."""
        self._random = random.Random(seed)  # noqa: S311 - spreads retries, guards nothing
        self.alive_at = desk.clock.monotonic()

    async def run(self) -> None:
        """Work until `stop`. A database that is away is waited for."""
        self._ended.clear()
        try:
            while not self._over:
                self._wake.clear()
                self.alive_at = self._desk.clock.monotonic()
                rest = await self._turn()
                if self._stopping and await self._certain():
                    break
                await self._rest(rest)
        finally:
            self._ended.set()

    async def _turn(self) -> float:
        """One round, whatever comes of it; for how long to rest after it, in seconds."""
        try:
            return await self._round()
        except Exception as error:  # the outbox must outlive any fault of the database
            log.warning("outbox.unreachable", error=type(error).__name__)
            return self._desk.settings.durations.retry_base.total_seconds()

    async def _rest(self, seconds: float) -> None:
        waker = asyncio.ensure_future(self._wake.wait())
        sleeper = asyncio.ensure_future(self._desk.clock.sleep(seconds))
        _, waiting = await asyncio.wait({waker, sleeper}, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()

    async def _certain(self) -> bool:
        """Whether the fate of everything that left is known, or can't become so before we must end."""
        if self._running:
            return False
        try:
            return not await queue.in_doubt(self._desk.workspace.id, self._stop_by)
        except Exception as error:  # without its database the program can only end
            log.warning("outbox.unreachable", error=type(error).__name__)
            return True

    async def stop(self, seconds: float) -> None:
        """Begin nothing more; let what is under way end and look for what is in doubt, at most that long."""
        self._stop_by = self._desk.clock.now() + timedelta(seconds=seconds)
        self._stopping = True
        self._wake.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.wait()  # a round that is on its way may start some more
                while self._running:
                    await asyncio.wait(self._running.values())
        self._over = True
        self._wake.set()
        late = list(self._running.values())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def renew(self) -> None:
        """Prolong the leases of what is under way: a large file takes longer than one."""
        until = self._desk.clock.now() + self._desk.settings.durations.lease
        ids = list(self._running)
        await self._desk.units.run(lambda: outbox.renew(ids, self._owner, until))

    @property
    def busy(self) -> int:
        """How many deliveries are under way."""
        return len(self._running)

    async def _round(self) -> float:
        """Start what may go now; return for how long nothing new can be due, in seconds."""
        now = self._desk.clock.now()
        workspace = self._desk.workspace.id
        rest = 5.0
        await self._give_back(now)
        patient = self._patient(now)
        for candidate in in_turn(await queue.candidates(workspace, now), patient):
            if self._over:
                break
            if self._stopping and not candidate.doubtful:
                continue
            if is_slack(candidate.pace_key) and len(self._of_slack) >= self._desk.settings.workers:
                continue
            if keys.is_outward(candidate.lane) and self._behind():
                rest = min(rest, _LOOK_BEHIND)
                continue
            if candidate.id in self._running or candidate.pace_key in self._channels:
                continue
            rested = candidate.lane in patient and is_channel(candidate.pace_key)
            wait = (self._pacing.next_rested if rested else self._pacing.next_free)(candidate.pace_key)
            if wait > 0:
                rest = min(rest, wait)
                continue
            await self._start(candidate)
        due = await queue.next_due(workspace, now)
        if due:
            rest = min(rest, max((due - self._desk.clock.now()).total_seconds(), 0.0))
        return max(rest, 0.005)

    async def _give_back(self, now: datetime) -> None:
        """Rows of which we do not know whether the claim was committed, or whose lease ended first."""
        if unsent := set(self._unsent):
            await self._desk.units.run(lambda: outbox.let_go(unsent, self._owner, now))
            self._unsent -= unsent

    async def _start(self, candidate: Candidate) -> None:
        desk = self._desk
        deadline = desk.clock.monotonic() + desk.settings.durations.lease.total_seconds()
        try:
            row = await desk.units.run(lambda: self._claim(candidate))
        except Exception:
            self._unsent.add(candidate.id)
            raise
        if row is None:
            return
        self._pacing.spend(candidate.pace_key)
        alone = is_channel(candidate.pace_key) and row.kind is not DeliveryKind.FILES
        if alone:
            self._channels.add(candidate.pace_key)
        if is_slack(candidate.pace_key):
            self._of_slack.add(row.id)
        task = asyncio.create_task(self._carry_out(row, deadline))
        self._running[row.id] = task
        task.add_done_callback(lambda _: self._finished(row.id, candidate.pace_key, alone))

    async def _claim(self, candidate: Candidate) -> Delivery | None:
        """The row, with those that leave along with it while its channel is behind its pace."""
        now, lease = self._desk.clock.now(), self._desk.settings.durations.lease
        with_it = self._kinds[candidate.kind].along

        async def along(row: Delivery) -> Sequence[int]:
            return await with_it(row) if with_it and self._is_behind(row, now) else ()

        row = await outbox.claim(candidate.id, self._owner, now, lease, along)
        if row and row.lane and self._is_behind(row, now):
            left = await outbox.yield_turn(row, now)
            if 1 + len(row.result["run"]) + left > MANY:
                self._yielded[row.lane] = now
        return row

    def _patient(self, now: datetime) -> Collection[str]:
        """The lanes that let others go first for now."""
        self._yielded = {lane: at for lane, at in self._yielded.items() if now - at < YIELDS}
        return self._yielded.keys()

    def _is_behind(self, row: Delivery, now: datetime) -> bool:
        """Whether others wait for the channel of this row: it has no more room, or takes too long, or its
        lane let others go first."""
        full = self._pacing.behind(row.pace_key) or row.lane in self._yielded
        return is_channel(row.pace_key) and (full or now - row.created_at > LATE)

    def _finished(self, delivery_id: int, pace_key: str, alone: bool) -> None:
        self._running.pop(delivery_id, None)
        self._of_slack.discard(delivery_id)
        self._pacing.release(pace_key)
        if alone:
            self._channels.discard(pace_key)
        self._wake.set()

    async def _carry_out(self, row: Delivery, deadline: float) -> None:
        handling = self._kinds[row.kind]
        try:
            if self._desk.clock.monotonic() >= deadline:
                self._unsent.add(row.id)
                return
            outcome = await self._attempt(handling, row)
        except Exception as error:  # every failure is decided by retry.after
            await self._failed(handling, row, error)
        else:
            await self._settle(handling, row, outcome)

    async def _attempt(self, handling: Handling, row: Delivery) -> Outcome:
        if row.result.get("doubtful") and handling.look:
            return await handling.look(self._desk, row)
        return await handling.carry_out(self._desk, row)

    async def _settle(self, handling: Handling, row: Delivery, outcome: Outcome) -> None:
        if isinstance(outcome, NotThere):
            await self._not_there(row)
            return
        if isinstance(outcome, Awaited):
            looks, learned = int(row.result.get("looks", 0)), outcome.learned
            await self._stubborn(lambda: outbox.doubt(row, outcome.due_at, looks=looks, **learned))
            return
        if isinstance(outcome, Blocked):
            first = outcome.first
            await self._stubborn(lambda: self._blocked(row, first))
            return
        metrics.DELIVERIES.labels(kind=row.kind.value, outcome="delivered").inc(
            1 + len(row.result.get("run", ()))
        )
        waited = self._desk.clock.now() - row.created_at
        metrics.DELIVERY_SECONDS.labels(kind=row.kind.value).observe(max(waited.total_seconds(), 0.0))

        async def unit() -> None:
            async with deciding(row):
                now, key = self._desk.clock.now(), outcome.receipt_key
                if not await outbox.settle(
                    row, DeliveryState.DELIVERED, now, receipt_key=key, **outcome.learned
                ):
                    return
                if outcome.follow:
                    await outcome.follow()
                if parked := row.result.get("parked"):
                    await trouble.over(self._desk, parked)

        await self._stubborn(unit)

    async def _blocked(self, row: Delivery, first: Callable[[], Awaitable[int | None]]) -> None:
        async with deciding(row):
            await outbox.wait_for(row, await first(), self._desk.clock.now())

    async def _not_there(self, row: Delivery) -> None:
        """Not found: look once more after a while, then make it again."""
        now = self._desk.clock.now()
        looks = int(row.result.get("looks", 0)) + 1
        if looks < LOOKS:
            due = now + self._desk.settings.durations.look_again
            await self._stubborn(lambda: outbox.doubt(row, due, looks=looks))
        else:
            await self._stubborn(lambda: outbox.put_back(row, now, words=row.words, settled=True))

    async def _failed(self, handling: Handling, row: Delivery, error: Exception) -> None:
        desk = self._desk
        now = desk.clock.now()
        decision = retry.after(
            error,
            attempts=row.attempts,
            first_try_at=row.created_at,
            now=now,
            durations=desk.settings.durations,
            rand=self._random,
        )
        log.info(
            "delivery.failed",
            delivery=row.id,
            kind=row.kind.value,
            error=type(error).__name__,
            code=getattr(error, "code", ""),
            decision=type(decision).__name__,
        )
        metrics.DELIVERIES.labels(kind=row.kind.value, outcome=_OUTCOMES[type(decision)]).inc()
        await self._decided(handling, row, decision, now)

    async def _decided(
        self, handling: Handling, row: Delivery, decision: retry.Decision, now: datetime
    ) -> None:
        match decision:
            case retry.RetryAt():
                if decision.blocks:
                    self._pacing.block(row.pace_key, (decision.when - now).total_seconds())
                await self._stubborn(lambda: self._later(handling, row, decision, now))
            case retry.GiveUp() if row.result.get("doubtful") and handling.look:
                again = now + self._desk.settings.durations.look_again
                await self._stubborn(lambda: outbox.put_back(row, again, words=decision.words))
            case retry.GiveUp():
                await self._stubborn(lambda: self._dead(handling, row, decision.words, now))
            case retry.Park():
                await self._stubborn(lambda: park(self._desk, handling, row, decision, now))
            case retry.Unsure():
                await self._stubborn(lambda: unsure(self._desk, handling, row, decision.words, now))

    async def _later(self, handling: Handling, row: Delivery, decision: retry.RetryAt, now: datetime) -> None:
        async with deciding(row):
            late = now - row.created_at > self._desk.settings.durations.slow_notice
            if handling.slow and late and not row.result.get("told"):
                await outbox.note(row, told=True)
                await handling.slow(self._desk, row, decision.words)
            await outbox.put_back(row, decision.when, counts=decision.counts, words=decision.words)

    async def _dead(self, handling: Handling, row: Delivery, words: str, now: datetime) -> None:
        """It failed for good; in doubt all the same if an earlier attempt had no answer."""
        in_doubt = handling.uncertain if row.result.get("unanswered") else None
        state, tell = DeliveryState.DEAD, handling.failed
        if in_doubt:
            state, tell = DeliveryState.UNCERTAIN, in_doubt
        async with deciding(row):
            if await outbox.settle(row, state, now, words=words) and tell:
                await tell(self._desk, row, words)

    async def _stubborn(self, unit: Callable[[], Awaitable[object]]) -> None:
        """Settle even if the database is away for a while: the receipt exists only here."""
        pause = 0.1
        while True:
            try:
                await self._desk.units.run(unit)
                return
            except Exception as error:  # a receipt must not be lost to a passing fault
                log.warning("outbox.settle", error=type(error).__name__)
                if self._stopping:
                    return
                await self._desk.clock.sleep(pause)
                pause = min(pause * 2, 5.0)


_OUTCOMES = {
    retry.RetryAt: "retried",
    retry.GiveUp: "dead",
    retry.Park: "parked",
    retry.Unsure: "uncertain",
}

"""Claim, carry out, settle.

One dispatcher chooses what may go now (first of its lane, its pace free) and starts a
task for each; a task makes the call outside any transaction and settles its row, with
what follows from it, in one (`desk.delivery.settling`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from math import inf

import structlog
from tortoise.transactions import in_transaction

from desk.context import Desk
from desk.delivery import keys, outbox, queue
from desk.delivery.deciding import is_channel
from desk.delivery.handling import Handling, Outcome
from desk.delivery.pacing import Pacing
from desk.delivery.queue import Candidate
from desk.delivery.settling import Settling
from desk.delivery.turns import LATE, MANY, YIELDS, in_turn, is_slack
from models import Delivery, DeliveryKind
from models.database import one_at_a_time

log = structlog.get_logger("oratio.worker")

_LOOK_BEHIND = 0.5
"""Seconds until answers that wait for older ones are looked at again, if nobody wakes us."""

_BREATH = 0.05
"""Seconds. After a round the next begins as much later as that one took, but this at most: on a busy machine
what is committed meanwhile is looked at together, on a quiet one nobody waits."""


def _is_light(waiting: Candidate) -> bool:
    """Whether it is no call to Slack and no attempt of it counts: many such are claimed at once."""
    return waiting.fresh and not is_slack(waiting.pace_key)


def _is_alone(row: Delivery) -> bool:
    """Whether nothing else is posted to its channel meanwhile."""
    return is_channel(row.pace_key) and row.kind is not DeliveryKind.FILES


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
        self._settling = Settling(desk, pacing, stopping=lambda: self._stopping, seed=seed)
        self.alive_at = desk.clock.monotonic()

    async def run(self) -> None:
        """Work until `stop`. A database that is away is waited for."""
        self._ended.clear()
        try:
            while not self._over:
                self._wake.clear()
                self.alive_at = self._desk.clock.monotonic()
                rest = await self._turn()
                breath = min(self._desk.clock.monotonic() - self.alive_at, _BREATH)
                if self._stopping and await self._certain():
                    break
                await self._desk.clock.sleep(breath)
                await self._rest(rest - breath)
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
        now, workspace = self._desk.clock.now(), self._desk.workspace.id
        await self._give_back(now)
        patient = self._patient(now)
        waiting = in_turn(await queue.candidates(workspace, now), patient)
        light = await self._start_together([each for each in waiting if _is_light(each)], now)
        others = await self._start_each([each for each in waiting if not _is_light(each)], patient, now)
        due = await queue.next_due(workspace, now)
        until_due = max((due - self._desk.clock.now()).total_seconds(), 0.0) if due else inf
        return max(min(5.0, light, others, until_due), 0.005)

    async def _start_together(self, waiting: Sequence[Candidate], now: datetime) -> float:
        """Claim what may go at once, and begin it; for how long the rest must wait."""
        rest, going, deadline = inf, dict[int, str](), self._deadline()
        for candidate in waiting:
            wait = self._wait(candidate)
            if wait == 0 and len(going) < outbox.TOGETHER:
                going[candidate.id] = candidate.pace_key
                self._pacing.spend(candidate.pace_key)
            else:
                rest = min(rest, wait)
        rows = await self._claimed_together(going, now) if going else ()
        await self._begin(rows, deadline)
        return rest

    async def _claimed_together(self, going: dict[int, str], now: datetime) -> Sequence[Delivery]:
        """Claim these rows, which count as under way by their pace keys; those that we got."""
        lease, lost = self._desk.settings.durations.lease, dict(going)
        try:
            rows = await self._desk.units.run(
                lambda: outbox.claim_fresh(list(going), self._owner, now, lease)
            )
            for row in rows:
                lost.pop(row.id)
        except Exception:
            self._unsent.update(going)
            raise
        finally:
            for pace_key in lost.values():
                self._pacing.release(pace_key)
        return rows

    async def _start_each(
        self, waiting: Sequence[Candidate], patient: Collection[str], now: datetime
    ) -> float:
        """Claim what may go, one after the other, and begin it; for how long the rest must wait."""
        deadline, tried = self._deadline(), set[int]()
        rest = min((self._wait(each, patient) for each in waiting), default=inf)
        if rest > 0:
            return rest
        claimed: list[Delivery] = []
        try:
            rest = await self._desk.units.run(lambda: self._claim_each(waiting, patient, now, tried, claimed))
        except Exception:
            self._unsent.update(tried)
            for row in claimed:
                self._make_room(row)
            raise
        await self._begin(claimed, deadline)
        return rest

    async def _claim_each(
        self,
        waiting: Sequence[Candidate],
        patient: Collection[str],
        now: datetime,
        tried: set[int],
        claimed: list[Delivery],
    ) -> float:
        """Claim those for which there is room; for how long the rest must wait. Where one claim waits for the
        others of the program to write, all wait once; else each is committed by itself.

        `tried` gets the ids, and `claimed` the rows, which count as under way from then on.
        """
        rest = inf
        async with in_transaction() if one_at_a_time() else contextlib.nullcontext():
            for candidate in waiting:
                if wait := self._wait(candidate, patient):
                    rest = min(rest, wait)
                    continue
                tried.add(candidate.id)
                if row := await self._claim(candidate, now):
                    claimed.append(row)
                    self._take_room(row)
        return rest

    def _deadline(self) -> float:
        """Until when what is claimed now must have left."""
        return self._desk.clock.monotonic() + self._desk.settings.durations.lease.total_seconds()

    def _take_room(self, row: Delivery) -> None:
        """It is under way from now on."""
        self._pacing.spend(row.pace_key)
        if _is_alone(row):
            self._channels.add(row.pace_key)
        if is_slack(row.pace_key):
            self._of_slack.add(row.id)

    def _make_room(self, row: Delivery) -> None:
        """It is under way no longer."""
        self._of_slack.discard(row.id)
        self._pacing.release(row.pace_key)
        if _is_alone(row):
            self._channels.discard(row.pace_key)

    def _wait(self, candidate: Candidate, patient: Collection[str] = ()) -> float:
        """For how long this must wait, in seconds; endless where somebody will wake us."""
        if self._over or (self._stopping and not candidate.doubtful):
            return inf
        if is_slack(candidate.pace_key) and len(self._of_slack) >= self._desk.settings.workers:
            return inf
        if keys.is_outward(candidate.lane) and self._behind():
            return _LOOK_BEHIND
        if candidate.id in self._running or candidate.pace_key in self._channels:
            return inf
        rested = candidate.lane in patient and is_channel(candidate.pace_key)
        return (self._pacing.next_rested if rested else self._pacing.next_free)(candidate.pace_key)

    async def _give_back(self, now: datetime) -> None:
        """Rows of which we do not know whether the claim was committed, or whose lease ended first."""
        if unsent := set(self._unsent):
            await self._desk.units.run(lambda: outbox.let_go(unsent, self._owner, now))
            self._unsent -= unsent

    async def _begin(self, rows: Sequence[Delivery], deadline: float) -> None:
        """Carry out claimed rows, each in a task of its own; give them back if we are over by now."""
        if self._over:
            self._unsent.update(row.id for row in rows)
            await self._give_back(self._desk.clock.now())
            return
        for row in rows:
            task = asyncio.create_task(self._carry_out(row, deadline))
            self._running[row.id] = task
            task.add_done_callback(lambda _, row=row: self._finished(row))  # type: ignore[misc]  # bound now

    async def _claim(self, candidate: Candidate, now: datetime) -> Delivery | None:
        """The row, with those that leave along with it while its channel is behind its pace."""
        lease = self._desk.settings.durations.lease
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

    def _finished(self, row: Delivery) -> None:
        self._running.pop(row.id, None)
        self._make_room(row)
        self._wake.set()

    async def _carry_out(self, row: Delivery, deadline: float) -> None:
        handling = self._kinds[row.kind]
        try:
            if self._desk.clock.monotonic() >= deadline:
                self._unsent.add(row.id)
                return
            outcome = await self._attempt(handling, row)
        except Exception as error:  # every failure is decided by retry.after
            await self._settling.failed(handling, row, error)
        else:
            await self._settling.ended(row, outcome)

    async def _attempt(self, handling: Handling, row: Delivery) -> Outcome:
        if row.result.get("doubtful") and handling.look:
            return await handling.look(self._desk, row)
        return await handling.carry_out(self._desk, row)

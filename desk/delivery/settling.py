"""What becomes of a row that was attempted: settled with what follows from it, or what its failure means.

A failure is decided by `retry.after`, which is pure.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from desk import metrics, trouble
from desk.context import Desk
from desk.delivery import outbox, retry
from desk.delivery.deciding import deciding, park, unsure
from desk.delivery.handling import Awaited, Blocked, Done, Handling, NotThere, Outcome
from desk.delivery.pacing import Pacing
from models import Delivery, DeliveryState

log = structlog.get_logger("oratio.worker")

LOOKS = 2
"""How often a post of unknown fate is looked for before it is made again."""


class Settling:
    """Writes what became of attempts, and does not give up before it is written, unless `stopping`."""

    def __init__(
        self, desk: Desk, pacing: Pacing, *, stopping: Callable[[], bool], seed: int | None = None
    ) -> None:
        self._desk = desk
        self._pacing = pacing
        self._stopping = stopping
        self._random = random.Random(seed)  # noqa: S311 - spreads retries, guards nothing

    async def ended(self, row: Delivery, outcome: Outcome) -> None:
        """An attempt came to this end."""
        match outcome:
            case NotThere():
                await self._not_there(row)
            case Awaited():
                looks, learned = int(row.result.get("looks", 0)), outcome.learned
                await self._stubborn(row, lambda: outbox.doubt(row, outcome.due_at, looks=looks, **learned))
            case Blocked():
                await self._stubborn(row, lambda: self._blocked(row, outcome.first))
            case Done():
                self._count(row)
                await self._stubborn(row, lambda: self._done(row, outcome))

    def _count(self, row: Delivery) -> None:
        kind, waited = row.kind.value, self._desk.clock.now() - row.created_at
        metrics.DELIVERIES.labels(kind=kind, outcome="delivered").inc(1 + len(row.result.get("run", ())))
        metrics.DELIVERY_SECONDS.labels(kind=kind).observe(max(waited.total_seconds(), 0.0))

    async def _done(self, row: Delivery, outcome: Done) -> None:
        """It happened. What nothing follows from needs no transaction but its own."""
        parked = row.result.get("parked")
        if not (outcome.follow or parked or row.result.get("run")):
            await self._arrived(row, outcome)
            return
        async with deciding(row):
            if not await self._arrived(row, outcome):
                return
            if outcome.follow:
                await outcome.follow()
            if parked:
                await trouble.over(self._desk, parked)

    async def _arrived(self, row: Delivery, outcome: Done) -> bool:
        now, key = self._desk.clock.now(), outcome.receipt_key
        return await outbox.settle(row, DeliveryState.DELIVERED, now, receipt_key=key, **outcome.learned)

    async def _blocked(self, row: Delivery, first: Callable[[], Awaitable[int | None]]) -> None:
        async with deciding(row):
            await outbox.wait_for(row, await first(), self._desk.clock.now())

    async def _not_there(self, row: Delivery) -> None:
        """Not found: look once more after a while, then make it again."""
        now = self._desk.clock.now()
        looks = int(row.result.get("looks", 0)) + 1
        if looks < LOOKS:
            due = now + self._desk.settings.durations.look_again
            await self._stubborn(row, lambda: outbox.doubt(row, due, looks=looks))
        else:
            await self._stubborn(row, lambda: outbox.put_back(row, now, words=row.words, settled=True))

    async def failed(self, handling: Handling, row: Delivery, error: Exception) -> None:
        """An attempt raised this."""
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
                await self._stubborn(row, lambda: self._later(handling, row, decision, now))
            case retry.GiveUp() if row.result.get("doubtful") and handling.look:
                again = now + self._desk.settings.durations.look_again
                await self._stubborn(row, lambda: outbox.put_back(row, again, words=decision.words))
            case retry.GiveUp():
                await self._stubborn(row, lambda: self._dead(handling, row, decision.words, now))
            case retry.Park():
                await self._stubborn(row, lambda: park(self._desk, handling, row, decision, now))
            case retry.Unsure():
                await self._stubborn(row, lambda: unsure(self._desk, handling, row, decision.words, now))

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

    async def _stubborn(self, row: Delivery, unit: Callable[[], Awaitable[object]]) -> None:
        """Settle even if the database is away for a while: the receipt exists only here."""
        pause, result = 0.1, row.result

        async def attempt() -> object:
            row.result = result  # what an attempt noted that was not committed did not happen
            return await unit()

        while True:
            try:
                await self._desk.units.transact(attempt)
                return
            except Exception as error:  # a receipt must not be lost to a passing fault
                log.warning("outbox.settle", error=type(error).__name__)
                if self._stopping():
                    return
                await self._desk.clock.sleep(pause)
                pause = min(pause * 2, 5.0)


_OUTCOMES = {
    retry.RetryAt: "retried",
    retry.GiveUp: "dead",
    retry.Park: "parked",
    retry.Unsure: "uncertain",
}

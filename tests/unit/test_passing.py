"""Passing effects: at most once, in their pace, never in anybody's way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from desk.clock import Clock
from desk.delivery.pacing import Pacing
from desk.delivery.passing import Passing
from desk.slack import errors
from networks.errors import Unreachable


class Hand(Clock):
    """Time moved by hand."""

    def __init__(self) -> None:
        self.at = 0.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []
        self.asleep = asyncio.Event()

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._sleepers.append((self.at + seconds, woken))
        self.asleep.set()
        await woken.wait()

    def move(self, seconds: float) -> None:
        self.at += seconds
        for until, woken in self._sleepers:
            if until <= self.at:
                woken.set()


class Ledger:
    """Remembers what ran, and lets a test wait for it."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self._changed = asyncio.Event()

    def does(self, name: str, *raises: Exception) -> Callable[[], Awaitable[None]]:
        pending = list(raises)

        async def work() -> None:
            self.ran.append(name)
            self._changed.set()
            if pending:
                raise pending.pop(0)

        return work

    async def until(self, number: int) -> None:
        async with asyncio.timeout(10):
            while len(self.ran) < number:
                self._changed.clear()
                await self._changed.wait()


async def settled() -> None:
    """Let every task that can go on go on."""
    for _ in range(50):
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def pacing(clock: Hand) -> Pacing:
    return Pacing(clock.monotonic)


@pytest.fixture
async def passing(clock: Hand, pacing: Pacing) -> AsyncIterator[Passing]:
    made = Passing(clock, limit=5, pacing=pacing)
    task = asyncio.create_task(made.run())
    yield made
    await made.stop()
    async with asyncio.timeout(10):
        await task


async def test_what_is_offered_runs_once(passing: Passing, ledger: Ledger) -> None:
    passing.offer(None, "typing", ledger.does("a"))
    passing.offer(None, "typing", ledger.does("b"))
    await ledger.until(2)
    await settled()
    assert ledger.ran == ["a", "b"]
    assert len(passing) == 0


async def test_the_same_key_replaces_what_waits(passing: Passing, ledger: Ledger) -> None:
    passing.offer("tick", "typing", ledger.does("old"))
    passing.offer(None, "typing", ledger.does("other"))
    passing.offer("tick", "typing", ledger.does("new"))
    await ledger.until(2)
    await settled()
    assert ledger.ran == ["new", "other"]
    assert passing.dropped == 0


async def test_beyond_the_limit_the_oldest_goes(passing: Passing, ledger: Ledger) -> None:
    for number in range(8):
        passing.offer(None, "typing", ledger.does(str(number)))
    await ledger.until(5)
    await settled()
    assert ledger.ran == ["3", "4", "5", "6", "7"]
    assert passing.dropped == 3


async def test_a_full_allowance_is_waited_for_and_others_pass(
    passing: Passing, pacing: Pacing, clock: Hand, ledger: Ledger
) -> None:
    pacing.block("slack:reactions.add", 10)
    passing.offer(None, "slack:reactions.add", ledger.does("mark"))
    passing.offer(None, "slack:chat.postEphemeral", ledger.does("whisper"))
    await ledger.until(1)
    await settled()
    assert ledger.ran == ["whisper"]
    clock.move(10)
    await ledger.until(2)
    assert ledger.ran == ["whisper", "mark"]


async def test_the_workers_allowance_is_spent(passing: Passing, pacing: Pacing, ledger: Ledger) -> None:
    before = [pacing.free("slack:reactions.add")]
    for _ in range(7):
        pacing.spend("slack:reactions.add")
    passing.offer(None, "slack:reactions.add", ledger.does("mark"))
    await ledger.until(1)
    assert [*before, pacing.free("slack:reactions.add")] == [True, False]


async def test_slacks_pause_is_kept_and_the_effect_tried_once_more(
    passing: Passing, clock: Hand, ledger: Ledger
) -> None:
    passing.offer(
        None, "slack:reactions.add", ledger.does("mark", errors.throttled(30), errors.throttled(30))
    )
    await ledger.until(1)
    await settled()
    assert ledger.ran == ["mark"]
    clock.move(30)
    await ledger.until(2)
    clock.move(100)
    await settled()
    assert ledger.ran == ["mark", "mark"]
    assert passing.dropped == 1


async def test_a_newer_one_comes_before_one_thrown_back(
    passing: Passing, clock: Hand, ledger: Ledger
) -> None:
    release = asyncio.Event()

    async def throttled() -> None:
        ledger.ran.append("old")
        await release.wait()
        raise errors.throttled(5)

    passing.offer("tick", "slack:reactions.add", throttled)
    await settled()
    passing.offer("blocked", "slack:reactions.add", ledger.does("first"))
    await settled()
    release.set()
    await settled()
    passing.offer("tick", "slack:reactions.add", ledger.does("new"))
    clock.move(60)
    await settled()
    assert ledger.ran == ["old", "first", "new"]


@pytest.mark.parametrize(
    "error",
    [errors.Uncertain("canary", code="internal_error"), Unreachable("canary", code="internal_error")],
)
async def test_a_failure_is_logged_by_code_only_and_stops_nothing(
    passing: Passing, ledger: Ledger, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    caplog.set_level(logging.INFO)
    passing.offer(None, "typing", ledger.does("a", error))
    passing.offer(None, "typing", ledger.does("b", RuntimeError("canary")))
    passing.offer(None, "typing", ledger.does("c"))
    await ledger.until(3)
    await settled()
    assert ledger.ran == ["a", "b", "c"]
    assert "internal_error" in caplog.text
    assert "RuntimeError" in caplog.text
    assert "canary" not in caplog.text


async def test_a_slow_one_does_not_hold_up_the_rest(passing: Passing, ledger: Ledger) -> None:
    stuck = asyncio.Event()

    async def slow() -> None:
        await stuck.wait()

    passing.offer(None, "typing", slow)
    passing.offer(None, "typing", ledger.does("quick"))
    await ledger.until(1)
    stuck.set()


class TestStopping:
    async def test_what_is_quick_is_finished_and_the_rest_dropped(
        self, clock: Hand, pacing: Pacing, ledger: Ledger
    ) -> None:
        passing = Passing(clock, limit=50, pacing=pacing)
        pacing.block("slack:reactions.add", 1000)
        for number in range(10):
            passing.offer(None, "typing", ledger.does(str(number)))
        passing.offer(None, "slack:reactions.add", ledger.does("never"))
        await passing.stop()
        assert ledger.ran == [str(number) for number in range(10)]
        assert passing.dropped == 1
        passing.offer(None, "typing", ledger.does("too late"))
        await passing.run()
        assert passing.dropped == 2
        assert "too late" not in ledger.ran

    async def test_what_hangs_is_cancelled(self, clock: Hand) -> None:
        cancelled = asyncio.Event()

        async def hangs() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()

        passing = Passing(clock)
        passing.offer(None, "typing", hangs)
        await passing.stop(grace=0.01)
        assert cancelled.is_set()


async def test_what_shows_for_a_while_is_not_repeated_meanwhile(
    passing: Passing, clock: Hand, ledger: Ledger
) -> None:
    for key, name, lasts, after in (
        ("a", "begins", 4.0, 1.0),
        ("a", "shows already", 4.0, 3.0),
        ("a", "begins anew", 4.0, 1.0),
        ("a", "ends", 0.0, 0.0),
        ("a", "begins after its end", 4.0, 0.0),
        ("b", "another's", 4.0, 0.0),
    ):
        passing.offer(key, "typing", ledger.does(name), lasts=lasts)
        await settled()
        clock.move(after)
    await ledger.until(5)
    assert ledger.ran == ["begins", "begins anew", "ends", "begins after its end", "another's"]

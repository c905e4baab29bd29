"""A run: kill after kill under traffic, then peace, then the reckoning."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.torture.kills import Kill, Moment, arm, disarm, kills
from tests.torture.ledger import Finding
from tests.torture.records import left, sending
from tests.torture.stage import Room, Stage, rooms
from tests.torture.traffic import Crowd, Script

KINDS = ("posts", "parts", "uploads", "others", "joined")
_LONGEST_WAIT = 6.0
"""Seconds after which a kill falls even if its moment did not come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much. The same seed makes the same kills and messages."""

    seed: int
    kills: int
    rooms: int
    each_way: int
    """Messages in each direction, at least."""


@dataclass(slots=True)
class Report:
    """What happened."""

    found: Counter[str] = field(default_factory=Counter)
    """How many kills found a row in SENDING, by `KINDS`."""
    rows: Counter[str] = field(default_factory=Counter)
    """How many rows they found."""
    missed: int = 0
    """Kills whose moment did not come."""
    inbound: int = 0
    outbound: int = 0
    doubted: int = 0
    settled: float = 0.0
    """Seconds from the last start until nothing was left to do."""
    took: float = 0.0

    def lines(self) -> str:
        """For people."""
        by_kind = ", ".join(f"{self.found[kind]} {kind}" for kind in KINDS)
        return (
            f"kills that found rows in SENDING: {by_kind} ({dict(self.rows)} rows); "
            f"{self.missed} came late; {self.inbound} messages in, {self.outbound} out, "
            f"{self.doubted} put to the agent as uncertain; quiet {self.settled:.1f} s after the last start; "
            f"{self.took:.0f} s in all"
        )


async def torture(stage: Stage, plan: Plan) -> Report:
    """Kill the program so often under traffic, then let it finish."""
    chance = random.Random(plan.seed)
    everyone = rooms(plan.rooms)
    script, crowd, report = Script(chance, everyone), Crowd(stage), Report()
    began = time.monotonic()
    try:
        for number, kill in enumerate(kills(plan.kills, chance)):
            known = min(plan.rooms, 6 + number * plan.rooms // max(plan.kills // 2, 1))
            each = plan.each_way // plan.kills + 1
            upload = kill.moment is Moment.UPLOAD
            crowd.play(script.batch(each, each, known=known, spread=0.8, upload=upload))
            await _one(stage, kill, chance, report)
        await _finish(stage, crowd, everyone, report)
    finally:
        crowd.abandon()
    report.took = time.monotonic() - began
    return report


async def _one(stage: Stage, kill: Kill, chance: random.Random, report: Report) -> None:
    """Start, wait for the moment, kill, look."""
    network = chance.choice(list(stage.providers))
    if kill.moment is Moment.START:
        now = arm(stage, kill, network)
        await stage.oratio.begin(stage.order)
    else:
        await stage.oratio.start(stage.order)
        now = arm(stage, kill, network)
    try:
        await stage.slack.until(now, timeout=_LONGEST_WAIT)
    except TimeoutError:
        report.missed += 1
    await stage.oratio.kill()
    disarm(stage)
    rows = await sending(stage.records) if await _exists(stage) else Counter()
    report.rows += rows
    report.found.update(kind for kind, number in rows.items() if number)


async def _exists(stage: Stage) -> bool:
    """A program killed within its first moments has no tables yet."""
    return bool(stage.slack.calls("conversations.info"))


async def _finish(stage: Stage, crowd: Crowd, everyone: list[Room], report: Report) -> None:
    """Start once more and wait until everybody has seen everything, and nothing is left to do."""
    await stage.oratio.start(stage.order)
    since = time.monotonic()
    await crowd.done()
    await _at_rest(stage, seconds=300)
    report.settled = time.monotonic() - since
    assert await stage.oratio.stop() == 0
    report.inbound = sum(len(tokens) for tokens in stage.told.inbound.values())
    report.outbound = sum(len(tokens) for tokens in stage.told.outbound.values())
    report.doubted = sum(len(stage.doubted(room)) for room in everyone)


async def _at_rest(stage: Stage, seconds: float) -> None:
    """Wait until nothing is under way and nothing is left to do. Raises with what is."""
    end = time.monotonic() + seconds
    while (events := stage.slack.events_under_way) | bool(rows := await left(stage.records)):
        assert time.monotonic() < end, f"still under way: {events} events, {rows}"
        await asyncio.sleep(0.2)


def reckoning(stage: Stage, plan: Plan) -> list[Finding]:
    """What the ledger shows to be wrong."""
    return stage.findings(rooms(plan.rooms))

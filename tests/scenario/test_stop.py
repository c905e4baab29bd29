"""Told to stop in the middle of traffic: the program lets go of nothing whose fate is open."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

from tests.torture.records import left
from tests.torture.stage import Stage, rooms, the_stage
from tests.torture.traffic import Crowd, Script

_OPEN = "SELECT kind FROM delivery WHERE state IN ('sending', 'uncertain')"
LONG = 1.0
"""Seconds that a call takes which is under way at the stop."""


def hold(stage: Stage) -> None:
    """The next post, upload and part are carried out, and answered after a while."""
    for method in ("chat.postMessage", "files.completeUploadExternal"):
        stage.slack.fault(method, "late_answer", seconds=LONG)
    stage.providers["fake"].fault("late_answer", verb="send")


async def stopped(stage: Stage) -> float:
    """Tell it to stop, three times; how many seconds that took."""
    began = time.monotonic()
    asyncio.get_running_loop().call_later(LONG, stage.providers["fake"].release)
    for name in (signal.SIGTERM, signal.SIGINT):
        os.kill(stage.oratio.pid, name)
    assert await stage.oratio.stop() == 0
    return time.monotonic() - began


async def test_a_stop_in_the_middle_of_traffic_leaves_nothing_open_and_the_next_start_goes_on(
    tmp_path: Path,
) -> None:
    everyone = rooms(4)
    async with the_stage(tmp_path, f"sqlite://{tmp_path / 'oratio.db'}") as stage:
        script, crowd = Script(random.Random(8), everyone), Crowd(stage)
        await stage.oratio.start(stage.order)
        try:
            crowd.play(script.batch(4, 0, known=4, spread=0.1, upload=False))
            await stage.slack.until(stage.cards)
            hold(stage)
            crowd.play(script.batch(16, 16, known=4, spread=1.5, upload=True))
            await stage.slack.until(lambda: not stage.slack.core.faults.active)
            await stage.providers["fake"].until(lambda: not stage.providers["fake"].faults_left)
            assert await stopped(stage) < 10
            assert await stage.records.kinds(_OPEN) == Counter()
            assert await left(stage.records), "the traffic was not over"
            await stage.oratio.start(stage.order)
            await crowd.done()
            async with asyncio.timeout(20):
                while stage.slack.events_under_way or await left(stage.records):  # noqa: ASYNC110 - a database tells nobody
                    await asyncio.sleep(0.1)
        finally:
            crowd.abandon()
        assert await stage.oratio.stop() == 0
        assert stage.findings(everyone) == []
        assert Counter(stage.cards()) == Counter(room.who for room in everyone)
        assert not [room for room in everyone if stage.doubted(room)]

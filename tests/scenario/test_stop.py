"""Told to stop in the middle of traffic: the program lets go of nothing whose fate is open."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.scenario.world import FAST, database_url, the_world
from tests.torture.records import left
from tests.torture.stage import Stage, rooms, the_stage
from tests.torture.traffic import Crowd, Script

_OPEN = "SELECT kind FROM delivery WHERE state IN ('sending', 'uncertain')"
LONG = 2.5
"""Seconds after which Slack answers the calls that are under way at the stop."""
SOON = 0.5
"""Seconds from the stop until the provider answers: it isn't waited for as long as Slack is."""


async def under_way(stage: Stage, script: Script, crowd: Crowd) -> None:
    """Write until a post, an upload and a part are carried out and not answered yet."""
    for method in ("chat.postMessage", "files.completeUploadExternal"):
        stage.slack.fault(method, "late_answer", seconds=LONG)
    crowd.play(script.batch(16, 12, known=4, spread=0.8, upload=True))
    await stage.slack.until(lambda: not stage.slack.core.faults.active)
    provider = stage.providers["fake"]
    provider.fault("late_answer", verb="send")
    crowd.play(script.batch(4, 8, known=4, spread=0.1, upload=False))
    await provider.until(lambda: not provider.faults_left)


async def stopped(stage: Stage) -> float:
    """Tell it to stop, three times; how many seconds that took."""
    began = time.monotonic()
    asyncio.get_running_loop().call_later(SOON, stage.providers["fake"].release)
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
            await under_way(stage, script, crowd)
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


async def test_no_socket_is_opened_again_while_the_program_stops(tmp_path: Path) -> None:
    """The watchdog takes a closed connection for a lost one, and nobody would close the new one."""
    watchful = replace(FAST, socket_silence=timedelta(seconds=0.8))
    async with the_world(tmp_path, database_url(tmp_path), http=False, durations=watchful) as world:
        await world.conversation()
        world.slack.fault("chat.postMessage", "late_answer", seconds=1.5)
        await world.writes("mia", "Under way at the stop")
        await world.until(lambda: not world.slack.core.faults.active)
        opened = len(world.slack.calls("apps.connections.open"))
        await world.app.__aexit__()
        assert len(world.slack.calls("apps.connections.open")) == opened
        await world.until(lambda: world.slack.sockets_open == 0)

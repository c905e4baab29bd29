"""L8, L9, start and recovery: what the program takes of the machine, and how soon it is back."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, at_most, mebibytes
from benchmarks.provider import said
from benchmarks.stage import Stage, at_rest, people, the_stage, token
from tests.scenario.test_files_memory import MOST_ABOVE_IDLE, passes

AT_ONCE = 8
"""Calls to one account that may be under way."""


async def large_file() -> list[Figure]:
    """L8: 100 MiB from a visitor into Slack, and from Slack to the visitor."""
    with TemporaryDirectory(prefix="oratio-bench-") as folder:
        peaks = await passes(Path(folder))
    limit = f"≤ {mebibytes(MOST_ABOVE_IDLE)}"
    return [
        Figure(
            bar="L8",
            what=f"memory above idle, 100 MiB {way}",
            measured=mebibytes(peak),
            must=limit,
            holds=peak <= MOST_ABOVE_IDLE,
            binds=True,
        )
        for way, peak in zip(("inward", "both ways", "and 110 MB by link"), peaks, strict=True)
    ]


async def idle(*, seconds: float) -> list[Figure]:
    """L9: a socket is open and nothing happens; and how long the start took."""
    async with the_stage(socket_mode=True) as stage:
        started = await stage.start()
        await at_rest(stage, 2.0)
        program, before = stage.running, stage.running.processor()
        await asyncio.sleep(seconds)
        share = (program.processor() - before) / seconds
        memory = program.memory()
    return [
        at_most("start", "from nothing to listening and connected", started, 3.0),
        Figure(
            bar="L9",
            what=f"of a core, over {seconds:g} s",
            measured=f"{share:.2%}",
            must="< 1 %",
            holds=share < 0.01,
        ),
        Figure(
            bar="L9", what="memory", measured=mebibytes(memory), must="< 120 MiB", holds=memory < 120 * 2**20
        ),
    ]


async def recovery(kind: str, url: str) -> list[Figure]:
    """Killed while twenty conversations wait in both directions: when is all done whose fate is certain?"""
    rooms = 20
    lease = {} if kind == "sqlite" else {"lease": 2.0}
    async with the_stage(url, takes=600, durations=lease) as stage:
        await stage.start()
        await stage.begins("shop0", people(0, rooms), taken=True)
        await at_rest(stage)
        stage.slack.fault("chat.postMessage", "timeout", times=None, seconds=600)
        await _say(stage, rooms)
        await stage.slack.until(lambda: len(stage.provider.told) >= AT_ONCE, timeout=20)
        await stage.running.ends(signal.SIGKILL)
        stage.provider.takes = 0
        stage.slack.clear_faults()
        began = time.perf_counter()
        await stage.start()
        back = time.perf_counter() - began
        certain = rooms - 1

        def done() -> bool:
            shown = sum(
                any(token.startswith("in-") for token, _ in stage.visible(who)) for who in people(0, rooms)
            )
            return shown >= certain and len(stage.provider.told) >= rooms

        await stage.slack.until(done, timeout=60)
        took = time.perf_counter() - began
    return [
        at_most("recovery", f"from the start after a kill to listening, {kind}", back, 3.0),
        at_most("recovery", f"until all is delivered whose fate was certain, {kind}", took, 5.0),
    ]


async def _say(stage: Stage, rooms: int) -> None:
    """A customer and an agent write in each room."""
    for room in range(rooms):
        who, inward, outward = f"p0x{room}", token("in", room, 0), token("out", room, 0)
        await stage.writes("shop0", said(who, inward, f"{inward} said"))
        await stage.says(who, outward)

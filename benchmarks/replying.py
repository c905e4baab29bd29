"""L6: how soon an agent's words leave for the network."""

from __future__ import annotations

import asyncio
import time

from benchmarks.figures import Figure, at_most, exactly, percentile
from benchmarks.stage import at_rest, people, the_stage, token

TAKES = 0.2
"""Seconds the network takes for each."""
HOLD = 0.3
"""The least wait before an agent's words leave: `min_hold`."""


async def answers(*, number: int, seconds: float) -> list[Figure]:
    """So many answers in so many seconds, over twenty conversations, through Slack's own events."""
    rooms = 20
    async with the_stage(takes=TAKES) as stage:
        await stage.start()
        await stage.begins("shop0", people(0, rooms), taken=True)
        await at_rest(stage)
        said: dict[str, float] = {}

        async def say(each: int) -> None:
            await asyncio.sleep(each * seconds / number)
            text = token("out", each % rooms, each)
            said[text] = time.time()
            await stage.says(f"p0x{each % rooms}", text)

        await asyncio.gather(*map(say, range(number)))
        await stage.slack.until(lambda: len(stage.provider.told) >= number, timeout=60)
        told = dict(stage.provider.told)
    delays = [told[text][0] - at for text, at in said.items()]
    most = HOLD + 0.3
    return [
        exactly("L6", f"of {number} answers at the customers, once", sum(map(len, told.values())), number),
        at_most(
            "L6",
            "p95 from Slack's event to the call, undo hold of 0.3 s included",
            percentile(delays, 0.95),
            most,
        ),
    ]

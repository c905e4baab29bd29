"""The demo as its own program, run as a person runs it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.demo.ports import next_free

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 60
FIRST_PORT = 18_080 + 40 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
"""Each worker of a test run looks for ports of its own: a port is free until somebody else begins, too."""


@asynccontextmanager
async def demo(data: Path, *more: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A running demo and the address it printed; ended as Ctrl-C ends it. `more`: further options."""
    port = next_free(FIRST_PORT)
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--port", str(port), "--data", str(data)),
        *more,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield child, await asyncio.wait_for(_address(child), PATIENCE)
    finally:
        if child.returncode is None:
            child.send_signal(signal.SIGINT)
        await asyncio.wait_for(child.wait(), PATIENCE)


async def _address(child: asyncio.subprocess.Process) -> str:
    assert child.stdout is not None
    seen = []
    async for line in child.stdout:
        seen.append(line.decode())
        found = re.search(r"Open (http://\S+)", seen[-1])
        if found:
            return found[1]
    raise AssertionError("the demo ended: " + "".join(seen))

"""Programs beside ours, on a core of their own, and what they take of the machine."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE = 60.0


def cores() -> tuple[set[int], set[int]]:
    """The core of what is measured, and those of everybody else; the same where there is only one."""
    there = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return (set(there[:1]), set(there[1:])) if len(there) > 1 else (set(there), set(there))


def pin(which: set[int], pid: int = 0) -> None:
    """Keep a process on these cores, where the system can."""
    if which and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(pid, which)


class Child:
    """A program of ours that says in lines of JSON what it has to say."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.pid = process.pid

    async def hears(self) -> dict[str, Any]:
        """The next thing it says. Raises `RuntimeError` when it has ended."""
        assert self.process.stdout
        async with asyncio.timeout(_PATIENCE):
            line = await self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"it ended with status {await self.process.wait()}")
        found: dict[str, Any] = json.loads(line)
        return found

    async def asks(self, what: str) -> dict[str, Any]:
        """Ask it something; its answer."""
        assert self.process.stdin
        self.process.stdin.write(what.encode() + b"\n")
        return await self.hears()

    async def ends(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, and wait for that."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(how)
        try:
            async with asyncio.timeout(20):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    def memory(self) -> int:
        """What it holds now, in bytes."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))

    def processor(self) -> float:
        """Seconds of a core it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


async def begin(module: str, *args: str) -> Child:
    """Start a module of ours on its own core, as an installation does: with what it compiled before."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *args, stdin=PIPE, stdout=PIPE, cwd=ROOT, env=env, limit=2**20
    )
    pin(cores()[0], process.pid)
    return Child(process)


@asynccontextmanager
async def running(module: str, *args: str) -> AsyncIterator[tuple[Child, dict[str, Any]]]:
    """A program, and the first thing it says, until the end of the block."""
    child = await begin(module, *args)
    try:
        yield child, await child.hears()
    finally:
        await child.ends()

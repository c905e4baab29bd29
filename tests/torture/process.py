"""The program as a process of its own, that can be killed at any moment."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

from tests.orders import ORDER, Order

ROOT = Path(__file__).parent.parent.parent
_PATIENCE = 60.0
"""Seconds for a start or an end on a machine that has others to serve, too."""


def free_port() -> int:
    """A port nobody listens on, for a program that must come back to the same address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Oratio:
    """One program at a time: `start`, then `kill` or `stop`."""

    def __init__(self, launcher: Process) -> None:
        self._launcher = launcher
        self._reader = asyncio.create_task(self._read())
        self.pid = 0
        self.born, self.up, self.ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.status: int | None = None

    async def begin(self, order: Order) -> None:
        """Start it; returns once the process exists, before it is ready."""
        self.born.clear()
        self.ended.clear()
        assert self._launcher.stdin
        self._launcher.stdin.write(ORDER.dump_json(order) + b"\n")
        await self._happens(self.born)

    async def start(self, order: Order) -> None:
        """Start it; returns once it listens and works."""
        await self.begin(order)
        await self.ready()

    async def ready(self, seconds: float = _PATIENCE) -> None:
        """Wait until it listens and works. Raises if it ended instead."""
        ended = asyncio.ensure_future(self.ended.wait())
        up = asyncio.ensure_future(self.up.wait())
        try:
            await asyncio.wait({ended, up}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
            up.cancel()
        assert self.up.is_set(), f"Oratio did not start: {self.status}"

    async def kill(self) -> None:
        """`kill -9`, and wait until nothing of it is left."""
        os.kill(self.pid, signal.SIGKILL)
        await self._happens(self.ended)
        assert self.status == -signal.SIGKILL

    async def stop(self, seconds: float = _PATIENCE) -> int:
        """SIGTERM; return the exit status. Raises `TimeoutError`."""
        os.kill(self.pid, signal.SIGTERM)
        await self._happens(self.ended, seconds)
        assert self.status is not None
        return self.status

    async def close(self) -> None:
        """Leave nothing running."""
        if self.pid and not self.ended.is_set():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        assert self._launcher.stdin
        self._launcher.stdin.close()
        await self._launcher.wait()
        await self._reader

    async def _happens(self, event: asyncio.Event, seconds: float = _PATIENCE) -> None:
        async with asyncio.timeout(seconds):
            await event.wait()

    async def _read(self) -> None:
        assert self._launcher.stdout
        async for line in self._launcher.stdout:
            self._heard(json.loads(line))

    def _heard(self, said: dict[str, object]) -> None:
        match said:
            case {"pid": int(pid)}:
                self.pid = pid
                self.born.set()
            case {"ready": _}:
                self.up.set()
            case {"ended": int(status)}:
                self.status = status
                self.up.clear()
                self.ended.set()


@asynccontextmanager
async def launched(errors: IO[bytes]) -> AsyncIterator[Oratio]:
    """The launcher, whose programs write what they complain about to `errors`."""
    launcher = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.torture.launcher",
        stdin=PIPE,
        stdout=PIPE,
        stderr=errors,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    oratio = Oratio(launcher)
    try:
        yield oratio
    finally:
        await oratio.close()

"""The background tasks: who owns them, and how they end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from bot.database import FAULTS
from desk.clock import Clock
from desk.slack.errors import SlackError

log = structlog.get_logger("oratio.loops")


class Loops:
    """Runs tasks for as long as the program does, and awaits every one of them at the end."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tasks: list[asyncio.Task[None]] = []
        self._stopped = asyncio.Event()

    def start(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run one task until it ends by itself."""

        async def run() -> None:
            await work()

        self._tasks.append(asyncio.create_task(run(), name=name))

    def every(self, name: str, pause: timedelta, work: Callable[[], Awaitable[object]]) -> None:
        """Do `work` again and again. What Slack or the database refuses is tried at the next turn.

        It is cancelled if it takes too long at the end, so it leaves transactions to units of work.
        """

        async def run() -> None:
            while not self._stopped.is_set():
                await self._rest(pause.total_seconds())
                if self._stopped.is_set():
                    return
                try:
                    await work()
                except (SlackError, *FAULTS) as error:
                    log.warning("loop.failed", loop=name, error=type(error).__name__)
                except Exception:
                    log.exception("loop.broken", loop=name)

        self._tasks.append(asyncio.create_task(run(), name=name))

    async def _rest(self, seconds: float) -> None:
        stopped = asyncio.ensure_future(self._stopped.wait())
        slept = asyncio.ensure_future(self._clock.sleep(seconds))
        _, waiting = await asyncio.wait({stopped, slept}, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()

    async def stop(self, grace: float = 2.0) -> None:
        """End the repeating tasks and wait for all; those that take longer, for nobody may answer
        them, are cancelled."""
        self._stopped.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

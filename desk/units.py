"""Units of work: what must run to its end even if the caller is cancelled.

A task cancelled while it enters a transaction hangs SQLite for ever and leaks
PostgreSQL's pool. So each unit runs in a task of its own, shielded from the caller, in
the context the program started with (a task made inside a transaction would inherit it).
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


class Units:
    """Runs units of work and knows which are still under way."""

    def __init__(self) -> None:
        self._base = contextvars.copy_context()
        self._running: set[asyncio.Task[object]] = set()

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run `work()` to its end; cancelling the caller does not cancel it."""

        async def unit() -> T:
            return await work()

        task = asyncio.create_task(unit(), context=self._base.copy())
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def drain(self) -> None:
        """Wait until nothing is under way. Call before the connections are closed."""
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

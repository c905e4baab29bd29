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

import structlog
from tortoise.exceptions import IntegrityError

T = TypeVar("T")

TRIES = 5
_LOST = frozenset({"40P01", "40001"})
"""PostgreSQL's codes for a deadlock and for a serialization failure."""


class Units:
    """Runs units of work and knows which are still under way."""

    def __init__(self) -> None:
        self._base = contextvars.copy_context()
        self._running: set[asyncio.Task[object]] = set()

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run `work()` to its end; cancelling the caller does not cancel it."""

        async def unit() -> T:
            return await work()

        context = self._base.copy()
        context.run(structlog.contextvars.bind_contextvars, **structlog.contextvars.get_contextvars())
        task = asyncio.create_task(unit(), context=context)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def transact(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run `work()`, one transaction and nothing else, again when it met another at the same rows.

        Two who make the same row at once, or wait for each other's, are told by the database; the
        one that lost finds the other's row the next time.
        """
        for _ in range(TRIES - 1):
            try:
                return await self.run(work)
            except Exception as error:
                if not (isinstance(error, IntegrityError) or getattr(error, "sqlstate", "") in _LOST):
                    raise
        return await self.run(work)

    async def drain(self) -> None:
        """Wait until nothing is under way. Call before the connections are closed."""
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

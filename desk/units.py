"""Units of work: what must run to its end even if the caller is cancelled.

A task cancelled while it enters a transaction hangs SQLite for ever and leaks
PostgreSQL's pool. So each unit runs in a task of its own, shielded from the caller, in
the context the program started with (a task made inside a transaction would inherit it).

SQLite carries out one transaction at a time and waits for its disk at the end of each. So
those that wait for each other anyway are committed together.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

import structlog
from structlog.contextvars import bind_contextvars, get_contextvars
from tortoise.exceptions import IntegrityError

from models.database import one_at_a_time
from models.sqlite import Client

T = TypeVar("T")
Effect = Callable[[], None]
log = structlog.get_logger("oratio.units")

TRIES = 5
TOGETHER = 16
"""So many are committed together at most: whoever comes later waits for all of them."""
_LOST = frozenset({"40P01", "40001"})
"""PostgreSQL's codes for a deadlock and for a serialization failure."""
_AFTER: contextvars.ContextVar[list[Effect] | None] = contextvars.ContextVar("after", default=None)


def after_commit(effect: Effect) -> None:
    """Do this once the unit of work is over and committed, never if it fails; outside of one at once."""
    waiting = _AFTER.get()
    if waiting is None:
        effect()
    else:
        waiting.append(effect)


class _Failed(Exception):
    """One of several did not succeed."""


class _Unit(Generic[T]):
    """A unit of work, and who waits for it."""

    def __init__(self, work: Callable[[], Awaitable[T]]) -> None:
        self._work = work
        self._names = get_contextvars()
        """What its caller's log lines bear."""
        self._after: list[Effect] = []
        self.done: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    async def carry_out(self, context: contextvars.Context) -> T | BaseException:
        """Carry it out, or carry it out again, in this context; its result, or what it raised."""

        async def unit() -> T:
            return await self._work()

        self._after.clear()
        context.run(_AFTER.set, self._after)
        context.run(bind_contextvars, **self._names)
        (result,) = await asyncio.gather(asyncio.create_task(unit(), context=context), return_exceptions=True)
        return result

    def tell(self, result: T | BaseException) -> None:
        """It is over: do what waited for that, and tell the caller."""
        if isinstance(result, BaseException):
            self.done.set_exception(result)
            return
        self.done.set_result(result)
        for effect in self._after:
            try:
                effect()
            except Exception as error:  # what is written is written, and others wait for us
                log.error("units.after", error=type(error).__name__, exc_info=error)


class Units:
    """Runs units of work and knows which are still under way."""

    def __init__(self) -> None:
        self._base = contextvars.copy_context()
        self._running: set[asyncio.Task[None]] = set()
        self._waiting: list[_Unit[Any]] = []
        self._led = False

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run `work()` to its end; cancelling the caller does not cancel it."""
        unit = _Unit(work)
        self._begin(self._alone(unit))
        return await asyncio.shield(unit.done)

    async def transact(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run `work()`, one transaction and nothing else, again when it met another at the same rows.

        Two who make the same row at once, or wait for each other's, are told by the database; the
        one that lost finds the other's row the next time. Where one is carried out at a time, it may
        share its commit with others, and is run again by itself when one of them fails.
        """
        conn = one_at_a_time()
        once = partial(self._in_line, conn) if conn else self.run
        for _ in range(TRIES - 1):
            try:
                return await once(work)
            except Exception as error:
                if not (isinstance(error, IntegrityError) or getattr(error, "sqlstate", "") in _LOST):
                    raise
        return await once(work)

    async def drain(self) -> None:
        """Wait until nothing is under way. Call before the connections are closed."""
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, context=self._base.copy())
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _alone(self, unit: _Unit[Any]) -> None:
        unit.tell(await unit.carry_out(self._base.copy()))

    async def _in_line(self, conn: Client, work: Callable[[], Awaitable[T]]) -> T:
        unit = _Unit(work)
        self._waiting.append(unit)
        if not self._led:
            self._led = True
            self._begin(self._lead(conn))
        return await asyncio.shield(unit.done)

    async def _lead(self, conn: Client) -> None:
        """Carry out who waits, and who comes meanwhile."""
        try:
            while batch := self._waiting[:TOGETHER]:
                del self._waiting[:TOGETHER]
                await self._carry_out(conn, batch)
        finally:
            self._led = False

    async def _carry_out(self, conn: Client, batch: Sequence[_Unit[Any]]) -> None:
        """Carry these out in their order; one that fails among others is carried out again by itself."""
        if len(batch) == 1:
            await self._alone(batch[0])
            return
        for again in await _together(conn, batch):
            await self._carry_out(conn, again)


async def _together(conn: Client, batch: Sequence[_Unit[Any]]) -> Sequence[Sequence[_Unit[Any]]]:
    """Carry them out one after the other and commit once. If that fails nothing was done: returns in which
    parts to do it again."""
    results: list[object] = []
    try:
        async with conn.shared_transaction():
            for unit in batch:
                results.append(await unit.carry_out(contextvars.copy_context()))
                if isinstance(results[-1], BaseException):
                    raise _Failed
    except _Failed:
        failed = len(results) - 1
        return [part for part in (batch[:failed], batch[failed : failed + 1], batch[failed + 1 :]) if part]
    except Exception as error:  # each of them hears by itself what is wrong
        log.debug("units.apart", error=type(error).__name__)
        return [[unit] for unit in batch]
    for unit, result in zip(batch, results, strict=True):
        unit.tell(result)
    return ()

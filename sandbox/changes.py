"""Waiting for something to come true, woken by every change of the workspace."""

import asyncio
from collections.abc import Callable

_ELSEWHERE = 0.05  # seconds between two looks at what may change outside the workspace


class Changes:
    """Tells waiters that something changed."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Event] = []

    def touch(self) -> None:
        """Wake whoever waits; costs nothing when nobody does."""
        for event in self._waiting:
            event.set()

    async def until(self, predicate: Callable[[], object], timeout: float) -> None:  # noqa: ASYNC109 - named in the contract
        """Return once the predicate is true. Raises TimeoutError after `timeout` seconds."""
        event = asyncio.Event()
        self._waiting.append(event)
        try:
            async with asyncio.timeout(timeout):
                while not predicate():
                    await _woken(event)
        finally:
            self._waiting.remove(event)


async def _woken(event: asyncio.Event) -> None:
    """Return at the next change; or soon, since a predicate may also ask about another server."""
    try:
        async with asyncio.timeout(_ELSEWHERE):
            await event.wait()
    except TimeoutError:
        return
    event.clear()

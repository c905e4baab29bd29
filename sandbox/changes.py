"""Waiting for something to come true, woken by every change and never by a clock."""

import asyncio
from collections.abc import Callable


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
                    await event.wait()
                    event.clear()
        finally:
            self._waiting.remove(event)

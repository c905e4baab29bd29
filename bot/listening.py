"""Being caught up: reading back after every (re)connection what was written meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from bot.database import FAULTS
from desk.context import Desk
from desk.conversations import gap
from desk.slack.errors import SlackError

log = structlog.get_logger("oratio.listening")


class Listening:
    """Reads the gap back, again until it works; only then does the mark of what was taken move."""

    def __init__(self, desk: Desk, take: Callable[[Mapping[str, Any]], Awaitable[None]]) -> None:
        self._desk = desk
        self._take = take
        self._wanted = asyncio.Event()
        self._stopped = False
        self._behind = True
        self._since = desk.clock.monotonic()
        self.trouble: str | None = None
        """Why the last reading did not succeed."""

    @property
    def behind(self) -> bool:
        """Whether something may have been written that we have not read yet.

        Answers wait for that, so that they leave in the order they were written in; but no
        longer than `catch_up`.
        """
        waited = self._desk.clock.monotonic() - self._since
        return self._behind and waited < self._desk.settings.durations.catch_up.total_seconds()

    def want(self) -> None:
        """Something may have been missed."""
        if not self._behind:
            self._since = self._desk.clock.monotonic()
        self._behind = True
        self._wanted.set()

    async def run(self) -> None:
        """Read back whenever it is wanted, until `stop`."""
        while True:
            await self._wanted.wait()
            if self._stopped:
                return
            self._wanted.clear()
            await self._read()

    async def _read(self) -> None:
        try:
            looked = await gap.read_back(self._desk, self._take)
        except Exception as error:  # whatever it is, a gap must not stay unread
            self.trouble = type(error).__name__
            expected = isinstance(error, (SlackError, *FAULTS))
            log.warning("gap.unread", error=self.trouble, exc_info=None if expected else error)
            await self._desk.clock.sleep(self._desk.settings.durations.retry_base.total_seconds())
            self._wanted.set()
        else:
            self.trouble = None
            self._behind = self._wanted.is_set()
            self._desk.wake()
            if looked:
                log.info("gap.read", messages=looked)

    async def beat(self) -> None:
        """While we listen and nothing is missing, what came before now was taken."""
        if not self._behind:
            now = self._desk.clock.now()
            await self._desk.units.run(lambda: gap.caught_up(self._desk, now))

    def stop(self) -> None:
        """End `run`."""
        self._stopped = True
        self._wanted.set()

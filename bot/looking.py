"""Looking around: whether each account's channel is there, and who answers in it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from random import Random

from bot.readiness import make_ready
from desk.context import Desk
from desk.delivery import retry

_SOON = timedelta(seconds=10)
"""After so long at most, Slack is asked again for what it could not say."""
_SPREAD = Random()  # noqa: S311 - spreads retries, guards nothing


class Looking:
    """One look at a time; another one soon where something could not be asked."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._one = asyncio.Lock()
        self._done = asyncio.Condition()
        self._begun = self._ended = 0
        self._wanted = False
        self._due = 0.0
        self._failures = 0

    async def want(self) -> None:
        """Something changed: look at the next turn."""
        self._wanted = True

    async def now(self) -> None:
        """Have the loop look at once; returns when a look that began after this call is over."""
        ours = self._begun + 1
        self._due = 0.0
        self._wanted = True
        async with self._done:
            await self._done.wait_for(lambda: self._ended >= ours)

    async def turn(self) -> None:
        """Look if it is wanted, and due."""
        if self._wanted and self._desk.clock.monotonic() >= self._due:
            await self.around()

    async def around(self) -> None:
        """See to every account's channel and agents; soon again if Slack could not be asked."""
        async with self._one:
            self._wanted = False
            self._begun += 1
            settled = False
            try:
                settled = await make_ready(self._desk)
            finally:
                self._failures = 0 if settled else self._failures + 1
                if not settled:
                    self._due = self._desk.clock.monotonic() + self._pause().total_seconds()
                    self._wanted = True
                async with self._done:
                    self._ended = self._begun
                    self._done.notify_all()

    def _pause(self) -> timedelta:
        """Short at first: customers' first cards may wait for it."""
        return min(retry.pause(self._failures, self._desk.settings.durations, _SPREAD), _SOON)

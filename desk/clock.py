"""Time, passed in. Nothing else in the program reads it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime


class Clock:
    """The real time; tests pass one they move by hand."""

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds from an unknown start; never goes back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Give way to others for that long."""
        await asyncio.sleep(seconds)

"""A clock that a test moves ahead."""

from __future__ import annotations

from datetime import datetime, timedelta

from desk.clock import Clock


class Ahead(Clock):
    """The real time, and what was added to it; waiting takes as long as ever."""

    def __init__(self) -> None:
        self._by = timedelta()

    def now(self) -> datetime:
        return super().now() + self._by

    def move(self, **by: float) -> None:
        """Let so much time pass: `minutes=20`."""
        self._by += timedelta(**by)

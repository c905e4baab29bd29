"""Wakes the open browsers of visitors. It holds no message: what counts is in the table."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from desk import metrics

_MOST_SIGNALS = 16


class Ear:
    """One open browser: woken when its visitor's history grew, told what is passing."""

    def __init__(self) -> None:
        self._news = asyncio.Event()
        self._signals: deque[Mapping[str, object]] = deque(maxlen=_MOST_SIGNALS)
        self.closing = False
        """The program ends; the connection should be closed."""

    def wake(self) -> None:
        """There may be something new."""
        self._news.set()

    def tell(self, body: Mapping[str, object]) -> None:
        """Something passing; the oldest is dropped when too many wait."""
        self._signals.append(body)
        self._news.set()

    def signals(self) -> list[Mapping[str, object]]:
        """What was told since the last call."""
        told = list(self._signals)
        self._signals.clear()
        return told

    async def wait(self, seconds: float) -> None:
        """Return when woken, or after that long."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return
        self._news.clear()


class Hub:
    """Who listens, by account and visitor, in this process."""

    def __init__(self) -> None:
        self._ears: defaultdict[tuple[str, str], set[Ear]] = defaultdict(set)

    @contextmanager
    def listening(self, account: str, visitor: str) -> Iterator[Ear]:
        """An ear for as long as the block lasts."""
        key, ear = (account, visitor), Ear()
        self._ears[key].add(ear)
        metrics.VISITORS_CONNECTED.inc()
        try:
            yield ear
        finally:
            metrics.VISITORS_CONNECTED.dec()
            self._ears[key].discard(ear)
            if not self._ears[key]:
                del self._ears[key]

    def count(self, account: str, visitor: str) -> int:
        """How many browsers of this visitor are open here."""
        return len(self._ears.get((account, visitor), ()))

    def wake(self, account: str, visitor: str) -> None:
        """The visitor's history grew. Call after the commit."""
        for ear in self._ears.get((account, visitor), ()):
            ear.wake()

    def tell(self, account: str, visitor: str, body: Mapping[str, object]) -> None:
        """Pass something on to whoever is open now."""
        for ear in self._ears.get((account, visitor), ()):
            ear.tell(body)

    def close(self) -> None:
        """Ask every open connection to end, for the program does."""
        for ears in self._ears.values():
            for ear in ears:
                ear.closing = True
                ear.wake()

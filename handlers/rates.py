"""Token buckets in memory: how often a visitor, an address or a site may do a thing."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from desk.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`burst` at once, then `per_second`."""

    burst: float
    per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What visitors, and those who hold a link to a file, may do, each by whom it is counted."""

    frames_visitor: Rate = Rate(burst=60, per_second=5)
    messages_visitor: Rate = Rate(burst=20, per_second=1)
    messages_address: Rate = Rate(burst=200, per_second=20)
    messages_site: Rate = Rate(burst=1_000, per_second=200)
    sessions_address: Rate = Rate(burst=60, per_second=2)
    sockets_address: Rate = Rate(burst=60, per_second=2)
    uploads_visitor: Rate = Rate(burst=20, per_second=0.2)
    uploads_address: Rate = Rate(burst=100, per_second=1)
    links_address: Rate = Rate(burst=60, per_second=1)
    sockets_per_visitor: int = 10


class Buckets:
    """One bucket per key. Forgets the least recently used beyond some thousands, so memory is bounded."""

    def __init__(self, clock: Clock, *, most: int = 20_000) -> None:
        self._clock = clock
        self._most = most
        self._levels: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._levels)

    def spend(self, *asked: tuple[str, str, Rate]) -> float:
        """Take one from each of (what, whose, rate); 0 if all had one, else the seconds to wait.

        Nothing is taken when one of them is empty.
        """
        now = self._clock.monotonic()
        levels = [self._level(what, whose, rate, now) for what, whose, rate in asked]
        waits = [(1 - level) / a[2].per_second for a, level in zip(asked, levels, strict=True) if level < 1]
        for what, whose, _ in asked:
            if (what, whose) in self._levels:
                self._levels.move_to_end((what, whose))
        if waits:
            return max(waits)
        for (what, whose, _), level in zip(asked, levels, strict=True):
            self._levels[what, whose] = (level - 1, now)
            self._levels.move_to_end((what, whose))
        while len(self._levels) > self._most:
            self._levels.popitem(last=False)
        return 0.0

    def _level(self, what: str, whose: str, rate: Rate, now: float) -> float:
        level, since = self._levels.get((what, whose), (rate.burst, now))
        return min(rate.burst, level + (now - since) * rate.per_second)

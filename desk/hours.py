"""When the team answers: time counted in business hours, whatever clocks and calendars do. Pure.

Local times are turned into moments one day at a time, so an hour that a change of the clocks
takes away is no hour of business, and one that it gives twice is two.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_DAY = 24 * 60
_HORIZON = 400
"""So many days in a row without business, and there is none any more."""

Stretch = tuple[datetime, datetime]
"""From, and until just before: moments in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Open hours of one weekday, in minutes since its midnight; what ends after 24:00 ends a day later."""

    weekday: int
    """0 is Monday."""
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A week's open hours in one place, without its holidays. Business that began on a working day
    goes on after midnight."""

    zone: tzinfo
    week: tuple[Span, ...]
    holidays: frozenset[date] = frozenset()
    public: Container[date] = field(default=frozenset(), repr=False, compare=False)
    """The public holidays of where the team is."""

    def within(self, at: datetime) -> bool:
        """Whether the team is there at that moment."""
        first = next(self._open(at.astimezone(UTC)), None)
        return first is not None and first[0] == at.astimezone(UTC)

    def next_opening(self, at: datetime) -> datetime | None:
        """The first moment from `at` on at which the team is there; None: there never is one."""
        first = next(self._open(at.astimezone(UTC)), None)
        return first[0] if first else None

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """How much business time lies between two moments; zero where they are the wrong way round."""
        total = timedelta()
        until = end.astimezone(UTC)
        for opened, closed in self._open(start.astimezone(UTC)):
            if opened >= until:
                break
            total += min(closed, until) - opened
        return total

    def after(self, start: datetime, span: timedelta) -> datetime | None:
        """The earliest moment by which so much business time has passed; None: it never will have."""
        left = span
        for opened, closed in self._open(start.astimezone(UTC)):
            if closed - opened >= left:
                return opened + left
            left -= closed - opened
        return None

    def _open(self, since: datetime) -> Iterator[Stretch]:
        """What is open from `since` on: stretches in order, none within another."""
        for opened, closed in self._days(since):
            if closed > since:
                yield max(opened, since), closed
                since = closed

    def _days(self, since: datetime) -> Iterator[Stretch]:
        """What each day brings, from two days before; ends when nothing comes for too long."""
        day = since.astimezone(self.zone).date() - timedelta(days=2)
        idle = 0
        while idle < _HORIZON and day < _LAST:
            found = [] if self._free(day) else self._of(day)
            yield from found
            idle = 0 if found else idle + 1
            day += timedelta(days=1)

    def _free(self, day: date) -> bool:
        return day in self.holidays or day in self.public

    def _of(self, day: date) -> list[Stretch]:
        spans = (span for span in self.week if span.weekday == day.weekday())
        found = [(self._moment(day, span.start, 0), self._moment(day, span.end, 1)) for span in spans]
        return sorted(stretch for stretch in found if stretch[0] < stretch[1])

    def _moment(self, day: date, minutes: int, fold: int) -> datetime:
        """A local time as a moment: of two that read the same, the first to open and the last to
        close; for one that is left out, when the clocks jump over it."""
        whole, rest = divmod(minutes, _DAY)
        local = datetime.combine(day + timedelta(days=whole), time(rest // 60, rest % 60, fold=fold))
        moment = local.replace(tzinfo=self.zone).astimezone(UTC)
        if moment.astimezone(self.zone).replace(tzinfo=None) == local:
            return moment
        return self._jump(local)

    def _jump(self, local: datetime) -> datetime:
        """When the clocks jump over a local time, to the second."""
        before = local.replace(tzinfo=self.zone, fold=1).astimezone(UTC)
        after = local.replace(tzinfo=self.zone, fold=0).astimezone(UTC)
        while after - before > timedelta(seconds=1):
            middle = before + (after - before) // 2
            if middle.astimezone(self.zone).replace(tzinfo=None) < local:
                before = middle
            else:
                after = middle
        return after.replace(microsecond=0)


_LAST = date(9990, 1, 1)

ALWAYS = Hours(zone=UTC, week=tuple(Span(weekday=day, start=0, end=_DAY) for day in range(7)))
"""For those who said nothing of their hours."""

"""Times as people write them: `2h`, `tomorrow`, `mon 9:00`, `until they answer`. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

MORNING = time(9)
"""When a day begins that is named without a time."""
FURTHEST = timedelta(days=366)
_LONGEST = 60
"""Characters; nobody names a time in more."""

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_LEAD = re.compile(r"(?:(?:until|till|for|in|on|at|next)\s+)+")
_ANSWER = re.compile(r"(?:(?:they|the customer|customer)\s+)?(?:answer|reply|replie|write)s?(?:\s+again)?")
_SPAN = re.compile(r"(\d{1,4})\s*(minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w)(?![a-z])")
_DAY_FIRST = re.compile(r"(\d{4}-\d{1,2}-\d{1,2}|[a-z]+)(?:,?\s+(?:at\s+)?(.+))?")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?")


class Wrong(StrEnum):
    """Why words name no time."""

    UNREADABLE = "unreadable"
    OVER = "over"
    TOO_FAR = "too_far"


@dataclass(frozen=True, slots=True)
class Until:
    """Until when; None: until the customer writes."""

    at: datetime | None


def read(words: str, now: datetime, zone: tzinfo) -> Until | Wrong:
    """The moment that somebody in `zone` means, in UTC; it lies ahead of `now`, by a year at most."""
    said = " ".join(words[: _LONGEST * 2].casefold().split()).rstrip(".!")
    if len(said) > _LONGEST:
        return Wrong.UNREADABLE
    bare = _LEAD.sub("", said, count=1) if _LEAD.match(said) else said
    if _ANSWER.fullmatch(bare):
        return Until(None)
    found = _span(bare, now) or _day(bare, now, zone) or _clock_alone(bare, now, zone)
    return Wrong.UNREADABLE if found is None else check(found, now)


def check(at: datetime, now: datetime) -> Until | Wrong:
    """Whether one can sleep until then."""
    if at <= now:
        return Wrong.OVER
    return Wrong.TOO_FAR if at - now > FURTHEST else Until(at.astimezone(UTC))


def _span(said: str, now: datetime) -> datetime | None:
    """`2h`, `1h 30m`, `3 days`."""
    parts = _SPAN.findall(said)
    if not parts or _SPAN.sub("", said).replace("and", "").strip(" ,"):
        return None
    return now + sum((int(count) * _UNITS[unit[0]] for count, unit in parts), timedelta())


def _day(said: str, now: datetime, zone: tzinfo) -> datetime | None:
    """`tomorrow`, `mon 9:00`, `2026-12-24 14:00`."""
    found = _DAY_FIRST.fullmatch(said)
    clock = (_clock(found[2]) if found[2] else MORNING) if found else None
    if found is None or clock is None:
        return None
    here = now.astimezone(zone)
    if (day := _named(found[1], here.date())) is not None:
        return _at(day, clock, zone)
    weekday = next((n for n, name in enumerate(_DAYS) if _short_for(found[1], name)), None)
    if weekday is None:
        return None
    ahead = _at(here.date() + timedelta(days=(weekday - here.weekday()) % 7), clock, zone)
    return ahead if ahead > now else _at(ahead.date() + timedelta(days=7), clock, zone)


def _short_for(word: str, day: str) -> bool:
    return len(word) >= 3 and day.startswith(word)


def _named(word: str, today: date) -> date | None:
    if word in ("today", "tomorrow", "tmrw"):
        return today + timedelta(days=word != "today")
    if word == "week":
        return today + timedelta(days=7 - today.weekday())
    try:
        return date(*(int(part) for part in word.split("-"))) if word[0].isdigit() else None
    except ValueError:
        return None


def _clock_alone(said: str, now: datetime, zone: tzinfo) -> datetime | None:
    """`14:00`, `9am`: today, or tomorrow if that is over. A bare number is no time."""
    clock = None if said.isdigit() else _clock(said)
    if clock is None:
        return None
    today = _at(now.astimezone(zone).date(), clock, zone)
    return today if today > now else _at(now.astimezone(zone).date() + timedelta(days=1), clock, zone)


def _clock(said: str) -> time | None:
    found = _CLOCK.fullmatch("12:00" if said == "noon" else said)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _at(day: date, clock: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)

"""`[hours]`, `[reminders]`, `[[routes]]`: when the team answers, whom to remind, what arrives where."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import BaseModel, ConfigDict, Field

from bot.configfile import TOP, Account, AccountKeys, FileKeys, known_network
from bot.places import Place, shown, suggestion
from bot.tables import CHANNEL, USER, refuse_unknown, validated
from desk.hours import ALWAYS, Hours, Span
from desk.reminders import Reminders, Step
from desk.routing import Route

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LINE = re.compile(r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))?(?P<spans>(?: +\d{1,2}:\d\d-\d{1,2}:\d\d)+)")
_SPAN = re.compile(r"(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)")
_LINE_RULE = 'written like "mon-fri 09:00-12:30 13:30-17:00"'
_WHOLE_DAY = 24 * 60

Minutes = Annotated[float | None, Field(default=None, gt=0, le=100_000, description="a number of minutes")]


class HoursKeys(BaseModel):
    """When the team answers."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    zone: str = Field(description="a time zone such as Europe/Vienna")
    open: list[str] = Field(min_length=1, description=f"a list of days with their hours, each {_LINE_RULE}")
    holidays: list[date] = Field(default=[], description="a list of dates such as 2026-12-24, without quotes")
    country: str | None = Field(
        default=None,
        pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$",
        description="a country, or a part of one, such as AT or DE-BY",
    )


class RemindersKeys(BaseModel):
    """After how many minutes of business hours who is reminded."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    assignee_after: Minutes
    group_after: Minutes
    lead_after: Minutes
    lead: str | None = Field(default=None, pattern=USER, description="a Slack user id such as U0123ABCD")


class RouteKeys(BaseModel):
    """One rule: which conversations, and into which channel."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    channel: str = Field(pattern=CHANNEL, description="a channel id such as C0123ABCD, or #name")
    account: str | None = Field(default=None, description="the name of an account")
    network: str | None = Field(default=None, description="the name of a network")
    language: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$",
        description="a language such as de, or de-AT",
    )
    words: list[Annotated[str, Field(min_length=1, max_length=100, pattern=r"[^\W_]")]] = Field(
        default=[], min_length=1, max_length=200, description="a list of words"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When an account's team answers, and who is reminded."""

    hours: Hours = ALWAYS
    reminders: Reminders | None = None


def read_schedules(keys: FileKeys, accounts: Sequence[Account], top: Place) -> list[Schedule]:
    """Each account's own, or else what stands at the top. Raises `ConfigError`."""
    hours = None if keys.hours is None else read_hours(keys.hours, _table(top, "hours"))
    if keys.reminders is not None:
        read_reminders(keys.reminders, _table(top, "reminders"), ALWAYS)
    return [_schedule(keys, accounts[: number + 1], top, hours) for number in range(len(accounts))]


def _schedule(keys: FileKeys, accounts: Sequence[Account], top: Place, hours: Hours | None) -> Schedule:
    """The last account's; those before it tell which of the file's tables are its own."""
    own = accounts[-1].keys
    if own.hours is not None:
        at = sum(each.keys.hours is not None for each in accounts[:-1])
        hours = read_hours(own.hours, _table(top, "accounts.hours", at, own.name))
    table, place = keys.reminders, _table(top, "reminders")
    if own.reminders is not None:
        at = sum(each.keys.reminders is not None for each in accounts[:-1])
        table, place = own.reminders, _table(top, "accounts.reminders", at, own.name)
    reminders = None if table is None else read_reminders(table, place, hours)
    return Schedule(hours=hours or ALWAYS, reminders=reminders)


def _table(top: Place, name: str, number: int = 0, of: str = "") -> Place:
    label = f'[{name}] of "{of}"' if of else f"[{name}]"
    return replace(top, table=name, number=number, label=label)


def _homes(place: Place) -> Mapping[str, Iterable[str]]:
    """Where keys belong that stand below this table's header, but are not its own."""
    own = f"to the account, so it must stand above [{place.table}]"
    return {own: AccountKeys.model_fields} if "." in str(place.table) else TOP


def read_hours(table: Mapping[str, Any], place: Place) -> Hours:
    """Business hours from their table. Raises `ConfigError`."""
    refuse_unknown(table, HoursKeys.model_fields, place, _homes(place))
    keys = validated(HoursKeys, table, place)
    week = tuple(span for line in keys.open for span in _spans(line, place))
    twice = _twice(week)
    if twice is not None:
        raise place.wrong("open", f'"open" has some hours of {_DAYS[twice]} twice; write each once')
    return Hours(
        zone=_zone(keys.zone, place),
        week=week,
        holidays=frozenset(keys.holidays),
        public=_public(keys.country, place) if keys.country else frozenset(),
    )


def _zone(name: str, place: Place) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = suggestion(name, available_timezones())
        hint = near if "did you mean" in near else "; one is Europe/Vienna"
        raise place.wrong("zone", f"there is no time zone {shown(name)}{hint}") from None


def _spans(line: str, place: Place) -> Iterator[Span]:
    found = _LINE.fullmatch(line.strip().lower())
    days = _days(found["first"], found["last"]) if found else []
    if not found or not days:
        rule = f'"open" must be a list of days with their hours, each {_LINE_RULE}'
        raise place.wrong("open", f"{rule}, not {shown(line)}")
    for hours in _SPAN.findall(found["spans"]):
        start, end = _minutes(*hours[:2]), _minutes(*hours[2:])
        if start is None or end is None or start in (end, _WHOLE_DAY):
            rule = '"open" must have hours from 00:00 to 24:00, each with another end than beginning'
            raise place.wrong("open", f"{rule}, not {shown(line)}")
        for day in days:
            yield Span(weekday=day, start=start, end=end if end > start else end + _WHOLE_DAY)


def _twice(week: Sequence[Span]) -> int | None:
    """The weekday on which one span begins before another has ended, if any."""
    starts = sorted((span.weekday * _WHOLE_DAY + span.start, span) for span in week)
    starts.append((starts[0][0] + 7 * _WHOLE_DAY, starts[0][1]))
    for (start, span), (following, other) in pairwise(starts):
        if following < start + span.end - span.start:
            return other.weekday
    return None


def _days(first: str, last: str | None) -> list[int]:
    """The weekdays from one to the other, also over a Sunday; none if one of them is no weekday."""
    if first not in _DAYS or (last or first) not in _DAYS:
        return []
    begin, end = _DAYS.index(first), _DAYS.index(last or first)
    return [(begin + step) % 7 for step in range((end - begin) % 7 + 1)]


def _minutes(hour: str, minute: str) -> int | None:
    whole = int(hour) * 60 + int(minute)
    return whole if whole <= _WHOLE_DAY and int(minute) < 60 else None


def _public(code: str, place: Place) -> Container[date]:
    """The public holidays there, whichever year is asked for."""
    import holidays  # takes a moment, and few need it

    country, _, part = code.partition("-")
    try:
        return holidays.country_holidays(country, subdiv=part or None)
    except NotImplementedError:  # what the library says of places whose holidays it does not know
        rule = '"country" must be a country, or a part of one, such as AT or DE-BY'
        raise place.wrong("country", f"{rule}, not {shown(code)}") from None


def read_reminders(table: Mapping[str, Any], place: Place, hours: Hours | None) -> Reminders | None:
    """Reminders from their table, None for an empty one. Raises `ConfigError`."""
    refuse_unknown(table, RemindersKeys.model_fields, place, _homes(place))
    keys = validated(RemindersKeys, table, place)
    given = {Step.ASSIGNEE: keys.assignee_after, Step.GROUP: keys.group_after, Step.LEAD: keys.lead_after}
    after = {step: timedelta(minutes=minutes) for step, minutes in given.items() if minutes is not None}
    if (keys.lead is None) != (keys.lead_after is None):
        raise place.wrong(None, '"lead" says who and "lead_after" when, so each needs the other')
    if list(after.values()) != sorted(set(after.values())):
        raise place.wrong(None, "each step must come later than the one before: assignee, group, lead")
    if after and hours is None:
        raise place.wrong(None, "reminders need [hours], so that nobody is reminded at night")
    return Reminders(after=after, lead=keys.lead) if after else None


def read_routes(tables: Sequence[Mapping[str, Any]], top: Place) -> tuple[Route, ...]:
    """The rules of routing, in order. Raises `ConfigError`."""
    places = (
        replace(top, table="routes", number=at, label=f"[[routes]] {at + 1}") for at in range(len(tables))
    )
    return tuple(_route(table, place) for table, place in zip(tables, places, strict=True))


def _route(table: Mapping[str, Any], place: Place) -> Route:
    refuse_unknown(table, RouteKeys.model_fields, place, TOP)
    keys = validated(RouteKeys, table, place)
    if not (keys.account or keys.network or keys.language or keys.words):
        raise place.wrong(None, "a rule needs an account, a network, a language or words; this one says none")
    if keys.network is not None:
        known_network(keys.network, place)
    return Route(
        channel=keys.channel,
        account=keys.account,
        network=keys.network,
        language=keys.language,
        words=tuple(keys.words),
    )

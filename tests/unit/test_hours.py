"""Business hours: within them, counted in them, and across everything clocks and calendars do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from desk.hours import ALWAYS, Hours, Span

VIENNA = ZoneInfo("Europe/Vienna")
OFFICE = Hours(zone=VIENNA, week=tuple(Span(weekday=day, start=9 * 60, end=17 * 60) for day in range(5)))
NIGHTS = Hours(zone=VIENNA, week=(Span(weekday=6, start=22 * 60, end=30 * 60),))
ZONES = ("UTC", "Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")


def vienna(*when: int, fold: int = 0) -> datetime:
    return datetime(*when, tzinfo=VIENNA, fold=fold)  # type: ignore[arg-type,misc]  # year, month, day, hour, minute


def test_a_weekend_counts_for_nothing() -> None:
    friday = vienna(2026, 11, 27, 16, 50)
    assert OFFICE.elapsed(friday, vienna(2026, 11, 30, 9, 5)) == timedelta(minutes=15)
    assert OFFICE.after(friday, timedelta(minutes=15)) == vienna(2026, 11, 30, 9, 5)
    assert OFFICE.after(friday, timedelta(minutes=10)) == vienna(2026, 11, 27, 17, 0)
    assert OFFICE.next_opening(vienna(2026, 11, 28, 12, 0)) == vienna(2026, 11, 30, 9, 0)


def test_open_from_the_first_minute_until_just_before_the_last() -> None:
    assert OFFICE.within(vienna(2026, 11, 27, 9, 0))
    assert not OFFICE.within(vienna(2026, 11, 27, 17, 0))
    assert OFFICE.next_opening(vienna(2026, 11, 27, 9, 0)) == vienna(2026, 11, 27, 9, 0)
    assert OFFICE.elapsed(vienna(2026, 11, 27, 12, 0), vienna(2026, 11, 27, 11, 0)) == timedelta()


def test_what_begins_before_midnight_goes_on_after_it() -> None:
    assert NIGHTS.within(vienna(2026, 11, 30, 5, 59))
    assert not NIGHTS.within(vienna(2026, 11, 30, 6, 0))
    assert NIGHTS.next_opening(vienna(2026, 11, 30, 6, 0)) == vienna(2026, 12, 6, 22, 0)


def test_holidays_of_the_house_and_of_the_country() -> None:
    free = Hours(
        zone=VIENNA,
        week=OFFICE.week,
        holidays=frozenset({date(2026, 12, 24)}),
        public=holidays.country_holidays("AT"),
    )
    assert free.next_opening(vienna(2026, 12, 23, 17, 0)) == vienna(2026, 12, 28, 9, 0)
    assert free.within(vienna(2026, 12, 23, 12, 0))


def test_an_hour_the_clocks_take_is_none_and_one_they_give_counts_twice() -> None:
    sundays = Hours(zone=VIENNA, week=(Span(weekday=6, start=60, end=240),))
    spring, autumn = vienna(2026, 3, 29), vienna(2026, 10, 25)
    assert sundays.elapsed(spring, spring + timedelta(days=1)) == timedelta(hours=2)
    assert sundays.elapsed(autumn, autumn + timedelta(days=1)) == timedelta(hours=4)
    skipped = Hours(zone=VIENNA, week=(Span(weekday=6, start=130, end=150),))
    assert skipped.elapsed(spring, spring + timedelta(days=1)) == timedelta()
    assert skipped.next_opening(spring) == vienna(2026, 4, 5, 2, 10)
    early = Hours(zone=VIENNA, week=(Span(weekday=6, start=130, end=240),))
    assert early.next_opening(spring) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "to the second"
    half = Hours(zone=VIENNA, week=(Span(weekday=6, start=150, end=240),))
    assert half.next_opening(spring) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert half.within(vienna(2026, 10, 25, 2, 45, fold=0))
    assert half.within(vienna(2026, 10, 25, 2, 45, fold=1))


def test_who_is_never_there_has_no_next_opening() -> None:
    never = Hours(zone=VIENNA, week=())
    assert never.next_opening(vienna(2026, 1, 1)) is None
    assert never.after(vienna(2026, 1, 1), timedelta(minutes=1)) is None
    assert not never.within(vienna(2026, 1, 1))
    always_free = Hours(zone=VIENNA, week=OFFICE.week, public=EveryDay())
    assert always_free.next_opening(vienna(2026, 1, 1)) is None


class EveryDay:
    def __contains__(self, day: object) -> bool:
        return True


def test_always_is_plain_time() -> None:
    now = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)
    assert ALWAYS.within(now)
    assert ALWAYS.after(now, timedelta(hours=30)) == now + timedelta(hours=30)
    assert ALWAYS.elapsed(now, now + timedelta(days=9)) == timedelta(days=9)


spans = st.builds(
    lambda day, start, length: Span(weekday=day, start=start, end=start + length),
    st.integers(0, 6),
    st.integers(0, 24 * 60 - 1),
    st.integers(1, 24 * 60),
)
weeks = st.builds(
    lambda zone, week: Hours(zone=ZoneInfo(zone), week=tuple(week)),
    st.sampled_from(ZONES),
    st.lists(spans, max_size=5),
)
days_of_change = st.sampled_from(
    [(2026, 3, 28), (2026, 10, 24), (2026, 3, 7), (2026, 10, 31), (2026, 4, 4), (2011, 12, 29), (2028, 2, 28)]
)
moments = st.builds(
    lambda day, offset: datetime(*day, tzinfo=UTC) + timedelta(minutes=offset),
    days_of_change,
    st.integers(-2_000, 4_000),
)


@settings(max_examples=70)
@given(hours=weeks, at=moments)
def test_within_is_what_the_clock_on_the_wall_says(hours: Hours, at: datetime) -> None:
    local = at.astimezone(hours.zone)
    assume(local.utcoffset() == local.replace(fold=1 - local.fold).utcoffset())  # it shows it only once
    yesterday = (local.weekday() - 1) % 7
    minute = local.hour * 60 + local.minute
    expected = any(
        (span.weekday == local.weekday() and span.start <= minute < span.end)
        or (span.weekday == yesterday and span.start <= minute + 1440 < span.end)
        for span in hours.week
    )
    assert hours.within(at) == expected


@settings(max_examples=70)
@given(hours=weeks, start=moments, first=st.integers(0, 3_000), second=st.integers(0, 3_000))
def test_elapsed_time_adds_up_and_after_is_its_inverse(
    hours: Hours, start: datetime, first: int, second: int
) -> None:
    middle = start + timedelta(minutes=first)
    end = middle + timedelta(minutes=second)
    whole = hours.elapsed(start, end)
    assert whole == hours.elapsed(start, middle) + hours.elapsed(middle, end)
    assert timedelta() <= whole <= end - start
    reached = hours.after(start, whole) if whole else None
    if reached:
        assert reached <= end
        assert hours.elapsed(start, reached) == whole


@settings(max_examples=40)
@given(hours=weeks, at=moments)
def test_the_next_opening_is_open_and_nothing_before_it_is(hours: Hours, at: datetime) -> None:
    opening = hours.next_opening(at)
    assert (opening is None) == (not hours.week)
    if opening:
        assert opening >= at
        assert hours.within(opening)
        assert hours.elapsed(at, opening) == timedelta()


@pytest.mark.parametrize("zone", ZONES)
def test_every_minute_of_a_changing_day_is_counted_once(zone: str) -> None:
    hours = Hours(
        zone=ZoneInfo(zone), week=(Span(weekday=6, start=100, end=200), Span(weekday=6, start=150, end=400))
    )
    start = datetime(2026, 3, 28, tzinfo=UTC)
    counted = sum(hours.within(start + timedelta(minutes=minute)) for minute in range(0, 2_880, 5))
    assert hours.elapsed(start, start + timedelta(days=2)) == timedelta(minutes=5 * counted)

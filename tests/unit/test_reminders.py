"""Who is reminded when: the steps, their order, and the nights in which nobody is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from desk.hours import ALWAYS, Hours, Span
from desk.reminders import Due, Look, Reminders, Step, Waiting, decide

OFFICE = Hours(zone=UTC, week=tuple(Span(weekday=day, start=9 * 60, end=17 * 60) for day in range(5)))
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SATURDAY = MONDAY - timedelta(days=2)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


ALL = Reminders(
    after={Step.ASSIGNEE: minutes(15), Step.GROUP: minutes(30), Step.LEAD: minutes(60)}, lead="U0LEAD0001"
)
SOME = Reminders(after={Step.GROUP: minutes(30)})


def waiting(since: datetime = MONDAY, assigned_at: datetime | None = MONDAY, reminded: int = 0) -> Waiting:
    return Waiting(since=since, assigned_at=assigned_at, reminded=reminded)


def test_one_step_after_another() -> None:
    assert decide(waiting(), ALL, OFFICE, MONDAY) == Look(at=MONDAY + minutes(15))
    now = MONDAY + minutes(15.5)
    assert decide(waiting(), ALL, OFFICE, now) == Due(step=Step.ASSIGNEE, late=minutes(0.5))
    told = waiting(reminded=Step.ASSIGNEE)
    assert decide(told, ALL, OFFICE, now) == Look(at=MONDAY + minutes(30))
    both = waiting(reminded=Step.ASSIGNEE | Step.GROUP)
    assert decide(both, ALL, OFFICE, MONDAY + minutes(61)) == Due(step=Step.LEAD, late=minutes(1))
    assert decide(waiting(reminded=7), ALL, OFFICE, MONDAY + minutes(500)) is None


def test_nobodys_goes_to_the_group_directly_and_what_is_left_out_is_left_out() -> None:
    assert decide(waiting(assigned_at=None), ALL, OFFICE, MONDAY) == Look(at=MONDAY + minutes(30))
    assert decide(waiting(), SOME, OFFICE, MONDAY) == Look(at=MONDAY + minutes(30))
    assert decide(waiting(reminded=Step.GROUP), SOME, OFFICE, MONDAY) is None
    assert decide(waiting(), Reminders(after={}), OFFICE, MONDAY) is None


def test_another_assignee_has_the_same_patience_and_the_group_no_more_than_before() -> None:
    before = waiting(assigned_at=MONDAY - minutes(10))
    assert decide(before, ALL, OFFICE, MONDAY) == Look(at=MONDAY + minutes(15)), "from what is unanswered"
    handed = waiting(assigned_at=MONDAY + minutes(25))
    assert decide(handed, ALL, OFFICE, MONDAY + minutes(26)) == Look(at=MONDAY + minutes(30))
    group = waiting(assigned_at=MONDAY + minutes(25), reminded=Step.GROUP)
    assert decide(group, ALL, OFFICE, MONDAY + minutes(31)) == Look(at=MONDAY + minutes(40))


def test_nobody_is_reminded_at_night() -> None:
    assert decide(waiting(since=SATURDAY, assigned_at=SATURDAY), ALL, OFFICE, SATURDAY) == Look(
        at=MONDAY - minutes(45)
    )
    late = MONDAY + timedelta(hours=9)
    assert decide(waiting(), ALL, OFFICE, late) == Look(at=MONDAY + timedelta(hours=23))
    never = Hours(zone=UTC, week=())
    assert decide(waiting(), ALL, never, late) is None


week = st.builds(
    lambda days, start, length: Hours(
        zone=UTC, week=tuple(Span(weekday=day, start=start, end=start + length) for day in days)
    ),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 1_200),
    st.integers(30, 600),
)


@settings(max_examples=50)
@given(
    hours=st.one_of(week, st.just(ALWAYS)),
    start=st.integers(0, 20_000),
    handed=st.one_of(st.none(), st.integers(0, 20_000)),
    looks=st.lists(st.integers(1, 4_000), max_size=20),
)
def test_each_step_comes_once_in_business_hours_and_never_too_early(
    hours: Hours, start: int, handed: int | None, looks: list[int]
) -> None:
    """However seldom somebody looks: what is due comes in order, and no two at one look."""
    since = MONDAY + minutes(start)
    assigned = None if handed is None else since + minutes(handed)
    now, reminded, told = since, 0, []
    for pause in looks:
        now += minutes(pause)
        found = decide(Waiting(since=since, assigned_at=assigned, reminded=reminded), ALL, hours, now)
        if isinstance(found, Look):
            assert found.at > now
        if not isinstance(found, Due):
            continue
        assert hours.within(now)
        begun = max(since, assigned) if found.step is Step.ASSIGNEE and assigned else since
        assert hours.elapsed(begun, now) >= ALL.after[found.step]
        reminded |= found.step
        told.append(found.step)
    assert len(told) == len(set(told))
    assert [step for step in told if step is not Step.ASSIGNEE] in ([], [Step.GROUP], [Step.GROUP, Step.LEAD])
    assert assigned is not None or Step.ASSIGNEE not in told

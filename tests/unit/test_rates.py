"""How often visitors may do a thing."""

from __future__ import annotations

from datetime import timedelta

from handlers.rates import Buckets, Rate
from tests.networks.webchat.stage import HandClock

SLOW = Rate(burst=2, per_second=0.5)


def test_a_burst_passes_and_then_the_rate_rules() -> None:
    clock = HandClock()
    buckets = Buckets(clock)
    assert [buckets.spend(("m", "a", SLOW)) for _ in range(3)] == [0, 0, 2]
    clock.pass_(timedelta(seconds=1))
    assert buckets.spend(("m", "a", SLOW)) == 1
    clock.pass_(timedelta(seconds=1))
    assert [buckets.spend(("m", "a", SLOW)) for _ in range(2)] == [0, 2]


def test_others_and_other_things_are_counted_apart() -> None:
    buckets = Buckets(HandClock())
    assert [buckets.spend(("m", who, SLOW)) for who in ("a", "a", "b", "a")] == [0, 0, 0, 2]
    assert buckets.spend(("n", "a", SLOW)) == 0


def test_nothing_is_taken_when_one_of_several_is_empty() -> None:
    buckets = Buckets(HandClock())
    once = Rate(burst=1, per_second=1)
    assert buckets.spend(("site", "s", once)) == 0
    assert buckets.spend(("m", "a", SLOW), ("site", "s", once)) == 1
    assert [buckets.spend(("m", "a", SLOW)) for _ in range(2)] == [0, 0]


def test_a_pause_never_saves_up_more_than_the_burst() -> None:
    clock = HandClock()
    buckets = Buckets(clock)
    buckets.spend(("m", "a", SLOW))
    clock.pass_(timedelta(days=1))
    assert [buckets.spend(("m", "a", SLOW)) for _ in range(3)] == [0, 0, 2]


def test_memory_is_bounded_and_the_longest_unused_is_forgotten() -> None:
    buckets = Buckets(HandClock(), most=10)
    for who in range(30):
        buckets.spend(("m", str(who), SLOW))
        buckets.spend(("m", "busy", SLOW))
    assert buckets.spend(("m", "busy", SLOW)) > 0
    assert len(buckets) == 10

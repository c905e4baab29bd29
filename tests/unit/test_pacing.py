"""No minute exceeds what Slack allows, and what waits is told for how long."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.delivery.pacing import Pacing, per_minute

POSTS = "slack:chat.postMessage:C01"


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def pacing(time: Time) -> Pacing:
    return Pacing(time)


def spent_in(pacing: Pacing, time: Time, key: str, seconds: float) -> list[float]:
    """Spend as soon as it is free, and tell when."""
    end = time.now + seconds
    moments: list[float] = []
    while time.now < end:
        wait = pacing.next_free(key)
        if wait:
            time.now += wait
            continue
        pacing.spend(key)
        moments.append(time.now)
    return moments


def test_a_channel_takes_three_at_once_then_one_a_second(pacing: Pacing, time: Time) -> None:
    moments = spent_in(pacing, time, POSTS, 100)
    assert moments[:3] == [1000.0] * 3
    gaps = [later - sooner for sooner, later in pairwise(moments[2:])]
    assert all(1.0 <= gap < 1.1 for gap in gaps)


def test_a_channel_has_rested_once_it_takes_three_at_once_again(pacing: Pacing, time: Time) -> None:
    assert pacing.next_rested(POSTS) == 0
    pacing.spend(POSTS)
    wait = pacing.next_rested(POSTS)
    assert pacing.next_free(POSTS) == 0
    assert 1.0 <= wait < 1.1
    time.now += wait
    assert pacing.next_rested(POSTS) == 0
    pacing.block(POSTS, 30)
    assert pacing.next_rested(POSTS) == pytest.approx(30)


def test_channels_do_not_wait_for_each_other(pacing: Pacing) -> None:
    for _ in range(3):
        pacing.spend(POSTS)
    assert not pacing.free(POSTS)
    assert pacing.free("slack:chat.postMessage:C02")


def test_the_workspace_has_a_limit_of_its_own(pacing: Pacing) -> None:
    for number in range(30):
        key = f"slack:chat.postMessage:C{number}"
        assert pacing.free(key)
        pacing.spend(key)
    assert not pacing.free("slack:chat.postMessage:C99")


@pytest.mark.parametrize(
    ("key", "allowed"),
    [
        ("slack:chat.update", 50),
        ("slack:chat.update:C01", 50),
        ("slack:chat.delete", 50),
        ("slack:reactions.add", 50),
        ("slack:reactions.remove", 20),
        ("slack:chat.postEphemeral", 100),
        ("slack:views.publish", 100),
        ("slack:views.*", 100),
        ("slack:files", 100),
        ("slack:conversations.history", 50),
        ("slack:users.list", 20),
        ("slack:something.new", 50),
    ],
)
def test_no_minute_exceeds_a_tier_and_each_is_nearly_used(
    pacing: Pacing, time: Time, key: str, allowed: int
) -> None:
    moments = spent_in(pacing, time, key, 300)
    busiest = max(sum(start <= moment < start + 60 for moment in moments) for start in moments)
    assert busiest <= allowed
    assert len(moments) >= 4 * allowed


def test_updates_of_two_channels_share_one_limit(pacing: Pacing) -> None:
    for _ in range(8):
        pacing.spend("slack:chat.update:C01")
    assert not pacing.free("slack:chat.update:C02")
    assert not pacing.free("slack:chat.update")


@given(st.integers(1, 1000))
def test_a_minutes_allowance_is_never_exceeded(allowed: int) -> None:
    rate = per_minute(allowed)
    assert rate.burst + 60 * rate.per_second <= allowed + 1e-9
    assert rate.burst >= 1


def test_a_pause_stops_the_key_and_no_burst_follows(pacing: Pacing, time: Time) -> None:
    pacing.spend(POSTS)
    pacing.block(POSTS, 30)
    assert pacing.next_free(POSTS) == pytest.approx(30)
    assert pacing.free("slack:chat.postMessage:C02")
    pacing.block(POSTS, 5)
    assert pacing.next_free(POSTS) == pytest.approx(30), "a shorter pause does not shorten a longer one"
    time.now += 30
    assert pacing.free(POSTS)
    pacing.spend(POSTS)
    assert not pacing.free(POSTS)


def test_a_pause_of_the_method_stops_its_channels(pacing: Pacing, time: Time) -> None:
    pacing.block("slack:chat.postMessage", 4)
    assert pacing.next_free(POSTS) == pytest.approx(4)
    time.now += 4
    assert pacing.free(POSTS)


def test_a_network_is_limited_in_calls_under_way(time: Time) -> None:
    pacing = Pacing(time, at_once=2)
    pacing.spend("net:1")
    pacing.spend("net:1")
    assert pacing.next_free("net:1") == float("inf")
    assert pacing.free("net:2")
    pacing.release("net:1")
    assert pacing.free("net:1")
    pacing.block("net:1", 3)
    assert pacing.next_free("net:1") == pytest.approx(3)


def test_releasing_what_was_not_spent_is_harmless(time: Time) -> None:
    pacing = Pacing(time, at_once=1)
    pacing.release("net:1")
    pacing.release(POSTS)
    pacing.spend("net:1")
    assert not pacing.free("net:1")


def test_unknown_kinds_of_keys_are_free_but_can_be_blocked(pacing: Pacing) -> None:
    for _ in range(1000):
        pacing.spend("typing")
    assert pacing.free("typing")
    pacing.block("typing", 1)
    assert not pacing.free("typing")


def test_a_faster_stand_in_is_paced_faster(time: Time) -> None:
    fast = Pacing(time, scale=10)
    assert len(spent_in(fast, time, POSTS, 10)) > 90


def test_idle_channels_are_forgotten(pacing: Pacing, time: Time) -> None:
    for number in range(5000):
        pacing.spend(f"slack:chat.postMessage:C{number}")
        time.now += 1
    assert len(pacing._buckets) <= 2001
    assert pacing.free("slack:chat.postMessage:C1")

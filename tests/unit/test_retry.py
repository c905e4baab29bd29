"""What becomes of a delivery after each error."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.delivery.retry import LONGEST_PAUSE, Decision, GiveUp, Park, RetryAt, Unsure, after, pause
from desk.media import SpoolFull, TooLarge
from desk.settings import Durations
from desk.slack import errors as slack
from networks import errors as network

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
WAITS = Durations()


def decide(error: Exception, attempts: int = 1, age: timedelta = timedelta(0), seed: int = 1) -> Decision:
    return after(
        error, attempts=attempts, first_try_at=NOW - age, now=NOW, durations=WAITS, rand=Random(seed)
    )


@pytest.mark.parametrize(
    ("error", "decision"),
    [
        (slack.Uncertain("w"), Unsure(words="w")),
        (slack.WorkspaceFault("w", code="token_revoked"), Park(scope="workspace", words="w")),
        (slack.ChannelFault("w", code="is_archived"), Park(scope="channel", words="w")),
        (slack.BadRequest("w", code="invalid_blocks"), GiveUp(words="w")),
        (slack.Pointless("w", code="message_not_found"), GiveUp(words="w")),
        (slack.Refused("w", code="unknown"), GiveUp(words="w")),
        (slack.Expired("w"), GiveUp(words="w")),
        (network.AccountBroken("w"), Park(scope="account", words="w")),
        (network.NoAnswer("w"), Unsure(words="w")),
        (network.UnexpectedResponse("w"), Unsure(words="w")),
        (network.Rejected("w"), GiveUp(words="w")),
        (network.WindowClosed("w"), GiveUp(words="w")),
        (network.ContactUnreachable("w"), GiveUp(words="w")),
        (network.DeliveryError("w"), GiveUp(words="w")),
    ],
)
def test_each_error_has_its_decision(error: Exception, decision: Decision) -> None:
    assert decide(error) == decision


def test_too_large_says_both_numbers() -> None:
    decision = decide(TooLarge(20_000_000, 34_000_000))
    assert isinstance(decision, GiveUp)
    assert "34 MB" in decision.words and "20 MB" in decision.words


WEAK = [
    slack.Unreachable("w"),
    slack.Uncertain("w", repeatable=True),
    network.Unreachable("w"),
    network.ProviderFault("w"),
    SpoolFull("w"),
]


@pytest.mark.parametrize("error", WEAK)
def test_weakness_is_tried_again_and_counts(error: Exception) -> None:
    decision = decide(error)
    assert isinstance(decision, RetryAt)
    assert decision.counts and not decision.blocks
    assert NOW + WAITS.retry_base <= decision.when <= NOW + 2 * WAITS.retry_base


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("error", [slack.throttled(7), network.Throttled("w", retry_after=7)])
def test_being_told_to_wait_blocks_and_does_not_count(error: Exception, seed: int) -> None:
    decision = decide(error, attempts=50, seed=seed)
    assert isinstance(decision, RetryAt)
    assert decision.blocks and not decision.counts
    assert timedelta(seconds=7) <= decision.when - NOW <= timedelta(seconds=7) + WAITS.retry_base / 4


def test_a_pause_with_one_contact_stops_nobody_elses_words() -> None:
    decision = decide(network.Throttled("w", retry_after=7, one_contact=True), attempts=50)
    assert isinstance(decision, RetryAt)
    assert (decision.blocks, decision.counts) == (False, False)
    assert decision.when - NOW >= timedelta(seconds=7)


@pytest.mark.parametrize("seconds", [-5.0, 0.0, 1e9, float("inf")])
def test_an_absurd_pause_is_bounded(seconds: float) -> None:
    decision = decide(network.Throttled("w", retry_after=seconds))
    assert isinstance(decision, RetryAt)
    assert NOW <= decision.when <= NOW + LONGEST_PAUSE + WAITS.retry_base


@pytest.mark.parametrize(
    "error",
    [network.Unreachable("w"), network.ProviderFault("w"), network.Throttled("w", retry_after=1)],
)
def test_an_answer_to_a_customer_is_not_tried_for_ever(error: Exception) -> None:
    almost = WAITS.retry_for - timedelta(seconds=1)
    assert isinstance(decide(error, age=almost), RetryAt)
    assert decide(error, age=WAITS.retry_for) == GiveUp(words="w")


@pytest.mark.parametrize("error", [slack.Unreachable("w"), slack.throttled(1), SpoolFull("w")])
def test_a_customers_words_are_tried_until_slack_takes_them(error: Exception) -> None:
    assert isinstance(decide(error, attempts=10_000, age=timedelta(days=400)), RetryAt)


def test_an_error_of_ours_is_doubted_but_not_for_ever() -> None:
    assert isinstance(decide(KeyError("x"), attempts=1), Unsure)
    ended = decide(KeyError("x"), attempts=8)
    assert isinstance(ended, GiveUp)
    assert "x" not in ended.words.split()


@given(st.integers(-1, 10**6), st.integers(0, 10**6))
def test_pauses_stay_between_base_and_cap(attempts: int, seed: int) -> None:
    assert WAITS.retry_base <= pause(attempts, WAITS, Random(seed)) <= WAITS.retry_cap


def test_pauses_grow_and_are_spread() -> None:
    early = [pause(1, WAITS, Random(seed)) for seed in range(200)]
    late = [pause(7, WAITS, Random(seed)) for seed in range(200)]
    assert max(early) <= 2 * WAITS.retry_base
    assert max(late) > 100 * WAITS.retry_base
    assert min(late) < 20 * WAITS.retry_base


def test_a_cap_under_the_base_does_not_turn_around() -> None:
    odd = Durations(retry_base=timedelta(seconds=2), retry_cap=timedelta(seconds=1))
    assert pause(5, odd, Random(1)) == timedelta(seconds=2)

"""How far a customer's words go on in one post."""

from __future__ import annotations

from typing import Any

import pytest

from desk.delivery.effects.joining import MOST, run
from desk.delivery.pacing import Pacing
from desk.delivery.queue import Candidate
from desk.delivery.turns import in_turn
from models import Delivery, DeliveryKind, DeliveryState, Message

POSTS = "slack:chat.postMessage:C01"


def rows(number: int, **changes: dict[int, dict[str, Any]]) -> list[Delivery]:
    """Rows of as many messages; `changes` by place."""
    plain = {"kind": DeliveryKind.WORDS, "state": DeliveryState.PENDING, "payload": {"chunk": 0}}
    return [
        Delivery(**{"id": each, "message_id": 100 + each, **plain, **changes.get("at", {}).get(each, {})})
        for each in range(number)
    ]


def said(number: int, **changes: dict[int, dict[str, Any]]) -> dict[int | None, Message]:
    """Their messages."""
    plain = {"author": "mia", "text": "Hello?"}
    return {
        100 + each: Message(**{"id": 100 + each, **plain, **changes.get("at", {}).get(each, {})})
        for each in range(number)
    }


def test_everything_one_customer_said_goes_together() -> None:
    first, *waiting = rows(5)
    assert run(first, waiting, said(5)) == [1, 2, 3, 4]
    assert run(first, [], said(1)) == []


def test_twenty_messages_or_three_thousand_characters_fill_a_post() -> None:
    first, *waiting = rows(30)
    assert len(run(first, waiting, said(30))) == MOST - 1
    assert run(first, waiting, said(30, at={2: {"text": "a" * 2_995}})) == [1]
    assert run(first, waiting, said(30, at={1: {"text": "a" * 2_994}})) == [1]


@pytest.mark.parametrize(
    "change",
    [
        {"kind": DeliveryKind.LINE},
        {"kind": DeliveryKind.FILES},
        {"state": DeliveryState.UNCERTAIN},
        {"blocked_by_id": 7},
        {"parked_by": "account:1"},
        {"message_id": 999},
    ],
)
def test_what_is_no_words_or_could_not_leave_ends_the_run(change: dict[str, Any]) -> None:
    first, *waiting = rows(4, at={2: change})
    assert run(first, waiting, said(4)) == [1]


def test_another_voice_and_an_answer_to_something_begin_posts_of_their_own() -> None:
    first, *waiting = rows(4)
    assert run(first, waiting, said(4, at={2: {"author": "tom"}})) == [1]
    assert run(first, waiting, said(4, at={3: {"reply_to_id": 5}})) == [1, 2]
    assert run(first, waiting, said(4, at={0: {"reply_to_id": 5}})) == [1, 2, 3]


def test_the_parts_of_a_long_message_join_as_far_as_they_fit() -> None:
    long = "\n\n".join("a" * 1_900 for _ in range(2))
    parts = {1: {"message_id": 100, "payload": {"chunk": 1}}}
    first, *waiting = rows(2, at=parts)
    assert run(first, waiting, said(1, at={0: {"text": long}})) == []
    short = {0: {"message_id": 100, "payload": {"chunk": 1}}, 1: {"message_id": 101}}
    first, *waiting = rows(2, at=short)
    assert run(first, waiting, said(2, at={0: {"text": "a" * 1_900 + "\n\n" + "b" * 1_900}})) == [1]


def test_a_channel_is_behind_once_its_next_post_makes_others_wait() -> None:
    now = 1000.0
    pacing = Pacing(lambda: now)
    assert not pacing.behind(POSTS)
    pacing.spend(POSTS)
    assert not pacing.behind(POSTS)
    pacing.spend(POSTS)
    assert pacing.behind(POSTS)
    assert not pacing.behind("slack:chat.postMessage:C02")
    now += 2.0
    assert not pacing.behind(POSTS)
    pacing.block(POSTS, 3)
    assert pacing.behind(POSTS), "nor does a burst follow a pause"


def waits(number: int, rank: int = 1, kind: DeliveryKind = DeliveryKind.WORDS) -> Candidate:
    """The first row of a lane, as the outbox gives them: longest waiting first."""
    lane = f"t{number}"
    return Candidate(id=number, pace_key=POSTS, rank=rank, lane=lane, kind=kind, doubtful=False, fresh=True)


def test_who_wrote_more_than_a_post_holds_lets_others_go_first_but_not_what_matters_less() -> None:
    line = waits(9, rank=5, kind=DeliveryKind.LINE)
    assert [each.id for each in in_turn([waits(1), waits(2), line])] == [1, 2, 9]
    assert [each.id for each in in_turn([waits(1), waits(2), line], {"t1"})] == [2, 1, 9]
    assert [each.id for each in in_turn([waits(1), line], {"t1"})] == [1, 9]


def test_a_profile_goes_first_until_a_channel_is_behind() -> None:
    profile = waits(8, rank=4, kind=DeliveryKind.PROFILE)
    assert [each.id for each in in_turn([waits(1), profile])] == [8, 1]
    assert [each.id for each in in_turn([waits(1), waits(2), waits(3), profile])] == [1, 2, 3, 8]

"""Lists, paging, help."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from desk.slack.lists import ListKind, Row, help_reply, list_reply, usage
from models import Status
from tests.unit.surfaces import NOON, URL


def row(number: int = 1042, **changes: Any) -> Row:
    values: dict[str, Any] = {
        "conversation_id": number,
        "version": 4,
        "status": Status.INBOX,
        "name": "Mia Krüger",
        "network": "WhatsApp",
        "account": "Acme Shop",
        "words": "It arrived,\nthank you",
        "waiting_since": NOON,
        "url": URL,
    }
    return Row(**{**values, **changes})


def presses(drawing: Any) -> dict[str, str]:
    return {
        e["text"]["text"]: f"{e['action_id']} {e['value']}"
        for b in drawing.blocks
        if b["type"] == "actions"
        for e in b["elements"]
    }


def test_a_row_has_name_words_waiting_time_and_a_link() -> None:
    drawing = list_reply(ListKind.INBOX, [row()], page=1, pages=1, total=1, waiting=1)
    assert drawing.text == "Inbox: 1 conversation, 1 waiting for you"
    head, state = drawing.blocks[1:]
    assert head["text"]["text"] == "🟢 Mia Krüger  WhatsApp · Acme Shop\n“It arrived, thank you”"
    assert head["accessory"]["url"] == URL
    assert state["elements"][0]["text"] == (
        "<!date^1795435200^Waiting for you, wrote {ago}|Waiting for you, wrote 23 Nov, 12:00 UTC> · #1042"
    )


def test_a_conversation_whose_card_does_not_stand_yet_has_no_link() -> None:
    assert "accessory" not in list_reply(ListKind.INBOX, [row(url=None)], page=1, pages=1, total=1).blocks[1]


def test_who_waits_for_whom() -> None:
    answered = list_reply(ListKind.INBOX, [row(waiting_since=None)], page=1, pages=1, total=1).blocks[2]
    assert answered["elements"][0]["text"] == "Waiting for the customer · #1042"
    gone = row(status=Status.CLOSED, closed_at=NOON)
    closed = list_reply(ListKind.CLOSED, [gone], page=1, pages=1, total=1).blocks[2]
    assert closed["elements"][0]["text"].startswith("<!date^1795435200^Closed {date_short_pretty}, {time}|")


@pytest.mark.parametrize(
    ("page", "offered"),
    [
        (1, {"Next": "list.page inbox:2"}),
        (2, {"Previous": "list.page.back inbox:1", "Next": "list.page inbox:3"}),
        (3, {"Previous": "list.page.back inbox:2"}),
    ],
)
def test_paging(page: int, offered: dict[str, str]) -> None:
    drawing = list_reply(ListKind.INBOX, [row()], page=page, pages=3, total=25)
    assert presses(drawing) == offered
    assert drawing.blocks[-2]["elements"][0]["text"] == f"Page {page} of 3"


def test_one_page_has_no_paging() -> None:
    assert presses(list_reply(ListKind.CLOSED, [row()], page=1, pages=1, total=1)) == {}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (ListKind.INBOX, "No conversation is assigned to you."),
        (ListKind.CLOSED, "You closed nothing in the last 14 days."),
    ],
)
def test_empty_lists_say_so(kind: ListKind, text: str) -> None:
    assert list_reply(kind, [], page=1, pages=1, total=0).text == text


def test_the_list_of_what_is_closed_says_how_far_back_it_goes() -> None:
    week = timedelta(days=7)
    kind = ListKind.CLOSED
    assert list_reply(kind, [], page=1, pages=1, total=0, kept=week).text == (
        "You closed nothing in the last 7 days."
    )
    assert list_reply(kind, [row()], page=1, pages=1, total=12, kept=week).text == (
        "Closed by you in the last 7 days: 12"
    )


def test_an_unknown_argument_gets_the_usage() -> None:
    assert usage("/inbox").text.startswith("/inbox shows")
    assert usage("/oratio").text == "/oratio help shows what you can do here."


def test_help_tells_how_to_talk_inside() -> None:
    assert "note:" in str(help_reply().blocks)

"""Lists, paging, help: what the commands answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from desk import asked
from desk.asked import Asked, ListKind
from desk.slack.drawing import Drawing, Teammate
from desk.slack.lists import ListView, help_reply, list_reply, usage
from desk.slack.rows import Row
from models import Status
from tests.unit.surfaces import NOON, URL, card_view


def row(number: int = 1042, *, mine: bool = True, url: str | None = URL, **changes: Any) -> Row:
    values = {"status": Status.INBOX, "undelivered": 0, "answer_by": None, **changes}
    card = card_view(conversation_id=number, **values)
    return Row(card=card, words="It arrived,\nthank you", url=url, mine=mine)


def listed(
    *rows: Row, kind: ListKind = ListKind.INBOX, name: str = "", page: int = 1, **more: Any
) -> Drawing:
    view = ListView(asked=Asked(kind=kind, name=name, page=page), rows=rows, total=len(rows))
    return list_reply(replace(view, **more))


def presses(drawing: Drawing) -> dict[str, str]:
    return {
        e["text"]["text"]: f"{e['action_id']} {e['value']}"
        for b in drawing.blocks
        if b["type"] == "actions"
        for e in b["elements"]
    }


def test_a_row_of_mine_has_name_words_waiting_time_and_a_link() -> None:
    drawing = listed(row(), waiting=1)
    assert drawing.text == "Inbox: 1 conversation, 1 waiting for you"
    head, state = drawing.blocks[1:]
    assert head["text"]["text"] == "🟢 *Mia Krüger*  WhatsApp · Acme Shop\n“It arrived, thank you”"
    assert head["accessory"]["url"] == URL
    assert state["elements"][0]["text"] == (
        "<!date^1795435200^Waiting for you, wrote {ago}|Waiting for you, wrote 23 Nov, 12:00 UTC> · #1042"
    )


def test_a_row_without_words_tells_of_the_files() -> None:
    said = listed(replace(row(), words=" ", files="2 pictures")).blocks[1]["text"]["text"]
    assert said.endswith("Acme Shop\n📎 2 pictures")


def test_a_row_of_nobody_can_be_taken_and_looked_at() -> None:
    drawing = listed(row(mine=False, status=Status.UNASSIGNED), kind=ListKind.UNASSIGNED, name="mi", page=2)
    head, state = drawing.blocks[1:]
    assert head["accessory"]["text"]["text"] == "Assign to me"
    assert head["accessory"]["value"] == "1042:4:unassigned:2:mi"
    assert state["elements"][0]["text"].endswith(f" · #1042 · <{URL}|Open>")


def test_a_row_of_a_colleague_says_whose_it_is() -> None:
    ben = Teammate(user_id="U0BEN00001", name="Ben *B*")
    state = listed(row(mine=False, assignee=ben), kind=ListKind.ALL).blocks[2]
    assert state["elements"][0]["text"].startswith("Assigned to Ben ∗B∗ · <!date^1795435200^Wrote {ago}|")


def test_a_conversation_whose_card_does_not_stand_yet_has_no_link() -> None:
    assert "accessory" not in listed(row(url=None)).blocks[1]
    assert "Open" not in str(listed(row(url=None, mine=False)).blocks)


def test_who_waits_for_whom() -> None:
    answered = listed(row(waiting_since=None)).blocks[2]
    assert answered["elements"][0]["text"] == "Waiting for the customer · #1042"
    ana = Teammate(user_id="U0ANA00001", name="Ana")
    gone = row(status=Status.CLOSED, closed_at=NOON, closed_by=ana, undelivered=1)
    closed = listed(gone, kind=ListKind.CLOSED).blocks[2]
    assert closed["elements"][0]["text"] == (
        "*Closed by* <@U0ANA00001> · <!date^1795435200^{date_short_pretty}, {time}|23 Nov, 12:00 UTC>"
        " · :warning: 1 message not delivered · #1042"
    )
    asleep = listed(row(snoozed_by=ana)).blocks
    assert asleep[1]["text"]["text"].startswith("💤 *Mia Krüger*")
    assert asleep[2]["elements"][0]["text"].startswith("*Snoozed* until Mia Krüger answers, by <@U0ANA00001>")


@pytest.mark.parametrize(
    ("page", "offered"),
    [
        (1, {"Next": "list.page inbox:2:mi"}),
        (2, {"Previous": "list.page.back inbox:1:mi", "Next": "list.page inbox:3:mi"}),
        (3, {"Previous": "list.page.back inbox:2:mi"}),
    ],
)
def test_paging(page: int, offered: dict[str, str]) -> None:
    drawing = listed(row(), page=page, name="mi", pages=3, total=25)
    assert presses(drawing) == offered
    assert drawing.blocks[-2]["elements"][0]["text"] == f"Page {page} of 3"


def test_the_last_page_of_many_says_that_there_are_more() -> None:
    drawing = listed(row(), page=100, pages=100, total=1_000, more=True, kind=ListKind.ALL)
    assert drawing.text == "All: 999+ conversations, 0 waiting"
    said = drawing.blocks[-2]["elements"][0]["text"]
    assert said == "Page 100 of 100. There are more: look for a name to see them"


def test_one_page_has_no_paging() -> None:
    assert presses(listed(row(), kind=ListKind.CLOSED)) == {}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (ListKind.INBOX, "No conversation is assigned to you."),
        (ListKind.UNASSIGNED, "Nobody is waiting."),
        (ListKind.ALL, "No conversation is open."),
        (ListKind.CLOSED, "You closed nothing in the last 7 days. Older ones: /acme-archived"),
        (ListKind.ARCHIVED, "Nothing is archived yet."),
    ],
)
def test_empty_lists_say_so(kind: ListKind, text: str) -> None:
    assert listed(kind=kind, kept=timedelta(days=7), prefix="acme-").text == text


def test_nobody_of_that_name_leads_on() -> None:
    nobody = listed(kind=ListKind.UNASSIGNED, name="mi")
    assert nobody.text == "No name with “mi” here."
    assert presses(nobody) == {"Search All": "list.all all:1:mi", "Clear filter": "list.clear unassigned:1:"}
    assert list(presses(listed(kind=ListKind.ALL, name="mi"))) == ["Clear filter"]


def test_titles_count_what_was_found() -> None:
    assert listed(row(), kind=ListKind.UNASSIGNED, waiting=1).text == "Unassigned: 1 conversation, 1 waiting"
    assert listed(row(), kind=ListKind.ARCHIVED, total=12).text == "Archived: 12 conversations"
    assert listed(row(), kind=ListKind.CLOSED, total=12).text == "Closed by you in the last 14 days: 12"
    named = listed(row(), kind=ListKind.ALL, name="mi", total=100, more=True)
    assert named.text == "All, names with “mi”: 99+ conversations"


def test_a_blocked_customer_can_be_unblocked_from_the_list() -> None:
    ben = Teammate(user_id="U0BEN00001", name="Ben")
    spam = row(mine=False, status=Status.CLOSED, closed_at=NOON, blocked_by=ben, reason="Spam")
    drawing = listed(spam, kind=ListKind.BLOCKED)
    head, state = drawing.blocks[1:]
    assert drawing.text == "Blocked: 1 customer"
    assert head["accessory"]["text"]["text"] == "Unblock"
    assert head["accessory"]["value"] == "1042:4:blocked:1:"
    assert state["elements"][0]["text"].startswith("*Blocked by* <@U0BEN00001>: Spam · <!date^1795435200")
    assert f"<{URL}|Open>" in state["elements"][0]["text"]
    assert listed(kind=ListKind.BLOCKED).text == "Nobody is blocked."
    nobody = listed(kind=ListKind.BLOCKED, name="mi")
    assert list(presses(nobody)) == ["Clear filter"]


def test_what_a_button_carries_is_read_again_and_nothing_else() -> None:
    for wanted in (Asked(), Asked(kind=ListKind.ARCHIVED, page=12, name="a:b c")):
        assert asked.read(wanted.value) == wanted
    assert asked.read("spam:1:") is asked.read("") is asked.read("7") is None
    first = Asked(kind=ListKind.ALL)
    for forged in ("all", "all:", "all:-1:", "all:0", "all:９:", "all:99999999999:", "all:x:", "all:1.5"):
        assert asked.read(forged) == first, forged
    assert asked.typed(["mi"]) == asked.typed(None) == ""
    assert len(asked.typed("😀" * 1_000).encode()) <= 63


def test_unknown_words_get_the_usage_and_help_names_the_commands() -> None:
    assert usage("inbox", "acme-").text.startswith("/acme-inbox shows the conversations")
    assert usage("unassigned").text == "/unassigned [part of a name], for example /unassigned mia"
    line = "/oratio help | next | status | blocked | doctor | files &lt;network&gt;"
    assert usage("oratio").text == usage("anything").text == line
    said = str(help_reply("acme-").blocks)
    for name in (
        "inbox",
        "closed",
        "unassigned",
        "conversations",
        "archived",
        "oratio next",
        "oratio blocked",
        "oratio doctor",
    ):
        assert f"/acme-{name}" in said, name
    assert "note:" in said
    assert "/inbox" not in said.replace("/acme-inbox", "")

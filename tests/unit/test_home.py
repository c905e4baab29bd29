"""Home's drawing: tabs, filter, rows, sentences, and the state it carries."""

from __future__ import annotations

import json
from typing import Any

import pytest

from desk.asked import Asked, ListKind
from desk.slack import home
from desk.slack.drawing import Teammate
from desk.slack.home import HomeState, HomeView
from desk.slack.rows import Row
from models import Status
from tests.unit.surfaces import NOON, URL, card_view, home_view

ANA, BEN = Teammate(user_id="U0ANA00001", name="Ana"), Teammate(user_id="U0BEN00001", name="Ben")


def drawn(kind: ListKind = ListKind.INBOX, *rows: Row, name: str = "", **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {"counts": {kind: "3"}, "rows": rows, "channels": ("support",)}
    return home.home(HomeView(asked=Asked(kind=kind, name=name), **{**values, **changes}), 7, NOON)


def row(*, mine: bool = False, **changes: Any) -> Row:
    values = {"status": Status.INBOX if mine else Status.UNASSIGNED, "assignee": ANA if mine else None}
    return Row(card=card_view(**{**values, **changes}), words="Hello", url=URL, mine=mine)


def presses(view: dict[str, Any]) -> dict[str, Any]:
    """Every button by its label."""
    rows = [e for b in view["blocks"] if b["type"] == "actions" for e in b["elements"]]
    rows += [b["accessory"] for b in view["blocks"] if "accessory" in b]
    return {e["text"]["text"]: e for e in rows if e["type"] == "button"}


def words(view: dict[str, Any]) -> str:
    return json.dumps(view["blocks"], ensure_ascii=False)


def test_a_tab_leads_to_its_list_with_the_same_filter() -> None:
    found = presses(drawn(ListKind.ALL, row(), name="mi"))
    assert [label for label in found if "(" in label] == [
        "Inbox (0)",
        "Unassigned (0)",
        "All (3)",
        "Closed (0)",
    ]
    assert found["All (3)"]["style"] == "primary"
    assert "style" not in found["Inbox (0)"]
    assert found["Inbox (0)"]["value"] == "inbox:1:mi"
    assert found["All (3)"]["accessibility_label"] == "All, 3 conversations, shown now"
    assert found["Clear filter"]["value"] == "all:1:"
    assert found["Filter"]["action_id"] == "home.filter"


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (ListKind.INBOX, "No conversation is assigned to you."),
        (ListKind.UNASSIGNED, "Nobody is waiting. New customers appear here and in #support."),
        (ListKind.ALL, "No conversation is open. New customers appear here and in #support."),
        (ListKind.CLOSED, "You closed nothing in the last 14 days. Older ones: /archived"),
    ],
)
def test_an_empty_list_says_so(kind: ListKind, sentence: str) -> None:
    assert sentence in words(drawn(kind))
    assert "Take next" not in presses(drawn(kind))


def test_who_waits_stands_at_the_top() -> None:
    for waiting, said in ((0, "Nobody is waiting for you"), (1, "1 customer is"), (3, "3 customers are")):
        assert said in drawn(waiting=waiting)["blocks"][0]["text"]["text"]
    view = drawn(unassigned="999+")
    assert "999+ customers wait in Unassigned." in words(view)
    assert presses(view)["Take next"]["action_id"] == "home.next"
    assert "1 customer waits in Unassigned." in words(drawn(unassigned="1"))


def test_a_row_has_the_buttons_of_a_card() -> None:
    def row_of(drawn_row: Row) -> list[str]:
        head, state, *rest, _ = drawn(ListKind.ALL, drawn_row)["blocks"][5:-2]
        assert f"*<{URL}|Mia Krüger>*" in head["text"]["text"]
        assert state["elements"][0]["text"].endswith(f"#1042 · <{URL}|Open>")
        assert [b["block_id"] for b in rest] in ([], ["card.1042.7.actions.4"])
        pressed = [head.get("accessory"), *(e for b in rest for e in b["elements"])]
        return [e["action_id"].partition(".")[2] for e in pressed if e]

    assert row_of(row()) == ["more", "assign_me", "assign_to", "close"]
    assert row_of(row(mine=True)) == ["more", "release", "assign_to", "close"]
    assert row_of(row(status=Status.INBOX, assignee=BEN)) == ["more", "assign_me", "assign_to", "close"]
    assert row_of(row(snoozed_by=BEN)) == ["more", "assign_me", "assign_to", "wake"]
    assert row_of(row(status=Status.CLOSED, closed_by=ANA)) == ["reopen"]
    assert row_of(row(status=Status.CLOSED, closed_by=ANA, blocked_by=ANA)) == ["unblock"]
    assert row_of(row(status=Status.ARCHIVED)) == []


def test_mine_is_green_and_asks_before_it_goes_back() -> None:
    button = presses(drawn(ListKind.INBOX, row(mine=True)))["Assigned to me"]
    assert button["style"] == "primary"
    assert button["confirm"]["text"]["text"] == (
        "Anyone on the team can take the conversation then. Mia Krüger is not told."
    )


def test_what_is_typed_stays_until_the_filter_is_another() -> None:
    def field(view: dict[str, Any]) -> dict[str, Any]:
        return next(b for b in view["blocks"] if b["type"] == "input")

    before, after, cleared = (field(drawn(name=name)) for name in ("mi", "max", ""))
    assert field(drawn(ListKind.ALL, row(), name="mi", waiting=9))["block_id"] == before["block_id"]
    assert len({each["block_id"] for each in (before, after, cleared)}) == 3
    assert before["element"]["initial_value"] == "mi"
    assert "initial_value" not in cleared["element"]
    assert before["dispatch_action"] is True


def test_a_filter_is_said_in_words_and_leads_on_where_nobody_is() -> None:
    assert "Names with “mi”: 1 of 3" in words(drawn(ListKind.INBOX, row(mine=True), name="mi", found="1"))
    found = presses(drawn(ListKind.INBOX, name="mi"))
    assert "No name with “mi” here." in words(drawn(ListKind.INBOX, name="mi"))
    assert found["Search All"]["value"] == "all:1:mi"
    assert "Search All" not in presses(drawn(ListKind.ALL, name="mi"))


def test_the_page_ends_with_its_time() -> None:
    middle = presses(home.home(home_view("Mia", faults=()), 1, NOON))
    assert middle["Previous"]["value"] == "all:1:Mia"
    assert middle["Next"]["value"] == "all:3:Mia"
    assert middle["Refresh"]["value"] == "all:2:Mia"
    last = drawn()["blocks"][-1]["elements"][0]["text"]
    assert last == "<!date^1795435200^As of {time}|As of 12:00 UTC>"


def test_outsiders_see_one_sentence() -> None:
    view = drawn(ListKind.INBOX, row(), served=False, help_contact="Ana")
    assert len(view["blocks"]) == 1
    assert view["blocks"][0]["text"]["text"].endswith("Only the team sees conversations. To join, ask Ana.")


def test_the_state_is_read_back_and_nothing_else_is() -> None:
    state = HomeState(asked=Asked(kind=ListKind.ALL, page=3, name="mi"), edition=9)
    assert home.state_of({"private_metadata": state.to_json()}) == state
    view = home.home(home_view("Mia"), 9, NOON)
    assert home.state_of(view).edition == 9
    assert state.at(Asked(kind=ListKind.ARCHIVED)) == HomeState(asked=Asked(), edition=10)
    for forged in ("", "null", "[1]", "{", '{"tab": ["all"]}', '{"tab": "archived"}', '{"edition": true}', 7):
        assert home.state_of({"private_metadata": forged}) == HomeState(), forged
    assert home.state_of({}) == HomeState()


def test_what_was_typed_is_found_wherever_the_field_is() -> None:
    value = {"home.filter.typed": {"type": "plain_text_input", "value": " mi  a "}}
    assert home.typed_in({"state": {"values": {"x": value}}}) == "mi a"
    for nothing in (
        {},
        {"state": None},
        {"state": {"values": {"x": None}}},
        {"state": {"values": {"x": {}}}},
    ):
        assert home.typed_in(nothing) == ""
    assert home.typed_in({"state": {"values": {"x": {"home.filter.typed": "y"}}}}) == ""
    assert home.typed_in({"state": {"values": {"x": {"home.filter.typed": {"value": None}}}}}) == ""

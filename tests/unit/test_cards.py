"""The card and the profile: each state shows what docs/slack-ui.md promises."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from desk.slack import cards
from desk.slack.cardview import Earlier
from desk.slack.drawing import Drawing
from desk.slack.profile import file_limits, mask, profile
from models import Status
from networks.capabilities import MediaKind, MediaRule
from networks.events import ProfileField
from tests.unit.surfaces import ANA, NOON, capabilities, card_view, profile_view

PLAIN: dict[str, Any] = {
    "account": "Acme Shop",
    "words": ("Hi!", "My order 4712 still hasn't arrived"),
    "files": ((MediaKind.PICTURE, 1),),
    "last_agent": None,
    "earlier": None,
    "undelivered": 0,
}
INBOX: dict[str, Any] = {**PLAIN, "status": Status.INBOX, "assignee": ANA}


def draw(**changes: Any) -> Drawing:
    return cards.card(card_view(**{**PLAIN, **changes}), 1)


def state(drawing: Drawing) -> str:
    return str(drawing.blocks[1]["elements"][0]["text"])


def row(drawing: Drawing) -> dict[str, Any]:
    return {element["action_id"]: element for element in drawing.blocks[2]["elements"]}


def test_an_unassigned_card() -> None:
    drawing = draw()
    head, quote, files = drawing.blocks[0]["elements"]
    assert head["elements"] == [
        {"type": "emoji", "name": "large_blue_circle"},
        {"type": "text", "text": " "},
        {"type": "text", "text": "Mia Krüger", "style": {"bold": True}},
        {"type": "text", "text": "  WhatsApp · Acme Shop"},
    ]
    assert quote["type"] == "rich_text_quote"
    assert quote["elements"] == [{"type": "text", "text": "Hi!\nMy order 4712 still hasn't arrived"}]
    assert files["elements"][1]["text"] == " 1 picture"
    assert state(drawing) == (
        "*Unassigned* · <!date^1795435200^Wrote {ago}|Wrote 23 Nov, 12:00 UTC> · "
        "<!date^1795521600^Answer by {date_short_pretty}, {time}|Answer by 24 Nov, 12:00 UTC> · #1042"
    )
    assert "<!date^1795521600^Time to answer ended {ago}|" in state(draw(too_late=True))
    assert list(row(drawing)) == [
        "conversation.assign_me",
        "conversation.assign_to",
        "conversation.close",
        "conversation.more",
    ]
    assert row(drawing)["conversation.assign_me"]["value"] == "1042:4"
    assert [o["value"] for o in row(drawing)["conversation.more"]["options"]] == [
        "profile:1042:4",
        "files:1042:4",
        "snooze:1042:4",
        "not_a_request:1042:4",
        "block:1042:4",
    ]
    assert drawing.text == (
        "New: Mia Krüger (WhatsApp, Acme Shop): Hi! My order 4712 still hasn't arrived. 1 picture. #1042"
    )


def test_a_notification_can_hide_the_words() -> None:
    assert draw(hide_words=True).text == "New: Mia Krüger (WhatsApp, Acme Shop). #1042"


def test_who_had_it_before_and_what_came_before() -> None:
    shown = state(draw(last_agent="Ana", earlier=Earlier(number=1001, closed_by="Ben", closed_at=NOON)))
    assert "Last: Ana" in shown
    assert "Earlier: #1001, closed by Ben<!date^1795435200^ on {date_short}| on 23 Nov>" in shown


def test_an_assigned_card_that_waits() -> None:
    drawing = draw(**{**INBOX, "undelivered": 1})
    assert drawing.blocks[0]["elements"][0]["elements"][0]["name"] == "large_green_circle"
    assert state(drawing).startswith(
        "*Assigned to* <@U0ANA00001> · <!date^1795435200^Waiting for us, wrote {ago}|"
    )
    assert "1 message not delivered" in state(drawing)
    button = row(drawing)["conversation.release"]
    assert (button["text"]["text"], button["style"]) == ("Assigned to Ana", "primary")
    assert button["confirm"]["title"]["text"] == "Move back to Unassigned?"
    assert "initial_option" not in row(drawing)["conversation.assign_to"]
    assert drawing.text.endswith("assigned to Ana Horvat, waiting for an answer. #1042")


def test_an_assigned_card_after_our_answer() -> None:
    drawing = draw(**{**INBOX, "waiting_since": None, "words": (), "files": (), "read_at": NOON})
    assert state(drawing) == (
        "*Assigned to* <@U0ANA00001> · Waiting for the customer · "
        "<!date^1795435200^Read {time}|Read 12:00 UTC> · #1042"
    )
    assert len(drawing.blocks[0]["elements"]) == 1


def test_a_closed_card_is_compact() -> None:
    kept = NOON + timedelta(days=14)
    drawing = draw(status=Status.CLOSED, closed_by=ANA, closed_at=NOON, kept_until=kept)
    assert drawing.blocks[0]["text"]["text"] == "⚪ Mia Krüger  WhatsApp · Acme Shop"
    assert drawing.blocks[0]["accessory"]["action_id"] == "conversation.reopen"
    assert state(drawing) == (
        "*Closed by* <@U0ANA00001> · <!date^1795435200^{date_short_pretty}, {time}|23 Nov, 12:00 UTC> · "
        "<!date^1796644800^Kept here until {date_short}|Kept here until 7 Dec> · #1042"
    )


def test_an_archived_card_has_nothing_to_press() -> None:
    drawing = draw(status=Status.ARCHIVED)
    assert "accessory" not in drawing.blocks[0]
    assert state(drawing) == "*Archived* · #1042"
    assert len(drawing.blocks) == 2


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({}, "Close without an answer?"),
        ({"waiting_since": None}, None),
        ({"waiting_since": None, "undelivered": 1}, "Close already?"),
        ({"waiting_since": None, "under_way": 1}, "Close already?"),
        ({"waiting_since": None, **{k: INBOX[k] for k in ("status", "assignee")}}, None),
    ],
)
def test_close_asks_only_where_an_answer_is_missing(changes: dict[str, Any], title: str | None) -> None:
    button = row(draw(**changes))["conversation.close"]
    assert button.get("confirm", {}).get("title", {}).get("text") == title


def test_each_redraw_has_new_block_ids() -> None:
    first = {b["block_id"] for b in cards.card(card_view(**PLAIN), 1).blocks}
    second = {b["block_id"] for b in cards.card(card_view(**PLAIN), 2).blocks}
    assert not first & second


def test_the_select_offers_people_by_id() -> None:
    offered = cards.agent_options([ANA] * 120)
    assert len(offered) == 100
    assert (offered[0]["text"]["text"], offered[0]["value"]) == ("Ana Horvat", "U0ANA00001")


def test_a_select_tells_conversation_and_version_by_its_block() -> None:
    assert cards.key_of(draw().blocks[2]["block_id"]) == (1042, 4)
    assert cards.key_of("card.1042.1.head") is None
    assert cards.key_of("card.1042.1.actions.x") is None


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ((), ""),
        (("  \n ", ""), ""),
        (("a", "b", "c", "d"), "a\nb\nc\nd"),
        (("a\n\nb", "c", "d", "e"), "a\nb\nc\nd…"),
        (("x" * 300,), "x" * 300),
        (("x" * 301,), "x" * 299 + "…"),
    ],
)
def test_the_quote_is_at_most_four_lines_or_300_characters(words: tuple[str, ...], shown: str) -> None:
    assert cards.quoted(words) == shown


def test_the_profile_is_two_attachments_in_the_networks_colour() -> None:
    view = profile_view(
        account="Acme Shop",
        avatar_url="https://shop.example/a.png",
        fields=(
            ProfileField(label="Phone", value="+49 170 1234711", sensitive=True),
            ProfileField(label="Country", value="Germany"),
        ),
        earlier=(),
        earlier_count=0,
    )
    facts, rest = profile(view, 3).attachments
    assert {facts["color"], rest["color"]} == {"#25D366"}
    assert (facts["author_name"], facts["title"]) == ("WhatsApp · Acme Shop", "Mia Krüger")
    assert facts["thumb_url"] == "https://shop.example/a.png"
    assert [f["value"] for f in facts["fields"]] == ["+49 ••• ••• 4711", "Germany"]
    assert rest["blocks"][0]["elements"][0]["text"] == "Earlier: none"
    show, files = rest["blocks"][2]["elements"]
    assert (show["action_id"], show["value"]) == ("profile.show", "1042:phone")
    assert (files["action_id"], files["value"]) == ("files.show", "1042")


def test_every_sensitive_field_has_its_own_show_button() -> None:
    fields = [ProfileField(label=name, value="+491701234711", sensitive=True) for name in ("Phone", "Home")]
    rest = profile(profile_view(fields=fields), 3).attachments[1]
    rows = [b["elements"] for b in rest["blocks"] if b["type"] == "actions"]
    assert [e["value"] for row in rows for e in row] == ["1042:phone", "1042:home", "1042"]


@pytest.mark.parametrize("url", ["http://shop.example/a.png", "javascript:alert(1)", 'https://a"b', ""])
def test_only_public_pictures_are_shown(url: str) -> None:
    assert "thumb_url" not in profile(profile_view(avatar_url=url), 1).attachments[0]


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("+491701234711", "+49 ••• ••• 4711"),
        ("0170 1234711", "••• ••• 4711"),
        ("mia@example.com", "m•••@example.com"),
        ("secret", "•••"),
        ("", "•••"),
    ],
)
def test_sensitive_values_are_masked(value: str, masked: str) -> None:
    assert mask(value) == masked


def test_file_limits_in_one_line() -> None:
    assert file_limits(capabilities()) == (
        "Files: pictures 5 MB, video and audio 16 MB, documents 100 MB; from the customer up to 20 MB."
    )


def test_equal_limits_are_said_once() -> None:
    same = dict.fromkeys(MediaKind, MediaRule(max_bytes=20_000_000))
    both = {"send": same, "receive": same}
    network = type(capabilities())(
        **{**{n: getattr(capabilities(), n) for n in capabilities().__dataclass_fields__}, **both}
    )
    assert file_limits(network) == "Files up to 20 MB."

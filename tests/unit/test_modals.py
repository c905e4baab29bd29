"""The modals: what is offered, and what the handlers read back from them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from desk.slack import modals, templates
from models import Status
from networks.base import Template, TemplateField
from networks.capabilities import Capabilities, LengthUnit, MediaKind, MediaRule, Support, TextLimit
from networks.events import ProfileField
from tests.unit.surfaces import ANA, capabilities, card_view, profile_view, refusal


def said(view: dict[str, Any]) -> list[str]:
    texts = [b["text"]["text"] for b in view["blocks"] if "text" in b]
    return texts + [e["text"] for b in view["blocks"] if b["type"] == "context" for e in b["elements"]]


def ids(view: dict[str, Any]) -> list[str]:
    return [e["action_id"] for b in view["blocks"] if b["type"] == "actions" for e in b["elements"]]


def with_(**changes: Any) -> Capabilities:
    base = capabilities()
    return Capabilities(**{**{n: getattr(base, n) for n in base.__dataclass_fields__}, **changes})


def test_supported_files_come_from_the_capabilities() -> None:
    view = modals.supported_files("Acme Shop", "WhatsApp", capabilities())
    assert view["callback_id"] == "supported_files"
    assert said(view) == [
        "*WhatsApp · Acme Shop*\nWhat you can send, and how large it may be",
        ":frame_with_picture: *Pictures up to 5 MB*\nJPG, PNG",
        ":film_frames: *Video up to 16 MB*\nMP4",
        ":studio_microphone: *Audio up to 16 MB*\nAny kind of audio",
        ":page_facing_up: *Documents up to 100 MB*\nAny kind of documents",
        "*From the customer*\nDocuments up to *20 MB*",
        "*Text*\nUp to 4,096 characters; longer texts are sent in several parts. "
        "A file carries no text of its own; the text goes before it. "
        "A message that was sent can be changed. A message that was sent can't be taken back. "
        "Begin with a quote of the customer's whole message, and yours is shown as a reply to it. "
        "Your reaction to one of the customer's messages reaches them.",
        "*When*\nWithin 24 hours after the customer's last message. WhatsApp allows no answer after that.",
        "Limits of WhatsApp as of JPG, PNG",
    ]


def test_a_network_without_files_or_window() -> None:
    bare = with_(
        send={},
        receive={},
        reply_window=None,
        checked="",
        edits=Support.REJECTED,
        deletions=Support.NATIVE,
        reactions=Support.REJECTED,
        replies=Support.REJECTED,
    )
    texts = said(modals.supported_files("Acme", "SMS", bare))
    assert texts[1] == "Files can't be sent here."
    assert texts[2] == "*From the customer*\nThe customer can't send files"
    assert texts[3].endswith("A message that was sent can't be changed. Reactions stay inside.")
    assert texts[4] == "*When*\nAt any time"
    assert len(texts) == 5


def test_voice_messages_and_reactions_are_said_where_there_are_any() -> None:
    rule = MediaRule(max_bytes=5_000_000, mime_types=frozenset({"audio/ogg"}))
    able = with_(voice=rule, reactions=Support.NATIVE, emojis=frozenset({"👍"}))
    texts = said(modals.supported_files("Acme", "Telegram", able))
    assert ":speaking_head_in_silhouette: *Voice messages up to 5 MB*" in texts[5]
    assert "Your reaction to one of the customer's messages reaches them, if it has that emoji." in texts[7]


def test_lengths_are_said_in_letters_and_what_goes_after_the_window() -> None:
    limit = TextLimit(length=1_000, unit=LengthUnit.BYTES)
    texts = said(modals.supported_files("Acme", "Pigeon", with_(text_limit=limit, templates=True)))
    assert "Up to 1,000 letters of plain English (others and emoji count as two to four);" in texts[6]
    assert (
        "Within 24 hours after the customer's last message. After that only an approved template" in texts[7]
    )


def test_which_files_carry_a_text_is_said_where_not_all_do() -> None:
    limit = TextLimit(length=512, unit=LengthUnit.UTF16)
    some = with_(caption_limit=limit, captioned=frozenset({MediaKind.PICTURE}))
    texts = said(modals.supported_files("Acme", "Viber", some))
    assert "Of files, only pictures carry a text; it goes before all others." in texts[6]


@pytest.mark.parametrize("missing", list(MediaKind))
def test_only_kinds_the_network_takes_are_listed(missing: MediaKind) -> None:
    send = {kind: rule for kind, rule in capabilities().send.items() if kind is not missing}
    view = modals.supported_files("Acme", "WhatsApp", with_(send=send))
    listed = [b["block_id"] for b in view["blocks"] if b.get("block_id", "").startswith("files.")]
    assert f"files.{missing}" not in listed
    assert {f"files.{kind}" for kind in send} <= set(listed)


FIELDS = (
    ProfileField(label="Phone", value="+491701234711", sensitive=True),
    ProfileField(label="Country", value="Germany"),
    ProfileField(label="Bio", value="  "),
)


def test_the_profile_masks_what_is_sensitive_until_asked() -> None:
    masked = modals.profile_modal(profile_view(fields=FIELDS))
    assert "Phone: +49 ••• ••• 4711" in said(masked)
    assert ids(masked) == ["profile.show", "files.show"]
    open_ = modals.profile_modal(profile_view(fields=FIELDS), frozenset({"phone"}))
    assert "Phone: +491701234711" in said(open_)
    assert ids(open_) == ["files.show"]
    assert not any(text.startswith("Bio") for text in said(open_))


def test_assigning_with_a_comment() -> None:
    view = modals.assign(1042, 4, "Mia Krüger")
    assert json.loads(view["private_metadata"]) == {"conversation": 1042, "version": 4}
    who, comment = view["blocks"][1:]
    assert (who["block_id"], who["element"]["action_id"]) == ("assign.to", "conversation.assign_to")
    assert "initial_option" not in who["element"]
    assert (comment["block_id"], comment["element"]["action_id"]) == ("assign.comment", "comment")
    assert comment["optional"] is True
    assert view["submit"]["text"] == "Assign"


def menu(status: Status, shown: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    card = card_view(status=status, assignee=ANA if status is Status.INBOX else None, **(shown or {}))
    return modals.conversation_menu(modals.MenuView(card=card, drawing=1, **changes))


LOOKS = ["profile.open", "files.show", "conversation.note"]
ENDS = ["conversation.not_a_request", "conversation.block"]
MOVES = [
    *("conversation.assign_to", "conversation.hand_over", "conversation.close"),
    *("conversation.snooze", *ENDS),
]


@pytest.mark.parametrize(
    ("status", "offered"),
    [
        (Status.UNASSIGNED, ["conversation.assign_me", *MOVES, *LOOKS]),
        (Status.INBOX, ["conversation.release", *MOVES, *LOOKS]),
        (Status.CLOSED, ["conversation.reopen", "conversation.block", *LOOKS]),
        (Status.ARCHIVED, LOOKS),
    ],
)
def test_the_menu_offers_what_the_state_allows(status: Status, offered: list[str]) -> None:
    view = menu(status)
    assert ids(view) == offered
    assert json.loads(view["private_metadata"]) == {"conversation": 1042, "version": 4, "drawing": 1}


def test_the_menu_of_a_sleeping_conversation_wakes_it() -> None:
    view = menu(Status.INBOX, {"snoozed_by": ANA})
    assert "conversation.wake" in ids(view)
    assert "conversation.snooze" not in ids(view)
    assert "*Snoozed* until Mia Krüger answers, by <@U0ANA00001>" in said(view)[-1]


@pytest.mark.parametrize("status", [Status.CLOSED, Status.ARCHIVED])
def test_the_menu_of_a_blocked_customer_unblocks_them(status: Status) -> None:
    view = menu(status, {"blocked_by": ANA, "reason": "Fraud: <gift> cards"})
    assert ids(view) == ["conversation.unblock", *LOOKS]
    assert "*Blocked by* <@U0ANA00001>: Fraud: &lt;gift&gt; cards" in said(view)[-1]


def test_the_menu_on_a_kept_message_offers_to_send_it() -> None:
    kept = refusal("not_yours", "Mia", assignee="Ana")
    view = menu(Status.INBOX, kept=kept)
    assert ids(view)[:2] == ["guard.send", "guard.take_and_send"]
    assert json.loads(view["private_metadata"])["kept"] == kept.message_id
    assert "Kept as a note: this is Ana's conversation. Mia didn't get it." in said(view)


def test_the_menu_says_what_the_last_press_did() -> None:
    assert said(menu(Status.INBOX, note="Ben took this 5 s ago."))[0] == "Ben took this 5 s ago."


def test_hundreds_of_templates_are_chosen_from_in_groups_and_an_address_has_its_own_field() -> None:
    link = TemplateField(key="header:image", label="Picture", address=True)
    one = Template(id="en:a", name="a", language="English", text="Look: {{header:image}}", fields=(link,))
    many = [one, *(replace(one, id=f"en:{n}", name=f"autumn_{n:03}") for n in range(249))]
    view = templates.choosing(1, "Mia", many, templates.key_of(many[249]))
    (select,) = next(b["elements"] for b in view["blocks"] if b["type"] == "actions")
    groups = [(group["label"]["text"], len(group["options"])) for group in select["option_groups"]]
    assert groups == [
        ("1: from a", 100),
        ("2: from autumn 099", 100),
        ("3: from autumn 199", 50),
    ]
    assert select["initial_option"] == select["option_groups"][2]["options"][-1]
    assert [b["element"]["type"] for b in view["blocks"] if b["type"] == "input"] == ["url_text_input"]

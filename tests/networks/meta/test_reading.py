"""What Meta tells, read: the forms that the recorded payloads don't have, and what is not believed."""

from __future__ import annotations

from typing import Any

import pytest

from networks.errors import PayloadInvalid
from networks.events import (
    DeliveryReport,
    InboundEdit,
    InboundEvent,
    InboundMessage,
    InboundReaction,
    ReportState,
)
from tests.networks.instagram.kit import InstagramKit
from tests.networks.messenger.kit import MessengerKit
from tests.networks.meta.graph_api import MESSENGER, PAGE

KIT, INSTA = MessengerKit(), InstagramKit()
CDN = "https://scontent.xx.fbcdn.net/1.jpg"
AT = 1_793_610_000_412


def told(event: dict[str, Any], *, by: str = "", **entry: Any) -> list[InboundEvent]:
    """One event of a customer's, or of the Page's."""
    person, page = {"id": MESSENGER.customer}, {"id": PAGE}
    between = {"sender": page, "recipient": person} if by == "page" else {"sender": person, "recipient": page}
    whole = {**between, "timestamp": AT, **event}
    return list(
        KIT.parse({"object": "page", "entry": [{"id": PAGE, "time": AT, "messaging": [whole], **entry}]})
    )


def message(by: str = "", **content: Any) -> InboundMessage:
    (event,) = told({"message": {"mid": "m_1", **content}}, by=by)
    assert isinstance(event, InboundMessage)
    return event


def attached(kind: str, payload: Any = None, **more: Any) -> InboundMessage:
    return message(attachments=[{"type": kind, "payload": payload, **more}])


@pytest.mark.parametrize(
    ("kind", "payload", "placeholder", "refs"),
    [
        ("image", {"url": CDN}, None, [CDN]),
        ("image", {"url": CDN, "sticker_id": 7}, "Sticker", [CDN]),
        ("image", {}, "A picture that can't be fetched", []),
        ("video", None, "A film that can't be fetched", []),
        ("audio", {"url": "x" * 5_000}, "A recording that can't be fetched", []),
        ("file", {"url": "https://x.example/\nHost: a"}, "A file that can't be fetched", []),
        ("sticker", {"sticker_id": 369239383222810, "url": CDN}, "👍", []),
        ("sticker", {"sticker_id": [1], "url": CDN}, "Sticker", [CDN]),
        (
            "share",
            {"url": "https://shop.example/1", "title": "A\n B"},
            "Shared a post: A B https://shop.example/1",
            [],
        ),
        (
            "share",
            {"url": "https://fbcdn.net.evil.example/1"},
            "Shared a post: https://fbcdn.net.evil.example/1",
            [],
        ),
        ("share", {}, "Shared a post", []),
        ("share", {"url": "http://[", "title": "x"}, "Shared a post: x http://[", []),
        ("reel", {"url": CDN, "title": "How"}, "Shared a reel: How", [CDN]),
        ("template", {"template_type": "generic"}, "A card with buttons: generic", []),
        ("appointment_booking", {"title": "Monday"}, "An appointment: Monday", []),
        ("location", {"coordinates": {"lat": "48", "long": 11}}, "Location: not readable", []),
        ("new_thing", {"url": CDN}, "Sent something that can't be shown here (new thing)", [CDN]),
        ("", {"url": "https://shop.example"}, "Sent something unknown", []),
    ],
)
def test_each_attachment_is_a_file_or_words(
    kind: str, payload: Any, placeholder: str | None, refs: list[str]
) -> None:
    event = attached(kind, payload)
    assert (event.placeholder, [file.ref for file in event.attachments]) == (placeholder, refs)


def test_a_links_preview_may_stand_beside_its_payload() -> None:
    event = attached("fallback", None, title="Our shop", url="https://shop.example")
    assert event.placeholder == "Link: Our shop https://shop.example"


def test_files_are_named_by_their_address_where_that_ends_in_a_name() -> None:
    names = {"a/Rechnung%20M%C3%A4rz.pdf?x=1": "Rechnung März.pdf", "a/12345?x": None, "a/.": None}
    for path, name in names.items():
        assert attached("file", {"url": f"https://cdn.fbsbx.com/{path}"}).attachments[0].name == name


def test_words_and_kinds_beside_each_other_are_all_told() -> None:
    event = message(
        text="Both",
        attachments=[
            {"type": "image", "payload": {"url": CDN}},
            {"type": "ephemeral"},
            {"type": "ephemeral"},
            {"type": "share", "payload": {"title": "Ours"}},
        ],
    )
    assert (event.text, len(event.attachments)) == ("Both", 1)
    assert event.placeholder is not None
    assert event.placeholder.count("can be seen once") == 1
    assert event.placeholder.endswith("Shared a post: Ours")
    assert message().placeholder == "An empty message"
    assert message(text=" ").placeholder == "An empty message"
    assert message(text=5).placeholder == "An empty message"
    assert message(text="a\ud800b\0").text == "a\ufffdb"


def test_whose_words_they_are_is_seen_by_the_sender_not_by_what_is_claimed() -> None:
    assert not message(is_echo=True, text="I am the Page").echo
    assert message("page", text="Hi", app_id=26390203743090).echo
    assert message("page", text="Hi").contact_id == MESSENGER.customer
    assert told({"message": {"mid": "m_1", "text": "x", "app_id": "1517776481860111"}}, by="page") == []
    assert told({"reaction": {"mid": "m_1", "action": "react", "emoji": "👍"}}, by="page") == []
    assert told({"message_edit": {"mid": "m_1", "text": "x", "num_edit": 1}}, by="page") == []


def test_the_ids_of_what_happens_again_differ_and_of_repeats_are_the_same() -> None:
    edits = [told({"message_edit": {"mid": "m_1", "text": str(n), "num_edit": n}})[0] for n in (1, 2, 2)]
    assert [event.event_id for event in edits] == ["edit:m_1:1", "edit:m_1:2", "edit:m_1:2"]
    assert all(isinstance(event, InboundEdit) for event in edits)
    long = "m_" + "x" * 228
    (reaction,) = told({"reaction": {"mid": long, "action": "react", "reaction": "wow"}})
    assert isinstance(reaction, InboundReaction)
    assert (reaction.emoji, reaction.external_id) == ("😮", long)
    (other,) = told({"reaction": {"mid": "m_1", "action": "react", "reaction": "other"}})
    assert isinstance(other, InboundReaction)
    assert other.emoji == "an emoji of their own"


def test_reports_name_each_message_or_everything_until_a_moment() -> None:
    both = told({"delivery": {"mids": ["m_1", 5, "m_2"], "watermark": AT}})
    reports = [(e.event_id, e.state, e.up_to) for e in both if isinstance(e, DeliveryReport)]
    assert reports == [
        ("delivered:m_1", ReportState.DELIVERED, False),
        ("delivered:m_2", ReportState.DELIVERED, False),
    ]
    (read,) = told({"read": {"watermark": AT - 5}})
    assert isinstance(read, DeliveryReport)
    assert (read.up_to, read.external_id, read.sent_at.microsecond) == (True, "", 407_000)


def test_all_entries_of_a_call_are_read() -> None:
    payload = KIT.payload("text")
    second = {**KIT.payload("image")["entry"][0], "id": "999"}
    payload["entry"].append(second)
    events = list(KIT.parse(payload))
    assert [event.recipient for event in events] == [PAGE, "999"]


def test_what_can_be_read_of_a_call_is_taken_though_the_rest_cannot() -> None:
    payload = KIT.payload("text")
    broken = {**KIT.payload("image")["entry"][0], "id": "a b"}
    payload["entry"] = [broken, 5, *payload["entry"], KIT.payload("video")["entry"][0]]
    payload["entry"][2]["messaging"].append({"message": "x", "timestamp": AT})
    with pytest.raises(PayloadInvalid) as caught:
        KIT.parse(payload)
    kinds = [type(event) for event in caught.value.events]
    assert kinds == [InboundMessage, InboundMessage]


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"object": "instagram", "entry": []},
        {"object": "page"},
        {"object": "page", "entry": [1]},
        {"object": "page", "entry": [{"id": None, "messaging": []}]},
        {"object": "page", "entry": [{"id": "../1"}]},
    ],
)
def test_what_is_no_call_about_pages_is_refused(payload: Any) -> None:
    with pytest.raises(PayloadInvalid):
        KIT.parse(payload)


@pytest.mark.parametrize(
    "event",
    [
        {"message": "x"},
        {"message": {"text": "no id"}},
        {"message": {"mid": "x" * 231}},
        {"message": {"mid": "a\nb"}},
        {"message": {"mid": "m_1"}, "sender": {}},
        {"message": {"mid": "m_1"}, "sender": {"id": "a b"}},
        {"message": {"mid": "m_1"}, "timestamp": -1},
        {"message": {"mid": "m_1"}, "timestamp": 10**15},
        {"message": {"mid": "m_1"}, "timestamp": "now"},
        {"read": {}},
        {"read": {"watermark": 1e9}},
        {"reaction": []},
    ],
)
def test_what_cannot_be_read_is_refused_not_dropped(event: Any) -> None:
    with pytest.raises(PayloadInvalid):
        told(event)


def test_the_two_networks_calls_are_kept_apart() -> None:
    for kit, other in ((KIT, INSTA), (INSTA, KIT)):
        with pytest.raises(PayloadInvalid):
            kit.parse(other.payload("text"))

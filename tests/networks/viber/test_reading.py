"""Callbacks as Viber's own package reads them, and stranger ones, read into events."""

from __future__ import annotations

import json
from typing import Any

import pytest
from viberbot import Api, BotConfiguration
from viberbot.api.messages import (
    ContactMessage,
    FileMessage,
    LocationMessage,
    PictureMessage,
    StickerMessage,
    TextMessage,
    URLMessage,
    VideoMessage,
)
from viberbot.api.messages.data_types.contact import Contact
from viberbot.api.messages.data_types.location import Location
from viberbot.api.viber_requests import ViberMessageRequest

from networks._viber_content import secure
from networks.capabilities import MediaKind
from networks.errors import PayloadInvalid
from networks.events import InboundAttachment, InboundEvent, InboundMessage, Profile
from networks.viber import Viber
from tests.networks.viber.kit import ACCOUNT, CASES, known_answer, payload, request
from tests.networks.viber.public_api import CUSTOMER, TOKEN, sign

THEIRS = Api(BotConfiguration(name="Acme Help", avatar="", auth_token=TOKEN))
"""The maker's own package."""


def read(callback: object) -> list[InboundEvent]:
    """Through the network, from the bytes Viber would send."""
    return list(Viber().parse(ACCOUNT, request(json.dumps(callback).encode())))


def told(**message: Any) -> InboundMessage:
    (event,) = read({**payload("text"), "message": message})
    assert isinstance(event, InboundMessage)
    return event


def test_the_makers_package_makes_and_takes_the_same_signatures() -> None:
    body, right = known_answer()
    for raw in (body, b"{}", "ž 👋".encode(), b"\xff\x00"):
        signature = sign(TOKEN, raw)
        assert THEIRS.verify_signature(raw, signature)
        Viber().verify(ACCOUNT, request(raw, signature))
    assert THEIRS.verify_signature(body, right)


@pytest.mark.parametrize("case", [c for c in CASES if c.payload["event"] == "message"], ids=lambda c: c.name)
def test_the_makers_package_reads_the_same_message(case: Any) -> None:
    theirs = THEIRS.parse_request(json.dumps(case.payload).encode())
    (ours,) = case.events
    assert isinstance(theirs, ViberMessageRequest)
    assert (str(theirs.message_token), theirs.sender.id) == (ours.external_id, ours.contact_id)
    assert theirs.timestamp == int(ours.sent_at.timestamp() * 1_000)
    assert theirs.sender.avatar == ours.profile.avatar_url


def test_a_message_of_each_kind_of_the_makers_package_says_something() -> None:
    theirs = [
        TextMessage(text="Hello"),
        PictureMessage(media="https://dl-media.viber.com/a.jpg", text="Look"),
        VideoMessage(media="https://dl-media.viber.com/a.mp4", size=7, duration=200, text="See"),
        FileMessage(media="https://dl-media.viber.com/a.pdf", size=7, file_name="a.pdf"),
        URLMessage(media="https://shop.example"),
        StickerMessage(sticker_id="46105"),
        ContactMessage(contact=Contact(name="Max", phone_number="+491234")),
        LocationMessage(location=Location(lat=-48, lon=11.5)),
    ]
    made = [told(**each.to_dict()) for each in theirs]
    assert [(each.text, each.placeholder, [f.ref[-6:] for f in each.attachments]) for each in made] == [
        ("Hello", None, []),
        ("Look", None, ["/a.jpg"]),
        ("See", None, ["/a.mp4"]),
        ("", None, ["/a.pdf"]),
        ("https://shop.example", None, []),
        ("", "Sticker", []),
        ("", "Contact: Max, +491234", []),
        ("", "Location: -48, 11.5 https://www.google.com/maps?q=-48,11.5", []),
    ]
    assert [f.duration for f in made[2].attachments] == [200.0]
    assert [(f.kind, f.name, f.size) for f in made[3].attachments] == [(None, "a.pdf", 7)]


def test_a_link_is_told_once_with_the_words_beside_it() -> None:
    link = "https://media.giphy.com/a.gif"
    assert told(type="url", text=link, media=link).text == link
    assert told(type="url", text="Like so", media=link).text == f"Like so\n{link}"
    assert told(type="url").placeholder == "Link: not readable"


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"type": "picture"}, "Picture: a file that Viber did not hand out"),
        ({"type": "video", "media": "file:///etc/passwd"}, "Video: a file that Viber did not hand out"),
        ({"type": "file", "media": "https://ä.example/a"}, "File: a file that Viber did not hand out"),
        ({"type": "contact", "contact": {"name": "\n"}}, "Contact: not readable"),
        ({"type": "contact", "contact": {"name": "A\nB"}}, "Contact: A B"),
        ({"type": "location", "location": {"lat": 1e9, "lon": 0}}, "Location: not readable"),
        ({"type": "location"}, "Location: not readable"),
        ({"type": "text", "text": "  "}, "An empty message"),
        ({"type": "time_capsule"}, "Sent something that can't be shown here (time capsule)"),
        ({"type": ["text"]}, "Sent something unknown"),
        ({}, "Sent something unknown"),
    ],
)
def test_what_cannot_be_shown_is_told_in_words(message: dict[str, Any], words: str) -> None:
    event = told(**message)
    assert (event.placeholder, event.text, event.attachments) == (words, "", ())


def test_words_beside_a_file_that_is_missing_are_kept() -> None:
    event = told(type="picture", text="My box", media="")
    assert (event.text, event.placeholder) == ("My box", "Picture: a file that Viber did not hand out")


def test_what_a_file_claims_is_believed_within_reason() -> None:
    odd = told(
        type="video",
        media="https://dl-media.viber.com/a",
        size=-1,
        duration="long",
        file_name="a\0\ud800\nb.mp4",
    )
    assert odd.attachments == (
        InboundAttachment(ref="https://dl-media.viber.com/a", name="a\ufffd b.mp4", kind=MediaKind.VIDEO),
    )


def test_a_token_beyond_what_a_float_can_hold_stays_itself() -> None:
    one, other = ({**payload("text"), "message_token": 2**63 + n} for n in (1, 2))
    assert [read(c)[0].event_id for c in (one, other)] == [f"message:{2**63 + n}" for n in (1, 2)]
    written = {**payload("text"), "message_token": "06012345678901234567"}
    assert read(written) == read(payload("text"))


@pytest.mark.parametrize(
    ("avatar", "shown"),
    [
        ("https://media-direct.cdn.viber.com/a?dlid=1", "https://media-direct.cdn.viber.com/a?dlid=1"),
        ("http://share.viber.com/a.jpg", "https://share.viber.com/a.jpg"),
        ("ftp://share.viber.com/a.jpg", None),
        ("https://x/ä", None),
        ("https://x/" + "a" * 1_024, None),
        (7, None),
        (None, None),
    ],
)
def test_a_picture_of_somebody_is_shown_over_https_or_not_at_all(avatar: object, shown: str | None) -> None:
    sender = {"id": CUSTOMER, "name": "Subscriber", "avatar": avatar}
    (event,) = read({**payload("text"), "sender": sender})
    assert isinstance(event, InboundMessage)
    assert event.profile == Profile(name="Subscriber", avatar_url=shown)


def test_a_file_is_asked_for_over_https() -> None:
    for plain in ("http://dl-media.viber.com/http://a.jpg", "https://dl-media.viber.com/http://a.jpg"):
        assert secure(plain) == "https://dl-media.viber.com/http://a.jpg"


@pytest.mark.parametrize(
    "callback",
    [
        [],
        None,
        {},
        {"event": 7},
        {**payload("text"), "message_token": True},
        {**payload("text"), "message_token": 1.5},
        {**payload("text"), "message_token": "x"},
        {**payload("text"), "message_token": "9" * 30},
        {**payload("text"), "message_token": 2**64},
        {**payload("text"), "timestamp": 10**15},
        {**payload("text"), "timestamp": -1},
        {**payload("text"), "message": None},
        {**payload("text"), "sender": {"id": ""}},
        {**payload("text"), "sender": {"id": "a" * 201}},
        {**payload("text"), "sender": {"id": "a b"}},
        {**payload("unsubscribed"), "user_id": None},
        {**payload("status_seen"), "user_id": 7},
    ],
)
def test_what_cannot_be_read_is_refused_and_so_kept(callback: object) -> None:
    with pytest.raises(PayloadInvalid):
        read(callback)


def test_bytes_that_are_no_json_are_refused() -> None:
    for body in (b"", b"\xff", b"{", b"[" * 100_000):
        with pytest.raises(PayloadInvalid):
            Viber().parse(ACCOUNT, request(body))

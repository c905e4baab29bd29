"""What LINE tells, and whether it is LINE who tells it; the maker's own package reads the same."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from networks.errors import PayloadInvalid, SignatureInvalid
from networks.events import InboundDeletion, InboundEvent, InboundMessage
from networks.line import Line
from tests.networks.line.kit import ACCOUNT, HERE, payload, request
from tests.networks.line.messaging_api import SECRET, signature

KNOWN = (
    '{"destination":"U00112233445566778899aabbccddeeff","events":[{"type":"message","timestamp":1793610000001,'
    '"source":{"type":"user","userId":"U8f0a1b2c3d4e5f60718293a4b5c6d7e8"},"webhookEventId":'
    '"01KAJ7XW000000000000000001","deliveryContext":{"isRedelivery":false},"mode":"active","replyToken":'
    '"b60d432864f44d079f6d8efe86cf404b","message":{"type":"text","id":"560011223344556677","quoteToken":'
    '"yHAz4Ua2wx7aaaa","markAsReadToken":"mr-001","text":"注文4711はいつ届きますか？"}}]}'
).encode()
KNOWN_SIGNATURE = "0jLqu45TcTDoCIrx0YODZIbc+9n9gld8z9oT4jeZoF0="


def read(events: list[Any]) -> list[InboundEvent]:
    body = json.dumps({"destination": "U0", "events": events}).encode()
    return list(Line().parse(ACCOUNT, request(body, signature(body))))


def with_message(**fields: Any) -> InboundMessage:
    """The one message of a call whose message has these fields."""
    event = payload("text")["events"][0]
    event["message"] = {"id": "1", **fields}
    (found,) = read([event])
    assert isinstance(found, InboundMessage)
    return found


def test_the_known_signature_passes_and_that_of_other_bytes_does_not() -> None:
    Line().verify(ACCOUNT, request(KNOWN, KNOWN_SIGNATURE))
    for body in (KNOWN + b" ", KNOWN.replace(b"4711", b"4712"), b""):
        with pytest.raises(SignatureInvalid):
            Line().verify(ACCOUNT, request(body, KNOWN_SIGNATURE))


@pytest.mark.parametrize("text", [KNOWN.decode(), "", "ü👋", "x" * 100_000])
def test_the_makers_validator_agrees(text: str) -> None:
    from linebot.v3.webhook import SignatureValidator  # slow to import: only where it is used

    theirs = SignatureValidator(SECRET)
    body = text.encode()
    for signed in (signature(body), signature(body, "another-secret"), signature(b"another body"), "", "ü"):
        ours = True
        try:
            Line().verify(ACCOUNT, request(body, signed))
        except SignatureInvalid:
            ours = False
        assert ours is theirs.validate(text, signed)
        assert ours is (signed == signature(body))


def test_the_makers_parser_reads_every_recorded_call_and_finds_the_same_in_it() -> None:
    from linebot.v3.exceptions import InvalidSignatureError
    from linebot.v3.webhook import WebhookParser
    from linebot.v3.webhooks import MessageEvent, PostbackEvent, UnsendEvent

    parser = WebhookParser(SECRET)
    for path in sorted((HERE / "payloads").glob("*.json")):
        body = path.read_bytes()
        theirs = parser.parse(body.decode(), signature(body), as_payload=True).events
        ours = list(Line().parse(ACCOUNT, request(body, signature(body))))
        for event in ours:
            same = next(each for each in theirs if each.webhook_event_id == event.event_id)
            assert event.sent_at.timestamp() * 1000 == pytest.approx(same.timestamp)
            if isinstance(event, InboundMessage) and isinstance(same, MessageEvent):
                assert (event.external_id, event.reply_handle) == (same.message.id, same.reply_token)
                assert event.reply_to == getattr(same.message, "quoted_message_id", None)
                if event.text:
                    assert event.text.endswith(same.message.text)
            elif isinstance(event, InboundDeletion):
                assert isinstance(same, UnsendEvent) and event.external_id == same.unsend.message_id
            elif isinstance(same, PostbackEvent) and isinstance(event, InboundMessage):
                assert same.postback.data in str(event.placeholder)
            else:
                assert not isinstance(event, InboundMessage) or path.stem == "unknown_message"
    with pytest.raises(InvalidSignatureError):
        parser.parse(KNOWN.decode(), signature(b"{}"))


def test_a_redelivery_is_the_same_event_and_message() -> None:
    first, again = (read(payload(name)["events"]) for name in ("text", "text_redelivered"))
    assert first == again


def test_what_can_be_read_of_a_call_is_read_though_another_event_cannot() -> None:
    good = payload("text")["events"][0]
    for bad in ("x", {"type": "message"}, {**copy.deepcopy(good), "source": {"type": "galaxy"}}):
        with pytest.raises(PayloadInvalid) as unreadable:
            read([bad, good])
        (event,) = unreadable.value.events
        assert event == read([good])[0]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{}", b"{", b"\xff", b"[" * 100_000, b'{"events": {}}']
)
def test_what_is_no_call_of_lines_is_refused(body: bytes) -> None:
    with pytest.raises(PayloadInvalid):
        Line().parse(ACCOUNT, request(body, signature(body)))


@pytest.mark.parametrize(
    ("fields", "placeholder"),
    [
        ({"type": "sticker", "keywords": ["hi"] * 15}, "Sticker: hi, hi, hi, hi, hi"),
        ({"type": "sticker", "keywords": [1, None, " ", "bow"]}, "Sticker: bow"),
        ({"type": "sticker", "keywords": "bow", "text": "a\n b"}, "Sticker: “a b”"),
        ({"type": "location"}, "Location: not readable"),
        ({"type": "location", "address": "Main St"}, "Location: Main St"),
        ({"type": "location", "latitude": 1e400, "longitude": 1}, "Location: not readable"),
        ({"type": "location", "title": "Home", "latitude": True, "longitude": 1}, "Location: Home"),
        ({"type": "text", "text": " "}, "Sent something that can't be shown here (text)"),
        ({"type": ["a"]}, "Sent something that can't be shown here (unknown)"),
        (
            {"type": "image", "contentProvider": {"type": "external", "originalContentUrl": "http://x/"}},
            "Picture: a file that LINE did not name",
        ),
    ],
)
def test_words_for_what_is_neither_text_nor_file(fields: dict[str, Any], placeholder: str) -> None:
    found = with_message(**fields)
    assert (found.placeholder, found.text, found.attachments) == (placeholder, "", ())


def test_half_characters_and_foolish_numbers_do_no_harm() -> None:
    assert with_message(type="text", text="a\ud83d b").text == "a\ufffd b"
    (file,) = with_message(type="file", fileName="x" * 900, fileSize=-1).attachments
    assert (len(file.name or ""), file.size) == (255, None)
    (video,) = with_message(type="video", duration=1.5).attachments
    assert video.duration is None

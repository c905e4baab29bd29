"""What of an event can be stored: judged, cleaned, cut. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desk import storable
from networks.events import (
    ContactGone,
    DeliveryReport,
    InboundAttachment,
    InboundEvent,
    InboundMessage,
    InboundReaction,
    ReportState,
)

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
MESSAGE = InboundMessage(event_id="e", external_id="m", contact_id="c", sent_at=NOW, text="Hi")
REPORT = DeliveryReport(
    event_id="r", external_id="m", contact_id="c", sent_at=NOW, state=ReportState.FAILED, words="full"
)


@pytest.mark.parametrize(
    "change",
    [
        {"event_id": ""},
        {"event_id": "x" * 256},
        {"external_id": "m\x00"},
        {"contact_id": "\ud800"},
        {"known_as": "+49\x00"},
        {"known_as": "x" * 256},
        {"reply_to": "\udfff"},
        {"reply_handle": "\x00"},
        {"handle": "\x00"},
        {"attachments": (InboundAttachment(ref="r\x00"),)},
        {"sent_at": NOW.replace(tzinfo=None)},
        {"sent_at": datetime(1969, 12, 31, tzinfo=UTC)},
        {"sent_at": datetime(2100, 1, 1, tzinfo=UTC)},
    ],
)
def test_what_has_to_stay_as_it_came_is_judged(change: dict[str, Any]) -> None:
    flawed = replace(MESSAGE, **change)
    good, bad = storable.sifted([MESSAGE, flawed])
    assert good == [MESSAGE]
    assert [event for event, why in bad if why] == [flawed]


def test_a_report_of_everything_names_no_message_and_its_key_is_looked_for() -> None:
    up_to = replace(REPORT, external_id="", up_to=True)
    assert storable.flaw(up_to) == ""
    assert storable.flaw(replace(up_to, up_to=False))
    assert storable.flaw(replace(REPORT, key="d1\x00"))
    gone = ContactGone(event_id="e", contact_id="c", sent_at=NOW + timedelta(days=1))
    assert storable.flaw(gone) == ""


def test_words_are_cleaned_and_cut_and_impossible_claims_left_out() -> None:
    file = InboundAttachment(
        ref="r", name="a\x00.pdf", mime_type="x\ud800" * 300, size=2**63, duration=float("nan")
    )
    event = storable.cleaned(
        replace(
            MESSAGE,
            text="a\x00b\r\nc" + "x" * 1_000_000,
            placeholder="\ud800",
            group="g" * 300,
            reply_to="r" * 256,
            attachments=(file, replace(file, size=-1, duration=float("inf"))),
        )
    )
    assert isinstance(event, InboundMessage)
    assert (event.text[:5], len(event.text), event.placeholder) == ("ab\ncx", 1_000_000, None)
    assert (event.group, event.reply_to) == ("g" * 255, None)
    first, second = event.attachments
    assert first == InboundAttachment(ref="r", name="a.pdf", mime_type="x" * 255)
    assert (second.size, second.duration) == (None, None)
    told = storable.cleaned(replace(REPORT, words="full\x00" * 900, key="k" * 121))
    assert isinstance(told, DeliveryReport)
    assert (told.words[:8], len(told.words), told.key) == ("fullfull", 500, "")


def test_what_can_be_stored_stays_as_it_came() -> None:
    file = InboundAttachment(ref="r", name="a b.pdf", mime_type="application/pdf", size=0, duration=2.5)
    told: list[InboundEvent] = [
        replace(MESSAGE, attachments=(file,), reply_to="m0", group="g", placeholder="Sticker"),
        replace(REPORT, key="d1"),
        InboundReaction(event_id="e", external_id="m", contact_id="c", sent_at=NOW, emoji="👍"),
    ]
    assert [storable.cleaned(event) for event in told] == told
    assert storable.sifted(told) == (told, [])

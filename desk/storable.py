"""What networks tell, made fit for every database: words are cleaned, claims that can't be true are left out,
and of what has to stay as it came is said why it can't be stored. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from desk.slack.text import clean
from networks.events import (
    ContactGone,
    DeliveryReport,
    InboundAttachment,
    InboundEdit,
    InboundEvent,
    InboundMessage,
    InboundReaction,
)

LONGEST_ID = 255
LONGEST_KEY = 120
"""The keys of our own parts are shorter."""
LONGEST_TEXT = 1_000_000
_LONGEST_EMOJI = 32
_LONGEST_REASON = 500
_LONGEST_NAME = 1_000
_LARGEST = 2**63
_LONGEST_PLAY = 10_000_000.0
"""Seconds, some months."""
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

Flawed = tuple[InboundEvent, str]
"""An event that no network should give, and what is wrong with it."""


def sifted(events: Iterable[InboundEvent]) -> tuple[list[InboundEvent], list[Flawed]]:
    """The events that can be stored, and the others."""
    judged = [(event, flaw(event)) for event in events]
    return [event for event, why in judged if not why], [(event, why) for event, why in judged if why]


def flaw(event: InboundEvent) -> str:
    """Why an event cannot be stored, whatever is cleaned; empty: it can."""
    unnamed = isinstance(event, DeliveryReport) and event.up_to
    for name in ("event_id", "contact_id", "known_as", *(() if unnamed else ("external_id",))):
        value = getattr(event, name, None)
        if value is not None and not 0 < len(value) <= LONGEST_ID:
            return f"the {name} has {len(value)} characters"
    if not all(map(is_storable, _opaque(event))):
        return "an id has characters that cannot be stored"
    timed = event.sent_at.tzinfo is not None and _FIRST <= event.sent_at < _LAST
    return "" if timed else "the time when it was sent can't be true"


def _opaque(event: InboundEvent) -> Iterator[str]:
    """What is kept or looked for as it came."""
    yield from (event.event_id, event.contact_id, event.known_as or "", getattr(event, "external_id", ""))
    if isinstance(event, DeliveryReport):
        yield event.key
    if isinstance(event, InboundMessage):
        yield from (event.reply_to or "", event.reply_handle or "", event.handle or "")
        yield from (file.ref for file in event.attachments)


def is_storable(text: str) -> bool:
    """Whether every database takes it: no NUL, no lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def cleaned(event: InboundEvent) -> InboundEvent:
    """The event with all its words cleaned and cut. Profiles are cleaned where they are kept."""
    match event:
        case InboundMessage():
            return replace(
                event,
                text=_words(event.text),
                placeholder=_words(event.placeholder or "") or None,
                subject=_words(event.subject, _LONGEST_NAME),
                attachments=tuple(map(_claimed, event.attachments)),
                group=_words(event.group or "", LONGEST_ID) or None,
                reply_to=_known(event.reply_to or "", LONGEST_ID) or None,
            )
        case InboundEdit():
            return replace(event, text=_words(event.text))
        case ContactGone():
            return replace(event, words=_words(event.words, LONGEST_ID))
        case InboundReaction():
            return replace(event, emoji=_words(event.emoji, _LONGEST_EMOJI))
        case DeliveryReport():
            return replace(
                event, words=_words(event.words, _LONGEST_REASON), key=_known(event.key, LONGEST_KEY)
            )
        case _:
            return event


def _words(text: str, most: int = LONGEST_TEXT) -> str:
    return clean(text)[:most]


def _known(name: str, most: int) -> str:
    """What names something of which we know; nothing we know has a longer name."""
    return name if len(name) <= most else ""


def _claimed(file: InboundAttachment) -> InboundAttachment:
    """What is claimed of a file, without what is none of its sizes or times."""
    size, duration = file.size, file.duration
    return replace(
        file,
        name=_words(file.name or "", _LONGEST_NAME) or None,
        mime_type=_words(file.mime_type or "", LONGEST_ID) or None,
        size=size if size is not None and 0 <= size < _LARGEST else None,
        duration=duration if duration is not None and 0 <= duration < _LONGEST_PLAY else None,
    )

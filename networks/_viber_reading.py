"""What Viber tells, read into events. Pure; nothing is believed of its shape.

Shapes: creators.viber.com/docs/bots-api/events. A `contact_id` is the person's id, which is the bot's
own for them; an `external_id` is the message's token. A callback is repeated until it is taken, and
`delivered` comes once from each of a person's devices: an event is its kind with its token.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from networks._names import country_name, language_name
from networks._pieces import Raw, line, needed
from networks._viber_content import content_of, secure, token_of
from networks.errors import PayloadInvalid
from networks.events import (
    ContactGone,
    DeliveryReport,
    InboundEvent,
    InboundMessage,
    Profile,
    ProfileField,
    ReportState,
)

EVENT_TYPES = ("delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started")
"""Asked for by name; `message` always comes."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 4_102_444_800_000  # the year 2100, in milliseconds
_ID = re.compile(r"[!-~]{1,200}")
_ADDRESS = re.compile(r"https?://[!-~]{1,1000}")


def parsed(body: bytes) -> Raw:
    """The callback. Raises `PayloadInvalid`."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise PayloadInvalid("not JSON") from None
    if not isinstance(found, dict) or not isinstance(found.get("event"), str):
        raise PayloadInvalid("not a callback")
    return found


def events_of(callback: Raw) -> list[InboundEvent]:
    """The events of one callback; none for kinds that say nothing to a team, as when Viber tries the
    address it was given. Raises `PayloadInvalid` for what cannot be read.
    """
    read = _READERS.get(callback["event"])
    return list(read(callback)) if read else []


def profile_of(person: Raw) -> Profile:
    """What is known of a person: creators.viber.com/docs/bots-api/data-models/subscriber, and from
    `get_user_details` their device.
    """
    language, device = line(person, "language", 20), line(person, "device_type", 60)
    country = line(person, "country", 20)
    known = [
        ("Country", country_name(country) or country),
        ("Language", language_name(language)),
        ("Device", ", ".join(part for part in (device, line(person, "primary_device_os", 60)) if part)),
        ("Viber", line(person, "viber_version", 40)),
    ]
    return Profile(
        name=line(person, "name", 255),
        fields=tuple(ProfileField(label=label, value=value) for label, value in known if value),
        avatar_url=_picture(person.get("avatar")),
        locale=language or None,
    )


def _picture(url: object) -> str | None:
    """The address of somebody's picture, over https."""
    if not isinstance(url, str) or not _ADDRESS.fullmatch(url):
        return None
    return secure(url)


def _message(callback: Raw) -> Iterator[InboundEvent]:
    sender = needed(callback, "sender")
    content = content_of(needed(callback, "message"))
    yield InboundMessage(
        event_id=_event_id(callback),
        external_id=_token(callback),
        contact_id=_person(sender, "id"),
        sent_at=_time(callback),
        text=content.text,
        attachments=content.attachments,
        placeholder=content.placeholder or None,
        profile=profile_of(sender),
    )


def _started(callback: Raw) -> Iterator[InboundEvent]:
    """They opened the chat and wrote nothing yet, which is told where a link says what it is about."""
    user, context = needed(callback, "user"), line(callback, "context", 200)
    if not context:
        return
    told = f"Opened the chat through a link: {context}"
    if callback.get("subscribed") is not True:
        told += " (Viber takes an answer once they have written)"
    yield InboundMessage(
        event_id=_event_id(callback),
        external_id=_token(callback),
        contact_id=_person(user, "id"),
        sent_at=_time(callback),
        placeholder=told,
        profile=profile_of(user),
    )


def _subscribed(callback: Raw) -> Iterator[InboundEvent]:
    yield ContactGone(
        event_id=_event_id(callback),
        contact_id=_person(needed(callback, "user"), "id"),
        sent_at=_time(callback),
        back=True,
    )


def _unsubscribed(callback: Raw) -> Iterator[InboundEvent]:
    yield ContactGone(
        event_id=_event_id(callback),
        contact_id=_person(callback, "user_id"),
        sent_at=_time(callback),
        words="unsubscribed from this account",
    )


_REPORTS: Mapping[str, tuple[ReportState, str]] = MappingProxyType(
    {
        "delivered": (ReportState.DELIVERED, ""),
        "seen": (ReportState.READ, ""),
        "failed": (ReportState.FAILED, "their Viber could not show it"),
    }
)


def _report(callback: Raw) -> Iterator[InboundEvent]:
    state, words = _REPORTS[callback["event"]]
    yield DeliveryReport(
        event_id=_event_id(callback),
        external_id=_token(callback),
        contact_id=_person(callback, "user_id"),
        sent_at=_time(callback),
        state=state,
        words=words,
    )


_READERS: Mapping[str, Callable[[Raw], Iterator[InboundEvent]]] = MappingProxyType(
    {
        "message": _message,
        "conversation_started": _started,
        "subscribed": _subscribed,
        "unsubscribed": _unsubscribed,
        **dict.fromkeys(_REPORTS, _report),
    }
)


# The pieces


def _event_id(callback: Raw) -> str:
    return f"{callback['event']}:{_token(callback)}"


def _token(callback: Raw) -> str:
    if not (token := token_of(callback)):
        raise PayloadInvalid("a callback without a message token")
    return token


def _person(raw: Raw, key: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise PayloadInvalid("a callback without a person")
    return value


def _time(callback: Raw) -> datetime:
    value = callback.get("timestamp")
    if type(value) is not int or not 0 <= value < _LATEST:
        raise PayloadInvalid("no usable time")
    return _EPOCH + timedelta(milliseconds=value)

"""What WhatsApp tells, read into events. Pure; nothing is believed of its shape.

Shapes: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview

`external_id` is WhatsApp's message id; who a contact is, `_whatsapp_people` says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType
from typing import Any

from networks._pieces import Raw, as_object, line, objects
from networks._whatsapp_content import Content, around, content_of
from networks._whatsapp_errors import reported
from networks._whatsapp_people import PHONE, USER, Person, matched, number_of, person, profile_of
from networks.errors import PayloadInvalid
from networks.events import (
    Cause,
    DeliveryReport,
    InboundDeletion,
    InboundEdit,
    InboundEvent,
    InboundMessage,
    InboundReaction,
    ProfileChanged,
    ReportState,
)

_ID = re.compile(r"[\x21-\x7e]{1,200}")
_RENAMED = re.compile(r" changed from \+?(\S{5,160}) to ")
OURS = "oratio:"
"""Begins the reference that our own messages carry."""
_ALBUM = 10
"""Seconds."""
_LATEST = 4_102_444_800  # the year 2100


def events_of(told: Raw) -> list[InboundEvent]:
    """The events of one call; none for kinds that say nothing. `recipient` is the number's id at Meta.

    Raises `PayloadInvalid` where nothing in it can be read.
    """
    if not told:
        return []
    values = list(_values(told))
    if not values:
        raise PayloadInvalid("not what WhatsApp calls with")
    return _all([read for field, value in values for read in _pending(field, value)])


def _values(told: Raw) -> Iterator[tuple[str, Raw]]:
    for entry in objects(told.get("entry")):
        for change in objects(entry.get("changes")):
            yield line(change, "field", 60), as_object(change.get("value"))


def _pending(field: str, value: Raw) -> Iterator[Callable[[], Iterator[InboundEvent]]]:
    """How each thing in a change would be read."""
    for key, read in _FIELDS.get(field, {}).items():
        for each in objects(value.get(key)):
            yield partial(read, each, value)


def _all(pending: list[Callable[[], Iterator[InboundEvent]]]) -> list[InboundEvent]:
    """What can be read. Raises `PayloadInvalid` with it where something can't."""
    events: list[InboundEvent] = []
    refused: PayloadInvalid | None = None
    for read in pending:
        try:
            events += list(read())
        except PayloadInvalid as error:
            refused = error
    if refused:
        raise PayloadInvalid(str(refused), events=events)
    return events


# What the customer does


def _message(message: Raw, value: Raw) -> Iterator[InboundEvent]:
    kind = line(message, "type", 60)
    if kind == "system":
        yield from _system(message, value)
        return
    who = person(message.get("from_user_id"), message.get("from"), value)
    if special := _SPECIAL.get(kind):
        yield from special(message, who)
        return
    content = content_of(message)
    yield InboundMessage(
        **_common(message, who),
        external_id=_id(message, "id"),
        text=content.text,
        attachments=content.attachments,
        placeholder=_placeholder(message, content),
        profile=who.profile,
        reply_to=matched(_ID, as_object(message.get("context")).get("id")) or None,
        group=_album(message, kind, who),
    )


def _album(message: Raw, kind: str, who: Person) -> str | None:
    """An album comes as messages of their own that don't say what they are: pictures and films that were sent
    within the same few seconds stand together.
    """
    if kind not in ("image", "video"):
        return None
    return f"{who.id}:{int(_time(message).timestamp()) // _ALBUM}"


def _common(message: Raw, who: Person) -> dict[str, Any]:
    return {"event_id": _id(message, "id"), "sent_at": _time(message), **who.ids()}


def _placeholder(message: Raw, content: Content) -> str | None:
    return " · ".join([*around(message), *([content.placeholder] if content.placeholder else [])]) or None


def _edit(message: Raw, who: Person) -> Iterator[InboundEvent]:
    edit = as_object(message.get("edit"))
    text = content_of(as_object(edit.get("message"))).text
    yield InboundEdit(**_common(message, who), external_id=_id(edit, "original_message_id"), text=text)


def _revoke(message: Raw, who: Person) -> Iterator[InboundEvent]:
    of = _id(as_object(message.get("revoke")), "original_message_id")
    yield InboundDeletion(**_common(message, who), external_id=of)


def _reaction(message: Raw, who: Person) -> Iterator[InboundEvent]:
    reaction = as_object(message.get("reaction"))
    emoji = line(reaction, "emoji", 32)
    of = _id(reaction, "message_id")
    yield InboundReaction(**_common(message, who), external_id=of, emoji=emoji, removed=not emoji)


def _system(message: Raw, value: Raw) -> Iterator[InboundEvent]:
    """A person has another number, or another id: they are who they were.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/system
    """
    told = as_object(message.get("system"))
    user_id, number = matched(USER, told.get("user_id")), matched(PHONE, told.get("wa_id"))
    now = user_id or number
    before = _before(told, message, now)
    if now and before and line(told, "type", 40).startswith("user_changed_"):
        yield ProfileChanged(
            event_id=_id(message, "id"),
            sent_at=_time(message),
            contact_id=now,
            known_as=before,
            recipient=number_of(value),
            profile=profile_of({}, user_id, number),
        )


def _before(told: Raw, message: Raw, now: str) -> str:
    """By which id they were known, as far as it is said: in a field, by whom it is from, in the sentence."""
    said = _RENAMED.search(line(told, "body", 600))
    ids = [told.get("previous_user_id"), message.get("from_user_id"), message.get("from")]
    found = [matched(USER, each) or matched(PHONE, each) for each in [*ids, said[1] if said else ""]]
    return next((each for each in found if each and each != now), "")


_SPECIAL: Mapping[str, Callable[[Raw, Person], Iterator[InboundEvent]]] = MappingProxyType(
    {"edit": _edit, "revoke": _revoke, "reaction": _reaction}
)


# What became of ours


_STATES = {
    "sent": ReportState.SENT,
    "delivered": ReportState.DELIVERED,
    "read": ReportState.READ,
    "played": ReportState.READ,
    "failed": ReportState.FAILED,
}


def _status(status: Raw, value: Raw) -> Iterator[InboundEvent]:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/status

    `key` is the reference it was sent with: the part has gone out, though its answer may have been lost.
    """
    said = line(status, "status", 20)
    if said not in _STATES or status.get("recipient_type") == "group":
        return
    who = person(status.get("recipient_user_id"), status.get("recipient_id"), value)
    of = _id(status, "id")
    reference = line(status, "biz_opaque_callback_data", 512)
    words, cause = _why(status) if said == "failed" else ("", Cause.PART)
    yield DeliveryReport(
        event_id=f"{of}:{said}",
        external_id=of,
        sent_at=_time(status),
        state=_STATES[said],
        words=words,
        cause=cause,
        key=reference.removeprefix(OURS) if reference.startswith(OURS) else "",
        **who.ids(),
    )


def _why(status: Raw) -> tuple[str, Cause]:
    errors = objects(status.get("errors"))
    return reported(errors[0].get("code") if errors else None)


# What a colleague does in the WhatsApp Business app


def _echo(echo: Raw, value: Raw) -> Iterator[InboundEvent]:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/smb_message_echoes"""
    who = person(echo.get("to_user_id"), echo.get("to"), value)
    kind = line(echo, "type", 60)
    content = _changed(echo, kind) if kind in ("edit", "revoke", "reaction") else content_of(echo)
    yield InboundMessage(
        **_common(echo, who),
        external_id=_id(echo, "id"),
        text=content.text,
        attachments=content.attachments,
        placeholder=_placeholder(echo, content),
        profile=who.profile,
        reply_to=matched(_ID, as_object(echo.get("context")).get("id")) or None,
        echo=True,
    )


def _changed(echo: Raw, kind: str) -> Content:
    """A change to what was written in the app, as a line of its own."""
    if kind == "revoke":
        return Content(placeholder="Took a message back in the WhatsApp app")
    if kind == "reaction":
        emoji = line(as_object(echo.get("reaction")), "emoji", 32)
        return Content(placeholder=f"Reacted with {emoji}" if emoji else "Took a reaction back")
    edit = as_object(echo.get("edit"))
    said = content_of(as_object(edit.get("message"))).text
    return Content(text=said, placeholder="Changed a message in the WhatsApp app")


_FIELDS: Mapping[str, Mapping[str, Callable[[Raw, Raw], Iterator[InboundEvent]]]] = MappingProxyType(
    {
        "messages": {"messages": _message, "statuses": _status},
        "smb_message_echoes": {"message_echoes": _echo},
    }
)
"""How the things of each field are read. What other fields tell is not a customer's."""


# The pieces


def _id(raw: Raw, key: str) -> str:
    if found := matched(_ID, raw.get(key)):
        return found
    raise PayloadInvalid(f"no usable {key}")


def _time(raw: Raw) -> datetime:
    """Seconds, as a string or a number."""
    value = raw.get("timestamp")
    said = value if isinstance(value, str) else str(value) if type(value) is int else ""
    if not (said.isascii() and said.isdigit() and len(said) <= 10 and int(said) < _LATEST):
        raise PayloadInvalid("no usable time")
    return datetime.fromtimestamp(int(said), UTC)

"""What LINE tells, read into events. Pure; nothing is believed of its shape.

Shapes: github.com/line/line-openapi, webhook.yml. A `contact_id` is a person's id, or a group's: a group the
account is in is a contact of its own, and an answer is read by all of its members. LINE does not name them in
what it tells, so their words begin with the end of their id.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from networks._line_content import Content, content_of, identifier, token
from networks._names import language_name
from networks._pieces import Raw, as_object, line, needed, sendable
from networks.errors import PayloadInvalid
from networks.events import (
    ContactGone,
    InboundDeletion,
    InboundEdit,
    InboundEvent,
    InboundMessage,
    Profile,
    ProfileField,
)

_LATEST = 4_102_444_800_000  # the year 2100, in milliseconds
_IDS = {"user": "userId", "group": "groupId", "room": "roomId"}
_ROOM = Profile(name="A chat of several people (group)")


def events_of(body: bytes) -> list[InboundEvent]:
    """The events of one call; LINE puts several into one, or none to see whether we are here.

    Raises `PayloadInvalid` with those that can be read when one can't.
    """
    found: list[InboundEvent] = []
    wrong: list[str] = []
    for raw in _listed(body):
        try:
            found += _read(raw)
        except PayloadInvalid as error:
            wrong.append(str(error))
    if wrong:
        raise PayloadInvalid(wrong[0], events=found)
    return found


def _listed(body: bytes) -> list[object]:
    try:
        events = as_object(json.loads(body)).get("events")
    except (ValueError, RecursionError):
        raise PayloadInvalid("not JSON") from None
    if not isinstance(events, list):
        raise PayloadInvalid("no list of events")
    return events


def _read(raw: object) -> list[InboundEvent]:
    """The events of one of LINE's; none for kinds that say nothing of a conversation.

    Such are memberJoined and memberLeft, beacon, videoPlayComplete, accountLink, membership, and what
    concerns modules and the account itself.
    """
    if not isinstance(raw, dict):
        raise PayloadInvalid("an event that is no object")
    kind = raw.get("type")
    read = _READERS.get(kind) if isinstance(kind, str) else None
    return list(read(raw)) if read else []


def profile_of(found: Raw) -> Profile:
    """What LINE says of a person: developers.line.biz/en/reference/messaging-api/#get-profile"""
    language = line(found, "language", 60)
    known = [("Status", line(found, "statusMessage", 500)), ("Language", language_name(language))]
    return Profile(
        name=line(found, "displayName", 255),
        fields=tuple(ProfileField(label=label, value=value) for label, value in known if value),
        avatar_url=_avatar(found),
        locale=language or None,
    )


def group_profile(found: Raw) -> Profile:
    """A group as a contact: developers.line.biz/en/reference/messaging-api/#get-group-summary"""
    kind = ProfileField(label="Kind", value="a group: everybody in it reads the answers")
    name = line(found, "groupName", 200) or "A group"
    return Profile(name=f"{name} (group)", fields=(kind,), avatar_url=_avatar(found))


def _avatar(found: Raw) -> str | None:
    url = line(found, "pictureUrl", 1_000)
    return url if url.startswith("https://") else None


def _message(event: Raw) -> Iterator[InboundEvent]:
    message = needed(event, "message")
    content = content_of(message)
    yield InboundMessage(
        event_id=_event_id(event),
        external_id=_id(message, "id"),
        contact_id=_contact(event),
        sent_at=_time(event),
        text=_said_by(event, content.text),
        attachments=content.attachments,
        placeholder=_placeholder(event, content),
        profile=_profile(event),
        reply_to=identifier(message.get("quotedMessageId")) or None,
        reply_handle=token(event.get("replyToken")) or None,
        handle=_handle(message),
        group=_album(event, message),
    )


def _edit(event: Raw) -> Iterator[InboundEvent]:
    """The words as they are now; in groups only."""
    message = needed(event, "message")
    yield InboundEdit(
        event_id=_event_id(event),
        external_id=_id(message, "id"),
        contact_id=_contact(event),
        sent_at=_time(event),
        text=_said_by(event, content_of(message).text),
    )


def _unsend(event: Raw) -> Iterator[InboundEvent]:
    yield InboundDeletion(
        event_id=_event_id(event),
        external_id=_id(needed(event, "unsend"), "messageId"),
        contact_id=_contact(event),
        sent_at=_time(event),
    )


def _postback(event: Raw) -> Iterator[InboundEvent]:
    """A button of a menu or message was pressed; it is no message, so it is named by its event."""
    pressed = needed(event, "postback")
    chosen = as_object(pressed.get("params"))
    parts = [line(pressed, "data", 300), *(line(chosen, key, 100) for key in list(chosen)[:5])]
    told = " · ".join(part for part in parts if part)
    content = Content(placeholder=f"Pressed a button: {told}" if told else "Pressed a button")
    yield InboundMessage(
        event_id=_event_id(event),
        external_id=f"event:{_event_id(event)}",
        contact_id=_contact(event),
        sent_at=_time(event),
        placeholder=_placeholder(event, content),
        profile=_profile(event),
        reply_handle=token(event.get("replyToken")) or None,
    )


def _here(event: Raw) -> Iterator[InboundEvent]:
    """They added the account, or unblocked it; or it was taken into a group."""
    yield _membership(event, back=True)


def _gone(event: Raw) -> Iterator[InboundEvent]:
    """They blocked the account; or it was put out of a group."""
    yield _membership(event, back=False, words="removed this account" if event["type"] == "leave" else "")


def _membership(event: Raw, *, back: bool, words: str = "") -> ContactGone:
    return ContactGone(
        event_id=_event_id(event),
        contact_id=_contact(event),
        sent_at=_time(event),
        back=back,
        words=words,
    )


_READERS: Mapping[str, Callable[[Raw], Iterator[InboundEvent]]] = MappingProxyType(
    {
        "message": _message,
        "messageEdited": _edit,
        "unsend": _unsend,
        "postback": _postback,
        "follow": _here,
        "unfollow": _gone,
        "join": _here,
        "leave": _gone,
    }
)


# The pieces


def _said_by(event: Raw, words: str) -> str:
    """In a group, words begin with who said them."""
    return f"{_speaker(event)}: {words}" if _is_group(event) and words else words


def _placeholder(event: Raw, content: Content) -> str | None:
    told = sendable(content.placeholder)
    if _is_group(event) and not content.text:
        return f"{_speaker(event)}: {told or 'a file'}"
    return told or None


def _speaker(event: Raw) -> str:
    who = identifier(as_object(event.get("source")).get("userId"))
    return f"Member {who[-4:]}" if who else "Somebody"


def _is_group(event: Raw) -> bool:
    return as_object(event.get("source")).get("type") in ("group", "room")


def _profile(event: Raw) -> Profile | None:
    """LINE tells who somebody is when it is asked; of a room it knows nothing then either."""
    return _ROOM if as_object(event.get("source")).get("type") == "room" else None


def _handle(message: Raw) -> str | None:
    """What quotes the message, and what marks it as read, where LINE allows either."""
    tokens = {"quote": message.get("quoteToken"), "read": message.get("markAsReadToken")}
    known = {name: token(value) for name, value in tokens.items() if token(value)}
    return json.dumps(known) if known else None


def token_in(handle: str | None, name: str) -> str | None:
    """One of the tokens of a handle that was made here."""
    return as_object(json.loads(handle)).get(name) if handle else None


def _album(event: Raw, message: Raw) -> str | None:
    """Pictures that were sent together; LINE does not promise all of them."""
    album = identifier(as_object(message.get("imageSet")).get("id"))
    return f"{_contact(event)}:{album}" if album else None


def _contact(event: Raw) -> str:
    source = needed(event, "source")
    kind = source.get("type")
    key = _IDS.get(kind) if isinstance(kind, str) else None
    if key is None:
        raise PayloadInvalid("an event of nobody we know of")
    return _id(source, key)


def _event_id(event: Raw) -> str:
    return _id(event, "webhookEventId")


def _id(raw: Raw, key: str) -> str:
    found = identifier(raw.get(key))
    if not found:
        raise PayloadInvalid(f"no usable {key}")
    return found


def _time(event: Raw) -> datetime:
    value = event.get("timestamp")
    if type(value) is not int or not 0 <= value < _LATEST:
        raise PayloadInvalid("no usable time")
    return datetime.fromtimestamp(value / 1000, UTC)

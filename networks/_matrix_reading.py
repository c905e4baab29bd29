"""What happened in Matrix's rooms, read into events. Pure; nothing is believed of its shape.

A `contact_id` is a room's id, an `external_id` an event's: ids of events are unique everywhere. A room is
what an answer goes to, so somebody who opens a second one is a second contact. In a room with several people
their words begin with their names, and an answer is read by all of them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

from networks._matrix_content import Content, content_of, line, message
from networks._matrix_people import Room, profile_of
from networks._pieces import Raw, as_object, objects
from networks.base import Unreadable
from networks.errors import PayloadInvalid
from networks.events import (
    ContactGone,
    DeliveryReport,
    InboundDeletion,
    InboundEdit,
    InboundEvent,
    InboundMessage,
    InboundReaction,
    ReportState,
)

MAIN = "room"
"""The `reply_handle` of what was not written in a thread."""

_EVENT = re.compile(r"\$[\x21-\x7e]{1,254}")
_ROOM = re.compile(r"![\x21-\x7e]{1,254}")
_LATEST = 4_102_444_800  # the year 2100
_MOST_REACTIONS = 2_000
_GONE = frozenset({"leave", "ban"})
_TOOK_BACK = "Took a message back before it could be read"
_ENCRYPTS = "Turned on encryption in this room: what is written from now on can't be read here"
_MOVED = "Moved to another room: what is written here may not be read. An invitation there is followed"


class Reactions:
    """The customers' newest reactions. Taking one back names its event alone, of which the server
    by then tells nothing: what has been forgotten is taken back like a message nobody knows."""

    def __init__(self) -> None:
        self._each: OrderedDict[str, tuple[str, str]] = OrderedDict()

    def note(self, event: str, message: str, emoji: str) -> None:
        """Remember what an event reacted to, and how."""
        self._each[event] = (message, emoji)
        while len(self._each) > _MOST_REACTIONS:
            self._each.popitem(last=False)

    def of(self, event: str) -> tuple[str, str] | None:
        """The message and emoji of a reaction."""
        return self._each.get(event)


def events_of(room: Room, event: Raw, reactions: Reactions) -> list[InboundEvent]:
    """The events of one of a room; none for our own, and for what says nothing to people.

    Raises `PayloadInvalid` for what cannot be read.
    """
    kind, sender = event.get("type"), event.get("sender")
    if not isinstance(kind, str) or not isinstance(sender, str):
        raise PayloadInvalid("an event without a type or a sender")
    read = _READERS.get(kind)
    if kind == "m.room.member":
        return list(_membership(room, event))
    if sender == room.own_id or (read is None and "state_key" in event):
        return []
    if sender in room.colleagues and read not in (_encryption, _tombstone):
        return list(_answer(room, event)) if read is None else []
    return list((read or _message)(room, event, reactions))


def read(
    room: Room, events: Sequence[Raw], told: Raw, reactions: Reactions
) -> tuple[list[InboundEvent], list[Unreadable]]:
    """The events of a room's timeline, and of what is told beside it; those that can't be read apart."""
    found: list[InboundEvent] = []
    unreadable: list[Unreadable] = []
    for event in events:
        try:
            found += events_of(room, event, reactions)
        except PayloadInvalid as error:
            unreadable.append(Unreadable(body=json.dumps({room.id: event}).encode(), why=str(error)))
    for event in objects(as_object(told.get("ephemeral")).get("events")):
        with contextlib.suppress(PayloadInvalid):  # passes, and says no words
            found += receipts_of(room, event)
    return found, unreadable


def receipts_of(room: Room, event: Raw) -> Iterator[InboundEvent]:
    """What customers have read: spec.matrix.org/v1.19/client-server-api/#receipts"""
    if event.get("type") != "m.receipt":
        return
    for read, told in as_object(event.get("content")).items():
        for user, how in as_object(as_object(told).get("m.read")).items():
            if user == room.own_id or user in room.colleagues or not _EVENT.fullmatch(read):
                continue
            yield DeliveryReport(
                event_id=_joined("read", read, user),
                external_id=read,
                contact_id=room_id(room.id),
                sent_at=_moment(as_object(how).get("ts")),
                state=ReportState.READ,
            )


def room_id(given: object) -> str:
    """The id of a room. Raises `PayloadInvalid`."""
    if not isinstance(given, str) or not _ROOM.fullmatch(given):
        raise PayloadInvalid("a room without a usable id")
    return given


def _message(room: Room, event: Raw, reactions: Reactions) -> Iterator[InboundEvent]:
    content = _content(event)
    relation = as_object(content.get("m.relates_to"))
    if relation.get("rel_type") == "m.replace":
        yield from _edit(room, event, content, relation)
        return
    removed = not content and "redacted_because" in as_object(event.get("unsigned"))
    held = Content(placeholder=_TOOK_BACK) if removed else content_of(str(event["type"]), content)
    if held is None or (room.left and event["type"] == "m.room.encrypted"):
        return
    yield _written(room, event, held, relation)


def _written(room: Room, event: Raw, held: Content, relation: Raw) -> InboundMessage:
    who, name = event["sender"], event_id(event)
    text = _said_by(room, who, held)
    return InboundMessage(
        event_id=name,
        external_id=name,
        contact_id=room_id(room.id),
        sent_at=_time(event),
        text=text,
        attachments=held.attachments,
        placeholder=_told_by(room, who, held, text),
        profile=profile_of(room, who) if room.is_group or who in room.people else None,  # they left
        reply_to=_answered(relation),
        reply_handle=_thread(relation) or MAIN,
        automatic=held.automatic,
    )


def _answer(room: Room, event: Raw) -> Iterator[InboundEvent]:
    """What a colleague wrote here in a client of their own; later changes of it aren't followed."""
    content = _content(event)
    relation = as_object(content.get("m.relates_to"))
    held = content_of(str(event["type"]), content) if content else None
    if held is not None and relation.get("rel_type") != "m.replace":
        text = f"{room.name_of(event['sender'])}: {held.text}" if held.text.strip() else held.text
        yield replace(
            _written(room, event, held, relation), text=text, profile=None, reply_handle=None, echo=True
        )


def _said_by(room: Room, who: str, held: Content) -> str:
    """In a group, words begin with who said them; everywhere, what somebody does with who does it."""
    if held.emote:
        return f"* {room.name_of(who)} {held.text}"
    return f"{room.name_of(who)}: {held.text}" if room.is_group and held.text.strip() else held.text


def _told_by(room: Room, who: str, held: Content, text: str) -> str | None:
    if not room.is_group or text.strip():
        return held.placeholder
    return f"{room.name_of(who)}: {held.placeholder or 'a file'}"


def _answered(relation: Raw) -> str | None:
    """What a message answers; in a thread that may be only where older clients are to show it."""
    thread = _thread(relation)
    target = as_object(relation.get("m.in_reply_to")).get("event_id")
    if thread and relation.get("is_falling_back") is not False:
        return thread
    return target if isinstance(target, str) and _EVENT.fullmatch(target) else thread


def _thread(relation: Raw) -> str | None:
    """The message a thread began with: spec.matrix.org/v1.19/client-server-api/#threading"""
    root = relation.get("event_id")
    is_root = relation.get("rel_type") == "m.thread" and isinstance(root, str) and _EVENT.fullmatch(root)
    return root if is_root else None


def _edit(room: Room, event: Raw, content: Raw, relation: Raw) -> Iterator[InboundEvent]:
    """spec.matrix.org/v1.19/client-server-api/#event-replacements"""
    changed = content.get("m.new_content")
    if not isinstance(changed, dict):
        raise PayloadInvalid("a change into nothing")
    new = message(changed)
    yield InboundEdit(
        event_id=event_id(event),
        external_id=_target(relation),
        contact_id=room_id(room.id),
        sent_at=_time(event),
        text=_said_by(room, event["sender"], new),
    )


def _reaction(room: Room, event: Raw, reactions: Reactions) -> Iterator[InboundEvent]:
    content = _content(event)
    relation = as_object(content.get("m.relates_to"))
    if not content:
        return  # taken back before we saw it
    emoji = line(relation, "key", 32)
    if not emoji or emoji.startswith("mxc://"):
        emoji = line(content, "shortcode", 32) or "an emoji of their own"
    reactions.note(event_id(event), _target(relation), emoji)
    yield _reacted(room, event, _target(relation), emoji, removed=False)


def _redaction(room: Room, event: Raw, reactions: Reactions) -> Iterator[InboundEvent]:
    """Of a message, or of a reaction; its target stands in one of two places, by the room's version."""
    target = _content(event).get("redacts") or event.get("redacts")
    if not isinstance(target, str) or not _EVENT.fullmatch(target):
        raise PayloadInvalid("a redaction of nothing")
    if reacted := reactions.of(target):
        yield _reacted(room, event, *reacted, removed=True)
        return
    yield InboundDeletion(
        event_id=event_id(event),
        external_id=target,
        contact_id=room_id(room.id),
        sent_at=_time(event),
    )


def _reacted(room: Room, event: Raw, target: str, emoji: str, *, removed: bool) -> InboundReaction:
    return InboundReaction(
        event_id=event_id(event),
        external_id=target,
        contact_id=room_id(room.id),
        sent_at=_time(event),
        emoji=emoji,
        removed=removed,
    )


def _encryption(room: Room, event: Raw, reactions: Reactions) -> Iterator[InboundEvent]:
    yield _written(room, event, Content(placeholder=_ENCRYPTS), {})


def _tombstone(room: Room, event: Raw, reactions: Reactions) -> Iterator[InboundEvent]:
    """spec.matrix.org/v1.19/client-server-api/#room-upgrades"""
    if event.get("state_key") == "":
        yield _written(room, event, Content(placeholder=_MOVED), {})


def _membership(room: Room, event: Raw) -> Iterator[InboundEvent]:
    """The last of them left, or we are out; or we are back."""
    who, content = event.get("state_key"), _content(event)
    ours = who == room.own_id
    gone = str(content.get("membership")) in _GONE and (ours or not room.people)
    back = ours and came(event)
    if gone or back:
        yield ContactGone(
            event_id=event_id(event),
            contact_id=room_id(room.id),
            sent_at=_time(event),
            back=back,
            words="" if back else "put this account out of the room" if ours else "left the room",
        )


def came(event: Raw) -> bool:
    """Whether somebody came with this event, and did not only change their name."""
    before = as_object(as_object(event.get("unsigned")).get("prev_content")).get("membership")
    return as_object(event.get("content")).get("membership") == "join" and before != "join"


_READERS: Mapping[str, Callable[[Room, Raw, Reactions], Iterator[InboundEvent]]] = MappingProxyType(
    {
        "m.reaction": _reaction,
        "m.room.redaction": _redaction,
        "m.room.encryption": _encryption,
        "m.room.tombstone": _tombstone,
    }
)


# The pieces


def event_id(event: Raw) -> str:
    """The id of an event. Raises `PayloadInvalid`."""
    name = event.get("event_id")
    if not isinstance(name, str) or not _EVENT.fullmatch(name):
        raise PayloadInvalid("an event without a usable id")
    return name


def _target(relation: Raw) -> str:
    return event_id(relation)


def _content(event: Raw) -> Raw:
    content = event.get("content")
    if not isinstance(content, dict):
        raise PayloadInvalid("an event without content")
    return content


def _time(event: Raw) -> datetime:
    return _moment(event.get("origin_server_ts"))


def _moment(milliseconds: object) -> datetime:
    if type(milliseconds) is not int or not 0 <= milliseconds < _LATEST * 1_000:
        raise PayloadInvalid("no usable time")
    return datetime.fromtimestamp(milliseconds / 1_000, UTC)


def _joined(*parts: str) -> str:
    """An id of several, and never longer than ids may be."""
    whole = ":".join(parts)
    if len(whole) <= 255 and whole.isascii() and whole.isprintable():
        return whole
    return f"{parts[0]}:{hashlib.sha256(whole.encode('utf-8', 'replace')).hexdigest()}"

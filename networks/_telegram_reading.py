"""What Telegram tells, read into events. Pure; nothing is believed of its shape.

The raw JSON is read, not a library's classes: those refuse whole updates that lack a field,
and Telegram adds kinds without notice. Shapes: core.telegram.org/bots/api#update

A group the bot is in is a contact of its own: its members' words begin with their names, and an answer is
read by all of them. Nothing written to the bot is lost that way, and no member is taken for the customer of
another conversation. So is a chat of a business account that the bot is connected to: there the account's
owner is a colleague. Who and where, `_telegram_chats` says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from networks._pieces import Raw, line, needed, objects
from networks._telegram_around import group_of, placeholder_of, reply_to_of, said_by, sender_profile, words_of
from networks._telegram_chats import (
    business_profile,
    connection_of,
    contact_of,
    external_id,
    group_profile,
    is_group,
    maybe,
    profile_of,
    time_of,
)
from networks._telegram_content import content_of, is_service
from networks.base import UNKNOWN_TIME
from networks.errors import PayloadInvalid
from networks.events import (
    ContactGone,
    InboundDeletion,
    InboundEdit,
    InboundEvent,
    InboundMessage,
    InboundReaction,
    ProfileChanged,
)

ALLOWED_UPDATES = (
    "message",
    "edited_message",
    "message_reaction",
    "my_chat_member",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
)
"""Asked for by name: the default leaves reactions out, core.telegram.org/bots/api#getupdates"""

_GONE = frozenset({"kicked", "left"})
_CUSTOM_EMOJI = "an emoji of their own"
_MOST_DELETED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An update's number, the bot it is for, and when it came: not every kind says when it happened."""

    number: str
    own_id: str
    at: datetime


def events_of(update: object, own_id: str, at: datetime = UNKNOWN_TIME) -> list[InboundEvent]:
    """The events of one update; none for kinds that say nothing, and for our own words.

    `own_id` is the bot's, `at` when the update came. Raises `PayloadInvalid` for what cannot be read.
    """
    if not isinstance(update, dict):
        raise PayloadInvalid("an update that is no object")
    number = update.get("update_id")
    if type(number) is not int or not 0 <= number < 2**63:
        raise PayloadInvalid("an update without a number")
    for kind, read in _READERS.items():
        if kind in update:
            told = Told(number=str(number), own_id=own_id, at=at)
            return list(read(needed(update, kind), told))
    return []


def parsed(body: bytes) -> object:
    """The JSON of a call. Raises `PayloadInvalid`."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise PayloadInvalid("not JSON") from None


# What happens in the bot's own chats


def _message(message: Raw, told: Told) -> Iterator[InboundEvent]:
    chat = needed(message, "chat")
    if is_group(chat) and is_service(message):
        yield from _moved(message, chat, told)
    elif not _is_own(message, told):
        yield _written(message, chat, told, contact_of(chat, ""))


def _moved(message: Raw, chat: Raw, told: Told) -> Iterator[InboundEvent]:
    """A group has become a large one: it has another id, and stays the contact it was."""
    before = message.get("migrate_from_chat_id")
    if type(before) is int:
        yield ProfileChanged(
            event_id=told.number,
            contact_id=contact_of(chat, ""),
            known_as=contact_of({"id": before}, ""),
            sent_at=time_of(message, "date"),
            profile=group_profile(chat),
        )


def _written(message: Raw, chat: Raw, told: Told, contact: str) -> InboundMessage:
    content = content_of(message)
    words = words_of(message, content)
    return InboundMessage(
        event_id=told.number,
        external_id=external_id(contact, message.get("message_id")),
        contact_id=contact,
        sent_at=time_of(message, "date"),
        text=said_by(chat, message, words),
        attachments=content.attachments,
        placeholder=placeholder_of(chat, message, content, words),
        profile=sender_profile(chat, maybe(message, "from"), content),
        reply_to=reply_to_of(contact, message),
        group=group_of(contact, message),
    )


def _edit(message: Raw, told: Told) -> Iterator[InboundEvent]:
    if not _is_own(message, told):
        yield _changed(message, told, contact_of(needed(message, "chat"), ""))


def _changed(message: Raw, told: Told, contact: str) -> InboundEdit:
    """The words as they are now. A live location moves by edits, too: that has no words to change."""
    return InboundEdit(
        event_id=told.number,
        external_id=external_id(contact, message.get("message_id")),
        contact_id=contact,
        sent_at=time_of(message, "edit_date" if "edit_date" in message else "date"),
        text=said_by(maybe(message, "chat"), message, words_of(message, content_of(message))),
    )


def _is_own(message: Raw, told: Told) -> bool:
    return str(maybe(message, "from").get("id")) == told.own_id


def _reaction(change: Raw, told: Told) -> Iterator[InboundEvent]:
    """What was added and what was taken away, each an event."""
    contact = contact_of(needed(change, "chat"), "")
    before, after = (_emojis(change.get(key)) for key in ("old_reaction", "new_reaction"))
    steps = [(emoji, True) for emoji in before if emoji not in after]
    steps += [(emoji, False) for emoji in after if emoji not in before]
    for at, (emoji, removed) in enumerate(steps):
        yield InboundReaction(
            event_id=f"{told.number}:{at}",
            external_id=external_id(contact, change.get("message_id")),
            contact_id=contact,
            sent_at=time_of(change, "date"),
            emoji=emoji,
            removed=removed,
        )


def _membership(change: Raw, told: Told) -> Iterator[InboundEvent]:
    """The customer blocked or unblocked the bot; a group put it out or took it in."""
    status = maybe(change, "new_chat_member").get("status")
    if not isinstance(status, str):
        raise PayloadInvalid("a membership without a status")
    chat = needed(change, "chat")
    yield ContactGone(
        event_id=told.number,
        contact_id=contact_of(chat, ""),
        sent_at=time_of(change, "date"),
        back=status not in _GONE,
        words="" if status not in _GONE or chat.get("type") == "private" else "removed this account",
    )


# What happens in the chats of a business account that the bot is connected to


def _business_message(message: Raw, told: Told) -> Iterator[InboundEvent]:
    """A customer's words, or the owner's; among those are away and greeting messages, which nobody wrote.

    core.telegram.org/bots/api#message: `sender_business_bot` is the bot that wrote in the owner's name.
    """
    chat, through = needed(message, "chat"), connection_of(message)
    if str(maybe(message, "sender_business_bot").get("id")) == told.own_id:
        return
    written = _written(message, chat, told, contact_of(chat, through))
    if _is_customers(message, chat):
        known = written.profile or profile_of(chat)
        yield replace(written, profile=business_profile(known))
        return
    by_itself = message.get("is_from_offline") is True
    yield replace(written, profile=None, echo=True, automatic=by_itself)


def _business_edit(message: Raw, told: Told) -> Iterator[InboundEvent]:
    chat, through = needed(message, "chat"), connection_of(message)
    if _is_customers(message, chat):
        yield _changed(message, told, contact_of(chat, through))


def _business_deletion(gone: Raw, told: Told) -> Iterator[InboundEvent]:
    contact = contact_of(needed(gone, "chat"), connection_of(gone))
    numbers = gone.get("message_ids")
    for number in numbers[:_MOST_DELETED] if isinstance(numbers, list) else ():
        yield InboundDeletion(
            event_id=f"{told.number}:{number}"[:255],
            external_id=external_id(contact, number),
            contact_id=contact,
            sent_at=told.at,
        )


def _is_customers(message: Raw, chat: Raw) -> bool:
    """Chats of a business account are private ones: they have the customer's id."""
    return maybe(message, "from").get("id") == chat.get("id")


_READERS: Mapping[str, Callable[[Raw, Told], Iterator[InboundEvent]]] = MappingProxyType(
    {
        "message": _message,
        "edited_message": _edit,
        "message_reaction": _reaction,
        "my_chat_member": _membership,
        "business_message": _business_message,
        "edited_business_message": _business_edit,
        "deleted_business_messages": _business_deletion,
    }
)


# Reactions


def _emojis(reactions: object) -> list[str]:
    found = [_emoji(each) for each in objects(reactions)]
    return list(dict.fromkeys(emoji for emoji in found if emoji))


def _emoji(reaction: Raw) -> str:
    """core.telegram.org/bots/api#reactiontype"""
    match reaction.get("type"):
        case "emoji":
            return line(reaction, "emoji", 32)
        case "paid":
            return "⭐"
        case "custom_emoji":
            return _CUSTOM_EMOJI
        case _:
            return ""

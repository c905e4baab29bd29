"""What Telegram tells, read into events. Pure; nothing is believed of its shape.

The raw JSON is read, not a library's classes: those refuse whole updates that lack a field,
and Telegram adds kinds without notice. Shapes: core.telegram.org/bots/api#update

A `contact_id` is the chat's id, an `external_id` is `chat:message`. A group the bot is in is
a contact of its own: its members' words begin with their names, and an answer is read by
all of them. Nothing written to the bot is lost that way, and no member is taken for the
customer of another conversation.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from networks._names import language_name
from networks._pieces import Raw, as_object, line, needed, objects, sendable
from networks._telegram_content import Content, content_of, is_service
from networks._telegram_markup import to_plain
from networks.errors import PayloadInvalid
from networks.events import (
    ContactGone,
    InboundEdit,
    InboundEvent,
    InboundMessage,
    InboundReaction,
    Profile,
    ProfileField,
)

ALLOWED_UPDATES = ("message", "edited_message", "message_reaction", "my_chat_member")
"""Asked for by name: the default leaves reactions out, core.telegram.org/bots/api#getupdates"""

_UNSERVED = ("business_message", "edited_business_message", "deleted_business_messages")
_GONE = frozenset({"kicked", "left"})
_CUSTOM_EMOJI = "an emoji of their own"
_LATEST = 4_102_444_800  # the year 2100


def events_of(update: object, own_id: str) -> list[InboundEvent]:
    """The events of one update; none for kinds that say nothing, and for our own words.

    `own_id` is the bot's. Raises `PayloadInvalid` for what cannot be read, and for messages
    to a business account that the bot is connected to: they are not the bot's to answer.
    """
    if not isinstance(update, dict):
        raise PayloadInvalid("an update that is no object")
    number = update.get("update_id")
    if type(number) is not int or not 0 <= number < 2**63:
        raise PayloadInvalid("an update without a number")
    for kind, read in _READERS.items():
        if kind in update:
            return list(read(str(number), needed(update, kind), own_id))
    if any(kind in update for kind in _UNSERVED):
        raise PayloadInvalid("a message to a connected business account, which is not served")
    return []


def parsed(body: bytes) -> object:
    """The JSON of a call. Raises `PayloadInvalid`."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise PayloadInvalid("not JSON") from None


def profile_of(user: Raw) -> Profile:
    """What is known of a person: core.telegram.org/bots/api#user, or #chatfullinfo."""
    username, language, bio = (line(user, key, 255) for key in ("username", "language_code", "bio"))
    spoken = language_name(language)
    known = [("Username", f"@{username}" if username else ""), ("Language", spoken), ("Bio", bio)]
    return Profile(
        name=_name(user) or (f"@{username}" if username else ""),
        fields=tuple(ProfileField(label=label, value=value) for label, value in known if value),
        locale=language or None,
    )


def group_profile(chat: Raw) -> Profile:
    """A group as a contact."""
    title = line(chat, "title", 255) or "A group"
    kind = ProfileField(label="Kind", value="a group: everybody in it reads the answers")
    return Profile(name=f"{title} (group)", fields=(kind,))


def _message(number: str, message: Raw, own_id: str) -> Iterator[InboundEvent]:
    chat = needed(message, "chat")
    sender = _maybe(message, "from")
    if str(sender.get("id")) == own_id or (_is_group(chat) and is_service(message)):
        return
    content = content_of(message)
    words = _words(message, content)
    yield InboundMessage(
        event_id=number,
        external_id=_external_id(chat, message),
        contact_id=_chat_id(chat),
        sent_at=_time(message, "date"),
        text=_said_by(chat, message, words),
        attachments=content.attachments,
        placeholder=_placeholder(chat, message, content, words),
        profile=_profile(chat, sender, content),
        reply_to=_reply_to(chat, message),
        group=_group(chat, message),
    )


def _edit(number: str, message: Raw, own_id: str) -> Iterator[InboundEvent]:
    """The words as they are now. A live location moves by edits, too: that has no words to change."""
    chat = needed(message, "chat")
    if str(_maybe(message, "from").get("id")) == own_id:
        return
    yield InboundEdit(
        event_id=number,
        external_id=_external_id(chat, message),
        contact_id=_chat_id(chat),
        sent_at=_time(message, "edit_date" if "edit_date" in message else "date"),
        text=_said_by(chat, message, _words(message, content_of(message))),
    )


def _reaction(number: str, change: Raw, own_id: str) -> Iterator[InboundEvent]:
    """What was added and what was taken away, each an event."""
    chat = needed(change, "chat")
    before, after = (_emojis(change.get(key)) for key in ("old_reaction", "new_reaction"))
    steps = [(emoji, True) for emoji in before if emoji not in after]
    steps += [(emoji, False) for emoji in after if emoji not in before]
    for at, (emoji, removed) in enumerate(steps):
        yield InboundReaction(
            event_id=f"{number}:{at}",
            external_id=_external_id(chat, change),
            contact_id=_chat_id(chat),
            sent_at=_time(change, "date"),
            emoji=emoji,
            removed=removed,
        )


def _membership(number: str, change: Raw, own_id: str) -> Iterator[InboundEvent]:
    """The customer blocked or unblocked the bot; a group put it out or took it in."""
    status = _maybe(change, "new_chat_member").get("status")
    if not isinstance(status, str):
        raise PayloadInvalid("a membership without a status")
    yield ContactGone(
        event_id=number,
        contact_id=_chat_id(needed(change, "chat")),
        sent_at=_time(change, "date"),
        back=status not in _GONE,
    )


_READERS: Mapping[str, Callable[[str, Raw, str], Iterator[InboundEvent]]] = MappingProxyType(
    {
        "message": _message,
        "edited_message": _edit,
        "message_reaction": _reaction,
        "my_chat_member": _membership,
    }
)


# The pieces of a message


def _words(message: Raw, content: Content) -> str:
    """What the customer wrote, entities put into words."""
    if content.replaces_text:
        return ""
    for text, entities in (("text", "entities"), ("caption", "caption_entities")):
        value = message.get(text)
        if isinstance(value, str) and value:
            return sendable(to_plain(value, message.get(entities)))
    return ""


def _said_by(chat: Raw, message: Raw, words: str) -> str:
    """In a group, words begin with who said them."""
    return f"{_speaker(message)}: {words}" if _is_group(chat) and words else words


def _speaker(message: Raw) -> str:
    anonymous = _maybe(message, "sender_chat")
    return line(anonymous, "title", 255) or _name(_maybe(message, "from")) or "Someone"


def _placeholder(chat: Raw, message: Raw, content: Content, words: str) -> str | None:
    """What is not the customer's own text: a forward, a quote, what cannot be shown as a file."""
    parts = [_forwarded(message), _answers(message), content.placeholder]
    told = sendable(" · ".join(part for part in parts if part))
    if _is_group(chat) and not words:
        told = f"{_speaker(message)}: {told or 'a file'}"
    if told:
        return told
    return None if words or content.attachments else "An empty message"


def _forwarded(message: Raw) -> str:
    """Agents must know when the words are not the customer's."""
    origin = _maybe(message, "forward_origin")
    if not origin:
        return ""
    person = _name(_maybe(origin, "sender_user")) or line(origin, "sender_user_name", 100)
    place = _maybe(origin, "sender_chat") or _maybe(origin, "chat")
    return f"Forwarded from {person or line(place, 'title', 100) or 'somewhere else'}"


def _answers(message: Raw) -> str:
    """The words a customer picked from what they answer, or that the answer is to another chat."""
    quote = _maybe(message, "quote")
    picked = line(quote, "text", 200)
    if picked and quote.get("is_manual") is True:
        return f"About “{picked}”"
    return "Answers a message of another chat" if _maybe(message, "external_reply") else ""


def _profile(chat: Raw, sender: Raw, content: Content) -> Profile:
    if _is_group(chat):
        return group_profile(chat)
    known = profile_of(sender or chat)
    if content.phone and content.phone_of == sender.get("id"):
        phone = ProfileField(label="Phone", value=content.phone, sensitive=True)
        return Profile(name=known.name, fields=(*known.fields, phone), locale=known.locale)
    return known


def _reply_to(chat: Raw, message: Raw) -> str | None:
    answered = _maybe(message, "reply_to_message").get("message_id")
    return f"{_chat_id(chat)}:{answered}" if type(answered) is int else None


def _group(chat: Raw, message: Raw) -> str | None:
    """The album."""
    album = line(message, "media_group_id", 100)
    return f"{_chat_id(chat)}:{album}" if album else None


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


# The pieces of anything


def _is_group(chat: Raw) -> bool:
    return chat.get("type") in ("group", "supergroup", "channel")


def _external_id(chat: Raw, message: Raw) -> str:
    number = message.get("message_id")
    if type(number) is not int or not 0 <= number < 2**63:
        raise PayloadInvalid("a message without a number")
    return f"{_chat_id(chat)}:{number}"


def _chat_id(chat: Raw) -> str:
    number = chat.get("id")
    if type(number) is not int or not -(2**63) < number < 2**63:
        raise PayloadInvalid("a chat without a number")
    return str(number)


def _time(raw: Raw, key: str) -> datetime:
    value = raw.get(key)
    if type(value) is not int or not 0 <= value < _LATEST:
        raise PayloadInvalid("no usable time")
    return datetime.fromtimestamp(value, UTC)


def _maybe(raw: Raw, key: str) -> Raw:
    return as_object(raw.get(key))


def _name(person: Raw) -> str:
    names = (line(person, key, 255) for key in ("first_name", "last_name"))
    return " ".join(name for name in names if name)

"""Between whom something happened on Telegram, where and when. Pure.

A `contact_id` is the chat's id; of a chat of a business account that the bot is connected to it begins with
the connection's: `connection:chat`. An `external_id` is the `contact_id`, ":" and the message's number.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from networks._names import language_name
from networks._pieces import Raw, as_object, line
from networks.errors import PayloadInvalid
from networks.events import Profile, ProfileField

_LATEST = 4_102_444_800  # the year 2100
_CONNECTION = re.compile(r"[A-Za-z0-9_-]{1,100}")


def profile_of(user: Raw) -> Profile:
    """What is known of a person: core.telegram.org/bots/api#user, or #chatfullinfo."""
    username, language, bio = (line(user, key, 255) for key in ("username", "language_code", "bio"))
    spoken = language_name(language)
    known = [("Username", f"@{username}" if username else ""), ("Language", spoken), ("Bio", bio)]
    return Profile(
        name=name_of(user) or (f"@{username}" if username else ""),
        fields=tuple(ProfileField(label=label, value=value) for label, value in known if value),
        avatar_ref=_picture(user),
        locale=language or None,
    )


def group_profile(chat: Raw) -> Profile:
    """A group as a contact."""
    title = line(chat, "title", 255) or "A group"
    kind = ProfileField(label="Kind", value="a group: everybody in it reads the answers")
    return Profile(name=f"{title} (group)", fields=(kind,), avatar_ref=_picture(chat))


def business_profile(known: Profile) -> Profile:
    """Somebody who writes to a business account's own chats."""
    way = ProfileField(label="Wrote to", value="a business account that the bot is connected to")
    return replace(known, fields=(*known.fields, way))


def _picture(chat: Raw) -> str | None:
    """core.telegram.org/bots/api#chatphoto; its address would hold the bot's token."""
    return line(maybe(chat, "photo"), "big_file_id", 255) or None


def is_group(chat: Raw) -> bool:
    """Whether several people write there."""
    return chat.get("type") in ("group", "supergroup", "channel")


def contact_of(chat: Raw, through: str) -> str:
    """Who a chat is with; `through` is the business connection, empty where it is the bot's own chat."""
    number = chat.get("id")
    if type(number) is not int or not -(2**63) < number < 2**63:
        raise PayloadInvalid("a chat without a number")
    return f"{through}:{number}" if through else str(number)


def connection_of(raw: Raw) -> str:
    """The business connection that something came by. Raises `PayloadInvalid` where there is none."""
    value = raw.get("business_connection_id")
    if not isinstance(value, str) or not _CONNECTION.fullmatch(value):
        raise PayloadInvalid("no usable business connection")
    return value


def external_id(contact_id: str, number: object) -> str:
    """What a message is known by."""
    if type(number) is not int or not 0 <= number < 2**63:
        raise PayloadInvalid("a message without a number")
    return f"{contact_id}:{number}"


def time_of(raw: Raw, key: str) -> datetime:
    """The moment, in whole seconds. Raises `PayloadInvalid` for what is none."""
    value = raw.get(key)
    if type(value) is not int or not 0 <= value < _LATEST:
        raise PayloadInvalid("no usable time")
    return datetime.fromtimestamp(value, UTC)


def maybe(raw: Raw, key: str) -> Raw:
    """The object under this key, or an empty one."""
    return as_object(raw.get(key))


def name_of(person: Raw) -> str:
    """First and last name."""
    names = (line(person, key, 255) for key in ("first_name", "last_name"))
    return " ".join(name for name in names if name)

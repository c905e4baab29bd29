"""Who a call is about, and what it tells of them. Pure.

A contact is known by the id WhatsApp gives a person for one business (`user_id`, "BR.9081…"), or by the phone
number where there is none; `known_as` is the other of the two.
https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from networks._names import country_name
from networks._pieces import Raw, as_object, line, objects
from networks.errors import PayloadInvalid
from networks.events import Profile, ProfileField

PHONE = re.compile(r"\d{5,20}")
USER = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,150}")


def is_user_id(contact_id: str) -> bool:
    """Whether it is WhatsApp's id of a person, and not a phone number."""
    return USER.fullmatch(contact_id) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A customer, and which of the business's numbers it was."""

    id: str
    known_as: str | None
    number: str | None
    """The business's, by Meta's id."""
    profile: Profile | None = None

    def ids(self) -> dict[str, Any]:
        """What every event says of both sides."""
        return {"contact_id": self.id, "known_as": self.known_as, "recipient": self.number}


def person(user: object, phone: object, value: Raw) -> Person:
    """Whose ids these are, with what is told of them beside. Raises `PayloadInvalid` for nobody's."""
    card = _card(user, phone, value)
    user_id = matched(USER, user) or matched(USER, card.get("user_id"))
    number = matched(PHONE, phone) or matched(PHONE, card.get("wa_id"))
    if not user_id and not number:
        raise PayloadInvalid("nobody's")
    profile = profile_of(card, user_id, number)
    other = number if user_id and number else None
    return Person(
        id=user_id or number,
        known_as=other,
        number=number_of(value),
        profile=profile if profile.name else None,
    )


def matched(pattern: re.Pattern[str], value: object) -> str:
    """The value, without a number's plus sign, where it is of this form; else empty."""
    bare = value.removeprefix("+") if isinstance(value, str) else ""
    return bare if pattern.fullmatch(bare) else ""


def _card(user: object, phone: object, value: Raw) -> Raw:
    """The contact the ids belong to; the only one, where there is one alone."""
    cards = objects(value.get("contacts"))
    for card in cards:
        if (user and card.get("user_id") == user) or (phone and card.get("wa_id") == phone):
            return card
    return cards[0] if len(cards) == 1 and not (user or phone) else {}


def profile_of(card: Raw, user_id: str, number: str) -> Profile:
    """What is told of a person, and what their ids say. Without a name where none is told."""
    told = as_object(card.get("profile"))
    username = line(told, "username", 100).removeprefix("@")
    fields = (
        ProfileField(label="Username", value=f"@{username}" if username else ""),
        ProfileField(label="Phone", value=f"+{number}" if number else "", sensitive=True),
        ProfileField(label="Country", value=_country(user_id)),
    )
    name = line(told, "name", 255) or (f"@{username}" if username else "")
    return Profile(name=name, fields=tuple(field for field in fields if field.value))


def _country(user_id: str) -> str:
    """The country of a person's number, which their id begins with: its flag and name."""
    code = user_id[:2]
    flag = "".join(chr(0x1F1E6 + ord(letter) - ord("A")) for letter in code)
    return f"{flag} {country_name(code) or code}" if code else ""


def number_of(value: Raw) -> str | None:
    """Which of the business's numbers it is about."""
    return line(as_object(value.get("metadata")), "phone_number_id", 40) or None

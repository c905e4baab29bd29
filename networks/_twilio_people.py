"""What a phone number says of whoever has it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, timezone

from networks._names import country_name
from networks.events import Profile, ProfileField

Fields = Mapping[str, str]

_CHANNELS = ("whatsapp:", "messenger:")


def line(fields: Fields, name: str, most: int) -> str:
    """A field on one line; empty where there is none."""
    return " ".join(fields.get(name, "")[: 2 * most].replace("\0", "").split())[:most]


def profile_of(fields: Fields, contact: str) -> Profile:
    """What the number and the number plan tell; a name only where Twilio's channel has one."""
    number = _number(contact)
    phone = _written(number) or contact
    known = (
        ("Phone", phone),
        ("Country", country_name(line(fields, "FromCountry", 2) or _region(number))),
        ("Area of the number", _area(fields)),
        ("Time zone", _zone(number)),
    )
    return Profile(
        name=line(fields, "ProfileName", 255) or phone,
        fields=tuple(ProfileField(label=label, value=value) for label, value in known if value),
    )


def _number(contact: str) -> PhoneNumber | None:
    for channel in _CHANNELS:
        contact = contact.removeprefix(channel)
    try:
        number = phonenumbers.parse(contact, None)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None


def _written(number: PhoneNumber | None) -> str:
    """As people write it, with spaces."""
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL) if number else ""


def _region(number: PhoneNumber | None) -> str:
    return (phonenumbers.region_code_for_number(number) if number else None) or ""


def _zone(number: PhoneNumber | None) -> str:
    """The one zone of the number's area; empty where it has several."""
    zones = timezone.time_zones_for_number(number) if number else ()
    return zones[0] if len(zones) == 1 and zones[0] != "Etc/Unknown" else ""


def _area(fields: Fields) -> str:
    """Where the number was given out, which is not where they are: "San Francisco, CA 94103"."""
    city, state, code = (line(fields, f"From{each}", 80) for each in ("City", "State", "Zip"))
    place = ", ".join(part for part in (city.title() if city.isupper() else city, state) if part)
    return " ".join(part for part in (place, code) if part)

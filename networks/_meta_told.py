"""One event of Meta's as it came: between whom, when, and the ids in it. Pure; nothing is believed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from networks._pieces import Raw, as_object, sendable
from networks.errors import PayloadInvalid

_LATEST = 4_102_444_800_000  # the year 2100, in milliseconds
LONGEST_ID = 230


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event as it came: between whom, and when."""

    raw: Raw
    account: str
    """The Page or Instagram account it came to."""
    person: str
    own: bool
    """Sent in the account's name, not by the customer."""
    at: datetime
    stamp: int
    app_id: str


def told_of(raw: Raw, entry: Raw, account: str, app_id: str) -> Told:
    """Between whom: of an edit that says nothing, and of some of Meta's own notices, neither is told."""
    sender, recipient = (as_object(raw.get(key)).get("id") for key in ("sender", "recipient"))
    own = sender is not None and id_of(sender) == account
    other = recipient if own else sender
    stamp = raw.get("timestamp", as_object(raw.get("delivery")).get("watermark", entry.get("time")))
    return Told(
        raw=raw,
        account=account,
        person=id_of(other) if other is not None else "",
        own=own,
        at=time_of(stamp),
        stamp=stamp if type(stamp) is int else 0,
        app_id=app_id,
    )


def id_of(value: object) -> str:
    """Ids are longer than numbers are in other languages, so they come as texts; not always."""
    text = str(value) if type(value) is int else value
    if not isinstance(text, str) or not text.isascii() or not text.isalnum() or len(text) > 100:
        raise PayloadInvalid("no usable id of a person or an account")
    return text


def time_of(milliseconds: object) -> datetime:
    """The moment. Raises `PayloadInvalid` for what is none of this century."""
    if type(milliseconds) is not int or not 0 <= milliseconds < _LATEST:
        raise PayloadInvalid("no usable time")
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def person_of(told: Told) -> str:
    """The customer. Raises `PayloadInvalid` where nobody is named."""
    if not told.person:
        raise PayloadInvalid("nobody it is from")
    return told.person


def mid_of(raw: Raw) -> str:
    """A message's id; its own characters only, so that it can be stored and sent back."""
    value = raw.get("mid")
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= LONGEST_ID:
        raise PayloadInvalid("no usable id of a message")
    return sendable(value)


def object_of(told: Told, key: str) -> Raw:
    """What the event is about. Raises `PayloadInvalid` for what is no object."""
    value = told.raw.get(key)
    if not isinstance(value, dict):
        raise PayloadInvalid(f"no usable {key}")
    return value

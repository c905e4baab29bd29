"""What a site says of who is signed in: read, checked, stored, told to the desk."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from handlers import visitor_tokens
from handlers.webchat_site import Chat, Refusal, Site
from networks.events import ProfileChanged
from networks.webchat import profile_of, short

_MOST_ATTRIBUTES = 20
_FIELDS = ("user_id", "name", "email")


def read(site: Site, given: object) -> dict[str, object] | None:
    """The identity, cleaned, with `verified` (every field) and `user_verified` (the id alone).

    `hash` vouches for all fields together, `user_hash` for `user_id`. Raises `Refusal` 400.
    """
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise Refusal(400, "identity", "The site's identify() call must pass an object.")
    told = _told(given)
    every = visitor_tokens.vouched(site.identify_secret, told, given.get("hash"))
    alone = {"user_id": told["user_id"]} if "user_id" in told else {}
    one = every or visitor_tokens.vouched(site.identify_secret, alone, given.get("user_hash"))
    return {**_cleaned(told), "verified": every or (one and told == alone), "user_verified": one}


def _told(given: Mapping[str, object]) -> dict[str, object]:
    """The fields there are, as they came. Raises `Refusal` 400."""
    told: dict[str, object] = {}
    for key in _FIELDS:
        value = given.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value is not None and not isinstance(value, str):
            raise Refusal(400, "identity", f"In the site's identify() call, {key} must be a text.")
        if value:
            told[key] = value
    attributes = given.get("attributes")
    if attributes:
        told["attributes"] = _attributes(attributes)
    return told


def _attributes(given: object) -> Mapping[str, object]:
    if (
        not isinstance(given, Mapping)
        or len(given) > _MOST_ATTRIBUTES
        or not all(isinstance(v, str | int | float | bool) for v in given.values())
    ):
        words = f"attributes must be up to {_MOST_ATTRIBUTES} texts, numbers or flags."
        raise Refusal(400, "identity", f"In the site's identify() call, {words}")
    return given


def _cleaned(told: Mapping[str, object]) -> dict[str, object]:
    cleaned: dict[str, object] = {key: short(told[key], 254) for key in _FIELDS if key in told}
    attributes = told.get("attributes")
    if isinstance(attributes, Mapping):
        cleaned["attributes"] = {short(k, 60): short(v, 300) for k, v in attributes.items() if short(k, 60)}
    return cleaned


async def store(
    chat: Chat, site: Site, current: str | None, identity: Mapping[str, object]
) -> tuple[str, bool]:
    """Whose browser this is now, and whether something new was stored. Joins a transaction."""
    fresh = visitor_tokens.new_visitor()
    visitor = current or fresh
    if identity["user_verified"]:
        user = str(identity["user_id"])
        visitor = await chat.visitors.recognise(site.name, user, current, fresh)
    news = await chat.visitors.set_identity(site.name, visitor, identity)
    if news:
        event = ProfileChanged(
            event_id=f"{visitor}:profile:{secrets.token_hex(8)}",
            contact_id=visitor,
            sent_at=chat.desk.clock.now(),
            profile=profile_of(visitor, identity),
        )
        await chat.receive(chat.desk, site.account.id, [event])
    return visitor, news

"""What is known of a contact: told with messages, asked of the network now and then, kept and drawn.

All functions run inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from desk.context import ConnectedAccount, Desk
from desk.conversations import naming
from desk.conversations.scene import live_of
from desk.delivery import outward, plan
from desk.slack.text import clean, clean_name
from models import Contact, Conversation
from networks.events import Profile

_MOST_FIELDS = 20


def values_of(profile: Profile, network: str = "") -> dict[str, Any]:
    """The columns of a contact, from what a network says; `network` names somebody whose name it does not."""
    fields = [[clean(f.label)[:80], clean(f.value)[:500], f.sensitive] for f in profile.fields]
    return {
        "name": clean_name(profile.name, empty=f"{network} user" if network else "Someone"),
        "avatar_url": public(profile.avatar_url),
        "avatar_ref": clean(profile.avatar_ref or "")[:1024] or None,
        "locale": clean(profile.locale or "")[:64] or None,
        "fields_": fields[:_MOST_FIELDS],
    }


def public(url: str | None) -> str | None:
    """A picture's address that Slack may be given: https, without a password; else None. Pure."""
    if not url or len(url) > 1024 or not url.isascii() or not url.isprintable():
        return None
    try:
        parts = urlsplit(url)
        return url if parts.scheme == "https" and parts.hostname and parts.password is None else None
    except ValueError:
        return None


def put_together(known: Contact, told: Mapping[str, Any]) -> dict[str, Any]:
    """What is told now, and of what it leaves out what was known. Pure."""
    labels = {field[0] for field in told["fields_"]}
    kept = [list(field) for field in known.fields_ if field[0] not in labels]
    return {
        "name": told["name"] or known.name,
        "avatar_url": told["avatar_url"] or known.avatar_url,
        "avatar_ref": told["avatar_ref"] or known.avatar_ref,
        "locale": told["locale"] or known.locale,
        "fields_": _in_order(known, [*told["fields_"], *kept])[:_MOST_FIELDS],
    }


def _in_order(known: Contact, fields: list[Any]) -> list[Any]:
    """In the order in which each was first known, so that nothing moves about."""
    places = {field[0]: place for place, field in enumerate(known.fields_)}
    return sorted(fields, key=lambda field: places.get(field[0], len(places)))


async def renew(desk: Desk, contact: Contact, profile: Profile, *, whole: bool) -> None:
    """Store a changed profile and draw it anew where it is shown.

    `whole`: what it leaves out is not so any more; otherwise that stays as it was known.
    """
    account = desk.accounts.get(contact.account_id)
    told = values_of(profile, account.network.title if account else "")
    if not whole and not profile.name.strip():
        told["name"] = ""
    values = told if whole else put_together(contact, told)
    if all(getattr(contact, name) == value for name, value in values.items()):
        return
    renamed = contact.name != values["name"]
    now = desk.clock.now()
    live = await live_of(contact)
    await contact.update_from_dict({**values, "profile_at": now}).save(update_fields=[*values, "profile_at"])
    if renamed:
        await naming.renamed(contact)
    if live:
        await plan.refresh_profile(live, now)
        if renamed:
            await plan.refresh(live, now)


async def ask(desk: Desk, account: ConnectedAccount, contact: Contact, conversation: Conversation) -> None:
    """Have the network asked for what messages don't tell: at first, and once in a while later."""
    now = desk.clock.now()
    again = contact.asked_at is None or now - contact.asked_at >= desk.settings.durations.profile_every
    if account.capabilities.profiles and again:
        await Contact.filter(id=contact.id).update(asked_at=now)
        await outward.ask_profile(conversation, now)

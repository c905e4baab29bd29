"""Who a contact is to a network: by a lasting id, and by another beside it, such as a phone number.

All functions run inside the caller's transaction.
"""

from __future__ import annotations

from desk.context import ConnectedAccount
from models import Contact, Conversation
from models.lookup import Lookup

_KEPT = Lookup(Contact, "key = ?")


async def contact(account: ConnectedAccount, external_id: str, known_as: str | None) -> Contact | None:
    """Whose words come under these ids. Whoever was kept under the other one alone is the same person, and
    kept under the lasting one from then on.
    """
    key = _key(account, external_id)
    if found := await _KEPT.one(key):
        return await _beside(account, found, known_as)
    if known_as and (before := await Contact.get_or_none(key=_key(account, known_as))):
        return await _beside(account, await _moved(account, before, external_id), known_as)
    return await Contact.get_or_none(known_as=key)


async def renamed(account: ConnectedAccount, external_id: str, known_as: str | None) -> Contact | None:
    """Who is known by this id now, and was by the other: that one is nobody's any more."""
    if found := await Contact.get_or_none(key=_key(account, external_id)):
        return found
    if known_as is None:
        return None
    old = _key(account, known_as)
    before = await Contact.get_or_none(key=old) or await Contact.get_or_none(known_as=old)
    return await _moved(account, before, external_id) if before else None


async def note(account: ConnectedAccount, fresh: Contact, known_as: str | None) -> None:
    """Keep the other id of somebody who is new."""
    await _beside(account, fresh, known_as)


def is_theirs(conversation: Conversation, whose: Contact, ids: tuple[str, str | None]) -> bool:
    """Whether what comes under these ids comes from this contact. Pure."""
    return whose.external_id in ids or whose.known_as == f"{conversation.account_id}:{ids[0]}"


async def _beside(account: ConnectedAccount, found: Contact, known_as: str | None) -> Contact:
    """A phone number belongs to whoever wrote with it last."""
    other = _key(account, known_as) if known_as else None
    if other and found.known_as != other:
        await Contact.filter(known_as=other).update(known_as=None)
        await Contact.filter(id=found.id).update(known_as=other)
        found.known_as = other
    return found


async def _moved(account: ConnectedAccount, before: Contact, external_id: str) -> Contact:
    """What the network wanted back with an answer was for the old id."""
    values = {"key": _key(account, external_id), "external_id": external_id}
    await Contact.filter(id=before.id).update(**values, known_as=None, reply_handle=None)
    return await Contact.get(id=before.id)


def _key(account: ConnectedAccount, external_id: str) -> str:
    return f"{account.id}:{external_id}"

"""Tokens that a network gives for one answer: each is spent by one part, soon after the customer wrote.

A call with a token is not one that can be repeated. So that it is known of a part, whatever becomes of the
process, it is written down before the call, and the token is nobody else's from then on.
"""

from __future__ import annotations

from tortoise.transactions import in_transaction

from desk.context import ConnectedAccount, Desk
from desk.conversations.scene import Case
from desk.delivery import outbox
from models import Contact, Delivery

_SPENT = "token"


async def handle_for(desk: Desk, account: ConnectedAccount, row: Delivery, found: Case) -> str | None:
    """What the network wants back with this part; None where nothing is known, or it is too late."""
    handle, life = found.contact.reply_handle, account.capabilities.token_life
    if life is None:
        return handle
    if by_token(row):  # it certainly did not arrive: without it the call can be repeated again
        await desk.units.run(lambda: outbox.note(row, **{_SPENT: False}))
        return None
    age = desk.clock.now() - found.conversation.last_inbound_at
    if handle is None or age >= life or _was_sent(row):
        return None
    return handle if await desk.units.run(lambda: _take(row, found.contact, handle)) else None


async def unspent(desk: Desk, row: Delivery) -> None:
    """The token was dead, and the part left without it."""
    if by_token(row):
        await desk.units.run(lambda: outbox.note(row, **{_SPENT: False}))


def by_token(row: Delivery) -> bool:
    """Whether the part left with a token, so that it must not be repeated unless it certainly failed."""
    return bool(row.result.get(_SPENT))


def _was_sent(row: Delivery) -> bool:
    """An earlier call may have arrived: only the same call again is seen once."""
    return bool(row.result.get("unanswered") or row.payload.get("key"))


async def _take(row: Delivery, contact: Contact, handle: str) -> bool:
    async with in_transaction():
        taken = await Contact.filter(id=contact.id, reply_handle=handle).update(reply_handle=None)
        if taken:
            await outbox.note(row, **{_SPENT: True})
    return bool(taken)

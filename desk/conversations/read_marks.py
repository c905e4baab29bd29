"""The customer sees that their words were read: once somebody has the conversation, or answers."""

from __future__ import annotations

from datetime import datetime

from desk.context import Desk
from desk.delivery import outward
from models import Conversation, Direction, Message
from models.lookup import Lookup
from networks.base import MarksRead

_NEWEST = Lookup(
    Message,
    "conversation_id = ? AND direction = ? AND external_key IS NOT NULL",
    order="id DESC",
    beside={"shown": "EXISTS (SELECT 1 FROM delivery WHERE idempotency_key = ? || message.id)"},
)


async def read(desk: Desk, conversation: Conversation, now: datetime) -> None:
    """Mark what the customer wrote so far as read, where the network shows that.

    Runs inside the caller's transaction; the same message is marked once.
    """
    account = desk.accounts.get(conversation.account_id)
    if account is None or not isinstance(account.network, MarksRead):
        return
    newest, beside = await _NEWEST.with_beside(outward.READ, conversation.id, Direction.INBOUND)
    if newest is not None and not beside["shown"]:
        await outward.read(conversation, newest, now)

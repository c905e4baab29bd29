"""The customer sees that their words were read: once somebody has the conversation, or answers."""

from __future__ import annotations

from datetime import datetime

from desk.context import Desk
from desk.delivery import outward
from models import Conversation, Direction, Message
from networks.base import MarksRead


async def read(desk: Desk, conversation: Conversation, now: datetime) -> None:
    """Mark what the customer wrote so far as read, where the network shows that.

    Runs inside the caller's transaction; the same message is marked once.
    """
    account = desk.accounts.get(conversation.account_id)
    if account is None or not isinstance(account.network, MarksRead):
        return
    newest = (
        await Message.filter(
            conversation_id=conversation.id, direction=Direction.INBOUND, external_key__isnull=False
        )
        .order_by("-id")
        .first()
    )
    if newest is not None:
        await outward.read(conversation, newest, now)

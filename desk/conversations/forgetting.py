"""A customer took a message back, and their network demands that it is kept nowhere.

Its words go from our tables at once; from Slack by a row of its own, behind those that may still show them
(`desk/delivery/effects/forgetting.py`). Runs inside the caller's transaction.
"""

from __future__ import annotations

from desk.context import Desk
from desk.conversations import spooled
from desk.delivery import plan
from desk.slack import wording
from models import Attachment, Conversation, Message


def demanded(desk: Desk, conversation: Conversation) -> bool:
    """Whether nothing may be kept of what this customer takes back."""
    account = desk.accounts.get(conversation.account_id)
    return account is not None and account.capabilities.forgets


async def forget(desk: Desk, conversation: Conversation, message: Message) -> None:
    """Blank it, with its files; what still stands for it says that something was there."""
    await spooled.discard(desk, message.id)
    await Attachment.filter(message_id=message.id).update(name="", ref="", reason="")
    await Message.filter(id=message.id).update(text="", placeholder=wording.thread.TAKEN_BACK, detail={})
    await plan.forget(conversation, message, desk.clock.now())

"""Whose turn it is: an answer ends the customer's waiting, until it turns out that it never left."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from models import Conversation, ConversationEvent, Direction, Message, MessageState, Status, Trigger
from models.lookup import Update

_AN_ANSWER = (MessageState.QUEUED, MessageState.SENT, MessageState.UNCERTAIN)
AUTOMATIC = "automatic"
"""Why a message of ours is no answer: a program wrote it."""
_TURN = Update(Conversation, "id = ?")
_NOBODY_WAITS: dict[str, Any] = {"remind_at": None, "remind_from": None, "reminded": 0}


async def answered(conversation: Conversation, now: datetime) -> None:
    """An answer goes out: the customer waits for us no longer."""
    values: dict[str, Any] = {}
    if conversation.first_reply_at is None:
        values |= {"first_reply_at": now}
    if conversation.waiting_since or conversation.remind_at:
        values |= {"waiting_since": None, **_NOBODY_WAITS}
    await _TURN.set(conversation.id, last_reply_at=now, **values)


async def recount(conversation: Conversation, now: datetime) -> None:
    """An answer turned out to be none, or is one again: the customer waits since their first words after
    the last one that is, and since no earlier than they opened it again. Who is reminded of that has their
    patience counted from now.

    The conversation is held, and as it was read after that.
    """
    if conversation.status is Status.ARCHIVED:
        return
    last = await _last_answer(conversation)
    said = Message.filter(conversation_id=conversation.id, state=MessageState.TAKEN, deleted_at__isnull=True)
    first = await (said.filter(id__gt=last.id) if last else said).order_by("id").first()
    values: dict[str, Any] = {"waiting_since": await _since(conversation, first) if first else None}
    if last is None:
        values |= {"last_reply_at": None, "first_reply_at": None}
    elif conversation.first_reply_at is None:
        values |= {"last_reply_at": now, "first_reply_at": now}
    if first is None:
        values |= _NOBODY_WAITS
    elif conversation.waiting_since is None:
        values |= {"remind_at": now, "remind_from": now, "reminded": 0}
    await Conversation.filter(id=conversation.id).update(**values)


async def _since(conversation: Conversation, first: Message) -> datetime:
    """Whoever closed it saw what came before."""
    opened = ConversationEvent.filter(conversation_id=conversation.id, before=Status.CLOSED)
    last = await opened.filter(trigger=Trigger.CUSTOMER_WRITES).order_by("-id").first()
    return max(first.created_at, last.at) if last else first.created_at


async def _last_answer(conversation: Conversation) -> Message | None:
    """The newest one that the customer has, may have, or is about to get, and that somebody wrote."""
    ours = Message.filter(conversation_id=conversation.id, direction=Direction.OUTBOUND)
    ours = ours.exclude(reason=AUTOMATIC)
    return await ours.filter(state__in=_AN_ANSWER, deleted_at__isnull=True).order_by("-id").first()

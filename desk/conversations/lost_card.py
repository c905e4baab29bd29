"""Somebody deleted a conversation's card: the conversation goes on under a new one."""

from __future__ import annotations

from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from desk import people
from desk.context import Desk
from desk.conversations.aftermath import Passed
from desk.conversations.scene import held
from desk.delivery import keys, plan, queue
from desk.slack import lines
from models import Conversation, Delivery, DeliveryKind, Message, Status

_OFTEN, _WITHIN = 3, timedelta(hours=1)
_PEACE = timedelta(minutes=10)
"""A card that was drawn so often within that time comes back after this: somebody doesn't want it."""


async def deleted(desk: Desk, channel: str, ts: str) -> list[Passed]:
    """A post of ours was deleted. If it is the card of somebody who may be waiting, there is another
    at once; a closed conversation gets one when something happens in it."""
    async with in_transaction():
        found = await Conversation.get_or_none(workspace_id=desk.workspace.id, channel=channel, card_ts=ts)
        conversation = await held(desk, found.id) if found else None
        if conversation and conversation.status in (Status.UNASSIGNED, Status.INBOX):
            await another(desk, conversation.id, ts)
    return []


async def another(desk: Desk, conversation_id: int, gone: str | None) -> int | None:
    """See to it that there is a card again. Returns the row to wait for, None if the card stands by now.

    `gone` is the `ts` of the card that no longer stands, None where none was known. Runs in a
    transaction that holds the conversation. What was written under the old card keeps its keys.
    """
    conversation = await Conversation.get(id=conversation_id)
    if conversation.card_ts and conversation.card_ts != gone:
        return None
    coming = await queue.coming(conversation_id, DeliveryKind.CARD)
    return coming or await _anew(desk, conversation)


async def _anew(desk: Desk, conversation: Conversation) -> int:
    """A card, what happened to the last one, the profile; and nobody follows the new thread yet."""
    now = desk.clock.now()
    known = conversation.card_ts is not None
    await Conversation.filter(id=conversation.id).update(card_ts=None, profile_ts=None, assignee_wrote=False)
    card = await plan.another_card(conversation, now, await _when(conversation, now))
    await plan.profile(conversation, now, after=card)
    if not known:
        return card
    return await plan.line(
        conversation, lines.card_deleted(), now, rank=keys.Rank.CARD, blocked_by=card, aside=True
    )


async def _when(conversation: Conversation, now: datetime) -> datetime:
    """At once, unless it keeps being deleted."""
    drawn = Delivery.filter(
        conversation_id=conversation.id, kind=DeliveryKind.CARD, created_at__gt=now - _WITHIN
    )
    return now if await drawn.count() < _OFTEN else now + _PEACE


async def show(desk: Desk, conversation: Conversation, message: Message, thread_ts: str) -> None:
    """Let those who read the new thread see what a colleague wrote in the old one."""
    if thread_ts == conversation.card_ts:
        return
    who = await people.name_of(desk, message.author)
    await plan.line(conversation, lines.in_old_thread(who, message.text), desk.clock.now(), message=message)

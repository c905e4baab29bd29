"""The lists: whose turn it is, what is mine, what I closed. Read only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from desk.asked import Asked
from desk.context import Desk
from desk.conversations.listing import CAP, NAMED, Turn, lined, scope_of
from models import Attachment, Conversation, Direction, Message, MessageState

PAGE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a list; `ids` are its conversations, in order."""

    asked: Asked
    """With the number of the page that there is."""
    ids: tuple[int, ...]
    pages: int
    total: int
    """As many as are listed, at most."""
    more: bool
    """There are more than these."""
    waiting: int
    """How many of them wait for an answer."""


async def page(desk: Desk, asked: Asked, viewer: str) -> Page:
    """One page of a list as this person may see it: the accounts they serve, longest waiting first."""
    found = await lined(await scope_of(desk, viewer), asked.kind, asked.name)
    pages = max(1, -(-len(found) // PAGE))
    number = min(max(asked.page, 1), pages)
    return Page(
        asked=replace(asked, page=number),
        ids=tuple(line.id for line in found[(number - 1) * PAGE : number * PAGE]),
        pages=pages,
        total=len(found),
        more=len(found) >= (NAMED if asked.name else CAP),
        waiting=sum(line.turn is Turn.WAITS for line in found),
    )


async def last_said(row: Conversation) -> Message | None:
    """The newest message that either side can read."""
    return (
        await Message.filter(conversation_id=row.id, deleted_at__isnull=True)
        .exclude(direction=Direction.NOTE)
        .exclude(state=MessageState.WITHHELD)
        .order_by("-id")
        .first()
    )


async def stands_for(message: Message) -> str:
    """What stands for a message in one line: its words, else what its first file is called."""
    if message.text.strip() or message.placeholder:
        return message.text or message.placeholder
    file = await Attachment.filter(message_id=message.id).order_by("position", "id").first()
    return file.name if file else ""


async def unanswered(conversation: Conversation) -> list[Message]:
    """The customer's messages since the last answer, oldest first; at most fifty."""
    query = Message.filter(
        conversation_id=conversation.id,
        direction=Direction.INBOUND,
        state=MessageState.TAKEN,
        deleted_at__isnull=True,
    )
    if conversation.waiting_since is None:
        return []
    if conversation.last_reply_at:
        query = query.filter(created_at__gte=conversation.waiting_since)
    return list(reversed(await query.order_by("-id").limit(50)))


async def undelivered(conversation: Conversation) -> int:
    """How many answers did not arrive, or may not have."""
    return await Message.filter(
        conversation_id=conversation.id,
        direction=Direction.OUTBOUND,
        state__in=[MessageState.FAILED, MessageState.UNCERTAIN],
        deleted_at__isnull=True,
    ).count()


async def overdue(conversation: Conversation, since: datetime) -> int:
    """How many answers should have left before `since` and have not arrived yet."""
    return await Message.filter(
        conversation_id=conversation.id,
        direction=Direction.OUTBOUND,
        state=MessageState.QUEUED,
        hold_until__lt=since,
    ).count()

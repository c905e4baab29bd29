"""The lists: whose turn it is, what is mine, what I closed. Read only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tortoise.expressions import Case, Q, When
from tortoise.queryset import QuerySet

from desk import people
from desk.context import Desk
from models import Contact, Conversation, Direction, Message, MessageState, Status

PAGE = 10


class ListKind(StrEnum):
    """Which list."""

    INBOX = "inbox"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One conversation of a list with what its line shows."""

    conversation: Conversation
    contact: Contact
    last_words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a list. `waiting` counts the customers who wait for the viewer."""

    kind: ListKind
    entries: tuple[Entry, ...]
    number: int
    pages: int
    total: int
    waiting: int


async def page(desk: Desk, kind: ListKind, viewer: str, number: int) -> Page:
    """One page of the viewer's list: the accounts they serve, longest waiting first."""
    accounts = await people.accounts_of(desk, viewer)
    query = _query(desk, kind, viewer, accounts)
    total = await query.count()
    pages = max(1, -(-total // PAGE))
    number = min(max(number, 1), pages)
    rows = await _sorted(query, kind).offset((number - 1) * PAGE).limit(PAGE)
    waiting = await query.filter(waiting_since__isnull=False).count() if kind is ListKind.INBOX else 0
    return Page(
        kind=kind,
        entries=tuple(await _entries(rows)),
        number=number,
        pages=pages,
        total=total,
        waiting=waiting,
    )


def _sorted(query: QuerySet[Conversation], kind: ListKind) -> QuerySet[Conversation]:
    """Longest waiting first; NULL sorts first on one database and last on the other, so it is a key."""
    if kind is ListKind.CLOSED:
        return query.order_by("-closed_at", "-id")
    waits = Case(When(waiting_since__isnull=False, then="0"), default="1")
    return query.annotate(waits=waits).order_by("waits", "waiting_since", "last_inbound_at", "id")


def _query(desk: Desk, kind: ListKind, viewer: str, accounts: list[int]) -> QuerySet[Conversation]:
    own = Q(workspace_id=desk.workspace.id, account_id__in=accounts)
    if kind is ListKind.CLOSED:
        return Conversation.filter(own, status=Status.CLOSED, closed_by=viewer)
    return Conversation.filter(own, status=Status.INBOX, assignee=viewer)


async def _entries(rows: list[Conversation]) -> list[Entry]:
    contacts = {c.id: c for c in await Contact.filter(id__in=[r.contact_id for r in rows])}
    return [
        Entry(conversation=row, contact=contacts[row.contact_id], last_words=await _last_words(row))
        for row in rows
    ]


async def _last_words(row: Conversation) -> str:
    """The newest words either side can read."""
    message = (
        await Message.filter(conversation_id=row.id, deleted_at__isnull=True)
        .exclude(direction=Direction.NOTE)
        .exclude(state=MessageState.WITHHELD)
        .order_by("-id")
        .first()
    )
    return (message.text or message.placeholder) if message else ""


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

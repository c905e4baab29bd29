"""The lists: whose turn it is, what is mine, what I closed. Read only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tortoise.expressions import RawSQL

from desk.asked import Asked
from desk.context import Desk
from desk.conversations.listing import CAP, NAMED, Line, Scope, lined, waiting
from desk.slack.text import without_map
from models import Attachment, Conversation, Direction, Message, MessageState

PAGE = 10

_LOST = (MessageState.FAILED, MessageState.UNCERTAIN)
_NEWEST = RawSQL(
    "(SELECT m.id FROM message m WHERE m.conversation_id = conversation.id AND m.deleted_at IS NULL "
    "AND m.direction <> 'note' AND m.state <> 'withheld' ORDER BY m.id DESC LIMIT 1)"
)
"""One step of an index, however long the conversation is."""


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


async def page(scope: Scope, asked: Asked) -> Page:
    """One page of a list as whoever looks may see it: the accounts they serve, longest waiting first."""
    return paged(asked, await lined(scope, asked.kind, asked.name))


def paged(asked: Asked, found: Sequence[Line]) -> Page:
    """One page of a list that was read. Pure."""
    pages = max(1, -(-len(found) // PAGE))
    number = min(max(asked.page, 1), pages)
    return Page(
        asked=replace(asked, page=number),
        ids=tuple(line.id for line in found[(number - 1) * PAGE : number * PAGE]),
        pages=pages,
        total=len(found),
        more=len(found) >= (NAMED if asked.name else CAP),
        waiting=waiting(found),
    )


async def last_said(ids: Sequence[int]) -> dict[int, Message]:
    """The newest message of each of these conversations that either side can read."""
    newest = await Conversation.filter(id__in=ids).annotate(newest=_NEWEST).values_list("newest", flat=True)
    said = await Message.filter(id__in=[number for number in newest if number])
    return {message.conversation_id: message for message in said}


def words_of(message: Message) -> str:
    """A message's words, or what is said in place of some; empty for files alone. Pure."""
    return message.text if message.text.strip() else without_map(message.placeholder)


async def stands_for(message: Message) -> str:
    """What stands for a message in one line: its words, else what its first file is called."""
    if words := words_of(message):
        return words
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


async def troubles(desk: Desk, ids: Sequence[int]) -> tuple[Counter[int], Counter[int]]:
    """How many answers of each of these conversations did not arrive, or may not have; and how many
    should have left by now and have not arrived yet."""
    late = desk.clock.now() - desk.settings.durations.slow_notice
    answers = Message.filter(
        conversation_id__in=ids,
        direction=Direction.OUTBOUND,
        state__in=[*_LOST, MessageState.QUEUED],
        deleted_at__isnull=True,
    )
    undelivered: Counter[int] = Counter()
    under_way: Counter[int] = Counter()
    for number, state, hold in await answers.values_list("conversation_id", "state", "hold_until"):
        if state in _LOST:
            undelivered[number] += 1
        elif hold and hold < late:
            under_way[number] += 1
    return undelivered, under_way

"""Which of a customer's messages stand in one post while a channel is behind Slack's pace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from desk.delivery import queue
from desk.slack import voices
from desk.slack.text import split_words
from models import Delivery, DeliveryKind, DeliveryState, Message

MOST = 20
"""So many messages stand in one post at most."""


async def words_along(row: Delivery) -> Sequence[int]:
    """The rows whose words leave with those of `row`."""
    waiting = await queue.following(row, MOST - 1)
    if not waiting or waiting[0].kind is not DeliveryKind.WORDS:
        return []
    return run(row, waiting, await messages_of([row, *waiting]))


async def messages_of(rows: Iterable[Delivery]) -> Mapping[int | None, Message]:
    """The messages these rows bring, by id."""
    return {m.id: m for m in await Message.filter(id__in=[r.message_id for r in rows if r.message_id])}


def run(
    first: Delivery, waiting: Iterable[Delivery], messages: Mapping[int | None, Message]
) -> Sequence[int]:
    """How far the words behind `first` go on in the same voice and fit one post: those rows' ids. Pure.

    `waiting` are the rows behind it, in order. A message that answers another begins a post of its own.
    """
    said = messages.get(first.message_id)
    pieces, along = [_piece(first, said)] if said else [], []
    for row in waiting:
        message = messages.get(row.message_id)
        if said is None or message is None or not _goes_on(row, message, said):
            break
        pieces.append(_piece(row, message))
        if not voices.fits(pieces):
            break
        along.append(row.id)
    return along


def _goes_on(row: Delivery, message: Message, before: Message) -> bool:
    """Whether the row is more of what the author of `before` said, and could leave by itself now."""
    free = row.state is DeliveryState.PENDING and row.blocked_by_id is None and row.parked_by is None
    words = row.kind is DeliveryKind.WORDS and (message.reply_to_id is None or message.id == before.id)
    return free and words and message.author == before.author


def _piece(row: Delivery, message: Message) -> voices.Piece:
    chunk, chunks = int(row.payload.get("chunk", 0)), split_words(message.text)
    text = chunks[chunk] if chunk < len(chunks) else ""
    return voices.Piece(text=text, placeholder="" if chunk else message.placeholder)

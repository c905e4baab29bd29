"""A part of unknown fate: what its provider told of it meanwhile counts, and else a person has to look."""

from __future__ import annotations

from desk.context import Desk
from desk.conversations import aftermath, changes, doubts, refusing
from models import Delivery, Message


async def doubtful(desk: Desk, row: Delivery, words: str) -> None:
    """Write what people must know, in the transaction that ends the row."""
    told = await doubts.told_before(desk, row)
    if told is None:
        await refusing.doubtful(desk, row, words)
        return
    key, tick = told
    failed = await changes.apply_early_reports(desk, await Message.get(id=row.message_id), key)
    if tick and not failed:
        aftermath.offer(desk, [tick])

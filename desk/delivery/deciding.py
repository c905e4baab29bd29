"""What becomes of a row whose attempt did not end well: parked, in doubt, or left by a process that died."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

from tortoise.transactions import in_transaction

from desk import trouble
from desk.context import Desk
from desk.delivery import outbox, retry
from desk.delivery.handling import Handling
from models import Conversation, Delivery, DeliveryKind, DeliveryState

_SPREAD = random.Random()  # noqa: S311 - spreads repeats, guards nothing


@asynccontextmanager
async def deciding(row: Delivery) -> AsyncIterator[None]:
    """The transaction that decides what becomes of a row. It holds the row's conversation first,
    as everybody does who writes both, so that no two wait for each other."""
    async with in_transaction():
        if row.conversation_id:
            await Conversation.held(row.conversation_id)
        yield


def is_channel(pace_key: str) -> bool:
    """Whether the key is one channel's allowance of posts."""
    return pace_key.startswith("slack:chat.postMessage:")


def park_key(scope: str, row: Delivery, channel: str) -> str:
    """What must be repaired before the row, whose place is `channel`, can leave."""
    if scope == "account":
        return f"account:{row.account_id}"
    return f"channel:{channel}" if scope == "channel" and channel else "workspace"


async def channel_of(row: Delivery) -> str:
    """Where the row shows something; empty if nowhere."""
    if is_channel(row.pace_key):
        return row.pace_key.rpartition(":")[2]
    if "channel" in row.payload:
        return str(row.payload["channel"])
    conversation = await Conversation.get_or_none(id=row.conversation_id) if row.conversation_id else None
    return conversation.channel if conversation else ""


async def park(desk: Desk, handling: Handling, row: Delivery, fault: retry.Park, now: datetime) -> None:
    """Keep the row until the repair, remembering what it waits for."""
    async with deciding(row):
        what = park_key(fault.scope, row, await channel_of(row))
        if handling.parked and not row.result.get("told"):
            await outbox.note(row, told=True)
            await handling.parked(desk, row, fault.words)
        await outbox.note(row, parked=what)
        await outbox.park(row, what, now + desk.settings.durations.retry_base, fault.words)
        await trouble.report(desk, what, fault.words)


async def unsure(desk: Desk, handling: Handling, row: Delivery, words: str, now: datetime) -> None:
    """The call may have arrived: look it up, repeat it where that is harmless, or ask the agent."""
    async with deciding(row):
        if handling.look:
            await outbox.doubt(row, now, looks=int(row.result.get("looks", 0)), words=words)
        elif handling.repeatable(desk, row) and now - row.created_at < desk.settings.durations.retry_for:
            pause = retry.pause(row.attempts, desk.settings.durations, _SPREAD)
            await outbox.note(row, unanswered=True)
            await outbox.put_back(row, now + pause, words=words)
        elif await outbox.settle(row, DeliveryState.UNCERTAIN, now, words=words) and handling.uncertain:
            await handling.uncertain(desk, row, words)


async def recover(desk: Desk, kinds: Mapping[DeliveryKind, Handling], owner: str, *, alone: bool) -> int:
    """Decide about rows whose process died in the middle of an attempt; returns how many."""
    now = desk.clock.now()
    rows = await outbox.recover(desk.workspace.id, now, alone=alone)
    for row in rows:

        async def unit(row: Delivery = row) -> None:
            if await outbox.seize(row, owner, now, desk.settings.durations.lease):
                row.lease_owner = owner
                await unsure(desk, kinds[row.kind], row, "Oratio was stopped while sending", now)

        await desk.units.run(unit)
    return len(rows)

"""Reading back what happened while nobody listened, through the same code as live events.

`Workspace.caught_up_to` is the moment before which everything was taken. It moves only
while we listen, and only after what came before it was read back; so whatever breaks in
between, the next reading starts early enough. What was taken already meets its key.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from desk.context import Desk
from desk.delivery import plan
from models import Account, Conversation, Status, Workspace

Take = Callable[[Mapping[str, Any]], Awaitable[None]]


async def read_back(desk: Desk, take: Take) -> int:
    """Take every thread message of the intake channels since we last were caught up.

    `take` gets each as a live event would bring it, oldest first. Returns how many were
    looked at. Raises what the gateway raises; then nothing is marked as caught up.
    """
    now = desk.clock.now()
    workspace = await Workspace.get(id=desk.workspace.id)
    looked = 0
    if workspace.caught_up_to is not None:
        since = workspace.caught_up_to - desk.settings.durations.gap_margin
        rows = await Account.filter(workspace_id=desk.workspace.id, channel__isnull=False)
        for channel in sorted({row.channel for row in rows if row.channel}):
            looked += await _channel(desk, channel, since, take)
    await caught_up(desk, now)
    return looked


async def caught_up(desk: Desk, moment: datetime) -> None:
    """Everything before `moment` was taken."""
    await Workspace.filter(id=desk.workspace.id).update(caught_up_to=moment)


async def _channel(desk: Desk, channel: str, since: datetime, take: Take) -> int:
    oldest = await _oldest(desk, channel)
    if oldest is None:
        return 0
    start = f"{since.timestamp():.6f}"
    looked = 0
    for parent in await desk.gateway.channel_threads(channel, oldest):
        latest = str(parent.get("latest_reply") or "0")
        if plan.order_of(latest) < plan.order_of(start):
            continue
        for message in await desk.gateway.thread_since(channel, str(parent["ts"]), start):
            if message.get("ts") != parent["ts"]:
                for event in _events_of(message, channel):
                    await take(event)
                looked += 1
    return looked


def _events_of(message: Mapping[str, Any], channel: str) -> Iterator[Mapping[str, Any]]:
    """The events that brought a message to where it is: it was written, and perhaps edited since."""
    yield {**message, "type": "message", "channel": channel}
    if message.get("edited"):
        yield {"type": "message", "subtype": "message_changed", "channel": channel, "message": message}


async def _oldest(desk: Desk, channel: str) -> str | None:
    """The oldest thread that can still be answered or noted in."""
    first = (
        await Conversation.filter(workspace_id=desk.workspace.id, channel=channel, card_ts__isnull=False)
        .exclude(status=Status.ARCHIVED)
        .order_by("id")
        .first()
    )
    return first.card_ts if first else None

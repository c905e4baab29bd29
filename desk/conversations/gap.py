"""Reading back what happened while nobody listened, through the same code as live events.

`Workspace.caught_up_to` is the moment before which everything was taken. It moves only
while we listen, and only after what came before it was read back; so whatever breaks in
between, the next reading starts early enough. What was taken already meets its key.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from tortoise.expressions import Subquery

from desk import intake
from desk.context import Desk
from desk.conversations.scene import slack_key, threads
from desk.delivery import keys
from desk.slack.errors import ChannelFault, ThreadGone
from models import Conversation, Delivery, DeliveryKind, Message, MessageState, Status, Workspace

_LIVE = (Status.UNASSIGNED, Status.INBOX, Status.CLOSED)
Take = Callable[[Mapping[str, Any]], Awaitable[None]]


async def read_back(desk: Desk, take: Take) -> int:
    """Take every thread message of the intake channels since we last were caught up, and what was
    done to answers that have not left yet.

    `take` gets each as a live event would bring it, oldest first. Returns how many were
    looked at. Raises what the gateway raises; then nothing is marked as caught up.
    """
    now = desk.clock.now()
    workspace = await Workspace.get(id=desk.workspace.id)
    looked, margin = 0, desk.settings.durations.gap_margin
    since = (workspace.caught_up_to or await _beginning(desk)) - margin
    for channel in sorted(await _channels(desk)):
        looked += await _channel(desk, channel, since, take)
    await _waiting(desk, take)
    await caught_up(desk, now)
    return looked


async def _beginning(desk: Desk) -> datetime:
    """Where nothing was ever read: before the first conversation there was nothing to answer."""
    first = await Conversation.filter(workspace_id=desk.workspace.id).order_by("id").first()
    return first.created_at if first else desk.clock.now()


async def _channels(desk: Desk) -> set[str]:
    """Where agents may have written: also where only conversations of an earlier configuration stand."""
    live = Conversation.filter(workspace_id=desk.workspace.id, status__in=_LIVE)
    stood = await live.distinct().values_list("channel", flat=True)
    return {str(channel) for channel in stood if channel} | await intake.channels(desk)


async def _waiting(desk: Desk, take: Take) -> None:
    """Answers that have not left: what their authors did to them meanwhile still counts."""
    leaving = Delivery.filter(
        workspace_id=desk.workspace.id, unfinished=True, kind__in=[DeliveryKind.PREPARE, DeliveryKind.PART]
    )
    waiting = await Message.filter(
        id__in=Subquery(leaving.values("message_id")), state=MessageState.QUEUED, slack_ts__isnull=False
    ).order_by("id")
    of_conversation: dict[int, list[Message]] = {}
    for message in waiting:
        of_conversation.setdefault(message.conversation_id, []).append(message)
    for conversation_id, messages in of_conversation.items():
        conversation = await Conversation.get(id=conversation_id)
        if stood := await threads(conversation):
            await _compare(desk, conversation.channel, stood, messages, take)


async def _compare(desk: Desk, channel: str, stood: list[str], messages: list[Message], take: Take) -> None:
    """Take the edits and deletions that Slack would have told of, as it would have."""
    before = min(str(m.slack_ts) for m in messages)
    oldest = f"{Decimal(before) - Decimal('0.000001'):.6f}"
    standing = {m.get("ts"): m for t in stood for m in await _thread(desk, channel, t, oldest)}
    for message in messages:
        if message.slack_key != slack_key(desk, channel, str(message.slack_ts)):
            continue
        young = desk.clock.now() - message.sent_at < desk.settings.durations.look_again
        if young and message.slack_ts not in standing:
            continue  # Slack shows it late: it isn't there yet, rather than no more
        event = _change(message, stood[0], standing.get(message.slack_ts))
        if event is not None:
            await take({"type": "message", "channel": channel, **event})


async def _thread(desk: Desk, channel: str, thread: str, oldest: str) -> list[Mapping[str, Any]]:
    """What stands in a thread since then; nothing where the thread is deleted."""
    try:
        return list(await desk.gateway.thread_since(channel, thread, oldest))
    except ThreadGone:
        return []


def _change(message: Message, thread: str, now: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The event that says what became of a message; None if nothing did."""
    if now is None:
        before = {"ts": message.slack_ts, "thread_ts": thread, "user": message.author}
        return {"subtype": "message_deleted", "deleted_ts": message.slack_ts, "previous_message": before}
    edited = now.get("edited")
    return {"subtype": "message_changed", "message": now} if edited else None


async def caught_up(desk: Desk, moment: datetime) -> None:
    """Everything before `moment` was taken."""
    await Workspace.filter(id=desk.workspace.id).update(caught_up_to=moment)


async def _channel(desk: Desk, channel: str, since: datetime, take: Take) -> int:
    oldest = await _oldest(desk, channel)
    if oldest is None:
        return 0
    start = f"{since.timestamp():.6f}"
    looked = 0
    for parent in await _threads(desk, channel, oldest):
        latest = str(parent.get("latest_reply") or "0")
        if keys.order_of(latest) < keys.order_of(start):
            continue
        for message in await _thread(desk, channel, str(parent["ts"]), start):
            if message.get("ts") != parent["ts"]:
                for event in _events_of(message, channel):
                    await take(event)
                looked += 1
    return looked


async def _threads(desk: Desk, channel: str, oldest: str) -> list[Mapping[str, Any]]:
    """The channel's threads; none where we are no longer, for nobody wrote to us there."""
    try:
        return list(await desk.gateway.channel_threads(channel, oldest))
    except ChannelFault:
        return []


def _events_of(message: Mapping[str, Any], channel: str) -> Iterator[Mapping[str, Any]]:
    """The events that brought a message to where it is: it was written, and perhaps edited since."""
    yield {**message, "type": "message", "channel": channel}
    if message.get("edited"):
        yield {"type": "message", "subtype": "message_changed", "channel": channel, "message": message}


async def _oldest(desk: Desk, channel: str) -> str | None:
    """The oldest thread that can still be answered or noted in.

    A card that may stand though its `ts` was never learned counts from when its conversation began:
    what is written under it is kept until it is found.
    """
    live = Conversation.filter(workspace_id=desk.workspace.id, status__in=_LIVE, channel=channel)
    first = await live.order_by("id").first()
    if first is None:
        return None
    began = first.created_at - desk.settings.durations.gap_margin
    return min(await threads(first) or [f"{began.timestamp():.6f}"])

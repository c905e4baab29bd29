"""Which rows an event of a conversation writes: lanes, paces, ranks and keys in one place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from desk.delivery.keys import Rank, network_pace, post_pace, thread_lane
from desk.delivery.outbox import Effect, enqueue
from desk.delivery.queue import coming
from desk.slack.drawing import Drawing
from models import Conversation, Delivery, DeliveryKind, Message


def effect_of(
    conversation: Conversation, kind: DeliveryKind, *, message: Message | None = None, **values: Any
) -> Effect:
    """A row of this conversation."""
    return Effect(
        workspace_id=conversation.workspace_id,
        account_id=conversation.account_id,
        conversation_id=conversation.id,
        message_id=message.id if message else None,
        kind=kind,
        **values,
    )


async def write(
    conversation: Conversation,
    kind: DeliveryKind,
    now: datetime,
    *,
    message: Message | None = None,
    due_at: datetime | None = None,
    **values: Any,
) -> int:
    """Write a row of this conversation, due at once unless `due_at` says otherwise; return its id."""
    effect = effect_of(conversation, kind, message=message, due_at=due_at or now, **values)
    return await enqueue(effect, now)


async def card(conversation: Conversation, now: datetime, parked_by: str | None = None) -> int:
    """Post the card; everything else of the thread waits for it."""
    return await _card(conversation, now, lane=thread_lane(conversation.id), parked_by=parked_by, due_at=now)


async def another_card(conversation: Conversation, now: datetime, due_at: datetime) -> int:
    """Post a card in place of one that is gone. It stands in no lane: what waits for it stands there,
    and keeps its place."""
    return await _card(conversation, now, lane=None, parked_by=None, due_at=due_at)


async def _card(
    conversation: Conversation, now: datetime, *, lane: str | None, parked_by: str | None, due_at: datetime
) -> int:
    return await write(
        conversation,
        DeliveryKind.CARD,
        now,
        lane=lane,
        pace_key=post_pace(conversation.channel),
        rank=Rank.CARD,
        parked_by=parked_by,
        due_at=due_at,
    )


async def refresh(
    conversation: Conversation, now: datetime, *, wait: timedelta = timedelta(), rank: int = Rank.LINE
) -> None:
    """Draw the card anew: the state at the time of drawing, at most one pending."""
    await write(
        conversation,
        DeliveryKind.REFRESH,
        now,
        pace_key="slack:chat.update",
        rank=rank,
        coalesce_key=f"card:{conversation.id}",
        blocked_by_id=None if conversation.card_ts else await coming(conversation.id, DeliveryKind.CARD),
        due_at=now + wait,
    )


async def profile(conversation: Conversation, now: datetime, *, after: int) -> None:
    """Post the profile once the card stands."""
    await write(
        conversation,
        DeliveryKind.PROFILE,
        now,
        pace_key=post_pace(conversation.channel),
        rank=Rank.PROFILE,
        blocked_by_id=after,
    )


async def refresh_profile(conversation: Conversation, now: datetime) -> None:
    """Draw the profile anew."""
    await write(
        conversation,
        DeliveryKind.REFRESH_PROFILE,
        now,
        pace_key="slack:chat.update",
        rank=Rank.PROFILE,
        coalesce_key=f"profile:{conversation.id}",
        blocked_by_id=await coming(conversation.id, DeliveryKind.PROFILE),
    )


async def thread(
    conversation: Conversation,
    kind: DeliveryKind,
    now: datetime,
    *,
    message: Message | None = None,
    payload: Mapping[str, Any] | None = None,
    rank: int = Rank.WORDS,
    blocked_by: int | None = None,
    aside: bool = False,
    wait: timedelta | None = None,
) -> int:
    """Something that appears in the thread, after everything that was written before it; `aside`:
    whenever it can, and nothing waits for it. `wait`: not before that is over."""
    return await write(
        conversation,
        kind,
        now,
        message=message,
        lane=None if aside else thread_lane(conversation.id),
        pace_key=post_pace(conversation.channel),
        rank=rank,
        blocked_by_id=blocked_by,
        payload=payload or {},
        due_at=now + wait if wait else None,
    )


async def fetch(conversation: Conversation, message: Message, now: datetime) -> int:
    """Fetch a message's files from the network at once: providers' links expire."""
    return await write(
        conversation,
        DeliveryKind.FETCH,
        now,
        message=message,
        pace_key=network_pace(conversation.account_id),
        rank=Rank.WORDS,
    )


async def line(
    conversation: Conversation,
    drawing: Drawing,
    now: datetime,
    *,
    rank: int = Rank.LINE,
    message: Message | None = None,
    blocked_by: int | None = None,
    aside: bool = False,
) -> int:
    """A line of our own in the thread."""
    return await thread(
        conversation,
        DeliveryKind.LINE,
        now,
        message=message,
        payload={"drawing": drawing.to_json()},
        rank=rank,
        blocked_by=blocked_by,
        aside=aside,
    )


async def mark(
    message: Message, conversation: Conversation, name: str, now: datetime, *, remove: bool = False
) -> None:
    """A mark on an agent's own message that must not be dropped; what stands in no thread has none."""
    if message.slack_ts is None:
        return
    await write(
        conversation,
        DeliveryKind.MARK,
        now,
        message=message,
        pace_key="slack:reactions.remove" if remove else "slack:reactions.add",
        payload={"channel": conversation.channel, "ts": message.slack_ts, "name": name, "remove": remove},
    )


async def retract_notice(conversation: Conversation, now: datetime) -> None:
    """The post that announced a return to Unassigned goes once somebody took it."""
    if conversation.notice_ts is None:
        return
    await write(
        conversation,
        DeliveryKind.RETRACT,
        now,
        pace_key="slack:chat.delete",
        payload={"channel": conversation.channel, "ts": conversation.notice_ts},
    )
    await Conversation.filter(id=conversation.id).update(notice_ts=None)


async def forget(conversation: Conversation, message: Message, now: datetime) -> None:
    """Nothing in the thread shows a message any more that was taken back."""
    await write(
        conversation,
        DeliveryKind.FORGET,
        now,
        message=message,
        lane=thread_lane(conversation.id),
        pace_key="slack:chat.delete",
        rank=Rank.WORDS,
    )


async def nudge(conversation: Conversation, message: Message, now: datetime, due_at: datetime) -> None:
    """Remind the author of a reply that stayed inside; drawn only if it still does."""
    await write(
        conversation,
        DeliveryKind.NUDGE,
        now,
        message=message,
        pace_key=post_pace(conversation.channel),
        rank=Rank.FAILURE,
        due_at=due_at,
    )


async def wake(conversation: Conversation, at: datetime, now: datetime) -> None:
    """Wake the conversation then, unless it is awake or to sleep for another time by then."""
    payload = {"until": at.isoformat()}
    await write(conversation, DeliveryKind.WAKE, now, due_at=at, pace_key="timer", payload=payload)


async def remind(conversation: Conversation, payload: Mapping[str, Any], now: datetime) -> None:
    """Remind the assignee in the thread; nothing there waits for it."""
    await write(
        conversation,
        DeliveryKind.REMINDER,
        now,
        pace_key=post_pace(conversation.channel),
        rank=Rank.REMINDER,
        payload=payload,
    )


async def aside(
    workspace_id: int,
    kind: DeliveryKind,
    place: str,
    now: datetime,
    payload: Mapping[str, Any],
    *,
    conversation_id: int | None = None,
) -> None:
    """Something about who waits, in a channel or to a person; behind everything that was said."""
    await enqueue(
        Effect(
            workspace_id=workspace_id,
            kind=kind,
            pace_key=post_pace(place),
            rank=Rank.REMINDER,
            conversation_id=conversation_id,
            due_at=now,
            payload=payload,
        ),
        now,
    )


async def refresh_crowd(workspace_id: int, channel: str, ts: str, now: datetime, *, over: bool) -> None:
    """Draw the post about a crowd anew, at most one pending; `over`: for the last time."""
    await enqueue(
        Effect(
            workspace_id=workspace_id,
            kind=DeliveryKind.REFRESH_CROWD,
            pace_key="slack:chat.update",
            rank=Rank.REMINDER,
            coalesce_key=f"crowd:{channel}:{ts}:{over}",
            due_at=now,
            payload={"channel": channel, "ts": ts, "over": over},
        ),
        now,
    )


async def direct(workspace_id: int, user: str, drawing: Drawing, now: datetime) -> None:
    """A direct message of the app to a person."""
    await enqueue(
        Effect(
            workspace_id=workspace_id,
            kind=DeliveryKind.DIRECT,
            pace_key=post_pace(user),
            rank=Rank.HANDOVER,
            due_at=now,
            payload={"user": user, "drawing": drawing.to_json()},
        ),
        now,
    )


async def admin(
    workspace_id: int, channel: str, drawing: Drawing, now: datetime, *, once: str | None = None
) -> None:
    """A post for those who run the program. `once`: a key under which it is posted once for ever."""
    if once and await Delivery.exists(idempotency_key=once):
        return
    await enqueue(
        Effect(
            workspace_id=workspace_id,
            kind=DeliveryKind.ADMIN,
            pace_key=post_pace(channel),
            rank=Rank.LINE,
            idempotency_key=once,
            due_at=now,
            payload={"channel": channel, "drawing": drawing.to_json()},
        ),
        now,
    )

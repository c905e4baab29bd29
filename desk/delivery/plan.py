"""Which rows an event of a conversation writes: lanes, paces, ranks and keys in one place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from desk.delivery.outbox import Effect, enqueue
from desk.slack.drawing import Drawing
from models import Conversation, Delivery, DeliveryKind, Message


class Rank(IntEnum):
    """Who goes first where Slack's pace is short."""

    CARD = 0
    WORDS = 1
    FAILURE = 2
    HANDOVER = 3
    PROFILE = 4
    LINE = 5
    ARCHIVE = 9


def thread_lane(conversation_id: int) -> str:
    """Everything that appears in the thread, in order."""
    return f"t{conversation_id}"


def network_lane(conversation_id: int) -> str:
    """Everything that leaves for the customer, in order."""
    return f"n{conversation_id}"


def is_outward(lane: str | None) -> bool:
    """Whether what waits in the lane leaves for the customer."""
    return lane is not None and lane.startswith("n")


def post_pace(channel: str) -> str:
    """Slack's limit of one post a second and channel."""
    return f"slack:chat.postMessage:{channel}"


def network_pace(account_id: int) -> str:
    """How many calls to an account's network may be under way."""
    return f"net:{account_id}"


def order_of(ts: str) -> str:
    """Slack's `ts` as a lane sorts it: fixed width, so that text compares like a number."""
    whole, _, part = ts.partition(".")
    return f"{int(whole):012d}.{part[:6]:0<6}"


def order_at(when: datetime) -> str:
    """A moment (of a press) in the same order as `order_of`."""
    return f"{when.timestamp():019.6f}"


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
    return await enqueue(
        Effect(
            workspace_id=conversation.workspace_id,
            account_id=conversation.account_id,
            conversation_id=conversation.id,
            kind=DeliveryKind.CARD,
            lane=lane,
            pace_key=post_pace(conversation.channel),
            rank=Rank.CARD,
            parked_by=parked_by,
            due_at=due_at,
        ),
        now,
    )


async def refresh(
    conversation: Conversation, now: datetime, *, wait: timedelta = timedelta(), rank: int = Rank.LINE
) -> None:
    """Draw the card anew: the state at the time of drawing, at most one pending."""
    card_row = await Delivery.filter(
        conversation_id=conversation.id, kind=DeliveryKind.CARD, unfinished=True
    ).first()
    await enqueue(
        Effect(
            workspace_id=conversation.workspace_id,
            account_id=conversation.account_id,
            conversation_id=conversation.id,
            kind=DeliveryKind.REFRESH,
            pace_key="slack:chat.update",
            rank=rank,
            coalesce_key=f"card:{conversation.id}",
            blocked_by_id=card_row.id if card_row else None,
            due_at=now + wait,
        ),
        now,
    )


async def profile(conversation: Conversation, now: datetime, *, after: int) -> None:
    """Post the profile once the card stands."""
    await enqueue(
        Effect(
            workspace_id=conversation.workspace_id,
            account_id=conversation.account_id,
            conversation_id=conversation.id,
            kind=DeliveryKind.PROFILE,
            pace_key=post_pace(conversation.channel),
            rank=Rank.PROFILE,
            blocked_by_id=after,
            due_at=now,
        ),
        now,
    )


async def refresh_profile(conversation: Conversation, now: datetime) -> None:
    """Draw the profile anew."""
    waiting = await Delivery.filter(
        conversation_id=conversation.id, kind=DeliveryKind.PROFILE, unfinished=True
    ).first()
    await enqueue(
        Effect(
            workspace_id=conversation.workspace_id,
            account_id=conversation.account_id,
            conversation_id=conversation.id,
            kind=DeliveryKind.REFRESH_PROFILE,
            pace_key="slack:chat.update",
            rank=Rank.PROFILE,
            coalesce_key=f"profile:{conversation.id}",
            blocked_by_id=waiting.id if waiting else None,
            due_at=now,
        ),
        now,
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
) -> int:
    """Something that appears in the thread, after everything that was written before it; `aside`:
    whenever it can, and nothing waits for it."""
    return await enqueue(
        Effect(
            workspace_id=conversation.workspace_id,
            account_id=conversation.account_id,
            conversation_id=conversation.id,
            message_id=message.id if message else None,
            kind=kind,
            lane=None if aside else thread_lane(conversation.id),
            pace_key=post_pace(conversation.channel),
            rank=rank,
            blocked_by_id=blocked_by,
            due_at=now,
            payload=payload or {},
        ),
        now,
    )


async def fetch(conversation: Conversation, message: Message, now: datetime) -> int:
    """Fetch a message's files from the network at once: providers' links expire."""
    return await enqueue(
        Effect(
            workspace_id=conversation.workspace_id,
            account_id=conversation.account_id,
            conversation_id=conversation.id,
            message_id=message.id,
            kind=DeliveryKind.FETCH,
            pace_key=network_pace(conversation.account_id),
            rank=Rank.WORDS,
            due_at=now,
        ),
        now,
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
    """A mark on an agent's own message that must not be dropped."""
    await enqueue(
        Effect(
            workspace_id=message.workspace_id,
            conversation_id=conversation.id,
            message_id=message.id,
            kind=DeliveryKind.MARK,
            pace_key="slack:reactions.remove" if remove else "slack:reactions.add",
            due_at=now,
            payload={"channel": conversation.channel, "ts": message.slack_ts, "name": name, "remove": remove},
        ),
        now,
    )


async def retract_notice(conversation: Conversation, now: datetime) -> None:
    """The post that announced a return to Unassigned goes once somebody took it."""
    if conversation.notice_ts is None:
        return
    await enqueue(
        Effect(
            workspace_id=conversation.workspace_id,
            conversation_id=conversation.id,
            kind=DeliveryKind.RETRACT,
            pace_key="slack:chat.delete",
            due_at=now,
            payload={"channel": conversation.channel, "ts": conversation.notice_ts},
        ),
        now,
    )
    await Conversation.filter(id=conversation.id).update(notice_ts=None)


async def nudge(conversation: Conversation, message: Message, now: datetime, due_at: datetime) -> None:
    """Remind the author of a reply that stayed inside; drawn only if it still does."""
    await enqueue(
        Effect(
            workspace_id=message.workspace_id,
            account_id=conversation.account_id,
            conversation_id=conversation.id,
            message_id=message.id,
            kind=DeliveryKind.NUDGE,
            pace_key=post_pace(conversation.channel),
            rank=Rank.FAILURE,
            due_at=due_at,
        ),
        now,
    )


async def read(conversation: Conversation, message: Message, now: datetime) -> None:
    """Show the customer that everything up to this message of theirs was read; once a message."""
    key = f"read:{message.id}"
    if message.external_key is None or await Delivery.exists(idempotency_key=key):
        return
    await enqueue(
        Effect(
            workspace_id=conversation.workspace_id,
            account_id=conversation.account_id,
            conversation_id=conversation.id,
            message_id=message.id,
            kind=DeliveryKind.READ,
            pace_key=network_pace(conversation.account_id),
            idempotency_key=key,
            due_at=now,
            payload={"external_id": message.external_key.partition(":")[2]},
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


async def to_network(
    conversation: Conversation,
    kind: DeliveryKind,
    now: datetime,
    *,
    order_key: str,
    due_at: datetime,
    message: Message | None = None,
    payload: Mapping[str, Any] | None = None,
    idempotency_key: str | None = None,
) -> int:
    """Something that leaves for the customer's network, in the order agents wrote it."""
    return await enqueue(
        to_network_effect(
            conversation,
            kind,
            order_key=order_key,
            due_at=due_at,
            message=message,
            payload=payload,
            idempotency_key=idempotency_key,
        ),
        now,
    )


def to_network_effect(
    conversation: Conversation,
    kind: DeliveryKind,
    *,
    order_key: str,
    due_at: datetime,
    message: Message | None = None,
    payload: Mapping[str, Any] | None = None,
    idempotency_key: str | None = None,
) -> Effect:
    """The row `to_network` writes."""
    return Effect(
        workspace_id=conversation.workspace_id,
        account_id=conversation.account_id,
        conversation_id=conversation.id,
        message_id=message.id if message else None,
        kind=kind,
        lane=network_lane(conversation.id),
        order_key=order_key,
        pace_key=network_pace(conversation.account_id),
        rank=Rank.WORDS,
        due_at=due_at,
        payload=payload or {},
        idempotency_key=idempotency_key,
    )

"""What leaves for a network, or is asked of it: the rows an event of a conversation writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from desk.delivery.keys import Rank, network_lane, network_pace
from desk.delivery.outbox import Effect, enqueue
from desk.delivery.plan import effect_of, write
from models import Conversation, DeliveryKind, Message
from models.message import HANDLE

READ = "read:"
"""With a message's id the key of the row that shows the customer that it was read."""


async def read(conversation: Conversation, message: Message, now: datetime) -> None:
    """Show the customer that everything up to this message of theirs was read; once a message, see `READ`."""
    _, _, external_id = (message.external_key or "").partition(":")
    handle = message.detail.get(HANDLE)
    await write(
        conversation,
        DeliveryKind.READ,
        now,
        message=message,
        pace_key=network_pace(conversation.account_id),
        idempotency_key=f"{READ}{message.id}",
        payload={"external_id": external_id, **({HANDLE: handle} if handle else {})},
    )


async def ask_profile(conversation: Conversation, now: datetime) -> None:
    """Ask the network who the customer is; nothing waits for it."""
    await write(
        conversation,
        DeliveryKind.ASK_PROFILE,
        now,
        pace_key=network_pace(conversation.account_id),
        rank=Rank.PROFILE,
    )


async def discard(conversation: Conversation, refs: Sequence[str], now: datetime) -> None:
    """Have files deleted at the provider that are in Slack by now; nothing waits for it."""
    await write(
        conversation,
        DeliveryKind.DISCARD,
        now,
        pace_key=network_pace(conversation.account_id),
        rank=Rank.PROFILE,
        payload={"refs": list(refs)},
    )


async def echo(conversation: Conversation, payload: Mapping[str, Any], now: datetime) -> None:
    """See whose words these are that went out in the account's name; nothing waits for it."""
    await write(
        conversation,
        DeliveryKind.ECHO,
        now,
        pace_key=network_pace(conversation.account_id),
        payload=payload,
    )


async def react(conversation: Conversation, message: Message, now: datetime) -> None:
    """Show the customer which reaction of ours stands on their message, as it is then."""
    if message.external_key is None:
        return
    await write(
        conversation,
        DeliveryKind.REACT,
        now,
        message=message,
        pace_key=network_pace(conversation.account_id),
        coalesce_key=f"react:{message.id}",
        payload={"external_id": message.external_key.partition(":")[2]},
    )


async def to_network(
    conversation: Conversation,
    kind: DeliveryKind,
    now: datetime,
    *,
    order_key: str,
    message: Message,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """Something that leaves for the customer's network at once, in the order agents wrote it."""
    effect = to_network_effect(
        conversation, kind, order_key=order_key, due_at=now, message=message, payload=payload or {}
    )
    await enqueue(effect, now)


def to_network_effect(
    conversation: Conversation,
    kind: DeliveryKind,
    *,
    order_key: str,
    due_at: datetime,
    message: Message,
    payload: Mapping[str, Any],
) -> Effect:
    """The row of something that leaves for the customer's network, in that order."""
    return effect_of(
        conversation,
        kind,
        message=message,
        lane=network_lane(conversation.id),
        order_key=order_key,
        pace_key=network_pace(conversation.account_id),
        rank=Rank.WORDS,
        due_at=due_at,
        payload=payload,
    )

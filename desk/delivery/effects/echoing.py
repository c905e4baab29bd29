"""Whose words an echo repeats: ours, or a colleague's who answered in the network's own app."""

from __future__ import annotations

from desk.context import ConnectedAccount, Desk
from desk.conversations import aftermath, changes, echoes, refusing
from desk.delivery import outbox, plan
from desk.delivery.handling import Blocked, Done, Handling, Outcome
from models import Conversation, Delivery, DeliveryKind, DeliveryState, Message


async def _echo(desk: Desk, row: Delivery) -> Outcome:
    """Ours bears a receipt by now, or may yet get one, or is in doubt; everything else is a colleague's."""
    account = desk.accounts.get(row.account_id or 0)
    if account is None or await changes.find(account, row.payload["id"]):
        return Done()
    if await _under_way(row):
        return Blocked(first=lambda: _under_way(row))
    doubted = await _doubted(row)

    async def settled() -> None:
        if doubted:
            await _arrived(desk, account, row, doubted)
        elif not row.payload["key"]:
            await echoes.show(desk, account, row.conversation_id or 0, row.payload)

    return Done(follow=settled)


async def _under_way(row: Delivery) -> int | None:
    """An answer of this conversation that has no receipt yet."""
    sending = Delivery.filter(
        conversation_id=row.conversation_id, kind=DeliveryKind.PART, state=DeliveryState.SENDING
    )
    first = await sending.order_by("id").first()
    return first.id if first else None


async def _doubted(row: Delivery) -> Delivery | None:
    """An answer that may have arrived, and is this one by its key, or reads like it: it did."""
    doubtful = Delivery.filter(
        conversation_id=row.conversation_id, kind=DeliveryKind.PART, state=DeliveryState.UNCERTAIN
    )
    parts = await doubtful.order_by("id")
    return next((part for part in parts if _same(part, row)), None)


def _same(part: Delivery, row: Delivery) -> bool:
    """By the key it went with; else by its words, or that it is a file: those come back under other names."""
    if key := str(row.payload["key"]):
        return key == str(part.payload.get("key") or part.idempotency_key)
    files = bool(part.payload.get("attachment"))
    words = str(part.payload.get("text") or "").split() == str(row.payload["text"]).split()
    return files is bool(row.payload["files"]) and (files or words)


async def _arrived(desk: Desk, account: ConnectedAccount, row: Delivery, part: Delivery) -> None:
    """The doubt is over, as if the receipt came late; what was to follow in the message was not sent."""
    key = f"{account.id}:{row.payload['id']}"
    external = {"external_id": row.payload["id"]}
    if not await outbox.settle(part, DeliveryState.DELIVERED, desk.clock.now(), receipt_key=key, **external):
        return
    cut_short = Delivery.filter(message_id=part.message_id, state=DeliveryState.CANCELLED)
    message = await Message.get(id=part.message_id)
    if await cut_short.exists() or not (tick := await refusing.sent(desk, part)):
        return
    if message.marked:
        conversation = await Conversation.get(id=message.conversation_id)
        await plan.mark(message, conversation, message.marked, desk.clock.now(), remove=True)
    aftermath.offer(desk, [tick])


KINDS: dict[DeliveryKind, Handling] = {DeliveryKind.ECHO: Handling(carry_out=_echo)}

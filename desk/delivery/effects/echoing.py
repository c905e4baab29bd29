"""Whose words an echo repeats: ours, or a colleague's who answered in the network's own app."""

from __future__ import annotations

from desk.context import Desk
from desk.conversations import aftermath, changes, doubts, echoes
from desk.delivery.handling import Blocked, Done, Handling, Outcome
from models import Delivery, DeliveryKind, DeliveryState


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
            tick = await doubts.arrived(desk, doubted, str(row.payload["id"]))
            aftermath.offer(desk, [tick] if tick else [])
        else:
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
    """An answer that may have arrived, and reads like this one: it did."""
    doubtful = Delivery.filter(
        conversation_id=row.conversation_id, kind=DeliveryKind.PART, state=DeliveryState.UNCERTAIN
    )
    parts = await doubtful.order_by("id")
    return next((part for part in parts if _same(part, row)), None)


def _same(part: Delivery, row: Delivery) -> bool:
    """By its words, or that it is a file: those come back under other names."""
    files = bool(part.payload.get("attachment"))
    words = str(part.payload.get("text") or "").split() == str(row.payload["text"]).split()
    return files is bool(row.payload["files"]) and (files or words)


KINDS: dict[DeliveryKind, Handling] = {DeliveryKind.ECHO: Handling(carry_out=_echo)}

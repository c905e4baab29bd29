"""An answer whose receipt was lost, and of which its provider tells all the same: it did arrive there.

A report may name the part it is about by the part's own key. What comes before the doubt is kept for it. All
functions run inside the caller's transaction.
"""

from __future__ import annotations

from desk.context import ConnectedAccount, Desk
from desk.conversations import aftermath, known, refusing
from desk.delivery import outbox, plan
from models import (
    Contact,
    Conversation,
    Delivery,
    DeliveryKind,
    DeliveryState,
    EarlyChange,
    Message,
)
from models.database import take_turns
from networks.events import DeliveryReport


async def lifted(desk: Desk, account: ConnectedAccount, report: DeliveryReport) -> Message | None:
    """The message of the part in doubt that this report is about, now that it has its receipt.

    None: no part is in doubt, or not yet; then the report is remembered for it.
    """
    await take_turns(_key(account.id, report.key))
    part = await Delivery.get_or_none(idempotency_key=report.key, account_id=account.id)
    if part is None or part.kind is not DeliveryKind.PART or part.result.get("replaced"):
        return None
    conversation = await Conversation.held(part.conversation_id)
    contact = await Contact.get(id=conversation.contact_id) if conversation else None
    if conversation is None or contact is None:
        return None
    if not known.is_theirs(conversation, contact, (report.contact_id, report.known_as)):
        return None
    if part.state is DeliveryState.UNCERTAIN:
        tick = await arrived(desk, part, report.external_id)
        aftermath.offer(desk, [tick] if tick else [])
        return await Message.get(id=part.message_id)
    if part.unfinished:
        body = {"what": "arrived", "id": report.external_id}
        key, now = _key(account.id, report.key), desk.clock.now()
        await EarlyChange.create(workspace_id=desk.workspace.id, key=key, body=body, at=now)
    return None


async def told_before(desk: Desk, part: Delivery) -> tuple[str, aftermath.Tick | None] | None:
    """The receipt's key of a part that has just become doubtful, if a report of it came before; None: nothing
    is known of it. The mark is the caller's to offer.
    """
    if part.account_id is None:
        return None
    key = _key(part.account_id, part.idempotency_key)
    await take_turns(key)
    early = await EarlyChange.filter(key=key).order_by("id").first()
    if early is None:
        return None
    await EarlyChange.filter(key=key).delete()
    external_id = str(early.body["id"])
    return f"{part.account_id}:{external_id}", await arrived(desk, part, external_id)


def _key(account_id: int, part_key: str) -> str:
    return f"{account_id}:part:{part_key}"[:600]


async def arrived(desk: Desk, part: Delivery, external_id: str) -> aftermath.Tick | None:
    """As if the receipt came late; a message of which the rest was not sent stays in doubt."""
    key, now = f"{part.account_id}:{external_id}", desk.clock.now()
    if not await outbox.settle(part, DeliveryState.DELIVERED, now, receipt_key=key, external_id=external_id):
        return None
    if await Delivery.filter(message_id=part.message_id, state=DeliveryState.CANCELLED).exists():
        return None
    there = await refusing.look(part, key)
    tick = await refusing.sent(desk, part, there)
    if tick and there.message.marked:
        await plan.mark(there.message, there.conversation, there.message.marked, now, remove=True)
    return tick

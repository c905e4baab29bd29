"""Asleep until a time, or until the customer writes; and what wakes a conversation.

It is woken by its time, by the customer, by an agent, and by whoever gets it. It sleeps on
while whoever has it answers. Its time stands in the outbox, so that it is kept over a stop.
"""

from __future__ import annotations

from datetime import datetime

from desk import people
from desk.context import Desk
from desk.conversations.apply import Change, apply
from desk.conversations.assignment import Press, Refusal, moved, told
from desk.conversations.scene import held
from desk.conversations.when import Until
from desk.delivery import keys, plan
from desk.slack import lines, wording
from models import Contact, Conversation, Delivery, DeliveryKind, Status, Trigger


async def snooze(desk: Desk, press: Press, until: Until) -> Conversation:
    """Put it to sleep; one that sleeps gets another time. Raises `Refusal`."""

    async def say(before: Conversation, after: Conversation, now: datetime) -> None:
        actor = await people.name_of(desk, press.actor)
        contact = await Contact.get(id=after.contact_id)
        whom = told(before.assignee, press.actor)
        await plan.line(after, lines.snoozed(actor, until.at, contact.name, whom), now)
        await plan.retract_notice(after, now)
        if until.at:
            await plan.wake(after, until.at, now)

    return await moved(desk, press, Change(trigger=Trigger.SNOOZE, actor=press.actor, until=until.at), say)


async def wake(desk: Desk, press: Press) -> Conversation:
    """`Wake up`; the assignee is told if somebody else pressed. Raises `Refusal`."""

    async def may(before: Conversation) -> None:
        if before.snoozed_by is None:
            raise Refusal(wording.snooze.AWAKE)

    async def say(before: Conversation, after: Conversation, now: datetime) -> None:
        actor = await people.name_of(desk, press.actor)
        await plan.line(after, lines.woken(actor, told(before.assignee, press.actor)), now)
        await _announce(after, now)

    return await moved(desk, press, Change(trigger=Trigger.WAKE, actor=press.actor), say, may)


async def wake_on_time(desk: Desk, row: Delivery) -> None:
    """The time of a snooze is here; one that was changed or ended meanwhile is left alone.

    Runs in the transaction that settles the row. The line rings for whoever has the
    conversation, or else asked for this.
    """
    conversation = await held(desk, row.conversation_id or 0)
    if conversation is None or conversation.snoozed_until is None:
        return
    if conversation.snoozed_until != datetime.fromisoformat(row.payload["until"]):
        return
    now, by = desk.clock.now(), conversation.snoozed_by
    after = await apply(conversation, Change(trigger=Trigger.WAKE), now)
    drawing = lines.woke(await people.name_of(desk, by), after.assignee or by)
    await plan.line(after, drawing, now, rank=keys.Rank.HANDOVER)
    await _announce(after, now)
    await plan.refresh(after, now, rank=keys.Rank.CARD)


async def wake_for_customer(desk: Desk, conversation: Conversation) -> Conversation:
    """The customer wrote; their words ring by themselves. The conversation is held, and asleep."""
    now = desk.clock.now()
    after = await apply(conversation, Change(trigger=Trigger.CUSTOMER_WRITES), now)
    await _announce(after, now)
    await plan.refresh(after, now, rank=keys.Rank.CARD)
    return after


async def _announce(after: Conversation, now: datetime) -> None:
    """Nobody is notified by the old thread of a conversation that nobody has."""
    if after.status is Status.UNASSIGNED:
        await plan.thread(after, DeliveryKind.NOTICE, now, rank=keys.Rank.LINE)

"""No request, and customers of whom nothing is shown any more."""

from __future__ import annotations

from datetime import datetime

from tortoise.transactions import in_transaction

from desk import people
from desk.context import Desk
from desk.conversations import aftermath, changed_reply, inbound, keeping, sending, withheld
from desk.conversations.apply import Change, apply
from desk.conversations.assignment import Press, Refusal, moved, pressed, told
from desk.conversations.judge import Reason
from desk.conversations.scene import case
from desk.delivery import keys, plan
from desk.slack import lines, wording
from models import Contact, Conversation, Message, MessageState, Status, Trigger


async def not_a_request(desk: Desk, press: Press, reason: str) -> Conversation:
    """Close it, and leave it out of all figures. Raises `Refusal`."""

    async def say(before: Conversation, after: Conversation, now: datetime) -> None:
        actor = await people.name_of(desk, press.actor)
        await plan.line(after, lines.no_request(actor, reason, told(before.assignee, press.actor)), now)

    change = Change(trigger=Trigger.CLOSE, actor=press.actor, comment=reason, not_a_request=True)
    return await moved(desk, press, change, say)


async def block(desk: Desk, press: Press, reason: str) -> Conversation:
    """Close the conversation, and show nothing this customer does any more. Raises `Refusal`.

    What waits to be sent to them stays inside. One that nobody has answered counts in no figure.
    """
    async with in_transaction():
        before = await pressed(desk, press)
        effects = await _stop_answers(desk, before)
        before = await Conversation.get(id=before.id)
        contact = await Contact.select_for_update().get(id=before.contact_id)
        if contact.blocked_at:
            raise Refusal(wording.closing.already_blocked(contact.name))
        if before.status is Status.ARCHIVED:
            raise Refusal(wording.refusals.archived(before.archived_at))
        now, after = desk.clock.now(), before
        if before.status is not Status.CLOSED:
            unanswered = before.first_reply_at is None
            change = Change(
                trigger=Trigger.CLOSE, actor=press.actor, comment=reason, not_a_request=unanswered
            )
            after = await apply(before, change, now)
        await Contact.filter(id=contact.id).update(
            blocked_at=now, blocked_by=press.actor, block_reason=reason
        )
        actor = await people.name_of(desk, press.actor)
        whom = told(before.assignee, press.actor)
        await plan.line(after, lines.blocked(actor, contact.name, reason, whom), now)
        await _redrawn(after, now)
        await plan.retract_notice(after, now)
    aftermath.offer(desk, effects)
    return after


async def _stop_answers(desk: Desk, conversation: Conversation) -> list[aftermath.Passed]:
    """No answer reaches this customer any more of which nothing left: each stays as a note, and its author
    is told. Once they are unblocked it can be sent."""
    theirs = await Conversation.filter(contact_id=conversation.contact_id).values_list("id", flat=True)
    waiting = Message.filter(conversation_id__in=theirs, state=MessageState.QUEUED, deleted_at__isnull=True)
    effects: list[aftermath.Passed] = []
    for each in await waiting.order_by("id"):
        found, message = await changed_reply.case_of(desk, each)
        if message.state is MessageState.QUEUED and await sending.withdraw(desk, message):
            effects += await keeping.turn_inside(desk, found, message, Reason.BLOCKED)
    return effects


async def unblock(desk: Desk, press: Press) -> Conversation:
    """Show again what this customer writes, and what came meanwhile. Raises `Refusal`.

    If anything came, it counts as written now: a closed conversation opens again, an archived
    one is followed by a new one.
    """
    async with in_transaction():
        conversation = await pressed(desk, press)
        contact = await Contact.select_for_update().get(id=conversation.contact_id)
        if contact.blocked_at is None:
            raise Refusal(wording.closing.NOT_BLOCKED)
        found = await case(desk, conversation)
        if found.account is None:
            raise Refusal(wording.refusals.disconnected(found.row.title))
        now = desk.clock.now()
        await Contact.filter(id=contact.id).update(blocked_at=None, blocked_by=None, block_reason="")
        contact = await Contact.get(id=contact.id)
        waiting = await withheld.of(contact)
        actor = await people.name_of(desk, press.actor)
        await plan.line(conversation, lines.unblocked(actor, contact.name, len(waiting)), now)
        await withheld.show_changes(desk, found)
        if waiting:
            await inbound.show(desk, found.account, contact, waiting)
        await _redrawn(conversation, now)
        return conversation


async def _redrawn(conversation: Conversation, now: datetime) -> None:
    await plan.refresh(conversation, now, rank=keys.Rank.CARD)
    await plan.refresh_profile(conversation, now)

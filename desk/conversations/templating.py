"""An approved message: how a customer is written to where the time to answer freely is over."""

from __future__ import annotations

from tortoise.transactions import in_transaction

from desk import people
from desk.context import Desk
from desk.conversations import sending
from desk.conversations.aftermath import Passed
from desk.conversations.assignment import Press, Refusal, pressed
from desk.conversations.scene import Case, case
from desk.conversations.seen import first_time
from desk.delivery import keys, plan
from desk.slack import lines, wording
from desk.slack.text import clean
from models import Direction, Message, MessageState, Status
from networks.base import FilledTemplate, Templates

KEPT = "template"
"""Under this a message keeps which template it is, and with which values."""


async def send(desk: Desk, press: Press, filled: FilledTemplate, text: str, once: str) -> list[Passed]:
    """Send it as one visible call; the thread shows who did. `text` is what the customer reads; the
    same `once` sends once.

    Raises `Refusal`. Returns the passing effects for after the commit.
    """
    async with in_transaction():
        found = await case(desk, await pressed(desk, press))
        if not await first_time(desk, f"template:{once}"):
            return []
        await _may_go(desk, found)
        now, words = desk.clock.now(), clean(text)
        message = await Message.new(
            workspace_id=desk.workspace.id,
            conversation_id=found.conversation.id,
            direction=Direction.OUTBOUND,
            state=MessageState.QUEUED,
            author=press.actor,
            text=words,
            detail={KEPT: {"id": filled.id, "values": dict(filled.values)}},
            sent_at=now,
            created_at=now,
            hold_until=sending.until(desk),
        )
        effects = await sending.accept(desk, found, message, [], order_key=keys.order_at(now))
        who = await people.name_of(desk, press.actor)
        await plan.line(
            found.conversation, lines.sent_template(who, found.contact.name, words), now, message=message
        )
        return effects


async def _may_go(desk: Desk, found: Case) -> None:
    """What forbids it now. Raises `Refusal`."""
    if found.account is None:
        raise Refusal(wording.refusals.account_absent(found.row.title))
    if not isinstance(found.account.network, Templates):
        raise Refusal(wording.templates.NOT_HERE)
    if found.contact.blocked_at:
        who = await people.name_of(desk, found.contact.blocked_by)
        raise Refusal(wording.closing.blocked_by(who, found.contact.name))
    if found.contact.gone_at:
        raise Refusal(wording.thread.gone(found.contact.name, found.contact.gone_how))
    if found.conversation.status is Status.ARCHIVED:
        raise Refusal(wording.refusals.archived(found.conversation.archived_at))
    if found.conversation.status is Status.CLOSED:
        raise Refusal(wording.refusals.CLOSED_NOW)

"""A message that stays inside: its state, its mark, its sentence, and the reminder of it."""

from __future__ import annotations

from datetime import datetime

from desk.context import Desk
from desk.conversations import sending, spooled, turns, views
from desk.conversations.aftermath import Passed, Whisper
from desk.conversations.judge import MEANT, REFUSED, SENDABLE, Reason
from desk.conversations.scene import Case
from desk.delivery import plan
from desk.slack import refusals
from models import Direction, Message, MessageState

MARKS = {MessageState.KEPT: "memo", MessageState.GUARDED: "memo", MessageState.REFUSED: "warning"}


def state_for(reason: Reason | None) -> MessageState:
    """What a message is from its first second."""
    if reason is None:
        return MessageState.QUEUED
    if reason in REFUSED:
        return MessageState.REFUSED
    return MessageState.GUARDED if reason in SENDABLE and reason is not Reason.NOTE else MessageState.KEPT


async def keep(desk: Desk, found: Case, message: Message, reason: Reason) -> list[Passed]:
    """Mark it, tell its author why, and remind them if it was clearly meant for the customer."""
    now = desk.clock.now()
    await mark(found, message, now)
    if reason in MEANT:
        await plan.nudge(found.conversation, message, now, now + desk.settings.durations.nudge_after)
    if reason in (Reason.BOT, Reason.NOTE) or (reason is Reason.NOTES_FIRST and _in_others(found, message)):
        return []
    return [await told(desk, found, message)]


async def turn_inside(desk: Desk, found: Case, message: Message, reason: Reason) -> list[Passed]:
    """An answer of which nothing left stays inside, with the text and detail that `message` has now."""
    now = desk.clock.now()
    if message.marked:
        await plan.mark(message, found.conversation, message.marked, now, remove=True)
    message.state, message.reason, message.direction = state_for(reason), reason, Direction.NOTE
    await message.save(update_fields=["text", "state", "reason", "direction", "detail"])
    await spooled.release(desk, message.id)
    await turns.recount(found.conversation, now)
    await plan.refresh(found.conversation, now)
    return [*await keep(desk, found, message, reason), sending.typing(found, on=False)]


async def mark(found: Case, message: Message, now: datetime) -> None:
    """Say on the message itself that it stayed inside."""
    name = MARKS[message.state]
    await Message.filter(id=message.id).update(marked=name)
    await plan.mark(message, found.conversation, name, now)


def _in_others(found: Case, message: Message) -> bool:
    """Colleagues who talk in somebody else's conversation need no button to answer."""
    return found.conversation.assignee not in (None, message.author)


async def told(desk: Desk, found: Case, message: Message) -> Passed:
    """The sentence with its buttons, for the author alone."""
    return Whisper(
        channel=found.conversation.channel,
        user=message.author,
        thread_ts=found.conversation.card_ts,
        drawing=refusals.kept(await views.refusal(desk, found, message)),
    )

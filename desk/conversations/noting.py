"""A note that is written in a form, not in the thread: on a phone, far from it."""

from __future__ import annotations

from tortoise.transactions import in_transaction

from desk import people
from desk.context import Desk
from desk.conversations.assignment import Press, Refusal, pressed
from desk.conversations.judge import Reason
from desk.delivery import plan
from desk.slack import lines, wording
from desk.slack.text import clean
from models import Direction, Message, MessageState


async def note(desk: Desk, press: Press, words: str) -> Message:
    """Keep it, and show it in the thread under the author's name. It rings for nobody. Raises `Refusal`."""
    text = clean(words).strip()
    if not text:
        raise Refusal(wording.closing.EMPTY_NOTE)
    async with in_transaction():
        conversation = await pressed(desk, press)
        now = desk.clock.now()
        message = await Message.new(
            workspace_id=desk.workspace.id,
            conversation_id=conversation.id,
            direction=Direction.NOTE,
            state=MessageState.KEPT,
            author=press.actor,
            text=text,
            reason=Reason.NOTE,
            sent_at=now,
            created_at=now,
        )
        drawing = lines.noted(await people.name_of(desk, press.actor), text)
        await plan.line(conversation, drawing, now, message=message)
        return message

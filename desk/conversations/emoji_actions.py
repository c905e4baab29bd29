"""An emoji on a card that does what a button does, where the account allows that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from tortoise.transactions import in_transaction

from desk import people
from desk.context import Desk
from desk.conversations import assignment, seen, snoozing, views, when
from desk.conversations.aftermath import Passed, Whisper
from desk.conversations.assignment import Press, Refusal
from desk.conversations.scene import case
from desk.slack import cards, lines, wording
from models import Conversation, Status


async def act(desk: Desk, conversation: Conversation, user: str, emoji: str, at: str) -> list[Passed]:
    """Carry out what an agent's emoji on the card means; one transaction, once for each `at`.

    On a closed card it means nothing, nor from anybody else. A refusal is told to the agent alone.
    """
    account = desk.accounts.get(conversation.account_id)
    deed = _DEEDS.get(emoji)
    if deed is None or account is None or not account.config.emoji_actions:
        return []
    async with in_transaction():
        row = await Conversation.held(conversation.id)
        if row is None or row.status not in (Status.UNASSIGNED, Status.INBOX):
            return []
        if not await people.is_agent(desk, row.account_id, user):
            return []
        if not await seen.first_time(desk, f"slack:emoji:{row.channel}:{user}:{emoji}:{at}"):
            return []
        try:
            await deed(desk, row, Press(conversation_id=row.id, actor=user))
        except Refusal as refusal:
            return [Whisper(channel=row.channel, user=user, drawing=lines.told(refusal.words))]
    return []


async def _take(desk: Desk, row: Conversation, press: Press) -> None:
    """Nobody is relieved of a conversation by somebody's glance at it."""
    if row.assignee and row.assignee != press.actor:
        raise Refusal(wording.closing.emoji_has(await people.name_of(desk, row.assignee)))
    await assignment.assign(desk, press, press.actor)


async def _close(desk: Desk, row: Conversation, press: Press) -> None:
    """Where the button asks first, an emoji does nothing."""
    view = await views.card(desk, await case(desk, row))
    if cards.close_question(view) is not None:
        raise Refusal(wording.closing.emoji_unanswered(view.name, waiting=view.waiting_since is not None))
    await assignment.close(desk, press)


async def _snooze(desk: Desk, row: Conversation, press: Press) -> None:
    until = when.read("tomorrow", desk.clock.now(), await people.zone_of(desk, press.actor))
    if isinstance(until, when.Until):
        await snoozing.snooze(desk, press, until)


_DEEDS: Mapping[str, Callable[[Desk, Conversation, Press], Awaitable[None]]] = {
    "eyes": _take,
    "white_check_mark": _close,
    "zzz": _snooze,
}
"""By Slack's name of the emoji."""

"""Assign, hand over, release, close, reopen, archive: what a person presses.

Each use case checks who asks and for which state of the conversation, moves it through
the one function, and writes the lines, marks and redraws that follow. The caller runs it
as a unit of work. A refusal is a sentence for the presser alone; it changes nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from tortoise.transactions import in_transaction

from desk import people
from desk.context import Desk
from desk.conversations import read_marks, views
from desk.conversations.apply import Change, Stale, apply
from desk.conversations.lifecycle import InvalidTransition
from desk.conversations.scene import held
from desk.delivery import keys, plan
from desk.slack import lines, wording
from models import Contact, Conversation, DeliveryKind, Status, Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """Who pressed what, on a card drawn for which version (None: not from a card)."""

    conversation_id: int
    actor: str
    version: int | None = None


class Refusal(Exception):
    """Nothing was changed; `words` say why."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


async def pressed(desk: Desk, press: Press) -> Conversation:
    """The conversation, if this person may act on it and saw it as it is. Raises `Refusal`."""
    conversation = await held(desk, press.conversation_id)
    if conversation is None or not await people.is_agent(desk, conversation.account_id, press.actor):
        raise Refusal(wording.general.ONLY_TEAM)
    if press.version is not None and press.version != conversation.version:
        raise Refusal(await _out_of_date(desk, conversation, press.actor))
    return conversation


async def _out_of_date(desk: Desk, conversation: Conversation, actor: str) -> str:
    """What happened since the card was drawn, and who did it; to a second press that the first did it."""
    by, owner = conversation.changed_by, conversation.assignee
    seconds = max((desk.clock.now() - conversation.changed_at).total_seconds(), 0.0)
    if conversation.snoozed_by and by == conversation.snoozed_by:
        return wording.refusals.snoozed_before(await people.name_of(desk, by), seconds, own=by == actor)
    match conversation.status:
        case Status.ARCHIVED:
            return wording.refusals.archived(conversation.archived_at)
        case Status.CLOSED if by == actor:
            return wording.refusals.CLOSED_ALREADY
        case Status.CLOSED if by:
            return wording.refusals.closed_before(await people.name_of(desk, by), seconds)
        case Status.INBOX if owner == actor:
            return wording.refusals.already_has("", own=True)
        case Status.INBOX if by == owner:
            return wording.refusals.taken_before(await people.name_of(desk, by), seconds)
    return wording.general.OUT_OF_DATE


_AS_IT_IS = {
    (Status.UNASSIGNED, Trigger.RELEASE): wording.refusals.UNASSIGNED_ALREADY,
    (Status.UNASSIGNED, Trigger.REOPEN): wording.refusals.OPEN_ALREADY,
    (Status.INBOX, Trigger.REOPEN): wording.refusals.OPEN_ALREADY,
}
"""What is said to whoever writes an order that was carried out before."""


async def moved(
    desk: Desk,
    press: Press,
    change: Change,
    say: Callable[[Conversation, Conversation, datetime], Awaitable[None]],
    may: Callable[[Conversation], Awaitable[None]] | None = None,
) -> Conversation:
    """Check, move, say, redraw; one transaction. Raises `Refusal`."""
    async with in_transaction():
        before = await pressed(desk, press)
        if may:
            await may(before)
        now = desk.clock.now()
        try:
            after = await apply(before, change, now)
        except (InvalidTransition, Stale) as error:
            said = _AS_IT_IS.get((before.status, change.trigger)) if press.version is None else None
            fresh = await Conversation.get(id=before.id)
            raise Refusal(said or await _out_of_date(desk, fresh, press.actor)) from error
        await say(before, after, now)
        await plan.refresh(after, now, rank=keys.Rank.CARD)
        if after.status is not Status.UNASSIGNED:
            await plan.retract_notice(after, now)
        if after.status is Status.INBOX:
            await read_marks.read(desk, after, now)
        return after


async def assign(desk: Desk, press: Press, to: str, comment: str = "") -> Conversation:
    """Give the conversation to an agent, oneself included. Raises `Refusal`."""

    async def may(before: Conversation) -> None:
        if not await people.is_agent(desk, before.account_id, to):
            raise Refusal(wording.refusals.not_an_agent(await people.name_of(desk, to)))
        if before.assignee == to and before.status is Status.INBOX:
            raise Refusal(wording.refusals.already_has(await people.name_of(desk, to), own=to == press.actor))

    async def say(before: Conversation, after: Conversation, now: datetime) -> None:
        actor = await people.name_of(desk, press.actor)
        if to == press.actor:
            drawing = lines.taken_from(actor, before.assignee) if before.assignee else lines.taken(actor)
            await plan.line(
                after, drawing, now, rank=keys.Rank.HANDOVER if before.assignee else keys.Rank.LINE
            )
            return
        had = told(before.assignee, press.actor)
        await plan.line(after, lines.handed(actor, to, comment, had), now, rank=keys.Rank.HANDOVER)
        await _direct(desk, after, to, actor, comment, now)

    change = Change(trigger=Trigger.ASSIGN, actor=press.actor, to=to, comment=comment)
    return await moved(desk, press, change, say, may)


def told(user: str | None, actor: str) -> str | None:
    """Whom a change concerns beside the one who made it."""
    return user if user and user != actor else None


async def _direct(desk: Desk, after: Conversation, to: str, actor: str, comment: str, now: datetime) -> None:
    """A direct message on assignment, where the account wants it and the card stands."""
    account = desk.accounts.get(after.account_id)
    if account and account.config.direct_message and after.card_ts:
        contact = await Contact.get(id=after.contact_id)
        url = views.permalink(desk, after.channel, after.card_ts)
        await plan.direct(desk.workspace.id, to, lines.handed_direct(actor, contact.name, url, comment), now)


async def release(desk: Desk, press: Press) -> Conversation:
    """Back to Unassigned; the assignee is told, and the channel sees a linked post."""

    async def say(before: Conversation, after: Conversation, now: datetime) -> None:
        actor = await people.name_of(desk, press.actor)
        await plan.line(after, lines.released(actor, told(before.assignee, press.actor)), now)
        await plan.thread(after, DeliveryKind.NOTICE, now, rank=keys.Rank.LINE)

    return await moved(desk, press, Change(trigger=Trigger.RELEASE, actor=press.actor), say)


async def close(desk: Desk, press: Press) -> Conversation:
    """Closed; kept for a while, then archived."""

    async def say(before: Conversation, after: Conversation, now: datetime) -> None:
        actor = await people.name_of(desk, press.actor)
        await plan.line(after, lines.closed(actor, told(before.assignee, press.actor)), now)

    return await moved(desk, press, Change(trigger=Trigger.CLOSE, actor=press.actor), say)


async def reopen(desk: Desk, press: Press) -> Conversation:
    """Open again, for the presser; whoever had it last is told."""

    async def say(before: Conversation, after: Conversation, now: datetime) -> None:
        await say_reopened(desk, before, after, press.actor, now)

    async def may(before: Conversation) -> None:
        contact = await Contact.get(id=before.contact_id)
        if contact.blocked_at:
            who = await people.name_of(desk, contact.blocked_by)
            raise Refusal(wording.closing.blocked_by(who, contact.name))

    return await moved(desk, press, Change(trigger=Trigger.REOPEN, actor=press.actor), say, may)


async def say_reopened(
    desk: Desk, before: Conversation, after: Conversation, actor: str, now: datetime
) -> None:
    """The line in the thread; it rings for whoever had the conversation last, if they are here."""
    had = told(before.last_assignee, actor)
    here = had is not None and await people.is_agent(desk, before.account_id, had)
    await plan.line(after, lines.reopened(await people.name_of(desk, actor), had if here else None), now)


async def archive_due(desk: Desk, limit: int = 100) -> int:
    """Archive what was closed long enough ago; no lines, the card last. Returns how many."""
    now = desk.clock.now()
    due = await Conversation.filter(
        workspace_id=desk.workspace.id,
        status=Status.CLOSED,
        closed_at__lte=now - desk.settings.durations.kept_closed,
    ).limit(limit)
    for conversation in due:
        await desk.units.run(lambda c=conversation: _archive(c, now))  # type: ignore[misc]  # bound now
    return len(due)


async def _archive(conversation: Conversation, now: datetime) -> None:
    async with in_transaction():
        try:
            after = await apply(conversation, Change(trigger=Trigger.ARCHIVE), now)
        except (InvalidTransition, Stale):
            return
        await plan.refresh(after, now, rank=keys.Rank.ARCHIVE)

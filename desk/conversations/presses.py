"""Presses on messages: send what was kept, keep what failed, try again, say that it arrived.

Each is one transaction that moves the message by compare-and-set, so that two people who
press at once send it once. Refusals are sentences for the presser.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from tortoise.transactions import in_transaction

from desk import people
from desk.context import Desk
from desk.conversations import commands, converting, linked, sending, turns
from desk.conversations.aftermath import Passed
from desk.conversations.apply import Change, apply
from desk.conversations.assignment import Refusal, say_reopened
from desk.conversations.converting import CONVERT
from desk.conversations.judge import LINKABLE, Reason, blocked
from desk.conversations.scene import Case, case, held, window_ends
from desk.delivery import keys, outbox, plan
from desk.slack import lines, wording
from models import (
    Attachment,
    Delivery,
    DeliveryState,
    Direction,
    Message,
    MessageState,
    Status,
    Trigger,
)

_SENDABLE = (MessageState.KEPT, MessageState.GUARDED, MessageState.REFUSED, MessageState.WITHDRAWN)


class How(StrEnum):
    """How a kept message is to be sent."""

    AS_IS = "send"
    TAKE_OVER = "take_and_send"
    REOPEN = "reopen_and_send"
    WITHOUT_MENTION = "send_without_mention"
    TEXT_ONLY = "text_only"
    AS_LINK = "as_link"
    CONVERTED = "converted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a press did: passing effects for after the commit, and whose message it was."""

    effects: list[Passed]
    message: Message


async def _open(desk: Desk, message_id: int, actor: str) -> tuple[Case, Message]:
    """The message and its conversation, if this person answers there. Raises `Refusal`."""
    message = await Message.get_or_none(workspace_id=desk.workspace.id, id=message_id)
    conversation = await held(desk, message.conversation_id) if message else None
    if conversation is None or not await people.is_agent(desk, conversation.account_id, actor):
        raise Refusal(wording.general.ONLY_TEAM)
    return await case(desk, conversation), await Message.get(id=message_id)


async def send_kept(desk: Desk, message_id: int, actor: str, how: How) -> Sent:
    """Send a note, a guarded or a refused message after all. Raises `Refusal`.

    Whichever button it was, colleagues who are mentioned in it are left out.
    """
    async with in_transaction():
        found, message = await _open(desk, message_id, actor)
        message.text = str(message.detail.get("without_mentions", message.text))
        await _may_go(desk, found, message, how)
        found = await _prepare_conversation(desk, found, message, actor, how)
        if how is How.CONVERTED:
            message.detail = {**message.detail, CONVERT: True}
        first, until = message.hold_until is None, sending.until(desk)
        won = await Message.filter(id=message.id, state=message.state).update(
            **sending.queued(message, until), marked="", text=message.text
        )
        if not won:
            raise Refusal(wording.refusals.ALREADY_SENT)
        message.hold_until, now = until, desk.clock.now()
        if how is How.TEXT_ONLY:
            await Attachment.filter(message_id=message.id).delete()
        if how is How.AS_LINK:
            await Attachment.filter(message_id=message.id).update(link_until=linked.ends(desk))
        if message.marked:
            await plan.mark(message, found.conversation, message.marked, now, remove=True)
        if message.reason == Reason.WRONG_PLACE:
            who = await people.name_of(desk, message.author)
            drawing = lines.sent_from_channel(who, found.contact.name, message.text)
            await plan.line(found.conversation, drawing, now, message=message)
        files, order = await linked.files_of(message), keys.order_at(now)
        effects = await sending.accept(desk, found, message, files, order_key=order, first=first)
        return Sent(effects=effects, message=message)


async def _may_go(desk: Desk, found: Case, message: Message, how: How) -> None:
    """What forbids it now. Raises `Refusal`."""
    if message.direction is Direction.INBOUND or message.deleted_at:
        raise Refusal(wording.refusals.NOT_SENDABLE)
    if message.state not in _SENDABLE:
        raise Refusal(wording.refusals.ALREADY_SENT)
    order = commands.typed(message.text)
    if message.reason == Reason.COMMAND or (order and order.does):
        raise Refusal(wording.commands.NEVER_LEAVES)
    if not await people.is_agent(desk, found.conversation.account_id, message.author):
        raise Refusal(wording.refusals.AUTHOR_NOT_AGENT)
    if found.account is None:
        raise Refusal(wording.refusals.account_absent(found.row.title))
    if found.conversation.status is Status.ARCHIVED:
        raise Refusal(wording.refusals.archived(found.conversation.archived_at))
    await _may_reach(desk, found)
    if found.conversation.status is Status.CLOSED and how is not How.REOPEN:
        raise Refusal(wording.refusals.CLOSED_NOW)
    await _may_files_go(desk, found, message, how)
    if not message.text.strip() and (
        how is How.TEXT_ONLY or not await Attachment.exists(message_id=message.id)
    ):
        raise Refusal(wording.refusals.NOTHING_TO_SEND)
    gone = found.contact.gone_at is not None
    stopped = blocked(gone=gone, window_ends=window_ends(found), at=desk.clock.now())
    if stopped is Reason.GONE:
        raise Refusal(wording.thread.gone(found.contact.name, found.contact.gone_how))
    if stopped is Reason.WINDOW:
        can = found.account.capabilities
        title, span = found.account.network.title, can.reply_window or timedelta()
        raise Refusal(wording.refusals.window_over(title, span, templates=can.templates))


async def _may_reach(desk: Desk, found: Case) -> None:
    """Whoever was blocked gets nothing. Raises `Refusal`."""
    if found.contact.blocked_at:
        who = await people.name_of(desk, found.contact.blocked_by)
        raise Refusal(wording.closing.blocked_by(who, found.contact.name))


_FILE_REASONS = (Reason.TOO_LARGE, Reason.WRONG_KIND, Reason.NO_BYTES)


async def _may_files_go(desk: Desk, found: Case, message: Message, how: How) -> None:
    """Whether they were refused, and what is left to do with them then. Raises `Refusal`."""
    if how is How.AS_LINK:
        if message.reason not in LINKABLE:
            raise Refusal(wording.refusals.NOT_SENDABLE)
        if not linked.possible(desk):
            raise Refusal(wording.refusals.NO_LINKS)
    elif how is How.CONVERTED:
        if await converting.offer(found, message) is None:
            raise Refusal(wording.refusals.NOT_CONVERTIBLE)
    elif (
        message.state is MessageState.REFUSED and message.reason in _FILE_REASONS and how is not How.TEXT_ONLY
    ):
        raise Refusal(wording.refusals.FILE_REFUSED)


async def _prepare_conversation(desk: Desk, found: Case, message: Message, actor: str, how: How) -> Case:
    """Reopen or take over first, where the button says so."""
    now = desk.clock.now()
    conversation = found.conversation
    name = await people.name_of(desk, actor)
    if how is How.REOPEN and conversation.status is Status.CLOSED:
        closed = conversation
        conversation = await apply(closed, Change(trigger=Trigger.REOPEN, actor=actor), now)
        await say_reopened(desk, closed, conversation, actor, now)
    elif how is How.TAKE_OVER and conversation.assignee != actor and conversation.status is Status.INBOX:
        before = conversation.assignee
        conversation = await apply(conversation, Change(trigger=Trigger.ASSIGN, actor=actor, to=actor), now)
        drawing = lines.taken_from(name, before) if before else lines.taken(name)
        await plan.line(conversation, drawing, now, rank=keys.Rank.HANDOVER)
    if conversation.version != found.conversation.version:
        await plan.refresh(conversation, now)
    return replace(found, conversation=conversation)


async def keep_note(desk: Desk, message_id: int, actor: str) -> Message:
    """A message that was not delivered, or refused, becomes a note. Raises `Refusal`."""
    async with in_transaction():
        found, message = await _open(desk, message_id, actor)
        states = [MessageState.FAILED, MessageState.REFUSED, MessageState.GUARDED]
        won = await Message.filter(id=message.id, state__in=states).update(
            state=MessageState.KEPT, direction=Direction.NOTE, marked="memo"
        )
        if not won:
            raise Refusal(wording.refusals.ALREADY_DONE)
        now = desk.clock.now()
        if message.marked and message.marked != "memo":
            await plan.mark(message, found.conversation, message.marked, now, remove=True)
        if message.marked != "memo":
            await plan.mark(message, found.conversation, "memo", now)
        if not await sending.left(message):
            await turns.recount(found.conversation, now)
        await plan.refresh(found.conversation, now)
        return message


async def try_again(desk: Desk, message_id: int, actor: str) -> Message:
    """A new attempt for what did not arrive, with its own result; closed, it opens again as for an answer.
    Raises `Refusal`."""
    async with in_transaction():
        found, message = await _open(desk, message_id, actor)
        if found.account is None:
            raise Refusal(wording.refusals.account_absent(found.row.title))
        if message.deleted_at:
            raise Refusal(wording.refusals.GONE_MESSAGE)
        if found.conversation.status is Status.ARCHIVED:
            raise Refusal(wording.refusals.archived(found.conversation.archived_at))
        await _may_reach(desk, found)
        found = await _prepare_conversation(desk, found, message, actor, How.REOPEN)
        won = await Message.filter(
            id=message.id, state__in=[MessageState.FAILED, MessageState.UNCERTAIN]
        ).update(state=MessageState.QUEUED, marked="")
        now = desk.clock.now()
        if not won or not await sending.again(desk, found, message, now):
            raise Refusal(wording.refusals.ALREADY_DONE)
        if message.marked:
            await plan.mark(message, found.conversation, message.marked, now, remove=True)
        await turns.recount(found.conversation, now)
        await plan.refresh(found.conversation, now)
        return message


async def arrived(desk: Desk, message_id: int, actor: str) -> Message:
    """Somebody knows that an uncertain message reached the customer. Raises `Refusal`."""
    async with in_transaction():
        found, message = await _open(desk, message_id, actor)
        won = await Message.filter(id=message.id, state=MessageState.UNCERTAIN).update(
            state=MessageState.SENT, marked=""
        )
        if not won:
            raise Refusal(wording.refusals.ALREADY_DONE)
        now = desk.clock.now()
        for row in await Delivery.filter(message_id=message.id, state=DeliveryState.UNCERTAIN):
            await outbox.mark_replaced(row)
        if message.marked:
            await plan.mark(message, found.conversation, message.marked, now, remove=True)
        await plan.refresh(found.conversation, now)
        return message


async def correct(desk: Desk, message_id: int, actor: str) -> Sent:
    """Send the changed words of a message that can't be changed as a message of its own.

    Returns the message that keeps its words.
    """
    async with in_transaction():
        found, message = await _open(desk, message_id, actor)
        text = str(message.detail.get("correction") or "")
        if not text or found.account is None:
            raise Refusal(wording.refusals.ALREADY_DONE)
        if found.conversation.status not in (Status.INBOX, Status.UNASSIGNED):
            raise Refusal(wording.refusals.CLOSED_NOW)
        await Message.filter(id=message.id).update(detail={**message.detail, "correction": ""})
        now = desk.clock.now()
        correction = await Message.new(
            workspace_id=desk.workspace.id,
            conversation_id=found.conversation.id,
            direction=Direction.OUTBOUND,
            state=MessageState.QUEUED,
            author=actor,
            text=text,
            sent_at=now,
            created_at=now,
            hold_until=sending.until(desk),
        )
        effects = await sending.accept(desk, found, correction, [], order_key=keys.order_at(now))
        return Sent(effects=effects, message=message)


async def leave_it(desk: Desk, message_id: int, actor: str) -> Message:
    """The customer keeps what they read. Raises `Refusal`."""
    async with in_transaction():
        _, message = await _open(desk, message_id, actor)
        if not message.detail.get("correction"):
            raise Refusal(wording.refusals.ALREADY_DONE)
        await Message.filter(id=message.id).update(detail={**message.detail, "correction": ""})
        return message


async def reason_of(message_id: int) -> str:
    """Why the message's last failed part did not arrive."""
    row = await Delivery.filter(message_id=message_id).exclude(words="").order_by("-id").first()
    return row.words if row else ""

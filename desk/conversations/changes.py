"""A customer changed, took back or reacted to something; a provider reports on a part of ours.

`chat.update` is never used on a customer's post: a change is a new line that quotes the
words before.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from desk.context import ConnectedAccount, Desk
from desk.conversations import doubts, known, queries, ringing, sending, showing, turns, withheld
from desk.conversations.scene import live_of
from desk.delivery import keys, outbox, plan
from desk.slack import fates, lines, wording
from desk.slack.drawing import Drawing
from desk.slack.text import clean_name
from models import (
    Contact,
    Conversation,
    Delivery,
    DeliveryKind,
    Direction,
    EarlyChange,
    Message,
    MessageState,
    Status,
)
from models.database import take_turns
from networks.events import DeliveryReport, InboundDeletion, InboundEdit, InboundReaction, ReportState

Changing = InboundEdit | InboundDeletion | InboundReaction | DeliveryReport


async def find(account: ConnectedAccount, external_id: str) -> Message | None:
    """A message by the provider's id: the customer's own, or the one a part of ours belongs to."""
    message = await Message.get_or_none(external_key=f"{account.id}:{external_id}")
    if message:
        return message
    part = await part_of(account, external_id)
    return await Message.get_or_none(id=part.message_id) if part else None


async def part_of(account: ConnectedAccount, external_id: str) -> Delivery | None:
    """The delivered part with this receipt."""
    return await Delivery.get_or_none(receipt_key=f"{account.id}:{external_id}"[:600])


async def answered(account: ConnectedAccount, external_id: str | None) -> int | None:
    """The message of theirs or ours that another one answers."""
    found = await find(account, external_id) if external_id else None
    return found.id if found else None


async def take(desk: Desk, account: ConnectedAccount, event: Changing) -> None:
    """Apply a change to its message, or keep it until the message arrives."""
    if isinstance(event, DeliveryReport) and event.up_to:
        await _report_up_to(desk, account, event)
        return
    message = await _there(account, event)
    if message is None and isinstance(event, DeliveryReport) and event.key:
        message = await doubts.lifted(desk, account, event)
    if message is None:
        if not isinstance(event, InboundReaction):
            await _keep(desk, account, event)
        return
    if not await _may(message, event):
        return
    message = await Message.get(id=message.id)
    match event:
        case InboundEdit():
            await _edit(desk, message, event.text, event.sent_at)
        case InboundDeletion():
            await _delete(desk, message)
        case InboundReaction():
            await _react(desk, message, event)
        case DeliveryReport():
            part = await part_of(account, event.external_id)
            await _report(desk, message, part, event.state, event.words)


async def _there(account: ConnectedAccount, event: Changing) -> Message | None:
    """The message, or None for good: one that is just being taken is waited for."""
    if found := await find(account, event.external_id):
        return found
    await take_turns(_key(account, event.external_id))
    return await find(account, event.external_id)


def _key(account: ConnectedAccount, external_id: str) -> str:
    return f"{account.id}:{external_id}"[:600]


async def _may(message: Message, event: Changing) -> bool:
    """Whether this customer takes part in that conversation, held from here on, and changes only
    their own words."""
    conversation, _ = await _whose(message)
    contact = await Contact.get(id=conversation.contact_id)
    if not known.is_theirs(conversation, contact, (event.contact_id, event.known_as)):
        return False
    own = message.direction is Direction.INBOUND
    return own or not isinstance(event, InboundEdit | InboundDeletion)


async def _keep(desk: Desk, account: ConnectedAccount, event: Changing) -> None:
    body: dict[str, Any]
    match event:
        case InboundEdit():
            body = {"what": "edit", "text": event.text, "at": event.sent_at.isoformat()}
        case DeliveryReport():
            body = {"what": "report", "state": event.state, "words": event.words}
        case _:
            body = {"what": "delete"}
    await EarlyChange.create(
        workspace_id=desk.workspace.id,
        key=_key(account, event.external_id),
        body=body,
        at=desk.clock.now(),
    )


async def apply_early(desk: Desk, account: ConnectedAccount, message: Message) -> None:
    """A message has arrived whose edit or deletion came first."""
    await _apply_kept(desk, message, message.external_key or "")


async def apply_early_reports(desk: Desk, message: Message, key: str) -> bool:
    """A part has its receipt; what the provider reported of it before is applied now.

    Returns whether it was reported that it did not arrive.
    """
    some = await _apply_kept(desk, message, key)
    return some and await Message.exists(id=message.id, state=MessageState.FAILED)


async def _apply_kept(desk: Desk, message: Message, key: str) -> bool:
    """Whether anything was kept under this key."""
    await take_turns(key)
    early = await EarlyChange.filter(key=key).order_by("id")
    for kept in early:
        match kept.body["what"]:
            case "edit":
                fresh = await Message.get(id=message.id)
                await _edit(desk, fresh, kept.body["text"], datetime.fromisoformat(kept.body["at"]))
            case "report":
                part = await Delivery.get_or_none(receipt_key=key)
                await _report(desk, message, part, ReportState(kept.body["state"]), kept.body["words"])
            case _:
                await _delete(desk, message)
        await kept.delete()
    return bool(early)


async def _edit(desk: Desk, message: Message, text: str, at: datetime) -> None:
    """The customer's words since `at`, unless what came before told of a later change."""
    if message.deleted_at or (message.edited_at and at < message.edited_at):
        return
    await Message.filter(id=message.id).update(edited_at=at)
    if text == message.text:
        return
    now = desk.clock.now()
    before = await queries.stands_for(message)
    await Message.filter(id=message.id).update(text=text, revision=message.revision + 1)
    conversation, name = await _whose(message)
    if await withheld.is_blocked(conversation):
        await withheld.keep_change(message, before)
        return
    said = wording.thread.changed_words(clean_name(name))
    drawn = lines.edited(name, before, text, ringing.assignee(conversation))
    for drawing in _quietly(desk, conversation, said, *drawn):
        await plan.line(conversation, drawing, now, rank=keys.Rank.WORDS, message=message)
    await _redraw(desk, conversation)


def _quietly(desk: Desk, conversation: Conversation, said: str, *drawings: Drawing) -> tuple[Drawing, ...]:
    """The lines as they are, or with `said` in place of words that are kept off lock screens."""
    if not showing.hides_words(desk, conversation):
        return drawings
    return tuple(lines.quiet(drawing, said) for drawing in drawings)


async def _delete(desk: Desk, message: Message) -> None:
    if message.deleted_at:
        return
    now = desk.clock.now()
    await Message.filter(id=message.id).update(deleted_at=now)
    conversation, name = await _whose(message)
    if await withheld.is_blocked(conversation):
        await withheld.keep_change(message, await queries.stands_for(message))
        return
    drawing = lines.deleted(name, await queries.stands_for(message))
    await plan.line(conversation, drawing, now, rank=keys.Rank.WORDS, message=message)
    await _redraw(desk, conversation)


async def _redraw(desk: Desk, conversation: Conversation) -> None:
    """The card of a conversation that nobody has shows the customer's words."""
    if conversation.status is Status.UNASSIGNED:
        await plan.refresh(conversation, desk.clock.now(), wait=desk.settings.durations.card_words_every)


async def _react(desk: Desk, message: Message, event: InboundReaction) -> None:
    if event.removed:
        return
    conversation, name = await _whose(message)
    if await withheld.is_blocked(conversation):
        return
    drawing = lines.reacted(name, event.emoji, await queries.stands_for(message))
    said = wording.thread.reacted(clean_name(name), event.emoji, "")
    for each in _quietly(desk, conversation, said, drawing):
        await plan.line(conversation, each, desk.clock.now(), message=message)


async def _report(
    desk: Desk, message: Message, part: Delivery | None, state: ReportState, words: str
) -> None:
    """Read is shown on the card; a failure that comes later is said like one that came at once.

    What is told of a part that another attempt stands for by now is history.
    """
    if part and part.result.get("replaced"):
        return
    now = desk.clock.now()
    conversation, name = await _whose(message)
    if state is ReportState.READ and await _is_newest(message):
        await Conversation.filter(id=conversation.id).update(read_up_to=now)
        await plan.refresh(conversation, now, wait=desk.settings.durations.card_words_every)
    if state is ReportState.FAILED and message.state is not MessageState.FAILED:
        words = words or wording.thread.REPORTED_FAILED
        if part:
            await outbox.reported_failed(part, words)
            await outbox.cancel_after(part, now)
        await Message.filter(id=message.id).update(
            state=MessageState.FAILED, marked="warning" if message.slack_ts else ""
        )
        if message.slack_ts:
            await plan.mark(message, conversation, "white_check_mark", now, remove=True)
            await plan.mark(message, conversation, "warning", now)
        await plan.line(
            conversation,
            fates.failed(name, words, message.id, author=message.author),
            now,
            rank=keys.Rank.FAILURE,
            message=message,
        )
        if not await sending.left(message):
            await turns.recount(conversation, now)
        await plan.refresh(conversation, now)


async def _report_up_to(desk: Desk, account: ConnectedAccount, event: DeliveryReport) -> None:
    """What is told of everything until a moment is told of our last answer, if that had left by then."""
    contact = await known.contact(account, event.contact_id, event.known_as)
    live = await live_of(contact) if contact else None
    if live is None:
        return
    sent = Delivery.filter(conversation_id=live.id, kind=DeliveryKind.PART, receipt_key__isnull=False)
    part = await sent.order_by("-message_id", "-id").first()
    if part is None or part.started_at is None or part.started_at > event.sent_at:
        return
    await _report(desk, await Message.get(id=part.message_id), part, event.state, event.words)


async def _is_newest(message: Message) -> bool:
    """Whether it is our last answer: that an older one was read says nothing of this."""
    later = Message.filter(
        conversation_id=message.conversation_id, direction=Direction.OUTBOUND, id__gt=message.id
    )
    return not await later.exclude(state=MessageState.WITHDRAWN).exists()


async def _whose(message: Message) -> tuple[Conversation, str]:
    conversation = await Conversation.held(message.conversation_id)
    if conversation is None:
        raise LookupError(f"message {message.id} has no conversation")
    contact = await Contact.get(id=conversation.contact_id)
    return conversation, contact.name

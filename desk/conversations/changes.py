"""A customer changed, took back or reacted to something; a provider reports on a part of ours.

`chat.update` is never used on a customer's post: a change is a new line that quotes the
words before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from tortoise.transactions import in_transaction

from desk.context import ConnectedAccount, Desk
from desk.conversations import doubts, forgetting, known, queries, reports, ringing, showing, withheld
from desk.conversations.reports import Told
from desk.conversations.scene import live_of
from desk.delivery import keys, plan
from desk.slack import lines, wording
from desk.slack.drawing import Drawing
from desk.slack.text import clean_name
from models import (
    Contact,
    Conversation,
    Delivery,
    Direction,
    EarlyChange,
    Message,
    MessageState,
    Status,
)
from models.database import take_turns
from models.lookup import Statement
from networks.events import DeliveryReport, InboundDeletion, InboundEdit, InboundReaction

_BEFORE = Statement(
    "SELECT EXISTS (SELECT 1 FROM message WHERE external_key = ?) AS taken,"
    " EXISTS (SELECT 1 FROM early_change WHERE key = ?) AS changed"
)
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
        await reports.up_to(desk, account, event)
        return
    message = await _there(account, event)
    if message is None and isinstance(event, DeliveryReport) and event.key:
        message = await doubts.lifted(desk, account, event)
    if message is None:
        if isinstance(event, InboundReaction):
            await _react_to_what_is_not_here(desk, account, event)
        else:
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
            await reports.take(desk, message, part, Told.of(event))


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
            body["from"] = [account.id, event.contact_id, event.known_as]
        case DeliveryReport():
            body = {"what": "report", "state": event.state, "words": event.words, "cause": event.cause}
        case _:
            body = {"what": "delete"}
            changed = EarlyChange.filter(key=_key(account, event.external_id), due_at__isnull=False)
            await changed.delete()  # nobody is to read them now
    now = desk.clock.now()
    await EarlyChange.create(
        workspace_id=desk.workspace.id,
        key=_key(account, event.external_id),
        body=body,
        at=now,
        due_at=now + desk.settings.durations.edit_waits if isinstance(event, InboundEdit) else None,
    )


async def tell_orphans(desk: Desk) -> bool:
    """Show the words of changes whose message does not come: it was written before the account was connected,
    or is lost. Returns whether there is something to post. Each is a transaction of its own."""
    due = EarlyChange.filter(workspace_id=desk.workspace.id, due_at__lte=desk.clock.now())
    orphans = await due.order_by("id").limit(100)
    return any([await desk.units.transact(partial(_tell_orphan, desk, kept)) for kept in orphans])


async def _tell_orphan(desk: Desk, kept: EarlyChange) -> bool:
    """Where the customer has no conversation it waits for one, and is forgotten in the end."""
    now = desk.clock.now()
    account_id, external_id, known_as = kept.body["from"]
    account = desk.accounts.get(account_id)
    async with in_transaction():
        await take_turns(kept.key)
        contact = await known.contact(account, external_id, known_as) if account else None
        live = await live_of(contact) if contact and contact.blocked_at is None else None
        if contact is None or live is None:
            later = now + 10 * desk.settings.durations.edit_waits
            await EarlyChange.filter(id=kept.id).update(due_at=later)
            return False
        if not await EarlyChange.filter(id=kept.id).delete():
            return False
        drawn = lines.edited_unseen(contact.name, kept.body["text"], ringing.assignee(live))
        said = wording.thread.changed_words(clean_name(contact.name))
        for drawing in _quietly(desk, live, said, *drawn):
            await plan.line(live, drawing, now, rank=keys.Rank.WORDS)
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What is known of a customer's message at the moment it comes."""

    taken: bool
    """It is here already."""
    changed: bool
    """Its edit or deletion came first."""


async def before(key: str) -> Before:
    """Look at what came before the message with this key; a change that comes now waits for our commit."""
    await take_turns(key)
    (row,) = await _BEFORE.run(key, key)
    return Before(taken=bool(row["taken"]), changed=bool(row["changed"]))


async def apply_early(desk: Desk, message: Message) -> None:
    """Apply what came before the message."""
    await _apply_kept(desk, message, message.external_key or "")


async def apply_early_reports(desk: Desk, message: Message, key: str) -> bool:
    """A part has its receipt; what the provider reported of it before is applied now.

    Returns whether it was reported that it did not arrive.
    """
    await take_turns(key)
    some = await _apply_kept(desk, message, key)
    await reports.apply_up_to(desk, message, key)
    return some and not await Message.exists(id=message.id, state=MessageState.SENT)


async def _apply_kept(desk: Desk, message: Message, key: str) -> bool:
    """Whether anything was kept under this key."""
    early = await EarlyChange.filter(key=key).order_by("id")
    for kept in early:
        match kept.body["what"]:
            case "edit":
                fresh = await Message.get(id=message.id)
                await _edit(desk, fresh, kept.body["text"], datetime.fromisoformat(kept.body["at"]))
            case "report":
                part = await Delivery.get_or_none(receipt_key=key)
                await reports.take(desk, message, part, Told.kept(kept.body))
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
    forgotten = forgetting.demanded(desk, conversation)
    if forgotten:
        await forgetting.forget(desk, conversation, message)
    if await withheld.is_blocked(conversation):
        if not forgotten:
            await withheld.keep_change(message, await queries.stands_for(message))
        return
    drawing = lines.forgotten(name) if forgotten else lines.deleted(name, await queries.stands_for(message))
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


async def _react_to_what_is_not_here(desk: Desk, account: ConnectedAccount, event: InboundReaction) -> None:
    """To words from before the account was connected, or sent from elsewhere: said where the customer has a
    conversation."""
    contact = await known.contact(account, event.contact_id, event.known_as)
    live = await live_of(contact) if contact and contact.blocked_at is None else None
    if contact is None or live is None or event.removed:
        return
    said = wording.thread.reacted(clean_name(contact.name), event.emoji, "")
    await plan.line(live, lines.told(said), desk.clock.now())


async def _whose(message: Message) -> tuple[Conversation, str]:
    conversation = await Conversation.held(message.conversation_id)
    if conversation is None:
        raise LookupError(f"message {message.id} has no conversation")
    contact = await Contact.get(id=conversation.contact_id)
    return conversation, contact.name

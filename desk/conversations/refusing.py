"""An answer that did not go: refused before it left, failed, or of unknown fate.

Runs inside the transaction that ends its delivery. Nothing here is a passing effect: the
mark and the line stay until somebody chooses.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desk.context import Desk
from desk.conversations import aftermath, keeping, sending, spooled, turns, views
from desk.conversations.converting import CONVERTED
from desk.conversations.judge import MEANT, Reason
from desk.conversations.scene import Case, takes_templates
from desk.delivery import keys, outbox, plan
from desk.slack import fates, lines
from models import (
    Contact,
    Conversation,
    Delivery,
    Direction,
    Message,
    MessageState,
)
from models.lookup import Pair, Update

_ARRIVED = Pair(
    Message,
    Conversation,
    via="conversation_id",
    where="message.id = ?",
    beside={
        "more": "EXISTS (SELECT 1 FROM delivery"
        " WHERE message_id = message.id AND kind = ? AND unfinished = TRUE)",
        "files": "EXISTS (SELECT 1 FROM attachment WHERE message_id = message.id)",
        "early": "EXISTS (SELECT 1 FROM early_change WHERE key IN (?, ?))",
    },
)
_ON_ITS_WAY = Update(Message, "id = ? AND state IN (?, ?)")


async def refuse(desk: Desk, found: Case, message: Message, reason: Reason, detail: dict[str, Any]) -> None:
    """Keep the message inside, whole, with ⚠️ and its sentence, until its author chooses."""
    now = desk.clock.now()
    won = await Message.filter(id=message.id, state=MessageState.QUEUED).update(
        state=MessageState.REFUSED,
        direction=Direction.NOTE,
        reason=reason.value,
        detail=detail,
        marked="warning" if message.slack_ts else "",
    )
    if not won:
        return
    refused = await Message.get(id=message.id)
    if message.slack_ts:
        await plan.mark(refused, found.conversation, "warning", now)
    await turns.recount(found.conversation, now)
    if reason in MEANT:
        due = now + desk.settings.durations.nudge_after
        await plan.nudge(found.conversation, refused, now, due)
    await plan.refresh(found.conversation, now)
    await spooled.refused(desk, message.id)
    account_id, contact = found.conversation.account_id, found.contact.external_id
    silent = aftermath.Typing(account_id=account_id, contact=contact, on=False)
    aftermath.offer(desk, [await keeping.told(desk, found, refused), silent])


async def fail(desk: Desk, row: Delivery, words: str) -> None:
    """A part did not arrive: its later parts don't go, its author hears why and can retry."""
    await _ended(desk, row, MessageState.FAILED, words)


async def doubtful(desk: Desk, row: Delivery, words: str) -> None:
    """A part may or may not have arrived: only a person can tell."""
    await _ended(desk, row, MessageState.UNCERTAIN, words)


async def _ended(desk: Desk, row: Delivery, state: MessageState, words: str) -> None:
    message = await Message.get_or_none(id=row.message_id)
    found = await views.of(desk, row.conversation_id)
    if message is None or found is None:
        return
    now = desk.clock.now()
    await outbox.cancel_after(row, now)
    typing_ends = aftermath.Typing(
        account_id=found.conversation.account_id, contact=found.contact.external_id, on=False
    )
    aftermath.offer(desk, [typing_ends])
    mark = "warning" if state is MessageState.FAILED else "grey_question"
    await Message.filter(id=message.id).update(state=state, marked=mark if message.slack_ts else "")
    if message.slack_ts:
        await plan.mark(message, found.conversation, mark, now)
    name = found.contact.name
    late = row.result.get("too_late") and takes_templates(found)
    template = found.conversation.id if late else None
    drawing = (
        fates.failed(name, words, message.id, author=message.author, template=template)
        if state is MessageState.FAILED
        else fates.uncertain(name, message.id, author=message.author)
    )
    await plan.line(found.conversation, drawing, now, rank=keys.Rank.FAILURE, message=message)
    if state is MessageState.FAILED and found.contact.gone_at is None and not await sending.left(message):
        await turns.recount(found.conversation, now)
    await plan.refresh(found.conversation, now)
    await spooled.release(desk, message.id)


async def slow(desk: Desk, row: Delivery, words: str) -> None:
    """Said once per outage: it hasn't gone yet, and is being tried."""
    conversation = await Conversation.get_or_none(id=row.conversation_id)
    if conversation:
        now = desk.clock.now()
        await plan.line(conversation, fates.not_yet(words), now, rank=keys.Rank.FAILURE)
        await plan.refresh(conversation, now)


def _overdue(desk: Desk, message: Message, now: datetime) -> bool:
    """Whether the card may say that this has not arrived."""
    until = message.hold_until
    return until is not None and now - until > desk.settings.durations.slow_notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What there is to know once a part arrived: what it is a part of, where that was said, and more."""

    message: Message
    conversation: Conversation
    last: bool
    """No other part is on its way."""
    files: bool
    """The message has files."""
    reported: bool
    """The network has told of it before."""


async def look(row: Delivery, receipt_key: str) -> Arrived:
    """Look at what a part belongs to that the network took under this key."""
    up_to = keys.told_up_to(row.conversation_id or 0)
    message, conversation, beside = await _ARRIVED.with_beside(row.kind, receipt_key, up_to, row.message_id)
    return Arrived(
        message=message,
        conversation=conversation,
        last=not beside["more"],
        files=bool(beside["files"]),
        reported=bool(beside["early"]),
    )


async def sent(desk: Desk, row: Delivery, part: Arrived) -> aftermath.Tick | None:
    """A part arrived; with the last one the message did, and its mark is due."""
    message, conversation = part.message, part.conversation
    if not part.last:
        return None
    won = await _ON_ITS_WAY.set(
        message.id, MessageState.QUEUED, MessageState.UNCERTAIN, state=MessageState.SENT, marked=""
    )
    if not won:
        return None
    now = desk.clock.now()
    late = bool(row.result.get("told") or row.payload.get("tries"))
    if late:
        tries = int(row.payload.get("tries", 0)) + row.attempts
        await plan.line(conversation, fates.sent_late(now, tries), now)
    if message.detail.get("broadcast"):
        contact = await Contact.get(id=conversation.contact_id)
        await plan.line(conversation, lines.broadcast(contact.name), now)
    if became := message.detail.get(CONVERTED):
        await plan.line(conversation, fates.converted(list(became.values())), now)
    if part.files:
        await spooled.discard(desk, message.id)
    doubted = message.state is MessageState.UNCERTAIN
    if late or doubted or message.marked or _overdue(desk, message, now):
        await plan.refresh(conversation, now)
    if not message.slack_ts:
        return None
    return aftermath.Tick(conversation_id=conversation.id, channel=conversation.channel, ts=message.slack_ts)

"""An answer on its way to the customer: accepted, withdrawn, sent after all, or tried again.

All functions run inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from desk import people
from desk.context import ConnectedAccount, Desk
from desk.conversations import linked, read_marks, turns
from desk.conversations.aftermath import Passed, Typing
from desk.conversations.apply import ELSEWHERE, Change, apply
from desk.conversations.converting import CONVERT, CONVERTED
from desk.conversations.scene import Case
from desk.delivery import keys, outbox, outward, parts, plan, queue
from desk.slack import lines
from models import (
    Attachment,
    Conversation,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Direction,
    Message,
    MessageState,
    Status,
    Trigger,
)
from networks.capabilities import MediaKind


def until(desk: Desk, account: ConnectedAccount | None = None) -> datetime:
    """When an answer leaves that is accepted now; one that was written to `account`, once its author had
    time to change it or take it back."""
    hold = account.config.undo_hold if account else timedelta()
    return desk.clock.now() + max(hold, desk.settings.durations.min_hold)


def queued(message: Message, hold_until: datetime) -> dict[str, Any]:
    """What a message becomes that was written earlier and is to leave then."""
    kept = ("broadcast", ELSEWHERE, CONVERT, CONVERTED)
    seen = {key: message.detail[key] for key in kept if message.detail.get(key)}
    return {
        "state": MessageState.QUEUED,
        "direction": Direction.OUTBOUND,
        "hold_until": hold_until,
        "reason": "",
        "detail": seen,
    }


async def accept(
    desk: Desk,
    found: Case,
    message: Message,
    files: Sequence[Attachment],
    *,
    order_key: str,
    first: bool = True,
) -> list[Passed]:
    """The message, which is queued, goes to the customer once its hold is over: rows for it, and the turn
    is theirs. `first`: it was not on its way before."""
    if found.account is None:
        raise ValueError("an absent account takes no reply")
    now = desk.clock.now()
    conversation = await _taken_by(desk, found, message, now, first=first)
    await leave(desk, found.account, conversation, message, files, order_key=order_key, now=now)
    await turns.answered(conversation, now)
    if found.conversation.waiting_since:
        await read_marks.read(desk, conversation, now)
    await _redraw(desk, found.conversation, conversation, now)
    return [typing(found)]


def typing(found: Case, *, on: bool = True) -> Typing:
    """The customer sees that an answer is on its way, or that none is any more."""
    return Typing(account_id=found.conversation.account_id, contact=found.contact.external_id, on=on)


async def _taken_by(desk: Desk, found: Case, message: Message, now: datetime, *, first: bool) -> Conversation:
    """Whoever answers an unassigned conversation has it; answering for somebody is said, once for each
    message, however often it is changed before it leaves."""
    conversation = found.conversation
    if conversation.status is Status.UNASSIGNED:
        taken = await apply(conversation, Change(trigger=Trigger.AGENT_REPLIES, actor=message.author), now)
        await plan.retract_notice(taken, now)
        name = await people.name_of(desk, message.author)
        await plan.line(taken, lines.taken(name), now)
        return taken
    for_another = conversation.assignee and conversation.assignee != message.author
    if for_another and first:
        by = await people.name_of(desk, message.author)
        whom = await people.name_of(desk, conversation.assignee or "")
        await plan.line(conversation, lines.answered_for(by, whom), now)
    return conversation


async def _redraw(desk: Desk, before: Conversation, after: Conversation, now: datetime) -> None:
    """The card shows who has the conversation at once, whose turn it is soon, and one answer more never."""
    if after.version != before.version:
        await plan.refresh(after, now)
    elif before.waiting_since or _was_read(before):
        await plan.refresh(after, now, wait=desk.settings.durations.card_turn_within)


def _was_read(row: Conversation) -> bool:
    """Whether the card says that our last answer was read."""
    return bool(row.read_up_to and row.last_reply_at and row.read_up_to >= row.last_reply_at)


async def leave(
    desk: Desk,
    account: ConnectedAccount,
    conversation: Conversation,
    message: Message,
    files: Sequence[Attachment],
    *,
    order_key: str,
    now: datetime,
) -> None:
    """Write the rows that bring a message out: parts, or first a look at its files."""
    if any(file.link_until is None for file in files):
        await outward.to_network(
            conversation, DeliveryKind.PREPARE, now, order_key=order_key, message=message
        )
        return
    await linked.renew(desk, files)
    words = linked.words(desk, message.text, files)
    for effect in part_effects(account, conversation, message, words, [], order_key=order_key, now=now):
        await outbox.enqueue(effect, now)


def part_effects(
    account: ConnectedAccount,
    conversation: Conversation,
    message: Message,
    words: str,
    files: list[Attachment],
    *,
    order_key: str,
    now: datetime,
) -> list[outbox.Effect]:
    """One row for each visible call to the network: for the words, and the files that go as such."""
    template = message.detail.get("template")
    whole = [parts.PlannedPart(text=words)]
    planned = whole if template else parts.plan(words, [_to_send(f) for f in files], account.capabilities)
    more = {"template": template} if template else {}
    return [
        outward.to_network_effect(
            conversation,
            DeliveryKind.PART,
            order_key=order_key,
            due_at=message.hold_until or now,
            message=message,
            payload={**_payload(part), "answers": n == 0, **more},
        )
        for n, part in enumerate(planned)
    ]


def _payload(part: parts.PlannedPart) -> dict[str, Any]:
    others = {"others": list(part.others)} if part.others else {}
    return {"text": part.text, "attachment": part.attachment_id, **others}


def _to_send(file: Attachment) -> parts.FileToSend:
    return parts.FileToSend(id=file.id, kind=MediaKind(file.kind), size=file.size or 0)


async def withdraw(desk: Desk, message: Message) -> bool:
    """Catch a message whole, within its hold or while its network is away; False if any of it may
    have left.

    Only the first row of a lane can be claimed, so once that is caught the others are safe. A look
    at its files that is under way brings nothing out for a message that was caught.
    """
    rows = await Delivery.filter(
        message_id=message.id, kind__in=[DeliveryKind.PART, DeliveryKind.PREPARE]
    ).order_by("id")
    waiting = [r for r in rows if r.unfinished]
    if not waiting or any(r.kind is DeliveryKind.PART and queue.may_have_left(r) for r in rows):
        return False
    now = desk.clock.now()
    going = [r for r in waiting if r.kind is DeliveryKind.PART]
    if going and not await outbox.cancel(going[:1], now):
        return False
    await outbox.cancel([r for r in waiting if r not in going[:1]], now)
    for row in waiting:
        await outbox.mark_replaced(row)
    return True


async def stop(desk: Desk, message: Message) -> None:
    """Let nothing more of a message leave; what has left of it is all there is."""
    rows = await Delivery.filter(message_id=message.id, kind=DeliveryKind.PART, unfinished=True)
    caught = 0
    for row in rows:
        if not queue.may_have_left(row) and await outbox.cancel([row], desk.clock.now()):
            await outbox.mark_replaced(row)
            caught += 1
    if caught == len(rows):
        await Message.filter(id=message.id, state=MessageState.QUEUED).update(state=MessageState.SENT)


async def left(message: Message) -> bool:
    """Whether the customer has any of it, or may have."""
    rows = await Delivery.filter(message_id=message.id, kind=DeliveryKind.PART)
    return any(queue.may_have_left(row) and not row.result.get("reported_failed") for row in rows)


async def again(desk: Desk, found: Case, message: Message, now: datetime) -> bool:
    """New rows for the part that did not go and those after it. False: nothing is left to send.

    The key is kept after an uncertain end (the network may know the part), new after a refusal.
    """
    rows = await Delivery.filter(message_id=message.id, kind=DeliveryKind.PART).order_by("id")
    lost = [r for r in rows if _lost(r)]
    prepared = await Delivery.filter(
        message_id=message.id, kind=DeliveryKind.PREPARE, state=DeliveryState.DEAD
    ).exists()
    if found.account is None or not (lost or prepared):
        return False
    order_key = keys.order_at(now)
    message.hold_until = now
    if not lost:
        files = await linked.files_of(message)
        await leave(desk, found.account, found.conversation, message, files, order_key=order_key, now=now)
        return True
    payloads = await _payloads(desk, found.account, message, rows, lost)
    for row in lost:
        await outbox.mark_replaced(row)
    for payload in payloads:
        await outward.to_network(
            found.conversation,
            DeliveryKind.PART,
            now,
            order_key=order_key,
            message=message,
            payload=payload,
        )
    return True


async def _payloads(
    desk: Desk, account: ConnectedAccount, message: Message, rows: list[Delivery], lost: list[Delivery]
) -> list[dict[str, Any]]:
    """What goes again: the lost parts; or, if none arrived, the words as they are now."""
    copies = [_new_attempt(row) for row in lost]
    some_arrived = any(r not in lost and r.state is DeliveryState.DELIVERED for r in rows)
    files = await linked.files_of(message)
    if some_arrived or message.detail.get("template") or any(file.link_until is None for file in files):
        return copies
    await linked.renew(desk, files)
    words = linked.words(desk, message.text, files)
    now_said = [part.text for part in parts.plan(words, (), account.capabilities)]
    if now_said == [copy["text"] for copy in copies]:
        return copies
    tries = copies[0]["tries"]
    return [
        {"text": text, "attachment": None, "tries": tries, "answers": n == 0}
        for n, text in enumerate(now_said)
    ]


def _lost(row: Delivery) -> bool:
    """A part that did not arrive, or may not have, and that no other row stands for."""
    if row.result.get("replaced"):
        return False
    ended = (DeliveryState.DEAD, DeliveryState.UNCERTAIN, DeliveryState.CANCELLED)
    return row.state in ended or bool(row.result.get("reported_failed"))


def _new_attempt(row: Delivery) -> dict[str, Any]:
    """The same part again, counting on from the tries before."""
    payload = {name: value for name, value in row.payload.items() if name != "key"}
    payload["tries"] = int(row.payload.get("tries", 0)) + row.attempts
    if row.state is DeliveryState.UNCERTAIN:
        payload["key"] = row.payload.get("key") or row.idempotency_key
    return payload

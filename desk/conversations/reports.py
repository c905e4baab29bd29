"""A provider tells what became of a part it took: delivered, read, or that it failed after all.

All functions run inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from desk import trouble
from desk.context import ConnectedAccount, Desk
from desk.conversations import known, refusing, sending, turns
from desk.conversations.scene import Case, case, held, live_of, takes_templates
from desk.delivery import keys, outbox, plan
from desk.slack import fates, wording
from models import (
    Conversation,
    Delivery,
    DeliveryKind,
    Direction,
    EarlyChange,
    Message,
    MessageState,
    Status,
)
from networks.events import Cause, DeliveryReport, ReportState

_REPEATED = (MessageState.SENT, MessageState.QUEUED, MessageState.UNCERTAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is told of a part."""

    state: ReportState
    words: str
    cause: Cause

    @classmethod
    def of(cls, event: DeliveryReport) -> Self:
        """As it comes."""
        return cls(state=event.state, words=event.words, cause=event.cause)

    @classmethod
    def kept(cls, body: Mapping[str, Any]) -> Self:
        """As it was kept because it came too early."""
        return cls(state=ReportState(body["state"]), words=body["words"], cause=Cause(body["cause"]))


async def take(desk: Desk, message: Message, part: Delivery | None, told: Told) -> None:
    """Read is shown on the card; a failure that comes later is said like one that came at once.

    What is told of a part that another attempt stands for by now is history.
    """
    if part and part.result.get("replaced"):
        return
    conversation = await held(desk, message.conversation_id)
    if conversation is None:
        raise LookupError(f"message {message.id} has no conversation")
    now = desk.clock.now()
    if told.state is ReportState.FAILED:
        if message.state is not MessageState.FAILED:
            await _failed(desk, await case(desk, conversation), message, part, told)
        return
    if part and (what := part.result.get("after")):
        await trouble.over(desk, what)
    if told.state is ReportState.READ and await _is_newest(message):
        await Conversation.filter(id=conversation.id).update(read_up_to=now)
        await plan.refresh(conversation, now, wait=desk.settings.durations.card_words_every)


async def _failed(desk: Desk, found: Case, message: Message, part: Delivery | None, told: Told) -> None:
    now, words = desk.clock.now(), told.words or wording.thread.REPORTED_FAILED
    if part:
        await outbox.reported_failed(part, words)
        await outbox.cancel_after(part, now)
    if told.cause is Cause.ACCOUNT:
        what = f"account:{found.conversation.account_id}"
        await trouble.report(desk, what, words)
        if await _waits(desk, found, message, what, now):
            if part and not part.result.get("after"):  # said once, however often it is tried
                await refusing.slow(desk, part, words)
            return
    await Message.filter(id=message.id).update(
        state=MessageState.FAILED, marked="warning" if message.slack_ts else ""
    )
    if message.slack_ts:
        await plan.mark(message, found.conversation, "white_check_mark", now, remove=True)
        await plan.mark(message, found.conversation, "warning", now)
    late = told.cause is Cause.WINDOW and takes_templates(found)
    template = found.conversation.id if late else None
    name, author = found.contact.name, message.author
    drawing = fates.failed(name, words, message.id, author=author, template=template)
    await plan.line(found.conversation, drawing, now, rank=keys.Rank.FAILURE, message=message)
    if not await sending.left(message):
        await turns.recount(found.conversation, now)
    await plan.refresh(found.conversation, now)


async def _waits(desk: Desk, found: Case, message: Message, what: str, now: datetime) -> bool:
    """Have it wait for the repair of its account, and go again then; False: it can't."""
    may = message.deleted_at is None and found.contact.blocked_at is None
    if not may or found.account is None or found.conversation.status is Status.ARCHIVED:
        return False
    won = await Message.filter(id=message.id, state__in=_REPEATED).update(
        state=MessageState.QUEUED, marked=""
    )
    if not won or not await sending.again(desk, found, message, now):
        return False
    await outbox.keep_back(message.id, what)
    if message.slack_ts:
        await plan.mark(message, found.conversation, message.marked or "white_check_mark", now, remove=True)
    await plan.refresh(found.conversation, now)
    return True


async def up_to(desk: Desk, account: ConnectedAccount, event: DeliveryReport) -> None:
    """What is told of everything until a moment is told of our last answer, if that had left by then."""
    contact = await known.contact(account, event.contact_id, event.known_as)
    live = await live_of(contact) if contact else None
    if live is None:
        return
    left = Delivery.filter(conversation_id=live.id, kind=DeliveryKind.PART, started_at__lte=event.sent_at)
    if await left.filter(receipt_key__isnull=True, unfinished=True).exists():
        await _keep_up_to(desk, live, event)
    part = await left.filter(receipt_key__isnull=False).order_by("-message_id", "-id").first()
    if part:
        await take(desk, await Message.get(id=part.message_id), part, Told.of(event))


async def _keep_up_to(desk: Desk, conversation: Conversation, event: DeliveryReport) -> None:
    """Until what was under way then has its receipt, or has none."""
    told = Told.of(event)
    body = {"state": told.state, "words": told.words, "cause": told.cause, "at": event.sent_at.isoformat()}
    await EarlyChange.create(
        workspace_id=desk.workspace.id,
        key=keys.told_up_to(conversation.id),
        body={"what": "up_to", **body},
        at=desk.clock.now(),
    )


async def apply_up_to(desk: Desk, message: Message, key: str) -> None:
    """A part has its receipt; what was told before of everything that had left by then is told of it, too.
    The conversation is held."""
    for kept in await EarlyChange.filter(key=keys.told_up_to(message.conversation_id)).order_by("id"):
        part = await Delivery.get_or_none(receipt_key=key)
        if part and part.started_at and part.started_at <= datetime.fromisoformat(kept.body["at"]):
            await take(desk, message, part, Told.kept(kept.body))
        await kept.delete()


async def _is_newest(message: Message) -> bool:
    """Whether it is our last answer: that an older one was read says nothing of this."""
    later = Message.filter(
        conversation_id=message.conversation_id, direction=Direction.OUTBOUND, id__gt=message.id
    )
    return not await later.exclude(state=MessageState.WITHDRAWN).exists()

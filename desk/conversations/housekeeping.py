"""What may be forgotten: keys of events that nobody repeats any more, bytes that arrived. And what is
measured now and then."""

from __future__ import annotations

from datetime import timedelta

from desk import metrics
from desk.context import Desk
from models import (
    Attachment,
    AttachmentState,
    Conversation,
    Delivery,
    DeliveryState,
    EarlyChange,
    Message,
    MessageState,
    SeenEvent,
    Status,
)

_EARLY = timedelta(days=1)


async def forget(desk: Desk) -> None:
    """Delete the keys of old events and changes whose message never came."""
    now = desk.clock.now()
    await SeenEvent.filter(
        workspace_id=desk.workspace.id, at__lt=now - desk.settings.durations.seen_events
    ).delete()
    await EarlyChange.filter(workspace_id=desk.workspace.id, at__lt=now - _EARLY).delete()
    await sweep(desk, everything=False)


_ON_ITS_WAY = (MessageState.TAKEN, MessageState.AUTOMATIC, MessageState.QUEUED)
"""A message whose bytes are still needed here; Slack keeps those of what was not sent."""


async def sweep(desk: Desk, *, everything: bool) -> None:
    """Delete spooled files that nothing needs any more. `everything`: no other process writes now."""
    files = await Attachment.filter(workspace_id=desk.workspace.id, state=AttachmentState.SPOOLED).exclude(
        path=""
    )
    waiting = await Message.filter(id__in=[file.message_id for file in files], state__in=list(_ON_ITS_WAY))
    needed = {message.id for message in waiting}
    idle = [file.id for file in files if file.message_id not in needed]
    await Attachment.filter(id__in=idle).update(path="", state=AttachmentState.WANTED)
    before = None if everything else desk.clock.now() - timedelta(hours=1)
    await desk.spool.sweep([file.path for file in files if file.message_id in needed], before)
    await desk.copies.sweep(desk.clock.now() - desk.settings.durations.fetched_life - _EARLY)


async def measure(desk: Desk) -> None:
    """How much waits in the outbox, how many customers wait for an answer, and how long."""
    now = desk.clock.now()
    for account in desk.accounts.values():
        unanswered = Conversation.filter(
            workspace_id=desk.workspace.id,
            account_id=account.id,
            status__in=[Status.UNASSIGNED, Status.INBOX],
            snoozed_by__isnull=True,
            waiting_since__isnull=False,
        )
        name, first = account.config.name, await unanswered.order_by("waiting_since").first()
        since = first.waiting_since if first and first.waiting_since else now
        metrics.CUSTOMERS_WAITING.labels(account=name).set(await unanswered.count())
        metrics.CUSTOMERS_WAITING_SECONDS.labels(account=name).set((now - since).total_seconds())
    waiting = Delivery.filter(workspace_id=desk.workspace.id, unfinished=True)
    for state in (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNCERTAIN):
        metrics.OUTBOX_DEPTH.labels(state=state.value).set(await waiting.filter(state=state).count())
    oldest = await waiting.filter(parked_by__isnull=True).order_by("due_at").first()
    late = (now - oldest.due_at).total_seconds() if oldest else 0.0
    metrics.OUTBOX_OLDEST.set(max(late, 0.0))

"""What may be forgotten: keys of events that nobody repeats any more, bytes that arrived."""

from __future__ import annotations

from datetime import timedelta

from desk import metrics
from desk.context import Desk
from models import (
    Attachment,
    AttachmentState,
    Delivery,
    DeliveryState,
    EarlyChange,
    Message,
    MessageState,
    SeenEvent,
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


_ON_ITS_WAY = (MessageState.TAKEN, MessageState.QUEUED)
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


async def measure(desk: Desk) -> None:
    """How much waits in the outbox, and for how long the oldest has been due."""
    waiting = Delivery.filter(workspace_id=desk.workspace.id, unfinished=True)
    for state in (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNCERTAIN):
        metrics.OUTBOX_DEPTH.labels(state=state.value).set(await waiting.filter(state=state).count())
    oldest = await waiting.filter(parked_by__isnull=True).order_by("due_at").first()
    late = (desk.clock.now() - oldest.due_at).total_seconds() if oldest else 0.0
    metrics.OUTBOX_OLDEST.set(max(late, 0.0))

"""What may be forgotten: keys of events that nobody repeats any more, bytes that arrived."""

from __future__ import annotations

from datetime import timedelta

from desk.context import Desk
from models import Attachment, AttachmentState, EarlyChange, SeenEvent

_EARLY = timedelta(days=1)


async def forget(desk: Desk) -> None:
    """Delete the keys of old events and changes whose message never came."""
    now = desk.clock.now()
    await SeenEvent.filter(
        workspace_id=desk.workspace.id, at__lt=now - desk.settings.durations.seen_events
    ).delete()
    await EarlyChange.filter(workspace_id=desk.workspace.id, at__lt=now - _EARLY).delete()
    await sweep(desk, everything=False)


async def sweep(desk: Desk, *, everything: bool) -> None:
    """Delete spooled files that nothing needs any more. `everything`: no other process writes now."""
    needed = (
        await Attachment.filter(workspace_id=desk.workspace.id, state=AttachmentState.SPOOLED)
        .exclude(path="")
        .values_list("path", flat=True)
    )
    before = None if everything else desk.clock.now() - timedelta(hours=1)
    await desk.spool.sweep([str(path) for path in needed], before)

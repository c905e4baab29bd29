"""The bytes of a message's files that lie here: deleted as soon as nothing needs them.

All functions run inside the caller's transaction; what is not deleted then is swept later.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from desk.context import Desk
from models import Attachment, AttachmentState


async def discard(desk: Desk, message_id: int) -> None:
    """The message's files are where they should be: their bytes here are not needed any more."""
    await let_go(desk, await Attachment.filter(message_id=message_id), AttachmentState.DONE)


async def release(desk: Desk, message_id: int) -> None:
    """The message doesn't go now: should its files go after all, they are fetched again."""
    files = await Attachment.filter(message_id=message_id, state=AttachmentState.SPOOLED)
    await let_go(desk, files, AttachmentState.WANTED)


async def let_go(desk: Desk, files: Sequence[Attachment], state: AttachmentState) -> None:
    """Delete what lies here of these files; `state` is what they are from now on."""
    for file in files:
        if file.path:
            desk.passing.offer(None, "spool", partial(desk.spool.remove, file.path))
    if files:
        await Attachment.filter(id__in=[file.id for file in files]).update(path="", state=state)


async def refused(desk: Desk, message_id: int) -> None:
    """Nothing of the message left: its files are again what Slack has, also recordings that were given
    another form."""
    await release(desk, message_id)
    await Attachment.filter(message_id=message_id, voice=True).update(mime_type="", size=None)

"""Files in a form that the other side plays or shows, where it doesn't as they came."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tortoise.transactions import in_transaction

from desk import recoding
from desk.context import Desk
from desk.filetypes import kind_of
from desk.media import safe_name
from desk.slack import wording
from desk.spool import read
from models import Attachment, AttachmentState, Message
from networks.capabilities import MediaKind, MediaRule


async def present(desk: Desk, file_id: int, claimed: MediaKind | None) -> None:
    """Turn a customer's spooled file into one that Slack's apps play or show, where they don't.

    A recording keeps its original beside it; of a sticker only the picture is shown. What can't be
    turned into another form is shown as it came.
    """
    file = await Attachment.get(id=file_id)
    made = await _made(desk, file, recoding.for_slack(file.mime_type, claimed))
    if made is None:
        return
    values, seconds = made
    await desk.units.transact(lambda: _replace(file, values, seconds))
    if values["kind"] == MediaKind.PICTURE:
        await desk.spool.remove(file.path)


async def for_network(desk: Desk, file: Attachment, rule: MediaRule) -> bool:
    """Turn an agent's recording into the form the rule takes; False: we can't, or it is too large for that.

    It keeps its name: the original is in Slack, and goes where this message does not.
    """
    form = next((form for form, mime in recoding.TYPES.items() if mime in rule.mime_types), None)
    made = await _made(desk, file, form)
    if made is None:
        return False
    values, seconds = made
    fits = bool(values["size"] <= rule.max_bytes)
    if fits:
        await Attachment.filter(id=file.id).update(**values, duration=seconds)
    await desk.spool.remove(file.path if fits else values["path"])
    return fits


async def _made(desk: Desk, file: Attachment, form: str | None) -> tuple[dict[str, Any], float] | None:
    """Bring a file into the spool in another form: its columns then, and how long it plays. None: it can't
    be, or needn't."""
    if form is None or not file.path:
        return None
    async with desk.recoding.made(desk.spool.path(file.path), file.mime_type, form) as made:
        if made is None:
            return None
        taken = await desk.spool.take(read(made.path), recoding.LARGEST)
    mime = recoding.TYPES[form]
    values = {"path": taken.name, "size": taken.size, "mime_type": mime, "kind": kind_of(mime).value}
    return values, made.seconds


async def _replace(file: Attachment, values: dict[str, Any], seconds: float) -> None:
    """The new form takes the file's place; a recording's original stands behind it."""
    async with in_transaction():
        stem = Path(file.name).stem or "file"
        if values["kind"] == MediaKind.AUDIO:
            await _keep_original(file)
            values = {**values, "duration": file.duration or seconds}
            stem = wording.thread.VOICE if file.voice else stem
        name = safe_name(stem, values["mime_type"])
        await Attachment.filter(id=file.id).update(**values, name=name)
        if file.voice and not file.duration:
            told = wording.thread.voice(None)
            unsaid = Message.filter(id=file.message_id, placeholder=told)  # nobody knew how long it is
            await unsaid.update(placeholder=wording.thread.voice(seconds))


async def _keep_original(file: Attachment) -> None:
    name = wording.thread.original(file.name) if file.voice else file.name
    await Attachment.create(
        workspace_id=file.workspace_id,
        message_id=file.message_id,
        position=file.position,
        name=safe_name(name, file.mime_type),
        claimed_type=file.claimed_type,
        ref="",
        mime_type=file.mime_type,
        kind=file.kind,
        size=file.size,
        path=file.path,
        state=AttachmentState.SPOOLED,
    )

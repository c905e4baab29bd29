"""An agent's pictures that their author, or a colleague, lets be converted to what the network takes.

Nothing of a message is changed before all of its pictures fit: what Slack has stays the original.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from desk import pictures, recoding
from desk.context import Desk
from desk.conversations.converting import CONVERTED
from desk.filetypes import kind_of
from desk.media import safe_name
from desk.recoding import Cannot
from desk.spool import read
from models import Attachment, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What takes a picture's place: its columns then, and its size in pixels."""

    file: Attachment
    name: str
    mime: str
    path: str
    size: int
    width: int
    height: int


async def fit(desk: Desk, file: Attachment, way: pictures.Way) -> Made | Cannot:
    """Bring a spooled picture into the spool as it can go. Raises `SpoolFull`."""
    source = desk.spool.path(file.path)
    async with desk.recoding.fitted(source, file.mime_type, way.forms, way.max_bytes) as fitted:
        if isinstance(fitted, Cannot):
            return fitted
        taken = await desk.spool.take(read(fitted.path), recoding.LARGEST_FITTED)
    mime = pictures.FORMS[fitted.form]
    return Made(
        file=file,
        name=safe_name(f"{Path(file.name).stem or 'picture'}.{fitted.form}"),
        mime=mime,
        path=taken.name,
        size=taken.size,
        width=fitted.width,
        height=fitted.height,
    )


async def fit_all(
    desk: Desk, wanted: Iterable[tuple[Attachment, pictures.Way]]
) -> list[Made] | tuple[Attachment, Cannot]:
    """All of them, or the first that can't be made to fit; then nothing of the others stays."""
    made: list[Made] = []
    kept = False
    try:
        for file, way in wanted:
            fitted = await fit(desk, file, way)
            if isinstance(fitted, Cannot):
                return file, fitted
            made.append(fitted)
        kept = True
    finally:
        if not kept:
            drop(desk, made)
    return made


def drop(desk: Desk, made: Iterable[Made]) -> None:
    """They are not needed after all."""
    for each in made:
        desk.passing.offer(None, "spool", partial(desk.spool.remove, each.path))


async def put(desk: Desk, message: Message, made: Sequence[Made]) -> None:
    """They take the place of what came from Slack, inside the caller's transaction; the message knows
    what they have become."""
    if not made:
        return
    became = dict(message.detail.get(CONVERTED) or {})
    for each in made:
        old = each.file.path
        await Attachment.filter(id=each.file.id).update(
            path=each.path, size=each.size, mime_type=each.mime, kind=kind_of(each.mime).value, name=each.name
        )
        desk.passing.offer(None, "spool", partial(desk.spool.remove, old))
        became[str(each.file.id)] = facts(each)
    await Message.filter(id=message.id).update(detail={**message.detail, CONVERTED: became})


def facts(made: Made) -> Mapping[str, str | int]:
    """What the thread says of it once it went."""
    return {
        "name": made.name,
        "form": pictures.NAMES[made.mime],
        "width": made.width,
        "height": made.height,
        "size": made.size,
    }

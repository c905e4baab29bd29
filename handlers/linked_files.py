"""Where the bytes behind a link come from, and what is said of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from desk import copies, media, originals
from desk.context import Desk
from desk.filetypes import UNKNOWN
from desk.links import Use, served_name
from desk.slack.errors import Pointless
from desk.spool import read
from models import Attachment

PLAIN = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}


class Stream:
    """Bytes as they come; with the first, `size` is how many the whole file has, where that is sure."""

    def __init__(self) -> None:
        self.chunks: AsyncGenerator[bytes, None]
        self.size: int | None = None

    def told(self, size: int) -> None:
        """Whoever has the file says how long it is."""
        self.size = size


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file of an agent's: on this disk, or else in Slack."""

    desk: Desk
    file: Attachment
    name: str
    mime: str
    """Empty: not known yet."""
    path: Path | None

    @property
    def tag(self) -> str:
        """The same as long as the bytes are: a file in Slack never changes."""
        return f'"{self.file.id:x}"'

    async def open(self, start: int) -> Stream:
        """The bytes from `start` on. Raises `SlackError`: `Pointless` where the file is gone."""
        stream = Stream()
        if self.path is None:
            file = await originals.located(self.desk, self.file)
            stream.chunks = originals.download(self.desk, file, start=start, told=stream.told)
        else:
            stream.told((await asyncio.to_thread(self.path.stat)).st_size)
            stream.chunks = read(self.path, start)
        return stream

    async def headers(self, head: bytes, size: int | None) -> dict[str, str]:
        """What is said of the file, which begins with `head`."""
        mime = self.mime or await media.sniff_head(head, self.name)
        name = quote(served_name(self.name, mime), safe="")
        return {
            "Content-Type": UNKNOWN if _runs(mime) else mime,
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            **({} if size is None else {"Accept-Ranges": "bytes", "ETag": self.tag}),
            **PLAIN,
        }


async def source(desk: Desk, file: Attachment, use: Use) -> Source:
    """Where to take the bytes from. Raises `Pointless` where a preview is no longer here."""
    if use is Use.PREVIEW:
        path = desk.copies.path(file.id, copies.PREVIEW)
        if not await asyncio.to_thread(path.is_file):
            raise Pointless("The preview is no longer here.", code="no_preview")
        return Source(desk=desk, file=file, name="preview.jpg", mime="image/jpeg", path=path)
    copy = desk.copies.path(file.id, copies.form_of(file.mime_type))
    path = desk.spool.path(file.path) if file.path else copy
    here = await asyncio.to_thread(path.is_file)
    return Source(desk=desk, file=file, name=file.name, mime=file.mime_type, path=path if here else None)


def _runs(mime: str) -> bool:
    """Whether a browser might run what is in it, were it not told to save it."""
    last = mime.rpartition("/")[2]
    return last in ("html", "xml", "javascript", "ecmascript") or last.endswith("+xml")

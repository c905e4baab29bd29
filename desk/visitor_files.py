"""Files of visitors' histories: streamed to disk, named by us, typed by their bytes."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import secrets
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from tortoise.exceptions import IntegrityError

from desk.clock import Clock
from desk.media import TooLarge, safe_name, sniff
from desk.units import Units
from models import Visitor, VisitorFile
from networks.base import Attachment, KeptFile
from networks.capabilities import MediaKind

_CHUNK = 256 * 1024
_UNSENT = timedelta(days=1)
"""An upload waits so long for its message."""
_UPLOAD_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Empty(Exception):
    """No bytes came; nothing is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStore:
    """The folder and the rows that say whose each file is."""

    workspace_id: int
    folder: Path
    clock: Clock
    units: Units

    async def take(self, owner: Visitor, name: str, chunks: AsyncIterator[bytes], limit: int) -> KeptFile:
        """Store an upload under a new id. Raises `TooLarge` or `Empty`; then nothing is left."""
        upload_id = "u_" + secrets.token_urlsafe(18)
        return await self._store(owner, upload_id, name=name, chunks=chunks, limit=limit)

    async def keep(self, owner: Visitor, key: str, attachment: Attachment) -> KeptFile:
        """Store a file for the visitor; the same `key` twice stores once."""
        upload_id = "k_" + hashlib.sha256(f"{owner.id}:{key}".encode()).hexdigest()[:40]
        known = await VisitorFile.get_or_none(upload_id=upload_id)
        if known is not None:
            return _kept(known)
        return await self._store(owner, upload_id, name=attachment.name, chunks=attachment.open(), limit=None)

    async def locate(self, account_id: int, upload_id: str) -> tuple[KeptFile, Path]:
        """A file of the account and its place. Raises `FileNotFoundError`."""
        row = await VisitorFile.get_or_none(upload_id=upload_id) if _UPLOAD_ID.fullmatch(upload_id) else None
        owner = await Visitor.get_or_none(id=row.visitor_id) if row else None
        if row is None or owner is None or owner.account_id != account_id:
            raise FileNotFoundError(upload_id)
        return _kept(row), self.folder / row.path

    async def read(self, account_id: int, upload_id: str) -> AsyncIterator[bytes]:
        """The bytes of a file of the account. Raises `FileNotFoundError`."""
        _, path = await self.locate(account_id, upload_id)
        file = await asyncio.to_thread(path.open, "rb")
        try:
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                yield chunk
        finally:
            file.close()

    async def owned(self, owner_id: int, upload_ids: list[str]) -> list[KeptFile] | None:
        """These files in this order, if all are the visitor's; else None."""
        rows = await VisitorFile.filter(
            workspace_id=self.workspace_id, visitor_id=owner_id, upload_id__in=upload_ids
        )
        by_id = {row.upload_id: _kept(row) for row in rows}
        return [by_id[each] for each in upload_ids] if by_id.keys() == set(upload_ids) else None

    async def went(self, upload_ids: Sequence[str]) -> None:
        """These went with a message, and stay as long as the history. Joins the caller's transaction.

        Raises `FileNotFoundError` when one was swept meanwhile.
        """
        wanted = VisitorFile.filter(workspace_id=self.workspace_id, upload_id__in=list(upload_ids))
        if upload_ids and await wanted.update(sent=True) < len(set(upload_ids)):
            raise FileNotFoundError(upload_ids[0])

    async def sweep(self) -> int:
        """Delete uploads of yesterday that never went with a message; return how many went."""
        before = self.clock.now() - _UNSENT
        old = VisitorFile.filter(workspace_id=self.workspace_id, sent=False, at__lt=before)
        swept = [row for row in await old if await VisitorFile.filter(id=row.id, sent=False).delete()]
        await asyncio.to_thread(_unlink, [self.folder / row.path for row in swept])
        await asyncio.to_thread(_unlink_parts, self.folder, before)
        return len(swept)

    async def _store(
        self,
        owner: Visitor,
        upload_id: str,
        *,
        name: str,
        chunks: AsyncIterator[bytes],
        limit: int | None,
    ) -> KeptFile:
        folder = self.folder / str(owner.account_id)
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        part = folder / f"{upload_id}.{secrets.token_hex(4)}.part"
        try:
            size = await _write(part, chunks, limit)
            found = await sniff(part, name)
            await asyncio.to_thread(part.replace, folder / upload_id)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
        row = VisitorFile(
            workspace_id=self.workspace_id,
            visitor_id=owner.id,
            upload_id=upload_id,
            name=safe_name(name, found.mime),
            mime_type=found.mime[:255],
            kind=found.kind.value,
            size=size,
            path=f"{owner.account_id}/{upload_id}",
            sent=limit is None,
            at=self.clock.now(),
        )
        return await self.units.run(lambda: _insert(row))


def _unlink(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _unlink_parts(folder: Path, before: datetime) -> None:
    """What a crash left of uploads."""
    parts = list(folder.glob("*/[uk]_*.part"))
    _unlink(path for path in parts if path.stat().st_mtime < before.timestamp())


async def _insert(row: VisitorFile) -> KeptFile:
    try:
        await row.save(force_create=True)
    except IntegrityError:  # the same file was kept at the same moment
        row = await VisitorFile.get(upload_id=row.upload_id)
    return _kept(row)


async def _write(path: Path, chunks: AsyncIterator[bytes], limit: int | None) -> int:
    """Stream to disk; return the size. What was declared counts for nothing, only what comes."""
    size = 0
    file = await asyncio.to_thread(path.open, "wb")
    try:
        async for chunk in chunks:
            size += len(chunk)
            if limit is not None and size > limit:
                raise TooLarge(limit, size)
            await asyncio.to_thread(file.write, chunk)
        await asyncio.to_thread(_to_disk, file)
    finally:
        await asyncio.to_thread(file.close)
    if not size and limit is not None:
        raise Empty
    return size


def _to_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _kept(row: VisitorFile) -> KeptFile:
    return KeptFile(
        upload_id=row.upload_id,
        name=row.name,
        mime_type=row.mime_type,
        kind=MediaKind(row.kind),
        size=row.size,
    )

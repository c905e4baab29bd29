"""Where files wait on their way: a folder of streams written to disk, under names of our own.

Disk work runs in threads, in blocks large enough that a thread costs nothing beside it.
Replicas may share the folder; each counts the room it used by itself.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypeVar

T = TypeVar("T")

_BLOCK = 512 * 1024
_NAME = re.compile(r"[0-9a-f]{32}")
_OURS = re.compile(r"[0-9a-f]{32}(\.part)?")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class TooLarge(Exception):
    """A file is larger than allowed. Both numbers are bytes; it has `at_least` so many,
    or, where that is `exact`, so many: a stream is cut as soon as it is too long."""

    def __init__(self, limit: int, at_least: int, *, exact: bool = False) -> None:
        super().__init__(f"The file has at least {human_size(at_least)}; the limit is {human_size(limit)}.")
        self.limit = limit
        self.at_least = at_least
        self.size = at_least if exact else None


class SpoolFull(Exception):
    """There is no room for the file now. `words` is a sentence for the operator."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True, slots=True, kw_only=True)
class Spooled:
    """A file that lies in the spool."""

    name: str
    size: int


def human_size(size: int) -> str:
    """`118 MB`, as providers count: 1 MB = 10^6 bytes. Under 10 with one decimal: `1.5 MB`."""
    amount = float(size)
    for unit in ("bytes", "kB", "MB"):
        if amount < 999.5 or (unit == "bytes" and size < 1000):
            return _amount(amount, unit)
        amount /= 1000
    return _amount(amount, "GB")


def _amount(amount: float, unit: str) -> str:
    if unit == "bytes":
        return "1 byte" if amount == 1 else f"{amount:.0f} bytes"
    shown = f"{amount:.1f}" if amount < 9.95 else f"{amount:.0f}"
    return f"{shown.removesuffix('.0')} {unit}"


class Spool:
    """A folder that holds at most `max_bytes` of files. Made if it isn't there."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._used: int | None = None
        self._growing: dict[Path, int] = {}
        """What is counted for files being written: after a failed write the disk has less."""

    async def take(self, chunks: AsyncIterator[bytes], limit: int) -> Spooled:
        """Write a stream to the disk, however long it says it is.

        Raises `TooLarge` as soon as it is longer than `limit`, `SpoolFull` when there is no
        room, and whatever `chunks` raises; nothing of it stays then.
        """
        name = secrets.token_hex(16)
        part = self._folder / f"{name}.part"
        try:
            file = await _in_thread(lambda: self._start(part))
            try:
                size = await self._copy(chunks, file, part, limit)
            finally:
                await _in_thread(file.close)
            await _in_thread(lambda: part.rename(self._folder / name))
            self._growing.pop(part, None)
        except BaseException as error:
            await self._forget(part)
            raise _full(error) or error from None
        finally:
            await _close(chunks)
        return Spooled(name=name, size=size)

    def path(self, name: str) -> Path:
        """Where a spooled file lies. Raises `FileNotFoundError` for a name that isn't ours."""
        if not _NAME.fullmatch(name):
            raise FileNotFoundError("no such file in the spool")
        return self._folder / name

    async def open(self, name: str) -> AsyncGenerator[bytes, None]:
        """Stream a spooled file. Raises `FileNotFoundError`."""
        async with aclosing(read(self.path(name))) as blocks:
            async for block in blocks:
                yield block

    async def remove(self, name: str) -> None:
        """Delete a spooled file; one that is gone already is fine."""
        await self._forget(self.path(name))

    async def sweep(self, keep: Collection[str], before: datetime | None = None) -> int:
        """Delete every spooled file that is not in `keep`; return how many went.

        With `before`, only what was last written before that moment: other replicas may be
        writing. Files that the spool did not make are left alone.
        """
        kept = frozenset(keep)
        doomed = await _in_thread(lambda: self._doomed(kept, before))
        for path in doomed:
            await self._forget(path)
        return len(doomed)

    async def _copy(self, chunks: AsyncIterator[bytes], file: BinaryIO, part: Path, limit: int) -> int:
        size = 0
        block = bytearray()
        async for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise TooLarge(limit, size)
            block += chunk
            if len(block) >= _BLOCK:
                await self._write(file, part, bytes(block))
                block.clear()
        await self._write(file, part, bytes(block))
        return size

    async def _write(self, file: BinaryIO, part: Path, block: bytes) -> None:
        used = (self._used or 0) + len(block)
        if used > self._max_bytes:
            words = f"The folder for files on their way is full: it may hold {human_size(self._max_bytes)}."
            raise SpoolFull(words)
        self._used = used
        self._growing[part] = self._growing.get(part, 0) + len(block)
        await _in_thread(lambda: file.write(block))

    def _start(self, part: Path) -> BinaryIO:
        self._folder.mkdir(parents=True, exist_ok=True)
        if self._used is None:
            self._used = sum(_size(path) for path in self._folder.iterdir())
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        return os.fdopen(descriptor, "wb")

    async def _forget(self, path: Path) -> None:
        freed = await _in_thread(lambda: _delete(path))
        freed = self._growing.pop(path, freed)
        if self._used is not None:
            self._used = max(self._used - freed, 0)

    def _doomed(self, keep: frozenset[str], before: datetime | None) -> list[Path]:
        if not self._folder.is_dir():
            return []
        ours = [p for p in self._folder.iterdir() if _OURS.fullmatch(p.name) and p.name not in keep]
        return [p for p in ours if before is None or _written(p) < before.timestamp()]


async def read(path: Path, start: int = 0) -> AsyncGenerator[bytes, None]:
    """Stream a file of the disk from its byte `start` on. Raises `FileNotFoundError`."""
    file: BinaryIO = await _in_thread(lambda: path.open("rb"))
    try:
        await _in_thread(lambda: file.seek(start))
        while block := await _in_thread(lambda: file.read(_BLOCK)):
            yield block
    finally:
        await _in_thread(file.close)


def _delete(path: Path) -> int:
    """Delete the file; return how many bytes that freed."""
    size = _size(path)
    try:
        path.unlink()
    except FileNotFoundError:
        return 0
    return size


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return float("inf")


def _full(error: BaseException) -> SpoolFull | None:
    if isinstance(error, OSError) and error.errno in _FULL:
        return SpoolFull("The disk is full: no file can be taken until there is room.")
    return None


async def _in_thread(work: Callable[[], T]) -> T:
    """Run disk work in a thread, to its end even if we are cancelled: a file must not be
    closed or deleted while a thread still writes to it."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # seen: the cancellation is what the caller has to hear of
        raise


async def _close(chunks: AsyncIterator[bytes]) -> None:
    closing = getattr(chunks, "aclose", None)
    if closing is not None:
        await closing()

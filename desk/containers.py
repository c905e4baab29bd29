"""Whether a film's container holds pictures at all: phones record voice as MP4, WebM or Ogg.

Only what is needed is read, and never more than a fixed number of steps: files are hostile.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

_MOST_BOXES = 2000
_HEAD = 512 * 1024

_MP4 = frozenset({"video/mp4", "video/3gpp", "video/3gpp2", "video/quicktime"})
_MATROSKA = frozenset({"video/webm", "video/x-matroska"})
_OGG = frozenset({"video/ogg", "application/ogg"})

_PARENTS = frozenset({b"moov", b"trak", b"mdia"})
_MATROSKA_CODEC = re.compile(rb"\x86[\x81-\xa0]([VA])_[A-Z]")
"""An EBML element CodecID of at most 32 bytes."""
_OGG_SOUND = re.compile(rb"OpusHead|\x01vorbis|Speex   |\x7fFLAC")
_OGG_PICTURES = re.compile(rb"\x80theora|BBCD\x00")


def has_pictures(path: Path, mime: str) -> bool | None:
    """Whether there is a video track; None where that can't be told, or isn't asked."""
    with path.open("rb") as file:
        if mime in _MP4:
            return _mp4(file, path.stat().st_size)
        if mime in _MATROSKA:
            return _tracks(set(_MATROSKA_CODEC.findall(file.read(_HEAD))), b"V", b"A")
        if mime in _OGG:
            head = file.read(_HEAD)
            found = {b"V"} if _OGG_PICTURES.search(head) else set()
            return _tracks(found | ({b"A"} if _OGG_SOUND.search(head) else set()), b"V", b"A")
    return None


def _mp4(file: BinaryIO, size: int) -> bool | None:
    """Walk the boxes down to each track's handler, which says `vide` or `soun`."""
    found: set[bytes] = set()
    todo = [(0, size)]
    for _ in range(_MOST_BOXES):
        if not todo:
            break
        start, end = todo.pop()
        box = _box(file, start, end)
        if box is None:
            continue
        kind, inside, after = box
        if after < end:
            todo.append((after, end))
        if kind in _PARENTS:
            todo.append((inside, after))
        elif kind == b"hdlr":
            file.seek(inside + 8)
            found.add(file.read(4))
    return _tracks(found, b"vide", b"soun")


def _box(file: BinaryIO, start: int, end: int) -> tuple[bytes, int, int] | None:
    """The box at `start`: its kind, where its content starts, where it ends."""
    if end - start < 8:
        return None
    file.seek(start)
    head = file.read(16)
    length, kind, inside = int.from_bytes(head[:4], "big"), head[4:8], start + 8
    if length == 1:
        length, inside = int.from_bytes(head[8:16], "big"), start + 16
    after = end if length == 0 else start + length
    return (kind, inside, after) if inside <= after <= end else None


def _tracks(found: set[bytes], pictures: bytes, sound: bytes) -> bool | None:
    if pictures in found:
        return True
    return False if sound in found else None

"""Media in a form that the other side can play or show, made by a process of its own.

Slack's apps play a voice note on a phone only in the forms phones record themselves, and
networks take one as a voice note only in theirs. What can't be turned into another form
within the limits stays what it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from networks.capabilities import MediaKind

log = structlog.get_logger("oratio.recoding")

_BOUNDED = Path(__file__).with_name("bounded.py")
_RECODE = Path(__file__).with_name("recode.py")
_REPICTURE = Path(__file__).with_name("repicture.py")

LARGEST = 25_000_000
"""Bytes of a file that is worth the while: hours of speech."""
LARGEST_FITTED = 50_000_000
"""Bytes of a picture that is made to fit, wherever there is room for more."""
_WITHIN = 60.0
_AT_ONCE = 1

_CONTAINERS = {
    "audio/ogg": "ogg",
    "application/ogg": "ogg",
    "audio/opus": "ogg",
    "audio/webm": "matroska",
    "video/webm": "matroska",
    "audio/amr": "amr",
    "audio/3gpp": "mp4",
    "audio/mp4": "mp4",
    "audio/mpeg": "mp3",
    "audio/aac": "aac",
    "audio/wav": "wav",
    "audio/flac": "flac",
    "image/webp": "webp_pipe",
}
"""How each type is read. It is said, since a file left to be guessed at may be a list of other files."""

_GLANCED_AT = {
    **_CONTAINERS,
    "image/jpeg": "jpeg_pipe",
    "image/png": "png_pipe",
    "image/gif": "gif",
    "video/mp4": "mp4",
    "video/quicktime": "mp4",
    "video/3gpp": "mp4",
}
_GLANCES = frozenset({"jpg", "length"})
"""Forms for which not all of a file is read: it may be of any size."""

_PHONES_PLAY = frozenset({"audio/mpeg", "audio/mp4", "audio/aac", "audio/wav", "audio/flac"})

TYPES = {"m4a": "audio/mp4", "ogg": "audio/ogg", "png": "image/png", "gif": "image/gif"}
"""What each form is."""


_READ_AS = {
    "image/heic": "HEIF",
    "image/heif": "HEIF",
    "image/avif": "AVIF",
    "image/webp": "WEBP",
    "image/bmp": "BMP",
    "image/tiff": "TIFF",
    "image/png": "PNG",
    "image/jpeg": "JPEG",
}
"""How each picture is read by whom it is made to fit."""


class Cannot(StrEnum):
    """Why a picture can't be made to fit."""

    BROKEN = "broken"
    SEVERAL = "several"
    """Only the first of its pictures would be left."""
    PIXELS = "pixels"
    """It has more of them than there is memory for."""
    SMALL = "small"
    """Nothing would be left to see of what there is room for."""
    SLOW = "slow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A picture that fits: where it lies until the end of the block, and what it has become."""

    path: Path
    form: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recoded:
    """The other form: where it lies until the end of the block, and how long it plays."""

    path: Path
    seconds: float


def for_slack(mime: str, claimed: MediaKind | None) -> str | None:
    """The form in which Slack's apps show a customer's file; None: as it is.

    `claimed` is what the network says it is: a sticker is a picture, though it may be a short film.
    """
    if claimed is MediaKind.PICTURE:
        return {"image/webp": "png", "video/webm": "gif"}.get(mime)
    sound = mime.startswith("audio/") or mime == "application/ogg"
    return "m4a" if sound and mime in _CONTAINERS and mime not in _PHONES_PLAY else None


class Recoding:
    """Makes other forms, one at a time, in processes that are ended when they take too long."""

    def __init__(self, within: float = _WITHIN) -> None:
        self._within = within
        self._turn = asyncio.Semaphore(_AT_ONCE)

    @asynccontextmanager
    async def made(self, source: Path, mime: str, form: str) -> AsyncIterator[Recoded | None]:
        """The file in another form, there until the end of the block; None if that can't be made."""
        container = (_GLANCED_AT if form in _GLANCES else _CONTAINERS).get(mime)
        size = (await asyncio.to_thread(source.stat)).st_size
        if container is None or (size > LARGEST and form not in _GLANCES):
            yield None
            return
        with TemporaryDirectory(prefix="oratio-") as folder:
            target = Path(folder) / form
            async with self._turn:
                said = await self._run(_RECODE, str(source), container, form, str(target))
            seconds = None if isinstance(said, Cannot) else _seconds(said)
            yield None if seconds is None else Recoded(path=target, seconds=seconds)

    @asynccontextmanager
    async def fitted(
        self, source: Path, mime: str, forms: Sequence[str], most: int
    ) -> AsyncIterator[Fitted | Cannot]:
        """A picture in the first of these forms ("jpg", "png") that keeps what it shows, as large as `most`
        bytes allow; there until the end of the block. Or why that can't be."""
        if mime not in _READ_AS:
            yield Cannot.BROKEN
            return
        with TemporaryDirectory(prefix="oratio-") as folder:
            target = Path(folder) / "fitted"
            async with self._turn:
                room = str(min(most, LARGEST_FITTED))
                said = await self._run(
                    _REPICTURE, str(source), _READ_AS[mime], ",".join(forms), room, str(target)
                )
            yield said if isinstance(said, Cannot) else _fitted(said, target)

    async def seconds(self, source: Path, mime: str) -> float | None:
        """How long it plays; None where that can't be told."""
        async with self.made(source, mime, "length") as made:
            return (made.seconds or None) if made else None

    async def _run(self, program: Path, *arguments: str) -> bytes | Cannot:
        """What the program printed; or how it failed."""
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(_BOUNDED),
            str(program),
            *arguments,
            env={},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(self._within):
                said, _ = await child.communicate()
        except TimeoutError:
            log.warning("recoding.slow", form=arguments[2])
            return Cannot.SLOW
        finally:
            if child.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    child.kill()
                await child.wait()
        return said if child.returncode == 0 else Cannot.BROKEN


def _fitted(said: bytes, path: Path) -> Fitted | Cannot:
    """What the program for pictures printed."""
    form, *size = said.decode().split() or [""]
    if not size:
        return Cannot(form) if form in set(Cannot) else Cannot.BROKEN
    return Fitted(path=path, form=form, width=int(size[0]), height=int(size[1]))


def _seconds(said: bytes) -> float | None:
    try:
        seconds = float(said)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None

"""What networks fetch from us though Slack doesn't have it: previews, and recordings and pictures in
another form.

They lie in a folder under the number of the attachment they belong to, for as long as links to them work.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import shutil
from datetime import datetime
from pathlib import Path

from desk.filenames import extension_of, safe_name

_OURS = re.compile(r"\d{1,19}\.[a-z0-9]{1,12}(\.[0-9a-f]{8})?")

PREVIEW = "preview"
"""What a preview lies under, beside the other forms; no extension of a file's."""


def form_of(mime: str) -> str:
    """The form of a copy that is no preview."""
    return extension_of(safe_name("file", mime)) or "bin"


class Copies:
    """A folder of small files. Made if it isn't there; replicas may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, file: int, form: str) -> Path:
        """Where a copy lies, if it does."""
        return self._folder / f"{file}.{form}"

    async def keep(self, file: int, form: str, source: Path) -> None:
        """Have a copy of `source`; one that is there already is kept in its place. Raises `OSError`."""
        await asyncio.to_thread(_copy, source, self.path(file, form))

    async def sweep(self, before: datetime) -> None:
        """Delete what was kept before that moment."""
        await asyncio.to_thread(_sweep, self._folder, before.timestamp())


def _copy(source: Path, target: Path) -> None:
    """Whole or not at all: somebody may be reading."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
    try:
        part.touch(mode=0o600)
        shutil.copyfile(source, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _sweep(folder: Path, before: float) -> None:
    for path in folder.iterdir() if folder.is_dir() else ():
        if _OURS.fullmatch(path.name) and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)

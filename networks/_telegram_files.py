"""A customer's file on the disk of one's own Bot API server, streamed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from networks.errors import ProviderFault, Rejected

_PIECE = 256 * 1024
GONE = "Telegram no longer has this file"


async def read(folder: str, place: str) -> AsyncIterator[bytes]:
    """Stream a file that a server run with `--local` put into its folder, and nothing outside it."""
    path = await asyncio.to_thread(_inside, Path(folder), Path(place))
    if path is None:
        raise Rejected(GONE, code="outside_local_files")
    try:
        file = await asyncio.to_thread(path.open, "rb")
        try:
            while block := await asyncio.to_thread(file.read, _PIECE):
                yield block
        finally:
            await asyncio.to_thread(file.close)
    except OSError as error:
        raise ProviderFault(
            "the file can't be read from the Bot API server's folder", code=str(error.errno)
        ) from None


def _inside(folder: Path, place: Path) -> Path | None:
    try:
        path, root = place.resolve(strict=True), folder.resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        return None
    return path if path.is_relative_to(root) and path.is_file() else None

"""Where a customer's file lies with Telegram, streamed: from its server, or from one's own disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp

from networks._telegram_errors import BROKEN_TOKEN
from networks._telegram_wire import CONNECT, PAUSE
from networks.errors import AccountBroken, DeliveryError, ProviderFault, Rejected, Throttled

_PIECE = 256 * 1024
_SILENCE = 60.0
GONE = "Telegram no longer has this file"


async def fetch(session: aiohttp.ClientSession, url: str) -> AsyncIterator[bytes]:
    """Stream a file of Telegram's. The address holds the token: no error names it."""
    timeout = aiohttp.ClientTimeout(total=None, connect=CONNECT, sock_read=_SILENCE)
    headers = {"Accept-Encoding": "identity"}
    try:
        async with session.get(url, timeout=timeout, headers=headers, allow_redirects=False) as answer:
            if answer.status != 200:
                raise _refused(answer.status)
            async for chunk in answer.content.iter_chunked(_PIECE):
                yield chunk
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise ProviderFault("Telegram broke off the file", code=type(error).__name__) from None


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


def _refused(status: int) -> DeliveryError:
    code = f"http_{status}"
    if status == 429:
        return Throttled("Telegram asks for a pause", retry_after=PAUSE, code=code)
    if status == 401:
        return AccountBroken(BROKEN_TOKEN, code=code)
    if status >= 500:
        return ProviderFault("Telegram isn't handing out the file", code=code)
    return Rejected(GONE, code=code)

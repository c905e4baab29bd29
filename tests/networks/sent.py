"""Files on their way to a customer, as the spool gives them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from networks.base import Attachment
from networks.capabilities import MediaKind

PIECE = 512 * 1024


async def _no_link() -> str:
    raise AssertionError("this network is given the bytes")


def file(
    name: str = "a.pdf",
    mime: str = "application/pdf",
    kind: MediaKind = MediaKind.DOCUMENT,
    size: int = 1_000,
    *,
    lies: int = 0,
    fault: Exception | None = None,
    link: Callable[[], Awaitable[str]] = _no_link,
    **more: Any,
) -> Attachment:
    """A file of zeros in pieces. `lies`: so many bytes more or fewer than it says; `fault`: it breaks off."""

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, size + lies, PIECE):
            yield bytes(min(PIECE, size + lies - at))
        if fault:
            raise fault

    return Attachment(name=name, mime_type=mime, size=size, kind=kind, open=pieces, link=link, **more)

"""`/files/{signed}/{name}`: a file of an agent's message, to whoever holds its link.

The bytes come from the spool where they lie there, else from Slack, and pass through in
pieces. Slack's own address and our token never leave.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import quote

import structlog
from aiohttp import web

from desk import links, media, originals
from desk.context import Desk
from desk.conversations.lost_files import DELETED
from desk.filenames import extension_of, safe_name
from desk.filetypes import UNKNOWN, disguise
from desk.slack.errors import Pointless, SlackError
from desk.slack.errors import Refused as NotSlacks
from handlers.rates import Buckets, Limits
from models import Attachment, Direction, Message
from networks.errors import SignatureInvalid

T = TypeVar("T")

ClientAddress = Callable[[web.Request], str]
Listen = Callable[[web.Request], Awaitable[web.StreamResponse]]

AT_ONCE = 16
"""So many files pass at the same time: each may hold a connection to Slack."""
AT_ONCE_ADDRESS = 4

_HEAD = 65_536
"""How much of a file tells what it is."""

_OVER = "This link is no longer valid. Please ask for the file again."
_GONE = "This file is no longer here. Please ask for it again."
_LATER = "The file can't be fetched just now. Please try again in a moment."
_BUSY = "Many files are being fetched just now. Please try again in a moment."
_FAST = "That was a bit fast. Please wait a moment."

log = structlog.get_logger("oratio.links")


class Refusal(Exception):
    """The call gets this status and sentence."""

    def __init__(self, status: int, words: str, *, retry_after: float | None = None) -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What the route is made with."""

    desk: Desk
    client_address: ClientAddress
    limits: Limits
    buckets: Buckets
    passing: Counter[str] = field(default_factory=Counter)
    """How many files pass at this moment, by the address they go to."""

    @contextmanager
    def place(self, address: str) -> Iterator[None]:
        """One of the places there are at once. Raises `Refusal` 503."""
        if self.passing.total() >= AT_ONCE or self.passing[address] >= AT_ONCE_ADDRESS:
            raise Refusal(503, _BUSY, retry_after=5)
        self.passing[address] += 1
        try:
            yield
        finally:
            self.passing[address] -= 1
            if not self.passing[address]:
                del self.passing[address]


def routes(desk: Desk, *, client_address: ClientAddress, limits: Limits | None = None) -> list[web.RouteDef]:
    """GET and HEAD of a link. `client_address` tells who calls, trusting proxies only as configured."""
    door = Door(
        desk=desk, client_address=client_address, limits=limits or Limits(), buckets=Buckets(desk.clock)
    )
    return [web.get("/files/{signed}/{name}", _guarded(door))]


def _guarded(door: Door) -> Listen:
    async def listen(request: web.Request) -> web.StreamResponse:
        try:
            address = door.client_address(request)
            wait = door.buckets.spend(("link", address, door.limits.links_address))
            if wait:
                raise Refusal(429, _FAST, retry_after=wait)
            file = await _file(door.desk, request.match_info["signed"])
            with door.place(address):
                return await _serve(door.desk, file, request)
        except Refusal as refusal:
            return _refused(refusal)
        except Exception as error:
            log.error("link.failed", error=type(error).__name__)
            log.debug("link.failed", exc_info=error)
            return _refused(Refusal(503, _LATER, retry_after=5))

    return listen


async def _file(desk: Desk, signed: str) -> Attachment:
    """The file a link stands for. Raises `Refusal` 403 or 404."""
    secret, workspace = desk.workspace.link_secret, desk.workspace.id
    try:
        number = links.read(secret, workspace, signed, desk.clock.now())
    except SignatureInvalid:
        raise Refusal(403, _OVER) from None
    file = await Attachment.get_or_none(workspace_id=workspace, id=number)
    message = await Message.get_or_none(workspace_id=workspace, id=file.message_id) if file else None
    if file is None or message is None or message.direction is Direction.INBOUND:
        raise Refusal(404, _GONE)
    if message.deleted_at or file.reason == DELETED:
        raise Refusal(404, _GONE)
    return file


async def _serve(desk: Desk, file: Attachment, request: web.Request) -> web.StreamResponse:
    """The file's bytes, as they come. Raises `Refusal` as long as nothing was answered."""
    chunks, size = await _slacks_word(_source(desk, file))
    async with aclosing(chunks):
        head = await _slacks_word(_first(chunks))
        answer = web.StreamResponse(headers=await _headers(file, head))
        answer.content_length = size
        if request.method == "HEAD":
            return answer
        await answer.prepare(request)
        try:
            await _pass_on(answer, head, chunks, desk.settings.durations.slack_answers.total_seconds() * 2)
        except (SlackError, OSError, TimeoutError) as error:
            log.info("link.broke_off", error=type(error).__name__)
            if request.transport is not None:
                request.transport.abort()  # whoever reads sees that the end is missing
    return answer


async def _pass_on(
    answer: web.StreamResponse, head: bytes, chunks: AsyncIterator[bytes], patience: float
) -> None:
    """Raises `TimeoutError` when the reader takes nothing for so many seconds."""
    async with asyncio.timeout(patience):
        await answer.write(head)
    async for chunk in chunks:
        async with asyncio.timeout(patience):
            await answer.write(chunk)


async def _source(desk: Desk, file: Attachment) -> tuple[AsyncGenerator[bytes, None], int | None]:
    """The bytes, and how many they are where that is sure: from the spool, or else from Slack."""
    path = desk.spool.path(file.path) if file.path else None
    if path is not None and await asyncio.to_thread(path.is_file):
        return desk.spool.open(file.path), file.size
    return originals.download(desk, await originals.located(desk, file)), None


async def _slacks_word(asked: Awaitable[T]) -> T:
    """What was asked of Slack. Raises `Refusal` 404 when the file is gone, 503 when Slack is away."""
    try:
        return await asked
    except (Pointless, NotSlacks):
        raise Refusal(404, _GONE) from None
    except SlackError as error:
        log.warning("link.slack_away", code=error.code)
        raise Refusal(503, _LATER, retry_after=5) from None


async def _first(chunks: AsyncIterator[bytes]) -> bytes:
    """Enough of the file's beginning to tell what it is."""
    head = bytearray()
    while len(head) < _HEAD and (chunk := await anext(chunks, b"")):
        head += chunk
    return bytes(head)


async def _headers(file: Attachment, head: bytes) -> dict[str, str]:
    mime = file.mime_type or await media.sniff_head(head, file.name)
    name = quote(served_name(file.name, mime), safe="")
    return {
        "Content-Type": UNKNOWN if _runs(mime) else mime,
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
        **_PLAIN,
    }


def _runs(mime: str) -> bool:
    """Whether a browser might run what is in it, were it not told to save it."""
    last = mime.rpartition("/")[2]
    return last in ("html", "xml", "javascript", "ecmascript") or last.endswith("+xml")


def served_name(name: str, mime: str) -> str:
    """The name the file is saved under: where its extension promises another sort of file, it
    gets its real one behind that: `holiday.png.exe`."""
    if disguise(mime, extension_of(name)) is None:
        return safe_name(name, mime)
    real = extension_of(safe_name("file", mime)) or "bin"
    return safe_name(f"{name}.{real}")


_PLAIN = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}


def _refused(refusal: Refusal) -> web.Response:
    wait = refusal.retry_after
    retry = {} if wait is None else {"Retry-After": str(math.ceil(wait))}
    return web.Response(status=refusal.status, text=f"{refusal.words}\n", headers={**_PLAIN, **retry})

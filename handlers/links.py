"""`/files/{signed}/{name}`: a file of an agent's message, to whoever holds its link: a customer, or the
network that shows it to them.

The bytes come from this disk where they lie here, else from Slack, and pass through in pieces. Slack's
own address and our token never leave.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import structlog
from aiohttp import web

from desk import links
from desk.context import Desk
from desk.conversations.lost_files import DELETED
from desk.links import Use
from desk.slack.errors import Pointless, SlackError
from desk.slack.errors import Refused as NotSlacks
from handlers import ranges
from handlers.linked_files import PLAIN, Source, source
from handlers.ranges import Stretch
from handlers.rates import Buckets, Limits
from models import Attachment, Direction, Message
from networks.errors import SignatureInvalid

T = TypeVar("T")

ClientAddress = Callable[[web.Request], str]
Listen = Callable[[web.Request], Awaitable[web.StreamResponse]]

AT_ONCE = 16
"""So many files pass to customers at the same time: each may hold a connection to Slack."""
AT_ONCE_ADDRESS = 4
AT_ONCE_NETWORKS = 32
"""So many to networks, which fetch for all their customers from few addresses."""

_NETWORKS = "networks"
_HEAD = 65_536
"""How much of a file tells what it is."""

_OVER = "This link is no longer valid. Please ask for the file again."
_GONE = "This file is no longer here. Please ask for it again."
_BEYOND = "The file has nothing there."
_LATER = "The file can't be fetched just now. Please try again in a moment."
_BUSY = "Many files are being fetched just now. Please try again in a moment."
_FAST = "That was a bit fast. Please wait a moment."

log = structlog.get_logger("oratio.links")


class Refusal(Exception):
    """The call gets this status and sentence."""

    def __init__(
        self,
        status: int,
        words: str,
        *,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(words)
        wait = {} if retry_after is None else {"Retry-After": str(math.ceil(retry_after))}
        self.status = status
        self.words = words
        self.headers = {**wait, **(headers or {})}


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
    def place(self, address: str, use: Use) -> Iterator[None]:
        """One of the places there are at once. Raises `Refusal` 503."""
        taker = address if use is Use.CUSTOMER else _NETWORKS
        if self._is_full(taker):
            raise Refusal(503, _BUSY, retry_after=5)
        self.passing[taker] += 1
        try:
            yield
        finally:
            self.passing[taker] -= 1
            if not self.passing[taker]:
                del self.passing[taker]

    def _is_full(self, taker: str) -> bool:
        networks = self.passing[_NETWORKS]
        if taker == _NETWORKS:
            return networks >= AT_ONCE_NETWORKS
        return self.passing.total() - networks >= AT_ONCE or self.passing[taker] >= AT_ONCE_ADDRESS

    def spend(self, address: str) -> None:
        """One call of this address's. Raises `Refusal` 429."""
        wait = self.buckets.spend(("link", address, self.limits.links_address))
        if wait:
            raise Refusal(429, _FAST, retry_after=wait)


def routes(desk: Desk, *, client_address: ClientAddress, limits: Limits | None = None) -> list[web.RouteDef]:
    """GET and HEAD of a link. `client_address` tells who calls, trusting proxies only as configured."""
    return [web.get("/files/{signed}/{name}", _guarded(door(desk, client_address, limits)))]


def door(desk: Desk, client_address: ClientAddress, limits: Limits | None) -> Door:
    """What a route of signed addresses is made with; each has places of its own."""
    buckets = Buckets(desk.clock)
    return Door(desk=desk, client_address=client_address, limits=limits or Limits(), buckets=buckets)


def _guarded(at: Door) -> Listen:
    async def listen(request: web.Request) -> web.StreamResponse:
        try:
            address = at.client_address(request)
            linked = read_link(at.desk, request.match_info["signed"])
            if linked is None or linked.use in (Use.CUSTOMER, Use.FACE):
                at.spend(address)
            if linked is None or linked.use is Use.FACE:
                raise Refusal(403, _OVER)
            file = await _file(at.desk, linked.file)
            with at.place(address, linked.use):
                return await _serve(await _slacks_word(source(at.desk, file, linked.use)), request)
        except Refusal as refusal:
            return refused(refusal)
        except Exception as error:
            log.error("link.failed", error=type(error).__name__)
            log.debug("link.failed", exc_info=error)
            return refused(Refusal(503, _LATER, retry_after=5))

    return listen


def read_link(desk: Desk, signed: str) -> links.Linked | None:
    """What the link stands for; None: it is forged, or its time is over."""
    try:
        return links.read(desk.workspace.link_secret, desk.workspace.id, signed, desk.clock.now())
    except SignatureInvalid:
        return None


async def _file(desk: Desk, number: int) -> Attachment:
    """The file of that number, if it may be had. Raises `Refusal` 404."""
    workspace = desk.workspace.id
    file = await Attachment.get_or_none(workspace_id=workspace, id=number)
    message = await Message.get_or_none(workspace_id=workspace, id=file.message_id) if file else None
    if file is None or message is None or message.direction is Direction.INBOUND:
        raise Refusal(404, _GONE)
    if message.deleted_at or file.reason == DELETED:
        raise Refusal(404, _GONE)
    return file


async def _serve(found: Source, request: web.Request) -> web.StreamResponse:
    """The file's bytes, or the stretch that is asked for, as they come. Raises `Refusal` as long as nothing
    was answered."""
    stream = await _slacks_word(found.open(0))
    try:
        head = await _slacks_word(_first(stream.chunks))
        stretch = _stretch(request, found, stream.size)
        answer = web.StreamResponse(headers=await found.headers(head, stream.size))
        answer.content_length = stream.size
        if stretch is not None:
            answer.set_status(206)
            answer.headers["Content-Range"] = stretch.content_range
            answer.content_length = stretch.length
        if request.method == "HEAD":
            return answer
        first = stretch.first if stretch else 0
        if first > len(head):
            await stream.chunks.aclose()
            stream = await _slacks_word(found.open(first))
            first, head = 0, b""
        await answer.prepare(request)
        await _pass_on(answer, head[first:], stream.chunks, request, _patience(found.desk))
    finally:
        await stream.chunks.aclose()
    return answer


def _patience(desk: Desk) -> float:
    """For how many seconds whoever reads may take nothing."""
    return desk.settings.durations.slack_answers.total_seconds() * 2


def _stretch(request: web.Request, found: Source, size: int | None) -> Stretch | None:
    """What is asked of a file whose length is known. Raises `Refusal` 416."""
    same = request.headers.get("If-Range") in (None, found.tag)
    if size is None or not same or request.method == "HEAD":
        return None
    try:
        return ranges.asked(request.headers.get("Range"), size)
    except ranges.Unsatisfiable:
        raise Refusal(416, _BEYOND, headers={"Content-Range": f"bytes */{size}"}) from None


async def _pass_on(
    answer: web.StreamResponse,
    head: bytes,
    chunks: AsyncIterator[bytes],
    request: web.Request,
    patience: float,
) -> None:
    """Write what the answer promised. Whoever takes nothing for `patience` seconds is cut off."""
    left = answer.content_length
    try:
        async for chunk in _after(head, chunks):
            piece = chunk if left is None else chunk[:left]
            async with asyncio.timeout(patience):
                await answer.write(piece)
            left = None if left is None else left - len(piece)
            if left == 0:
                return
    except (SlackError, OSError, TimeoutError) as error:
        log.info("link.broke_off", error=type(error).__name__)
        if request.transport is not None:
            request.transport.abort()  # whoever reads sees that the end is missing


async def _after(head: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if head:
        yield head
    async for chunk in chunks:
        yield chunk


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


def refused(refusal: Refusal) -> web.Response:
    """What the call gets in place of the file."""
    headers = {**PLAIN, **refusal.headers}
    return web.Response(status=refusal.status, text=f"{refusal.words}\n", headers=headers)

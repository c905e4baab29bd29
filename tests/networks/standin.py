"""What the tests' stand-ins for providers share: a server on this machine that fails when it is told to."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from typing import NoReturn, Self

from aiohttp import web

LATER = frozenset({"no_answer", "lost_answer", "late_answer", "held"})
"""Faults that are met after a call came in: the connection ends, or waits."""
_PIECE = 65_536


class StandIn(ABC):
    """`async with` serves `routes` until the end of the block.

    `fault(kind, times)` makes the next calls go wrong. Kinds every stand-in has: `no_answer` (nothing carried
    out, connection dropped), `lost_answer` (carried out, connection dropped), `late_answer` (carried out,
    answered after `release()`), `held` (nothing carried out, no answer before `release()`).
    """

    def __init__(self) -> None:
        self.url = ""
        self.files: dict[str, bytes | int] = {}
        """What may be fetched; a number stands for so many zeros."""
        self.file_bytes: dict[str, int] = {}
        """How many bytes of each were handed out."""
        self._faults: deque[tuple[str, str | None]] = deque()
        self._released, self._changed = asyncio.Event(), asyncio.Event()

    @abstractmethod
    def routes(self) -> list[web.RouteDef]:
        """What is served."""

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=200_000_000)
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.release()
        await self._runner.cleanup()

    def fault(self, kind: str, times: int = 1, *, verb: str | None = None) -> None:
        """Make the next `times` calls (of that verb) fail so; an empty kind lets one go well."""
        self._faults.extend([(kind, verb)] * times)

    @property
    def faults_left(self) -> int:
        """How many faults no call has met yet."""
        return len(self._faults)

    def clear_faults(self) -> None:
        """Everything goes well again."""
        self._faults.clear()

    def release(self) -> None:
        """Let what is held go."""
        self._released.set()

    async def until(self, predicate: Callable[[], bool], timeout: float = 10) -> None:  # noqa: ASYNC109
        """Wait until that is true, looked at after every call. Raises `TimeoutError`."""
        async with asyncio.timeout(timeout):
            while not predicate():
                self._changed.clear()
                await self._changed.wait()

    def strike(self, verb: str) -> str:
        """The fault this call meets."""
        met = self._faults and self._faults[0][1] in (None, verb)
        return self._faults.popleft()[0] if met else ""

    async def keep_back(self, request: web.Request, fault: str) -> None:
        """Answer a call that came in later, or never, where the fault wants it."""
        if fault in ("late_answer", "held"):
            await self._released.wait()
        if fault in ("no_answer", "lost_answer", "held"):
            drop(request)

    async def hand_out(self, request: web.Request, ref: str) -> web.StreamResponse:
        """A file, without saying how long it is."""
        answer = web.StreamResponse()
        answer.enable_chunked_encoding()
        await answer.prepare(request)
        with contextlib.suppress(ConnectionError):
            for piece in _pieces(self.files[ref]):
                await answer.write(piece)
                self.file_bytes[ref] = self.file_bytes.get(ref, 0) + len(piece)
        return answer


def drop(request: web.Request) -> NoReturn:
    """End the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    raise web.HTTPServiceUnavailable


def _pieces(content: bytes | int) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield from (content[i : i + _PIECE] for i in range(0, len(content), _PIECE))
    else:
        yield from (bytes(min(_PIECE, content - i)) for i in range(0, content, _PIECE))

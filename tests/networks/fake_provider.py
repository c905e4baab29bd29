"""The provider of the tests' fake network: a server on this machine that keeps what it was told."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

import aiohttp
from aiohttp import web

from tests.networks.fake import SIGNATURE, real_now, sign

TOKEN = "fake-token"
SECRET = "fake-secret"
_PIECE = 65_536


@dataclass(slots=True, kw_only=True)
class Shown:
    """What a customer of the fake network sees of one message."""

    id: str
    to: str
    text: str
    author: str | None = None
    reply_to: str | None = None
    file: tuple[str, bytes] | None = None
    voice: float | None = None
    """How long it plays, for a voice message."""
    deleted: bool = False
    reaction: str = ""
    read: bool = False
    key: str = field(default="", repr=False)


class FakeProvider:
    """`async with FakeProvider() as provider:` serves until the end of the block.

    `shown` is what customers see, `calls` what was asked, `done` what of it was carried out
    (with the message's `id`). `fault(kind, times)` makes the next
    calls go wrong: `500`, `html`, `429`, `refused`, `window`, `blocked`, `revoked` (nothing
    carried out), `no_answer` (nothing carried out, connection dropped), `lost_answer` (carried
    out, connection dropped), `late_answer` (carried out, answered after `release()`), `held`
    (nothing carried out, no answer before `release()`).
    """

    def __init__(self, *, idempotent: bool = False, token: str = TOKEN, secret: str = SECRET) -> None:
        self.idempotent = idempotent
        self.token = token
        self.secret = secret
        self.shown: list[Shown] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.done: list[tuple[str, dict[str, Any]]] = []
        self.typing: dict[str, bool] = {}
        self.retry_after = "3"
        """Seconds of the pause that `429` asks for."""
        self.files: dict[str, bytes | int] = {}
        """What may be fetched; a number stands for so many zeros."""
        self.updates: list[dict[str, Any] | str] = []
        """What waits for whoever asks; a text is an update nobody can read."""
        self.profiles: dict[str, dict[str, Any]] = {}
        """What it says of people it is asked about."""
        self.hooks: list[str | None] = []
        """The addresses it was told to call, in order."""
        self.asking = 0
        """How many wait for updates now."""
        self.file_bytes: dict[str, int] = {}
        """How many bytes of each were handed out."""
        self._faults: deque[tuple[str, str | None]] = deque()
        self._released = asyncio.Event()
        self._changed, self._came = asyncio.Event(), asyncio.Event()
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=200_000_000)
        app.router.add_post("/updates", self._updates)
        app.router.add_post("/{verb}", self._serve)
        app.router.add_get("/file/{ref}", self._file)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._released.set()
        self._came.set()
        await self._runner.cleanup()

    def options(self) -> dict[str, object]:
        """The options of an account that talks to this provider."""
        return {"url": self.url, "token": self.token, "secret": self.secret}

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
        """Let late answers go."""
        self._released.set()

    async def until(self, predicate: Callable[[], bool], timeout: float = 10) -> None:  # noqa: ASYNC109
        """Wait until that is true, looked at after every call. Raises `TimeoutError`."""
        async with asyncio.timeout(timeout):
            while not predicate():
                self._changed.clear()
                await self._changed.wait()

    async def deliver(self, hook: str, *events: dict[str, Any], at: datetime | None = None) -> int:
        """Call a webhook, signed; return the status."""
        body = json.dumps({"events": list(events)}).encode()
        headers = {SIGNATURE: sign(self.secret, body, at or real_now()), "Content-Type": "application/json"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(hook, data=body, headers=headers) as answer,
        ):
            return answer.status

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        verb, body = request.match_info["verb"], await request.json()
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.json_response({"error": "revoked"}, status=401)
        self.calls.append((verb, body))
        fault = self._strike(verb)
        refused = self._refusal(fault)
        if refused is not None:
            self._changed.set()
            return refused()
        if fault not in ("no_answer", "held"):
            answer = self._carry_out(verb, body)
        self._changed.set()
        if fault in ("late_answer", "held"):
            await self._released.wait()
        if fault in ("no_answer", "lost_answer", "held"):
            transport = request.transport
            if transport is not None:
                transport.abort()
            raise web.HTTPServiceUnavailable
        return web.json_response(answer)

    def happens(self, *updates: dict[str, Any] | str) -> None:
        """Something for whoever asks."""
        self.updates.extend(updates)
        self._came.set()

    async def _updates(self, request: web.Request) -> web.StreamResponse:
        """What came after the cursor; waits for it if wanted. All of it stays, to be asked for again."""
        body = await request.json()
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.json_response({"error": "revoked"}, status=401)
        fault = self._strike("updates")
        refused = self._refusal(fault)
        if refused is not None:
            self.calls.append(("updates", body))
            self._changed.set()
            return refused()
        after = int(body["after"] or 0)
        if body["wait"]:
            await self._news(after)
        self.calls.append(("updates", body))
        self._changed.set()
        if fault == "lost_answer" and request.transport is not None:
            request.transport.abort()
            raise web.HTTPServiceUnavailable
        return web.json_response({"updates": self.updates[after:], "next": str(len(self.updates))})

    def _refusal(self, fault: str) -> Callable[[], web.Response] | None:
        """How a call that meets this fault is refused; None if it isn't."""
        if fault == "429":
            pause = {"Retry-After": self.retry_after}
            return lambda: web.json_response({}, status=429, headers=pause)
        return _REFUSALS.get(fault)

    async def _news(self, after: int) -> None:
        """Wait until there is something after that, a second at most."""
        self.asking += 1
        self._changed.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                while len(self.updates) <= after and not self._released.is_set():
                    self._came.clear()
                    await self._came.wait()
        self.asking -= 1

    def _strike(self, verb: str) -> str:
        """The fault this call meets."""
        met = self._faults and self._faults[0][1] in (None, verb)
        return self._faults.popleft()[0] if met else ""

    def _carry_out(self, verb: str, body: dict[str, Any]) -> dict[str, Any]:
        if verb == "send":
            return {"id": self._show(body).id}
        self.done.append((verb, body))
        if verb == "hook":
            self.hooks.append(body["url"])
            return {}
        if verb == "profile":
            return {"profile": self.profiles.get(body["id"])}
        if verb == "look":
            return {"hook": self.hooks[-1] if self.hooks else None}
        if verb == "typing":
            self.typing[body["to"]] = body["on"]
            return {}
        message = next((m for m in self.shown if m.id == body["id"]), None)
        if message is not None:
            match verb:
                case "edit":
                    message.text = body["text"]
                case "delete":
                    message.deleted = True
                case "react":
                    message.reaction = body["emoji"]
                case "read":
                    message.read = True
        return {}

    def _show(self, body: dict[str, Any]) -> Shown:
        known = next((m for m in self.shown if m.key == body["key"]), None)
        if known is not None and self.idempotent:
            return known
        file = body.get("file")
        message = Shown(
            id=f"f{len(self.shown) + 1}",
            to=body["to"],
            text=body["text"],
            author=body.get("author"),
            reply_to=body.get("reply_to"),
            file=(file["name"], base64.b64decode(file["content"])) if file else None,
            voice=file.get("seconds") if file else None,
            key=body["key"],
        )
        self.shown.append(message)
        self.done.append(("send", {**body, "id": message.id}))
        return message

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """A file, without saying how long it is."""
        ref = request.match_info["ref"]
        content = self.files.get(ref)
        refused = self._refusal(self._strike("file"))
        if refused is not None or content is None:
            return refused() if refused else web.Response(status=404)
        answer = web.StreamResponse()
        answer.enable_chunked_encoding()
        await answer.prepare(request)
        with contextlib.suppress(ConnectionError):
            for piece in _pieces(content):
                await answer.write(piece)
                self.file_bytes[ref] = self.file_bytes.get(ref, 0) + len(piece)
        return answer


def _pieces(content: bytes | int) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield from (content[i : i + _PIECE] for i in range(0, len(content), _PIECE))
    else:
        yield from (bytes(min(_PIECE, content - i)) for i in range(0, content, _PIECE))


def _refusing(status: int, error: str) -> Callable[[], web.Response]:
    return lambda: web.json_response({"error": error}, status=status)


_REFUSALS: dict[str, Callable[[], web.Response]] = {
    "500": _refusing(500, "internal"),
    "html": lambda: web.Response(text="<h1>Welcome</h1>", content_type="text/html"),
    "refused": _refusing(400, "refused"),
    "window": _refusing(400, "window"),
    "blocked": _refusing(403, "blocked"),
    "revoked": _refusing(401, "revoked"),
}

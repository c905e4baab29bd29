"""The provider of the tests' fake network: a server on this machine that keeps what it was told."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp
from aiohttp import web

from tests.networks.fake import SIGNATURE, real_now, sign
from tests.networks.standin import StandIn, drop

TOKEN = "fake-token"
SECRET = "fake-secret"


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


class FakeProvider(StandIn):
    """`async with FakeProvider() as provider:` serves until the end of the block.

    `shown` is what customers see, `calls` what was asked, `done` what of it was carried out
    (with the message's `id`). Faults beside those of every stand-in: `500`, `html`, `429`, `refused`,
    `window`, `blocked`, `revoked` (nothing carried out).
    """

    def __init__(self, *, idempotent: bool = False, token: str = TOKEN, secret: str = SECRET) -> None:
        super().__init__()
        self.idempotent = idempotent
        self.token = token
        self.secret = secret
        self.shown: list[Shown] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.done: list[tuple[str, dict[str, Any]]] = []
        self.typing: dict[str, bool] = {}
        self.retry_after = "3"
        """Seconds of the pause that `429` asks for."""
        self.updates: list[dict[str, Any] | str] = []
        """What waits for whoever asks; a text is an update nobody can read."""
        self.profiles: dict[str, dict[str, Any]] = {}
        """What it says of people it is asked about."""
        self.hooks: list[str | None] = []
        """The addresses it was told to call, in order."""
        self.asking = 0
        """How many wait for updates now."""
        self._came = asyncio.Event()

    def routes(self) -> list[web.RouteDef]:
        """What is asked, updates, and files."""
        return [
            web.post("/updates", self._updates),
            web.post("/{verb}", self._serve),
            web.get("/file/{ref}", self._file),
        ]

    def options(self) -> dict[str, object]:
        """The options of an account that talks to this provider."""
        return {"url": self.url, "token": self.token, "secret": self.secret}

    def release(self) -> None:
        """Let what is held go, and whoever asks."""
        super().release()
        self._came.set()

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
        fault = self.strike(verb)
        refused = self._refusal(fault)
        if refused is not None:
            self._changed.set()
            return refused()
        if fault not in ("no_answer", "held"):
            answer = self._carry_out(verb, body)
        self._changed.set()
        await self.keep_back(request, fault)
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
        fault = self.strike("updates")
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
        if fault == "lost_answer":
            drop(request)
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
        if known is not None and self.idempotent and not body.get("token"):
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
        ref = request.match_info["ref"]
        refused = self._refusal(self.strike("file"))
        if refused is not None:
            return refused()
        return await self.hand_out(request, ref) if ref in self.files else web.Response(status=404)


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

"""The provider of the fake network, made for many messages: keeps when it was told what."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.networks.fake import SIGNATURE, sign
from tests.networks.fake_provider import SECRET, TOKEN


@dataclass(slots=True)
class Provider:
    """`told` is each text with the moments at which it was sent. `takes`: seconds a call takes."""

    takes: float = 0.0
    url: str = ""
    told: dict[str, list[float]] = field(default_factory=dict)

    def options(self) -> dict[str, object]:
        """The options of an account that talks to this provider."""
        return {"url": self.url, "token": TOKEN, "secret": SECRET}

    async def send(self, request: web.Request) -> web.Response:
        """A message for a customer."""
        at, body = time.time(), await request.json()
        moments = self.told.setdefault(str(body.get("text")), [])
        moments.append(at)
        await asyncio.sleep(self.takes)
        return web.json_response({"id": str(body["key"])})

    async def other(self, request: web.Request) -> web.Response:
        """Typing, marks and the like."""
        return web.json_response({})


@asynccontextmanager
async def provided(takes: float = 0.0) -> AsyncIterator[Provider]:
    """A provider that serves until the end of the block."""
    provider = Provider(takes)
    app = web.Application()
    app.add_routes([web.post("/send", provider.send), web.post("/{verb}", provider.other)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    provider.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield provider
    finally:
        await runner.cleanup()


def said(who: str, token: str, text: str) -> dict[str, Any]:
    """A customer's message, as the provider tells it."""
    at = int(datetime.now(UTC).timestamp())
    named = {"kind": "message", "event": f"e-{token}", "id": f"m-{token}", "from": who, "name": who.title()}
    return {**named, "text": text, "at": at}


def webhook(*events: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    """A call's body and its headers."""
    body = json.dumps({"events": events}).encode()
    return body, {SIGNATURE: sign(SECRET, body, datetime.now(UTC)), "Content-Type": "application/json"}

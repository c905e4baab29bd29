"""`POST /slack/events`: everything Slack sends over HTTP, checked before Bolt sees it.

Bolt alone answers 500 to some malformed requests; here they meet 401 or 400, and what is
signed but unreadable is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp

from desk import unreadable
from desk.context import Desk

MAX_BYTES = 1_048_576
_WINDOW = 300
"""Seconds a signature stays valid, docs.slack.dev/authentication/verifying-requests-from-slack."""


def signed(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether Slack signed these bytes within five minutes. Constant time; never raises."""
    stamp = headers.get("X-Slack-Request-Timestamp", "")
    given = headers.get("X-Slack-Signature", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 16 and given.isascii()):
        return False
    if abs(now - int(stamp)) > _WINDOW:
        return False
    wanted = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256)
    return hmac.compare_digest(f"v0={wanted.hexdigest()}", given)


def readable(content_type: str, body: bytes) -> bool:
    """Whether the body has the shape of something Slack sends."""
    try:
        text = body.decode()
        if content_type == "application/json":
            return _event(json.loads(text))
        form = parse_qs(text, max_num_fields=100)
        if "payload" in form:
            return _interaction(json.loads(form["payload"][0]))
        return "command" in form or "ssl_check" in form
    except (UnicodeDecodeError, ValueError, RecursionError):
        return False


def _event(found: Any) -> bool:
    if not isinstance(found, dict):
        return False
    if found.get("type") == "url_verification":
        return True
    event = found.get("event")
    named = isinstance(event, dict) and isinstance(event.get("type"), str)
    return found.get("type") == "event_callback" and named


def _interaction(found: Any) -> bool:
    """Whether it has what Bolt takes for granted: it breaks where that is missing."""
    if not isinstance(found, dict) or not isinstance(found.get("user"), dict):
        return False
    match found.get("type"):
        case "block_actions":
            actions = found.get("actions")
            return isinstance(actions, list) and all(map(_is_action, actions)) and bool(actions)
        case "block_suggestion":
            return _is_action(found)
        case "message_action" | "shortcut":
            return isinstance(found.get("callback_id"), str)
        case "view_submission" | "view_closed":
            view = found.get("view")
            return isinstance(view, dict) and isinstance(view.get("type"), str)
        case _:
            return False


def _is_action(found: Any) -> bool:
    return isinstance(found, dict) and isinstance(found.get("action_id"), str)


def route(app: AsyncApp, desk: Desk, secret: str) -> web.RouteDef:
    """The one route of HTTP mode."""
    return web.post("/slack/events", _handler(app, desk, secret))


def _handler(
    app: AsyncApp, desk: Desk, secret: str
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def receive(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        doubled = any(
            len(request.headers.getall(h, [])) > 1 for h in ("X-Slack-Signature", "X-Slack-Request-Timestamp")
        )
        if doubled or not signed(secret, request.headers, body, desk.clock.now().timestamp()):
            return web.json_response({"error": "The signature is not Slack's."}, status=401)
        if not readable(request.content_type, body):
            why = "signed by Slack, but of no shape that Slack sends"
            await desk.units.run(lambda: unreadable.keep(desk, body, source="Slack", why=why))
            desk.wake()
            return web.Response(status=200)
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    return receive

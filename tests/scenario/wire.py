"""Calling Oratio as Slack does, without the stand-in: signed requests of any content."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import aiohttp
from multidict import CIMultiDict

from tests.scenario.world import World

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
SIGNATURE, TIME = "X-Slack-Signature", "X-Slack-Request-Timestamp"

Headers = CIMultiDict[str]

_numbers = itertools.count(1)


def slack_signed(world: World, body: bytes, at: datetime | None = None) -> Headers:
    """The headers Slack sends with this body."""
    stamp = str(int((at or datetime.now(UTC)).timestamp()))
    mac = hmac.new(world.slack.signing_secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256)
    return CIMultiDict({SIGNATURE: f"v0={mac.hexdigest()}", TIME: stamp})


async def _post(world: World, kind: str, body: bytes) -> tuple[int, Any]:
    headers = slack_signed(world, body)
    headers["Content-Type"] = kind
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{world.app.url}/slack/events", data=body, headers=headers) as answer,
    ):
        text = await answer.text()
        return answer.status, json.loads(text) if text.startswith(("{", "[")) else text


async def send_event(
    world: World, event: dict[str, Any], *, team: str | None = None, event_id: str | None = None
) -> int:
    """Send an event; the status it is answered with."""
    body = {
        "type": "event_callback",
        "team_id": team or world.slack.team_id,
        "api_app_id": world.slack.app_id,
        "event_id": event_id or f"Ev0WIRE{next(_numbers):05}",
        "event": event,
    }
    return (await _post(world, JSON, json.dumps(body).encode()))[0]


async def send_payload(world: World, payload: dict[str, Any]) -> tuple[int, Any]:
    """Send an interaction; the status and what is answered."""
    return await _post(world, FORM, urlencode({"payload": json.dumps(payload)}).encode())


async def send_command(world: World, **fields: str) -> tuple[int, Any]:
    """Send a slash command."""
    return await _post(world, FORM, urlencode(fields).encode())

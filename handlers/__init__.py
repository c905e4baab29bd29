"""What Slack calls. One table of ids → listeners; `register` hands it to Bolt.

Bolt runs with `process_before_response=True`: a listener does one short transaction, and
Slack's acknowledgement follows its commit. What fails is not acknowledged, so that Slack
repeats it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp

from desk import metrics
from handlers import reactions, workspace
from handlers.actions import ACTIONS, offer_agents, on_action
from handlers.commands import COMMANDS, on_command
from handlers.front import Ack, Front
from handlers.home import on_home_opened
from handlers.messages import on_message
from handlers.shortcuts import SHORTCUTS
from handlers.views import VIEWS

EVENTS = {"message": on_message, "app_home_opened": on_home_opened, **reactions.EVENTS, **workspace.EVENTS}

LISTENERS: Mapping[str, frozenset[str]] = {
    "event": frozenset(EVENTS),
    "command": frozenset(COMMANDS),
    "shortcut": frozenset(SHORTCUTS),
    "action": frozenset(ACTIONS),
    "options": frozenset({"conversation.assign_to"}),
    "view": frozenset(VIEWS),
}
"""Every id that Slack can send and we hear."""

_ANY = re.compile(".*", re.DOTALL)


def register(app: AsyncApp, front: Front) -> None:
    """Tell Bolt who listens to what. What we do not know is acknowledged and left alone."""
    team = front.desk.workspace.team_id

    async def event(event: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        listener = EVENTS.get(str(event.get("type")))
        if not listener or body.get("team_id") not in (None, team):
            return
        kind = str(event.get("type"))
        started = front.desk.clock.monotonic()
        try:
            await listener(front, event)
        except Exception:
            metrics.EVENTS.labels(source="slack", kind=kind, outcome="failed").inc()
            raise
        metrics.EVENTS.labels(source="slack", kind=kind, outcome="taken").inc()
        metrics.EVENT_SECONDS.labels(source="slack").observe(front.desk.clock.monotonic() - started)

    async def action(ack: Ack, body: Mapping[str, Any]) -> None:
        if _team(body) == team:
            await on_action(front, body)
            front.homes.acted(_user(body))
        await ack()

    async def options(ack: Ack, body: Mapping[str, Any]) -> None:
        await ack(options=await offer_agents(front, body) if _team(body) == team else [])

    async def command(ack: Ack, body: Mapping[str, Any]) -> None:
        answer = await on_command(front, body) if body.get("team_id") == team else None
        await (ack(answer) if answer else ack())

    async def shortcut(ack: Ack, body: Mapping[str, Any]) -> None:
        listener = SHORTCUTS.get(str(body.get("callback_id")))
        if listener and _team(body) == team:
            await listener(front, body)
            front.homes.acted(_user(body))
        await ack()

    async def view(ack: Ack, body: Mapping[str, Any]) -> None:
        listener = VIEWS.get(str((body.get("view") or {}).get("callback_id")))
        answer = await listener(front, body) if listener and _team(body) == team else None
        front.homes.acted(_user(body))
        await (ack(**answer) if answer else ack())

    async def closed(ack: Ack) -> None:
        await ack()

    app.event(_ANY)(event)
    app.action(_ANY)(action)
    app.options(_ANY)(options)
    app.command(_ANY)(command)
    app.shortcut(_ANY)(shortcut)
    app.view_submission(_ANY)(view)
    app.view_closed(_ANY)(closed)


def _team(body: Mapping[str, Any]) -> str:
    """The workspace a press came from."""
    found = (body.get("team") or {}).get("id") or (body.get("user") or {}).get("team_id")
    return str(found or "")


def _user(body: Mapping[str, Any]) -> str:
    """Who pressed or typed."""
    return str((body.get("user") or {}).get("id", ""))

"""What Slack calls. One table of ids → listeners; `register` hands it to Bolt.

Bolt runs with `process_before_response=True`: a listener does one short transaction, and
Slack's acknowledgement follows its commit. What fails is not acknowledged, so that Slack
repeats it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from slack_bolt.async_app import AsyncApp

from desk import metrics
from handlers import reactions, workspace
from handlers.actions import ACTIONS, offer_agents, on_action
from handlers.commands import COMMANDS, on_command
from handlers.forms import VIEWS
from handlers.front import Ack, Front, user_of
from handlers.home import on_home_opened
from handlers.messages import on_message
from handlers.shortcuts import SHORTCUTS

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


Body = Mapping[str, Any]
Take = Callable[[Front, Body], Awaitable[dict[str, Any] | None]]


def register(app: AsyncApp, front: Front) -> None:
    """Tell Bolt who listens to what. What we do not know is acknowledged and left alone."""

    async def event(event: Body, body: Body) -> None:
        if body.get("team_id") in (None, front.desk.workspace.team_id):
            await _event(front, event)

    app.event(_ANY)(event)
    answered: Sequence[tuple[Callable[..., Any], Take, str | dict[str, Any]]] = (
        (app.action, _action, ""),
        (app.options, offer_agents, {"options": []}),
        (app.command, on_command, ""),
        (app.shortcut, _shortcut, ""),
        (app.view_submission, _view, ""),
        (app.view_closed, _closed, ""),
    )
    for listens, take, nothing in answered:
        listens(_ANY)(_answering(front, take, nothing))


def _answering(front: Front, take: Take, nothing: str | dict[str, Any]) -> Callable[..., Awaitable[None]]:
    """Carry out what comes from our own workspace; then acknowledge, with the answer if there is one."""

    async def listener(ack: Ack, body: Body) -> None:
        answer = await take(front, body) if _team(body) == front.desk.workspace.team_id else None
        await ack(answer or nothing)

    return listener


async def _event(front: Front, event: Body) -> None:
    kind = str(event.get("type"))
    listener = EVENTS.get(kind)
    if not listener:
        return
    started = front.desk.clock.monotonic()
    try:
        await listener(front, event)
    except Exception:
        metrics.EVENTS.labels(source="slack", kind=kind, outcome="failed").inc()
        raise
    metrics.EVENTS.labels(source="slack", kind=kind, outcome="taken").inc()
    metrics.EVENT_SECONDS.labels(source="slack").observe(front.desk.clock.monotonic() - started)


async def _action(front: Front, body: Body) -> None:
    await on_action(front, body)
    front.homes.acted(user_of(body))


async def _shortcut(front: Front, body: Body) -> None:
    listener = SHORTCUTS.get(str(body.get("callback_id")))
    if listener:
        await listener(front, body)
        front.homes.acted(user_of(body))


async def _view(front: Front, body: Body) -> dict[str, Any] | None:
    listener = VIEWS.get(str((body.get("view") or {}).get("callback_id")))
    answer = await listener(front, body) if listener else None
    front.homes.acted(user_of(body))
    return answer


async def _closed(_front: Front, _body: Body) -> None:
    """Nothing is kept for a modal that is open."""


def _team(body: Body) -> str:
    """The workspace a press or command came from."""
    found = (body.get("team") or {}).get("id") or (body.get("user") or {}).get("team_id")
    return str(found or body.get("team_id") or "")

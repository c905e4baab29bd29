"""Slash commands: answered in the acknowledgement, for the person alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from desk import people
from desk.conversations.queries import ListKind
from desk.slack import lists
from desk.slack.drawing import Drawing
from handlers.front import Front
from handlers.home import list_drawing

Command = Callable[[Front, str, str], Awaitable[Drawing]]


async def inbox(front: Front, user: str, words: str) -> Drawing:
    """`/inbox`: the viewer's conversations, longest waiting first."""
    return await _list(front, user, words, ListKind.INBOX, "/inbox")


async def closed(front: Front, user: str, words: str) -> Drawing:
    """`/closed`: what the viewer closed and is still kept."""
    return await _list(front, user, words, ListKind.CLOSED, "/closed")


async def _list(front: Front, user: str, words: str, kind: ListKind, name: str) -> Drawing:
    if words.strip() and await people.accounts_of(front.desk, user):
        return lists.usage(name)
    return await list_drawing(front, kind, user, 1)


async def oratio(front: Front, user: str, words: str) -> Drawing:
    """`/oratio help`."""
    return lists.help_reply() if words.strip().casefold() in ("", "help") else lists.usage("/oratio")


COMMANDS: Mapping[str, Command] = {"/inbox": inbox, "/closed": closed, "/oratio": oratio}
"""Every command of the manifest."""


async def on_command(front: Front, body: Mapping[str, Any]) -> dict[str, Any]:
    """The ephemeral answer to a command."""
    command = COMMANDS.get(str(body.get("command", "")), oratio)
    drawing = await command(front, str(body.get("user_id", "")), str(body.get("text") or ""))
    return {"response_type": "ephemeral", "text": drawing.text, "blocks": list(drawing.blocks)}

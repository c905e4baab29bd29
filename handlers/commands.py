"""Slash commands: answered in the acknowledgement, for the person alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from desk import people
from desk.asked import Asked, ListKind, typed
from desk.slack import lists
from desk.slack.drawing import Drawing
from desk.slack.text import unescape
from handlers import own_command
from handlers.front import Front
from handlers.lists import list_drawing
from handlers.own_command import Said

Command = Callable[[Front, Said], Awaitable[Drawing]]


def own(kind: ListKind, name: str) -> Command:
    """A list of the viewer's own, which takes no words."""

    async def command(front: Front, said: Said) -> Drawing:
        if said.words and await people.accounts_of(front.desk, said.user):
            return lists.usage(name, front.desk.settings.command_prefix)
        return await list_drawing(front, Asked(kind=kind), said.user)

    return command


def named(kind: ListKind) -> Command:
    """A list in which part of a name can be looked for."""

    async def command(front: Front, said: Said) -> Drawing:
        return await list_drawing(front, Asked(kind=kind, name=typed(said.words)), said.user)

    return command


COMMANDS: Mapping[str, Command] = {
    "/inbox": own(ListKind.INBOX, "inbox"),
    "/closed": own(ListKind.CLOSED, "closed"),
    "/unassigned": named(ListKind.UNASSIGNED),
    "/conversations": named(ListKind.ALL),
    "/archived": named(ListKind.ARCHIVED),
    "/oratio": own_command.oratio,
}
"""Every command of the manifest, without the prefix that a configuration may give them."""


async def on_command(front: Front, body: Mapping[str, Any]) -> dict[str, Any]:
    """The ephemeral answer to a command."""
    name = str(body.get("command", "")).removeprefix(f"/{front.desk.settings.command_prefix}")
    command = COMMANDS.get(f"/{name}", own_command.oratio)
    said = Said(
        user=str(body.get("user_id", "")),
        words=unescape(str(body.get("text") or "")).strip(),
        response_url=str(body.get("response_url") or ""),
    )
    drawing = await command(front, said)
    return {"response_type": "ephemeral", "text": drawing.text, "blocks": list(drawing.blocks)}

"""App Home: for now the same list as `/inbox`, drawn when somebody opens it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desk.conversations.queries import ListKind
from handlers.actions import list_drawing
from handlers.front import Front


async def on_home_opened(front: Front, event: Mapping[str, Any]) -> None:
    """Publish the viewer's inbox; passing, because opening Home again draws it again."""
    user = str(event.get("user", ""))
    if event.get("tab") != "home" or not user:
        return
    desk = front.desk

    async def publish() -> None:
        drawing = await list_drawing(front, ListKind.INBOX, user, 1)
        view = {"type": "home", "callback_id": "home", "blocks": list(drawing.blocks)}
        await desk.gateway.publish_home(user, view)

    desk.passing.offer(f"home:{user}", "slack:views.publish", publish)

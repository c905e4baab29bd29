"""The conversation menu: everything a card's buttons do, from any message of a long thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desk import people
from desk.conversations import views
from desk.conversations.scene import Case
from desk.slack import modals
from desk.slack.errors import SlackError
from handlers.front import Front, Pressed, kept_numbers
from models import Message


async def menu(
    front: Front, found: Case, *, kept: Message | None, note: str = "", drawing: int = 0
) -> Mapping[str, Any]:
    """The menu's drawing; `kept` is the message it was opened on, if that stayed inside."""
    desk = front.desk
    view = modals.MenuView(
        card=await views.card(desk, found),
        drawing=drawing,
        kept=await views.refusal(desk, found, kept) if kept else None,
        note=note,
    )
    return modals.conversation_menu(view)


async def redraw_menu(front: Front, place: Pressed, note: str) -> None:
    """Draw the menu anew after a press in it. A menu that was closed meanwhile needs nothing."""
    view = place.view or {}
    if view.get("callback_id") != "conversation_menu":
        return
    private = kept_numbers(view)
    found = await views.of(front.desk, private.get("conversation"))
    if found is None or not await people.is_agent(front.desk, found.row.id, place.user):
        return
    drawing = private.get("drawing", 0) + 1
    kept = await views.kept_by_id(front.desk, found, private.get("kept", 0))
    drawn = await menu(front, found, kept=kept, note=note, drawing=drawing)
    try:
        await front.desk.gateway.update_view(str(view.get("id")), drawn)
    except SlackError:
        return

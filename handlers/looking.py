"""What is looked at from a card, the profile or the menu: modals, and fields that are hidden."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import structlog

from desk import people
from desk.conversations import views
from desk.conversations.aftermath import Whisper, offer
from desk.conversations.scene import Case
from desk.slack import lines, modals, wording
from desk.slack.errors import SlackError
from desk.slack.profile import field_key
from handlers.front import Front, Pressed, kept_numbers, number, whisper
from handlers.menus import redraw_menu

log = structlog.get_logger("oratio.looking")


async def show_files(front: Front, place: Pressed) -> None:
    """`Supported files`."""
    found = await _connected(front, place, number(place.value))
    if found and found.account:
        title, account = found.row.title, found.account
        view = modals.supported_files(title, account.network.title, account.capabilities)
        await show_view(front, place, view)


async def show_profile(front: Front, place: Pressed) -> None:
    """`Profile`."""
    found = await _connected(front, place, number(place.value))
    view = await views.profile(front.desk, found) if found else None
    if view:
        await show_view(front, place, modals.profile_modal(view))


async def reveal(front: Front, place: Pressed) -> None:
    """Show a sensitive field to the presser alone; that it was shown is recorded."""
    conversation_id, _, key = place.value.partition(":")
    found = await _connected(front, place, number(conversation_id))
    view = await views.profile(front.desk, found) if found else None
    field = next((f for f in view.fields if field_key(f) == key), None) if view else None
    if found is None or view is None or field is None:
        return
    log.info("profile.revealed", agent=place.user, conversation=found.conversation.id, field=key)
    if place.view:
        await _redraw_profile(front, place.view, modals.profile_modal(view, _revealed(place.view) | {key}))
        return
    drawing = lines.shown_to_you(found.contact.name, field.label, field.value)
    seen = Whisper(channel=place.channel or "", user=place.user, thread_ts=place.thread_ts, drawing=drawing)
    offer(front.desk, [seen])


async def allowed(front: Front, place: Pressed, conversation_id: int) -> Case | None:
    """The conversation, if this person serves its account; otherwise they are told."""
    found = await views.of(front.desk, conversation_id)
    if found is None or not await people.is_agent(front.desk, found.row.id, place.user):
        whisper(front, place, wording.general.ONLY_TEAM)
        return None
    return found


async def _connected(front: Front, place: Pressed, conversation_id: int) -> Case | None:
    """The same, if there is still an account to tell of."""
    found = await allowed(front, place, conversation_id)
    if found and found.account is None:
        await _refuse(front, place, wording.refusals.disconnected(found.row.title))
        return None
    return found


async def _refuse(front: Front, place: Pressed, words: str) -> None:
    if place.view:
        await redraw_menu(front, place, words)
    else:
        whisper(front, place, words)


async def show_view(front: Front, place: Pressed, view: Mapping[str, Any]) -> str:
    """Open a modal, on top of the one that was pressed in; its id. An expired press is said, and has none."""
    gateway = front.desk.gateway
    try:
        return (await (gateway.push_view if place.view else gateway.open_view)(place.trigger_id, view)).id
    except SlackError as error:
        log.info("view.refused", code=error.code)
        whisper(front, place, error.words)
        return ""


async def profile_again(front: Front, place: Pressed) -> None:
    """Draw the profile modal anew after a press in it; elsewhere there is none."""
    view = place.view or {}
    if view.get("callback_id") != "profile":
        return
    found = await views.of(front.desk, kept_numbers(view).get("conversation"))
    if found is None or not await people.is_agent(front.desk, found.row.id, place.user):
        return
    shown = await views.profile(front.desk, found)
    if shown:
        await _redraw_profile(front, view, modals.profile_modal(shown, _revealed(view)))


async def _redraw_profile(front: Front, view: Mapping[str, Any], drawn: Mapping[str, Any]) -> None:
    """A modal that was closed meanwhile needs nothing."""
    try:
        await front.desk.gateway.update_view(str(view.get("id")), drawn)
    except SlackError as error:
        log.info("view.refused", code=error.code)


def _revealed(view: Mapping[str, Any]) -> frozenset[str]:
    """The fields that the presser asked to see in this modal before."""
    try:
        kept = json.loads(view.get("private_metadata") or "{}").get("revealed")
    except (ValueError, AttributeError):
        return frozenset()
    return frozenset(key for key in kept if isinstance(key, str)) if isinstance(kept, list) else frozenset()

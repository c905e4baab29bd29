"""Modals that are filled in: who opens them, and what is done with their answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from desk import people
from desk.context import Desk
from desk.conversations import assignment, blocking, noting, snoozing, when
from desk.conversations.assignment import Press, Refusal
from desk.slack import forms, modals, wording
from desk.slack.drawing import View
from handlers import templates
from handlers.front import Front, Pressed, kept_numbers, number, unit, user_of
from handlers.looking import allowed, show_view

Answer = dict[str, Any]
Opener = Callable[[Front, Pressed], Awaitable[None]]
Submission = Callable[[Front, Mapping[str, Any]], Awaitable[Answer]]
Closing = Callable[[Desk, Press, str], Awaitable[object]]


def opens(form: Callable[[int, int, str], View]) -> Opener:
    """A button or choice that opens this form for the conversation it names."""

    async def opener(front: Front, place: Pressed) -> None:
        found = await allowed(front, place, number(place.value))
        if found:
            row = found.conversation
            await show_view(front, place, form(row.id, row.version, found.contact.name))

    return opener


OPENERS: Mapping[str, Opener] = {
    "hand_over": opens(modals.assign),
    "snooze": opens(forms.snooze),
    "not_a_request": opens(forms.not_a_request),
    "block": opens(forms.block),
    "template": templates.open_templates,
    "note": opens(lambda conversation_id, _, name: forms.note(conversation_id, name)),
}
"""By the end of a button's id, and by a choice behind the three dots."""


def value_of(view: Mapping[str, Any], block: str, action: str) -> Any:
    """What was filled in: a text, a chosen value, a number of seconds; None where nothing was."""
    values = (view.get("state") or {}).get("values") or {}
    found = (values.get(block) or {}).get(action)
    if not isinstance(found, Mapping):
        return None
    chosen = found.get("selected_option")
    if isinstance(chosen, Mapping):
        return chosen.get("value")
    return found.get("value") if found.get("value") is not None else found.get("selected_date_time")


async def carried_out(
    front: Front, body: Mapping[str, Any], block: str, work: Callable[[Press], Awaitable[object]]
) -> Answer:
    """Do it for the conversation the form was opened on; a refusal is shown beside its first question."""
    kept = kept_numbers(body.get("view") or {})
    actor = user_of(body)
    if "conversation" not in kept:
        return _errors(block, wording.general.TRY_AGAIN)
    press = Press(conversation_id=kept["conversation"], actor=actor, version=kept.get("version"))
    try:
        await unit(front, lambda: work(press))
    except Refusal as refusal:
        return _errors(block, refusal.words)
    return {"response_action": "clear"}  # the menu below shows what is over


def _errors(block: str, words: str) -> Answer:
    return {"response_action": "errors", "errors": {block: words}}


async def assign(front: Front, body: Mapping[str, Any]) -> Answer:
    """Assign with a comment."""
    view = body.get("view") or {}
    to = str(value_of(view, "assign.to", "conversation.assign_to") or "")
    comment = str(value_of(view, "assign.comment", "comment") or "")
    return await carried_out(
        front, body, "assign.to", lambda press: assignment.assign(front.desk, press, to, comment)
    )


async def snooze(front: Front, body: Mapping[str, Any]) -> Answer:
    """Until a time, or until the customer writes."""
    view, desk = body.get("view") or {}, front.desk
    now, picked = desk.clock.now(), value_of(view, "snooze.at", "at")
    if isinstance(picked, int):
        until, at = when.check(datetime.fromtimestamp(min(max(picked, 0), 2**34), UTC), now), "snooze.at"
    else:
        zone = await people.zone_of(desk, user_of(body))
        until, at = when.read(str(value_of(view, "snooze.when", "choice") or ""), now, zone), "snooze.when"
    if isinstance(until, when.Wrong):
        return _errors(at, wording.snooze.WRONG[until])
    return await carried_out(front, body, "snooze.when", lambda press: snoozing.snooze(desk, press, until))


def closes(reasons: Mapping[str, str], use_case: Closing) -> Submission:
    """A form that asks why; what follows is the use case's."""

    async def submission(front: Front, body: Mapping[str, Any]) -> Answer:
        view = body.get("view") or {}
        choice = str(value_of(view, "reason.choice", "choice") or "")
        reason = forms.reason_of(reasons, choice, str(value_of(view, "reason.words", "words") or ""))
        if not reason:
            return _errors("reason.choice", wording.closing.CHOOSE)
        return await carried_out(
            front, body, "reason.choice", lambda press: use_case(front.desk, press, reason)
        )

    return submission


async def note(front: Front, body: Mapping[str, Any]) -> Answer:
    """A note that was not written in the thread."""
    words = str(value_of(body.get("view") or {}, "note.words", "words") or "")
    return await carried_out(front, body, "note.words", lambda press: noting.note(front.desk, press, words))


VIEWS: Mapping[str, Submission] = {
    "assign": assign,
    "snooze": snooze,
    "not_a_request": closes(forms.NO_REQUEST, blocking.not_a_request),
    "block": closes(forms.BLOCK, blocking.block),
    "note": note,
    "template": templates.submit,
    "template_preview": templates.submit_preview,
}
"""Every modal that has a submit button, by its id."""

"""Modals that are submitted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desk.conversations import assignment
from desk.conversations.assignment import Press, Refusal
from desk.slack import wording
from handlers.forms import SUBMITTED
from handlers.front import Front, kept_numbers, unit, user_of


async def assign(front: Front, body: Mapping[str, Any]) -> dict[str, Any] | None:
    """Assign with a comment. What is refused is shown beside the field, and nothing is changed."""
    view = body.get("view") or {}
    values = (view.get("state") or {}).get("values") or {}
    chosen = _value(values, "assign.to", "conversation.assign_to").get("selected_option") or {}
    comment = str(_value(values, "assign.comment", "comment").get("value") or "")
    private = kept_numbers(view)
    if not {"conversation", "version"} <= private.keys():
        return _errors(wording.general.TRY_AGAIN)
    actor = user_of(body)
    press = Press(conversation_id=private["conversation"], actor=actor, version=private["version"])
    to = str(chosen.get("value") or "")
    try:
        await unit(front, lambda: assignment.assign(front.desk, press, to, comment))
    except Refusal as refusal:
        return _errors(refusal.words)
    return {"response_action": "clear"}  # the menu below shows what is over


def _value(values: Mapping[str, Any], block: str, action: str) -> Mapping[str, Any]:
    found = (values.get(block) or {}).get(action)
    return found if isinstance(found, Mapping) else {}


def _errors(words: str) -> dict[str, Any]:
    return {"response_action": "errors", "errors": {"assign.to": words}}


VIEWS = {"assign": assign, **SUBMITTED}
"""Every modal that has a submit button."""

"""`Send a template…`: the modal opens at once, and is filled when the network has told which there are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import structlog

from desk.context import ConnectedAccount
from desk.conversations import templating, views
from desk.conversations.aftermath import offer
from desk.conversations.assignment import Press, Refusal
from desk.conversations.scene import Case, takes_templates
from desk.slack import templates, wording
from desk.slack.drawing import View
from desk.slack.errors import SlackError
from desk.slack.text import clean
from handlers.front import Front, Pressed, kept_numbers, number, unit, user_of, whisper
from handlers.looking import allowed, show_view
from networks.base import FilledTemplate, Template, Templates
from networks.errors import DeliveryError

log = structlog.get_logger("oratio.templates")

Answer = dict[str, Any]


async def open_templates(front: Front, place: Pressed) -> None:
    """The button in a refusal, or in the conversation menu."""
    found = await allowed(front, place, number(place.value))
    if found is None:
        return
    if not takes_templates(found):
        whisper(front, place, wording.templates.NOT_HERE)
        return
    view_id = await show_view(front, place, templates.only(found.conversation.id, wording.templates.LOOKING))
    if view_id:
        _fill(front, found, view_id)


async def choose(front: Front, place: Pressed) -> None:
    """One was chosen in the modal."""
    view = place.view or {}
    found = await allowed(front, place, kept_numbers(view).get("conversation", 0))
    if found and view.get("callback_id") == "template":
        _fill(front, found, str(view.get("id")), place.value)


def _fill(front: Front, found: Case, view_id: str, chosen: str = "") -> None:
    """Ask the network, and draw the modal anew."""

    async def fill() -> None:
        drawn = await _drawn(found, chosen)
        try:
            await front.desk.gateway.update_view(view_id, drawn)
        except SlackError as error:
            log.info("view.refused", code=error.code)

    front.desk.passing.offer(f"templates:{view_id}", "slack:views.update", fill)


async def _drawn(found: Case, chosen: str) -> View:
    conversation, name = found.conversation.id, found.contact.name
    if found.account is None:
        return templates.only(conversation, wording.templates.NOT_HERE)
    try:
        known = await _known(found.account)
    except DeliveryError as error:
        log.info("templates.failed", account=found.account.config.name, code=error.code, why=error.words)
        return templates.only(conversation, wording.templates.not_listed(error.words))
    return templates.choosing(conversation, name, known, chosen)


async def _known(account: ConnectedAccount) -> list[Template]:
    network = account.network
    return list(await network.templates(account.settings)) if isinstance(network, Templates) else []


async def submit(front: Front, body: Mapping[str, Any]) -> Answer:
    """What was filled in is shown as the customer will read it; what needs nothing is sent."""
    view = body.get("view") or {}
    chosen = templates.kept(_private(view))
    if chosen is None or not chosen.fields:
        return await _send(front, body, chosen)
    blocks = {key: templates.value_block(chosen.id, at) for at, key in enumerate(chosen.fields)}
    values = {key: _typed(view, block) for key, block in blocks.items()}
    empty = {blocks[key]: wording.templates.FILL_IN for key, said in values.items() if not said}
    if empty:
        return {"response_action": "errors", "errors": empty}
    found = await views.of(front.desk, kept_numbers(view).get("conversation"))
    name = found.contact.name if found else ""
    drawn = templates.preview(found.conversation.id if found else 0, name, chosen, values)
    if drawn is None:
        longest = max(values, key=lambda key: len(values[key]))
        return {"response_action": "errors", "errors": {blocks[longest]: wording.templates.TOO_LONG}}
    return {"response_action": "push", "view": drawn}


async def submit_preview(front: Front, body: Mapping[str, Any]) -> Answer:
    """Send what was previewed."""
    return await _send(front, body, templates.kept(_private(body.get("view") or {})))


async def _send(front: Front, body: Mapping[str, Any], chosen: templates.Kept | None) -> Answer:
    """A refusal stands in place of the form."""
    view = body.get("view") or {}
    press = Press(conversation_id=kept_numbers(view).get("conversation", 0), actor=user_of(body))
    if chosen is None:
        return {"response_action": "clear"}
    filled, once = FilledTemplate(id=chosen.id, values=chosen.fields), str(view.get("id"))
    try:
        effects = await unit(front, lambda: templating.send(front.desk, press, filled, chosen.text, once))
    except Refusal as refusal:
        return {"response_action": "update", "view": templates.only(press.conversation_id, refusal.words)}
    offer(front.desk, effects)
    return {"response_action": "clear"}


def _typed(view: Mapping[str, Any], block: str) -> str:
    values = (view.get("state") or {}).get("values") or {}
    said = ((values.get(block) or {}).get("words") or {}).get("value")
    return clean(said).strip()[: templates.LONGEST_VALUE] if isinstance(said, str) else ""


def _private(view: Mapping[str, Any]) -> Any:
    try:
        return json.loads(view.get("private_metadata") or "{}")
    except ValueError:
        return None

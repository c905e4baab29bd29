"""Buttons, selects and menus."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from desk import people
from desk.conversations import assignment, presses, queries, views
from desk.conversations.aftermath import Answer, Passed, Redraw, Whisper, offer
from desk.conversations.assignment import Press, Refusal
from desk.conversations.presses import How
from desk.conversations.scene import Case
from desk.slack import cards, lines, lists, modals, wording
from desk.slack.drawing import Drawing, Teammate
from desk.slack.errors import SlackError
from desk.slack.profile import field_key
from handlers.front import Front, Pressed, attempt, kept_numbers, numbers, pressed, unit, whisper
from handlers.menus import redraw_menu

log = structlog.get_logger("oratio.actions")

Listener = Callable[[Front, Pressed], Awaitable[None]]
Move = Callable[[Any, Press], Awaitable[Any]]


def _press(place: Pressed) -> Press:
    """A card's button: conversation and the version it was drawn for."""
    found = numbers(place.value)
    return Press(
        conversation_id=found[0] if found else 0,
        actor=place.user,
        version=found[1] if len(found) > 1 else None,
    )


def moves(use_case: Move) -> Listener:
    """A button that moves the conversation."""

    async def listener(front: Front, place: Pressed) -> None:
        await _move(front, place, _press(place), lambda press: use_case(front.desk, press))

    return listener


async def _move(front: Front, place: Pressed, press: Press, work: Callable[[Press], Awaitable[Any]]) -> None:
    """Carry it out; in the menu the outcome is drawn there, elsewhere a refusal is whispered."""
    if place.view is None:
        await attempt(front, place, lambda: work(press))
        return
    note = ""
    try:
        await unit(front, lambda: work(press))
    except Refusal as refusal:
        note = refusal.words
    await redraw_menu(front, place, note)


async def _assign_me(front: Front, place: Pressed) -> None:
    press = _press(place)
    await _move(front, place, press, lambda p: assignment.assign(front.desk, p, p.actor))


async def _assign_to(front: Front, place: Pressed) -> None:
    """The select on a card or in the menu; where a modal is submitted it only holds a value."""
    found = cards.key_of(place.block_id) or _menu_key(place)
    if found is None or not place.value:
        return
    press = Press(conversation_id=found[0], actor=place.user, version=found[1])
    await _move(front, place, press, lambda p: assignment.assign(front.desk, p, place.value))


def _menu_key(place: Pressed) -> tuple[int, int] | None:
    """Conversation and version of the conversation menu, if that is where it was."""
    view = place.view or {}
    kept = kept_numbers(view) if view.get("callback_id") == "conversation_menu" else {}
    return (kept["conversation"], kept["version"]) if {"conversation", "version"} <= kept.keys() else None


async def _more(front: Front, place: Pressed) -> None:
    """The three dots: `profile:ID:VERSION`, `files:ID:VERSION`."""
    what, _, rest = place.value.partition(":")
    if what == "profile":
        await _open_profile(front, place, numbers(rest))
    elif what == "files":
        await _open_files(front, place, numbers(rest))


async def _allowed(front: Front, place: Pressed, ids: list[int]) -> Case | None:
    """The conversation, if this person serves its account; otherwise they are told."""
    found = await views.of(front.desk, ids[0] if ids else None)
    if found is None or not await people.is_agent(front.desk, found.row.id, place.user):
        whisper(front, place, wording.ONLY_TEAM)
        return None
    return found


async def _open_files(front: Front, place: Pressed, ids: list[int]) -> None:
    found = await _allowed(front, place, ids)
    if found and found.account:
        account = found.account
        await _show(
            front, place, modals.supported_files(found.row.title, account.network.title, account.capabilities)
        )


async def _open_profile(front: Front, place: Pressed, ids: list[int]) -> None:
    found = await _allowed(front, place, ids)
    view = await views.profile(front.desk, found) if found else None
    if view:
        await _show(front, place, modals.profile_modal(view))


async def _show(front: Front, place: Pressed, view: Mapping[str, Any]) -> None:
    """Open a modal, on top of the one that was pressed in. An expired press is said."""
    gateway = front.desk.gateway
    try:
        await (gateway.push_view if place.view else gateway.open_view)(place.trigger_id, view)
    except SlackError as error:
        log.info("view.refused", code=error.code)
        whisper(front, place, error.words)


async def _files_show(front: Front, place: Pressed) -> None:
    await _open_files(front, place, numbers(place.value))


async def _profile_button(front: Front, place: Pressed) -> None:
    await _open_profile(front, place, numbers(place.value))


async def _reveal(front: Front, place: Pressed) -> None:
    """Show a sensitive field to the presser alone; that it was shown is recorded."""
    number, _, key = place.value.partition(":")
    found = await _allowed(front, place, numbers(number))
    view = await views.profile(front.desk, found) if found else None
    field = next((f for f in view.fields if field_key(f) == key), None) if view else None
    if found is None or view is None or field is None:
        return
    log.info("profile.revealed", agent=place.user, conversation=found.conversation.id, field=key)
    if place.view:
        shown = modals.profile_modal(view, frozenset({key}))
        await front.desk.gateway.update_view(str(place.view.get("id")), shown)
        return
    drawing = lines.shown_to_you(found.contact.name, field.label, field.value)
    offer(front.desk, [_whispered(place, drawing)])


def _whispered(place: Pressed, drawing: Drawing) -> Passed:
    return Whisper(channel=place.channel or "", user=place.user, thread_ts=place.thread_ts, drawing=drawing)


async def _hand_over(front: Front, place: Pressed) -> None:
    """Assign with a comment."""
    ids = numbers(place.value)
    found = await _allowed(front, place, ids)
    if found:
        row = found.conversation
        await _show(front, place, modals.assign(row.id, row.version, found.contact.name))


def sends(how: How) -> Listener:
    """A button that sends a kept message."""

    async def listener(front: Front, place: Pressed) -> None:
        ids = numbers(place.value)

        async def work() -> presses.Sent:
            return await presses.send_kept(front.desk, ids[0] if ids else 0, place.user, how)

        outcome = wording.SENDING_NOW
        try:
            done = await unit(front, work)
        except Refusal as refusal:
            outcome = refusal.words
        else:
            offer(front.desk, done.effects)
        await _answered(front, place, ids, outcome)

    return listener


async def _answered(front: Front, place: Pressed, ids: list[int], outcome: str) -> None:
    """Put the outcome where the buttons were."""
    if place.view is not None:
        await redraw_menu(front, place, outcome)
        return
    drawing = lines.told(outcome)
    if place.ephemeral and place.response_url:
        offer(front.desk, [Answer(url=place.response_url, drawing=drawing)])
    elif place.channel and place.message_ts:
        offer(front.desk, [Redraw(channel=place.channel, ts=place.message_ts, drawing=drawing)])


async def _keep_note(front: Front, place: Pressed) -> None:
    ids = numbers(place.value)
    outcome = wording.KEPT_NOTE
    try:
        await unit(front, lambda: presses.keep_note(front.desk, ids[0] if ids else 0, place.user))
    except Refusal as refusal:
        outcome = refusal.words
    await _answered(front, place, ids, outcome)


async def _try_again(front: Front, place: Pressed) -> None:
    ids = numbers(place.value)
    try:
        done = await unit(front, lambda: presses.try_again(front.desk, ids[0] if ids else 0, place.user))
    except Refusal as refusal:
        whisper(front, place, refusal.words)
        return
    name = await people.name_of(front.desk, place.user)
    customer = await presses.customer_of(done.conversation)
    await _settled(front, place, done.message.id, customer, wording.pressed_retry(name))


async def _settled(front: Front, place: Pressed, message_id: int, customer: str, words: str) -> None:
    """The line keeps its sentence; what was chosen stands in place of its buttons."""
    if not (place.channel and place.message_ts):
        return
    if place.action_id in ("delivery.retry", "delivery.keep_note"):
        row = await presses.reason_of(message_id)
        drawing = lines.failed(customer, row, message_id, settled=words)
    else:
        drawing = lines.uncertain(customer, message_id, settled=words)
    offer(front.desk, [Redraw(channel=place.channel, ts=place.message_ts, drawing=drawing)])


async def _arrived(front: Front, place: Pressed) -> None:
    ids = numbers(place.value)
    try:
        message = await unit(front, lambda: presses.arrived(front.desk, ids[0] if ids else 0, place.user))
    except Refusal as refusal:
        whisper(front, place, refusal.words)
        return
    name = await people.name_of(front.desk, place.user)
    found = await views.of(front.desk, message.conversation_id)
    if found:
        await _settled(front, place, message.id, found.contact.name, wording.pressed_arrived(name))


async def _correct(front: Front, place: Pressed) -> None:
    ids = numbers(place.value)
    try:
        done = await unit(front, lambda: presses.correct(front.desk, ids[0] if ids else 0, place.user))
    except Refusal as refusal:
        whisper(front, place, refusal.words)
        return
    offer(front.desk, done.effects)
    await _answered(front, place, ids, wording.SENDING_NOW)


async def _leave_it(front: Front, place: Pressed) -> None:
    ids = numbers(place.value)
    try:
        await unit(front, lambda: presses.leave_it(front.desk, ids[0] if ids else 0, place.user))
    except Refusal as refusal:
        whisper(front, place, refusal.words)
        return
    await _answered(front, place, ids, wording.LEFT_AS_IT_IS)


async def _check_account(front: Front, place: Pressed) -> None:
    await front.make_ready()


async def _page(front: Front, place: Pressed) -> None:
    """Turn the page of an ephemeral list, in its place."""
    kind, _, number = place.value.partition(":")
    if kind not in set(queries.ListKind) or not number.isdigit() or not place.response_url:
        return
    drawing = await list_drawing(front, queries.ListKind(kind), place.user, int(number))
    offer(front.desk, [Answer(url=place.response_url, drawing=drawing)])


async def _open_inbox(front: Front, place: Pressed) -> None:
    drawing = await list_drawing(front, queries.ListKind.INBOX, place.user, 1)
    if place.channel:
        offer(front.desk, [Whisper(channel=place.channel, user=place.user, drawing=drawing)])


async def list_drawing(front: Front, kind: queries.ListKind, user: str, number: int) -> Drawing:
    """One page of a list, drawn; people who serve no account get one sentence."""
    if not await people.accounts_of(front.desk, user):
        return lines.told(wording.ONLY_TEAM)
    page = await queries.page(front.desk, kind, user, number)
    return lists.list_reply(
        lists.ListKind(kind.value),
        await views.rows(front.desk, page),
        page=page.number,
        pages=page.pages,
        total=page.total,
        waiting=page.waiting,
        kept=front.desk.settings.durations.kept_closed,
    )


async def _link(front: Front, place: Pressed) -> None:
    """A button that only opens a link still wants its answer."""


ACTIONS: Mapping[str, Listener] = {
    "conversation.assign_me": _assign_me,
    "conversation.assign_to": _assign_to,
    "conversation.release": moves(assignment.release),
    "conversation.close": moves(assignment.close),
    "conversation.reopen": moves(assignment.reopen),
    "conversation.more": _more,
    "conversation.hand_over": _hand_over,
    "conversation.open": _link,
    "files.show": _files_show,
    "profile.open": _profile_button,
    "profile.show": _reveal,
    "delivery.retry": _try_again,
    "delivery.keep_note": _keep_note,
    "delivery.send_again": _try_again,
    "delivery.arrived": _arrived,
    "guard.send": sends(How.AS_IS),
    "guard.take_and_send": sends(How.TAKE_OVER),
    "guard.reopen_and_send": sends(How.REOPEN),
    "guard.send_without_mention": sends(How.WITHOUT_MENTION),
    "wrong_place.send": sends(How.AS_IS),
    "refusal.text_only": sends(How.TEXT_ONLY),
    "refusal.note": _keep_note,
    "correction.send": _correct,
    "correction.leave": _leave_it,
    "account.check": _check_account,
    "list.page": _page,
    "list.page.back": _page,
    "inbox.open": _open_inbox,
}
"""Every button, select and menu that can be drawn."""


async def on_action(front: Front, body: Mapping[str, Any]) -> None:
    """Carry out a press. An id nobody knows (a card of another version) does nothing."""
    place = pressed(body)
    listener = ACTIONS.get(place.action_id) or ACTIONS.get(place.action_id.rpartition(".")[0])
    if listener:
        await listener(front, place)


async def offer_agents(front: Front, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The options of `Assign to…`: the account's agents whose name has what was typed."""
    user = str((body.get("user") or {}).get("id", ""))
    found = await views.of(front.desk, _conversation_of(body))
    if found is None or not await people.is_agent(front.desk, found.row.id, user):
        return []
    agents = await people.agents_of(front.desk, found.row.id, str(body.get("value") or ""))
    return cards.agent_options([Teammate(user_id=agent.user_id, name=agent.name) for agent in agents])


def _conversation_of(body: Mapping[str, Any]) -> int | None:
    key = cards.key_of(str(body.get("block_id", "")))
    if key:
        return key[0]
    return kept_numbers(body.get("view") or {}).get("conversation")

"""Buttons, selects and menus."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from desk import people
from desk.conversations import assignment, blocking, changed_reply, presses, snoozing, views
from desk.conversations.aftermath import Answer, Redraw, offer
from desk.conversations.assignment import Press, Refusal
from desk.conversations.presses import How
from desk.slack import cards, fates, lines, refusals, wording
from desk.slack.drawing import Teammate
from handlers import home, lists
from handlers.forms import OPENERS
from handlers.front import Front, Pressed, attempt, kept_numbers, numbers, pressed, unit, user_of, whisper
from handlers.looking import more, profile_again, reveal, show_files, show_profile
from handlers.menus import redraw_menu
from handlers.queue import take_next
from models import Message

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


def sends(how: How, by: Callable[[str], str] = wording.presses.pressed_send) -> Listener:
    """A button that sends a kept message; `by` says who did."""

    async def listener(front: Front, place: Pressed) -> None:
        ids = numbers(place.value)

        async def work() -> presses.Sent:
            return await presses.send_kept(front.desk, ids[0] if ids else 0, place.user, how)

        shown = await views.refusal_of(front.desk, ids[0] if ids else 0)
        try:
            done = await unit(front, work)
        except Refusal as refusal:
            await _refused(front, place, refusal.words)
            return
        offer(front.desk, done.effects)
        await _answered(front, place, shown, wording.presses.SENDING_NOW, by)

    return listener


async def _answered(
    front: Front,
    place: Pressed,
    shown: refusals.Refusal | None,
    outcome: str,
    by: Callable[[str], str],
) -> None:
    """Put the outcome where the buttons were; in the thread the sentence stays, with who chose."""
    if place.view is not None:
        await redraw_menu(front, place, outcome)
    elif place.ephemeral and place.response_url:
        offer(front.desk, [Answer(url=place.response_url, drawing=lines.told(outcome))])
    elif shown and place.channel and place.message_ts:
        drawing = refusals.settled(shown, by(await people.name_of(front.desk, place.user)))
        offer(front.desk, [Redraw(channel=place.channel, ts=place.message_ts, drawing=drawing)])


_OVER = frozenset({wording.refusals.ALREADY_SENT, wording.refusals.ALREADY_DONE})


async def _refused(front: Front, place: Pressed, words: str) -> None:
    """Tell the presser alone. The buttons stay, unless they are the presser's own and can't work again."""
    if place.view is not None:
        await redraw_menu(front, place, words)
    elif words in _OVER and place.ephemeral and place.response_url:
        offer(front.desk, [Answer(url=place.response_url, drawing=lines.told(words))])
    else:
        whisper(front, place, words)


async def _keep_note(front: Front, place: Pressed) -> None:
    ids = numbers(place.value)
    shown = await views.refusal_of(front.desk, ids[0] if ids else 0)
    try:
        message = await unit(front, lambda: presses.keep_note(front.desk, ids[0] if ids else 0, place.user))
    except Refusal as refusal:
        await _refused(front, place, refusal.words)
        return
    if place.action_id != "delivery.keep_note":
        await _answered(front, place, shown, wording.refusals.KEPT_NOTE, wording.presses.pressed_note)
        return
    found = await views.of(front.desk, message.conversation_id)
    if found:
        said = wording.presses.pressed_note(await people.name_of(front.desk, place.user))
        await _settled(front, place, message.id, found.contact.name, said)


async def _try_again(front: Front, place: Pressed) -> None:
    ids = numbers(place.value)
    try:
        done = await unit(front, lambda: presses.try_again(front.desk, ids[0] if ids else 0, place.user))
    except Refusal as refusal:
        whisper(front, place, refusal.words)
        return
    name = await people.name_of(front.desk, place.user)
    customer = await presses.customer_of(done.conversation)
    await _settled(front, place, done.message.id, customer, wording.presses.pressed_retry(name))


async def _settled(front: Front, place: Pressed, message_id: int, customer: str, words: str) -> None:
    """The line keeps its sentence; what was chosen stands in place of its buttons."""
    if not (place.channel and place.message_ts):
        return
    if place.action_id in ("delivery.retry", "delivery.keep_note"):
        row = await presses.reason_of(message_id)
        drawing = fates.failed(customer, row, message_id, settled=words)
    else:
        drawing = fates.uncertain(customer, message_id, settled=words)
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
        await _settled(front, place, message.id, found.contact.name, wording.presses.pressed_arrived(name))


async def _correct(front: Front, place: Pressed) -> None:
    ids = numbers(place.value)
    try:
        done = await unit(front, lambda: presses.correct(front.desk, ids[0] if ids else 0, place.user))
    except Refusal as refusal:
        whisper(front, place, refusal.words)
        return
    offer(front.desk, done.effects)
    await _corrected(front, place, done.message, wording.presses.pressed_correction)


async def _leave_it(front: Front, place: Pressed) -> None:
    ids = numbers(place.value)
    try:
        message = await unit(front, lambda: presses.leave_it(front.desk, ids[0] if ids else 0, place.user))
    except Refusal as refusal:
        whisper(front, place, refusal.words)
        return
    await _corrected(front, place, message, wording.presses.pressed_leave)


async def _corrected(front: Front, place: Pressed, message: Message, by: Callable[[str], str]) -> None:
    """The line keeps what the customer still reads; what was chosen stands in place of its buttons."""
    found = await views.of(front.desk, message.conversation_id)
    if found and place.channel and place.message_ts:
        words = by(await people.name_of(front.desk, place.user))
        drawing = changed_reply.correction_line(found, message, settled=words)
        offer(front.desk, [Redraw(channel=place.channel, ts=place.message_ts, drawing=drawing)])


async def _unblock(front: Front, place: Pressed) -> None:
    """On the card, in the menu, or in the profile."""
    await moves(blocking.unblock)(front, place)
    await profile_again(front, place)


async def _more(front: Front, place: Pressed) -> None:
    """A choice behind the three dots."""
    opener = OPENERS.get(place.value.partition(":")[0], more)
    await opener(front, place)


async def _link(front: Front, place: Pressed) -> None:
    """A button that only opens a link still wants its answer."""


ACTIONS: Mapping[str, Listener] = {
    "conversation.assign_me": _assign_me,
    "conversation.assign_to": _assign_to,
    "conversation.release": moves(assignment.release),
    "conversation.close": moves(assignment.close),
    "conversation.reopen": moves(assignment.reopen),
    "conversation.wake": moves(snoozing.wake),
    "conversation.unblock": _unblock,
    "conversation.more": _more,
    **{f"conversation.{what}": opener for what, opener in OPENERS.items()},
    "conversation.open": _link,
    "files.show": show_files,
    "profile.open": show_profile,
    "profile.show": reveal,
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
    "refusal.link": sends(How.AS_LINK, wording.presses.pressed_link),
    "refusal.note": _keep_note,
    "correction.send": _correct,
    "correction.leave": _leave_it,
    "account.check": home.check_account,
    "list.page": lists.turn,
    "list.page.back": lists.turn,
    "list.clear": lists.turn,
    "list.all": lists.turn,
    "list.take": lists.take,
    "queue.next": take_next,
    "inbox.open": lists.open_inbox,
    "home.tab.inbox": home.go,
    "home.tab.unassigned": home.go,
    "home.tab.all": home.go,
    "home.tab.closed": home.go,
    "home.page": home.go,
    "home.page.back": home.go,
    "home.refresh": home.go,
    "home.filter.clear": home.go,
    "home.filter.all": home.go,
    "home.filter": home.search,
    "home.filter.typed": home.search,
    "home.next": home.take_next,
}
"""Every button, select and menu that can be drawn."""


async def on_action(front: Front, body: Mapping[str, Any]) -> None:
    """Carry out a press. An id nobody knows (a card of another version) does nothing."""
    place = pressed(body)
    listener = ACTIONS.get(place.action_id) or ACTIONS.get(place.action_id.rpartition(".")[0])
    if listener:
        await listener(front, place)


async def offer_agents(front: Front, body: Mapping[str, Any]) -> dict[str, Any] | None:
    """The options of `Assign to…`: the account's agents whose name has what was typed."""
    found = await views.of(front.desk, _conversation_of(body))
    if found is None or not await people.is_agent(front.desk, found.row.id, user_of(body)):
        return None
    agents = await people.agents_of(front.desk, found.row.id, str(body.get("value") or ""))
    options = cards.agent_options([Teammate(user_id=agent.user_id, name=agent.name) for agent in agents])
    return {"options": options}


def _conversation_of(body: Mapping[str, Any]) -> int | None:
    key = cards.key_of(str(body.get("block_id", "")))
    if key:
        return key[0]
    return kept_numbers(body.get("view") or {}).get("conversation")

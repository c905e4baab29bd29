"""Buttons, selects and menus."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from desk import people
from desk.context import Desk
from desk.conversations import assignment, blocking, changed_reply, presses, snoozing, views
from desk.conversations.aftermath import Answer, Redraw, offer
from desk.conversations.assignment import Press, Refusal
from desk.conversations.presses import How
from desk.conversations.scene import Case
from desk.slack import cards, fates, lines, refusals, wording
from desk.slack.drawing import Drawing, Teammate
from handlers import home, lists, templates
from handlers.forms import OPENERS
from handlers.front import (
    Front,
    Pressed,
    attempt,
    draw_home,
    kept_numbers,
    number,
    numbers,
    pressed,
    unit,
    user_of,
    whisper,
)
from handlers.looking import profile_again, reveal, show_files, show_profile
from handlers.menus import redraw_menu
from handlers.queue import take_next
from models import Message

Listener = Callable[[Front, Pressed], Awaitable[None]]
Move = Callable[[Any, Press], Awaitable[Any]]
Settling = Callable[[Desk, int, str], Awaitable[Message | presses.Sent]]


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
        if await attempt(front, place, lambda: work(press)) and place.home:
            draw_home(front, place)
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
        kept = number(place.value)
        shown = await views.refusal_of(front.desk, kept)
        try:
            done = await unit(front, lambda: presses.send_kept(front.desk, kept, place.user, how))
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
    """`Keep as note` of a message that was refused."""
    kept = number(place.value)
    shown = await views.refusal_of(front.desk, kept)
    try:
        await unit(front, lambda: presses.keep_note(front.desk, kept, place.user))
    except Refusal as refusal:
        await _refused(front, place, refusal.words)
        return
    await _answered(front, place, shown, wording.refusals.KEPT_NOTE, wording.presses.pressed_note)


def settles(use_case: Settling, by: Callable[[str], str]) -> Listener:
    """A button under what became of a message; the line stays, with who chose in place of its buttons."""

    async def listener(front: Front, place: Pressed) -> None:
        done = await attempt(front, place, lambda: use_case(front.desk, number(place.value), place.user))
        if isinstance(done, presses.Sent):
            offer(front.desk, done.effects)
            done = done.message
        found = await views.of(front.desk, done.conversation_id) if done else None
        if done and found and place.channel and place.message_ts:
            words = by(await people.name_of(front.desk, place.user))
            drawing = await _settled(found, done, place.action_id, words)
            offer(front.desk, [Redraw(channel=place.channel, ts=place.message_ts, drawing=drawing)])

    return listener


async def _settled(found: Case, message: Message, action_id: str, words: str) -> Drawing:
    """The line in which this button stood."""
    customer = found.contact.name
    if action_id.startswith("correction."):
        return changed_reply.correction_line(found, message, settled=words)
    if action_id in ("delivery.retry", "delivery.keep_note"):
        row = await presses.reason_of(message.id)
        return fates.failed(customer, row, message.id, settled=words)
    return fates.uncertain(customer, message.id, settled=words)


async def _unblock(front: Front, place: Pressed) -> None:
    """On the card, in the menu, or in the profile."""
    await moves(blocking.unblock)(front, place)
    await profile_again(front, place)


async def _more(front: Front, place: Pressed) -> None:
    """A choice behind the three dots: the button of that name, and what it would carry."""
    what, _, value = place.value.partition(":")
    if opener := _CHOICES.get(what):
        await opener(front, replace(place, value=value))


_CHOICES: Mapping[str, Listener] = {**OPENERS, "profile": show_profile, "files": show_files}


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
    "template.choose": templates.choose,
    "files.show": show_files,
    "profile.open": show_profile,
    "profile.show": reveal,
    "delivery.retry": settles(presses.try_again, wording.presses.pressed_retry),
    "delivery.keep_note": settles(presses.keep_note, wording.presses.pressed_note),
    "delivery.send_again": settles(presses.try_again, wording.presses.pressed_retry),
    "delivery.arrived": settles(presses.arrived, wording.presses.pressed_arrived),
    "guard.send": sends(How.AS_IS),
    "guard.take_and_send": sends(How.TAKE_OVER),
    "guard.reopen_and_send": sends(How.REOPEN),
    "guard.send_without_mention": sends(How.WITHOUT_MENTION),
    "wrong_place.send": sends(How.AS_IS),
    "refusal.text_only": sends(How.TEXT_ONLY),
    "refusal.link": sends(How.AS_LINK, wording.presses.pressed_link),
    "refusal.convert": sends(How.CONVERTED, wording.presses.pressed_convert),
    "refusal.note": _keep_note,
    "correction.send": settles(presses.correct, wording.presses.pressed_correction),
    "correction.leave": settles(presses.leave_it, wording.presses.pressed_leave),
    "account.check": home.check_account,
    "list.page": lists.turn,
    "list.page.back": lists.turn,
    "list.clear": lists.turn,
    "list.all": lists.turn,
    "list.take": lists.take,
    "list.unblock": lists.unblock,
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
    "home.next": take_next,
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

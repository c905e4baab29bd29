"""The lists that commands answer with: their pages, and what is pressed in them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from desk import asked
from desk.asked import Asked
from desk.context import Desk
from desk.conversations import assignment, blocking, queries
from desk.conversations.aftermath import Answer, Whisper, offer
from desk.conversations.assignment import Press, Refusal
from desk.conversations.listing import scope_of
from desk.conversations.rows import rows
from desk.slack import lines, lists, wording
from desk.slack.drawing import Drawing
from desk.slack.lists import ListView
from handlers.front import Front, Pressed, numbers, unit


async def list_drawing(front: Front, wanted: Asked, user: str, note: str = "") -> Drawing:
    """One page of a list, drawn; people who serve no account get one sentence."""
    desk = front.desk
    scope = await scope_of(desk, user)
    if not scope.accounts:
        return lines.told(wording.general.ONLY_TEAM)
    page = await queries.page(scope, wanted)
    view = ListView(
        asked=page.asked,
        rows=await rows(desk, user, page.ids),
        pages=page.pages,
        total=page.total,
        more=page.more,
        waiting=page.waiting,
        kept=desk.settings.durations.kept_closed,
        prefix=desk.settings.command_prefix,
        note=note,
    )
    return lists.list_reply(view)


async def turn(front: Front, place: Pressed) -> None:
    """`Next`, `Previous`, `Clear filter`, `Search All`: the button says where it leads."""
    to = asked.read(place.value)
    if to:
        await _redraw(front, place, to)


def acts(use_case: Callable[[Desk, Press], Awaitable[object]]) -> Callable[[Front, Pressed], Awaitable[None]]:
    """A button of a row in a list, which is drawn anew with what became of it."""

    async def listener(front: Front, place: Pressed) -> None:
        await _act(front, place, use_case)

    return listener


async def _act(front: Front, place: Pressed, use_case: Callable[[Desk, Press], Awaitable[object]]) -> None:
    number, _, rest = place.value.partition(":")
    version, _, wanted = rest.partition(":")
    ids, to = numbers(f"{number}:{version}"), asked.read(wanted)
    if len(ids) != 2 or to is None:
        return
    press = Press(conversation_id=ids[0], actor=place.user, version=ids[1])
    note = ""
    try:
        await unit(front, lambda: use_case(front.desk, press))
    except Refusal as refusal:
        note = refusal.words
    await _redraw(front, place, to, note)


take = acts(lambda desk, press: assignment.assign(desk, press, press.actor))
unblock = acts(blocking.unblock)


async def _redraw(front: Front, place: Pressed, to: Asked, note: str = "") -> None:
    if place.response_url:
        drawing = await list_drawing(front, to, place.user, note)
        offer(front.desk, [Answer(url=place.response_url, drawing=drawing)])


async def open_inbox(front: Front, place: Pressed) -> None:
    """`Open my inbox`, under the welcome."""
    drawing = await list_drawing(front, Asked(), place.user)
    if place.channel:
        offer(front.desk, [Whisper(channel=place.channel, user=place.user, drawing=drawing)])

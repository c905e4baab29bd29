"""App Home: opened, turned, filtered; and what is wrong with the accounts, looked at again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from desk import asked, operators
from desk.conversations import status
from desk.conversations.aftermath import Whisper, offer
from desk.slack import lines, posts, wording
from desk.slack.drawing import Drawing
from desk.slack.home import state_of, typed_in
from handlers.front import Front, Pressed, draw_home, numbers, whisper


async def on_home_opened(front: Front, event: Mapping[str, Any]) -> None:
    """Draw it; passing, because opening Home again draws it again."""
    user = str(event.get("user", ""))
    if event.get("tab") == "home" and user:
        front.homes.opened(user)


async def go(front: Front, place: Pressed) -> None:
    """A tab, a page, `Refresh`, `Clear filter`, `Search All`: the button says where it leads."""
    to = asked.read(place.value)
    if place.home and to:
        front.homes.pressed(place.user, state_of(place.home).at(to))


async def search(front: Front, place: Pressed) -> None:
    """`Filter`, or the return key: the names that begin as was typed."""
    if place.home:
        state = state_of(place.home)
        to = replace(state.asked, page=1, name=typed_in(place.home))
        front.homes.pressed(place.user, state.at(to))


async def check_account(front: Front, place: Pressed) -> None:
    """`Check again`: look now, and tell the presser what was found."""
    ids = numbers(place.value)
    desk = front.desk
    account = desk.accounts.get(ids[0] if ids else 0)
    if account is None or not await status.may_see(desk, place.user):
        whisper(front, place, wording.general.ONLY_TEAM)
        return
    works = lines.told(wording.operators.works(posts.place(account.network.title, account.config.title)))

    async def check() -> None:
        await front.look_now()
        if place.home:
            draw_home(front, place)
        elif place.channel:
            found = await operators.fault(desk, account.id) or works
            said = Drawing(text=found.text, blocks=found.blocks[:1])
            offer(
                desk,
                [Whisper(channel=place.channel, user=place.user, thread_ts=place.thread_ts, drawing=said)],
            )

    desk.passing.offer(f"check:{place.user}", "check", check)

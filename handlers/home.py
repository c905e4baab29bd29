"""App Home and the lists: the viewer's inbox, its pages, and what is wrong with the accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desk import operators, people
from desk.conversations import queries, views
from desk.conversations.aftermath import Answer, Whisper, offer
from desk.conversations.queries import ListKind
from desk.slack import lines, lists, posts, wording
from desk.slack.drawing import Block, Drawing
from handlers.front import Front, Pressed, numbers, whisper


async def on_home_opened(front: Front, event: Mapping[str, Any]) -> None:
    """Publish the viewer's inbox; passing, because opening Home again draws it again."""
    user = str(event.get("user", ""))
    if event.get("tab") == "home" and user:
        _publish(front, user)


def _publish(front: Front, user: str, number: int = 1) -> None:
    async def publish() -> None:
        view = {"type": "home", "callback_id": "home", "blocks": await _home(front, user, number)}
        await front.desk.gateway.publish_home(user, view)

    front.desk.passing.offer(f"home:{user}", "slack:views.publish", publish)


async def _home(front: Front, user: str, number: int) -> list[Block]:
    """What is wrong, for those who can mend it or wait for it; below it the viewer's inbox."""
    served = await people.accounts_of(front.desk, user)
    faults = await operators.faults(front.desk, user, served)
    if served:
        shown = await list_drawing(front, ListKind.INBOX, user, number)
    else:
        shown = lines.told(wording.general.outsider(front.desk.settings.help_contact))
    return [block for drawing in [*faults[:20], shown] for block in drawing.blocks]


async def list_drawing(front: Front, kind: ListKind, user: str, number: int) -> Drawing:
    """One page of a list, drawn; people who serve no account get one sentence."""
    if not await people.accounts_of(front.desk, user):
        return lines.told(wording.general.ONLY_TEAM)
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


async def turn_page(front: Front, place: Pressed) -> None:
    """`Next` and `Previous`: the page comes where the list stands, in Home or for the asker alone."""
    kind, _, rest = place.value.partition(":")
    number = numbers(rest)
    if kind not in set(ListKind) or len(number) != 1:
        return
    if is_home(place):
        _publish(front, place.user, number[0])
    elif place.response_url:
        drawing = await list_drawing(front, ListKind(kind), place.user, number[0])
        offer(front.desk, [Answer(url=place.response_url, drawing=drawing)])


def is_home(place: Pressed) -> bool:
    """Whether it was pressed in App Home."""
    return (place.view or {}).get("type") == "home"


async def open_inbox(front: Front, place: Pressed) -> None:
    """`Open my inbox`, under the welcome."""
    drawing = await list_drawing(front, ListKind.INBOX, place.user, 1)
    if place.channel:
        offer(front.desk, [Whisper(channel=place.channel, user=place.user, drawing=drawing)])


async def check_account(front: Front, place: Pressed) -> None:
    """`Check again`: look now, and tell the presser what was found."""
    ids = numbers(place.value)
    desk = front.desk
    account = desk.accounts.get(ids[0] if ids else 0)
    if account is None or not await _may_know(front, place.user):
        whisper(front, place, wording.general.ONLY_TEAM)
        return
    works = lines.told(wording.operators.works(posts.place(account.network.title, account.config.title)))

    async def check() -> None:
        await front.look_now()
        if is_home(place):
            _publish(front, place.user)
        elif place.channel:
            found = await operators.fault(desk, account.id) or works
            said = Drawing(text=found.text, blocks=found.blocks[:1])
            offer(
                desk,
                [Whisper(channel=place.channel, user=place.user, thread_ts=place.thread_ts, drawing=said)],
            )

    desk.passing.offer(f"check:{place.user}", "check", check)


async def _may_know(front: Front, user: str) -> bool:
    return bool(await people.accounts_of(front.desk, user)) or await operators.is_one(front.desk, user)

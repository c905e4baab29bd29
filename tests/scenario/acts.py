"""What people of the team do in a thread, in words: write, press what only they see, press a line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from models import Delivery, DeliveryKind, Message
from tests.scenario.world import SUPPORT, World


async def says(world: World, user: str, thread: str | None, text: str = "", **more: Any) -> str:
    """Somebody writes in a thread (None: in the channel); returns the message's ts."""
    where = {"thread_ts": thread} if thread else {}
    return str((await _does(world, "say", user, text=text, **where, **more))["ts"])


async def _does(world: World, verb: str, user: str, **args: Any) -> dict[str, Any]:
    """Act, and wait until Oratio has taken it: what comes next comes after it."""
    done = await world.slack.act(verb, user=user, channel=SUPPORT, **args)
    assert done["ok"], done
    if world.slack.request_url:
        await world.until(lambda: not world.slack.events_under_way)
    return done


async def changes(world: World, user: str, ts: str, text: str) -> None:
    """Somebody edits what they wrote."""
    await _does(world, "edit", user, ts=ts, text=text)


async def deletes(world: World, user: str, ts: str) -> None:
    """Somebody deletes what they wrote."""
    await _does(world, "delete", user, ts=ts)


async def presses(world: World, user: str, ts: str, action: str) -> None:
    """Somebody presses a button of a message they see."""
    pressed = await world.slack.act("press", user=user, channel=SUPPORT, ts=ts, action_id=action)
    assert pressed["ok"], (action, pressed)
    assert pressed["status"] == 200, pressed


async def sends(world: World, user: str, ts: str) -> None:
    """Somebody chooses `Send to customer` on a message."""
    used = await world.slack.act(
        "shortcut", user=user, channel=SUPPORT, ts=ts, callback_id="send_to_customer"
    )
    assert (used["ok"], used["status"]) == (True, 200), used


async def takes(world: World, user: str, card: str) -> None:
    """Somebody presses `Assign to me`."""
    await presses(world, user, card, "conversation.assign_me")
    await world.until(lambda: "Assigned to" in shown(world, card))


async def closes(world: World, user: str, card: str) -> None:
    """Somebody closes a conversation."""
    await presses(world, user, card, "conversation.close")
    await world.until(lambda: "Closed by" in shown(world, card))


def shown(world: World, ts: str) -> str:
    """What a post of ours shows: its blocks, as text."""
    return str((world.slack.message(SUPPORT, ts) or {}).get("blocks"))


async def told(world: World, user: str, words: str, times: int = 1) -> dict[str, Any]:
    """Wait until somebody alone is told a sentence; returns the newest such message."""
    await world.until(lambda: len(_whispers(world, user, words)) >= times)
    return _whispers(world, user, words)[-1]


def _whispers(world: World, user: str, words: str) -> list[dict[str, Any]]:
    return [e for e in world.slack.ephemerals(user) if words in unglued(e["text"])]


async def line(world: World, thread: str, words: str, times: int = 1) -> dict[str, Any]:
    """Wait until the thread shows a sentence; returns the newest such message."""
    await world.until(lambda: len(lines(world, thread, words)) >= times)
    return lines(world, thread, words)[-1]


def lines(world: World, thread: str, words: str) -> list[dict[str, Any]]:
    """The messages of a thread that show a sentence."""
    return [m for m in world.thread(thread) if words in unglued(m.get("text") or "")]


def spoken(world: World, thread: str) -> list[str]:
    """What the customer said, one message after the other; a post may show several."""
    posts = [block for m in world.thread(thread) if m.get("username") for block in m.get("blocks") or ()]
    parts = [part["elements"] for block in posts for part in block.get("elements") or ()]
    said = ["".join(str(e["text"]) for e in part if e["type"] == "text") for part in parts]
    return [text for text in said if text]


def unglued(text: str) -> str:
    """Without the invisible joints that keep words from ringing."""
    return text.replace("\u2060", "")


async def marked(world: World, ts: str, mark: str) -> None:
    """Wait until a message bears this mark and no other."""
    await world.until(lambda: world.reactions(ts) == {mark})


def buttons(message: dict[str, Any]) -> list[str]:
    """The actions a message offers."""
    rows = [b for b in message.get("blocks") or [] if b["type"] == "actions"]
    return [element["action_id"] for row in rows for element in row["elements"]]


def called(world: World, user: str, thread: str) -> list[str]:
    """Why Slack told somebody of something in this thread, in order."""
    return [n["why"] for n in world.slack.notifications(user) if n["thread_ts"] == thread]


async def written(ts: str) -> Message:
    """The row of what somebody wrote."""
    return await Message.get(slack_ts=ts)


async def stored(predicate: Callable[[], Awaitable[bool]], seconds: float = 10) -> None:
    """Wait until the database says so. Raises `TimeoutError`."""
    async with asyncio.timeout(seconds):
        while not await predicate():  # noqa: ASYNC110 - a database tells nobody of its changes
            await asyncio.sleep(0.01)


async def quiet(world: World) -> None:
    """Wait until nothing is under way or due; reminders and alarms that are not due yet are left alone.
    Long enough for thirty customers' histories on a machine with other work."""

    async def nothing_left() -> bool:
        rows = Delivery.filter(unfinished=True).exclude(kind__in=[DeliveryKind.NUDGE, DeliveryKind.WAKE])
        passing = world.slack.events_under_way or len(world.app.desk.passing)
        return not passing and not await rows.exists()

    await stored(nothing_left, seconds=30)

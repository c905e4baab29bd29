"""What people do and see in Slack, in a word each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.scenario.world import SUPPORT, World

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For a scenario in which the database plays no part of its own."""


async def press(world: World, user: str, ts: str, action: str, **more: Any) -> dict[str, Any]:
    """Press a button of a message in the intake channel; with `channel` elsewhere."""
    where = {"channel": SUPPORT, **more}
    return await world.slack.act("press", user=user, ts=ts, action_id=action, **where)


async def pick(world: World, user: str, ts: str, option: str) -> dict[str, Any]:
    """Choose a person in a card's `Assign to…`."""
    where = {"user": user, "channel": SUPPORT, "ts": ts, "action_id": "conversation.assign_to"}
    return await world.slack.act("choose", option=option, **where)


async def more(world: World, user: str, ts: str, what: str) -> dict[str, Any]:
    """Choose something behind a card's three dots, by the beginning of its value."""
    menu = element(card_at(world, ts), "conversation.more")
    option = next(o["value"] for o in menu["options"] if o["value"].startswith(what))
    where = {"user": user, "channel": SUPPORT, "ts": ts, "action_id": "conversation.more"}
    return await world.slack.act("choose", option=option, **where)


async def offered(world: World, user: str, ts: str, query: str = "") -> list[str]:
    """The people a card's `Assign to…` offers."""
    where = {"user": user, "channel": SUPPORT, "ts": ts, "action_id": "conversation.assign_to"}
    answer = await world.slack.act("options", query=query, **where)
    return [option["text"]["text"] for option in answer["options"]]


async def says(world: World, user: str, ts: str, text: str) -> str:
    """Write in a thread of the intake channel; the message's ts."""
    said = await world.slack.act("say", user=user, channel=SUPPORT, thread_ts=ts, text=text)
    return str(said["ts"])


async def command(world: World, user: str, text: str) -> dict[str, Any]:
    """Type a slash command; the ephemeral message it is answered with."""
    answer = await world.slack.act("command", user=user, channel=SUPPORT, text=text)
    return next(e for e in world.slack.ephemerals(user) if e["ts"] == answer["ts"])


def card_at(world: World, ts: str) -> dict[str, Any]:
    """The card as it stands."""
    return world.slack.message(SUPPORT, ts) or {}


def elements(shown: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every button, select and menu of a message or view."""
    attached = [b for a in shown.get("attachments") or () for b in a.get("blocks") or ()]
    for block in [*(shown.get("blocks") or ()), *attached]:
        yield from block.get("elements") or () if block["type"] == "actions" else ()
        yield from [block[key] for key in ("accessory", "element") if key in block]


def element(shown: dict[str, Any], action: str) -> dict[str, Any]:
    """The one with that action."""
    return next(e for e in elements(shown) if e.get("action_id") == action)


def actions(shown: dict[str, Any]) -> list[str]:
    """What can be pressed."""
    return [str(e["action_id"]) for e in elements(shown)]


def state(world: World, ts: str) -> str:
    """The card's line of state, as mrkdwn."""
    return next(str(b["elements"][0]["text"]) for b in card_at(world, ts)["blocks"] if b["type"] == "context")


def whispers(world: World, user: str) -> list[str]:
    """What only this person sees, as text."""
    return [e.get("text") or "" for e in world.slack.ephemerals(user)]


def rung(world: World, user: str) -> list[str]:
    """The texts of what Slack notified somebody of."""
    return [n["text"] for n in world.slack.notifications(user)]


def modal(world: World, user: str) -> dict[str, Any]:
    """The front modal on somebody's screen."""
    return world.slack.views(user)[-1]


async def open_menu(world: World, user: str, ts: str, on: str | None = None) -> str:
    """Open the conversation menu on a message of the thread, the first if none is named; its id."""
    message = on or str(world.thread(ts)[0]["ts"])
    where = {"user": user, "channel": SUPPORT, "ts": message}
    await world.slack.act("shortcut", callback_id="conversation_menu", **where)
    return str(modal(world, user)["id"])


async def inside(world: World, user: str, action: str, **more: Any) -> dict[str, Any]:
    """Press in the front modal."""
    view_id = modal(world, user)["id"]
    done = await world.slack.act("press_view", user=user, view_id=view_id, action_id=action, **more)
    assert done["ok"], done
    return done


async def submit(world: World, user: str, **values: dict[str, Any]) -> dict[str, Any]:
    """Fill in the front modal and submit it: `when={"choice": "1h"}` for the block whose id ends so."""
    view = modal(world, user)
    ids = {b["block_id"].rpartition(".")[2]: b["block_id"] for b in view["blocks"]}
    named = {ids[block]: value for block, value in values.items()}
    return await world.slack.act("submit", user=user, view_id=view["id"], values=named)


def welcomes(world: World) -> list[dict[str, Any]]:
    """The posts that say what arrives in the intake channel."""
    posts = world.slack.messages(SUPPORT)
    return [m for m in posts if any(b["block_id"].startswith("welcome.") for b in m.get("blocks") or ())]

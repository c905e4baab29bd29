"""App Home: tabs, names, pages, presses; whom it is drawn for, and how seldom."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from models import Conversation, Status
from tests.scenario.acts import says as replies
from tests.scenario.hands import element, elements, modal, on_sqlite, press, rung
from tests.scenario.wire import send_payload
from tests.scenario.world import ANA, BEN, CHLOE, DORA, FAST, World, database_url, the_world

SOON = replace(FAST, home_every=timedelta(milliseconds=100), home_each=timedelta(milliseconds=50))


def home(world: World, user: str) -> dict[str, Any]:
    return world.slack.home(user) or {"blocks": []}


def shows(world: World, user: str) -> str:
    return json.dumps(home(world, user)["blocks"], ensure_ascii=False)


def names(world: World, user: str) -> list[str]:
    """The customers of the list, from top to bottom."""
    rows = [b for b in home(world, user)["blocks"] if b["block_id"].endswith(".row")]
    linked = [row["text"]["text"].split("*")[1] for row in rows]
    return [name.strip("<>").rpartition("|")[2] for name in linked]


def tabs(world: World, user: str) -> list[str]:
    """The tabs' labels, the active one in brackets."""
    row = next(b for b in home(world, user)["blocks"] if b["block_id"].endswith(".tabs"))
    labels = [(e["text"]["text"], e.get("style")) for e in row["elements"]]
    return [f"[{label}]" if style == "primary" else label for label, style in labels]


def drawn(world: World, user: str) -> int:
    """How often Home was published for somebody."""
    return sum(call["user_id"] == user for call in published(world))


def published(world: World) -> list[dict[str, Any]]:
    return [call["args"] for call in world.slack.calls("views.publish")]


async def opens(world: World, user: str) -> None:
    before = drawn(world, user)
    await world.slack.act("open_home", user=user)
    await world.until(lambda: drawn(world, user) > before)


async def presses(world: World, user: str, action: str, **more: Any) -> None:
    """Press in Home, and wait until it is drawn."""
    before = drawn(world, user)
    done = await world.slack.act("press", user=user, view_id="home", action_id=action, **more)
    assert (done["ok"], done.get("status")) == (True, 200), (action, done)
    await world.until(lambda: drawn(world, user) > before)


async def types(world: World, user: str, name: str) -> None:
    """Type a name, and press Filter."""
    field = next(b for b in home(world, user)["blocks"] if b["type"] == "input")
    where = {"user": user, "view_id": "home", "block_id": field["block_id"], "action_id": "home.filter.typed"}
    assert (await world.slack.act("fill", value=name, **where))["ok"]
    await presses(world, user, "home.filter")


@on_sqlite
async def test_a_day_in_home(world: World) -> None:
    """Unassigned, mine, a colleague's, closed; taken, moved back, closed and reopened from Home."""
    await opens(world, ANA)
    assert "Nobody is waiting for you" in shows(world, ANA)
    assert "No conversation is assigned to you." in shows(world, ANA)
    await presses(world, ANA, "home.tab.unassigned")
    assert "Nobody is waiting. New customers appear here and in #support." in shows(world, ANA)
    for who in ("mia", "bo", "lu"):
        await world.conversation(who, f"I am {who}")
    await presses(world, ANA, "home.refresh")
    assert tabs(world, ANA) == ["Inbox (0)", "[Unassigned (3)]", "All (3)", "Closed (0)"]
    assert names(world, ANA) == ["Mia", "Bo", "Lu"]
    assert "3 customers wait in Unassigned." in shows(world, ANA)
    assert "“I am bo”" in shows(world, ANA)
    world.provider.files["a"] = b"just text"
    await world.writes("bo", files=[{"ref": "a", "name": "a.txt", "mime": "text/plain"}])
    await presses(world, ANA, "home.refresh")
    assert "📎 1 document" in shows(world, ANA)
    card = str((await Conversation.get(id=1)).card_ts)
    assert f"/p{card.replace('.', '')}|Mia>*" in shows(world, ANA)

    await presses(world, ANA, "home.next")
    assert "Mia (Fake · Acme Shop) is assigned to you now." in shows(world, ANA)
    assert tabs(world, ANA) == ["[Inbox (1)]", "Unassigned (2)", "All (3)", "Closed (0)"]
    assert "1 customer is waiting for you" in shows(world, ANA)
    mine = element(home(world, ANA), "conversation.release")
    assert (mine["text"]["text"], mine["style"]) == ("Assigned to me", "primary")
    assert mine["confirm"]["title"]["text"] == "Move back to Unassigned?"
    await world.until(lambda: "Ana took this." in world.said(card))

    await press(world, BEN, str((await Conversation.get(id=2)).card_ts), "conversation.assign_me")
    await presses(world, ANA, "home.tab.all")
    assert names(world, ANA) == ["Mia", "Bo", "Lu"]
    assert "Assigned to Ben" in shows(world, ANA)
    labels = [e["text"]["text"] for e in elements(home(world, ANA)) if e.get("style") == "primary"]
    assert labels == ["All (3)", "Assigned to me"]
    where = {"user": ANA, "view_id": "home", "action_id": "conversation.assign_to"}
    block = next(b for b in home(world, ANA)["blocks"] if b["block_id"].startswith("card.2."))["block_id"]
    offered = await world.slack.act("options", query="ch", block_id=block, **where)
    assert [o["value"] for o in offered["options"]] == [CHLOE]
    before = drawn(world, ANA)
    await world.slack.act("choose", option=CHLOE, block_id=block, **where)
    await world.until(lambda: drawn(world, ANA) > before)
    assert "Assigned to Chloe" in shows(world, ANA)
    await world.until(lambda: rung(world, CHLOE))

    menu = next(e for e in elements(home(world, ANA)) if e["action_id"] == "conversation.more")
    profile = next(o["value"] for o in menu["options"] if o["value"].startswith("profile:"))
    chosen = await world.slack.act(
        "choose", user=ANA, view_id="home", action_id="conversation.more", option=profile
    )
    assert chosen["ok"], chosen
    assert modal(world, ANA)["callback_id"] == "profile"
    await world.slack.act("close_view", user=ANA, view_id=modal(world, ANA)["id"])

    await presses(world, ANA, "conversation.release")
    await presses(world, ANA, "home.tab.inbox")
    assert names(world, ANA) == []
    await presses(world, ANA, "home.tab.all")
    await presses(world, ANA, "conversation.close")
    assert (await Conversation.get(id=1)).status is Status.CLOSED
    await presses(world, ANA, "home.tab.closed")
    assert tabs(world, ANA) == ["Inbox (0)", "Unassigned (1)", "All (2)", "[Closed (1)]"]
    await presses(world, ANA, "conversation.reopen")
    assert "You closed nothing in the last 14 days. Older ones: /archived" in shows(world, ANA)
    assert (await Conversation.get(id=1)).assignee == ANA


@on_sqlite
async def test_names_and_pages(world: World) -> None:
    who = [f"c{number:02}" for number in range(12)]
    for each in who:
        await world.writes(each, "Hello", name=f"Zoë Ünal {each}" if each < "c11" else "Ben Straße")
    await world.until(lambda: len(world.cards()) == 12)
    await opens(world, ANA)
    await presses(world, ANA, "home.tab.unassigned")
    assert len(names(world, ANA)) == 10
    assert "Page 1 of 2" in shows(world, ANA)
    await presses(world, ANA, "home.page")
    assert names(world, ANA) == ["Zoë Ünal c10", "Ben Straße"]
    await types(world, ANA, "  UNAL zoe ")
    assert "Names with “UNAL zoe”: 11 of 12" in shows(world, ANA)
    assert names(world, ANA)[0] == "Zoë Ünal c00"
    await presses(world, ANA, "home.page")
    assert names(world, ANA) == ["Zoë Ünal c10"]
    await presses(world, ANA, "home.tab.inbox")
    assert "No name with “UNAL zoe” here." in shows(world, ANA)
    await presses(world, ANA, "home.filter.all")
    assert len(names(world, ANA)) == 10
    assert tabs(world, ANA)[2] == "[All (12)]"
    await types(world, ANA, "STRASSE")
    assert names(world, ANA) == ["Ben Straße"]
    field = next(b for b in home(world, ANA)["blocks"] if b["type"] == "input")
    assert field["element"]["initial_value"] == "STRASSE"
    await presses(world, ANA, "home.filter.clear")
    assert len(names(world, ANA)) == 10
    assert "initial_value" not in shows(world, ANA)

    await world.writes("c11", "I married", name="Max Renamed")
    await types(world, ANA, "stra")
    before = drawn(world, ANA)
    where = {"user": ANA, "view_id": "home", "block_id": _field(world), "action_id": "home.filter.typed"}
    await world.slack.act("fill", value="renam", **where)
    assert (await world.slack.act("enter", user=ANA, view_id="home", action_id="home.filter.typed"))["ok"]
    await world.until(lambda: drawn(world, ANA) > before)
    assert names(world, ANA) == ["Max Renamed"]


def _field(world: World) -> str:
    return str(next(b for b in home(world, ANA)["blocks"] if b["type"] == "input")["block_id"])


async def test_two_who_take_next_at_once_get_different_customers(world: World) -> None:
    for who in ("mia", "bo"):
        await world.conversation(who)
    team = (ANA, BEN, CHLOE)
    for user in team:
        await opens(world, user)
    await asyncio.gather(*(presses(world, user, "home.next") for user in team))
    owners = [row.assignee for row in await Conversation.all().order_by("id")]
    assert len(set(owners)) == 2
    assert set(owners) < set(team)
    late = next(user for user in team if user not in owners)
    assert "Nobody is waiting." in shows(world, late)
    assert names(world, late) == []
    for user in owners:
        assert len(names(world, str(user))) == 1


async def test_looking_across_accounts_with_forged_values(tmp_path: Path) -> None:
    """An agent sees and takes only the customers of their accounts, whatever Slack is made to say."""
    others = [{"name": "hotel", "title": "Hotel", "agents": (CHLOE,)}]
    url = database_url(tmp_path)
    async with the_world(tmp_path, url, others=others, help_contact="Ana Horvat") as world:
        await world.writes("mia", "Secret of the hotel", account="hotel", name="Mia Hotel")
        await world.writes("bo", "Words for the shop", name="Bo Shop")
        await world.until(lambda: len(world.cards()) == 2)
        hotel = next(c for c in await Conversation.all() if c.contact_id == 1)

        async def forged(user: str, action: str, value: str, **view: Any) -> None:
            shown = {"type": "home", "id": "V1", **view}
            payload = {
                "type": "block_actions",
                "team": {"id": world.slack.team_id},
                "user": {"id": user, "team_id": world.slack.team_id},
                "container": {"type": "view", "view_id": "V1"},
                "trigger_id": "1.2.3",
                "view": shown,
                "actions": [{"type": "button", "action_id": action, "block_id": "b", "value": value}],
            }
            before = drawn(world, user)
            status, _ = await send_payload(world, payload)
            assert status == 200
            await world.until(lambda: drawn(world, user) > before)
            assert "Secret" not in shows(world, user)
            assert "Mia Hotel" not in shows(world, user)

        typed = {"values": {"f": {"home.filter.typed": {"type": "plain_text_input", "value": "mia hotel"}}}}
        kept = {"tab": "archived", "page": -3, "name": "mia", "edition": "x" * 99, "accounts": [1, 2]}
        for user in (ANA, DORA):
            for value in ("all:1:mia", "archived:1:", "all:999999:", "all:-1:", "inbox:1:" + "%" * 3_000):
                await forged(user, "home.tab.all", value)
            await forged(user, "home.filter", "x", state=typed, private_metadata=json.dumps(kept))
            for metadata in ("", "null", "[]", "{", '{"tab":7,"page":{},"name":[]}', '"x"'):
                await forged(
                    user, "home.filter", "x", state={"values": {"f": None}}, private_metadata=metadata
                )
            for action in ("assign_me", "release", "close"):
                await forged(user, f"conversation.{action}", f"{hotel.id}:1")
            await forged(user, "conversation.more", f"profile:{hotel.id}:1")
            assert "Only the support team can do this." in shows(world, user)
            await forged(user, "account.check", "2" if user == ANA else "1")
        assert "To join, ask Ana Horvat." in shows(world, DORA)
        assert "Bo Shop" not in shows(world, DORA)
        await forged(DORA, "home.next", "next")
        await forged(ANA, "home.next", "next")
        assert names(world, ANA) == ["Bo Shop"]
        await forged(ANA, "home.next", "next")
        assert "Nobody is waiting." in shows(world, ANA)
        assert (await Conversation.get(id=hotel.id)).status is Status.UNASSIGNED
        assert await Conversation.filter(assignee=DORA).count() == 0


async def test_home_follows_for_those_who_look_and_only_when_they_would_see_it(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path), durations=SOON) as world:
        await opens(world, ANA)
        await opens(world, BEN)
        await opens(world, DORA)
        looked = [drawn(world, user) for user in (ANA, BEN, DORA)]
        ts = await world.conversation("mia", "Hello")
        await world.until(
            lambda: "Unassigned (1)" in shows(world, ANA) and "Unassigned (1)" in shows(world, BEN)
        )
        await world.until(lambda: "1 customer waits in Unassigned." in shows(world, ANA))
        await press(world, ANA, ts, "conversation.assign_me")
        await world.until(lambda: names(world, ANA) == ["Mia"] and "Unassigned (0)" in shows(world, BEN))
        await replies(world, ANA, ts, "On it")
        await world.until(lambda: "Waiting for the customer" in shows(world, ANA))
        await world.until(lambda: "“On it”" in shows(world, ANA))

        many = len(published(world))
        for _ in range(8):  # each a look at everybody, and nothing to see
            await world.app.homes.turn()
        await world.slack.act("open_home", user=ANA)
        await world.until(lambda: not world.slack.events_under_way)
        assert len(published(world)) == many
        assert drawn(world, DORA) == looked[2]
        assert drawn(world, CHLOE) == 0


async def test_home_of_those_who_left_stays_as_it_was_and_opens_on_the_inbox(tmp_path: Path) -> None:
    brief = replace(SOON, home_watched=timedelta(0))
    async with the_world(tmp_path, database_url(tmp_path), durations=brief) as world:
        await opens(world, ANA)
        await presses(world, ANA, "home.tab.all")
        await world.conversation("mia")
        await world.app.homes.turn()
        assert "Mia" not in shows(world, ANA)
        await opens(world, ANA)
        assert tabs(world, ANA)[0] == "[Inbox (0)]"
        assert drawn(world, ANA) == 3
    async with the_world(tmp_path, database_url(tmp_path), durations=SOON) as world:
        await opens(world, ANA)
        await presses(world, ANA, "home.tab.all")
        await world.conversation("bo")
        await world.until(lambda: names(world, ANA) == ["Mia", "Bo"])
        await world.slack.act("open_home", user=ANA)
        await world.until(lambda: not world.slack.events_under_way)
        assert tabs(world, ANA)[2] == "[All (2)]"

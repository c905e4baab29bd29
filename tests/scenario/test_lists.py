"""`/inbox`, `/closed`, `/oratio` and Home: whose turn it is, page by page, with links."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot import manifest
from desk.slack.text import unescape
from models import Conversation
from tests.scenario.hands import actions, command, elements, press, says, welcomes, whispers
from tests.scenario.world import ANA, BEN, CHLOE, DORA, FAST, SUPPORT, World, database_url, the_world


def names(shown: dict[str, Any]) -> list[str]:
    """The customers of a list, from top to bottom."""
    rows = [b for b in shown["blocks"] if b["type"] == "section"]
    return [row["text"]["text"].split("*")[1] for row in rows]


def links(shown: dict[str, Any]) -> list[str]:
    return [e["url"] for e in elements(shown) if e.get("action_id") == "conversation.open"]


def pages(shown: dict[str, Any]) -> list[str]:
    return [e["text"]["text"] for e in elements(shown) if str(e["action_id"]).startswith("list.page")]


def on_screen(world: World, user: str) -> dict[str, Any]:
    """The newest ephemeral message."""
    return world.slack.ephemerals(user)[-1]


def title(world: World, user: str) -> str:
    home = world.slack.home(user) or {"blocks": []}
    return str(home["blocks"])


async def test_the_lists_are_paged_both_ways_and_link_the_threads(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        assert (await command(world, ANA, "/inbox"))["text"] == "No conversation is assigned to you."
        nothing = "You closed nothing in the last 14 days. Older ones: /archived"
        assert (await command(world, ANA, "/closed"))["text"] == nothing
        who = [f"mia{number:02}" for number in range(12)]
        for each in who:
            await world.writes(each, f"I am {each}")
        await world.until(lambda: len(world.cards()) == 12)
        for card in world.cards():
            await press(world, ANA, card["ts"], "conversation.assign_me")
        answered = await Conversation.get(id=1)
        await says(world, ANA, str(answered.card_ts), "Here")
        await world.provider.until(lambda: world.shown("mia00") == ["Here"])

        first = await command(world, ANA, "/inbox")
        order = [name.title() for name in [*who[1:], who[0]]]
        assert first["text"] == "Inbox: 12 conversations, 11 waiting for you"
        assert names(first) == order[:10]
        assert pages(first) == ["Next"]
        cards = {row.id: row.card_ts for row in await Conversation.all()}
        places = [f"archives/{SUPPORT}/p{(cards[n] or '').replace('.', '')}" for n in range(2, 12)]
        assert links(first) == [f"{world.slack.url}/{place}" for place in places]
        await press(world, ANA, first["ts"], "list.page")
        await world.until(lambda: names(on_screen(world, ANA)) == order[10:])
        assert pages(on_screen(world, ANA)) == ["Previous"]
        assert "Waiting for the customer" in str(on_screen(world, ANA)["blocks"])
        await press(world, ANA, on_screen(world, ANA)["ts"], "list.page.back")
        await world.until(lambda: names(on_screen(world, ANA)) == order[:10])

        for card in world.cards():
            await press(world, ANA, card["ts"], "conversation.close")
        await world.until(lambda: all("*Closed by*" in str(card["blocks"]) for card in world.cards()))
        shown = await command(world, ANA, "/closed")
        assert shown["text"] == "Closed by you in the last 14 days: 12"
        assert names(shown) == [name.title() for name in reversed(who)][:10]
        await press(world, ANA, shown["ts"], "list.page")
        await world.until(lambda: names(on_screen(world, ANA)) == ["Mia01", "Mia00"])
        assert (await command(world, BEN, "/closed"))["text"] == nothing


async def test_the_lists_of_all_are_searched_and_taken_from(tmp_path: Path) -> None:
    brief = replace(FAST, kept_closed=timedelta(seconds=0))
    others = [{"name": "hotel", "title": "Hotel", "agents": (CHLOE,)}]
    async with the_world(tmp_path, database_url(tmp_path), durations=brief, others=others) as world:
        for who, name, account in (
            ("a", "Mia Krüger", "shop"),
            ("b", "Bo", "shop"),
            ("c", "Mia Hotel", "hotel"),
        ):
            await world.writes(who, "Hello", name=name, account=account)
        await world.until(lambda: len(world.cards()) == 3)
        assert (await command(world, ANA, "/unassigned"))["text"] == "Unassigned: 2 conversations, 2 waiting"
        (welcome,) = welcomes(world)  # of both accounts
        assert "Messages to 2 accounts arrive here" in welcome["text"]
        assert "Fake · Acme Shop and Fake · Hotel." in str(welcome["blocks"])
        shown = await command(world, ANA, "/unassigned MIA  krueg")
        assert shown["text"] == "Unassigned, names with “MIA krueg”: 1 conversation"
        assert names(shown) == ["Mia Krüger"]
        assert f"/archives/{SUPPORT}/p" in str(shown["blocks"][2])
        await press(world, ANA, shown["ts"], "list.take")
        await world.until(lambda: "No name with" in str(on_screen(world, ANA)["blocks"]))
        assert (await Conversation.get(contact_id=1)).assignee == ANA
        await press(world, ANA, on_screen(world, ANA)["ts"], "list.all")
        await world.until(lambda: names(on_screen(world, ANA)) == ["Mia Krüger"])
        assert links(on_screen(world, ANA))

        bens = await command(world, BEN, "/conversations mia")
        assert names(bens) == ["Mia Krüger"]
        assert "Assigned to Ana" in str(bens["blocks"])
        stale = await command(world, BEN, "/unassigned bo")
        await world.slack.act("command", user=ANA, channel=SUPPORT, text="/oratio next")
        await press(world, BEN, stale["ts"], "list.take")
        await world.until(lambda: "Ana took this" in str(on_screen(world, BEN)["blocks"]))
        await press(world, BEN, on_screen(world, BEN)["ts"], "list.clear")
        await world.until(lambda: on_screen(world, BEN)["text"] == "Nobody is waiting.")

        assert (await command(world, ANA, "/archived"))["text"] == "Nothing is archived yet."
        for card in world.cards():
            await press(world, CHLOE if "Hotel" in str(card) else ANA, card["ts"], "conversation.close")
        await world.until(lambda: all("*Archived*" in str(card["blocks"]) for card in world.cards()))
        assert names(await command(world, ANA, "/archived")) == ["Bo", "Mia Krüger"]
        assert names(await command(world, ANA, "/archived m")) == ["Mia Krüger"]
        assert names(await command(world, CHLOE, "/archived hotel")) == ["Mia Hotel"]
        missing = await command(world, ANA, "/archived hotel")
        assert missing["text"] == "No name with “hotel” here."
        assert actions(missing) == ["list.clear"]


async def test_next_status_files_and_doctor(tmp_path: Path) -> None:
    others = [{"name": "hotel", "title": "Hotel", "channel": "#missing", "agents": (CHLOE,)}]
    seed = {"channels": [{"id": SUPPORT, "name": "support"}]}
    more = {"others": others, "seed": seed, "admins": (DORA,)}
    async with the_world(tmp_path, database_url(tmp_path), **more) as world:
        ts = await world.conversation("mia", name="Mia Krüger")
        taken = await command(world, ANA, "/oratio NEXT")
        assert taken["text"] == "Mia Krüger (Fake · Acme Shop) is assigned to you now."
        assert links(taken) == [f"{world.slack.url}/archives/{SUPPORT}/p{ts.replace('.', '')}"]
        assert (await command(world, ANA, "/oratio next"))["text"] == "Nobody is waiting."
        await world.conversation("bo")

        mine = await command(world, ANA, "/oratio status")
        assert mine["text"] == "1 account, and nothing is wrong."
        assert "Unassigned: 1." in str(mine["blocks"])
        assert "Hotel" not in str(mine["blocks"])
        everything = await command(world, DORA, "/oratio status")
        assert everything["text"] == "2 accounts, 1 of them with a fault."
        assert "sees no channel #missing" in str(everything["blocks"])

        files = await command(world, ANA, "/oratio files")
        assert files["text"] == "Supported files: Fake · Acme Shop"
        assert "What you can send, and how large it may be" in str(files["blocks"])
        assert (await command(world, ANA, "/oratio files FA"))["text"] == files["text"]
        which = "/oratio files <network>, for example /oratio files Fake. There are: Fake."
        for words in ("files carrier pigeon", "files hotel"):
            assert unescape((await command(world, ANA, f"/oratio {words}"))["text"]) == which

        for user, found in ((ANA, "Nothing is wrong."), (CHLOE, "1 thing is wrong:")):
            asked = await command(world, user, "/oratio doctor")
            assert asked["text"] == "Looking. What is found comes here in a moment."
            await world.until(lambda u=user, f=found: f in [e["text"] for e in world.slack.ephemerals(u)])
        await command(world, DORA, "/oratio doctor")
        await world.until(lambda: "wrong:" in str(on_screen(world, DORA)["text"]))
        said = str(on_screen(world, DORA)["blocks"])
        assert "Hotel: #missing does not exist" in said
        assert "account.check" in actions(on_screen(world, DORA))


async def test_commands_have_another_name_where_others_own_theirs(tmp_path: Path) -> None:
    manifest_path = tmp_path / "manifest.yml"
    manifest_path.write_text(manifest.text(prefix="acme-"))
    more = {"command_prefix": "acme-", "manifest": str(manifest_path)}
    async with the_world(tmp_path, database_url(tmp_path), **more) as world:
        assert (await command(world, ANA, "/acme-inbox"))["text"] == "No conversation is assigned to you."
        closed = "You closed nothing in the last 14 days. Older ones: /acme-archived"
        assert (await command(world, ANA, "/acme-closed"))["text"] == closed
        usage = "/acme-inbox shows the conversations assigned to you. It takes no words after it."
        assert (await command(world, ANA, "/acme-inbox x"))["text"] == usage
        assert "/acme-oratio doctor" in str((await command(world, ANA, "/acme-oratio"))["blocks"])
        assert names(await command(world, ANA, "/acme-conversations mia")) == []


async def test_help_usage_and_outsiders(tmp_path: Path) -> None:
    seed = {"channels": [{"id": SUPPORT, "name": "support"}]}
    async with the_world(tmp_path, database_url(tmp_path), seed=seed, help_contact="Ana Horvat") as world:
        for words in ("/oratio", "/oratio help", "/oratio HELP "):
            helped = await command(world, ANA, words)
            assert "Talk inside: " in str(helped["blocks"]), words
        oratio = "/oratio help | next | status | blocked | doctor | files <network>"
        usages = {
            "/oratio dance": oratio,
            "/oratio next please": oratio,
            "/oratio help me": oratio,
            "/inbox mia": "/inbox shows the conversations assigned to you. It takes no words after it.",
            "/closed 5": "/closed shows what you closed and is still kept here. It takes no words after it.",
        }
        for words, usage in usages.items():
            assert unescape((await command(world, ANA, words))["text"]) == usage
        await world.conversation()
        lists = ("/inbox", "/closed", "/unassigned", "/conversations mia", "/archived", "/oratio blocked")
        for words in (*lists, "/oratio next", "/oratio status", "/oratio doctor", "/oratio files fake"):
            assert (await command(world, DORA, words))["text"] == "Only the support team can do this.", words
        await world.slack.act("open_home", user=DORA)
        await world.until(lambda: world.slack.home(DORA))
        assert "Only the team sees conversations. To join, ask Ana Horvat." in title(world, DORA)
        assert "Mia" not in title(world, DORA)
        before = whispers(world, DORA).count("Only the support team can do this.")
        pressed = 0
        for card in world.cards():
            for action in actions(card):
                if action in ("conversation.assign_me", "conversation.close"):
                    await press(world, DORA, card["ts"], action)
                    pressed += 1
        refused = before + pressed
        await world.until(
            lambda: whispers(world, DORA).count("Only the support team can do this.") == refused
        )
        welcome = welcomes(world)[0]
        assert welcome["text"].startswith("Messages to Fake · Acme Shop arrive here.")
        await press(world, ANA, welcome["ts"], "inbox.open")
        await world.until(lambda: "No conversation is assigned to you." in whispers(world, ANA))

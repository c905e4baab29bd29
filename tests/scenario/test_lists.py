"""`/inbox`, `/closed`, `/oratio` and Home: whose turn it is, page by page, with links."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from models import Conversation
from tests.scenario.hands import actions, command, elements, press, says, welcomes, whispers
from tests.scenario.world import ANA, BEN, DORA, SUPPORT, World, database_url, the_world


def names(shown: dict[str, Any]) -> list[str]:
    """The customers of a list, from top to bottom."""
    rows = [b for b in shown["blocks"] if b["type"] == "section"]
    return [row["text"]["text"].split("  ")[0].split(" ", 1)[1] for row in rows]


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
        assert (await command(world, ANA, "/closed"))["text"] == "You closed nothing in the last 14 days."
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

        await world.slack.act("open_home", user=ANA)
        await world.until(lambda: world.slack.home(ANA))
        home = world.slack.home(ANA) or {}
        assert names(home) == order[:10]
        turned = await world.slack.act("press", user=ANA, view_id="home", action_id="list.page")
        assert turned["ok"], turned
        await world.until(lambda: names(world.slack.home(ANA) or {}) == order[10:])
        await world.slack.act("press", user=ANA, view_id="home", action_id="list.page.back")
        await world.until(lambda: names(world.slack.home(ANA) or {}) == order[:10])

        for card in world.cards():
            await press(world, ANA, card["ts"], "conversation.close")
        await world.until(lambda: all("*Closed by*" in str(card["blocks"]) for card in world.cards()))
        shown = await command(world, ANA, "/closed")
        assert shown["text"] == "Closed by you in the last 14 days: 12"
        assert names(shown) == [name.title() for name in reversed(who)][:10]
        await press(world, ANA, shown["ts"], "list.page")
        await world.until(lambda: names(on_screen(world, ANA)) == ["Mia01", "Mia00"])
        assert (await command(world, BEN, "/closed"))["text"] == "You closed nothing in the last 14 days."


async def test_help_usage_and_outsiders(tmp_path: Path) -> None:
    seed = {"channels": [{"id": SUPPORT, "name": "support"}]}
    async with the_world(tmp_path, database_url(tmp_path), seed=seed, help_contact="Ana Horvat") as world:
        for words in ("/oratio", "/oratio help", "/oratio HELP "):
            helped = await command(world, ANA, words)
            assert "Talk inside: " in str(helped["blocks"]), words
        usages = {
            "/oratio dance": "/oratio help shows what you can do here.",
            "/inbox mia": "/inbox shows the conversations assigned to you. It takes no words after it.",
            "/closed 5": "/closed shows what you closed and is still kept here. It takes no words after it.",
        }
        for words, usage in usages.items():
            assert (await command(world, ANA, words))["text"] == usage
        await world.conversation()
        for words in ("/inbox", "/closed", "/inbox mia"):
            assert (await command(world, DORA, words))["text"] == "Only the support team can do this."
        await world.slack.act("open_home", user=DORA)
        await world.until(lambda: world.slack.home(DORA))
        assert "Only the team sees conversations. To join, ask Ana Horvat." in title(world, DORA)
        assert "Mia" not in title(world, DORA)
        for card in world.cards():
            for action in actions(card):
                if action in ("conversation.assign_me", "conversation.close"):
                    await press(world, DORA, card["ts"], action)
        await world.until(lambda: whispers(world, DORA).count("Only the support team can do this.") == 5)
        await world.slack.act("open_home", user=ANA)
        await world.until(lambda: "No conversation is assigned to you." in title(world, ANA))
        welcome = welcomes(world)[0]
        assert welcome["text"].startswith("Messages to Fake · Acme Shop arrive here.")
        await press(world, ANA, welcome["ts"], "inbox.open")
        await world.until(lambda: "No conversation is assigned to you." in whispers(world, ANA))

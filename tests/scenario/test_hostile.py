"""Hostile names and words: what the customer wrote is what the agent reads, and nobody is pinged."""

from __future__ import annotations

import itertools
from typing import Any

from models import Direction, Message
from tests.scenario.wire import send_event
from tests.scenario.world import ANA, BEN, DORA, SUPPORT, TEAM, World

TEXTS = {
    "a channel ping": "<!channel> please <!here> now <!everyone>",
    "a person": f"<@{ANA}> and <@{ANA}|ana> and @Ana",
    "a group": "<!subteam^S0SUPPORT1|@support> hello",
    "bare pings": "@channel @here @everyone #support",
    "a forged link": "<https://evil.example|https://bank.example> https://evil.example",
    "a date": "<!date^1392734382^{date}|never>",
    "markup": "*bold* _it_ ~no~ `code` ```block``` > quote\n> quote\n• list",
    "escapes": "&lt;!channel&gt; &amp;lt; & < >",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 :smile: :white_check_mark: 🇩🇪",
    "right to left": "مرحبا \u202egnitirw\u202c שלום",
    "zero width": "a\u200bb\u200dc\ufeffd",
    "combining": "Z" + "\u0300" * 200 + "algo",
    "brackets": "<" * 3000,
    "spaces": "  two  spaces\n\n\n  and lines\t tab ",
    "one line of dots": "." * 2900,
}


def flat(element: dict[str, Any]) -> str:
    """The words of a rich text element as a reader sees them."""
    if element.get("type") == "text":
        return str(element["text"])
    if element.get("type") == "link":
        return str(element.get("text") or element["url"])
    if element.get("type") == "emoji":
        return f":{element['name']}:"
    return "".join(flat(each) for each in element.get("elements") or [])


def read_by_agents(world: World, ts: str) -> list[str]:
    """The customer's posts in a thread, as their blocks read."""
    posts = [m for m in world.thread(ts) if m.get("username")]
    return ["".join(flat(b) for b in m["blocks"] if b["type"] == "rich_text") for m in posts]


def pinged(world: World) -> list[str]:
    """Who would have heard something, of all that is in the workspace."""
    return [p for p in (*TEAM, DORA) if [n for n in world.slack.notifications(p) if n["why"] == "mention"]]


def elements(blocks: Any) -> list[dict[str, Any]]:
    """Every object of a drawing."""
    if isinstance(blocks, list):
        return [e for each in blocks for e in elements(each)]
    if isinstance(blocks, dict):
        return [blocks, *[e for each in blocks.values() for e in elements(each)]]
    return []


def acts(world: World, channel: str = SUPPORT) -> list[dict[str, Any]]:
    """What in our messages pings, links people or channels, though no agent was meant."""
    messages = list(world.slack.messages(channel))
    for message in list(messages):
        messages += [m for m in world.slack.messages(channel, message["ts"]) if m["ts"] != message["ts"]]
    kinds = {"broadcast", "user", "usergroup", "channel", "link", "date"}
    ours = [m for m in messages if m.get("bot_id")]
    return [e for m in ours for e in elements(m.get("blocks")) if e.get("type") in kinds]


async def test_what_the_customer_wrote_is_what_the_agent_reads(world: World) -> None:
    ts = await world.conversation("mia", "Hello")
    for text in TEXTS.values():
        await world.writes("mia", text)
    for what, text in TEXTS.items():
        await world.until(lambda t=text: any(t in read for read in read_by_agents(world, ts))), what  # type: ignore[misc]
    assert pinged(world) == []
    assert acts(world) == []


async def test_what_no_database_takes_is_left_out_and_the_rest_arrives(world: World) -> None:
    ts = await world.conversation("mia", "Hello")
    await world.writes("mia", "nul\x00here")
    await world.writes("mia", "half \ud83d there")
    await world.until(lambda: any("nulhere" in t for t in read_by_agents(world, ts)))
    await world.until(
        lambda: any(t.startswith("half ") and t.endswith(" there") for t in read_by_agents(world, ts))
    )


async def test_a_text_of_a_megabyte_less_one_arrives_in_order(world: World) -> None:
    words = " ".join(f"w{i}" for i in range(3000))
    ts = await world.conversation("mia", words)
    await world.until(lambda: "w2999" in " ".join(read_by_agents(world, ts)))
    assert " ".join(" ".join(read_by_agents(world, ts)).split()) == words


NAMES = (
    "<!channel>",
    f"<@{ANA}>",
    "*Ana Horvat*",
    "Ana Horvat",
    "Slackbot",
    "👩‍👩‍👧‍👦👩‍👩‍👧‍👦",
    "\u202eanA",
    "a\u200b\u200d\ufeff",
    "\x00",
    "\ud800",
    "x" * 10_000,
    "",
    " \n\t ",
    "<https://evil.example|Ana>",
    "&lt;!here&gt;",
    "Z" + "\u0300" * 5_000,
)


async def test_hostile_names_are_drawn_ping_nobody_and_pass_for_nobody(world: World) -> None:
    for number, name in enumerate(NAMES):
        await world.writes(f"c{number}", f"words of {number}", name=name)
    await world.until(lambda: len(world.cards()) == len(NAMES))
    for card in world.cards():
        await world.until(lambda ts=card["ts"]: read_by_agents(world, ts))  # type: ignore[misc]
        for post in (m for m in world.thread(card["ts"]) if m.get("username")):
            assert post["username"].endswith(" · Fake"), post["username"]
            assert 7 < len(post["username"]) <= 90
    assert pinged(world) == []
    assert acts(world) == []


async def test_a_hostile_name_in_every_line_about_the_customer(world: World) -> None:
    """Closing, coming back, handing over, editing, deleting, reacting: each says the name."""
    name = f"<!channel> <@{BEN}> *x* @here"
    ts = await world.conversation("mia", "<!here> first", name=name)
    message = await world.writes("mia", "<!channel> second", name=name)
    await world.until(lambda: any("second" in t for t in read_by_agents(world, ts)))
    await world.tells("edit", "mia", message, text=f"<@{BEN}> changed")
    await world.tells("reaction", "mia", message, emoji="<!channel>")
    await world.tells("delete", "mia", message)
    await world.until(lambda: any("deleted" in t for t in world.said(ts)))
    await world.slack.act("press", user=ANA, channel=SUPPORT, ts=ts, action_id="conversation.close")
    await world.until(lambda: "Reopen" in str(world.cards()[0]["blocks"]))
    await world.writes("mia", "<!everyone> again", name=name)
    await world.until(lambda: any("wrote again" in t for t in world.said(ts)))
    await world.until(lambda: not world.app.worker.busy)
    assert BEN not in pinged(world)
    assert DORA not in pinged(world)
    assert [e for e in acts(world) if e["type"] in ("broadcast", "usergroup", "channel")] == []


AGENT_WORDS = {
    "<#C0GENERAL1|general>": "#general",
    "<#C0GENERAL1|>": "#",
    "<https://shop.example/a?b=1&amp;c=2|our page>": "our page (https://shop.example/a?b=1&c=2)",
    "<https://shop.example/x>": "https://shop.example/x",
    "<https://shop.example/x|https://shop.example/x>": "https://shop.example/x",
    "<mailto:help@shop.example|help@shop.example>": "help@shop.example",
    "<tel:+4912345|+49 123 45>": "+49 123 45",
    "1 &lt; 2 &amp;&amp; 3 &gt; 2": "1 < 2 && 3 > 2",
    "&amp;lt;": "&lt;",
    "<!date^1392734382^{date}|18 Feb>": "18 Feb",
    ":smile: :wave::skin-tone-3:": "😄 👋🏼",
}
MENTIONS = (
    f"<@{BEN}>",
    f"<@{BEN}|ben>",
    "<@W0STRANGER1>",
    "<!subteam^S0SUPPORT1|@support>",
    "<!channel>",
    "<!here|here>",
)
CONTROLS = ("<@", "<!", "<#", "<http", "<mailto", "<tel", f"@{BEN}", "U0", "S0")

_ts = itertools.count(1)


def typed(thread: str, text: str) -> dict[str, Any]:
    """An agent's message as Slack's event brings it, without the blocks that explain it."""
    ts = f"{thread.partition('.')[0]}.{900_000 + next(_ts):06}"
    return {"type": "message", "channel": SUPPORT, "user": ANA, "ts": ts, "thread_ts": thread, "text": text}


async def test_no_slack_markup_leaves_for_a_customer(world: World) -> None:
    ts = await world.conversation()
    for text in AGENT_WORDS:
        assert await send_event(world, typed(ts, f"Look {text} please")) == 200
    await world.provider.until(lambda: len(world.shown()) == len(AGENT_WORDS))
    for shown, (text, wanted) in zip(world.shown(), AGENT_WORDS.items(), strict=True):
        assert f"Look {wanted}" in shown, text
        assert [c for c in CONTROLS if c in shown] == [], text


async def test_what_mentions_somebody_stays_inside(world: World) -> None:
    ts = await world.conversation()
    for text in MENTIONS:
        assert await send_event(world, typed(ts, f"Look {text} please")) == 200
    await send_event(world, typed(ts, "Last"))
    await world.provider.until(lambda: world.shown() == ["Last"])
    inside = await Message.filter(direction=Direction.NOTE).order_by("id")
    assert [m.reason for m in inside] == ["mention"] * len(MENTIONS)


async def test_a_mention_sent_without_it_leaves_no_id(world: World) -> None:
    ts = await world.conversation()
    said = await world.slack.act(
        "say", user=ANA, channel=SUPPORT, thread_ts=ts, text=f"<@{BEN}> says it is ready"
    )
    await world.until(lambda: "memo" in world.reactions(said["ts"]))
    await world.slack.act(
        "shortcut", user=ANA, channel=SUPPORT, ts=said["ts"], callback_id="send_to_customer"
    )
    await world.provider.until(lambda: len(world.shown()) == 1)
    assert world.shown() == ["says it is ready"]

"""Several channels: each conversation begins where the first rule that fits says, or at home."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from desk.routing import Route
from models import Conversation, RoutedChannel
from tests.scenario.acts import quiet
from tests.scenario.hands import whispers
from tests.scenario.test_accounts import look
from tests.scenario.world import (
    ANA,
    BEN,
    CHLOE,
    DORA,
    SUPPORT,
    World,
    database_url,
    running,
    stopped,
    the_world,
)

BILLING, GERMAN, LOCKED, SHARED = "C0BILLING1", "C0GERMAN01", "C0LOCKED01", "C0SHARED01"
HOME = {"id": SUPPORT, "name": "support", "members": [ANA, BEN, CHLOE, DORA]}
SEED = {
    "channels": [
        HOME,
        {"id": BILLING, "name": "billing", "members": [ANA, DORA]},
        {"id": GERMAN, "name": "german", "private": True, "members": [BEN]},
        {"id": LOCKED, "name": "locked", "private": True, "members": [ANA]},
        {"id": SHARED, "name": "partners", "shared": True},
    ]
}
HTTP = {"app": {"socket_mode": False}}
ROUTES = (
    Route(channel="#billing", words=("refund", "Rückgabe")),
    Route(channel="#locked", account="shop", language="de"),
    Route(channel="#partners", network="fake", words=("partner",)),
    Route(channel="#nowhere", words=("lost",)),
    Route(channel="#billing", account="shopp"),
    Route(channel="#billing", network="pigeon"),
)


def titles(world: World, channel: str) -> list[str]:
    """The cards in a channel, by customer."""
    texts = [m.get("text") or "" for m in world.slack.messages(channel)]
    return [text.split(":")[1].split(" (")[0].strip() for text in texts if text.startswith("New: ")]


def channel(world: World, where: str = SUPPORT) -> list[str]:
    return [m.get("text") or "" for m in world.slack.messages(where)]


async def card_of(world: World, who: str, where: str) -> str:
    """Wait for somebody's card; its ts."""
    await world.until(lambda: who.title() in titles(world, where))
    await quiet(world)
    return next(m["ts"] for m in world.slack.messages(where) if m["text"].startswith(f"New: {who.title()}"))


async def pressed(world: World, user: str, where: str, ts: str, action: str) -> None:
    done = await world.slack.act("press", user=user, channel=where, ts=ts, action_id=action)
    assert done["ok"], done
    await quiet(world)


async def test_each_begins_where_the_first_rule_says_and_stays_there(tmp_path: Path) -> None:
    where = (tmp_path, database_url(tmp_path))
    async with the_world(*where, seed=SEED, routes=ROUTES) as world:
        await world.until(lambda: "Some of your customers arrive here" in str(channel(world, BILLING)))
        await world.conversation("mia", "Hello?")
        await world.writes("leo", "My RUCKGABE, please", locale="de")
        ts = await card_of(world, "leo", BILLING)
        await world.writes("kim", "See above", subject="A refund")
        await card_of(world, "kim", BILLING)
        assert titles(world, SUPPORT) == ["Mia"]
        thread = [m.get("text") for m in world.slack.messages(BILLING, ts)]
        assert "My RUCKGABE, please" in thread

        await pressed(world, ANA, BILLING, ts, "conversation.assign_me")
        said = await world.slack.act("say", user=ANA, channel=BILLING, thread_ts=ts, text="Of course")
        assert said["ok"], said
        await world.provider.until(lambda: world.shown("leo") == ["Of course"])
        await world.writes("leo", "Thanks, but not a partner")
        await quiet(world)
        lost = await world.slack.act("say", user=ANA, channel=BILLING, text="You are welcome")
        assert lost["ok"]
        await world.until(lambda: any("No customer saw this" in words for words in whispers(world, ANA)))
        await pressed(world, DORA, BILLING, ts, "conversation.close")
        inside = "Only the support team can do this."  # she is in the channel, and no agent
        await world.until(lambda: whispers(world, DORA) == [inside])
        await pressed(world, ANA, BILLING, ts, "conversation.close")
        await world.writes("leo", "One more thing")
        await quiet(world)
        row = await Conversation.get(card_ts=ts)
        assert (row.channel, row.assignee) == (BILLING, ANA)
        assert titles(world, SUPPORT) == ["Mia"]


async def test_channels_that_cant_be_used_are_said_and_their_customers_come_home(tmp_path: Path) -> None:
    where = (tmp_path, database_url(tmp_path))
    async with the_world(*where, seed=SEED, routes=ROUTES) as world:
        waits = (
            "of [[routes]] can't be used: new customers appear in their account's channel, "
            "and what stands there waits."
        )
        for name, why in (
            ("#locked", "type /invite @Oratio there."),
            ("#partners", "Its channel is shared with another company"),
            ("#nowhere", "Oratio sees no channel #nowhere."),
        ):
            await world.until(
                lambda n=name, w=why: any(f"The channel {n} {waits}" in t and w in t for t in channel(world))
            )
        await world.writes("mia", "Hallo", locale="de_AT")
        await card_of(world, "mia", SUPPORT)
        await world.writes("leo", "A partner here")
        await card_of(world, "leo", SUPPORT)
        await world.writes("kim", "I am lost")
        await card_of(world, "kim", SUPPORT)
        assert [titles(world, where) for where in (LOCKED, SHARED)] == [[], []]
        shown = await look(world, ANA)
        assert "Rule 5 of [[routes]] names the account shopp, which is not configured." in shown
        assert "Rule 6 of [[routes]] names the network pigeon, which no account is on." in shown
        assert f"The channel #locked {waits}" in shown
        assert "[[routes]]" not in await look(world, DORA)

        invited = await world.slack.act("command", user=ANA, channel=LOCKED, text="/invite @Oratio")
        assert invited["ok"], invited
        await world.until(lambda: "Some of your customers arrive here" in str(channel(world, LOCKED)))
        await world.writes("sam", "Guten Tag", locale="de")
        await card_of(world, "sam", LOCKED)
        assert "#locked" not in await look(world, ANA)

        await world.slack.act("archive", channel=BILLING)
        billing = f"The channel #billing {waits} This channel was archived or deleted, so no card can be"
        await world.until(lambda: any(billing in text for text in channel(world)))
        await world.writes("sue", "A refund!")
        await card_of(world, "sue", SUPPORT)
        await world.slack.act("unarchive", channel=BILLING)
        await world.until(lambda: "The channel #billing of [[routes]] works again." in channel(world))
        await world.writes("tom", "A refund, too")
        await card_of(world, "tom", BILLING)
        assert (await RoutedChannel.get(wanted="#billing")).reason == ""


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
async def test_a_card_that_never_stood_in_a_lost_channel_comes_home(tmp_path: Path, database: str) -> None:
    """Slack says only at the post that the channel is gone; no event told."""
    routes = (Route(channel="#billing", words=("refund",)),)
    seed: dict[str, Any] = SEED
    async with the_world(tmp_path, database, seed=seed, routes=routes) as world:
        await world.until(lambda: "Some of your customers arrive here" in str(channel(world, BILLING)))
        await quiet(world)
        world.slack.core.faults.drop = True
        await world.slack.act("archive", channel=BILLING)
        world.slack.core.faults.drop = False
        await world.writes("mia", "A refund!")
        ts = await card_of(world, "mia", SUPPORT)
        assert "A refund!" in world.said(ts)
        assert (await Conversation.get()).channel == SUPPORT
        assert any("The channel #billing of [[routes]] can't be used" in text for text in channel(world))


async def test_what_was_written_in_a_rules_channel_while_oratio_was_down_is_read_back(tmp_path: Path) -> None:
    """Also when the configuration names that channel no more."""
    async with stopped(tmp_path, database_url(tmp_path), seed=SEED, routes=ROUTES[:1]) as world:
        async with running(world):
            await world.until(lambda: "Some of your customers arrive here" in str(channel(world, BILLING)))
            await world.writes("mia", "A refund!")
            ts = await card_of(world, "mia", BILLING)
            await pressed(world, ANA, BILLING, ts, "conversation.assign_me")
        said = await world.slack.act("say", user=ANA, channel=BILLING, thread_ts=ts, text="Here it is")
        assert said["ok"], said
        world.told(routes=())
        async with running(world):
            await world.provider.until(lambda: world.shown() == ["Here it is"])
            await world.writes("mia", "Thank you")
            await world.until(
                lambda: "Thank you" in [m.get("text") for m in world.slack.messages(BILLING, ts)]
            )

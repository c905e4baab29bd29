"""The first seconds of an account: a card stands only once it is known who may answer it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bot.app import Application
from desk.routing import Route
from sandbox import Sandbox
from tests.networks.fake_provider import FakeProvider
from tests.scenario.world import (
    ANA,
    SUPPORT,
    World,
    configured,
    database_url,
    make_network,
    running,
    shop,
    the_world,
    with_tables,
)

BILLING, VIP = "C0BILLING1", "C0PRIVATE1"
HTTP = {"app": {"socket_mode": False}}
HOME = {"id": SUPPORT, "name": "support", "members": [ANA]}


@asynccontextmanager
async def starting(world: World) -> AsyncIterator[Application]:
    """Oratio as soon as the world reaches it, while Slack takes its time to say who is here."""
    world.slack.fault("users.list", "late_answer", seconds=1)
    world.app = app = Application(world.config, make=make_network(idempotent=False), pace=1000.0)
    start = asyncio.create_task(app.__aenter__())
    try:
        await world.until(lambda: app.url or start.done())
        world.slack.request_url = f"{app.url}/slack/events"
        yield app
    finally:
        await start
        await app.__aexit__()


async def answered_at_once(world: World, who: str, where: str = SUPPORT) -> None:
    """Ana answers somebody's card in the moment in which it appears, and they see it."""

    def cards() -> list[str]:
        shown = [(str(m["ts"]), str(m.get("text"))) for m in world.slack.messages(where)]
        return [ts for ts, text in shown if text.startswith(f"New: {who.title()}")]

    await world.until(cards)
    said = await world.slack.act("say", user=ANA, channel=where, thread_ts=cards()[0], text="At once")
    assert said["ok"], said
    await world.provider.until(lambda: world.shown(who) == ["At once"])


async def test_whoever_answers_the_very_first_card_at_once_is_heard(tmp_path: Path, database: str) -> None:
    await with_tables(database)
    async with Sandbox("app-manifest.yml", {**HTTP, "channels": [HOME]}) as slack, FakeProvider() as provider:
        world = World(slack, provider, configured(slack, tmp_path, database, shop(provider, agents=(ANA,))))
        async with starting(world):
            await world.until(lambda: slack.calls("users.list"))
            await world.writes("mia", "Anybody here?")
            await answered_at_once(world, "mia")


async def test_a_new_account_whose_customers_begin_in_a_channel_that_others_have(tmp_path: Path) -> None:
    billing = {"id": BILLING, "name": "billing", "members": [ANA]}
    url = database_url(tmp_path)
    await with_tables(url)
    async with (
        Sandbox("app-manifest.yml", {**HTTP, "channels": [HOME, billing]}) as slack,
        FakeProvider() as provider,
    ):
        accounts = [shop(provider), shop(provider, name="late", title="Late", agents=(ANA,))]
        rules = (Route(channel="#billing", account="late"),)
        config = configured(slack, tmp_path, url, *accounts, routes=rules)
        world = World(slack, provider, replace(config, desk=replace(config.desk, accounts=accounts[:1])))
        async with running(world):
            await world.until(lambda: slack.messages(BILLING))
        world.config = config
        async with starting(world):
            await world.writes("leo", "Anybody here?", account="late")
            await answered_at_once(world, "leo", BILLING)


async def test_a_private_channel_that_oratio_is_invited_to(tmp_path: Path) -> None:
    private = {"id": VIP, "name": "vip", "private": True, "members": [ANA]}
    vip = {"name": "vip", "title": "VIP", "channel": "#vip", "agents": ()}
    where = (tmp_path, database_url(tmp_path))
    async with the_world(*where, seed={"channels": [HOME, private]}, others=[vip]) as world:
        await world.writes("leo", "Anybody here?", account="vip")
        world.slack.fault("users.list", "late_answer", seconds=1)
        invited = await world.slack.act("command", user=ANA, channel=VIP, text="/invite @Oratio")
        assert invited["ok"], invited
        await answered_at_once(world, "leo", VIP)

"""Stopped and started again, while Slack or the customers go on: nothing is lost, nothing doubled."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from models import Delivery, DeliveryKind, DeliveryState
from sandbox import Sandbox
from tests.networks.fake_provider import FakeProvider
from tests.scenario.acts import changes, lines, quiet, says, stored, takes
from tests.scenario.world import ANA, BEN, FAST, World, configured, database_url, running, shop, the_world

HOLD = timedelta(seconds=3)


@asynccontextmanager
async def stopped(folder: Path, url: str, *, http: bool = True, **account: Any) -> AsyncIterator[World]:
    """Everybody around the program, which is not started yet."""
    seed = {"app": {"socket_mode": not http}}
    async with Sandbox("app-manifest.yml", seed) as slack, FakeProvider() as provider:
        yield World(slack, provider, configured(slack, folder, url, shop(provider, **account), http=http))


async def quiet_but_for(kind: DeliveryKind) -> None:
    """Wait until nothing else is to be done."""
    others = Delivery.filter(unfinished=True).exclude(kind__in=[kind, DeliveryKind.NUDGE])

    async def nothing_else() -> bool:
        return not await others.exists()

    await stored(nothing_else)


async def test_a_restart_keeps_holds_recovers_what_was_under_way_and_draws_the_cards(
    tmp_path: Path, database: str
) -> None:
    async with (
        Sandbox("app-manifest.yml", {"app": {"socket_mode": False}}) as slack,
        FakeProvider() as provider,
    ):
        config = configured(slack, tmp_path, database, shop(provider, undo_hold=HOLD))
        world = World(slack, provider, config)
        async with running(world):
            card = await world.conversation()
            await takes(world, ANA, card)
            await says(world, ANA, card, "Held while we sleep")
            await stored(
                lambda: Delivery.filter(kind=DeliveryKind.PART, state=DeliveryState.PENDING).exists()
            )
            await quiet_but_for(DeliveryKind.PART)
            slack.fault("chat.postMessage", "lost_answer")
            slack.fault("conversations.replies", "500", times=None)  # nor can it be looked for
            await world.writes("mia", "Said before the stop")
            await world.until(lambda: lines(world, card, "Said before the stop"))
        slack.clear_faults()
        assert world.shown() == []
        async with running(world):
            await provider.until(lambda: world.shown() == ["Held while we sleep"])
            await world.writes("mia", "Said after it")
            await world.until(lambda: len(lines(world, card, "Said after it")) == 1)
            await quiet(world)
            assert [len(lines(world, card, text)) for text in ("Said before the stop", "Ana took this")] == [
                1,
                1,
            ]
            assert "Assigned to Ana" in str(world.cards()[0]["blocks"])
            assert len(world.cards()) == 1


async def test_what_agents_wrote_while_no_socket_was_open_is_read_back_once_and_in_order(
    tmp_path: Path, database: str
) -> None:
    async with (
        Sandbox("app-manifest.yml", {"app": {"socket_mode": True}}) as slack,
        FakeProvider() as provider,
    ):
        config = configured(slack, tmp_path, database, shop(provider), http=False)
        world = World(slack, provider, config)
        async with running(world):
            cards = [await world.conversation(who) for who in ("mia", "tom")]
            for agent, card in zip((ANA, BEN), cards, strict=True):
                await takes(world, agent, card)
            before = await says(world, ANA, cards[0], "Before it")
            await provider.until(lambda: world.shown() == ["Before it"])
            await quiet(world)
        await changes(world, ANA, before, "Before it, corrected")
        for number in range(4):
            await says(world, (ANA, BEN)[number % 2], cards[number % 2], f"Meanwhile {number}")
        edited = await says(world, ANA, cards[0], "Meanwhile, wrongly")
        await changes(world, ANA, edited, "Meanwhile, rightly")
        await says(
            world, BEN, cards[1], "A label", files=[{"name": "label.txt", "content_base64": "SGVsbG8h"}]
        )
        async with running(world):
            await says(world, ANA, cards[0], "And now")
            mia = ["Before it, corrected", "Meanwhile 0", "Meanwhile 2", "Meanwhile, rightly", "And now"]
            tom = ["Meanwhile 1", "Meanwhile 3", "A label"]
            await provider.until(lambda: len(world.shown("mia")) == len(mia))
            await provider.until(lambda: len(world.shown("tom")) >= 3)
            await quiet(world)
            assert world.shown("mia") == mia
            assert world.shown("tom") == tom
            world.app._listening.want()
            await quiet(world)
            assert (world.shown("mia"), world.shown("tom")) == (mia, tom), "read again, nothing is sent again"


async def test_what_agents_wrote_under_a_card_that_was_uncertain_at_the_stop_is_read_back(
    tmp_path: Path,
) -> None:
    async with stopped(tmp_path, database_url(tmp_path), http=False) as world:
        slack = world.slack
        async with running(world):
            await quiet(world)
            slack.fault("chat.postMessage", "lost_answer")
            slack.fault("conversations.history", "500", times=None)  # nor can it be looked for
            await world.writes("mia", "Anybody here?")
            await stored(lambda: Delivery.filter(kind=DeliveryKind.CARD, attempts__gte=2).exists())
            await world.until(lambda: not slack.events_under_way)
        slack.clear_faults()
        card = str(world.cards()[0]["ts"])
        await says(world, ANA, card, "At once")
        await says(world, ANA, card, "And once more")
        async with running(world):
            await says(world, ANA, card, "Now")
            await world.provider.until(lambda: len(world.shown()) == 3)
            await quiet(world)
        assert world.shown() == ["At once", "And once more", "Now"]
        assert len(world.cards()) == 1


async def test_a_cut_connection_is_opened_again_and_what_was_missed_is_read_back(tmp_path: Path) -> None:
    quick = replace(FAST, socket_silence=timedelta(seconds=1.2))
    async with the_world(tmp_path, database_url(tmp_path), http=False, durations=quick) as world:
        card = await world.conversation()
        for number, warning in enumerate((False, True, False)):
            world.slack.fault("apps.connections.open", "500", times=1)
            await world.slack.cut_sockets(warning=warning)
            await says(world, ANA, card, f"Answer {number}")
            await world.provider.until(lambda number=number: len(world.shown()) == number + 1, timeout=20)
            await world.until(lambda: world.slack.sockets_open >= 1, 20)
        assert world.shown() == ["Answer 0", "Answer 1", "Answer 2"]

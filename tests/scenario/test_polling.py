"""A network that is asked: what it gives is taken once, whatever fails; and it is told where to call."""

from __future__ import annotations

import itertools
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
from structlog.testing import capture_logs

from desk import polling
from models import Account, AccountState, RawPayload
from tests.scenario.acts import line, lines, presses, says, stored
from tests.scenario.hands import on_sqlite
from tests.scenario.world import ANA, FAST, SUPPORT, World, database_url, running, stopped, the_world

POLLED = {"linked": True, "options": {"poll": True}}
PUBLIC = "https://oratio.example"
HOOK = f"{PUBLIC}/hooks/fake/shop"
IMPATIENT = replace(
    FAST,
    silent_after=timedelta(milliseconds=400),
    people_every=timedelta(milliseconds=200),
    retry_cap=timedelta(milliseconds=100),
)

_numbers = itertools.count(1)


def said(who: str, text: str, **more: Any) -> dict[str, Any]:
    """A customer's words as whoever asks is given them."""
    number = next(_numbers)
    at = int(datetime.now(UTC).timestamp())
    common = {"kind": "message", "event": f"p{number}", "id": f"pm{number}", "from": who, "name": who.title()}
    return {**common, "text": text, "at": at, **more}


def told(world: World, words: str) -> list[dict[str, Any]]:
    """The posts in the channel that say so."""
    return [m for m in world.slack.messages(SUPPORT) if words in (m.get("text") or "")]


async def talk(world: World) -> str:
    """Mia's first words, asked for; returns her card."""
    world.provider.happens(said("mia", "Hello?"))
    await world.until(world.cards)
    card = str(world.cards()[0]["ts"])
    await line(world, card, "Hello?")
    return card


async def test_what_is_asked_for_is_shown_once_across_restarts(tmp_path: Path, database: str) -> None:
    async with stopped(tmp_path, database, options={"poll": True}) as world:
        async with running(world, linked=True):
            card = await talk(world)
            await says(world, ANA, card, "How can I help?")
            await world.provider.until(lambda: world.shown() == ["How can I help?"])

            world.provider.happens(said("mia", "First"), "a riddle", "monster", said("tom", "Who else?"))
            world.provider.happens({"kind": "giant"})
            world.provider.happens(said("mia", "Last"))
            await line(world, card, "Last")
            await world.until(lambda: told(world, "sent something that Oratio can't read"))
            await stored(lambda: _kept(3))
            assert len(world.cards()) == 2, "what can't be read or taken stopped nobody else"
            assert world.provider.hooks == [None], "who is asked is not called"

            now, account = datetime.now(UTC), world.app.desk.account("shop")
            assert account is not None
            assert not await polling.seize(account, "another", now, now, alone=False), "one process asks"
        world.provider.happens(said("mia", "While you slept"))
        async with running(world, linked=True):
            await line(world, card, "While you slept")
            assert len(lines(world, card, "First")) == len(lines(world, card, "Last")) == 1
            assert (await Account.get(name="shop")).cursor == str(len(world.provider.updates))


async def _kept(number: int) -> bool:
    return await RawPayload.all().count() == number


@on_sqlite
async def test_what_goes_wrong_while_asking_loses_and_doubles_nothing(tmp_path: Path, database: str) -> None:
    async with the_world(tmp_path, f"{database}?busy_timeout=20", **POLLED) as world:
        card = await talk(world)
        world.provider.retry_after = "0.02"
        for fault in ("500", "html", "lost_answer", "429"):
            world.provider.fault(fault, 2, verb="updates")
            world.provider.happens(said("mia", f"After {fault}"))
            await line(world, card, f"After {fault}")
        with closing(sqlite3.connect(tmp_path / "oratio.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with capture_logs() as logs:
                world.provider.happens(said("mia", "While it was locked"))
                await stored(partial(_failed, logs))
            other.execute("ROLLBACK")
        await line(world, card, "While it was locked")
        assert len(lines(world, card, "After")) == 4
        assert len(lines(world, card, "While it was locked")) == 1
        assert told(world, "stopped at") == []


async def _failed(logs: list[Any]) -> bool:
    """Whether the line could not keep what came."""
    return any(each["event"] == "connection.fault" for each in logs)


@on_sqlite
async def test_a_line_that_is_dead_is_said_once_and_so_is_its_end(tmp_path: Path, database: str) -> None:
    async with the_world(tmp_path, database, **POLLED, durations=IMPATIENT) as world:
        card = await talk(world)
        world.provider.token = "another"
        world.provider.happens(said("mia", "Are you there?"))
        await world.until(lambda: told(world, "Acme Shop stopped at"))
        post = told(world, "Acme Shop stopped at")[0]
        assert "Fake no longer accepts the token. No answer is waiting." in post["text"]
        await world.slack.act("open_home", user=ANA)
        await world.until(lambda: "Acme Shop stopped: Fake no longer accepts" in str(world.slack.home(ANA)))
        world.provider.token = "fake-token"
        await presses(world, ANA, post["ts"], "account.check")
        await line(world, card, "Are you there?")
        await world.until(lambda: told(world, "Acme Shop works again"))

        world.provider.fault("500", 100, verb="updates")
        await world.until(lambda: len(told(world, "stopped at")) == 2)
        silent = "nothing is heard from it, because Fake has a problem of its own; Oratio keeps trying."
        assert silent in told(world, "stopped at")[1]["text"]
        async with aiohttp.ClientSession() as http, http.get(f"{world.app.url}/metrics") as answer:
            measured = next(
                each
                for each in (await answer.text()).splitlines()
                if each.startswith("oratio_connection_sil")
            )
        assert float(measured.rpartition(" ")[2]) > 0
        world.provider.clear_faults()
        await world.until(lambda: len(told(world, "works again")) == 2)
        assert len(told(world, "stopped at")) == 2
        waits = [body["wait"] for verb, body in world.provider.calls if verb == "updates"]
        assert waits[0] is False, "it is known at once whether the account works"
        assert True in waits


@on_sqlite
async def test_a_network_is_told_where_to_call_and_looked_after(tmp_path: Path, database: str) -> None:
    async with the_world(tmp_path, database, linked=True, public_url=PUBLIC, durations=IMPATIENT) as world:
        await world.provider.until(lambda: world.provider.hooks == [HOOK])
        await world.conversation("mia", "Over the webhook")
        assert not [verb for verb, _ in world.provider.calls if verb == "updates"], "it is not asked as well"
        world.provider.fault("refused", verb="hook")
        world.provider.hooks.append("https://somebody.else")
        await world.until(lambda: told(world, "calls go elsewhere; start Oratio again. No answer"))
        await world.until(lambda: told(world, "Acme Shop works again"))
        assert world.provider.hooks[-1] == HOOK, "it was told again"

    async with the_world(
        tmp_path / "b", database_url(tmp_path), linked=True, options={"poll": False}
    ) as other:
        await other.until(lambda: told(other, "it can't be called, because PUBLIC_URL is not set"))
        assert (await Account.get(name="shop")).state is AccountState.BROKEN
        assert other.provider.hooks == []

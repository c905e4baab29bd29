"""The database is away, full, locked or somebody else's: nothing is taken that is not kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.app import Application
from bot.exits import DatabaseFault, Exit
from models.database import connection
from tests.postgres import Postgres
from tests.scenario.acts import line, lines
from tests.scenario.world import ANA, SUPPORT, World, database_url, make_network, the_world


def event(text: str) -> dict[str, Any]:
    """A customer's words as the provider delivers them, the same each time."""
    return {
        "kind": "message",
        "event": f"event {text}",
        "id": f"id {text}",
        "from": "mia",
        "name": "Mia",
        "text": text,
        "at": int(datetime.now(UTC).timestamp()),
    }


async def repeats(world: World, text: str) -> None:
    """The provider delivers until it is taken, and once more."""
    statuses = [await world.provider.deliver(world.hook, event(text)) for _ in range(2)]
    assert statuses == [200, 200]


@pytest.mark.postgres
async def test_a_server_that_goes_away_and_comes_back_loses_nothing(tmp_path: Path) -> None:
    with Postgres(small=True) as server, server.database() as url:
        async with the_world(tmp_path, url) as world:
            card = await world.conversation()
            server.stop()
            assert await world.provider.deliver(world.hook, event("Anybody there?")) == 500
            text = "Written while it was away"
            await world.slack.act("say", user=ANA, channel=SUPPORT, thread_ts=card, text=text)
            server.start()
            await repeats(world, "Anybody there?")
            await line(world, card, "Anybody there?")
            await world.provider.until(lambda: world.shown() == [text], timeout=30)
            assert len(lines(world, card, "Anybody there?")) == 1


async def test_a_locked_or_full_file_takes_nothing_and_resumes(tmp_path: Path) -> None:
    async with the_world(tmp_path, f"{database_url(tmp_path)}?busy_timeout=50") as world:
        card = await world.conversation()
        with closing(sqlite3.connect(tmp_path / "oratio.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert await world.provider.deliver(world.hook, event("While it was locked")) == 500
            other.execute("ROLLBACK")
        await repeats(world, "While it was locked")
        await line(world, card, "While it was locked")

        long = "While the disk was full: " + "x" * 300_000
        await connection().execute_query("PRAGMA max_page_count = 1")  # as many as it has already
        assert await world.provider.deliver(world.hook, event(long[:250]) | {"text": long}) == 500
        await connection().execute_query("PRAGMA max_page_count = 1073741823")
        await repeats(world, "While the disk was full")
        await line(world, card, "While the disk was full")
        assert len(lines(world, card, "While")) == 2


async def test_a_second_program_on_the_same_file_is_refused(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        with pytest.raises(
            DatabaseFault, match="Another Oratio is using .*; an SQLite file serves"
        ) as refused:
            await Application(world.config, make=make_network(False)).__aenter__()
        assert refused.value.exit is Exit.DATABASE
        await world.conversation()

"""The database's place, its migration, and the sentence for each way it fails."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from bot.config import database_url
from bot.database import migrate, place
from bot.exits import DatabaseFault, Exit


async def test_a_fresh_database_gets_its_tables_and_keeps_them(tmp_path: Path) -> None:
    url = database_url(None, tmp_path / "kept")
    assert await migrate(url) > 0
    assert await migrate(url) == 0
    with sqlite3.connect(tmp_path / "kept" / "oratio.db") as connection:
        tables = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    assert {"conversation", "delivery", "message"} <= tables
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o700


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "oratio.db").write_bytes(
        b"not a database, but long enough to have a header of a hundred bytes" * 9
    )
    with pytest.raises(DatabaseFault, match="cannot be used: file is not a database") as caught:
        await migrate(database_url(None, tmp_path))
    assert caught.value.exit is Exit.DATABASE


async def test_a_server_that_is_away_is_named_without_its_password() -> None:
    with pytest.raises(DatabaseFault) as caught:
        await migrate("asyncpg://me:hunter2@127.0.0.1:1/oratio")
    assert caught.value.words.startswith("The database 127.0.0.1:1/oratio cannot be used: ")
    assert "hunter2" not in caught.value.words


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite://data/oratio.db?synchronous=FULL", "data/oratio.db"),
        ("asyncpg://me:pw@db:5433/oratio?ssl=1", "db:5433/oratio"),
        ("asyncpg://db/oratio", "db/oratio"),
    ],
)
def test_where_the_database_is(url: str, name: str) -> None:
    assert place(url) == name

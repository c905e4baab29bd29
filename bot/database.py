"""The database: how Tortoise is told of it, and how it gets this version's tables."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
from tortoise import Tortoise
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.exceptions import BaseORMException
from tortoise.migrations.api import migrate as apply_migrations

from bot.exits import DatabaseFault
from models.database import SchemaForeign, SchemaIncomplete, check_schema

FAULTS = (BaseORMException, sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
"""What a database that is away, full or wrong raises."""


def tortoise_config(url: str) -> dict[str, Any]:
    """The configuration `Tortoise.init(config=...)` and the migrations take.

    Tortoise keeps its SQL by the connection's name for the life of the process, so each kind
    of database has a name of its own.
    """
    name = "sqlite" if is_sqlite(url) else "postgres"
    return {
        "connections": {name: _reading_apart(url) if is_sqlite(url) else _pooled(url)},
        "apps": {
            "models": {
                "models": ["models"],
                "migrations": "models.migrations",
                "default_connection": name,
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


def _reading_apart(url: str) -> dict[str, Any]:
    """The same for SQLite, with a connection more for what is only read."""
    return {**expand_db_url(url), "engine": "models.sqlite"}


def _pooled(url: str) -> dict[str, Any]:
    """The same for PostgreSQL, without the question with which asyncpg clears a connection that goes back
    to the pool: it costs every transaction as much as one of its statements."""
    found = expand_db_url(url)
    return {**found, "credentials": {**found["credentials"], "reset": _nothing_to_clear}}


async def _nothing_to_clear(_: asyncpg.Connection) -> None:
    """We leave nothing behind in a session: no settings, channels or locks outlive a transaction, and one
    that is still open is rolled back by the pool before."""


def is_sqlite(url: str) -> bool:
    """Whether the database is a file of this machine, used by one process alone."""
    return url.startswith("sqlite:")


async def prepare(url: str) -> None:
    """Before `Tortoise.init`: make a SQLite file's folder and see that it is a database.

    Tortoise waits for ever when a file turns out to be no database. Raises `DatabaseFault`.
    """
    if is_sqlite(url) and place(url) != ":memory:":
        try:
            await asyncio.to_thread(_prepare_file, Path(place(url)))
        except FAULTS as error:
            raise fault(url, error) from error


async def migrate(url: str) -> int:
    """Bring the tables to this version, look at them, and close the connections; returns how many steps
    were applied.

    Raises `DatabaseFault`.
    """
    applied: list[str] = []

    def note(event: str, app: str, name: str) -> None:
        if event == "apply_done":
            applied.append(f"{app}.{name}")

    await prepare(url)
    try:
        await apply_migrations(config=tortoise_config(url), direction="forward", progress=note)
        await examine(url)
    except FAULTS as error:
        raise fault(url, error) from error
    finally:
        await Tortoise.close_connections()
    return len(applied)


async def examine(url: str) -> None:
    """See that the open database has this version's tables. Raises `DatabaseFault`."""
    try:
        await check_schema()
    except SchemaForeign as error:
        most = ", ".join(error.missing[:3])
        more = f" and {len(error.missing) - 3} more" if len(error.missing) > 3 else ""
        raise DatabaseFault(
            f"The database {place(url)} was made by another version, which nothing leads on from (it lacks "
            f"{most}{more}): move it away to begin with a new one, or use the version that made it."
        ) from error
    except SchemaIncomplete as error:
        raise DatabaseFault(
            f"The database {place(url)} lacks unique keys ({error}); restore a backup."
        ) from error
    except FAULTS as error:
        raise fault(url, error) from error


def _prepare_file(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, timeout=5)) as connection:
        connection.execute("SELECT name FROM sqlite_master").fetchone()


def fault(url: str, error: BaseException) -> DatabaseFault:
    """One sentence for what the database raised, without the URL's password."""
    said = getattr(error, "strerror", None) or str(error)
    reason = " ".join(said.split()).rstrip(".") or type(error).__name__
    return DatabaseFault(f"The database {place(url)} cannot be used: {reason}.")


def place(url: str) -> str:
    """Where the database is, for people: a path, or host and name."""
    if is_sqlite(url):
        return url.removeprefix("sqlite://").partition("?")[0]
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.hostname}{port}{parts.path}"

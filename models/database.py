"""What only our schema knows: which columns and unique keys there must be, and that one process holds an
SQLite file."""

from __future__ import annotations

import fcntl
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connections

from models.sqlite import Client

TORTOISE_ORM = {
    "connections": {"default": "sqlite://:memory:"},
    "apps": {
        "models": {
            "models": ["models"],
            "default_connection": "default",
            "migrations": "models.migrations",
        }
    },
}
"""For Tortoise's own command line, which makes migrations (see CONTRIBUTING.md)."""


def connection() -> BaseDBAsyncClient:
    """The one connection there is; inside a transaction, the transaction's."""
    handler = get_connections()
    return handler.get(next(iter(handler.db_config)))


def one_at_a_time() -> Client | None:
    """The connection, where it carries out one transaction after the other."""
    conn = connection()
    return conn if isinstance(conn, Client) else None


async def take_turns(key: str) -> None:
    """Let those who name the same key go on one after the other, each until its transaction ends.

    For rows that do not exist yet and so can't be held. SQLite has one transaction at a time anyway.
    """
    conn = connection()
    if conn.capabilities.dialect == "postgres":
        await conn.execute_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [key])


class SecondProcess(Exception):
    """Another process works on this SQLite file."""


class SchemaIncomplete(Exception):
    """A unique index that keeps doubles out is missing; `missing` names table and column."""

    def __init__(self, missing: Iterable[str]) -> None:
        self.missing = tuple(missing)
        super().__init__(", ".join(self.missing))


class SchemaForeign(Exception):
    """The tables are another version's; `missing` names what is not there: tables, and columns of others."""

    def __init__(self, missing: Iterable[str]) -> None:
        self.missing = tuple(missing)
        super().__init__(", ".join(self.missing))


def hold(path: Path) -> IO[str]:
    """Keep other processes away from an SQLite file for as long as the result is open.

    Raises `SecondProcess`, or `OSError` when the folder can't be written.
    """
    lock = path.with_name(path.name + ".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise SecondProcess(str(path)) from error
    return lock


def wanted_keys() -> set[tuple[str, str]]:
    """The unique columns of the models, as (table, column)."""
    keys: set[tuple[str, str]] = set()
    for model in (Tortoise.apps or {})["models"].values():
        meta = model._meta
        for field in meta.fields_map.values():
            if field.unique and not field.pk:
                keys.add((meta.db_table, field.source_field or field.model_field_name))
    return keys


def wanted_columns() -> set[tuple[str, str]]:
    """The columns of the models, as (table, column)."""
    models = (Tortoise.apps or {})["models"].values()
    return {
        (model._meta.db_table, column)
        for model in models
        for column in model._meta.fields_db_projection.values()
    }


async def check_schema() -> None:
    """Compare the columns and unique indexes there are with the models.

    Raises `SchemaForeign`, `SchemaIncomplete`.
    """
    conn = connection()
    postgres = conn.capabilities.dialect == "postgres"
    rows = await conn.execute_query_dict(_POSTGRES_COLUMNS if postgres else _SQLITE_COLUMNS)
    _refuse_foreign({(row["tbl"], row["col"]) for row in rows})
    found = await (_postgres_keys(conn) if postgres else _sqlite_keys(conn))
    missing = sorted(f"{table}.{column}" for table, column in wanted_keys() - found)
    if missing:
        raise SchemaIncomplete(missing)


_SQLITE_COLUMNS = (
    "SELECT m.name AS tbl, c.name AS col FROM sqlite_master m, pragma_table_info(m.name) c "
    "WHERE m.type = 'table'"
)
_POSTGRES_COLUMNS = (
    "SELECT table_name AS tbl, column_name AS col FROM information_schema.columns "
    "WHERE table_schema = current_schema()"
)


def _refuse_foreign(found: set[tuple[str, str]]) -> None:
    tables = {table for table, _ in found}
    lacking = wanted_columns() - found
    missing = {f"{table}.{column}" if table in tables else table for table, column in lacking}
    if missing:
        raise SchemaForeign(sorted(missing))


async def _sqlite_keys(conn: Any) -> set[tuple[str, str]]:
    rows = await conn.execute_query_dict(
        "SELECT m.name AS tbl, l.name AS idx FROM sqlite_master m, pragma_index_list(m.name) l "
        "WHERE m.type = 'table' AND l.\"unique\" = 1 AND l.partial = 0"
    )
    keys: set[tuple[str, str]] = set()
    for row in rows:
        columns = await conn.execute_query_dict("SELECT name FROM pragma_index_info(?)", [row["idx"]])
        if len(columns) == 1:
            keys.add((row["tbl"], columns[0]["name"]))
    return keys


async def _postgres_keys(conn: Any) -> set[tuple[str, str]]:
    rows = await conn.execute_query_dict(
        "SELECT t.relname AS tbl, a.attname AS col FROM pg_index i "
        "JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace "
        "JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0] "
        "WHERE i.indisunique AND i.indnatts = 1 AND i.indpred IS NULL AND n.nspname = current_schema()"
    )
    return {(row["tbl"], row["col"]) for row in rows}

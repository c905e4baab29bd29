"""SQLite for Tortoise, which names this module as its `engine`: what is only read waits for no transaction.

Tortoise's own client has one connection, so that whoever reads a row stands in line with everybody who
writes. In WAL mode a second connection sees what is committed meanwhile, as PostgreSQL's do:
https://www.sqlite.org/wal.html#concurrency
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import aiosqlite
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
    translate_exceptions,
)
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError, TransactionManagementError


class Client(SqliteClient):
    """One connection that writes, one transaction after the other, and one that reads outside of them."""

    def __init__(self, file_path: str, **pragmas: Any) -> None:
        super().__init__(file_path, **pragmas)
        self._reader: aiosqlite.Connection | None = None

    async def create_connection(self, with_db: bool) -> None:
        """Open both. The caller holds the lock."""
        await super().create_connection(with_db)
        if self._reader is None and self.filename != ":memory:":
            reader = await aiosqlite.connect(self.filename, isolation_level=None)
            reader.row_factory = sqlite3.Row
            for name, value in {**self.pragmas, "query_only": "ON"}.items():
                await reader.execute_fetchall(f"PRAGMA {name}={value}")
            self._reader = reader

    async def close(self) -> None:
        """Close both."""
        async with self._lock:
            reader, self._reader = self._reader, None
            try:
                if reader is not None:
                    await reader.close()
            finally:
                await super().close()

    def _in_transaction(self) -> TransactionContext:
        return SqliteTransactionContext(_Transaction(self), self._lock)

    def shared_transaction(self) -> TransactionContext:
        """A transaction in which several are carried out one after the other, and committed together."""
        return SqliteTransactionContext(_Shared(self), self._lock)

    async def execute_query(
        self, query: str, values: list[Any] | None = None
    ) -> tuple[int, Sequence[dict[str, Any]]]:
        """The rows changed, or found, and those found."""
        if self._apart(query):
            rows = await self._read(query, values)
            return len(rows), rows
        changed: tuple[int, Sequence[dict[str, Any]]] = await super().execute_query(query, values)
        return changed

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        """The rows found."""
        if self._apart(query):
            return [dict(row) for row in await self._read(query, values)]
        found: list[dict[str, Any]] = await super().execute_query_dict(query, values)
        return found

    def _apart(self, query: str) -> bool:
        """Whether it only reads. A database in memory is one connection's own."""
        return self.filename != ":memory:" and query.lstrip()[:6].upper() == "SELECT"

    @translate_exceptions
    async def _read(self, query: str, values: list[Any] | None) -> list[Any]:
        query = query.replace("\x00", "'||CHAR(0)||'")
        reader = self._reader or await self._opened()
        return list(await reader.execute_fetchall(query, values))

    async def _opened(self) -> aiosqlite.Connection:
        """The connection that reads, opened by the first who does."""
        async with self._lock:
            await self.create_connection(with_db=True)
        if self._reader is None:
            raise OperationalError("the database is closed")
        return self._reader


class _Transaction(SqliteTransactionWrapper):
    """A transaction of the connection that writes."""

    async def begin(self) -> None:
        """Begin. What an earlier one failed to commit, and told its caller so, never comes."""
        await self._undo()
        await self._connection.execute("BEGIN")

    async def commit(self) -> None:
        """Commit, or undo all of it and raise: nobody else's write comes to stand in what is left open."""
        try:
            await super().commit()
        except BaseException:
            await self._undo()
            raise

    async def _undo(self) -> None:
        if self._connection.in_transaction:
            await self._connection.rollback()


class _Shared(_Transaction):
    """A transaction that several are parts of. If one of them fails it can't be committed."""

    failed = False

    async def commit(self) -> None:
        """Commit. Raises `TransactionManagementError` when a part failed."""
        if self.failed:
            await self.rollback()
            raise TransactionManagementError("a part of it failed")
        await super().commit()

    def _in_transaction(self) -> TransactionContext:
        return _Part(self)


class _Part(TransactionContext):
    """A transaction as a part of a shared one; those inside it are savepoints, as they always are."""

    def __init__(self, whole: _Shared) -> None:
        self._whole = whole
        self._inside = SqliteTransactionWrapper(whole)

    async def __aenter__(self) -> TransactionalDBClient:
        self._token = get_connections().set(self._whole.connection_name, self._inside)
        return self._inside

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        get_connections().reset(self._token)
        self._whole.failed |= kind is not None


client_class = Client

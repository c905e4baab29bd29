"""Look-ups whose SQL is written once.

Tortoise writes each query anew, which takes several times as long as the database does for a row that
an index leads to. What every message asks for is asked for like this; everything else by querysets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from tortoise.exceptions import DoesNotExist
from tortoise.models import Model

from models.database import connection

M = TypeVar("M", bound=Model)


class Lookup(Generic[M]):
    """The first row of a model for which `where` holds, `?` standing for each value, in this order."""

    def __init__(self, model: type[M], where: str, *, order: str = "", held: bool = False) -> None:
        self._model = model
        self._tail = f"WHERE {where}{f' ORDER BY {order}' if order else ''} LIMIT 1"
        self._held = held
        self._written: dict[tuple[str, str], str] = {}

    async def one(self, *values: str | int) -> M | None:
        """The row, or None. `held`: kept from other transactions until ours ends."""
        meta = self._model._meta
        row = await self._row(
            ", ".join(f'"{column}"' for column in meta.fields_db_projection.values()), values
        )
        return self._model._init_from_db(**row) if row else None

    async def get(self, *values: str | int) -> M:
        """The row. Raises `DoesNotExist`."""
        found = await self.one(*values)
        if found is None:
            raise DoesNotExist(self._model)
        return found

    async def columns(self, names: str, *values: str | int) -> Mapping[str, Any] | None:
        """Some of the row's columns as the database gives them, or None."""
        return await self._row(names, values)

    async def exists(self, *values: str | int) -> bool:
        """Whether there is such a row."""
        return await self._row("1", values) is not None

    async def _row(self, columns: str, values: tuple[str | int, ...]) -> Mapping[str, Any] | None:
        conn = connection()
        dialect = conn.capabilities.dialect
        sql = self._written.get((dialect, columns)) or self._write(dialect, columns)
        _, rows = await conn.execute_query(sql, list(values))
        return dict(rows[0]) if rows else None

    def _write(self, dialect: str, columns: str) -> str:
        sql = f'SELECT {columns} FROM "{self._model._meta.db_table}" {self._tail}'  # noqa: S608 - ours alone
        if dialect == "postgres":
            first, *rest = sql.split("?")
            sql = first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))
            sql += " FOR UPDATE" if self._held else ""
        self._written[dialect, columns] = sql
        return sql

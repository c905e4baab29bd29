"""SQL that is written once.

Tortoise writes each query anew, which takes several times as long as the database does for a row that
an index leads to. What every message asks for is asked for like this; everything else by querysets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from tortoise.exceptions import DoesNotExist
from tortoise.fields import DatetimeField
from tortoise.models import Model

from models.database import connection

Value = str | int | datetime
M = TypeVar("M", bound=Model)


class Statement:
    """One statement, `?` standing for each value in order. `held`: PostgreSQL keeps the rows from other
    transactions until ours ends; SQLite has one at a time anyway."""

    def __init__(self, sql: str, *, held: bool = False) -> None:
        first, *rest = sql.split("?")
        numbered = first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))
        self._sql = {"sqlite": sql, "postgres": numbered + (" FOR UPDATE" if held else "")}

    async def run(self, *values: Value) -> Sequence[Mapping[str, Any]]:
        """Carry it out; its rows, as the database gives them."""
        conn = connection()
        _, rows = await conn.execute_query(self._sql[conn.capabilities.dialect], list(values))
        return rows


class Lookup(Generic[M]):
    """The first row of a model for which `where` holds, `?` standing for each value, in this order."""

    def __init__(self, model: type[M], where: str, *, order: str = "", held: bool = False) -> None:
        self._model = model
        tail = f'FROM "{model._meta.db_table}" WHERE {where}{f" ORDER BY {order}" if order else ""} LIMIT 1'
        columns = ", ".join(f'"{column}"' for column in model._meta.fields_db_projection.values())
        self._whole = Statement(f"SELECT {columns} {tail}", held=held)
        self._any = Statement(f"SELECT 1 {tail}")
        self._moments = [
            field.source_field or name
            for name, field in model._meta.fields_map.items()
            if isinstance(field, DatetimeField)
        ]

    async def one(self, *values: Value) -> M | None:
        """The row, or None. `held`: kept from other transactions until ours ends."""
        rows = await self._whole.run(*values)
        return self._model._init_from_db(**self._read(rows[0])) if rows else None

    async def get(self, *values: Value) -> M:
        """The row. Raises `DoesNotExist`."""
        found = await self.one(*values)
        if found is None:
            raise DoesNotExist(self._model)
        return found

    async def exists(self, *values: Value) -> bool:
        """Whether there is such a row."""
        return bool(await self._any.run(*values))

    def _read(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The columns, with SQLite's times read: Tortoise's own reader takes any form, and its time."""
        read = dict(row)
        for column in self._moments:
            if isinstance(value := read[column], str):
                read[column] = datetime.fromisoformat(value)
        return read

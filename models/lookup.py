"""SQL that is written once.

Tortoise writes each query anew, which takes several times as long as the database does for a row that
an index leads to. What every message asks for is asked for like this; everything else by querysets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, Generic, TypeVar

from tortoise.exceptions import DoesNotExist
from tortoise.fields import DatetimeField, Field, JSONField
from tortoise.models import Model

from models.database import connection

Value = str | int | datetime
M = TypeVar("M", bound=Model)
N = TypeVar("N", bound=Model)


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


class _Reader(Generic[M]):
    """A model's columns as `SELECT` names them, and an instance of what came."""

    def __init__(self, model: type[M]) -> None:
        self.table = model._meta.db_table
        self._model = model
        names = model._meta.fields_db_projection.values()
        self._columns = {name: f"{self.table}.{name}" for name in names}
        self._moments = [
            field.source_field or name
            for name, field in model._meta.fields_map.items()
            if isinstance(field, DatetimeField)
        ]

    def selected(self) -> str:
        """Each column under a name that another table's may stand beside."""
        return ", ".join(f'"{self.table}"."{name}" AS "{title}"' for name, title in self._columns.items())

    def read(self, row: Mapping[str, Any]) -> M:
        """The instance, with SQLite's times read: Tortoise's own reader takes any form, and its time."""
        read = {name: row[title] for name, title in self._columns.items()}
        for column in self._moments:
            if isinstance(value := read[column], str):
                read[column] = datetime.fromisoformat(value)
        return self._model._init_from_db(**read)


class Lookup(Generic[M]):
    """The first row of a model for which `where` holds, `?` standing for each value, in this order."""

    def __init__(self, model: type[M], where: str, *, order: str = "", held: bool = False) -> None:
        self._model, self._reader = model, _Reader(model)
        tail = f'FROM "{self._reader.table}" WHERE {where}{f" ORDER BY {order}" if order else ""} LIMIT 1'
        self._whole = Statement(f"SELECT {self._reader.selected()} {tail}", held=held)
        self._any = Statement(f"SELECT 1 {tail}")

    async def one(self, *values: Value) -> M | None:
        """The row, or None. `held`: kept from other transactions until ours ends."""
        rows = await self._whole.run(*values)
        return self._reader.read(rows[0]) if rows else None

    async def get(self, *values: Value) -> M:
        """The row. Raises `DoesNotExist`."""
        found = await self.one(*values)
        if found is None:
            raise DoesNotExist(self._model)
        return found

    async def exists(self, *values: Value) -> bool:
        """Whether there is such a row."""
        return bool(await self._any.run(*values))


class Pair(Generic[M, N]):
    """The row of a model for which `where` holds, and that of another model it belongs to: `via` names the
    column that has the other's id."""

    def __init__(self, model: type[M], other: type[N], *, via: str, where: str) -> None:
        self._model, self._first, self._second = model, _Reader(model), _Reader(other)
        mine, its = self._first.table, self._second.table
        tail = f'FROM "{mine}" JOIN "{its}" ON "{its}"."id" = "{mine}"."{via}" WHERE {where} LIMIT 1'
        self._both = Statement(f"SELECT {self._first.selected()}, {self._second.selected()} {tail}")

    async def get(self, *values: Value) -> tuple[M, N]:
        """Both rows. Raises `DoesNotExist`."""
        rows = await self._both.run(*values)
        if not rows:
            raise DoesNotExist(self._model)
        return self._first.read(rows[0]), self._second.read(rows[0])


class Insert(Generic[M]):
    """A new row of a model whose id the database gives."""

    def __init__(self, model: type[M]) -> None:
        self._model = model
        self._fields = {name: field for name, field in model._meta.fields_map.items() if not field.pk}
        self._columns = model._meta.fields_db_projection
        names = ", ".join(f'"{self._columns[name]}"' for name in self._fields)
        into = f'INSERT INTO "{model._meta.db_table}" ({names})'
        marks = range(1, len(self._fields) + 1)
        self._sql = {
            "sqlite": f"{into} VALUES ({', '.join('?' for _ in marks)})",
            "postgres": f"{into} VALUES ({', '.join(f'${mark}' for mark in marks)}) RETURNING id",
        }
        self._writers = {
            name: field.encoder for name, field in self._fields.items() if isinstance(field, JSONField)
        }

    async def one(self, **values: Any) -> M:
        """Write it, what is not named by its default; the row, as if it had been read. Raises
        `IntegrityError`, and `TypeError` for a name that is no column's."""
        if unknown := values.keys() - self._fields.keys():
            raise TypeError(f"{self._model.__name__} has no {', '.join(sorted(unknown))}")
        row = {name: values[name] if name in values else _default(f) for name, f in self._fields.items()}
        conn = connection()
        lite = conn.capabilities.dialect == "sqlite"
        written = [
            write(value) if (write := self._writers.get(name)) else _plain(value, lite)
            for name, value in row.items()
        ]
        given = await conn.execute_insert(self._sql[conn.capabilities.dialect], written)
        read = {self._columns[name]: value for name, value in row.items()}
        return self._model._init_from_db(id=given if lite else given["id"], **read)


def _default(field: Field[Any]) -> Any:
    return field.default() if callable(field.default) else field.default


def _plain(value: Any, lite: bool) -> Any:
    """What the driver takes: SQLite's no times."""
    if isinstance(value, Enum):
        return value.value
    return value.isoformat(" ") if lite and isinstance(value, datetime) else value

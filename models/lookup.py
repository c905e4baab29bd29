"""SQL that is written once.

Tortoise writes each query anew, which takes several times as long as the database does for a row that
an index leads to. What every message asks for is asked for like this; everything else by querysets.
"""

# ruff: noqa: S608 - every statement is made of our own words and of placeholders

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from tortoise.exceptions import DoesNotExist
from tortoise.fields import DatetimeField, Field, JSONField
from tortoise.models import Model

from models.database import connection

Value = str | int | datetime | None
Beside = Mapping[str, str]
_NOTHING: Beside = MappingProxyType({})
L = TypeVar("L", bound=Model)
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
        dialect = conn.capabilities.dialect
        return await conn.execute_query_dict(self._sql[dialect], _plain(values, dialect))

    async def change(self, *values: Value) -> int:
        """Carry it out; how many rows it changed."""
        conn = connection()
        dialect = conn.capabilities.dialect
        changed, _ = await conn.execute_query(self._sql[dialect], _plain(values, dialect))
        return changed


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
    """The first row of a model for which `where` holds, `?` standing for each value, in this order.

    `beside` are expressions that are asked for with it, by name; their values stand before those of `where`.
    """

    def __init__(
        self, model: type[M], where: str, *, order: str = "", held: bool = False, beside: Beside = _NOTHING
    ) -> None:
        self._model, self._reader = model, _Reader(model)
        tail = f'FROM "{self._reader.table}" WHERE {where}{f" ORDER BY {order}" if order else ""} LIMIT 1'
        self._whole = Statement(f"SELECT {self._reader.selected()}{_and(beside)} {tail}", held=held)
        self._any = Statement(f"SELECT 1 {tail}")

    async def one(self, *values: Value) -> M | None:
        """The row, or None. `held`: kept from other transactions until ours ends."""
        found, _ = await self.with_beside(*values)
        return found

    async def with_beside(self, *values: Value) -> tuple[M | None, Mapping[str, Any]]:
        """The row, and one in which stands what was asked for beside it; None, and nothing."""
        rows = await self._whole.run(*values)
        return (self._reader.read(rows[0]), rows[0]) if rows else (None, {})

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
    column that has the other's id. `beside` as in `Lookup`."""

    def __init__(
        self, model: type[M], other: type[N], *, via: str, where: str, beside: Beside = _NOTHING
    ) -> None:
        self._model, self._first, self._second = model, _Reader(model), _Reader(other)
        columns = f"{self._first.selected()}, {self._second.selected()}{_and(beside)}"
        joined = f'"{self._first.table}" {_join(self._first, via, self._second)}'
        self._both = Statement(f"SELECT {columns} FROM {joined} WHERE {where} LIMIT 1")

    async def get(self, *values: Value) -> tuple[M, N]:
        """Both rows. Raises `DoesNotExist`."""
        first, second, _ = await self.with_beside(*values)
        return first, second

    async def with_beside(self, *values: Value) -> tuple[M, N, Mapping[str, Any]]:
        """Both rows, and the row that came with what stands beside them. Raises `DoesNotExist`."""
        rows = await self._both.run(*values)
        if not rows:
            raise DoesNotExist(self._model)
        return self._first.read(rows[0]), self._second.read(rows[0]), rows[0]


class Chain(Generic[L, M, N]):
    """A row, the one it belongs to, and the one that belongs to; `via` names the columns with their ids."""

    def __init__(
        self, model: type[L], other: type[M], last: type[N], *, via: tuple[str, str], where: str
    ) -> None:
        self._first, self._second, self._third = _Reader(model), _Reader(other), _Reader(last)
        columns = ", ".join(each.selected() for each in (self._first, self._second, self._third))
        joined = f"{_join(self._first, via[0], self._second)} {_join(self._second, via[1], self._third)}"
        self._all = Statement(f'SELECT {columns} FROM "{self._first.table}" {joined} WHERE {where} LIMIT 1')

    async def one(self, *values: Value) -> tuple[L, M, N] | None:
        """The rows, or None."""
        for row in await self._all.run(*values):
            return self._first.read(row), self._second.read(row), self._third.read(row)
        return None


def _join(mine: _Reader[Any], via: str, its: _Reader[Any]) -> str:
    return f'JOIN "{its.table}" ON "{its.table}"."id" = "{mine.table}"."{via}"'


def _and(beside: Beside) -> str:
    return "".join(f', {expression} AS "{name}"' for name, expression in beside.items())


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
        self._encoders = _encoders(model)

    async def one(self, **values: Any) -> M:
        """Write it, what is not named by its default; the row, as if it had been read. Raises
        `IntegrityError`, and `TypeError` for a name that is no column's."""
        row = self._whole(values)
        read = {self._columns[name]: value for name, value in row.items()}
        return self._model._init_from_db(id=await self._write(row), **read)

    async def id(self, **values: Any) -> int:
        """The same, where nothing but the row's id is wanted."""
        return await self._write(self._whole(values))

    def _whole(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        _refuse_unknown(self._model, self._fields, values)
        return {name: values[name] if name in values else _default(f) for name, f in self._fields.items()}

    async def _write(self, row: Mapping[str, Any]) -> int:
        conn = connection()
        dialect = conn.capabilities.dialect
        given = await conn.execute_insert(self._sql[dialect], _plain(_encoded(self._encoders, row), dialect))
        return int(given if dialect == "sqlite" else given["id"])


class Update(Generic[M]):
    """A change of the rows of a model for which `where` holds, `?` standing for each value, in this order."""

    def __init__(self, model: type[M], where: str) -> None:
        self._model, self._where = model, where
        self._columns = model._meta.fields_db_projection
        self._encoders = _encoders(model)
        self._written: dict[tuple[str, ...], Statement] = {}

    async def set(self, *where: Value, **values: Any) -> int:
        """Give these columns these values; in how many rows. Raises `IntegrityError`, and `TypeError` for a
        name that is no column's."""
        return await self._statement(tuple(values)).change(*_encoded(self._encoders, values), *where)

    def _statement(self, names: tuple[str, ...]) -> Statement:
        """Written once for each choice of columns, of which a program has few."""
        if names not in self._written:
            _refuse_unknown(self._model, self._columns, names)
            changes = ", ".join(f'"{self._columns[name]}" = ?' for name in names)
            table = self._model._meta.db_table
            self._written[names] = Statement(f'UPDATE "{table}" SET {changes} WHERE {self._where}')
        return self._written[names]


class Taken(Generic[M]):
    """A change of the rows of a model for which `where` holds, which gives those rows as they are then;
    `changes` is what stands behind SET, `?` for each value, first there and then in `where`."""

    def __init__(self, model: type[M], changes: str, where: str) -> None:
        self._reader = _Reader(model)
        self._sql = Statement(
            f'UPDATE "{self._reader.table}" SET {changes} WHERE {where} RETURNING {self._reader.selected()}'
        )

    async def all(self, *values: Value) -> list[M]:
        """Carry it out; the rows it changed, in no order."""
        return [self._reader.read(row) for row in await self._sql.run(*values)]


def _refuse_unknown(model: type[Model], known: Container[str], names: Iterable[str]) -> None:
    if unknown := [name for name in names if name not in known]:
        raise TypeError(f"{model.__name__} has no {', '.join(sorted(unknown))}")


def _encoders(model: type[Model]) -> dict[str, Callable[[Any], str]]:
    """What turns a value into text, for the columns that need it."""
    return {
        name: field.encoder for name, field in model._meta.fields_map.items() if isinstance(field, JSONField)
    }


def _encoded(encoders: Mapping[str, Callable[[Any], str]], row: Mapping[str, Any]) -> list[Any]:
    return [encode(value) if (encode := encoders.get(name)) else value for name, value in row.items()]


def _default(field: Field[Any]) -> Any:
    return field.default() if callable(field.default) else field.default


def _plain(values: Iterable[Any], dialect: str) -> list[Any]:
    """What the driver takes."""
    return list(map(_DRIVERS[dialect], values))


def _for_postgres(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _for_sqlite(value: Any) -> Any:
    """It knows no times."""
    if isinstance(value, Enum):
        return value.value
    return value.isoformat(" ") if isinstance(value, datetime) else value


_DRIVERS: Mapping[str, Callable[[Any], Any]] = {"sqlite": _for_sqlite, "postgres": _for_postgres}

"""Which conversations stand in a list, and in which order: at most a thousand, from indexes alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from desk import names, people
from desk.asked import ListKind
from desk.context import Desk
from desk.conversations import statements
from desk.conversations.statements import CAP, FEW, NAMED, OVER, WALKED, Scope, Statement, Turn, Words
from models.database import connection

__all__ = ["CAP", "NAMED", "Line", "Scope", "Turn", "counted", "lined", "scope_of", "waiting"]

_ACCOUNTS = 60
"""In one statement: SQLite puts no more than 500 branches together."""


@dataclass(frozen=True, slots=True)
class Line:
    """One conversation of a list."""

    turn: Turn
    id: int


async def scope_of(desk: Desk, viewer: str) -> Scope:
    """What this person may see."""
    accounts = await people.accounts_of(desk, viewer)
    return Scope(workspace_id=desk.workspace.id, viewer=viewer, accounts=tuple(sorted(accounts)))


async def lined(scope: Scope, kind: ListKind, typed: str = "", limit: int = CAP) -> list[Line]:
    """The first conversations of a list, in order; with `typed` those of customers of that name, at most
    `NAMED`."""
    words = names.prefixes(typed)
    if typed.strip() and not words:
        return []
    limit = min(limit, NAMED) if words else limit
    rows: list[dict[str, Any]] = []
    for part in _parts(scope):
        rows += await _rows(await _statement(part, kind, words, limit))
    if len(scope.accounts) > _ACCOUNTS:
        rows = _merged(rows, latest=kind in OVER)
    return [Line(Turn(row["turn"]), row["id"]) for row in rows[:limit]]


async def _statement(scope: Scope, kind: ListKind, words: Words, limit: int) -> Statement:
    """By the contacts of that name where they are few; else along the list, which meets them soon."""
    if not words or kind in WALKED:
        return statements.listed(sign(), scope, kind, words, limit=limit)
    found = {row["number"]: row["total"] for row in await _rows(statements.matches(sign(), scope, words))}
    rarest_first = tuple(words[number] for number in sorted(found, key=lambda n: int(found[n])))
    if min(found.values()) < FEW:
        return statements.of_few(sign(), scope, kind, rarest_first, limit=limit)
    since: dict[int, object] = {}
    if kind is ListKind.ARCHIVED:
        since = {row["account"]: row["at"] for row in await _rows(statements.far(sign(), scope))}
    return statements.listed(sign(), scope, kind, rarest_first, since, limit=limit)


async def counted(scope: Scope, kind: ListKind) -> int:
    """How many there are, at most `CAP`."""
    totals = [await _rows(statements.total(sign(), part, kind)) for part in _parts(scope)]
    return min(sum(int(rows[0]["total"]) for rows in totals), CAP)


def waiting(found: Iterable[Line]) -> int:
    """How many of these wait for an answer."""
    return sum(line.turn is Turn.WAITS for line in found)


def sign() -> str:
    """How the database we use writes its placeholders."""
    return "$" if connection().capabilities.dialect == "postgres" else "?"


async def _rows(sql: Statement) -> list[dict[str, Any]]:
    return list(await connection().execute_query_dict(sql.text, sql.values))


def _parts(scope: Scope) -> Iterator[Scope]:
    for start in range(0, len(scope.accounts), _ACCOUNTS):
        yield replace(scope, accounts=scope.accounts[start : start + _ACCOUNTS])


def _merged(rows: list[dict[str, Any]], *, latest: bool) -> list[dict[str, Any]]:
    """Several statements' rows in the order of one; times compare alike as text, all are in UTC."""
    if latest:
        return sorted(rows, key=lambda row: (str(row["at"]), row["id"]), reverse=True)
    return sorted(rows, key=lambda row: (row["turn"], row["at"] is None, str(row["at"]), row["id"]))

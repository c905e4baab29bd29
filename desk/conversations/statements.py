"""The SQL of the lists. Pure.

A list is put together from branches, one for each account, status and turn. Each is a stretch of one
index, already in order: what a list costs depends on its own length, not on how many conversations
there are.
"""
# ruff: noqa: S608 - every statement is made of our own words and of placeholders

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType

from desk import names
from desk.asked import ListKind
from models import Status

CAP = 1_000
"""As many are listed and counted; whoever wants one of the others names it."""
NAMED = 100
"""As many are listed of one name."""
FEW = 10_000
"""Contacts of one name whose conversations are looked up one by one. A name that more have is met so
often that walking along the list finds `NAMED` of them soon."""
WALK = 10_000
"""How far that walk goes at most, from the newest archived conversation of an account."""


class Turn(IntEnum):
    """Where a conversation stands in a list: first whose customer waits, longest waiting first."""

    WAITS = 0
    ANSWERED = 1
    ASLEEP = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Who looks, and at the customers of which accounts they may look."""

    workspace_id: int
    viewer: str
    accounts: tuple[int, ...]


Words = tuple[tuple[bytes, ...], ...]
"""What the words of a name must begin with, see `names.prefixes`."""

OWN = {ListKind.INBOX: ("assignee", Status.INBOX), ListKind.CLOSED: ("closed_by", Status.CLOSED)}
"""Lists of the viewer's own conversations: by which column, in which status."""
OVER = {
    ListKind.CLOSED: "closed_at",
    ListKind.ARCHIVED: "archived_at",
    ListKind.BLOCKED: "blocked_at",
}
"""Lists of what is over, newest first: since when."""
WALKED = (*OWN, ListKind.BLOCKED)
"""Lists that are made by hand, and so short that a name is looked for by walking along them."""
_ROWS = {
    ListKind.BLOCKED: "(SELECT workspace_id, account_id, id AS contact_id, blocked_at, "
    "(SELECT max(n.id) FROM conversation n WHERE n.contact_id = contact.id) AS id FROM contact)"
}
"""What a list is made of, where not of conversations: of customers, each by their newest conversation."""
_OPEN = {ListKind.UNASSIGNED: (Status.UNASSIGNED,), ListKind.ALL: (Status.UNASSIGNED, Status.INBOX)}
_TURNS = {
    Turn.WAITS: ("snoozed_by IS NULL AND waiting_since IS NOT NULL", "waiting_since"),
    Turn.ANSWERED: ("snoozed_by IS NULL AND waiting_since IS NULL", "waiting_since"),
    Turn.ASLEEP: ("snoozed_by IS NOT NULL", "snoozed_until"),
}
_TURN = "CASE " + " ".join(f"WHEN {when} THEN {turn.value}" for turn, (when, _) in _TURNS.items()) + " END"
_AT = "CASE WHEN snoozed_by IS NULL THEN waiting_since ELSE snoozed_until END"


@dataclass(slots=True)
class Statement:
    """A statement with its values; a value that is used again is sent once. `sign`: "?" or "$"."""

    sign: str
    text: str = ""
    values: list[object] = field(default_factory=list)

    def put(self, value: object) -> str:
        """A placeholder for the value."""
        if value not in self.values:
            self.values.append(value)
        return f"{self.sign}{self.values.index(value) + 1}"

    def put_all(self, values: Sequence[object]) -> str:
        """Placeholders for a list of values."""
        return ", ".join(self.put(value) for value in values)


def listed(
    sign: str,
    scope: Scope,
    kind: ListKind,
    words: Words = (),
    since: Mapping[int, object] = MappingProxyType({}),
    *,
    limit: int,
) -> Statement:
    """The first rows (turn, at, id) of a list, in order, walking along its index.

    `words` are looked for in each conversation's name; of accounts in `since` nothing older is looked at.
    """
    sql = Statement(sign)
    branches = " UNION ALL ".join(_branches(sql, scope, kind, words, since, limit))
    sql.text = f"SELECT turn, at, id FROM ({branches}) AS branches ORDER BY {_order(kind)} LIMIT {limit}"
    return sql


def of_few(sign: str, scope: Scope, kind: ListKind, words: Words, *, limit: int) -> Statement:
    """The same for the few contacts whose name has the first of the words: by their conversations.

    The workspace is asked of the words, not of the conversations: so no planner walks the list.
    """
    sql = Statement(sign)
    where = f"w.workspace_id = {sql.put(scope.workspace_id)} AND {_among(sql, scope, words[0])}"
    mine = f"c.contact_id IN (SELECT w.contact_id FROM contact_word w WHERE {where})"
    statuses = sql.put_all([status.value for status in _OPEN.get(kind, (Status.ARCHIVED,))])
    here = f"{mine} AND account_id IN ({sql.put_all(scope.accounts)}) AND status IN ({statuses})"
    turn, at = ("0", OVER[kind]) if kind in OVER else (_TURN, _AT)
    rows = (
        f"SELECT {turn} AS turn, {at} AS at, c.id AS id FROM conversation c "
        f"WHERE {here}{_named(sql, words[1:])}"
    )
    sql.text = f"SELECT turn, at, id FROM ({rows}) AS found ORDER BY {_order(kind)} LIMIT {limit}"
    return sql


def total(sign: str, scope: Scope, kind: ListKind) -> Statement:
    """How many stand in a list (total), counting no stretch further than `CAP`."""
    sql = Statement(sign)
    branches = " UNION ALL ".join(
        f"SELECT * FROM (SELECT 1 AS one FROM {_rows(kind)} c WHERE {where} "
        f"ORDER BY {_along(kind)} LIMIT {CAP}) AS branch"
        for _, where in _stretches(sql, scope, kind)
    )
    sql.text = f"SELECT count(*) AS total FROM ({branches}) AS branches"
    return sql


def matches(sign: str, scope: Scope, words: Words) -> Statement:
    """How many contacts have each of these words (number, total), counting no further than `FEW`."""
    sql = Statement(sign)
    each = (
        f"SELECT {number} AS number, count(*) AS total FROM (SELECT 1 AS one FROM contact_word w "
        f"WHERE {_among(sql, scope, spellings)} LIMIT {FEW}) AS found"
        for number, spellings in enumerate(words)
    )
    sql.text = " UNION ALL ".join(each)
    return sql


def far(sign: str, scope: Scope) -> Statement:
    """Where the walk through each account's archive ends (account, at); no row where it is shorter."""
    sql = Statement(sign)
    sql.text = " UNION ALL ".join(
        f"SELECT * FROM (SELECT account_id AS account, archived_at AS at FROM conversation c WHERE {where} "
        f"ORDER BY archived_at DESC, id DESC LIMIT 1 OFFSET {WALK}) AS branch"
        for _, where in _stretches(sql, scope, ListKind.ARCHIVED)
    )
    return sql


def _stretches(sql: Statement, scope: Scope, kind: ListKind) -> Iterator[tuple[int, str]]:
    """Each stretch of the list's index: of which account it is, and what its conversations have in
    common; account 0 for the viewer's own of all accounts."""
    here = f"c.workspace_id = {sql.put(scope.workspace_id)}"
    if kind in OWN:
        whose, status = OWN[kind]
        mine = f"{whose} = {sql.put(scope.viewer)} AND status = {sql.put(status.value)}"
        yield 0, f"{here} AND {mine} AND account_id IN ({sql.put_all(scope.accounts)})"
        return
    for account in scope.accounts:
        there = f"{here} AND account_id = {sql.put(account)}"
        if kind is ListKind.ARCHIVED:
            yield account, f"{there} AND archived_at IS NOT NULL"
        if kind is ListKind.BLOCKED:
            yield account, f"{there} AND blocked_at IS NOT NULL"
        for status in _OPEN.get(kind, ()):
            yield account, f"{there} AND status = {sql.put(status.value)}"


def _branches(
    sql: Statement, scope: Scope, kind: ListKind, words: Words, since: Mapping[int, object], limit: int
) -> Iterator[str]:
    """The list's stretches by turn, each in the order of its index."""
    named = _named(sql, words)
    for account, stretch in _stretches(sql, scope, kind):
        if kind in OVER:
            at = OVER[kind]
            bound = f" AND {at} >= {sql.put(since[account])}" if account in since else ""
            yield _branch(kind, Turn.WAITS, at, f"{stretch}{bound}{named}", limit)
            continue
        for turn, (condition, at) in _TURNS.items():
            where = f"{stretch} AND {condition}{named}"
            yield _branch(kind, turn, at, where, limit)


def _branch(kind: ListKind, turn: Turn, at: str, where: str, limit: int) -> str:
    return (
        f"SELECT * FROM (SELECT {turn.value} AS turn, {at} AS at, c.id AS id FROM {_rows(kind)} c "
        f"WHERE {where} ORDER BY {_along(kind)} LIMIT {limit}) AS branch"
    )


def _rows(kind: ListKind) -> str:
    return _ROWS.get(kind, "conversation")


def _named(sql: Statement, words: Words) -> str:
    """Whose contact has all these words in the name."""
    each = (
        " AND EXISTS (SELECT 1 FROM contact_word w "
        f"WHERE w.contact_id = c.contact_id AND {_ranges(sql, spellings)})"
        for spellings in words
    )
    return "".join(each)


def _among(sql: Statement, scope: Scope, spellings: Sequence[bytes]) -> str:
    return f"w.account_id IN ({sql.put_all(scope.accounts)}) AND {_ranges(sql, spellings)}"


def _ranges(sql: Statement, spellings: Sequence[bytes]) -> str:
    each = (f"w.word >= {sql.put(s)} AND w.word < {sql.put(names.after(s))}" for s in spellings)
    return f"({' OR '.join(each)})"


def _order(kind: ListKind) -> str:
    return "at DESC, id DESC" if kind in OVER else "turn, at IS NULL, at, id"


def _along(kind: ListKind) -> str:
    """The order of the list's index."""
    if kind is ListKind.BLOCKED:
        return "blocked_at DESC, contact_id DESC"
    return f"{OVER[kind]} DESC, id DESC" if kind in OVER else "snoozed_by, waiting_since, id"

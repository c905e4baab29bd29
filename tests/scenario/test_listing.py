"""The lists on both databases: who stands in them, in which order, found by name, and at what cost."""

# ruff: noqa: S608 - statements are made of the test's own words

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from tortoise import Tortoise

from bot import database as roof
from desk import names
from desk.asked import ListKind
from desk.conversations import listing, naming, statements
from desk.conversations.listing import Scope, Turn, counted, lined
from models import Contact, Conversation, Status
from models.database import connection
from tests.scenario.world import with_tables
from tests.unit.surfaces import NOON

SHOP, HOTEL, OTHERS = 1, 2, 3
ANA, BEN = "U0ANA00001", "U0BEN00001"
VIEW = Scope(workspace_id=1, viewer=ANA, accounts=(SHOP, HOTEL))


@pytest.fixture
async def tables(database: str) -> AsyncIterator[None]:
    """An empty database of its own, without the program."""
    await with_tables(database)
    await Tortoise.init(config=roof.tortoise_config(database))
    yield
    await Tortoise.close_connections()


async def conversation(name: str, status: Status = Status.UNASSIGNED, **more: Any) -> int:
    """A customer and their conversation; `waits`, `ended` and `blocked` are minutes ago."""
    account = more.pop("account", SHOP)
    waits, ended = more.pop("waits", None), more.pop("ended", None)
    since = more.pop("blocked", None)
    kept = {} if since is None else {"blocked_at": NOON - timedelta(minutes=since), "blocked_by": ANA}
    who = dict.fromkeys(("workspace_id", "account_id"), 1) | {"account_id": account}
    contact = await Contact.create(
        **who, key=f"{account}:{name}:{random.random()}", external_id=name, name=name, first_seen=NOON, **kept
    )
    await naming.named(contact)
    at = NOON - timedelta(minutes=ended or 0)
    dates = {"changed_at": NOON, "created_at": NOON, "last_inbound_at": NOON}
    if status is Status.INBOX:
        more.setdefault("assignee", ANA)
    if status in (Status.CLOSED, Status.ARCHIVED):
        dates |= {"closed_at": at}
        more.setdefault("closed_by", ANA)
    if status is Status.ARCHIVED:
        dates |= {"archived_at": at}
    since = None if waits is None else NOON - timedelta(minutes=waits)
    row = await Conversation.create(
        **who, contact_id=contact.id, status=status, channel="C1", waiting_since=since, **dates, **more
    )
    return row.id


async def ids(kind: ListKind, typed: str = "", scope: Scope = VIEW, limit: int = 1_000) -> list[int]:
    return [line.id for line in await lined(scope, kind, typed, limit)]


async def test_order_scope_and_names(tables: None) -> None:
    late = await conversation("Mia Krüger", waits=1)
    early = await conversation("Miá Ünal", waits=9, account=HOTEL)
    answered = await conversation("Bo")
    asleep = await conversation("Mia Nap", waits=30, snoozed_by=BEN)
    asleep_until = await conversation("Nap", waits=31, snoozed_by=ANA, snoozed_until=NOON)
    mine = await conversation("Mia Mine", Status.INBOX, waits=5)
    bens = await conversation("Mia Ben", Status.INBOX, waits=7, assignee=BEN)
    mine_answered = await conversation("Ola", Status.INBOX)
    await conversation("Mia Elsewhere", waits=99, account=OTHERS)
    await conversation("Mia Elsewhere", Status.INBOX, waits=99, account=OTHERS)
    closed = [await conversation(f"Mia C{n}", Status.CLOSED, ended=n, waits=n) for n in (5, 3, 4)]
    await conversation("Mia C", Status.CLOSED, ended=1, closed_by=BEN)
    await conversation("Mia C", Status.CLOSED, ended=1, account=OTHERS)
    archived = [await conversation(f"Mia A{n}", Status.ARCHIVED, ended=n) for n in (5, 3)]
    archived += [await conversation("Mia A4", Status.ARCHIVED, ended=4, account=HOTEL, closed_by=BEN)]
    await conversation("Mia A", Status.ARCHIVED, ended=1, account=OTHERS)

    found = await lined(VIEW, ListKind.UNASSIGNED)
    assert [line.id for line in found] == [early, late, answered, asleep_until, asleep]
    assert [line.turn for line in found] == [Turn.WAITS] * 2 + [Turn.ANSWERED] + [Turn.ASLEEP] * 2
    assert await ids(ListKind.INBOX) == [mine, mine_answered]
    everybody = [early, bens, mine, late, answered, mine_answered, asleep_until, asleep]
    assert await ids(ListKind.ALL) == everybody
    assert await ids(ListKind.ALL, limit=3) == everybody[:3]
    assert await ids(ListKind.CLOSED) == [closed[1], closed[2], closed[0]]
    assert await ids(ListKind.ARCHIVED) == [archived[1], archived[2], archived[0]]
    before = await conversation("Mia Before", Status.ARCHIVED, ended=90)
    blocked = [await conversation(f"Mia B{n}", Status.ARCHIVED, ended=60 + n, blocked=n) for n in (5, 3)]
    blocked += [await conversation("Mia B4", Status.CLOSED, closed_by=BEN, account=HOTEL, blocked=4)]
    await conversation("Mia B", Status.CLOSED, closed_by=BEN, account=OTHERS, blocked=1)
    newest = await Conversation.get(id=blocked[1])
    await Conversation.filter(id=before).update(contact_id=newest.contact_id)
    assert await ids(ListKind.BLOCKED) == [blocked[1], blocked[2], blocked[0]]
    assert await ids(ListKind.BLOCKED, limit=1) == [blocked[1]]
    assert [await counted(VIEW, kind) for kind in ListKind] == [2, 5, 8, 3, 6, 3]

    assert await ids(ListKind.UNASSIGNED, "MÍA") == [early, late, asleep]
    assert await ids(ListKind.UNASSIGNED, "un mi") == [early]
    assert await ids(ListKind.ALL, "mi") == [early, bens, mine, late, asleep]
    assert (
        await ids(ListKind.ALL, "ia") == await ids(ListKind.ALL, "😀") == await ids(ListKind.ALL, "%") == []
    )
    assert await ids(ListKind.INBOX, "min") == [mine]
    assert await ids(ListKind.CLOSED, "mia c3") == [closed[1]]
    assert await ids(ListKind.ARCHIVED, "a4") == [archived[2]]
    assert await ids(ListKind.BLOCKED, "b4 mia") == [blocked[2]]
    nobody = Scope(workspace_id=1, viewer=ANA, accounts=())
    many = Scope(workspace_id=1, viewer=ANA, accounts=(SHOP, *range(1_000, 1_100), HOTEL))
    elsewhere = Scope(workspace_id=2, viewer=ANA, accounts=(SHOP, HOTEL))
    for kind in ListKind:
        assert await ids(kind, scope=nobody) == await ids(kind, "mi", nobody) == []
        assert await ids(kind, scope=elsewhere) == await ids(kind, "mi", elsewhere) == []
        assert await ids(kind, scope=many) == await ids(kind)
        assert await ids(kind, "mi", many) == await ids(kind, "mi")
        assert await counted(many, kind) == await counted(VIEW, kind)


async def test_a_name_is_looked_for_both_ways_with_the_same_result(tables: None) -> None:
    dice = random.Random(7)
    for number in range(60):
        await conversation(
            dice.choice(["Mia", "Max", "Mio"]) + dice.choice([" Kr", " Kü"]),
            dice.choice([Status.UNASSIGNED, Status.INBOX, Status.ARCHIVED]),
            account=dice.choice([SHOP, HOTEL, OTHERS]),
            waits=dice.choice([None, number]),
            ended=number,
            snoozed_by=dice.choice([None, None, ANA]),
        )
    for kind in (ListKind.UNASSIGNED, ListKind.ALL, ListKind.ARCHIVED):
        for typed in ("mi", "mia k", "ku m"):
            words = names.prefixes(typed)
            both = []
            for ask in (statements.listed, statements.of_few):
                sql = ask(listing.sign(), VIEW, kind, words, limit=50)
                rows = await connection().execute_query_dict(sql.text, sql.values)
                both.append([row["id"] for row in rows])
            assert both[0] == both[1] == await ids(kind, typed, limit=50)
            assert both[0]


async def fill(count: int) -> None:
    """Many conversations, the newest twentieth of them open; each customer has two words in the name."""
    here, postgres = connection(), connection().capabilities.dialect == "postgres"
    numbers = f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count})"
    numbers = f"WITH s AS (SELECT generate_series(1::bigint, {count}) AS n)" if postgres else numbers
    text = "(n * 7919 % 100003)"
    at = (
        f"TIMESTAMPTZ '2026-01-01' + {text} * INTERVAL '1 second'"
        if postgres
        else (f"strftime('%Y-%m-%d %H:%M:%S', 1767225600 + {text}, 'unixepoch') || '+00:00'")
    )
    is_open, shut = f"n > {count * 19 // 20}", f"n <= {count * 19 // 20}"
    over, false = f"CASE WHEN {shut} THEN {at} END", "false" if postgres else "0"
    who = f"CASE WHEN n % 20 = 0 THEN '{ANA}' ELSE '{BEN}' END"
    columns: dict[str, str] = {
        "id": "n",
        "workspace_id": "1",
        "account_id": "1 + n % 3",
        "contact_id": "n",
        "status": f"CASE WHEN {shut} THEN 'archived' WHEN n % 2 = 0 THEN 'inbox' ELSE 'unassigned' END",
        "version": "1",
        "assignee": f"CASE WHEN {is_open} AND n % 2 = 0 THEN {who} END",
        "closed_by": f"CASE WHEN {shut} THEN {who} END",
        "closed_at": over,
        "archived_at": over,
        "waiting_since": f"CASE WHEN n % 3 > 0 THEN {at} END",
        **dict.fromkeys(("changed_at", "created_at", "last_inbound_at"), at),
        **dict.fromkeys(("assignee_wrote", "not_a_request"), false),
        **dict.fromkeys(("channel", "close_reason"), "''"),
        "reminded": "0",
    }
    into, values = ", ".join(columns), ", ".join(columns.values())
    await here.execute_query(f"{numbers} INSERT INTO conversation ({into}) SELECT {values} FROM s")
    for word in ("'mia' || (n % 10)", f"'name' || {text}"):
        blob = f"convert_to({word}, 'UTF8')" if postgres else f"CAST({word} AS BLOB)"
        await here.execute_query(
            f"{numbers} INSERT INTO contact_word (workspace_id, account_id, contact_id, word) "
            f"SELECT 1, 1 + n % 3, n, {blob} FROM s"
        )
    blocked = f"CASE WHEN n % 50 = 0 THEN {at} END"
    await here.execute_query(
        f"{numbers} INSERT INTO contact (id, workspace_id, account_id, key, external_id, name, fields, "
        f"gone_how, block_reason, blocked_at, first_seen) SELECT n, 1, 1 + n % 3, {text}, '', '', '[]', "
        f"'', '', {blocked}, {at} FROM s"
    )
    if postgres:
        await here.execute_query("ANALYZE")


async def plan(sql: statements.Statement) -> list[str]:
    """How the database goes about it, one step a line."""
    prefix = "EXPLAIN" if sql.sign == "$" else "EXPLAIN QUERY PLAN"
    rows = await connection().execute_query_dict(f"{prefix} {sql.text}", sql.values)
    return [str(row.get("QUERY PLAN") or row.get("detail")).strip() for row in rows]


def reads_whole_tables(steps: list[str]) -> list[str]:
    """The steps that read a table from one end to the other."""
    return [step for step in steps if "Seq Scan" in step or step.startswith(("SCAN c", "SCAN w"))]


def sorts(steps: list[str]) -> list[int]:
    """Which steps put rows into an order that no index has."""
    return [
        at
        for at, step in enumerate(steps)
        if "TEMP B-TREE" in step or step.startswith(("-> Sort", "->  Sort"))
    ]


async def test_no_list_reads_or_sorts_more_than_it_shows(tables: None) -> None:
    """Nothing but stretches of indexes; what is sorted is at most what the branches yield."""
    await fill(20_000)
    sign, many, few = listing.sign(), names.prefixes("mia"), names.prefixes("name4711 mia")
    for kind in ListKind:
        index = {ListKind.INBOX: "inbox", ListKind.CLOSED: "closed", ListKind.ARCHIVED: "archived"}
        wanted = f"idx_conversation_{index.get(kind, 'turn')}"
        if kind is ListKind.BLOCKED:
            wanted = "idx_contact_blocked"
        asked = [
            (statements.listed(sign, VIEW, kind, limit=1_000), wanted),
            (statements.listed(sign, VIEW, kind, many, limit=100), wanted),
            (statements.total(sign, VIEW, kind), wanted),
        ]
        if kind not in statements.WALKED:
            asked.append((statements.of_few(sign, VIEW, kind, few, limit=100), "idx_conversation_contact"))
        for sql, name in asked:
            steps = await plan(sql)
            assert reads_whole_tables(steps) == [], (kind, steps)
            assert any(name in step for step in steps), (kind, steps)
        for sql, _ in asked[:1]:
            steps = await plan(sql)
            assert len(sorts(steps)) <= (2 if kind in (ListKind.ARCHIVED, ListKind.BLOCKED) else 1), (
                kind,
                steps,
            )
    for sql, name in (
        (statements.matches(sign, VIEW, few[:1]), "idx_contact_word"),
        (statements.far(sign, VIEW), "idx_conversation_archived"),
    ):
        steps = await plan(sql)
        assert reads_whole_tables(steps) == [], steps
        assert any(name in step for step in steps), steps

    assert len(await lined(VIEW, ListKind.ARCHIVED)) == 1_000
    assert len(await lined(VIEW, ListKind.ARCHIVED, "mia")) == 100
    assert len(await lined(VIEW, ListKind.ARCHIVED, "mia7")) == 100
    assert await ids(ListKind.ARCHIVED, "nobody") == []
    assert await counted(VIEW, ListKind.ARCHIVED) == 1_000

"""Transactions that wait for each other share a commit; what is only read waits for none of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.contextvars import bound_contextvars, get_contextvars
from tortoise import Tortoise
from tortoise.exceptions import IntegrityError, OperationalError
from tortoise.transactions import in_transaction

from bot import database as roof
from desk.units import TOGETHER, Units, after_commit
from models import SeenEvent
from models.database import connection
from tests.scenario.world import database_url, with_tables

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
async def lite(tmp_path: Path) -> AsyncIterator[None]:
    """An empty SQLite file, without the program."""
    url = database_url(tmp_path)
    await with_tables(url)
    await Tortoise.init(config=roof.tortoise_config(url))
    await kept()  # opens the connections
    yield
    await Tortoise.close_connections()


async def keep(key: str) -> str:
    """A transaction, with one inside it."""
    async with in_transaction(), in_transaction():
        await SeenEvent.create(workspace_id=1, key=key, at=NOON)
    return key


def keeping(key: str) -> Callable[[], Awaitable[str]]:
    return lambda: keep(key)


async def kept() -> list[str]:
    return sorted(row.key for row in await SeenEvent.all())


async def statements(work: Callable[[], Awaitable[object]]) -> list[str]:
    """What SQLite carries out meanwhile, by the first word."""
    found: list[str] = []
    await connection()._connection.set_trace_callback(lambda sql: found.append(sql.split()[0]))
    await work()
    await connection()._connection.set_trace_callback(None)
    return found


async def test_who_waits_meanwhile_is_committed_with_others(lite: None) -> None:
    units, keys = Units(), [f"k{number:02}" for number in range(TOGETHER + 5)]
    told: list[str] = []

    async def all_at_once() -> None:
        told.extend(await asyncio.gather(*(units.transact(keeping(key)) for key in keys)))

    found = await statements(all_at_once)
    assert told == keys == await kept()
    assert found.count("COMMIT") == 2, "as many together as may be, then the rest"
    assert (await statements(lambda: units.transact(keeping("alone")))).count("COMMIT") == 1


async def test_one_that_fails_undoes_nothing_of_the_others_and_hears_why(lite: None) -> None:
    units = Units()
    await keep("twice")

    async def half() -> None:
        async with in_transaction():
            await SeenEvent.create(workspace_id=1, key="half", at=NOON)
            raise RuntimeError("in the middle")

    works = [keeping("a"), keeping("twice"), half, keeping("b")]
    a, twice, halved, b = await asyncio.gather(*map(units.transact, works), return_exceptions=True)
    assert (a, b) == ("a", "b")
    assert isinstance(twice, IntegrityError)
    assert str(halved) == "in the middle"
    assert await kept() == ["a", "b", "twice"]


async def test_one_that_fails_costs_the_others_one_commit_more(lite: None) -> None:
    units, keys = Units(), [f"k{number}" for number in range(9)]

    async def refused() -> None:
        raise RuntimeError("no")

    works = [*map(keeping, keys[:5]), refused, *map(keeping, keys[5:])]
    found = await statements(lambda: asyncio.gather(*map(units.transact, works), return_exceptions=True))
    assert await kept() == keys
    assert (found.count("COMMIT"), found.count("ROLLBACK")) == (2, 1)


async def test_who_lost_a_race_finds_the_other_row_when_tried_again(lite: None) -> None:
    units, looked = Units(), list[bool]()

    async def once() -> None:
        """A look and a write that are no transaction."""
        looked.append(await SeenEvent.exists(key="once"))
        if len(looked) == 1:
            await SeenEvent.create(workspace_id=1, key="once", at=NOON)  # somebody else is quicker
        if not looked[-1]:
            await SeenEvent.create(workspace_id=1, key="once", at=NOON)

    await units.transact(once)
    assert looked == [False, True]
    assert await kept() == ["once"]


async def test_a_cancelled_caller_stops_nobody_and_each_has_its_own_names_in_the_log(lite: None) -> None:
    units, names = Units(), dict[str, object]()

    async def named(key: str) -> None:
        await keep(key)
        names[key] = get_contextvars().get("request")

    async def asks(key: str) -> None:
        with bound_contextvars(request=f"for {key}"):
            await units.transact(lambda: named(key))

    tasks = [asyncio.create_task(asks(key)) for key in "abc"]
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await units.drain()
    assert await kept() == ["a", "b", "c"]
    assert names == {key: f"for {key}" for key in "abc"}
    assert await units.transact(keeping("after")) == "after"


async def test_what_is_read_waits_for_no_transaction_and_sees_what_was_committed(lite: None) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def long() -> None:
        async with in_transaction():
            await SeenEvent.create(workspace_id=1, key="soon", at=NOON)
            assert await kept() == ["soon"], "it sees its own"
            entered.set()
            await leave.wait()

    task = asyncio.create_task(long())
    await entered.wait()
    assert await asyncio.wait_for(kept(), 5) == []
    leave.set()
    await task
    assert await kept() == ["soon"]
    with pytest.raises(OperationalError):
        await connection().execute_query("SELECT nothing FROM nowhere")


async def passed_over(key: str) -> str:
    """A transaction in which a part is undone and the rest stays."""
    async with in_transaction():
        await SeenEvent.create(workspace_id=1, key=key, at=NOON)
        with contextlib.suppress(RuntimeError):
            async with in_transaction():
                await SeenEvent.create(workspace_id=1, key=f"{key} inside", at=NOON)
                raise RuntimeError("passed over")
    return key


async def whole_passed_over(key: str) -> str:
    """Works that say they succeeded although their transaction did not."""
    with contextlib.suppress(RuntimeError):
        async with in_transaction():
            await SeenEvent.create(workspace_id=1, key=f"{key} undone", at=NOON)
            raise RuntimeError("passed over")
    return await keep(key)


async def test_what_is_undone_inside_is_undone_alone_also_among_others(lite: None) -> None:
    units = Units()
    assert await units.transact(lambda: passed_over("alone")) == "alone"
    works = [keeping("a"), lambda: passed_over("b"), lambda: whole_passed_over("c"), keeping("d")]
    assert await asyncio.gather(*map(units.transact, works)) == list("abcd")
    assert await kept() == ["a", "alone", "b", "c", "d"]


async def test_what_could_not_be_committed_does_not_come_with_the_next(lite: None) -> None:
    await connection().execute_script(
        "CREATE TABLE deferred (id INTEGER REFERENCES seen_event (id) DEFERRABLE INITIALLY DEFERRED)"
    )
    with pytest.raises(Exception, match="FOREIGN KEY"):
        async with in_transaction():
            await SeenEvent.create(workspace_id=1, key="refused", at=NOON)
            await connection().execute_query("INSERT INTO deferred VALUES (99)")
    await SeenEvent.create(workspace_id=1, key="alone", at=NOON)
    assert await keep("next") == "next"
    assert await kept() == ["alone", "next"]


async def test_a_read_while_the_connections_are_closed_hangs_nothing(lite: None) -> None:
    conn = connection()
    closing = asyncio.create_task(conn.close())
    await asyncio.sleep(0)
    assert await asyncio.wait_for(kept(), 10) == []
    await closing
    assert await keep("later") == "later"


async def test_what_is_to_follow_a_commit_follows_it_once_and_no_failure(lite: None) -> None:
    units, told = Units(), list[str]()

    async def tells(key: str, *, fails: bool = False) -> None:
        after_commit(lambda: told.append(key))
        async with in_transaction():
            await SeenEvent.create(workspace_id=1, key=key, at=NOON)
            assert key not in told
            if fails:
                raise RuntimeError(key)

    works = [lambda: tells("a"), lambda: tells("b", fails=True), lambda: tells("c")]
    await asyncio.gather(*map(units.transact, works), return_exceptions=True)
    await units.run(lambda: tells("d"))
    assert told == ["a", "c", "d"]
    after_commit(lambda: told.append("outside"))
    assert told[-1] == "outside"

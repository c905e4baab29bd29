"""The traps that lose messages with what this is built on; each test bears its trap's name."""

from __future__ import annotations

import asyncio
import random
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from tortoise.transactions import in_transaction

from bot.app import Application
from bot.exits import DatabaseFault
from desk.units import Units
from models import Delivery, Message, SeenEvent
from models.database import connection, wanted_keys
from tests.scenario.acts import line, quiet, says, stored
from tests.scenario.wire import send_event
from tests.scenario.world import ANA, BEN, FAST, SUPPORT, World, database_url, make_network, the_world

RUINED = "ALTER TABLE conversation RENAME TO mislaid"
MENDED = "ALTER TABLE mislaid RENAME TO conversation"


@pytest.fixture
async def listening(tmp_path: Path) -> AsyncIterator[World]:
    """Slack through Socket Mode, with connections that count as lost after 1.2 s of silence."""
    quick = replace(FAST, socket_silence=timedelta(seconds=1.2), min_hold=timedelta(milliseconds=150))
    async with the_world(tmp_path, database_url(tmp_path), http=False, durations=quick) as made:
        yield made


async def test_an_event_whose_listener_fails_is_not_acknowledged_and_taken_once_when_repeated(
    world: World,
) -> None:
    card = await world.conversation()
    await quiet(world)
    await connection().execute_script(RUINED)
    try:
        said = await world.slack.act("say", user=ANA, channel=SUPPORT, thread_ts=card, text="On its way!")
        ts = said["ts"]
        event = {**(world.slack.message(SUPPORT, ts) or {}), "channel": SUPPORT}
        assert await send_event(world, event) == 500
        assert await Message.filter(slack_ts=ts).count() == 0
    finally:
        await connection().execute_script(MENDED)
    assert await send_event(world, event) == 200
    assert await send_event(world, event) == 200
    await world.provider.until(lambda: world.shown() == ["On its way!"])
    await line(world, card, "Ana took this")
    assert await Message.filter(slack_ts=ts).count() == 1
    assert world.shown() == ["On its way!"]


async def test_a_press_whose_listener_fails_is_not_acknowledged(shop: World) -> None:
    card = await shop.conversation()
    await quiet(shop)
    where = {"user": ANA, "channel": SUPPORT, "ts": card, "action_id": "conversation.assign_me"}
    await connection().execute_script(RUINED)
    try:
        assert (await shop.slack.act("press", **where))["status"] == 500
    finally:
        await connection().execute_script(MENDED)
    assert (await shop.slack.act("press", **where))["status"] == 200
    await shop.until(lambda: "Assigned to" in str(shop.cards()[0]["blocks"]))


async def test_a_post_after_a_dropped_connection_is_looked_up_not_repeated(world: World) -> None:
    card = await world.conversation()
    await quiet(world)
    before = len(world.slack.calls("chat.postMessage"))
    world.slack.fault("chat.postMessage", "lost_answer")
    await world.writes("mia", "Are you there?")
    await line(world, card, "Are you there?")
    await quiet(world)
    assert sum("Are you there?" in text for text in world.said(card)) == 1
    assert len(world.slack.calls("chat.postMessage")) == before + 1
    assert world.slack.calls("conversations.replies"), "the thread was asked"


async def test_a_cancelled_unit_of_work_hangs_nothing(world: World) -> None:
    units, chance, begun = world.app.desk.units, random.Random(7), []

    async def work() -> None:
        begun.append(1)
        async with in_transaction():
            await SeenEvent.get_or_create(
                {"workspace_id": 1, "at": world.app.desk.clock.now()}, key=f"cancelled {chance.random()}"
            )
            await SeenEvent.filter(key="nothing").exists()

    for _ in range(60):
        task = asyncio.create_task(units.run(work))
        for _ in range(chance.randrange(12)):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await world.conversation("mia", "Still there?")
    assert await SeenEvent.filter(key__startswith="cancelled").count() == len(begun) > 30, (
        "each ran to its end"
    )


async def test_a_task_started_in_a_transaction_does_not_inherit_it(world: World) -> None:
    units = world.app.desk.units
    tasks = []

    async def apart() -> None:
        now = world.app.desk.clock.now()
        await SeenEvent.create(workspace_id=1, key="apart", at=now)

    with pytest.raises(RuntimeError, match="undone"):
        async with in_transaction():
            await SeenEvent.create(workspace_id=1, key="inside", at=world.app.desk.clock.now())
            tasks.append(asyncio.create_task(units.run(apart)))
            await asyncio.sleep(0.05)
            raise RuntimeError("undone")
    await asyncio.gather(*tasks)
    assert await SeenEvent.exists(key="apart")
    assert not await SeenEvent.exists(key="inside")


async def test_two_who_make_the_same_row_at_once_both_succeed(world: World) -> None:
    """PostgreSQL tells the one who lost; it tries again and finds the row."""
    entered: list[int] = []

    async def work() -> None:
        async with in_transaction():
            entered.append(1)
            if not await SeenEvent.exists(key="both"):
                await asyncio.sleep(0.02)
                await SeenEvent.create(workspace_id=1, key="both", at=world.app.desk.clock.now())

    units: Units = world.app.desk.units
    await asyncio.gather(*(units.transact(work) for _ in range(4)))
    assert await SeenEvent.filter(key="both").count() == 1
    assert len(entered) >= 4


async def test_a_migration_keeps_the_unique_keys(tmp_path: Path, database: str) -> None:
    """Each of the keys that stop doubles, dropped as a careless migration would: the start refuses."""
    async with the_world(tmp_path, database) as world:
        config = world.config
        keys = sorted(wanted_keys())
    assert {("message", "external_key"), ("delivery", "idempotency_key"), ("seen_event", "key")} <= set(keys)
    await _drop_key(database, "message", "slack_key")
    with pytest.raises(DatabaseFault, match=r"lacks unique keys \(message\.slack_key\)"):
        await Application(config, make=make_network(False)).__aenter__()
    await _drop(database, "TABLE contact_word", "COLUMN last_reply_at")
    with pytest.raises(
        DatabaseFault, match=r"made by another version, .*\(it lacks contact_word, conv.*\): move"
    ):
        await Application(config, make=make_network(False)).__aenter__()


async def _drop(url: str, table: str, column: str) -> None:
    """As the tables of a version that did not have these yet."""
    statements = f"DROP {table}", f"ALTER TABLE conversation DROP {column}"
    if url.startswith("sqlite:"):
        with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as file:
            for statement in statements:
                file.execute(statement)
            file.commit()
        return
    conn = await asyncpg.connect(url.replace("asyncpg:", "postgres:", 1))
    try:
        for statement in statements:
            await conn.execute(statement)
    finally:
        await conn.close()


async def _drop_key(url: str, table: str, column: str) -> None:
    if url.startswith("sqlite:"):
        with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as file:
            (made,) = file.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table]).fetchone()
            careless = re.sub(rf'("{column}" \S+) +UNIQUE', r"\1", made)
            assert careless != made
            file.execute(f"ALTER TABLE {table} RENAME TO mislaid")
            file.execute(careless)
            file.execute(f"INSERT INTO {table} SELECT * FROM mislaid")  # noqa: S608 - names of ours
            file.execute("DROP TABLE mislaid")
            file.commit()
        return
    conn = await asyncpg.connect(url.replace("asyncpg:", "postgres:", 1))
    try:
        name = await conn.fetchval(
            "SELECT conname FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'u' "
            "AND conkey = (SELECT array_agg(attnum) FROM pg_attribute WHERE attrelid = $1::regclass "
            "AND attname = $2)",
            table,
            column,
        )
        await conn.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    finally:
        await conn.close()


async def test_socket_mode_events_are_ordered_by_ts(listening: World) -> None:
    card = await listening.conversation()
    texts = [f"answer {number}" for number in range(6)]
    listening.slack.events_fault(reorder=True)
    for text in texts:
        await says(listening, ANA, card, text)
    listening.slack.events_fault()
    await listening.provider.until(lambda: len(listening.shown()) == len(texts))
    assert listening.shown() == texts


async def test_a_silent_socket_is_replaced(listening: World) -> None:
    card = await listening.conversation()
    await listening.slack.cut_sockets(half_open=True)
    asked = len(listening.slack.calls("apps.connections.open"))
    await listening.slack.until(
        lambda: len(listening.slack.calls("apps.connections.open")) >= asked + 2, timeout=20
    )
    await says(listening, ANA, card, "Here again!")
    await listening.provider.until(lambda: listening.shown() == ["Here again!"], timeout=20)


async def test_our_own_edits_with_a_customers_name_are_ignored(shop: World) -> None:
    card = await shop.conversation()
    await quiet(shop)
    ours = next(m for m in shop.thread(card) if m.get("username"))
    before = await Message.all().count()
    changed = {
        "type": "message",
        "subtype": "message_changed",
        "channel": SUPPORT,
        "ts": "1900000000.000200",
        "message": {**ours, "text": "Something else", "edited": {"user": BEN, "ts": "1900000000.000200"}},
        "previous_message": ours,
    }
    assert await send_event(shop, changed) == 200
    deleted = {
        "type": "message",
        "subtype": "message_deleted",
        "channel": SUPPORT,
        "deleted_ts": ours["ts"],
        "previous_message": ours,
    }
    assert await send_event(shop, deleted) == 200
    await quiet(shop)
    assert await Message.all().count() == before
    assert shop.shown() == []
    assert len(shop.thread(card)) == 2, "the words and the profile"


async def test_a_sign_in_page_is_no_file(shop: World) -> None:
    card = await shop.conversation()
    scopes = [scope for scope in shop.slack.core.world.scopes if scope != "files:read"]
    assert (await shop.slack.act("set_scopes", user=ANA, scopes=scopes))["ok"]
    await says(shop, ANA, card, "The label", files=[{"name": "label.png", "content_base64": "iVBORw0KGgo="}])
    await stored(lambda: Delivery.filter(words__contains="files:read").exists())
    assert shop.shown() == []


async def test_an_upload_takes_three_steps_and_streams(shop: World) -> None:
    """`files_upload_v2` holds a file whole in memory; here its bytes come in pieces, in one request."""
    card = await shop.conversation()
    content = b"%PDF-1.4\n" + random.Random(3).randbytes(3_000_000)
    shop.provider.files["doc"] = content
    await shop.writes("mia", files=[{"ref": "doc", "name": "plan.pdf", "mime": "application/pdf"}])
    await shop.until(lambda: any(m.get("files") for m in shop.thread(card)))
    file = next(m for m in shop.thread(card) if m.get("files"))["files"][0]
    assert shop.slack.file_path(file["id"]).read_bytes() == content
    for step in ("files.getUploadURLExternal", "files.completeUploadExternal"):
        assert len(shop.slack.calls(step)) == 1
    assert shop.slack.calls("files.upload") == []

"""The visitors' history as a store: `seq`, keys, files, and what is forgotten."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from tortoise.transactions import in_transaction

from desk.hub import Hub
from desk.units import Units
from desk.visitors import Visitors, VisitorUnknown
from models import VisitorEvent, VisitorFile
from networks.base import Attachment
from networks.capabilities import MediaKind
from tests.networks.webchat.stage import HandClock


@pytest.fixture
async def visitors(tables: None, tmp_path: Path) -> AsyncIterator[Visitors]:
    units = Units()
    store = Visitors(1, {"shop": 7, "blog": 8}, tmp_path, HandClock(), units, hub=Hub())
    async with in_transaction():
        await store.enter("shop", "v_1")
        await store.enter("shop", "v_2")
    yield store
    await units.drain()


def said(text: str) -> dict[str, object]:
    return {"type": "message", "text": text}


async def test_each_visitor_counts_from_one_without_gaps(visitors: Visitors) -> None:
    first = [visitors.append("shop", "v_1", f"k{n}", said(str(n))) for n in range(30)]
    second = [visitors.append("shop", "v_2", f"k{n}", said(str(n))) for n in range(5)]
    seqs = await asyncio.gather(*first, *second)
    assert sorted(seqs[:30]) == list(range(1, 31))
    assert sorted(seqs[30:]) == list(range(1, 6))
    assert [e.seq for e in await visitors.after("shop", "v_1", 25)] == [26, 27, 28, 29, 30]


async def test_the_same_key_at_once_adds_once_and_says_the_same(visitors: Visitors) -> None:
    seqs = await asyncio.gather(*(visitors.append("shop", "v_1", "k", said("x")) for _ in range(10)))
    assert set(seqs) == {1}
    assert await VisitorEvent.all().count() == 1
    assert await visitors.append("shop", "v_1", "k2", said("y")) == 2


async def test_a_cancelled_caller_neither_loses_nor_hangs(visitors: Visitors) -> None:
    for turns in range(8):
        task = asyncio.create_task(visitors.append("shop", "v_1", f"k{turns}", said("x")))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(10):
        last = await visitors.append("shop", "v_1", "last", said("y"))
    assert last == await VisitorEvent.all().count()


async def test_nobody_knows_strangers(visitors: Visitors) -> None:
    for account, visitor in [("shop", "v_9"), ("blog", "v_1"), ("none", "v_1")]:
        with pytest.raises(VisitorUnknown):
            await visitors.append(account, visitor, "k", said("x"))
        assert await visitors.after(account, visitor, 0) == []
        assert await visitors.last_seq(account, visitor) == 0


async def test_a_rolled_back_event_leaves_no_gap(visitors: Visitors) -> None:
    with pytest.raises(RuntimeError):
        async with in_transaction():
            await visitors.add("shop", "v_1", "k", said("x"))
            raise RuntimeError
    assert await visitors.append("shop", "v_1", "k", said("x")) == 1


async def test_open_browsers_are_woken_after_the_commit_and_others_are_not(visitors: Visitors) -> None:
    with visitors.hub.listening("shop", "v_1") as mine, visitors.hub.listening("shop", "v_2") as other:
        await visitors.append("shop", "v_1", "k", said("x"))
        async with asyncio.timeout(10):
            await mine.wait(60)
        await other.wait(0.01)  # returns for the time alone; what counts is that nothing is told
        visitors.hub.tell("shop", "v_1", {"type": "typing"})
        assert mine.signals() == [{"type": "typing"}]
        assert mine.signals() == other.signals() == []
    assert visitors.hub.count("shop", "v_1") == 0


async def test_signals_are_bounded_and_the_newest_stay(visitors: Visitors) -> None:
    with visitors.hub.listening("shop", "v_1") as ear:
        for number in range(100):
            visitors.hub.tell("shop", "v_1", {"n": number})
        told = ear.signals()
    assert len(told) < 50
    assert told[-1] == {"n": 99}


async def test_what_was_taken_back_is_not_in_the_table_any_more(visitors: Visitors) -> None:
    body = {**said("secret"), "id": "a_1", "html": "secret", "files": [{"name": "secret"}]}
    await visitors.append("shop", "v_1", "a_1", body)
    await visitors.append("shop", "v_1", "x_1", {"type": "message.update", "id": "a_1", "text": "mild"})
    assert (await visitors.after("shop", "v_1", 0))[0].body == {
        "type": "message",
        "id": "a_1",
        "text": "mild",
        "edited": True,
        "files": [{"name": "secret"}],
    }
    await visitors.append("shop", "v_1", "x_2", {"type": "message.delete", "id": "a_1"})
    await visitors.append("shop", "v_1", "x_3", {"type": "message.update", "id": "a_1", "text": "late"})
    assert "secret" not in str((await visitors.after("shop", "v_1", 0))[0].body)
    assert (await visitors.after("shop", "v_1", 0))[0].body["text"] == ""


async def test_a_file_is_kept_once_and_only_for_its_account(visitors: Visitors, tmp_path: Path) -> None:
    first, second = await asyncio.gather(
        *(visitors.keep("shop", "v_1", "k", attachment(b"abc")) for _ in range(2))
    )
    assert first == second
    assert await visitors.keep("shop", "v_1", "k", attachment(b"abc")) == first
    assert await VisitorFile.all().count() == 1
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [first.upload_id]
    assert b"".join([c async for c in visitors.read("shop", first.upload_id)]) == b"abc"
    for account, upload_id in [
        ("blog", first.upload_id),
        ("shop", "k_no"),
        ("shop", "../../etc/passwd"),
        ("x", "y"),
    ]:
        with pytest.raises(FileNotFoundError):
            async for _ in visitors.read(account, upload_id):
                pytest.fail("there was something")


async def test_an_account_only_owns_its_visitors_files(visitors: Visitors) -> None:
    kept = await visitors.keep("shop", "v_1", "k", attachment(b"abc"))
    assert await visitors.own_files("shop", "v_1", [kept.upload_id]) == [kept]
    assert await visitors.own_files("shop", "v_2", [kept.upload_id]) is None


async def test_uploads_that_went_with_no_message_are_swept_after_a_day(
    visitors: Visitors, tmp_path: Path
) -> None:
    files, clock = visitors.files, visitors.files.clock
    assert isinstance(clock, HandClock)
    kept = await visitors.keep("shop", "v_1", "k", attachment(b"abc"))
    sent, unsent = [await visitors.upload("shop", "v_1", "a.txt", chunks(b"abc"), 10) for _ in range(2)]
    part = tmp_path / "7" / f"{unsent.upload_id}.0123abcd.part"
    part.write_bytes(b"left by a crash")
    os.utime(part, (clock.at.timestamp(), clock.at.timestamp()))
    await files.went([sent.upload_id])
    clock.pass_(timedelta(hours=23))
    young = await visitors.upload("shop", "v_2", "b.txt", chunks(b"abc"), 10)
    assert (await files.sweep(), part.exists()) == (0, True)
    clock.pass_(timedelta(hours=2))
    assert await files.sweep() == 1
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {kept.upload_id, sent.upload_id, young.upload_id}
    assert await visitors.own_files("shop", "v_1", [unsent.upload_id]) is None
    with pytest.raises(FileNotFoundError):
        await files.went([sent.upload_id, unsent.upload_id])


async def chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content


def attachment(content: bytes) -> Attachment:
    async def chunks() -> AsyncIterator[bytes]:
        yield content

    async def link() -> str:
        return "https://files.example/a"

    return Attachment(
        name="a.txt", mime_type="text/plain", size=3, kind=MediaKind.DOCUMENT, open=chunks, link=link
    )

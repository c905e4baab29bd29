"""SQL that is written once: it does what Tortoise's own does, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tortoise import Tortoise
from tortoise.exceptions import DoesNotExist, IntegrityError
from tortoise.models import Model

from bot import database as roof
from desk.delivery import outbox
from models import (
    Account,
    Contact,
    Conversation,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Direction,
    Message,
    MessageState,
)
from models.lookup import Chain, Insert, Lookup, Pair, Update
from tests.scenario.world import with_tables

NOON = datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
async def tables(database: str) -> AsyncIterator[None]:
    """An empty database of its own, without the program."""
    await with_tables(database)
    await Tortoise.init(config=roof.tortoise_config(database))
    yield
    await Tortoise.close_connections()


def columns(row: Model) -> dict[str, object]:
    return {name: getattr(row, name) for name in row._meta.fields_db_projection}


async def test_a_new_row_is_what_is_read_of_it(tables: None) -> None:
    said = await Message.new(
        workspace_id=1,
        conversation_id=2,
        direction=Direction.NOTE,
        state=MessageState.KEPT,
        slack_key="1:C:1.2",
        author="U1",
        text="“Ü” \U0001f600",
        detail={"file": "ä.pdf", "size": 3},
        sent_at=NOON,
        created_at=NOON,
    )
    assert columns(said) == columns(await Message.get(id=said.id))
    assert (said.styles, said.placeholder, said.sent_at, said.state) == ({}, "", NOON, MessageState.KEPT)
    row = await Insert(Delivery).one(
        workspace_id=1,
        kind=DeliveryKind.PART,
        pace_key="p",
        idempotency_key="k",
        due_at=NOON,
        created_at=NOON,
    )
    assert columns(row) == columns(await Delivery.get(id=row.id))
    assert row.unfinished is True
    wanted = {"kind": DeliveryKind.PART, "pace_key": "p", "due_at": NOON, "created_at": NOON}
    number = await Insert(Delivery).id(workspace_id=1, idempotency_key="l", **wanted)
    assert (await Delivery.get(id=number)).idempotency_key == "l"
    with pytest.raises(IntegrityError):
        await Message.new(**{name: value for name, value in columns(said).items() if name != "id"})
    with pytest.raises(TypeError, match="Message has no words"):
        await Message.new(words="x")


async def test_a_row_is_read_with_the_one_it_belongs_to(tables: None) -> None:
    account = await Account.create(workspace_id=1, key="fake:shop", name="shop", network="fake", title="Shop")
    values = {"workspace_id": 1, "account_id": account.id, "external_id": "mia", "name": "Mia"}
    mia = await Contact.create(**values, key=f"{account.id}:mia", first_seen=NOON)
    both = Pair(Contact, Account, via="account_id", where="contact.id = ?")
    found, its = await both.get(mia.id)
    assert (columns(found), columns(its)) == (columns(mia), columns(account))
    assert found.first_seen == NOON
    one = Lookup(Contact, "key = ?")
    assert (await one.get(mia.key)).id == mia.id
    assert await one.exists(mia.key)
    assert not await one.exists("1:tom")
    assert await one.one("1:tom") is None
    for asked in (both.get(0), one.get("1:tom")):
        with pytest.raises(DoesNotExist):
            await asked


async def row_of(number: int, **values: Any) -> Delivery:
    return await Delivery.create(
        workspace_id=1,
        kind=DeliveryKind.PART,
        pace_key="net:1",
        idempotency_key=f"k{number}",
        due_at=NOON,
        created_at=NOON,
        **values,
    )


async def test_a_change_is_what_tortoise_would_have_written(tables: None) -> None:
    one, other = await row_of(1), await row_of(2)
    of_id = Update(Delivery, "id = ? AND state IN (?, ?)")
    values = {"state": DeliveryState.DEAD, "unfinished": False, "result": {"ä": [1]}, "started_at": NOON}
    assert await of_id.set(one.id, DeliveryState.PENDING, DeliveryState.SENDING, **values) == 1
    assert await of_id.set(one.id, DeliveryState.PENDING, DeliveryState.SENDING, **values) == 0
    await Delivery.filter(id=other.id).update(**values)
    mine, theirs = await Delivery.get(id=one.id), await Delivery.get(id=other.id)
    assert {**columns(mine), "id": 0, "idempotency_key": ""} == {
        **columns(theirs),
        "id": 0,
        "idempotency_key": "",
    }
    assert await of_id.set(one.id, DeliveryState.DEAD, DeliveryState.DEAD, started_at=None) == 1
    assert (await Delivery.get(id=one.id)).started_at is None
    with pytest.raises(TypeError, match="Delivery has no colour"):
        await of_id.set(one.id, DeliveryState.DEAD, DeliveryState.DEAD, colour="green")
    await Delivery.filter(id=one.id).update(receipt_key="r")
    with pytest.raises(IntegrityError):
        await of_id.set(other.id, DeliveryState.DEAD, DeliveryState.DEAD, receipt_key="r")


async def test_fresh_rows_are_claimed_at_once_and_no_others(tables: None) -> None:
    fresh = [await row_of(number) for number in range(3)]
    others = [
        await row_of(10, attempts=1),
        await row_of(11, result={"doubtful": True}),
        await row_of(12, state=DeliveryState.CANCELLED, unfinished=False),
    ]
    ids = [row.id for row in (*fresh, *others)]
    taken = await outbox.claim_fresh(ids, "me", NOON, timedelta(seconds=60))
    assert sorted(row.id for row in taken) == [row.id for row in fresh]
    for row in taken:
        assert columns(row) == columns(await Delivery.get(id=row.id))
        assert (row.state, row.attempts, row.lease_owner) == (DeliveryState.SENDING, 1, "me")
        assert row.started_at == NOON
    assert await outbox.claim_fresh(ids, "another", NOON, timedelta(seconds=60)) == []


async def test_what_is_asked_for_beside_a_row_and_rows_in_a_chain(tables: None) -> None:
    account = await Account.create(workspace_id=1, key="fake:shop", name="shop", network="fake", title="Shop")
    values = {"workspace_id": 1, "account_id": account.id, "external_id": "mia", "name": "Mia"}
    mia = await Contact.create(**values, key=f"{account.id}:mia", first_seen=NOON)
    at: dict[str, Any] = {"changed_at": NOON, "created_at": NOON, "last_inbound_at": NOON}
    case = await Conversation.create(
        workspace_id=1, account_id=account.id, contact_id=mia.id, channel="C1", **at
    )
    via = ("contact_id", "account_id")
    chain = Chain(Conversation, Contact, Account, via=via, where="conversation.id = ?")
    found = await chain.one(case.id)
    assert found
    assert [columns(row) for row in found] == [columns(row) for row in (case, mia, account)]
    assert await chain.one(0) is None
    talk = "EXISTS (SELECT 1 FROM conversation WHERE contact_id = contact.id AND channel = ?)"
    beside = Lookup(Contact, "key = ?", beside={"talk": talk})
    for channel, there in (("C1", True), ("C2", False)):
        row, more = await beside.with_beside(channel, mia.key)
        assert row
        assert (row.id, bool(more["talk"])) == (mia.id, there)
    assert await beside.with_beside("C1", "1:tom") == (None, {})

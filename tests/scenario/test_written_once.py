"""SQL that is written once: it does what Tortoise's own does, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from tortoise import Tortoise
from tortoise.exceptions import DoesNotExist, IntegrityError
from tortoise.models import Model

from bot import database as roof
from models import Account, Contact, Delivery, DeliveryKind, Direction, Message, MessageState
from models.lookup import Insert, Lookup, Pair
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

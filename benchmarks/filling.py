"""Large databases, multiplied from one real conversation by the database itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tortoise import Tortoise
from tortoise.models import Model

from benchmarks.stage import ANA, BEN, Stage, people
from bot import database as roof
from models import Contact, Conversation, Delivery, DeliveryKind, Message, Post
from models.database import connection

FIRST = 10_000_000
"""The ids that are made up begin here."""
_DAY = 86_400


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[None]:
    """The tables, without the program."""
    await Tortoise.init(config=roof.tortoise_config(url))
    try:
        yield
    finally:
        await Tortoise.close_connections()


async def fill(stage: Stage, *, conversations: int, messages: int, open_: int) -> None:
    """Make so many conversations, of which `open_` are unassigned or somebody's, the others closed or
    archived, and so many messages with their deliveries and posts. Starts and stops the program once."""
    await stage.start()
    await stage.begins("shop0", people(0, 1))
    await stage.stop()
    async with opened(stage.order.database):
        await _multiply(conversations, messages, open_)


async def _multiply(conversations: int, messages: int, open_: int) -> None:
    first = await Conversation.first()
    contact, message = await Contact.first(), await Message.first()
    row = await Delivery.filter(kind=DeliveryKind.WORDS).first()
    post = await Post.first()
    if not (first and contact and message and row and post):
        raise RuntimeError("there is no conversation to multiply")
    account = f"{contact.account_id}"
    name = f"'Anna' || (n.i % 1000) || ' Berg' || (n.i % {max(conversations // 20, 1)})"
    await _copies(
        Contact, contact.id, conversations, key=f"'{account}:f' || n.i", external_id="'f' || n.i", name=name
    )
    for word in ("'anna' || (n.i % 1000)", f"'berg' || (n.i % {max(conversations // 20, 1)})"):
        await _words(contact, conversations, word)
    live = f"n.i <= {open_}"
    closed = f"n.i % 5 = 0 AND NOT {live}"
    ended = f"CASE WHEN {live} THEN NULL ELSE {_earlier(f'n.i % {14 * _DAY}')} END"
    await _copies(
        Conversation,
        first.id,
        conversations,
        contact_id=f"{FIRST} + n.i",
        open_key=f"CASE WHEN {live} OR {closed} THEN CAST({FIRST} + n.i AS TEXT) END",
        status=f"CASE WHEN {live} THEN CASE WHEN n.i % 2 = 0 THEN 'inbox' ELSE 'unassigned' END "
        f"WHEN {closed} THEN 'closed' ELSE 'archived' END",
        assignee=f"CASE WHEN {live} AND n.i % 2 = 0 THEN {_one_in(100)} END",
        waiting_since=f"CASE WHEN {live} AND n.i % 3 > 0 THEN {_earlier(f'n.i % {3 * _DAY}')} END",
        last_inbound_at=_earlier(f"n.i % {3 * _DAY}"),
        closed_by=f"CASE WHEN {live} THEN NULL ELSE {_one_in(50)} END",
        closed_at=ended,
        archived_at=f"CASE WHEN {live} OR {closed} THEN NULL ELSE {_earlier(f'n.i % {14 * _DAY}')} END",
        card_ts="'15' || (100000000 + n.i) || '.000100'",
        remind_at="NULL",
    )
    whose = f"{FIRST} + 1 + n.i % {conversations}"
    await _copies(
        Message,
        message.id,
        messages,
        conversation_id=whose,
        external_key=f"'{account}:f' || n.i",
        created_at=_earlier(f"n.i % {30 * _DAY}"),
        post_id=f"{FIRST} + n.i",
    )
    await _copies(
        Delivery,
        row.id,
        messages,
        conversation_id=whose,
        message_id=f"{FIRST} + n.i",
        idempotency_key="'f' || n.i",
        lane=f"'t' || ({whose})",
        state="'delivered'",
        unfinished="FALSE",
        receipt_key="NULL",
        coalesce_key="NULL",
    )
    await _copies(
        Post, post.id, messages, conversation_id=whose, key="'f' || n.i", ts="'15' || n.i", kind="'words'"
    )
    if _postgres():
        await connection().execute_script("ANALYZE")


def _one_in(many: int) -> str:
    """Ana for one in so many, Ben for the others."""
    return f"CASE WHEN n.i % {many} = 0 THEN '{ANA}' ELSE '{BEN}' END"


def _postgres() -> bool:
    return connection().capabilities.dialect == "postgres"


def _earlier(seconds: str) -> str:
    """A moment so many seconds before the conversation began."""
    if _postgres():
        return f"s.created_at - ({seconds}) * interval '1 second'"
    return f"strftime('%Y-%m-%d %H:%M:%S', s.created_at, '-' || ({seconds}) || ' seconds') || '.000000+00:00'"


_SERIES = (
    "(WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {}) SELECT i FROM c) AS n"
)


async def _copies(model: type[Model], id_: int, number: int, **others: str) -> None:
    """Copies of a row with other values, as SQL in terms of `n.i` and the row `s`."""
    columns = list(model._meta.fields_db_projection.values())
    values = [{"id": f"{FIRST} + n.i", **others}.get(name, f's."{name}"') for name in columns]
    names = ", ".join(f'"{name}"' for name in columns)
    table = model._meta.db_table
    sql = (
        f'INSERT INTO "{table}" ({names}) SELECT {", ".join(values)} '  # noqa: S608 - our own words
        f'FROM "{table}" AS s, {_SERIES.format(number)} WHERE s.id = {id_}'
    )
    await connection().execute_script(sql)


async def _words(contact: Contact, number: int, word: str) -> None:
    """Each contact is found by this word."""
    raw = f"convert_to({word}, 'UTF8')" if _postgres() else f"CAST({word} AS BLOB)"
    values = f"{contact.workspace_id}, {contact.account_id}, {FIRST} + n.i, {raw}"
    sql = (
        "INSERT INTO contact_word (workspace_id, account_id, contact_id, word) "  # noqa: S608 - our own words
        f"SELECT {values} FROM {_SERIES.format(number)}"
    )
    await connection().execute_script(sql)

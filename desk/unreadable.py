"""What was signed but cannot be read or stored: kept as it came, and shown to those who run the program."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from desk import operators
from desk.context import ConnectedAccount, Desk
from desk.slack import posts
from models import RawPayload
from networks.events import DeliveryReport, InboundEvent, InboundMessage

LONGEST_ID = 255
Flawed = tuple[InboundEvent, str]
"""An event that no network should give, and what is wrong with it."""


def sifted(events: Iterable[InboundEvent]) -> tuple[list[InboundEvent], list[Flawed]]:
    """The events that can be stored, and the others. Pure."""
    judged = [(event, flaw(event)) for event in events]
    return [event for event, why in judged if not why], [(event, why) for event, why in judged if why]


def flaw(event: InboundEvent) -> str:
    """Why an event cannot be stored; empty: it can. Pure."""
    unnamed = isinstance(event, DeliveryReport) and event.up_to
    for name in ("event_id", "contact_id", *(() if unnamed else ("external_id",))):
        value = getattr(event, name, None)
        if value is not None and not 0 < len(value) <= LONGEST_ID:
            return f"the {name} has {len(value)} characters"
    return "" if all(map(_storable, _opaque(event))) else "an id has characters that cannot be stored"


def _opaque(event: InboundEvent) -> Iterator[str]:
    """What is kept as it came; words are cleaned."""
    yield from (event.event_id, event.contact_id, getattr(event, "external_id", ""))
    if isinstance(event, InboundMessage):
        yield from (event.reply_to or "", event.reply_handle or "")
        yield from (file.ref for file in event.attachments)


def _storable(text: str) -> bool:
    """Whether every database takes it: no NUL, no lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


async def keep(
    desk: Desk, body: bytes, *, source: str, why: str, account: ConnectedAccount | None = None
) -> bool:
    """Store the bytes and say so, at most one post an hour for each source; one transaction.

    `source` is people's name of the sender, `why` what is wrong with it, without its words.
    A repeat does nothing. Returns whether it was new. The caller wakes the worker.
    """
    try:
        return await _keep(desk, body, source, why, account)
    except IntegrityError:  # the same came twice at once
        return await _keep(desk, body, source, why, account)


async def _keep(desk: Desk, body: bytes, source: str, why: str, account: ConnectedAccount | None) -> bool:
    account_id = account.id if account else None
    key = hashlib.sha256(f"{source}:{account_id}:".encode() + body).hexdigest()
    now = desk.clock.now()
    async with in_transaction():
        if await RawPayload.exists(key=key):
            return False
        row = await RawPayload.create(
            workspace_id=desk.workspace.id,
            account_id=account_id,
            key=key,
            source=source[:64],
            body=body,
            reason=why,
            at=now,
        )
        place = f"{source} · {account.config.title}" if account else source
        hour = int(now.timestamp()) // 3600
        once = f"unreadable:{desk.workspace.id}:{source}:{account_id}:{hour}"
        await operators.tell(desk, posts.unreadable(row.id, place, len(body)), account_id, once=once)
    return True

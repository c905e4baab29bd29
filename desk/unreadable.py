"""What was signed but cannot be read or stored: kept as it came, and shown to those who run the program."""

from __future__ import annotations

import hashlib

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from desk import operators
from desk.context import ConnectedAccount, Desk
from desk.slack import posts
from models import RawPayload


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

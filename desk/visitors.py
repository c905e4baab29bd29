"""The history of each visitor of a website: there we are the provider.

A message exists when its row is committed; open browsers are woken after that and read the
rows after the last they have. `seq` rises by one per visitor, given under the row's lock,
so that the order of `seq` is the order of commits.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F
from tortoise.transactions import in_transaction

from desk.clock import Clock
from desk.hub import Hub
from desk.units import Units
from desk.visitor_files import FileStore
from models import Visitor, VisitorEvent
from networks.base import Attachment, KeptFile

_CHANGES = ("message.update", "message.delete")


class VisitorUnknown(LookupError):
    """No such visitor, or none of this account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event of a visitor's history."""

    seq: int
    body: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """Where an event stands, and whether it was new."""

    seq: int
    new: bool


class Visitors:
    """Every visitor of every site, their events and files: a `networks.base.VisitorStore`.

    Methods marked "joins" run in the caller's transaction; the others are units of work of
    their own, safe to repeat and to cancel. `hub` wakes open browsers of this process.
    """

    def __init__(
        self,
        workspace_id: int,
        account_ids: Mapping[str, int],
        folder: Path,
        clock: Clock,
        units: Units,
        *,
        hub: Hub,
    ) -> None:
        self._workspace_id = workspace_id
        self._account_ids = dict(account_ids)
        self._clock = clock
        self._units = units
        self.hub = hub
        self.files = FileStore(workspace_id=workspace_id, folder=folder, clock=clock, units=units)

    async def append(self, account: str, visitor: str, key: str, body: Mapping[str, object]) -> int:
        """Add one event; return its `seq`. The same `key` twice adds once and returns the same.

        Raises `VisitorUnknown`.
        """

        async def work() -> Added:
            async with in_transaction():
                return await self.add(account, visitor, key, body)

        added = await self._units.run(work)
        self.hub.wake(account, visitor)
        return added.seq

    async def add(self, account: str, visitor: str, key: str, body: Mapping[str, object]) -> Added:
        """`append` that joins the caller's transaction; the caller wakes the hub after its commit."""
        visitor_key, now = self._key(account, visitor), self._clock.now()
        if not await Visitor.filter(key=visitor_key).update(seen_at=now):  # takes the row's lock
            raise VisitorUnknown(visitor)
        row = await Visitor.get(key=visitor_key)
        known = await VisitorEvent.get_or_none(key=_event_key(row.id, key))
        if known is not None:
            return Added(seq=known.seq, new=False)
        await Visitor.filter(id=row.id).update(last_seq=F("last_seq") + 1)
        seq = row.last_seq + 1
        await VisitorEvent.create(
            workspace_id=self._workspace_id,
            visitor_id=row.id,
            seq=seq,
            key=_event_key(row.id, key),
            place=f"{row.id}:{seq}",
            body=dict(body),
            at=now,
        )
        await _rewrite(row.id, body)
        return Added(seq=seq, new=True)

    async def keep(self, account: str, visitor: str, key: str, attachment: Attachment) -> KeptFile:
        """Copy a file into the visitor's history, streamed. The same `key` twice keeps once.

        Raises `VisitorUnknown`.
        """
        row = await self._row(account, visitor)
        if row is None:
            raise VisitorUnknown(visitor)
        return await self.files.keep(row, key, attachment)

    def read(self, account: str, upload_id: str) -> AsyncIterator[bytes]:
        """Stream a file of this account. Raises `FileNotFoundError`."""
        return self.files.read(self._account_ids.get(account, 0), upload_id)

    async def locate(self, account: str, upload_id: str) -> tuple[KeptFile, Path]:
        """A file of this account and where its bytes are. Raises `FileNotFoundError`."""
        return await self.files.locate(self._account_ids.get(account, 0), upload_id)

    async def upload(
        self, account: str, visitor: str, name: str, chunks: AsyncIterator[bytes], limit: int
    ) -> KeptFile:
        """Store what a visitor uploads, streamed and counted. Raises `desk.media.TooLarge`."""
        row = await self._units.run(lambda: self.enter(account, visitor))
        return await self.files.take(row, name, chunks, limit)

    async def own_files(self, account: str, visitor: str, upload_ids: list[str]) -> list[KeptFile] | None:
        """These files in this order, if all are this visitor's; else None."""
        row = await self._row(account, visitor)
        return await self.files.owned(row.id, upload_ids) if row else None

    async def enter(self, account: str, visitor: str) -> Visitor:
        """The visitor's row, made where there is none. Joins."""
        key, now = self._key(account, visitor), self._clock.now()
        found = await Visitor.get_or_none(key=key)
        if found is not None:
            return found
        try:
            async with in_transaction():  # a savepoint: PostgreSQL refuses all that follows an error
                return await Visitor.create(
                    workspace_id=self._workspace_id,
                    account_id=self._account_ids[account],
                    key=key,
                    visitor=visitor,
                    created_at=now,
                    seen_at=now,
                )
        except IntegrityError:
            return await Visitor.get(key=key)

    async def after(self, account: str, visitor: str, seq: int, limit: int = 100) -> list[Entry]:
        """The visitor's events after `seq`, oldest first."""
        row = await self._row(account, visitor)
        if row is None or row.last_seq <= seq:
            return []
        found = VisitorEvent.filter(workspace_id=self._workspace_id, visitor_id=row.id, seq__gt=seq)
        return [Entry(seq=e.seq, body=e.body, at=e.at) for e in await found.order_by("seq").limit(limit)]

    async def last_seq(self, account: str, visitor: str) -> int:
        """How far the visitor's history goes; 0 for who has none."""
        row = await self._row(account, visitor)
        return row.last_seq if row else 0

    async def event(self, account: str, visitor: str, key: str) -> Mapping[str, Any] | None:
        """The body of the event with this key, if the visitor's history has it."""
        row = await self._row(account, visitor)
        found = await VisitorEvent.get_or_none(key=_event_key(row.id, key)) if row else None
        return found.body if found else None

    async def identity(self, account: str, visitor: str) -> Mapping[str, Any]:
        """What the visitor's site said of them; empty if nothing."""
        row = await self._row(account, visitor)
        identity: Mapping[str, Any] = (row.profile or {}).get("identity", {}) if row else {}
        return identity

    async def set_identity(self, account: str, visitor: str, identity: Mapping[str, object]) -> bool:
        """Store what the site says; True if that is news. Joins.

        What was vouched for is not replaced by what was not.
        """
        row = await self.enter(account, visitor)
        profile = dict(row.profile or {})
        before = profile.get("identity", {})
        if before == identity or (before.get("verified") and not identity.get("verified")):
            return False
        await Visitor.filter(id=row.id).update(profile={**profile, "identity": dict(identity)})
        return True

    async def recognise(self, account: str, user: str, current: str | None, fresh: str) -> str:
        """The visitor who is this signed-in person of the site, in whichever browser. Joins.

        The first browser that brings the person keeps its history and becomes theirs;
        a browser that is another person's already never does. `fresh` is used when neither fits.
        """
        alias = await self.enter(account, "id_" + hashlib.sha256(user.encode()).hexdigest()[:32])
        known = (alias.profile or {}).get("same_as")
        if known:
            return str(known)
        row = await self._row(account, current) if current else None
        taken = row is not None and "user" in (row.profile or {})
        visitor = fresh if current is None or taken else current
        person = await self.enter(account, visitor)
        await Visitor.filter(id=person.id).update(profile={**(person.profile or {}), "user": alias.id})
        await Visitor.filter(id=alias.id).update(profile={"same_as": visitor})
        return visitor

    async def _row(self, account: str, visitor: str) -> Visitor | None:
        if account not in self._account_ids:
            return None
        return await Visitor.get_or_none(key=self._key(account, visitor), workspace_id=self._workspace_id)

    def _key(self, account: str, visitor: str) -> str:
        if account not in self._account_ids:
            raise VisitorUnknown(account)
        return f"{self._account_ids[account]}:{visitor}"[:160]


def _event_key(visitor_id: int, key: str) -> str:
    if len(key) > 120:
        key = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
    return f"{visitor_id}:{key}"


async def _rewrite(visitor_id: int, change: Mapping[str, object]) -> None:
    """Carry a change into the message it is of, so that a replay never shows what was taken back."""
    if change.get("type") not in _CHANGES:
        return
    found = await VisitorEvent.get_or_none(key=_event_key(visitor_id, str(change.get("id"))))
    if found is None or found.body.get("type") != "message":
        return
    body = dict(found.body)
    if change["type"] == "message.delete":
        body |= {"text": "", "deleted": True}
        body.pop("html", None)
        body.pop("files", None)
    elif not body.get("deleted"):
        body |= {"text": change.get("text", ""), "edited": True}
        body.pop("html", None)
    await VisitorEvent.filter(id=found.id).update(body=body)

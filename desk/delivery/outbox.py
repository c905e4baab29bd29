"""The outbox: the only writer of `Delivery`.

`enqueue` runs inside the transaction of what caused the effect. A row is claimed by
compare-and-set with a lease, and settled with what became of it. Only the oldest
unfinished row of a lane can be claimed: that is the order guarantee.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tortoise.expressions import F

from desk.delivery import keys
from models import Delivery, DeliveryKind, DeliveryState
from models.lookup import Insert, Lookup, Statement, Taken, Update

_NEW = Insert(Delivery)
_ROW = Lookup(Delivery, "id = ?")
_JOINED = Statement(
    "UPDATE delivery SET due_at = CASE WHEN due_at > ? THEN ? ELSE due_at END"
    " WHERE coalesce_key = ? RETURNING id"
)
TOGETHER = 16
"""So many fresh rows are claimed at once at most."""
_FRESH = Taken(
    Delivery,
    "state = ?, lease_owner = ?, lease_until = ?, started_at = ?, attempts = 1, coalesce_key = NULL",
    f"id IN ({', '.join('?' for _ in range(TOGETHER))})"
    " AND state = 'pending' AND unfinished = TRUE AND attempts = 0 AND result = '{}'",
)
_CLAIMED = Update(Delivery, "id = ? AND state = ? AND unfinished = TRUE AND attempts = ?")
_HAS_RECEIPT = Lookup(Delivery, "receipt_key = ? AND id <> ?")
_ARRIVED = Update(Delivery, "id = ? AND state IN (?, ?, ?)")
_ENDED = Update(Delivery, "id = ? AND state = ? AND lease_owner = ?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One effect to be: a row of the outbox before it is written."""

    workspace_id: int
    kind: DeliveryKind
    pace_key: str
    due_at: datetime
    rank: int = 5
    lane: str | None = None
    order_key: str = ""
    account_id: int | None = None
    conversation_id: int | None = None
    message_id: int | None = None
    coalesce_key: str | None = None
    idempotency_key: str | None = None
    blocked_by_id: int | None = None
    parked_by: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


async def enqueue(effect: Effect, now: datetime) -> int:
    """Write one row; return its id. A pending row with the same `coalesce_key` stands for it."""
    if effect.coalesce_key and (standing := await _join(effect)):
        return standing
    return await _NEW.id(
        workspace_id=effect.workspace_id,
        kind=effect.kind,
        pace_key=effect.pace_key,
        due_at=effect.due_at,
        rank=effect.rank,
        lane=effect.lane,
        order_key=effect.order_key,
        account_id=effect.account_id,
        conversation_id=effect.conversation_id,
        message_id=effect.message_id,
        coalesce_key=effect.coalesce_key,
        idempotency_key=effect.idempotency_key or secrets.token_hex(16),
        blocked_by_id=effect.blocked_by_id,
        parked_by=effect.parked_by,
        payload=dict(effect.payload),
        created_at=now,
    )


async def _join(effect: Effect) -> int | None:
    """Let a pending row stand for this one, too. Touching it holds its claim back until we
    commit, so that what it draws is never older than this change."""
    standing = await _JOINED.run(effect.due_at, effect.due_at, effect.coalesce_key)
    return int(standing[0]["id"]) if standing else None


Along = Callable[[Delivery], Awaitable[Sequence[int]]]
"""Which rows behind this one in its lane leave with it, as one."""


async def claim(
    delivery_id: int, owner: str, now: datetime, lease: timedelta, along: Along | None = None
) -> Delivery | None:
    """Take one row for an attempt; None if somebody else did, or it was cancelled.

    An uncertain row keeps `started_at`: the look-up begins at the attempt that is in doubt; and it
    keeps its `run`, the rows that left `along` with it. Those wait in their lane meanwhile, and are
    settled with the row or else go by themselves.
    When it raises, the row may be ours or not: see `let_go`.
    """
    row = await _ROW.one(delivery_id)
    if row is None or not row.unfinished or row.state not in _CLAIMABLE:
        return None
    doubtful = row.state is DeliveryState.UNCERTAIN or bool(row.result.get("doubtful"))
    run = row.result.get("run", []) if doubtful or not along else list(await along(row))
    values: dict[str, Any] = {
        "state": DeliveryState.SENDING,
        "lease_owner": owner,
        "lease_until": now + lease,
        "started_at": row.started_at if doubtful else now,
        "attempts": row.attempts + 1,
        "coalesce_key": None,
        "result": {**row.result, "doubtful": doubtful, "run": run},
    }
    won = await _CLAIMED.set(delivery_id, row.state, row.attempts, **values)
    return row.update_from_dict(values) if won else None


async def claim_fresh(ids: Sequence[int], owner: str, now: datetime, lease: timedelta) -> list[Delivery]:
    """Take `TOGETHER` rows at most of which no attempt counts, each for one of its own; those that
    somebody else took, or cancelled, are not among the result.

    When it raises, the rows may be ours or not: see `let_go`.
    """
    wanted = [*ids, *[0] * (TOGETHER - len(ids))]
    return await _FRESH.all(DeliveryState.SENDING, owner, now + lease, now, *wanted)


async def yield_turn(row: Delivery, now: datetime) -> int:
    """A lane had its turn: what is left in it queues behind all who wait by now. How many are left."""
    rest = Delivery.filter(lane=row.lane, unfinished=True).exclude(id__in=[row.id, *row.result["run"]])
    if (follower := await rest.order_by("order_key", "id").first()) is None:
        return 0
    await Delivery.filter(id=follower.id, due_at__lt=now).update(due_at=now)
    return await rest.count()


async def let_go(ids: Iterable[int], owner: str, now: datetime) -> int:
    """Give back rows that were claimed and certainly never left, as if the claim had not been."""
    return await Delivery.filter(id__in=list(ids), state=DeliveryState.SENDING, lease_owner=owner).update(
        state=DeliveryState.PENDING,
        due_at=now,
        attempts=F("attempts") - 1,
        lease_owner=None,
        lease_until=None,
    )


_CLAIMABLE = (DeliveryState.PENDING, DeliveryState.UNCERTAIN)
_MAY_ARRIVE = (DeliveryState.SENDING, DeliveryState.PENDING, DeliveryState.UNCERTAIN)


async def note(row: Delivery, **learned: Any) -> None:
    """Keep what an attempt learned before its decisive call (file ids), committed at once."""
    row.result = {**row.result, **learned}
    await Delivery.filter(id=row.id).update(result=row.result)


async def settle(
    row: Delivery,
    state: DeliveryState,
    now: datetime,
    *,
    words: str = "",
    receipt_key: str | None = None,
    **learned: Any,
) -> bool:
    """End a row for good. A receipt that comes late still counts: UNCERTAIN → DELIVERED.

    Returns whether this call ended it. What waited for the row goes on. A receipt that another
    row bears already, because the network took both for one, is not kept twice.
    """
    row.result = {**row.result, **learned}
    receipt = receipt_key[:600] if receipt_key else None
    if receipt and await _HAS_RECEIPT.exists(receipt, row.id):
        receipt = None
    values: dict[str, Any] = {
        "state": state,
        "unfinished": False,
        "settled_at": now,
        "words": words,
        "result": row.result,
        "receipt_key": receipt or row.receipt_key,
        "coalesce_key": None,
        "lease_owner": None,
        "lease_until": None,
    }
    if state is DeliveryState.DELIVERED:
        done = await _ARRIVED.set(row.id, *_MAY_ARRIVE, **values)
    else:
        done = await _ENDED.set(row.id, DeliveryState.SENDING, row.lease_owner, **values)
    if done and state is DeliveryState.DELIVERED and (run := row.result.get("run")):
        await (
            Delivery.filter(id__in=run)
            .exclude(unfinished=False)
            .update(state=state, unfinished=False, settled_at=now)
        )
    return bool(done)


async def put_back(
    row: Delivery, due_at: datetime, *, counts: bool = True, words: str = "", settled: bool = False
) -> None:
    """Try again later. An attempt that was only told to wait does not count.

    `settled`: a doubt was resolved, nothing arrived; otherwise a row in doubt stays in doubt,
    and its next attempt looks before it repeats.
    """
    if settled:
        row.result = {**row.result, "doubtful": False, "looks": 0}
        await Delivery.filter(id=row.id).update(result=row.result)
    await Delivery.filter(id=row.id, state=DeliveryState.SENDING, lease_owner=row.lease_owner).update(
        state=DeliveryState.PENDING,
        due_at=due_at,
        attempts=row.attempts if counts else max(row.attempts - 1, 0),
        words=words,
        lease_owner=None,
        lease_until=None,
    )


async def wait_for(row: Delivery, first: int | None, now: datetime) -> None:
    """Something else must be there first (None: it is by now); the row keeps its place in its lane.

    This was no attempt, and nothing of the row is anywhere.
    """
    await Delivery.filter(id=row.id, state=DeliveryState.SENDING, lease_owner=row.lease_owner).update(
        state=DeliveryState.PENDING,
        due_at=now,
        attempts=max(row.attempts - 1, 0),
        blocked_by_id=first,
        result={**row.result, "doubtful": False, "looks": 0},
        lease_owner=None,
        lease_until=None,
    )


async def doubt(row: Delivery, due_at: datetime, *, looks: int, words: str = "", **learned: Any) -> None:
    """The call may have arrived, and a look-up can tell: keep the lane, look at `due_at`."""
    await Delivery.filter(id=row.id, state=DeliveryState.SENDING, lease_owner=row.lease_owner).update(
        state=DeliveryState.UNCERTAIN,
        due_at=due_at,
        words=words,
        result={**row.result, "looks": looks, **learned},
        lease_owner=None,
        lease_until=None,
    )


async def park(row: Delivery, what: str, due_at: datetime, words: str) -> None:
    """A fault of the account, channel or workspace ends no row: it waits for the repair."""
    await Delivery.filter(id=row.id, state=DeliveryState.SENDING, lease_owner=row.lease_owner).update(
        state=DeliveryState.PENDING,
        parked_by=what,
        due_at=due_at,
        attempts=max(row.attempts - 1, 0),
        words=words,
        lease_owner=None,
        lease_until=None,
    )


async def unpark(workspace_id: int, what: str, then: str | None = None) -> int:
    """The fault is repaired: everything that waited for it leaves, or waits for what is still missing."""
    parked = Delivery.filter(workspace_id=workspace_id, unfinished=True, parked_by=what)
    return await parked.update(parked_by=then)


async def cancel(rows: Iterable[Delivery], now: datetime) -> int:
    """Withdraw rows that are not under way and were not tried since they were read; return how
    many were caught in time."""
    caught = 0
    for row in rows:
        caught += await Delivery.filter(id=row.id, state=DeliveryState.PENDING, attempts=row.attempts).update(
            state=DeliveryState.CANCELLED, unfinished=False, settled_at=now, coalesce_key=None
        )
    return caught


async def cancel_after(row: Delivery, now: datetime) -> int:
    """A part of a message did not go: its later parts don't go either."""
    return await Delivery.filter(
        workspace_id=row.workspace_id,
        message_id=row.message_id,
        kind=DeliveryKind.PART,
        state=DeliveryState.PENDING,
        id__gt=row.id,
    ).update(state=DeliveryState.CANCELLED, unfinished=False, settled_at=now)


async def recover(workspace_id: int, now: datetime, *, alone: bool) -> Sequence[Delivery]:
    """Rows whose process died in the middle. `alone`: no other process can hold a lease.

    Returns the rows, each now PENDING or UNCERTAIN by `certain_kinds`; those whose fate
    nobody can look up are left to the caller, still SENDING under its own lease.
    """
    query = Delivery.filter(workspace_id=workspace_id, unfinished=True, state=DeliveryState.SENDING)
    if not alone:
        query = query.filter(lease_until__lt=now)
    return await query


async def seize(row: Delivery, owner: str, now: datetime, lease: timedelta) -> bool:
    """Take over a row whose lease ran out, to decide what becomes of it."""
    return bool(
        await Delivery.filter(
            id=row.id, state=DeliveryState.SENDING, lease_owner=row.lease_owner, attempts=row.attempts
        ).update(lease_owner=owner, lease_until=now + lease)
    )


async def mark_replaced(row: Delivery) -> None:
    """Other rows stand for this one now; it is not tried again."""
    row.result = {**row.result, "replaced": True}
    await Delivery.filter(id=row.id).update(result=row.result)


async def emptied(rows: Iterable[Delivery], files: Collection[int]) -> None:
    """What ended rows showed is kept no longer: words, and these of their files."""
    for row in rows:
        payload = {key: value for key, value in row.payload.items() if key != "drawing"}
        shown, uploaded = row.result.get("shown") or (), row.result.get("uploaded") or ()
        left = [pair for pair in zip(shown, uploaded, strict=False) if pair[0] not in files]
        kept = {"shown": [file for file, _ in left], "uploaded": [name for _, name in left]}
        result = {**row.result, **(kept if uploaded else {})}
        await Delivery.filter(id=row.id, unfinished=False).update(payload=payload, result=result)


async def let_pass(row: Delivery) -> None:
    """What waited for the row goes on without it."""
    await Delivery.filter(workspace_id=row.workspace_id, blocked_by_id=row.id).update(blocked_by_id=None)


async def look_now(row: Delivery, now: datetime) -> None:
    """News of a row of unknown fate: look at once."""
    await Delivery.filter(id=row.id, state=DeliveryState.UNCERTAIN, unfinished=True).update(due_at=now)


async def extend(row: Delivery, payload: Mapping[str, Any], due_at: datetime) -> bool:
    """Let a row that was never tried do more than it was to, and later. False: somebody claimed it."""
    untried = Delivery.filter(id=row.id, state=DeliveryState.PENDING, unfinished=True, attempts=0)
    return bool(await untried.update(payload=dict(payload), due_at=due_at))


async def renew(ids: Sequence[int], owner: str, until: datetime) -> None:
    """Prolong leases that are ours."""
    await Delivery.filter(id__in=list(ids), state=DeliveryState.SENDING, lease_owner=owner).update(
        lease_until=until
    )


async def reported_failed(row: Delivery, words: str) -> None:
    """The network took the part and says later that it did not arrive."""
    row.result = {**row.result, "reported_failed": True}
    await Delivery.filter(id=row.id).update(result=row.result, words=words)


async def keep_back(message_id: int, what: str) -> None:
    """What is to go of a message waits for the repair. That it was taken then proves nothing yet: the
    network's report does (`after`)."""
    for row in await Delivery.filter(message_id=message_id, kind=DeliveryKind.PART, unfinished=True):
        result = {**row.result, "after": what}
        await Delivery.filter(id=row.id, state=DeliveryState.PENDING).update(parked_by=what, result=result)


async def repace(workspace_id: int, account_id: int, old: str, new: str) -> None:
    """What an account posts spends another limit now: its channel has become known."""
    waiting = Delivery.filter(workspace_id=workspace_id, unfinished=True, account_id=account_id)
    await waiting.filter(pace_key=old).update(pace_key=new)


async def move(conversation_id: int, old: str, new: str, parked_by: str) -> None:
    """A conversation is to begin in another channel: what it posts spends that one's limit, and waits
    no more for the repair of the old one."""
    posts = Delivery.filter(conversation_id=conversation_id, unfinished=True, pace_key=old)
    await posts.filter(parked_by=parked_by).update(parked_by=None)
    await posts.update(pace_key=new)


async def try_one(workspace_id: int, now: datetime, kept_back_since: datetime | None = None) -> int:
    """Let the oldest row parked by each fault try whether it is mended; returns how many.

    What waits for an account to become ready is not a fault, and stays. What `keep_back` kept tries only if
    nothing else was kept back since then: each such try is a message that the network takes, and fails.
    """
    waiting = await Delivery.filter(
        workspace_id=workspace_id, unfinished=True, parked_by__isnull=False
    ).order_by("id")
    kept = [row for row in waiting if row.result.get("after")]
    fresh = {row.parked_by for row in kept if kept_back_since and row.created_at > kept_back_since}
    first: dict[str, int] = {}
    for row in waiting:
        stays = row.parked_by in fresh and row.result.get("after")
        if row.parked_by and keys.is_fault(row.parked_by) and not stays:
            first.setdefault(row.parked_by, row.id)
    await Delivery.filter(id__in=list(first.values())).update(parked_by=None, due_at=now)
    return len(first)

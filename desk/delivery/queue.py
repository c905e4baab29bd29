"""What waits in the outbox, read only: what could leave now, what is due next, what follows in a lane."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models import Delivery, DeliveryKind, DeliveryState
from models.database import connection
from models.lookup import Lookup

FIRST_OF_EACH = 20
"""So many rows of one pace are looked at together; those behind them could not leave now either."""

_CANDIDATES = """
SELECT * FROM (SELECT r.*,
  ROW_NUMBER() OVER (PARTITION BY r.pace_key ORDER BY r.rank, r.due_at, r.id) AS turn FROM (
  SELECT d.id, d.pace_key, d.lane, d.kind, d.state, d.due_at,
    d.attempts = 0 AND d.result = '{{}}' AS fresh,
    CASE WHEN d.rank > {words} AND d.lane IS NOT NULL AND EXISTS (
      SELECT 1 FROM delivery w WHERE w.lane = d.lane AND w.unfinished = TRUE AND w.rank = {words})
    THEN {words} ELSE d.rank END AS rank
  FROM delivery d
  WHERE d.unfinished = TRUE AND d.state IN ('pending', 'uncertain') AND d.due_at <= {now}
    AND d.parked_by IS NULL AND d.workspace_id = {workspace}
    AND (d.blocked_by_id IS NULL OR NOT EXISTS (
      SELECT 1 FROM delivery b WHERE b.id = d.blocked_by_id AND b.unfinished = TRUE))
    AND (d.lane IS NULL OR NOT EXISTS (
      SELECT 1 FROM delivery e WHERE e.lane = d.lane AND e.unfinished = TRUE
        AND (e.order_key < d.order_key OR (e.order_key = d.order_key AND e.id < d.id))))
) AS r) AS first WHERE turn <= {most} ORDER BY rank, due_at, id
"""

_WORDS = 1
"""The rank of a customer's words: what stands before them in their lane is as urgent as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A row that could be claimed now."""

    id: int
    pace_key: str
    rank: int
    lane: str | None
    kind: DeliveryKind
    doubtful: bool
    """It may have left already: the attempt only looks."""
    fresh: bool
    """No attempt of it counts, and nothing is known of it."""


async def candidates(workspace_id: int, now: datetime) -> list[Candidate]:
    """Rows that are due, first of their lane and not blocked, best first.

    Of each pace the first few only: however many wait for a channel, nobody else waits with them.
    """
    conn = connection()
    postgres = conn.capabilities.dialect == "postgres"
    sql = _CANDIDATES.format(
        now="$1" if postgres else "?", workspace="$2" if postgres else "?", most=FIRST_OF_EACH, words=_WORDS
    )
    when: Any = now if postgres else now.isoformat(sep=" ")
    rows = await conn.execute_query_dict(sql, [when, workspace_id])
    return [
        Candidate(
            id=row["id"],
            pace_key=row["pace_key"],
            rank=row["rank"],
            lane=row["lane"],
            kind=DeliveryKind(row["kind"]),
            doubtful=row["state"] == DeliveryState.UNCERTAIN,
            fresh=bool(row["fresh"]),
        )
        for row in rows
    ]


_NEXT = Lookup(
    Delivery,
    "workspace_id = ? AND unfinished = ? AND state IN (?, ?) AND parked_by IS NULL AND due_at > ?",
    order="due_at",
)


async def next_due(workspace_id: int, now: datetime) -> datetime | None:
    """When the next row that isn't due yet becomes due."""
    row = await _NEXT.one(workspace_id, True, DeliveryState.PENDING, DeliveryState.UNCERTAIN, now)
    return row.due_at if row else None


async def in_doubt(workspace_id: int, until: datetime) -> bool:
    """Whether there are rows of unknown fate that can be looked for by then."""
    return await Delivery.filter(
        workspace_id=workspace_id,
        unfinished=True,
        state=DeliveryState.UNCERTAIN,
        parked_by__isnull=True,
        due_at__lte=until,
    ).exists()


async def coming(conversation_id: int, kind: DeliveryKind) -> int | None:
    """The first row of this kind that the conversation waits for."""
    row = await Delivery.filter(conversation_id=conversation_id, kind=kind, unfinished=True).first()
    return row.id if row else None


async def following(row: Delivery, most: int) -> list[Delivery]:
    """The unfinished rows that come next in the lane whose first one this is."""
    lane = Delivery.filter(lane=row.lane, unfinished=True).exclude(id=row.id)
    return await lane.order_by("order_key", "id").limit(most) if row.lane else []


async def run_of(row: Delivery) -> list[Delivery]:
    """The row, and those that leave with it."""
    run = row.result.get("run")
    return [row, *await Delivery.filter(id__in=run).order_by("order_key", "id")] if run else [row]


def may_have_left(row: Delivery) -> bool:
    """Whether the other side may know this row: it has it, is being told, or an attempt had no answer."""
    certain = (DeliveryState.PENDING, DeliveryState.CANCELLED, DeliveryState.DEAD)
    return row.state not in certain or bool(row.result.get("unanswered"))

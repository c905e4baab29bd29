"""Too many wait in a channel for somebody to take them: one post says so, until nobody waits there.

It is never repeated before the queue was empty; its number changes sparingly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from tortoise.functions import Count
from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from desk.context import Desk
from desk.conversations.reminding import queue_of
from desk.delivery import plan
from models import ChannelQueue, Conversation, DeliveryKind, Status

CROWD = 10
"""More than so many."""


class Next(Enum):
    """What becomes of the post about a crowd."""

    BEGIN = "begin"
    REDRAW = "redraw"
    END = "end"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A channel's queue as the post shows it, and as it is. `long` counts those who have waited long."""

    crowded: bool
    shown: int
    may_redraw: bool
    count: int
    long: int


def decide(queue: Queue) -> Next:
    """What to do about it. Pure."""
    if not queue.crowded:
        return Next.BEGIN if queue.long > CROWD else Next.NOTHING
    if not queue.count:
        return Next.END
    return Next.REDRAW if queue.may_redraw and queue.count != queue.shown else Next.NOTHING


def waiting(desk: Desk) -> QuerySet[Conversation]:
    """Those who wait for somebody to take them."""
    return Conversation.filter(
        workspace_id=desk.workspace.id,
        account_id__in=list(desk.accounts),
        status=Status.UNASSIGNED,
        snoozed_by__isnull=True,
        waiting_since__isnull=False,
        card_ts__isnull=False,
    )


async def look(desk: Desk) -> bool:
    """See to every channel's post. Whether anything was written."""
    now = desk.clock.now()
    counts, there = await _counted(waiting(desk)), await _at_work(desk, now)
    long = await _counted(waiting(desk).filter(waiting_since__lte=now - desk.settings.durations.crowd_after))
    rows = await ChannelQueue.filter(workspace_id=desk.workspace.id, crowded=True)
    crowded = {row.channel: row for row in rows}
    written = False
    for channel in counts.keys() | crowded.keys():
        queue = _queue(desk, crowded.get(channel), counts.get(channel, 0), long.get(channel, 0), now)
        what = decide(queue)
        if what is Next.NOTHING or (what is Next.BEGIN and channel not in there):
            continue
        await desk.units.transact(lambda c=channel, q=queue, w=what: _write(desk, c, q, w, now))  # type: ignore[misc]  # bound now
        written = True
    return written


async def _counted(query: QuerySet[Conversation]) -> Mapping[str, int]:
    rows = await query.annotate(total=Count("id")).group_by("channel").values("channel", "total")
    return {str(row["channel"]): int(row["total"]) for row in rows}


def _queue(desk: Desk, row: ChannelQueue | None, count: int, long: int, now: datetime) -> Queue:
    if row is None:
        return Queue(crowded=False, shown=0, may_redraw=False, count=count, long=long)
    free = row.drawn_at is None or now - row.drawn_at >= desk.settings.durations.crowd_redrawn
    return Queue(
        crowded=True, shown=row.shown, may_redraw=free and row.crowd_ts is not None, count=count, long=long
    )


async def _at_work(desk: Desk, now: datetime) -> set[str]:
    """The channels in which customers of a team wait that is there now: nobody else's night is disturbed."""
    open_now = [id_ for id_, account in desk.accounts.items() if account.config.hours.within(now)]
    rows = await waiting(desk).filter(account_id__in=open_now).distinct().values_list("channel", flat=True)
    return {str(channel) for channel in rows}


async def _write(desk: Desk, channel: str, queue: Queue, what: Next, now: datetime) -> None:
    async with in_transaction():
        row = await queue_of(desk, channel)
        values = {"shown": queue.count, "drawn_at": now, "crowded": what is not Next.END}
        if what is Next.END:
            values["crowd_ts"] = None
        won = await ChannelQueue.filter(id=row.id, crowded=queue.crowded, shown=row.shown).update(**values)
        if not won:
            return
        if what is Next.BEGIN:
            await plan.aside(desk.workspace.id, DeliveryKind.CROWD, channel, now, {"channel": channel})
        elif row.crowd_ts:
            over = what is Next.END
            await plan.refresh_crowd(desk.workspace.id, channel, row.crowd_ts, now, over=over)

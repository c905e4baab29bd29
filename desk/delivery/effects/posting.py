"""Posts of ours in Slack: made once, found again after a lost answer.

A post carries its row's key as message metadata, so a post of unknown fate is looked for
before it is made again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from desk.context import Desk
from desk.delivery.worker import Done, Handling, NotThere, Outcome
from desk.slack.drawing import Drawing
from desk.slack.errors import BadRequest
from models import Delivery, Post, PostKind

EVENT_TYPE = "oratio_delivery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a post goes, what it shows and under which name."""

    channel: str
    drawing: Drawing
    thread_ts: str | None = None
    username: str | None = None
    icon_url: str | None = None
    icon_emoji: str | None = None


Posted = Callable[[Desk, Delivery, str, str], Awaitable[None]]
"""What follows from a post: the row, its channel and `ts`. Runs in the settling transaction."""


def posting(
    kind: PostKind,
    place: Callable[[Desk, Delivery], Awaitable[Place | None]],
    posted: Posted | None = None,
) -> Handling:
    """How a kind of post is carried out. `place` gives None when there is nothing to post any more."""

    def follow(desk: Desk, row: Delivery, channel: str, ts: str) -> Done:
        async def settled() -> None:
            await keep_post(row, kind, channel, ts)
            if posted:
                await posted(desk, row, channel, ts)

        return Done(follow=settled, learned={"channel": channel, "ts": ts})

    async def carry_out(desk: Desk, row: Delivery) -> Outcome:
        where = await place(desk, row)
        if where is None:
            return Done()
        return follow(desk, row, where.channel, await _post(desk, row, where))

    async def look(desk: Desk, row: Delivery) -> Outcome:
        where = await place(desk, row)
        if where is None:
            return Done()
        since = row.started_at or row.created_at
        ts = await desk.gateway.find_post(
            where.channel, where.thread_ts, EVENT_TYPE, row.idempotency_key, since
        )
        return follow(desk, row, where.channel, ts) if ts else NotThere()

    return Handling(carry_out=carry_out, look=look)


async def _post(desk: Desk, row: Delivery, where: Place) -> str:
    """Post the drawing; the same as plain text if Slack cannot read it. Words are never dropped."""
    drawing = where.drawing
    try:
        return await _send(desk, row, where, drawing)
    except BadRequest:
        return await _send(desk, row, where, Drawing(text=drawing.text))


async def _send(desk: Desk, row: Delivery, where: Place, drawing: Drawing) -> str:
    return await desk.gateway.post(
        where.channel,
        drawing.text,
        drawing.blocks,
        drawing.attachments,
        thread_ts=where.thread_ts,
        username=where.username,
        icon_url=where.icon_url,
        icon_emoji=where.icon_emoji,
        metadata=(EVENT_TYPE, {"key": row.idempotency_key}),
    )


async def keep_post(row: Delivery, kind: PostKind, channel: str, ts: str) -> Post:
    """Remember where a post stands; the same place twice is one row."""
    key = f"{row.workspace_id}:{channel}:{ts}"
    standing = await Post.get_or_none(key=key)
    if standing:
        return standing
    return await Post.create(
        workspace_id=row.workspace_id,
        key=key,
        channel=channel,
        ts=ts,
        kind=kind,
        conversation_id=row.conversation_id,
    )

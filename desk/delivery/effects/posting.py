"""Posts of ours in Slack: made once, found again after a lost answer.

A post carries its row's key as message metadata, so a post of unknown fate is looked for
before it is made again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from desk.context import Desk
from desk.conversations import lost_card
from desk.conversations.scene import threads
from desk.delivery.handling import Blocked, Done, Handling, NotThere, Outcome
from desk.delivery.outbox import Along
from desk.slack.drawing import Drawing
from desk.slack.errors import BadRequest, ThreadGone
from models import Conversation, Delivery, Post, PostKind
from models.lookup import Insert, Lookup

EVENT_TYPE = "oratio_delivery"
_STANDING = Lookup(Post, "key = ?")
_NEW = Insert(Post)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a post goes, what it shows and under which name."""

    channel: str
    drawing: Drawing
    thread_ts: str | None = None
    """None: in the channel itself. Empty: in a thread whose card does not stand."""
    username: str | None = None
    icon_url: str | None = None
    icon_emoji: str | None = None


Posted = Callable[[Desk, Delivery, Post], Awaitable[None]]
"""What follows from the post of a row. Runs in the settling transaction."""


def posting(
    kind: PostKind,
    place: Callable[[Desk, Delivery], Awaitable[Place | None]],
    posted: Posted | None = None,
    *,
    stood: Callable[[Desk, Delivery], Awaitable[Place | None]] | None = None,
    along: Along | None = None,
) -> Handling:
    """How a kind of post is carried out. `place` gives None when there is nothing to post any more;
    `stood` then says where an earlier attempt may have left one."""

    def follow(desk: Desk, row: Delivery, channel: str, ts: str, thread: str | None) -> Done:
        async def settled() -> None:
            post = await keep_post(row, kind, channel, ts)
            if posted:
                await posted(desk, row, post)

        return Done(follow=settled, learned={"channel": channel, "ts": ts, "thread": thread})

    async def carry_out(desk: Desk, row: Delivery) -> Outcome:
        where = await place(desk, row)
        if where is None:
            return Done()
        if where.thread_ts == "":
            return cardless(desk, row, None)
        try:
            ts = await _post(desk, row, where)
        except ThreadGone:
            return cardless(desk, row, where.thread_ts)
        return follow(desk, row, where.channel, ts, where.thread_ts)

    async def look(desk: Desk, row: Delivery) -> Outcome:
        where = await (stood or place)(desk, row)
        if where is None:
            return Done()
        for thread in await _threads(row) if where.thread_ts is not None else [None]:
            if ts := await _find(desk, row, where.channel, thread):
                return follow(desk, row, where.channel, ts, thread)
        return NotThere()

    return Handling(carry_out=carry_out, look=look, along=along)


def cardless(desk: Desk, row: Delivery, gone: str | None) -> Blocked:
    """The row waits for a card; the one it was to stand under is `gone`, if one was known."""
    return Blocked(first=lambda: lost_card.another(desk, row.conversation_id or 0, gone))


async def _threads(row: Delivery) -> list[str]:
    """Where it may stand: the card may have been deleted since, and its thread be there still."""
    return await threads(await Conversation.get(id=row.conversation_id))


async def _find(desk: Desk, row: Delivery, channel: str, thread: str | None) -> str | None:
    since = row.started_at or row.created_at
    try:
        return await desk.gateway.find_post(channel, thread, EVENT_TYPE, row.idempotency_key, since)
    except ThreadGone:
        return None


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
    standing = await _STANDING.one(key)
    if standing:
        return standing
    return await _NEW.one(
        workspace_id=row.workspace_id,
        key=key,
        channel=channel,
        ts=ts,
        kind=kind,
        conversation_id=row.conversation_id,
    )

"""What a customer took back leaves the thread: its posts, its files, and our lines that quote it."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Collection, Sequence

from desk.context import Desk
from desk.conversations import views
from desk.conversations.scene import slack_key
from desk.delivery import outbox
from desk.delivery.effects.thread import piece
from desk.delivery.handling import Done, Handling, Outcome
from desk.slack import voices
from desk.slack.errors import Pointless
from models import Attachment, Conversation, Delivery, DeliveryKind, Message, Post, PostKind

Where = tuple[str, str]
"""Channel and ts of a post."""


async def _forget(desk: Desk, row: Delivery) -> Outcome:
    message = await Message.get(id=row.message_id)
    rows = await _rows(row, message)
    mine = {file.id for file in await Attachment.filter(message_id=message.id)}
    for file_id in _files(rows, mine):
        await _gone(desk.gateway.delete_file(file_id))
    for channel, ts in await _places(rows, message):
        await _take_off(desk, message, channel, ts)

    async def settled() -> None:
        await outbox.emptied(rows, mine)

    return Done(follow=settled)


async def _rows(row: Delivery, message: Message) -> list[Delivery]:
    """Everything that showed the message, or files of its post, before this."""
    before = Delivery.filter(conversation_id=row.conversation_id, id__lt=row.id)
    shown = await before.filter(kind__in=[DeliveryKind.WORDS, DeliveryKind.LINE], message_id=message.id)
    files = await before.filter(kind=DeliveryKind.FILES).order_by("-id")
    return [*shown, *(each for each in files if message.id in each.payload["messages"])]


def _files(rows: Sequence[Delivery], mine: Collection[int]) -> list[str]:
    """The Slack files that show these attachments. Pure."""
    found = [
        zip(row.result.get("shown") or (), row.result.get("uploaded") or (), strict=False) for row in rows
    ]
    return [str(uploaded[0]) for pairs in found for shown, uploaded in pairs if shown in mine]


async def _places(rows: Sequence[Delivery], message: Message) -> list[Where]:
    """The posts that show it."""
    channel = (await Conversation.get(id=message.conversation_id)).channel
    told = [
        (str(row.result.get("channel") or channel), str(ts)) for row in rows if (ts := row.result.get("ts"))
    ]
    post = await Post.get_or_none(id=message.post_id) if message.post_id else None
    return list(dict.fromkeys([*told, *([(post.channel, post.ts)] if post else [])]))


async def _take_off(desk: Desk, message: Message, channel: str, ts: str) -> None:
    """Delete the post; one that others stand in, too, is drawn anew without these words."""
    post = await Post.get_or_none(key=slack_key(desk, channel, ts))
    said = await Message.filter(post_id=post.id).order_by("id") if post else []
    if all(each.deleted_at for each in said):
        await _gone(desk.gateway.delete(channel, ts))
        return
    found = await views.of(desk, message.conversation_id)
    if post is None or post.kind is not PostKind.WORDS or found is None:
        return
    pieces = [await piece(desk, found, each, 0) for each in said]
    drawn = voices.words_post(voices.WordsView(name=found.contact.name, pieces=pieces))
    await _gone(desk.gateway.update(channel, ts, drawn.text, drawn.blocks))


async def _gone(call: Awaitable[None]) -> None:
    """The call; it is fine where what it was to take away isn't there any more."""
    with contextlib.suppress(Pointless):
        await call


KINDS: dict[DeliveryKind, Handling] = {DeliveryKind.FORGET: Handling(carry_out=_forget)}

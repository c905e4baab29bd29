"""What appears in a thread: the customer's words, our lines, reminders; and posts elsewhere."""

from __future__ import annotations

from dataclasses import replace

from desk import people
from desk.context import Desk
from desk.conversations import linked, queries, ringing, views
from desk.conversations.scene import Case
from desk.delivery import outbox, queue
from desk.delivery.effects import joining
from desk.delivery.effects.posting import Place, posting
from desk.delivery.handling import Handling
from desk.slack import refusals, voices, wording
from desk.slack.drawing import Drawing
from desk.slack.errors import ChannelFault
from desk.slack.text import split_words
from models import (
    Conversation,
    Delivery,
    DeliveryKind,
    Direction,
    Message,
    MessageState,
    Post,
    PostKind,
    Status,
)


async def voice(desk: Desk, found: Case, message: Message | None = None) -> dict[str, str | None]:
    """The customer's name and picture for a post, always with the network beside the name; a colleague's
    for what they wrote in the network's own app."""
    if message is not None and message.direction is Direction.OUTBOUND:
        name = wording.general.author(wording.thread.COLLEAGUE, views.network_title(found))
        return {"username": name, "icon_url": None, "icon_emoji": ":technologist:"}
    public = linked.face(desk, found.contact)
    icon = found.account.network.icon if found.account else "speech_balloon"
    return {
        "username": wording.general.author(found.contact.name, views.network_title(found)),
        "icon_url": public,
        "icon_emoji": None if public else f":{icon}:",
    }


async def piece(desk: Desk, found: Case, message: Message, chunk: int) -> voices.Piece:
    """One part of a message; the first bears its placeholder and what it answers."""
    chunks = split_words(message.text)
    text = chunks[chunk] if chunk < len(chunks) else ""
    if chunk:
        return voices.Piece(text=text)
    return voices.Piece(text=text, placeholder=message.placeholder, quote=await _quote(desk, found, message))


async def _quote(desk: Desk, found: Case, message: Message) -> voices.Quoted | None:
    answered = await Message.get_or_none(id=message.reply_to_id) if message.reply_to_id else None
    if answered is None or not await _is_theirs(found, answered):
        return None
    if answered.direction is Direction.INBOUND:
        author = found.contact.name
    else:
        author = await people.name_of(desk, answered.author) if answered.author else wording.thread.COLLEAGUE
    return voices.Quoted(author=author, words=await queries.stands_for(answered))


async def _is_theirs(found: Case, answered: Message) -> bool:
    """Whether the customer was part of that conversation, this one or an earlier one."""
    where = Conversation.filter(id=answered.conversation_id, contact_id=found.contact.id)
    return answered.conversation_id == found.conversation.id or await where.exists()


async def _pieces(desk: Desk, found: Case, row: Delivery) -> list[voices.Piece]:
    """What the row and those that leave with it show; of files that can't be shown, the words."""
    if row.kind is DeliveryKind.FILES:
        worded = await Message.filter(id__in=row.payload["texts"]).order_by("id")
        return [
            await piece(desk, found, message, 0)
            for message in worded
            if message.text.strip() or message.placeholder
        ]
    rows = await queue.run_of(row)
    messages = await joining.messages_of(rows)
    return [
        await piece(desk, found, messages[each.message_id], int(each.payload.get("chunk", 0)))
        for each in rows
        if each.message_id in messages
    ]


async def _words(desk: Desk, row: Delivery) -> Place | None:
    found = await views.of(desk, row.conversation_id)
    pieces = await _pieces(desk, found, row) if found else []
    if found is None or not pieces:
        return None
    if row.result.get("run") and not voices.fits(pieces) and not row.result.get("doubtful"):
        await outbox.note(row, run=[])  # the customer has changed one of them to a longer one since
        del pieces[1:]
    said = await Message.get_or_none(id=row.message_id)
    ours = said is not None and said.direction is Direction.OUTBOUND
    shown = voices.WordsView(
        name=wording.thread.COLLEAGUE if ours else found.contact.name,
        pieces=pieces,
        mention=None if ours else ringing.assignee(found.conversation),
        hide_words=found.account is not None and found.account.config.hide_words,
    )
    return _in_thread(found, voices.words_post(shown), await voice(desk, found, said))


def _in_thread(found: Case, drawing: Drawing, voice_: dict[str, str | None] | None = None) -> Place:
    conversation = found.conversation
    where = conversation.card_ts or ""
    return Place(channel=conversation.channel, thread_ts=where, drawing=drawing, **(voice_ or {}))


async def _words_posted(desk: Desk, row: Delivery, post: Post) -> None:
    run = await queue.run_of(row)
    said = [number for each in run for number in each.payload.get("messages", [each.message_id])]
    await Message.filter(id__in=said, post_id__isnull=True).update(post_id=post.id)


async def _line(desk: Desk, row: Delivery) -> Place | None:
    found = await views.of(desk, row.conversation_id)
    return _in_thread(found, Drawing.from_json(row.payload["drawing"])) if found else None


async def _nudge(desk: Desk, row: Delivery) -> Place | None:
    """Only while nothing was chosen and the message still stands."""
    found = await views.of(desk, row.conversation_id)
    message = await Message.get_or_none(id=row.message_id)
    if found is None or message is None or message.deleted_at:
        return None
    if message.state not in (MessageState.GUARDED, MessageState.REFUSED):
        return None
    view = await views.refusal(desk, found, message)
    again = found.conversation.status in (Status.UNASSIGNED, Status.INBOX)
    return _in_thread(found, refusals.nudge(replace(view, open_again=again)))


async def _direct(desk: Desk, row: Delivery) -> Place | None:
    channel = row.result.get("dm") or await desk.gateway.open_dm(row.payload["user"])
    return Place(channel=channel, drawing=Drawing.from_json(row.payload["drawing"]))


async def _admin(desk: Desk, row: Delivery) -> Place | None:
    drawing = Drawing.from_json(row.payload["drawing"])
    return Place(channel=await _channel(desk, str(row.payload["channel"])), drawing=drawing)


async def _channel(desk: Desk, channel: str) -> str:
    """The id of the channel; the configuration may call it by its name."""
    if not channel.startswith("#"):
        return channel
    found = await desk.gateway.find_channel(channel)
    if found is None:
        raise ChannelFault(wording.operators.no_channel(channel), code="channel_not_found")
    if not found.get("is_member") and not found.get("is_private"):
        await desk.gateway.join(str(found["id"]))
    return str(found["id"])


KINDS: dict[DeliveryKind, Handling] = {
    DeliveryKind.WORDS: posting(PostKind.WORDS, _words, _words_posted, along=joining.words_along),
    DeliveryKind.LINE: posting(PostKind.LINE, _line),
    DeliveryKind.NUDGE: posting(PostKind.LINE, _nudge),
    DeliveryKind.DIRECT: posting(PostKind.ADMIN, _direct),
    DeliveryKind.ADMIN: posting(PostKind.ADMIN, _admin),
}

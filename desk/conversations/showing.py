"""How a customer's message comes into the thread: its words, its files, an album as one post.

All functions run inside the caller's transaction, which holds the conversation.
"""

from __future__ import annotations

from collections.abc import Sequence

from desk.context import Desk
from desk.delivery import outbox, plan
from desk.media import safe_name
from desk.slack import voices, wording
from desk.slack.text import split_words
from models import Attachment, Conversation, Delivery, DeliveryKind, DeliveryState, Message
from networks.events import InboundAttachment

FILES_IN_A_POST = 10
"""As many as Slack lets people put into one message."""


async def keep_files(message: Message, files: Sequence[InboundAttachment]) -> None:
    """The rows of what came with a message."""
    for position, file in enumerate(files):
        await Attachment.create(
            workspace_id=message.workspace_id,
            message_id=message.id,
            position=position,
            name=safe_name(file.name) if file.name else "",
            claimed_type=file.mime_type or "",
            claimed_size=file.size,
            ref=file.ref,
            kind=file.kind.value if file.kind else "",
            duration=file.duration,
            voice=file.voice,
        )


def spoken(files: Sequence[InboundAttachment]) -> str:
    """A recording in words, for cards, lists and quotes; empty for what is none."""
    recording = next((file for file in files if file.voice), None)
    return wording.thread.voice(recording.duration) if recording else ""


async def deliver(desk: Desk, conversation: Conversation, message: Message, *, files: bool) -> None:
    """Write the rows that bring a message into the thread: text in posts Slack takes, files with it."""
    now = desk.clock.now()
    chunks = split_words(message.text)
    said = bool(chunks or message.placeholder)
    together = files and len(chunks) <= 1 and not (said and hides_words(desk, conversation))
    if not together and (said or not files):
        for index in range(max(len(chunks), 1)):
            await plan.thread(
                conversation, DeliveryKind.WORDS, now, message=message, payload={"chunk": index}
            )
    if files:
        fetch = await plan.fetch(conversation, message, now)
        if not (message.group and await _joins(desk, conversation, message, together)):
            await _post(desk, conversation, message, together, fetch)


def hides_words(desk: Desk, conversation: Conversation) -> bool:
    """Whether words are kept off lock screens, where also those above a file would stand."""
    account = desk.accounts.get(conversation.account_id)
    return account is not None and account.config.hide_words


async def _post(desk: Desk, conversation: Conversation, message: Message, together: bool, fetch: int) -> None:
    """A post of the message's files. One of an album waits a little for the rest of it."""
    wait = desk.settings.durations.album_wait if message.group else None
    payload = {
        "messages": [message.id],
        "texts": [message.id] if together else [],
        "group": message.group,
    }
    await plan.thread(
        conversation,
        DeliveryKind.FILES,
        desk.clock.now(),
        message=message,
        payload=payload,
        blocked_by=fetch,
        wait=wait,
    )


async def _joins(desk: Desk, conversation: Conversation, message: Message, together: bool) -> bool:
    """Add the message to the post of its album, unless that has left or is full."""
    row = (
        await Delivery.filter(
            conversation_id=conversation.id,
            kind=DeliveryKind.FILES,
            state=DeliveryState.PENDING,
            unfinished=True,
        )
        .order_by("-id")
        .first()
    )
    if row is None or row.payload.get("group") != message.group:
        return False
    members = [*row.payload["messages"], message.id]
    texts = [*row.payload["texts"], *([message.id] if together else [])]
    if await Attachment.filter(message_id__in=members).count() > FILES_IN_A_POST or not await _fit(texts):
        return False
    due_at = desk.clock.now() + desk.settings.durations.album_wait
    return await outbox.extend(row, {**row.payload, "messages": members, "texts": texts}, due_at)


async def _fit(texts: Sequence[int]) -> bool:
    """Whether the words of these messages can stand above the files of one post."""
    said = await Message.filter(id__in=texts)
    pieces = [voices.Piece(text=message.text, placeholder=message.placeholder) for message in said]
    return voices.fits(pieces)

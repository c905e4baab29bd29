"""What a blocked customer writes: kept whole, shown to nobody, counted, until they are unblocked."""

from __future__ import annotations

from tortoise.expressions import Q

from desk.context import Desk
from desk.conversations.scene import Case
from desk.delivery import keys, plan
from desk.slack import lines
from models import Contact, Conversation, Direction, Message, MessageState, Status

_BEFORE = "before_block"
"""Where a message that was changed while its author was blocked keeps what agents still read."""


async def standing(contact: Contact, live: Conversation | None) -> Conversation | None:
    """Where the words of this contact are kept, if they are blocked now; None if they are not.

    `live` is their conversation, held. Blocking closes it, so that one that is open needs no
    second look at the contact; otherwise they may have been blocked since they were read.
    """
    if live is not None:
        closed = live.status is Status.CLOSED
        fresh = await Contact.get(id=contact.id) if closed else contact
        return live if closed and fresh.blocked_at else None
    if contact.blocked_at is None:
        return None
    return await Conversation.filter(contact_id=contact.id).order_by("-id").first()


async def of(contact: Contact) -> list[Message]:
    """The messages that wait, oldest first; one that was taken back is seen by nobody."""
    theirs = await Conversation.filter(contact_id=contact.id).values_list("id", flat=True)
    waiting = Message.filter(conversation_id__in=theirs, state=MessageState.WITHHELD)
    return await waiting.filter(deleted_at__isnull=True).order_by("id")


async def is_blocked(conversation: Conversation) -> bool:
    """Whether this customer's doings are shown to nobody."""
    return await Contact.exists(id=conversation.contact_id, blocked_at__isnull=False)


async def keep_change(message: Message, before: str) -> None:
    """A blocked customer changed or deleted `message`: remember what agents still read."""
    if message.state is not MessageState.WITHHELD and _BEFORE not in message.detail:
        detail = {**message.detail, _BEFORE: before}
        await Message.filter(id=message.id).update(detail=detail)


async def show_changes(desk: Desk, found: Case) -> None:
    """Say what was changed meanwhile; the same lines as if it came now."""
    said = Message.filter(conversation_id=found.conversation.id, direction=Direction.INBOUND)
    changed = said.filter(Q(edited_at__isnull=False) | Q(deleted_at__isnull=False))
    for message in await changed.order_by("id"):
        if _BEFORE not in message.detail:
            continue
        before = str(message.detail[_BEFORE])
        rest = {key: value for key, value in message.detail.items() if key != _BEFORE}
        await Message.filter(id=message.id).update(detail=rest)
        name, now = found.contact.name, desk.clock.now()
        gone = message.deleted_at is not None
        drawn = (lines.deleted(name, before),) if gone else lines.edited(name, before, message.text)
        for drawing in drawn:
            await plan.line(found.conversation, drawing, now, rank=keys.Rank.WORDS, message=message)

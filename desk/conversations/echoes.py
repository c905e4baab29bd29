"""What went out in an account's name and not from here: a colleague's answer in the network's own app.

It is shown in the thread as theirs, and ends the customer's waiting. Networks tell of our own answers as
well, and not every one says whose they are; before an answer has its receipt nobody knows. So it is looked
at in a delivery of its own (`desk/delivery/effects/echoing.py`), which waits for those under way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from desk.context import ConnectedAccount, Desk
from desk.conversations import changes, known, showing, turns
from desk.conversations.scene import live_of
from desk.delivery import outward, plan
from models import Conversation, Direction, Message, MessageState
from networks.capabilities import MediaKind
from networks.events import InboundAttachment, InboundMessage


async def take(desk: Desk, account: ConnectedAccount, event: InboundMessage) -> None:
    """Have it looked at, where the customer has a conversation; one is not begun by a colleague's words."""
    if await changes.find(account, event.external_id):
        return
    contact = await known.contact(account, event.contact_id, event.known_as)
    live = await live_of(contact) if contact and contact.blocked_at is None else None
    if live is not None:
        await outward.echo(live, _packed(event), desk.clock.now())


def _packed(event: InboundMessage) -> dict[str, Any]:
    return {
        "id": event.external_id,
        "text": event.text,
        "placeholder": event.placeholder or showing.spoken(event.attachments),
        "reply_to": event.reply_to,
        "automatic": event.automatic,
        "sent_at": event.sent_at.isoformat(),
        "files": [asdict(file) for file in event.attachments],
    }


def _file(packed: Mapping[str, Any]) -> InboundAttachment:
    return InboundAttachment(**{**packed, "kind": MediaKind(packed["kind"]) if packed["kind"] else None})


async def show(
    desk: Desk, account: ConnectedAccount, conversation_id: int, packed: Mapping[str, Any]
) -> None:
    """A colleague said this. Joins the caller's transaction."""
    conversation = await Conversation.held(conversation_id)
    if conversation is None or await changes.find(account, packed["id"]):
        return
    now, files = desk.clock.now(), [_file(each) for each in packed["files"]]
    message = await Message.new(
        workspace_id=desk.workspace.id,
        conversation_id=conversation.id,
        direction=Direction.OUTBOUND,
        state=MessageState.SENT,
        external_key=f"{account.id}:{packed['id']}",
        author="",
        text=packed["text"],
        reason=turns.AUTOMATIC if packed.get("automatic") else "",
        placeholder=packed["placeholder"],
        reply_to_id=await changes.answered(account, packed["reply_to"]),
        sent_at=datetime.fromisoformat(packed["sent_at"]),
        created_at=now,
    )
    await showing.keep_files(message, files)
    await showing.deliver(desk, conversation, message, files=bool(files))
    if packed.get("automatic"):
        return
    await turns.answered(conversation, now)
    await plan.refresh(conversation, now, wait=desk.settings.durations.card_turn_within)

"""An agent deleted a file in Slack before the message it stood in had left."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tortoise.transactions import in_transaction

from desk.context import Desk
from desk.conversations import refusing, sending
from desk.conversations.judge import Reason
from desk.conversations.scene import case, held, slack_key
from models import Attachment, Message, MessageState

DELETED = "deleted"
"""The reason of a file that must not leave though its bytes are here."""


def deleted(message: Mapping[str, Any]) -> set[str]:
    """The ids of the files of which Slack keeps only that they were there."""
    files = [f for f in message.get("files") or () if isinstance(f, Mapping)]
    return {str(f.get("id")) for f in files if f.get("mode") == "tombstone"}


async def take(desk: Desk, channel: str, ts: str, new: Mapping[str, Any]) -> None:
    """Nothing of the message leaves any more, and its author chooses; what has left stays there."""
    async with in_transaction():
        message = await Message.get_or_none(slack_key=slack_key(desk, channel, ts))
        conversation = await held(desk, message.conversation_id) if message else None
        if message is None or conversation is None:
            return
        message = await Message.get(id=message.id)
        lost = await _lost(message, deleted(new))
        if lost is None or message.state is not MessageState.QUEUED:
            return
        await Attachment.filter(id=lost.id).update(reason=DELETED)
        if await sending.withdraw(desk, message):
            found = await case(desk, conversation)
            await refusing.refuse(desk, found, message, Reason.NO_BYTES, {"file": lost.name})


async def _lost(message: Message, ids: set[str]) -> Attachment | None:
    files = await Attachment.filter(message_id=message.id).order_by("position")
    return next((file for file in files if json.loads(file.ref).get("id") in ids), None)

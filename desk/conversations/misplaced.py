"""Written in the channel instead of a thread: no customer saw it, and its author is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tortoise.transactions import in_transaction

from desk import people
from desk.context import Desk
from desk.conversations import replies
from desk.conversations.aftermath import Passed, Whisper
from desk.conversations.judge import Reason
from desk.conversations.scene import case
from desk.slack import mrkdwn, refusals
from models import Account, Conversation, Message, Status


async def take(desk: Desk, event: Mapping[str, Any]) -> list[Passed]:
    """If the author has customers waiting in this channel, say so; offer to send where one fits.

    A mention or `note:` shows that colleagues were meant.
    """
    channel, author = str(event["channel"]), str(event.get("user") or "")
    async with in_transaction():
        accounts = await Account.filter(workspace_id=desk.workspace.id, channel=channel)
        waiting = await Conversation.filter(
            workspace_id=desk.workspace.id,
            account_id__in=[a.id for a in accounts],
            status=Status.INBOX,
            assignee=author,
            waiting_since__isnull=False,
        ).limit(2)
        if not waiting or not await people.is_agent(desk, waiting[0].account_id, author):
            return []
        said = await people.read(desk, event)
        if said.mentions or mrkdwn.note_of(said.text) is not None:
            return []
        if len(waiting) > 1:
            return [_told(channel, author, refusals.wrong_place("none", None))]
        found = await case(desk, waiting[0])
        key = replies.slack_key(desk, channel, str(event["ts"]))
        if await Message.exists(slack_key=key):
            return []
        if not said.text.strip() or event.get("files"):
            return [_told(channel, author, refusals.wrong_place("none", None))]
        message = await replies.store(desk, found, event, said.text, Reason.WRONG_PLACE, {})
        return [_told(channel, author, refusals.wrong_place(str(message.id), found.contact.name))]


def _told(channel: str, user: str, drawing: Any) -> Whisper:
    return Whisper(channel=channel, user=user, drawing=drawing)

"""Written where no customer sees it: in the channel, or under a post of ours that is no card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tortoise.transactions import in_transaction

from desk import people
from desk.context import Desk
from desk.conversations import commands
from desk.conversations.aftermath import Passed, Whisper
from desk.conversations.apply import ELSEWHERE
from desk.conversations.judge import Reason
from desk.conversations.scene import case, slack_key
from desk.conversations.written import store
from desk.slack import mrkdwn, quotes, refusals
from models import Conversation, Message, Post, Status


async def take(desk: Desk, event: Mapping[str, Any]) -> list[Passed]:
    """If the author has customers waiting in this channel, say so; offer to send where one fits."""
    async with in_transaction():
        return await _told(desk, event, await _waiting(desk, event))


async def under(desk: Desk, event: Mapping[str, Any], post: Post) -> list[Passed]:
    """The same under a post of ours; it tells for whom the words were, where it is about one customer."""
    about = await Conversation.get_or_none(id=post.conversation_id) if post.conversation_id else None
    return await _told(desk, event, [about] if about else await _waiting(desk, event))


async def _waiting(desk: Desk, event: Mapping[str, Any]) -> list[Conversation]:
    """The author's conversations in this channel whose customers wait; two are as good as many."""
    return await Conversation.filter(
        workspace_id=desk.workspace.id,
        channel=str(event["channel"]),
        status=Status.INBOX,
        assignee=str(event.get("user") or ""),
        waiting_since__isnull=False,
    ).limit(2)


async def _told(desk: Desk, event: Mapping[str, Any], meant: list[Conversation]) -> list[Passed]:
    """A sentence for the author, who answers there; a mention or `note:` shows that colleagues were meant."""
    author = str(event.get("user") or "")
    if not meant or not await people.is_agent(desk, meant[0].account_id, author):
        return []
    said = await people.read(desk, event)
    _, words = quotes.after(said.text)
    if said.mentions or mrkdwn.note_of(words) is not None:
        return []
    order = commands.typed(words)
    if len(meant) > 1 or not said.text.strip() or event.get("files") or (order and order.does):
        return [_whisper(event, "none", None)]
    if await Message.exists(slack_key=slack_key(desk, str(event["channel"]), str(event["ts"]))):
        return []
    found = await case(desk, meant[0])
    message = await store(desk, found, event, said.text, Reason.WRONG_PLACE, {ELSEWHERE: True})
    return [_whisper(event, str(message.id), found.contact.name)]


def _whisper(event: Mapping[str, Any], value: str, name: str | None) -> Whisper:
    thread = event.get("thread_ts")
    return Whisper(
        channel=str(event["channel"]),
        user=str(event.get("user") or ""),
        thread_ts=str(thread) if thread else None,
        drawing=refusals.wrong_place(value, name, in_thread=bool(thread)),
    )

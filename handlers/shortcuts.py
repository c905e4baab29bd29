"""Message shortcuts: what works in threads, on a phone, on any message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desk import people
from desk.conversations import presses, views
from desk.conversations.aftermath import Whisper, offer
from desk.conversations.assignment import Refusal
from desk.conversations.judge import Reason
from desk.conversations.presses import How
from desk.conversations.scene import Case, by_thread, case, slack_key
from desk.slack import lines, wording
from desk.slack.errors import SlackError
from handlers.front import Front, unit, user_of
from handlers.menus import menu
from models import Message, Status


async def _case(front: Front, body: Mapping[str, Any]) -> Case | None:
    """The conversation in whose thread the shortcut was used, for its agents; others are told."""
    message = body.get("message") or {}
    channel = str((body.get("channel") or {}).get("id", ""))
    thread = str(message.get("thread_ts") or message.get("ts") or "")
    conversation = await by_thread(front.desk, channel, thread)
    if conversation is None:
        _tell(front, body, wording.general.NOT_A_CONVERSATION)
        return None
    if not await people.is_agent(front.desk, conversation.account_id, user_of(body)):
        _tell(front, body, wording.general.ONLY_TEAM)
        return None
    return await case(front.desk, conversation)


def _tell(front: Front, body: Mapping[str, Any], words: str) -> None:
    message = body.get("message") or {}
    channel = str((body.get("channel") or {}).get("id", ""))
    thread = message.get("thread_ts")
    offer(
        front.desk,
        [Whisper(channel=channel, user=user_of(body), thread_ts=thread, drawing=lines.told(words))],
    )


async def _message(front: Front, found: Case, body: Mapping[str, Any]) -> Message | None:
    """The message the shortcut was used on, if it is one of the thread's."""
    channel = str((body.get("channel") or {}).get("id", ""))
    ts = str((body.get("message") or {}).get("ts", ""))
    message = await Message.get_or_none(slack_key=slack_key(front.desk, channel, ts))
    return message if message and message.conversation_id == found.conversation.id else None


def how_to_send(message: Message, status: Status) -> How:
    """Whatever kept it inside, the person has decided now."""
    if status is Status.CLOSED:
        return How.REOPEN
    if message.reason in (Reason.TOO_LARGE, Reason.WRONG_KIND, Reason.NO_BYTES):
        return How.TEXT_ONLY
    return How.WITHOUT_MENTION if message.reason == Reason.MENTION else How.AS_IS


async def send_to_customer(front: Front, body: Mapping[str, Any]) -> None:
    """`Send to customer`: a note or guarded message goes out after all."""
    found = await _case(front, body)
    if found is None:
        return
    message = await _message(front, found, body)
    if message is None:
        _tell(front, body, wording.refusals.NOT_SENDABLE)
        return
    how = how_to_send(message, found.conversation.status)
    try:
        done = await unit(front, lambda: presses.send_kept(front.desk, message.id, user_of(body), how))
    except Refusal as refusal:
        _tell(front, body, refusal.words)
        return
    offer(front.desk, done.effects)


async def conversation_menu(front: Front, body: Mapping[str, Any]) -> None:
    """`Conversation menu`."""
    found = await _case(front, body)
    if found is None:
        return
    channel = str((body.get("channel") or {}).get("id", ""))
    ts = str((body.get("message") or {}).get("ts", ""))
    kept = await views.kept_message(front.desk, found, channel, ts)
    drawn = await menu(front, found, kept=kept)
    try:
        await front.desk.gateway.open_view(str(body.get("trigger_id", "")), drawn)
    except SlackError as error:
        _tell(front, body, error.words)


SHORTCUTS = {"send_to_customer": send_to_customer, "conversation_menu": conversation_menu}
"""Every message shortcut of the manifest."""

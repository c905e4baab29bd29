"""Messages in Slack: an agent's words in a thread, their changes, and words in the wrong place."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from desk.context import Desk, WorkspaceRef
from desk.conversations import changed_reply, lost_card, lost_files, misplaced, replies
from desk.conversations.aftermath import Passed, Whisper, offer
from desk.delivery.effects.files import shared
from desk.slack import lists
from handlers.front import Front, unit


class What(StrEnum):
    """What a message event is to us."""

    OUR_FILES = "our_files"
    EDIT = "edit"
    DELETION = "deletion"
    THREAD = "thread"
    TOP_LEVEL = "top_level"
    DIRECT = "direct"
    OUR_DELETION = "our_deletion"
    NOTHING = "nothing"


_WORDS = frozenset({None, "file_share", "thread_broadcast", "me_message", "bot_message"})


def is_ours(message: Mapping[str, Any], own: WorkspaceRef) -> bool:
    """Whether we posted it: also under a customer's name, where only `bot_id` tells."""
    return message.get("bot_id") == own.bot_id or message.get("user") == own.bot_user_id


def classify(event: Mapping[str, Any], own: WorkspaceRef) -> What:
    """Take, translate or ignore."""
    subtype = event.get("subtype")
    if subtype == "message_changed":
        return _changed(event, own)
    if subtype == "message_deleted":
        ours = is_ours(event.get("previous_message") or {}, own)
        return What.OUR_DELETION if ours else What.DELETION
    if is_ours(event, own):
        return What.OUR_FILES if event.get("files") and event.get("thread_ts") else What.NOTHING
    if subtype not in _WORDS or not event.get("ts") or not event.get("channel"):
        return What.NOTHING
    if event.get("channel_type") in ("im", "app_home"):
        return What.NOTHING if event.get("bot_id") else What.DIRECT
    thread = event.get("thread_ts")
    if thread and thread != event.get("ts"):
        return What.THREAD
    return What.NOTHING if event.get("bot_id") else What.TOP_LEVEL


def _changed(event: Mapping[str, Any], own: WorkspaceRef) -> What:
    message = event.get("message") or {}
    before = event.get("previous_message") or {}
    ours, deleted = is_ours(message, own) or is_ours(before, own), message.get("subtype") == "tombstone"
    if deleted:
        return What.OUR_DELETION if ours else What.DELETION
    if ours:
        return What.NOTHING
    same = all(message.get(key) == before.get(key) for key in ("text", "blocks", "files"))
    return What.NOTHING if same else What.EDIT


async def on_message(front: Front, event: Mapping[str, Any]) -> None:
    """Take one message event; one transaction."""
    desk = front.desk
    match classify(event, desk.workspace):
        case What.THREAD:
            effects = await unit(front, lambda: replies.take(desk, event))
        case What.EDIT:
            effects = await _edit(front, event)
        case What.DELETION:
            effects = await _deletion(front, event)
        case What.OUR_DELETION:
            effects = await unit(front, lambda: lost_card.deleted(desk, *_place_of(event)))
        case What.OUR_FILES:
            effects = await unit(front, lambda: shared(desk, event))
        case What.TOP_LEVEL:
            effects = await unit(front, lambda: misplaced.take(desk, event))
        case What.DIRECT:
            effects = _direct(desk, event)
        case What.NOTHING:
            effects = []
    offer(desk, effects)


async def _edit(front: Front, event: Mapping[str, Any]) -> list[Passed]:
    message = event["message"]
    channel, ts = str(event.get("channel")), str(message.get("ts"))
    if lost_files.deleted(message):
        await unit(front, lambda: lost_files.take(front.desk, channel, ts, message))
    return await unit(front, lambda: changed_reply.take_edit(front.desk, channel, ts, message))


def _place_of(event: Mapping[str, Any]) -> tuple[str, str]:
    """The channel and `ts` of what was deleted."""
    before = event.get("previous_message") or {}
    ts = str(event.get("deleted_ts") or (event.get("message") or {}).get("ts") or before.get("ts"))
    return str(event.get("channel")), ts


async def _deletion(front: Front, event: Mapping[str, Any]) -> list[Passed]:
    thread = (event.get("previous_message") or {}).get("thread_ts")
    channel, ts = _place_of(event)
    return await unit(
        front, lambda: changed_reply.take_deletion(front.desk, channel, ts, str(thread) if thread else None)
    )


def _direct(desk: Desk, event: Mapping[str, Any]) -> list[Passed]:
    """Written to the app itself: how it is used."""
    drawing = lists.help_reply(desk.settings.command_prefix)
    return [Whisper(channel=str(event["channel"]), user=str(event.get("user")), drawing=drawing)]

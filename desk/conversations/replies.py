"""An agent wrote in a thread: note or reply, and what becomes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tortoise.transactions import in_transaction

from desk.context import Desk
from desk.conversations import changed_reply, lost_card, sending
from desk.conversations.aftermath import Passed
from desk.conversations.heard import author_of, hear, time_of
from desk.conversations.judge import Reason, judge
from desk.conversations.keeping import keep, state_for
from desk.conversations.scene import Case, by_thread, case, held, scene
from desk.delivery import plan
from desk.media import largest, safe_name
from desk.slack.files import address_of
from desk.slack.text import clean
from models import Attachment, Conversation, Direction, EarlyChange, Message
from networks.base import MediaKind, MediaRule


def slack_key(desk: Desk, channel: str, ts: str) -> str:
    """The key under which a Slack message is known."""
    return f"{desk.workspace.id}:{channel}:{ts}"


async def take(desk: Desk, event: Mapping[str, Any]) -> list[Passed]:
    """Take one message of a thread, live or read back: one transaction; a repeat does nothing.

    Returns the passing effects for after the commit.
    """
    channel, ts = str(event["channel"]), str(event["ts"])
    async with in_transaction():
        standing = await by_thread(desk, channel, str(event["thread_ts"]))
        conversation = await held(desk, standing.id) if standing else None
        if conversation is None:
            await _keep_until_the_card(desk, event)
            return []
        if await Message.exists(slack_key=slack_key(desk, channel, ts)):
            return []
        found = await case(desk, conversation)
        return await _take(desk, found, event)


def _thread_key(desk: Desk, channel: str, thread_ts: str) -> str:
    return f"thread:{desk.workspace.id}:{channel}:{thread_ts}"


async def _keep_until_the_card(desk: Desk, event: Mapping[str, Any]) -> None:
    """Written under a post of ours whose `ts` we may not know yet: kept until its card is settled."""
    if event.get("parent_user_id") not in (None, desk.workspace.bot_user_id):
        return
    key = _thread_key(desk, str(event["channel"]), str(event["thread_ts"]))
    body = {"what": "message", "event": dict(event)}
    await EarlyChange.create(workspace_id=desk.workspace.id, key=key, body=body, at=desk.clock.now())


async def take_early(desk: Desk, channel: str, thread_ts: str) -> list[Passed]:
    """A card is settled: take what was written in its thread before we knew."""
    effects: list[Passed] = []
    for kept in await EarlyChange.filter(key=_thread_key(desk, channel, thread_ts)).order_by("id"):
        await kept.delete()
        effects += await take(desk, kept.body["event"])
    return effects


async def _take(desk: Desk, found: Case, event: Mapping[str, Any]) -> list[Passed]:
    heard = await hear(desk, event)
    files = [f for f in event.get("files") or () if isinstance(f, Mapping)]
    reason = judge(heard.words, await scene(desk, found, heard.words.author))
    detail = heard.detail
    if reason is None and files:
        reason, detail = _too_much(desk, found, files)
    message = await store(desk, found, event, heard.text, reason, detail)
    await _store_files(message, files)
    await lost_card.show(desk, found.conversation, message, str(event["thread_ts"]))
    if message.author == found.conversation.assignee and event["thread_ts"] == found.conversation.card_ts:
        await Conversation.filter(id=found.conversation.id).update(assignee_wrote=True)
    effects = await _route(desk, found, message, reason)
    return [*effects, *await _apply_early(desk, message)]


def _too_much(
    desk: Desk, found: Case, files: list[Mapping[str, Any]]
) -> tuple[Reason | None, dict[str, Any]]:
    """What can be refused before a byte is fetched: no bytes at all, or more than there ever is room for."""
    if found.account is None:
        return None, {}
    for file in files:
        if not address_of(file) and file.get("file_access") != "check_file_info":
            return Reason.NO_BYTES, {"file": _name(file)}
    rules, room = found.account.capabilities.send, desk.settings.spool_max_bytes
    refused = (_refused(file, rules) for file in files)
    return next((each for each in refused if each), None) or _no_room(files, room) or (None, {})


_Refused = tuple[Reason, dict[str, Any]]


def _refused(file: Mapping[str, Any], rules: Mapping[MediaKind, MediaRule]) -> _Refused | None:
    """What the network says to a file as Slack describes it."""
    size, name = _size(file), _name(file)
    most = largest(rules, str(file.get("mimetype") or ""))
    if most is None:
        return Reason.WRONG_KIND, {"file": name}
    kind, limit = most
    if size <= limit:
        return None
    return Reason.TOO_LARGE, {"file": name, "size": size, "limit": limit, "kind": kind.value}


def _no_room(files: list[Mapping[str, Any]], room: int) -> _Refused | None:
    """The largest file, where all of them together are more than may lie here."""
    if sum(_size(file) for file in files) <= room:
        return None
    file = max(files, key=_size)
    return Reason.TOO_LARGE, {"file": _name(file), "size": _size(file), "limit": room, "ours": True}


def _size(file: Mapping[str, Any]) -> int:
    return int(file.get("size") or 0)


def _name(file: Mapping[str, Any]) -> str:
    """As its author named it, harmless; empty where Slack doesn't tell it yet."""
    name = clean(str(file.get("name") or ""))
    return safe_name(name) if name else ""


async def store(
    desk: Desk,
    found: Case,
    event: Mapping[str, Any],
    text: str,
    reason: Reason | None,
    detail: Mapping[str, Any],
) -> Message:
    """The row of what an agent wrote, with what became of it from the first second."""
    ts = str(event["ts"])
    return await Message.create(
        workspace_id=desk.workspace.id,
        conversation_id=found.conversation.id,
        direction=Direction.OUTBOUND if reason is None else Direction.NOTE,
        state=state_for(reason),
        slack_key=slack_key(desk, found.conversation.channel, ts),
        slack_ts=ts,
        author=author_of(event),
        text=clean(text),
        reason=reason or "",
        detail=dict(detail),
        sent_at=time_of(ts),
        created_at=desk.clock.now(),
    )


async def _store_files(message: Message, files: list[Mapping[str, Any]]) -> None:
    for position, file in enumerate(files):
        await Attachment.create(
            workspace_id=message.workspace_id,
            message_id=message.id,
            position=position,
            name=_name(file),
            claimed_type=clean(str(file.get("mimetype") or ""))[:255],
            claimed_size=_size(file),
            ref=json.dumps({"id": str(file.get("id", "")), "url": address_of(file)}),
        )


async def _route(desk: Desk, found: Case, message: Message, reason: Reason | None) -> list[Passed]:
    """Send, or keep with its mark and its sentence."""
    if reason is None:
        config = found.account.config if found.account else None
        hold = config.undo_hold if config else desk.settings.durations.min_hold
        return await sending.accept(
            desk, found, message, order_key=plan.order_of(message.slack_ts or "0"), hold=hold
        )
    return await keep(desk, found, message, reason)


async def _apply_early(desk: Desk, message: Message) -> list[Passed]:
    """An edit or deletion of this message came before it."""
    effects: list[Passed] = []
    for kept in await EarlyChange.filter(key=message.slack_key).order_by("id"):
        await kept.delete()
        found, fresh = await changed_reply.case_of(desk, message)
        if kept.body["what"] == "delete":
            effects += await changed_reply.delete(desk, found, fresh)
        else:
            effects += await changed_reply.edit(desk, found, fresh, kept.body["event"])
    return effects

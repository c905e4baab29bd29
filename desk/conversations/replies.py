"""An agent wrote in a thread: note or reply, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tortoise.transactions import in_transaction

from desk.context import Desk
from desk.conversations import answering, changed_reply, commanding, lost_card, misplaced, sending
from desk.conversations.aftermath import Passed
from desk.conversations.heard import author_of, hear
from desk.conversations.judge import Reason, judge
from desk.conversations.keeping import keep
from desk.conversations.scene import Case, Looked, held_by_thread, look, scene, slack_key
from desk.conversations.written import name_of, size_of, store, store_files
from desk.delivery import keys
from desk.media import largest
from desk.slack.files import address_of
from models import Attachment, Conversation, EarlyChange, Message, Post
from models.database import take_turns
from networks.capabilities import MediaKind, MediaRule


async def take(desk: Desk, event: Mapping[str, Any]) -> list[Passed]:
    """Take one message of a thread, live or read back: one transaction; a repeat does nothing.

    Returns the passing effects for after the commit.
    """
    channel, key = str(event["channel"]), slack_key(desk, str(event["channel"]), str(event["ts"]))
    async with in_transaction():
        conversation = await _whose(desk, channel, str(event["thread_ts"]))
        if conversation is None:
            return await _no_conversation(desk, event)
        await take_turns(key)
        looked = await look(desk, conversation, author_of(event), key)
        return [] if looked.known else await _take(desk, looked, event)


async def _whose(desk: Desk, channel: str, thread_ts: str) -> Conversation | None:
    """The conversation in whose thread it stands, held; a card that is just being settled is waited for."""
    if found := await held_by_thread(desk, channel, thread_ts):
        return found
    await take_turns(_thread_key(desk, channel, thread_ts))
    return await held_by_thread(desk, channel, thread_ts)


def _thread_key(desk: Desk, channel: str, thread_ts: str) -> str:
    return f"thread:{desk.workspace.id}:{channel}:{thread_ts}"


async def _no_conversation(desk: Desk, event: Mapping[str, Any]) -> list[Passed]:
    """Under a post of ours that is no card; or under one that we do not know yet."""
    key = slack_key(desk, str(event["channel"]), str(event["thread_ts"]))
    post = await Post.get_or_none(key=key)
    if post:
        return await misplaced.under(desk, event, post)
    await _keep_until_the_card(desk, event)
    return []


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
    key = _thread_key(desk, channel, thread_ts)
    await take_turns(key)
    for kept in await EarlyChange.filter(key=key).order_by("id"):
        await kept.delete()
        effects += await take(desk, kept.body["event"])
    return effects


async def _take(desk: Desk, looked: Looked, event: Mapping[str, Any]) -> list[Passed]:
    found = looked.found
    heard, answered = await answering.aimed(found, await hear(desk, event))
    shared = [f for f in event.get("files") or () if isinstance(f, Mapping)]
    reason = judge(heard.words, await scene(looked))
    detail = heard.detail
    if reason is None and shared:
        reason, detail = _too_much(desk, found, shared)
    message = await store(desk, found, event, heard.text, reason, detail, heard.styles, answered)
    files = await store_files(message, shared)
    await lost_card.show(desk, found.conversation, message, str(event["thread_ts"]))
    whose = found.conversation
    here = message.author == whose.assignee and event["thread_ts"] == whose.card_ts
    if here and not whose.assignee_wrote:
        await Conversation.filter(id=found.conversation.id).update(assignee_wrote=True)
    if reason is Reason.COMMAND:
        effects = await commanding.carry_out(desk, found, message, heard)
    else:
        effects = await _route(desk, found, message, files, reason)
    return [*effects, *await _apply_early(desk, message)] if looked.early else effects


def _too_much(
    desk: Desk, found: Case, files: list[Mapping[str, Any]]
) -> tuple[Reason | None, dict[str, Any]]:
    """What can be refused before a byte is fetched: no bytes at all, or more than there ever is room for."""
    if found.account is None:
        return None, {}
    for file in files:
        if not address_of(file) and file.get("file_access") != "check_file_info":
            return Reason.NO_BYTES, {"file": name_of(file)}
    rules, room = found.account.capabilities.send, desk.settings.spool_max_bytes
    refused = (_refused(file, rules) for file in files)
    return next((each for each in refused if each), None) or _no_room(files, room) or (None, {})


_Refused = tuple[Reason, dict[str, Any]]


def _refused(file: Mapping[str, Any], rules: Mapping[MediaKind, MediaRule]) -> _Refused | None:
    """What the network says to a file as Slack describes it."""
    size, name = size_of(file), name_of(file)
    most = largest(rules, str(file.get("mimetype") or ""))
    if most is None:
        return Reason.WRONG_KIND, {"file": name}
    kind, limit = most
    if size <= limit:
        return None
    return Reason.TOO_LARGE, {"file": name, "size": size, "limit": limit, "kind": kind.value}


def _no_room(files: list[Mapping[str, Any]], room: int) -> _Refused | None:
    """The largest file, where all of them together are more than may lie here."""
    if sum(size_of(file) for file in files) <= room:
        return None
    file = max(files, key=size_of)
    return Reason.TOO_LARGE, {"file": name_of(file), "size": size_of(file), "limit": room, "ours": True}


async def _route(
    desk: Desk, found: Case, message: Message, files: Sequence[Attachment], reason: Reason | None
) -> list[Passed]:
    """Send, or keep with its mark and its sentence."""
    if reason is not None:
        return await keep(desk, found, message, reason)
    order = keys.order_of(message.slack_ts or "0")
    return await sending.accept(desk, found, message, files, order_key=order)


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

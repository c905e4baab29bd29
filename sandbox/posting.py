"""Messages come, change and go: the one place that writes them, tells the app and tells the browsers."""

import copy
from bisect import bisect_left, insort
from typing import Any
from uuid import uuid4

from sandbox import notifications
from sandbox.core import Core
from sandbox.reading import show_lists
from sandbox.refusal import Json, Refusal
from sandbox.world import Channel, Kind, Message

_REPLY_FIELDS = ("reply_count", "reply_users", "reply_users_count", "latest_reply")


def post(
    core: Core,
    channel: Channel,
    body: Json,
    *,
    by_app: bool,
    metadata: Json | None = None,
    system: bool = False,
) -> Message:
    """Add a message. `body` lacks only `type`, `ts` and the thread's bookkeeping."""
    now = core.clock.now()
    ts = core.world.next_ts(now)
    message = Message(
        channel=channel.id,
        ts=ts,
        body={"type": "message", **body, "ts": ts},
        by_app=by_app,
        metadata=metadata,
        shown_at=now + core.faults.history_delay,
    )
    channel.messages[ts] = message
    parent = _file_in(channel, message)
    event: Json = dict(message.body)
    if message.body.get("subtype") == "thread_broadcast" and parent is not None:
        event["root"] = dict(parent.body)
    core.events.message(channel, event)
    _app_mention(core, channel, message)
    if not system:
        notifications.spread(core, channel, message)
    if parent is not None:
        shown(core, channel, parent)
    shown(core, channel, message)
    show_lists(core, channel.members)
    core.changed()
    return message


def _app_mention(core: Core, channel: Channel, message: Message) -> None:
    if not message.by_app and f"<@{core.app.bot_user_id}>" in str(message.body.get("text", "")):
        event = {k: v for k, v in message.body.items() if k != "subtype"}
        if channel.kind is not Kind.IM:
            core.events.in_channel(channel, {**event, "type": "app_mention", "channel": channel.id})


def _file_in(channel: Channel, message: Message) -> Message | None:
    """Enter a message into its channel's indexes; return the parent of a reply."""
    if not message.is_reply:
        channel.timeline.append(message.ts)
        return None
    root = str(message.thread)
    channel.replies.setdefault(root, []).append(message.ts)
    if message.body.get("subtype") == "thread_broadcast":
        channel.timeline.append(message.ts)
    parent = channel.messages[root]
    if parent.author is not None:
        message.body["parent_user_id"] = parent.author
        if parent.author in channel.members:
            channel.followers.setdefault(root, {}).setdefault(parent.author)
    _count_reply(channel, parent, message)
    return parent


def _count_reply(channel: Channel, parent: Message, reply: Message) -> None:
    body = parent.body
    users = body.setdefault("reply_users", [])
    author = _replier(reply)
    if author not in users:
        users.append(author)
    body |= {
        "thread_ts": parent.ts,
        "reply_count": len(channel.replies[parent.ts]),
        "reply_users_count": len(users),
        "latest_reply": reply.ts,
        "is_locked": False,
        "subscribed": False,
    }


def _replier(reply: Message) -> str:
    return reply.author or str(reply.body.get("bot_id"))


def is_ts(text: str) -> bool:
    """Whether this is written as a message's `ts` is."""
    seconds, _, micros = text.partition(".")
    return seconds.isdigit() and micros.isdigit() and len(micros) == 6


def check_thread(channel: Channel, thread_ts: str) -> None:
    """Raise Refusal unless `thread_ts` is the parent of a thread or may become one."""
    if not is_ts(thread_ts):
        message = f"[ERROR] {thread_ts} is not a valid thread_ts"
        raise Refusal("invalid_thread_ts", response_metadata={"messages": [message]})
    parent = channel.messages.get(thread_ts)
    if parent is None:
        raise Refusal("thread_not_found", "This thread does not exist.")
    if parent.is_reply:
        raise Refusal("cannot_reply_to_message", "A reply has no thread of its own.")


def change(
    core: Core, channel: Channel, message: Message, changes: Json, *, removed: tuple[str, ...] = ()
) -> None:
    """Change a message and tell everybody: `message_changed`, with what it was before."""
    before = copy.deepcopy(message.body)
    for key in removed:
        message.body.pop(key, None)
    message.body |= changes
    now_ts = core.world.next_ts(core.clock.now())
    event: Json = {
        "type": "message",
        "subtype": "message_changed",
        "message": message.body,
        "previous_message": before,
        "hidden": True,
        "ts": now_ts,
        "event_ts": now_ts,
    }
    core.events.message(channel, event)
    shown(core, channel, message)
    core.changed()


def broadcast(core: Core, channel: Channel, message: Message) -> None:
    """Let a reply stand in the channel too: a `message_changed` in which no word changes."""
    insort(channel.timeline, message.ts)
    root = dict(channel.messages[str(message.thread)].body)
    change(core, channel, message, {"subtype": "thread_broadcast", "root": root})
    del message.body["root"]


def delete(core: Core, channel: Channel, message: Message) -> None:
    """Delete a message; a parent with replies leaves a tombstone and its thread."""
    if channel.replies.get(message.ts):
        _bury(core, channel, message)
        return
    _take_out(channel, message)
    now_ts = core.world.next_ts(core.clock.now())
    event: Json = {
        "type": "message",
        "subtype": "message_deleted",
        "deleted_ts": message.ts,
        "previous_message": message.body,
        "hidden": True,
        "ts": now_ts,
        "event_ts": now_ts,
    }
    core.events.message(channel, event)
    removed = {"type": "message_removed", "channel": channel.id, "ts": message.ts}
    core.live.push(channel.members, removed)
    _parent_after_removal(core, channel, message)
    core.changed()


def _bury(core: Core, channel: Channel, message: Message) -> None:
    words = "This message was deleted."
    kept = {"type", "ts", "thread_ts", "is_locked", "subscribed", *_REPLY_FIELDS}
    removed = tuple(k for k in message.body if k not in kept)
    tomb = {"subtype": "tombstone", "text": words, "user": "USLACKBOT", "hidden": True}
    message.metadata = None
    message.by_app = False
    change(core, channel, message, tomb, removed=removed)


def _take_out(channel: Channel, message: Message) -> None:
    del channel.messages[message.ts]
    if message.is_reply:
        _remove(channel.replies[str(message.thread)], message.ts)
    _remove(channel.timeline, message.ts)


def _remove(ordered: list[str], ts: str) -> None:
    at = bisect_left(ordered, ts)
    if at < len(ordered) and ordered[at] == ts:
        del ordered[at]


def _parent_after_removal(core: Core, channel: Channel, message: Message) -> None:
    parent = channel.messages.get(str(message.thread)) if message.is_reply else None
    if parent is None:
        return
    left = channel.replies[parent.ts]
    if not left and parent.body.get("subtype") == "tombstone":
        delete(core, channel, parent)
        return
    if left:
        users = list(dict.fromkeys(_replier(channel.messages[ts]) for ts in left))
        counts = {"reply_count": len(left), "latest_reply": left[-1]}
        parent.body |= {**counts, "reply_users": users, "reply_users_count": len(users)}
    else:
        for key in ("thread_ts", "is_locked", "subscribed", *_REPLY_FIELDS):
            parent.body.pop(key, None)
    shown(core, channel, parent)


def react(core: Core, channel: Channel, message: Message, user: str, name: str) -> None:
    """Put a reaction. Raises Refusal `already_reacted`, `too_many_emoji`."""
    reactions = message.body.setdefault("reactions", [])
    entry = next((r for r in reactions if r["name"] == name), None)
    if entry is not None and user in entry["users"]:
        raise Refusal("already_reacted", "This reaction is there already.")
    if entry is None:
        if len(reactions) >= 23:
            raise Refusal("too_many_emoji", "This message has too many reactions.")
        entry = {"name": name, "users": [], "count": 0}
        reactions.append(entry)
    entry["users"].append(user)
    entry["count"] += 1
    _reacted(core, channel, message, _reaction("reaction_added", user, name))


def unreact(core: Core, channel: Channel, message: Message, user: str, name: str) -> None:
    """Take a reaction away; only who put it can. Raises Refusal `no_reaction`."""
    reactions = message.body.get("reactions", [])
    entry = next((r for r in reactions if r["name"] == name and user in r["users"]), None)
    if entry is None:
        raise Refusal("no_reaction", "There is no such reaction of yours.")
    entry["users"].remove(user)
    entry["count"] -= 1
    if not entry["users"]:
        reactions.remove(entry)
    if not reactions:
        del message.body["reactions"]
    _reacted(core, channel, message, _reaction("reaction_removed", user, name))


def _reaction(kind: str, user: str, name: str) -> Json:
    return {"type": kind, "user": user, "reaction": name}


def _reacted(core: Core, channel: Channel, message: Message, event: Json) -> None:
    event["item"] = {"type": "message", "channel": channel.id, "ts": message.ts}
    if message.author is not None:
        event["item_user"] = message.author
    core.events.in_channel(channel, event)
    shown(core, channel, message)
    core.changed()


def system_line(core: Core, channel: Channel, subtype: str, user: str, words: str, **more: Any) -> Message:
    """Post one of Slack's own lines, such as `channel_join`."""
    body = {"subtype": subtype, "user": user, "text": words, **more}
    return post(core, channel, body, by_app=False, system=True)


def shown(core: Core, channel: Channel, message: Message) -> None:
    """Show a message as it now is to the browsers of the channel's people."""
    if core.live.watching(channel.members):
        frame = {"type": "message", "channel": channel.id, "message": message.body}
        core.live.push(channel.members, frame)


def client_msg_id() -> str:
    """Return the id a person's client gives a message."""
    return str(uuid4())

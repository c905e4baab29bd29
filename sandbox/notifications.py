"""Whom Slack would have notified, and who follows which thread."""

from sandbox import mentions
from sandbox.core import Core
from sandbox.refusal import Json
from sandbox.world import Channel, Kind, Message

MOST_KEPT = 5_000


def spread(core: Core, channel: Channel, message: Message) -> None:
    """Count a new message as unread, notify whom Slack would, and let those follow whom it should."""
    marks = mentions.of_message(message.body)
    mentioned = _mentioned(core, channel, marks) if marks else set()
    parent = message.thread if message.is_reply else None
    follow(channel, message, mentioned)
    followers = channel.followers.get(parent, {}) if parent else {}
    in_channel = not message.is_reply or message.body.get("subtype") == "thread_broadcast"
    for user in channel.members:
        if user == message.author or core.world.people[user].is_bot:
            continue
        if in_channel:
            channel.unread[user] = channel.unread.get(user, 0) + 1
        if parent is not None and user in followers:
            unread = channel.thread_unread.setdefault(user, {})
            unread[parent] = unread.get(parent, 0) + 1
        why = _why(
            core,
            channel,
            message,
            user,
            mentioned=user in mentioned,
            follows=user in followers,
            in_channel=in_channel,
        )
        if why:
            _badge(channel, user, None if in_channel or user not in followers else parent, why)
            _notify(core, channel, message, user, why)


def follow(channel: Channel, message: Message, mentioned: set[str]) -> None:
    """Let the author and the mentioned follow the thread; a parent's author follows from the first reply."""
    root = message.thread or message.ts
    newcomers = [u for u in mentioned if u in channel.members]
    if message.author is not None and message.author in channel.members:
        newcomers.insert(0, message.author)
    if newcomers:
        channel.followers.setdefault(root, {}).update(dict.fromkeys(newcomers))


def _mentioned(core: Core, channel: Channel, marks: set[str]) -> set[str]:
    found: set[str] = set()
    for mark in marks:
        if mark.startswith("@"):
            found.add(mark[1:])
        elif mark.startswith("!subteam^"):
            group = core.world.groups.get(mark.removeprefix("!subteam^"))
            found.update(group.members if group and not group.disabled else ())
        elif mark == "!here":
            found.update(u for u in channel.members if core.world.people[u].active)
        else:
            found.update(channel.members)
    return found & channel.members.keys()


def _why(
    core: Core,
    channel: Channel,
    message: Message,
    user: str,
    *,
    mentioned: bool,
    follows: bool,
    in_channel: bool,
) -> str | None:
    person = core.world.people[user]
    preference = channel.preferences.get(user, "mentions")
    reasons = (
        ("dm", channel.kind is Kind.IM and in_channel),
        ("mention", mentioned),
        ("thread", follows and message.is_reply),
        ("channel_all", preference == "all" and in_channel),
        ("keyword", bool(person.keywords) and _has_keyword(message, person.keywords)),
    )
    if preference == "nothing" or person.deleted:
        return None
    return next((why for why, holds in reasons if holds), None)


def _has_keyword(message: Message, keywords: list[str]) -> bool:
    text = str(message.body.get("text", "")).casefold()
    return any(word.casefold() in text for word in keywords)


def _badge(channel: Channel, user: str, thread: str | None, why: str) -> None:
    """Count what names somebody: at the thread if it stands in one they follow, else at the channel."""
    if why == "thread":
        return
    kept = channel.mentions if thread is None else channel.thread_mentions.setdefault(user, {})
    key = user if thread is None else thread
    kept[key] = kept.get(key, 0) + 1


def _notify(core: Core, channel: Channel, message: Message, user: str, why: str) -> None:
    notification: Json = {
        "channel": channel.id,
        "thread_ts": message.thread if message.is_reply else None,
        "ts": message.ts,
        "text": message.body.get("text", ""),
        "why": why,
    }
    kept = core.world.notifications.setdefault(user, [])
    kept.append(notification)
    del kept[:-MOST_KEPT]
    core.live.push((user,), {"type": "notification", "notification": notification})


def read(channel: Channel, user: str, ts: str, thread_ts: str | None) -> None:
    """Note that somebody read a channel, or a thread, up to `ts`."""
    if thread_ts is not None:
        channel.thread_unread.get(user, {}).pop(thread_ts, None)
        channel.thread_mentions.get(user, {}).pop(thread_ts, None)
        return
    channel.last_read[user] = ts
    channel.unread[user] = sum(
        1 for newer in reversed(channel.timeline) if newer > ts and channel.messages[newer].author != user
    )
    if not channel.unread[user]:
        channel.mentions[user] = 0

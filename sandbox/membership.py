"""Coming into and going out of conversations, with the lines and events this makes."""

from sandbox import posting
from sandbox.core import Core
from sandbox.reading import show_lists
from sandbox.refusal import Json
from sandbox.world import Channel, Kind

_LETTER = {Kind.PUBLIC: "C", Kind.PRIVATE: "G", Kind.IM: "D"}


def join(core: Core, channel: Channel, user: str, *, by: str | None = None) -> None:
    """Make somebody a member; nothing happens if they are one."""
    if user in channel.members:
        return
    channel.members[user] = None
    event = _event("member_joined_channel", core, channel, user)
    if by is not None:
        event["inviter"] = by
    core.events.in_channel(channel, event)
    more = {"inviter": by} if by is not None else {}
    posting.system_line(core, channel, "channel_join", user, f"<@{user}> has joined the channel", **more)
    show_lists(core, (user,))


def leave(core: Core, channel: Channel, user: str) -> None:
    """End somebody's membership; the app hears of its own going as `member_left_channel` too."""
    if user not in channel.members:
        return
    event = _event("member_left_channel", core, channel, user)
    posting.system_line(core, channel, "channel_leave", user, f"<@{user}> has left the channel")
    core.events.in_channel(channel, event)
    del channel.members[user]
    for followers in channel.followers.values():
        followers.pop(user, None)
    counts = (channel.unread, channel.mentions, channel.thread_unread, channel.thread_mentions)
    for kept in (*counts, channel.last_read):
        kept.pop(user, None)
    show_lists(core, (user,))
    core.changed()


def _event(kind: str, core: Core, channel: Channel, user: str) -> Json:
    return {
        "type": kind,
        "user": user,
        "channel": channel.id,
        "channel_type": _LETTER[channel.kind],
        "team": core.world.team.id,
    }

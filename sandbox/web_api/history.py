"""conversations.history and conversations.replies."""

import re
from bisect import bisect_left, bisect_right

from sandbox.arguments import Arguments
from sandbox.core import Core
from sandbox.refusal import Json, Refusal
from sandbox.web_api.membership import HISTORY, joined, need
from sandbox.web_api.paging import cursor_of, place_of
from sandbox.world import Channel, Message

_TS = re.compile(r"\d{1,12}(\.\d{1,6})?")


def _bound(arguments: Arguments, name: str) -> str:
    """Return a bound padded to the width of a `ts`, empty when not given."""
    value = arguments.text(name)
    if not value or value == "0":
        return ""
    if not _TS.fullmatch(value):
        raise Refusal(f"invalid_ts_{name}")
    seconds, _, micros = value.partition(".")
    return f"{seconds.rjust(10, '0')}.{micros.ljust(6, '0')}"


def _between(ordered: list[str], arguments: Arguments) -> list[str]:
    """Return the part of an ordered list of `ts` that lies between `oldest` and `latest`."""
    oldest, latest = _bound(arguments, "oldest"), _bound(arguments, "latest")
    inclusive = arguments.flag("inclusive")
    low = (bisect_left if inclusive else bisect_right)(ordered, oldest) if oldest else 0
    high = (bisect_right if inclusive else bisect_left)(ordered, latest) if latest else len(ordered)
    return ordered[low:high]


def _drawn(message: Message, arguments: Arguments) -> Json:
    with_metadata = arguments.flag("include_all_metadata") and message.metadata
    return {**message.body, **({"metadata": message.metadata} if with_metadata else {})}


def _readable(core: Core, arguments: Arguments) -> Channel:
    channel = joined(core, arguments.required("channel"))
    need(core, HISTORY[channel.kind])
    return channel


def history(core: Core, arguments: Arguments) -> Json:
    """Return a page of a conversation, newest first; see Slack's conversations.history."""
    channel = _readable(core, arguments)
    limit = arguments.number("limit", 100, 1, 999)
    found = _between(channel.timeline, arguments)
    if place := place_of(arguments.text("cursor"), "next_ts"):
        found = found[: bisect_right(found, place)]
    now = core.clock.now()
    shown = [ts for ts in found if channel.messages[ts].shown_at <= now]
    page = shown[::-1][:limit]
    more = len(shown) > limit
    following = cursor_of("next_ts", shown[-limit - 1]) if more else ""
    return {
        "messages": [_drawn(channel.messages[ts], arguments) for ts in page],
        "has_more": more,
        "pin_count": 0,
        **({"response_metadata": {"next_cursor": following}} if more else {}),
    }


def replies(core: Core, arguments: Arguments) -> Json:
    """Return a page of a thread: its parent first, then replies, oldest first."""
    channel = _readable(core, arguments)
    ts = arguments.required("ts")
    limit = arguments.number("limit", 1000, 1, 1000)
    root = channel.messages.get(ts)
    now = core.clock.now()
    if root is None or root.shown_at > now:
        raise Refusal("thread_not_found")
    if root.is_reply:
        return {"messages": [_drawn(root, arguments)], "has_more": False}
    found = _between(channel.replies.get(ts, []), arguments)
    if place := place_of(arguments.text("cursor"), "next_ts"):
        found = found[bisect_left(found, place) :]
    shown = [t for t in found if channel.messages[t].shown_at <= now]
    room = max(limit - 1, 1)
    page = shown[:room]
    more = len(shown) > room
    following = cursor_of("next_ts", shown[room]) if more else ""
    return {
        "messages": [_drawn(channel.messages[t], arguments) for t in (ts, *page)],
        "has_more": more,
        **({"response_metadata": {"next_cursor": following}} if more else {}),
    }

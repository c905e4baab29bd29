"""conversations.history and conversations.replies."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import islice

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


def _between(ordered: list[str], arguments: Arguments) -> tuple[int, int]:
    """Return where the part of an ordered list of `ts` between `oldest` and `latest` begins and ends."""
    oldest, latest = _bound(arguments, "oldest"), _bound(arguments, "latest")
    inclusive = arguments.flag("inclusive")
    low = (bisect_left if inclusive else bisect_right)(ordered, oldest) if oldest else 0
    high = (bisect_right if inclusive else bisect_left)(ordered, latest) if latest else len(ordered)
    return low, high


def _page(core: Core, channel: Channel, stamps: Iterable[str], room: int) -> tuple[list[str], str]:
    """Return the first `room` of these messages that history shows already, and the cursor for the rest."""
    now = core.clock.now()
    shown = list(islice((ts for ts in stamps if channel.messages[ts].shown_at <= now), room + 1))
    return shown[:room], cursor_of("next_ts", shown[room]) if len(shown) > room else ""


def _answer(channel: Channel, stamps: Iterable[str], following: str, arguments: Arguments) -> Json:
    messages = [_drawn(channel.messages[ts], arguments) for ts in stamps]
    made: Json = {"messages": messages, "has_more": bool(following)}
    return {**made, "response_metadata": {"next_cursor": following}} if following else made


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
    low, high = _between(channel.timeline, arguments)
    if place := place_of(arguments.text("cursor"), "next_ts"):
        high = min(high, bisect_right(channel.timeline, place))
    backwards = (channel.timeline[at] for at in range(high - 1, low - 1, -1))
    page, following = _page(core, channel, backwards, limit)
    return {**_answer(channel, page, following, arguments), "pin_count": 0}


def replies(core: Core, arguments: Arguments) -> Json:
    """Return a page of a thread: its parent first, then replies, oldest first."""
    channel = _readable(core, arguments)
    ts = arguments.required("ts")
    limit = arguments.number("limit", 1000, 1, 1000)
    root = channel.messages.get(ts)
    if root is None or root.shown_at > core.clock.now():
        raise Refusal("thread_not_found")
    if root.is_reply:
        return _answer(channel, [ts], "", arguments)
    thread = channel.replies.get(ts, [])
    low, high = _between(thread, arguments)
    if place := place_of(arguments.text("cursor"), "next_ts"):
        low = max(low, bisect_left(thread, place))
    forwards = (thread[at] for at in range(low, high))
    page, following = _page(core, channel, forwards, max(limit - 1, 1))
    return _answer(channel, [ts, *page], following, arguments)

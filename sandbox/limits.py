"""Slack's rate limits, when they are switched on."""

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

POSTS_PER_SECOND = 1.0
POSTS_AT_ONCE = 3
EVENTS_PER_HOUR = 30_000

_TIERS: dict[int, tuple[str, ...]] = {
    20: ("reactions.remove", "users.list", "usergroups.list", "usergroups.users.list", "conversations.list"),
    50: (
        "chat.update",
        "chat.delete",
        "files.delete",
        "reactions.add",
        "conversations.history",
        "conversations.replies",
        "conversations.info",
        "conversations.join",
        "conversations.open",
        "team.info",
        "bots.info",
        "apps.connections.open",
    ),
    100: (
        "chat.postEphemeral",
        "views.open",
        "views.push",
        "views.update",
        "views.publish",
        "files.getUploadURLExternal",
        "files.completeUploadExternal",
        "files.info",
        "users.info",
        "conversations.members",
    ),
    600: ("chat.postMessage", "auth.test", "chat.getPermalink"),
}
PER_MINUTE = {method: calls for calls, methods in _TIERS.items() for method in methods}


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


@dataclass(slots=True)
class Limits:
    """Counts calls while on. `scale` 10 makes Slack ten times as quick, for a short benchmark."""

    on: bool = False
    scale: float = 1.0
    _windows: dict[str, deque[float]] = field(default_factory=dict)
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    def switch(self, on: bool, scale: float) -> None:
        """Switch on or off; what was counted is forgotten."""
        self.on, self.scale = on, scale
        self._windows.clear()
        self._buckets.clear()

    def wait(self, method: str, channel: str | None, now: float) -> int:
        """Return 0 and count the call, or the whole seconds after which it may come again."""
        if not self.on:
            return 0
        waits = list(self._waits(method, channel, now))
        if any(waits):
            return max(1, math.ceil(max(waits)))
        if channel is not None:
            self._buckets[channel].tokens -= 1
        if method in PER_MINUTE:
            self._windows[method].append(now)
        return 0

    def _waits(self, method: str, channel: str | None, now: float) -> Iterator[float]:
        if channel is not None:
            yield self._bucket_wait(channel, now)
        if method in PER_MINUTE:
            yield self._window_wait(method, PER_MINUTE[method], 60.0, now)

    def _bucket_wait(self, key: str, now: float) -> float:
        rate = POSTS_PER_SECOND * self.scale
        bucket = self._buckets.setdefault(key, _Bucket(POSTS_AT_ONCE, now))
        bucket.tokens = min(POSTS_AT_ONCE, bucket.tokens + max(0.0, now - bucket.at) * rate)
        bucket.at = now
        return 0.0 if bucket.tokens >= 1 else (1 - bucket.tokens) / rate

    def _window_wait(self, key: str, calls: int, seconds: float, now: float) -> float:
        window = self._windows.setdefault(key, deque())
        length = seconds / self.scale
        while window and window[0] <= now - length:
            window.popleft()
        return 0.0 if len(window) < calls else window[0] + length - now

    def may_deliver(self, now: float) -> bool:
        """Count one event; false above Slack's 30,000 an hour."""
        if not self.on:
            return True
        if self._window_wait("(events)", EVENTS_PER_HOUR, 3600.0, now) > 0:
            return False
        self._windows["(events)"].append(now)
        return True

"""Whose limit a call spends, and whether there is room for it now. In memory: each
workspace's Slack-bound rows have one owner at a time.

A `pace_key` is `slack:<method>` or `slack:<method>:<channel>` for Slack's rates, and
`net:<account id>` for the number of calls to a network under way at once. A key for one
channel spends from its method's workspace-wide allowance, too.

A bucket that refills steadily is used rather than a count per minute: a minute's allowance
burnt in ten seconds would leave the next press waiting for fifty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

_MOST_IDLE = 2000


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `burst` at once, then `per_second`."""

    burst: float
    per_second: float


def per_minute(allowed: int) -> Rate:
    """A rate that in no minute exceeds `allowed`: a sixth at once, the rest steadily."""
    burst = max(allowed // 6, 1)
    return Rate(burst, (allowed - burst) / 60)


_TIER_2, _TIER_3, _TIER_4 = per_minute(20), per_minute(50), per_minute(100)

# A little under one a second: what leaves in time must not arrive too early.
_ONE_A_SECOND = Rate(3, 0.97)

_CHANNEL_RATES = {"slack:chat.postMessage": _ONE_A_SECOND, "slack:response_url": _ONE_A_SECOND}

_RATES = {
    "slack:chat.postMessage": Rate(30, 5),
    "slack:response_url": Rate(30, 5),
    "slack:chat.postEphemeral": _TIER_4,
    "slack:views": _TIER_4,
    "slack:files": _TIER_4,
    "slack:files.getUploadURLExternal": _TIER_4,
    "slack:files.completeUploadExternal": _TIER_4,
    "slack:files.info": _TIER_4,
    "slack:users.info": _TIER_4,
    "slack:conversations.members": _TIER_4,
    "slack:reactions.remove": _TIER_2,
    "slack:conversations.list": _TIER_2,
    "slack:users.list": _TIER_2,
    "slack:usergroups.list": _TIER_2,
    "slack:usergroups.users.list": _TIER_2,
}
"""Slack's tiers, docs.slack.dev/apis/web-api/rate-limits; what isn't named here is tier 3."""


class _Bucket:
    __slots__ = ("_at", "_left", "_rate")

    def __init__(self, rate: Rate, now: float) -> None:
        self._rate = rate
        self._left = rate.burst
        self._at = now

    def wait(self, now: float) -> float:
        """Seconds until one may be spent."""
        missing = 1.0 - self.left(now)
        return missing / self._rate.per_second if missing > 1e-9 else 0.0

    def wait_full(self, now: float) -> float:
        """Seconds until all may be spent at once."""
        return (self._rate.burst - self.left(now)) / self._rate.per_second

    def left(self, now: float) -> float:
        return min(self._rate.burst, self._left + max(now - self._at, 0.0) * self._rate.per_second)

    def spend(self, now: float) -> None:
        self._left = self.left(now) - 1.0
        self._at = now

    def empty(self, until: float) -> None:
        self._left, self._at = min(self._left, 1.0), until

    def idle(self, now: float) -> bool:
        return self.left(now) >= self._rate.burst


class Pacing:
    """Room for calls. `scale` multiplies all rates and bursts stay: for a stand-in that runs
    faster than Slack. `at_once` is how many calls to one account may be under way."""

    def __init__(self, monotonic: Callable[[], float], *, scale: float = 1.0, at_once: int = 8) -> None:
        self._monotonic = monotonic
        self._scale = scale
        self._at_once = at_once
        self._buckets: dict[str, _Bucket] = {}
        self._under_way: dict[str, int] = {}
        self._blocked: dict[str, float] = {}

    def free(self, key: str) -> bool:
        """Whether a call with this key may leave now."""
        return self.next_free(key) <= 0.0

    def next_free(self, key: str) -> float:
        """Seconds until a call may leave; 0 if now. `inf` where only `release` can tell."""
        now = self._monotonic()
        if self._under_way.get(key, 0) >= self._at_once and _is_network(key):
            return float("inf")
        waits = [self._bucket(name, now).wait(now) for name in _limited_by(key)]
        return max([self._blocked_for(name, now) for name in _lineage(key)] + waits, default=0.0)

    def next_rested(self, key: str) -> float:
        """Seconds until a call may leave and nothing of the key's own allowance is spent: after one that
        waits for that, there is room for others at once.
        """
        now = self._monotonic()
        bucket = self._bucket(key, now)
        return max(self.next_free(key), bucket.wait_full(now))

    def behind(self, key: str) -> bool:
        """Whether there is room for one call at most: whoever leaves next makes others wait."""
        now = self._monotonic()
        return any(self._bucket(name, now).left(now) < 2.0 for name in _limited_by(key))

    def spend(self, key: str) -> None:
        """A call leaves. Whether there was room is the caller's question to `free`."""
        now = self._monotonic()
        if _is_network(key):
            self._under_way[key] = self._under_way.get(key, 0) + 1
        for name in _limited_by(key):
            self._bucket(name, now).spend(now)

    def release(self, key: str) -> None:
        """The call has ended. Matters for networks only; harmless for Slack's rates."""
        left = self._under_way.get(key, 0) - 1
        if left > 0:
            self._under_way[key] = left
        else:
            self._under_way.pop(key, None)

    def block(self, key: str, seconds: float) -> None:
        """The other side asked for a pause: nothing leaves for so long, and no burst follows."""
        until = self._monotonic() + max(seconds, 0.0)
        self._blocked[key] = max(until, self._blocked.get(key, until))
        bucket = self._buckets.get(key)
        if bucket is not None:
            bucket.empty(self._blocked[key])

    def _blocked_for(self, key: str, now: float) -> float:
        left = self._blocked.get(key, now) - now
        if left <= 0.0:
            self._blocked.pop(key, None)
        return max(left, 0.0)

    def _bucket(self, key: str, now: float) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= _MOST_IDLE:
                self._buckets = {k: b for k, b in self._buckets.items() if not b.idle(now)}
            bucket = self._buckets[key] = _Bucket(self._rate(key), now)
        return bucket

    def _rate(self, key: str) -> Rate:
        rate = rate_of(key)
        return Rate(rate.burst, rate.per_second * self._scale)


def rate_of(key: str) -> Rate:
    """Slack's allowance for one key."""
    method, _, channel = key.removeprefix("slack:").partition(":")
    if channel:
        return _CHANNEL_RATES.get(f"slack:{method}", _TIER_3)
    family = method.partition(".")[0]
    return _RATES.get(f"slack:{method}") or _RATES.get(f"slack:{family}") or _TIER_3


def _is_network(key: str) -> bool:
    return key.startswith("net:")


def _lineage(key: str) -> Iterator[str]:
    """The key itself, and its method's where it is for one channel."""
    yield key
    if key.startswith("slack:") and key.count(":") > 1:
        yield key.rpartition(":")[0]


def _limited_by(key: str) -> Iterator[str]:
    """The keys whose rates a call spends. Only the posting methods have rates per channel."""
    if not key.startswith("slack:"):
        return
    for name in _lineage(key):
        if name.count(":") == 1 or name.rpartition(":")[0] in _CHANNEL_RATES:
            yield name

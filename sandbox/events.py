"""Events: which of them the app gets, and the envelope Slack puts around each."""

import asyncio
import json
from typing import Protocol

from sandbox.app import App
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.limits import Limits
from sandbox.refusal import Json
from sandbox.world import Channel, Kind, World

CHANNEL_TYPES = {Kind.PUBLIC: "channel", Kind.PRIVATE: "group", Kind.IM: "im"}
_LONGEST_HOLD = 0.5  # seconds an event waits for the one that is to overtake it
_MESSAGES = {Kind.PUBLIC: "message.channels", Kind.PRIVATE: "message.groups", Kind.IM: "message.im"}
_SCOPES: dict[str, tuple[str, ...]] = {
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "app_mention": ("app_mentions:read",),
    "reaction_added": ("reactions:read",),
    "reaction_removed": ("reactions:read",),
    "member_joined_channel": ("channels:read", "groups:read"),
    "member_left_channel": ("channels:read", "groups:read"),
    "user_change": ("users:read",),
    "team_join": ("users:read",),
    "team_domain_changed": ("team:read",),
    "file_shared": ("files:read",),
    "file_deleted": ("files:read",),
    "subteam_members_changed": ("usergroups:read",),
    **{f"channel_{e}": ("channels:read",) for e in ("archive", "unarchive", "rename", "deleted", "created")},
    **{f"group_{e}": ("groups:read",) for e in ("archive", "unarchive", "rename", "deleted")},
}


class Delivery(Protocol):
    """Takes an event to the app."""

    def deliver(self, event_id: str, body: str) -> None:
        """Start on the way to the app what Slack would send."""


class Events:
    """Decides about each event and hands what the app may have to a Delivery."""

    def __init__(self, world: World, app: App, clock: Clock, faults: Faults, limits: Limits) -> None:
        self._world, self._app, self._clock = world, app, clock
        self._faults, self._limits = faults, limits
        self._held: tuple[str, str] | None = None
        self._rate_limited_minute = 0
        self.delivery: Delivery | None = None

    def message(self, channel: Channel, event: Json) -> None:
        """Send a message event, if the app is in the conversation."""
        if self._wants(_MESSAGES[channel.kind]) and self._is_member(channel):
            body = {**event, "channel": channel.id, "channel_type": CHANNEL_TYPES[channel.kind]}
            body.setdefault("event_ts", body["ts"])
            self._send(body, channel)

    def in_channel(self, channel: Channel, event: Json) -> None:
        """Send another event of a conversation the app is in."""
        if self._wants(str(event["type"])) and self._is_member(channel):
            self._send(event, channel)

    def plain(self, event: Json) -> None:
        """Send an event that belongs to no conversation."""
        if self._wants(str(event["type"])):
            self._send(event, None)

    def _is_member(self, channel: Channel) -> bool:
        return self._app.bot_user_id in channel.members

    def _wants(self, name: str) -> bool:
        needed = _SCOPES.get(name, ())
        lifecycle = name in {"tokens_revoked", "app_uninstalled"}
        allowed = not needed or any(scope in self._world.scopes for scope in needed)
        return name in self._app.spec.events and allowed and (lifecycle or not self._world.revoked)

    def _send(self, event: Json, channel: Channel | None) -> None:
        now = self._clock.now()
        if not self._limits.may_deliver(now):
            self._over_limit(now)
            return
        event_id = self._world.next_id("Ev")
        event = {**event, "event_ts": event.get("event_ts") or self._world.next_ts(now)}
        self._hand_over(event_id, json.dumps(self._envelope(event_id, event, channel, now)))

    def _over_limit(self, now: float) -> None:
        minute = int(now // 60)
        if minute != self._rate_limited_minute and self.delivery is not None:
            self._rate_limited_minute = minute
            notice = {
                "token": "sandbox",
                "type": "app_rate_limited",
                "team_id": self._world.team.id,
                "minute_rate_limited": minute * 60,
                "api_app_id": self._app.id,
            }
            self.delivery.deliver("", json.dumps(notice))

    def _envelope(self, event_id: str, event: Json, channel: Channel | None, now: float) -> Json:
        team = self._world.team.id
        return {
            "token": "sandbox",
            "team_id": team,
            "context_team_id": team,
            "context_enterprise_id": None,
            "api_app_id": self._app.id,
            "event": event,
            "type": "event_callback",
            "event_id": event_id,
            "event_time": int(now),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": team,
                    "user_id": self._app.bot_user_id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": channel is not None and channel.shared,
            "event_context": f"4-{event_id}",
        }

    def _hand_over(self, event_id: str, body: str) -> None:
        if self._faults.drop or self.delivery is None:
            return
        if self._faults.reorder and self._held is None:
            self._held = (event_id, body)
            asyncio.get_running_loop().call_later(_LONGEST_HOLD, self.release)
            return
        for _ in range(1 + self._faults.duplicate):
            self.delivery.deliver(event_id, body)
        self.release()

    def release(self) -> None:
        """Send what reordering holds back, after its successor."""
        if self._held is not None and self.delivery is not None:
            held, self._held = self._held, None
            for _ in range(1 + self._faults.duplicate):
                self.delivery.deliver(*held)

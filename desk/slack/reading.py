"""Questions to Slack: who is here, which channels there are, what stands in them.

Everything here may be repeated. Whole lists wait for Slack's pace by themselves; looking for
a post of uncertain fate does not, since it runs under a lease.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from desk.slack import errors
from desk.slack.transport import Transport

_LOOK_BACK = timedelta(seconds=60)
"""Our clock and Slack's may differ by that much."""

Found = dict[str, Any]
"""An object as Slack describes it: read it with care."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """Who we are in this workspace."""

    team_id: str
    team: str
    url: str
    user_id: str
    bot_id: str
    scopes: frozenset[str]


class Reading(Transport):
    """The questions."""

    _auth: Auth | None = None

    async def auth_test(self) -> Auth:
        """Ask who we are. Raises `WorkspaceFault` when the token does not work."""
        answer = await self._ask("auth.test")
        scopes = str(answer.get("x-oauth-scopes") or "")
        self._auth = Auth(
            team_id=_text(answer, "team_id"),
            team=_text(answer, "team"),
            url=_text(answer, "url"),
            user_id=_text(answer, "user_id"),
            bot_id=_text(answer, "bot_id"),
            scopes=frozenset(filter(None, (scope.strip() for scope in scopes.split(",")))),
        )
        return self._auth

    async def find_post(
        self, channel: str, thread_ts: str | None, event_type: str, key: str, since: datetime
    ) -> str | None:
        """The `ts` of our own post whose metadata bears `key`, or None if it isn't there (yet).

        Looks at what was posted since one minute before `since`, in the thread or, without
        `thread_ts`, among the channel's messages. Somebody else's copy of the key doesn't
        count. Raises `Refused` rather than say None without having seen everything.
        """
        bot_id = (self._auth or await self.auth_test()).bot_id
        oldest = f"{(since - _LOOK_BACK).timestamp():.6f}"
        async for message in self._messages(channel, thread_ts, oldest, patient=False):
            if _is_post(message, bot_id, event_type, key):
                return _text(message, "ts")
        return None

    async def thread_since(self, channel: str, thread_ts: str, oldest: str) -> list[Found]:
        """The replies of a thread that are newer than `oldest`, oldest first, without the parent."""
        found = [m async for m in self._messages(channel, thread_ts, oldest, patient=True)]
        return _in_order(m for m in found if m.get("ts") != thread_ts and _later(m, oldest))

    async def channel_threads(self, channel: str, oldest: str = "0") -> list[Found]:
        """The messages with replies that stand at `oldest` or later, oldest first.

        Each has `ts` and, of its newest reply, `latest_reply`.
        """
        found = self._messages(channel, None, oldest, patient=True, inclusive=True)
        return _in_order([m async for m in found if _text(m, "latest_reply")])

    async def users(self) -> list[Found]:
        """Everybody in the workspace, bots and deactivated people included."""
        return await self._all("users.list", "members", limit=200)

    async def user(self, user: str) -> Found:
        """One person."""
        return _object(await self._ask("users.info", user=user), "user")

    async def members(self, channel: str) -> list[str]:
        """Who is in a channel."""
        return await self._all("conversations.members", "members", channel=channel, limit=200)

    async def groups(self) -> list[Found]:
        """The workspace's user groups, with `id` and `handle`."""
        return _objects(await self._ask("usergroups.list"), "usergroups")

    async def group_members(self, group: str) -> list[str]:
        """Who is in a user group."""
        answer = await self._ask("usergroups.users.list", usergroup=group)
        return [user for user in answer.get("users") or () if isinstance(user, str)]

    async def channel(self, channel: str) -> Found:
        """One channel. Raises `ChannelFault` when it does not exist for us."""
        return _object(await self._ask("conversations.info", channel=channel), "channel")

    async def find_channel(self, name: str) -> Found | None:
        """The channel of that name (`#` allowed) among those we can see.

        Private ones are asked for last: what may be missing to see them concerns nobody else.
        """
        wanted = name.removeprefix("#")
        for kind in ("public_channel", "private_channel"):
            listing = self._pages(
                "conversations.list", patient=True, types=kind, exclude_archived=True, limit=1000
            )
            async for page in listing:
                for channel in _objects(page, "channels"):
                    if channel.get("name") == wanted:
                        return channel
        return None

    async def socket_url(self) -> str:
        """An address for Socket Mode. Works with an app-level token alone; asking opens nothing."""
        return _text(await self._write("apps.connections.open", repeatable=True), "url")

    async def _messages(
        self, channel: str, thread_ts: str | None, oldest: str, *, patient: bool, inclusive: bool = False
    ) -> AsyncIterator[Found]:
        method = "conversations.replies" if thread_ts else "conversations.history"
        pages = self._pages(
            method,
            patient=patient,
            channel=channel,
            ts=thread_ts,
            oldest=oldest,
            inclusive=inclusive,
            include_all_metadata=True,
            limit=200,
        )
        async for page in pages:
            for message in _objects(page, "messages"):
                yield message

    async def _all(self, method: str, key: str, **args: Any) -> list[Any]:
        pages = self._pages(method, patient=True, **args)
        return [found async for page in pages for found in page.get(key) or ()]


def _later(message: Found, than: str) -> bool:
    return _when(message.get("ts")) > _when(than)


def _when(ts: object) -> Decimal:
    """Slack's time stamp as a number; 0 for what is none."""
    try:
        when = Decimal(str(ts))
    except InvalidOperation:
        return Decimal(0)
    return when if when.is_finite() else Decimal(0)


def _in_order(messages: Iterable[Found]) -> list[Found]:
    return sorted(messages, key=lambda message: _when(message.get("ts")))


def _is_post(message: Mapping[str, Any], bot_id: str, event_type: str, key: str) -> bool:
    metadata = message.get("metadata")
    payload = metadata.get("event_payload") if isinstance(metadata, Mapping) else None
    if not isinstance(metadata, Mapping) or not isinstance(payload, Mapping):
        return False
    named = metadata.get("event_type") == event_type and payload.get("key") == key
    return named and bool(bot_id) and message.get("bot_id") == bot_id


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    return value if isinstance(value, str) else ""


def _object(answer: Mapping[str, Any], name: str) -> Found:
    value = answer.get(name)
    if not isinstance(value, dict):
        raise errors.Unreachable("Slack's answer can't be read.", code="unreadable_answer")
    return value


def _objects(answer: Mapping[str, Any], name: str) -> list[Found]:
    values = answer.get(name)
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []

"""What Telegram says about a bot, judged for whoever sets it up. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from networks.base import Checked

_PORTS = frozenset({None, 443, 80, 88, 8443})  # https://core.telegram.org/bots/api#setwebhook


def findings(
    me: Mapping[str, Any], state: Mapping[str, Any], hook: str | None, *, own_server: bool
) -> list[Checked]:
    """`me` is from `getMe`, `state` from `getWebhookInfo`; `hook` is None for a bot that is polled."""
    found = [Checked(words=f"the token belongs to @{me.get('username') or me.get('first_name') or 'a bot'}")]
    if hook is None:
        found += _polled(state)
    else:
        found += _called(state, hook, own_server=own_server)
    if me.get("can_join_groups") is True:
        words = "anybody may take the bot into a group; /setjoingroups at @BotFather ends that"
        found.append(Checked(words=words))
    if me.get("can_read_all_group_messages") is True:
        words = "in groups the bot reads everything; /setprivacy at @BotFather ends that"
        found.append(Checked(words=words))
    return found


def _polled(state: Mapping[str, Any]) -> list[Checked]:
    host = urlsplit(str(state.get("url") or "")).netloc
    if not host:
        return [Checked(words="Oratio asks Telegram for messages; no public address is needed")]
    words = f"Telegram calls {host} for this bot now; Oratio ends that when it starts, and asks by itself"
    return [Checked(words=words)]


def _called(state: Mapping[str, Any], hook: str, *, own_server: bool) -> list[Checked]:
    port = urlsplit(hook).port
    if port not in _PORTS and not own_server:
        words = f"Telegram calls ports 443, 80, 88 and 8443 only, not {port}; change PUBLIC_URL"
        return [Checked(words=words, wrong=True)]
    set_to, trouble = state.get("url"), state.get("last_error_message")
    waiting = state.get("pending_update_count")
    if set_to != hook:
        return [Checked(words=f"Telegram will be told to call {urlsplit(hook).netloc} when Oratio starts")]
    if trouble and waiting:
        why = str(trouble)[:80].rstrip(".")
        return [Checked(words=f"Telegram can't get through to {urlsplit(hook).netloc}: {why}", wrong=True)]
    return [Checked(words=f"Telegram calls {urlsplit(hook).netloc}")]

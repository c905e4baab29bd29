"""What Telegram says about a bot, judged for whoever sets it up or runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from networks.base import Checked

_PORTS = frozenset({None, 443, 80, 88, 8443})  # https://core.telegram.org/bots/api#setwebhook


@dataclass(slots=True)
class Told:
    """That Telegram was told to call us, by the program that runs."""

    failed_at: object = None
    """When it last failed to, while something waited, at the last look."""

    def fails_again(self, state: Mapping[str, Any]) -> bool:
        """Whether it has failed since the last look, too. Once may be our own restart, after which
        Telegram takes a minute or two to try again.
        """
        before = self.failed_at
        self.failed_at = state.get("last_error_date") if state.get("pending_update_count") else None
        return before is not None and self.failed_at not in (None, before)


def findings(
    me: Mapping[str, Any],
    state: Mapping[str, Any],
    hook: str | None,
    told: Told | None,
    *,
    own_server: bool,
) -> list[Checked]:
    """`me` is from `getMe`, `state` from `getWebhookInfo`; `hook` is None for a bot that is polled, `told`
    before the program runs.
    """
    found = [Checked(words=f"the token belongs to @{me.get('username') or me.get('first_name') or 'a bot'}")]
    if hook is None:
        found += _polled(state)
    else:
        found += _called(state, hook, told, own_server=own_server)
    if me.get("can_join_groups") is True:
        words = "anybody may take the bot into a group; /setjoingroups at @BotFather ends that"
        found.append(Checked(words=words, note=True))
    if me.get("can_connect_to_business") is True:
        words = "anybody may connect a business account to the bot; Business Mode at @BotFather ends that"
        found.append(Checked(words=words, note=True))
    if me.get("can_read_all_group_messages") is True:
        words = "in groups the bot reads everything; /setprivacy at @BotFather ends that"
        found.append(Checked(words=words, note=True))
    return found


def _polled(state: Mapping[str, Any]) -> list[Checked]:
    host = urlsplit(str(state.get("url") or "")).netloc
    if not host:
        return [Checked(words="Oratio asks Telegram for messages; no public address is needed")]
    words = f"Telegram calls {host} for this bot now; Oratio ends that when it starts, and asks by itself"
    return [Checked(words=words, note=True)]


def _called(state: Mapping[str, Any], hook: str, told: Told | None, *, own_server: bool) -> list[Checked]:
    port = urlsplit(hook).port
    if port not in _PORTS and not own_server:
        words = f"Telegram calls ports 443, 80, 88 and 8443 only, not {port}; change PUBLIC_URL"
        return [Checked(words=words, wrong=True)]
    ours, trouble = urlsplit(hook).netloc, state.get("last_error_message")
    lasting = told.fails_again(state) if told else bool(state.get("pending_update_count"))
    if state.get("url") != hook:
        return [_elsewhere(urlsplit(str(state.get("url") or "")).netloc, ours, told)]
    if trouble and lasting:
        why = str(trouble)[:80].rstrip(".")
        return [Checked(words=f"Telegram can't get through to {ours}: {why}", wrong=True)]
    return [Checked(words=f"Telegram calls {ours}")]


def _elsewhere(host: str, ours: str, told: Told | None) -> Checked:
    """Telegram calls somebody else: not yet us, or no longer."""
    if told is None:
        return Checked(words=f"Telegram will be told to call {ours} when Oratio starts")
    calls = f"calls {host}" if host else "calls nobody"
    return Checked(words=f"Telegram {calls} for this bot: another program changed that", wrong=True)

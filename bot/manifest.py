"""The Slack app's manifest: as it stands in app-manifest.yml, and for events over HTTP."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from bot.exits import ConfigError
from bot.places import shown

PATH = Path(__file__).resolve().parent.parent / "app-manifest.yml"
EVENTS_PATH = "/slack/events"
"""Where Slack sends everything in HTTP mode."""


_COMMAND = re.compile(r"^(\s*- command: /)", re.MULTILINE)


def text(url: str | None = None, prefix: str = "") -> str:
    """The manifest to paste: for Socket Mode, or with `url` for events over HTTP. `prefix` goes before
    the name of every command.

    Raises `ConfigError` where `url` is not an https address.
    """
    if url is None:
        return _COMMAND.sub(rf"\g<1>{prefix}", PATH.read_text(encoding="utf-8"))
    return yaml.safe_dump(for_http(read(prefix), url), sort_keys=False, allow_unicode=True, width=110)


def read(prefix: str = "") -> dict[str, Any]:
    """The manifest as data."""
    manifest: dict[str, Any] = yaml.safe_load(text(prefix=prefix))
    return manifest


def for_http(manifest: Mapping[str, Any], url: str) -> dict[str, Any]:
    """The manifest for an app Slack calls at `url`. Raises `ConfigError` for no https address."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise ConfigError(
            f"Slack calls https addresses only, such as https://chat.example.com, not {shown(url)}."
        )
    target = url.rstrip("/") + EVENTS_PATH
    changed = copy.deepcopy(dict(manifest))
    settings = changed["settings"]
    settings["socket_mode_enabled"] = False
    settings["event_subscriptions"] = {"request_url": target, **settings["event_subscriptions"]}
    settings["interactivity"] |= {"request_url": target, "message_menu_options_url": target}
    for command in changed["features"]["slash_commands"]:
        command["url"] = target
    return changed


def bot_scopes(manifest: Mapping[str, Any]) -> frozenset[str]:
    """The scopes the bot token must have."""
    return frozenset(manifest["oauth_config"]["scopes"]["bot"])


def commands(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """The slash commands, with their slash."""
    return tuple(command["command"] for command in manifest["features"]["slash_commands"])

"""What a Slack app manifest says about the app; Slack's own public format and nothing else."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.refusal import Json


class ManifestRefused(ValueError):
    """The manifest breaks a rule of Slack's; the words say which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A slash command of the app."""

    command: str
    url: str
    description: str
    usage_hint: str
    should_escape: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """A message shortcut or a global one."""

    name: str
    type: str
    callback_id: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSpec:
    """The app as its manifest describes it."""

    name: str
    bot_name: str
    scopes: tuple[str, ...]
    events: frozenset[str]
    commands: tuple[Command, ...]
    shortcuts: tuple[Shortcut, ...]
    home_tab: bool
    messages_tab: bool
    messages_read_only: bool
    interactive: bool
    socket_mode: bool
    events_url: str
    interactivity_url: str
    options_url: str


def load(source: Mapping[str, Any] | str | Path | None) -> Json:
    """Return a JSON or YAML document from a path, or the mapping as it is. Raises ManifestRefused."""
    if source is None:
        return {}
    if isinstance(source, Mapping):
        return dict(source)
    path = Path(source)
    text = path.read_text(encoding="utf-8")
    value = _yaml(text, path) if path.suffix in {".yml", ".yaml"} else json.loads(text)
    if not isinstance(value, dict):
        raise ManifestRefused(f"{path.name} must hold one object.")
    return value


def _yaml(text: str, path: Path) -> Any:
    try:
        import yaml
    except ImportError as error:
        raise ManifestRefused(f"Reading {path.name} needs PyYAML; a JSON file works without it.") from error
    quick = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, Loader=quick)  # noqa: S506 - both load plain values alone; one of them is compiled


def read(document: Mapping[str, Any]) -> AppSpec:
    """Return what the manifest declares. Raises ManifestRefused where Slack would not take it."""
    display = _part(document, "display_information")
    features = _part(document, "features")
    settings = _part(document, "settings")
    home = _part(features, "app_home")
    subscriptions = _part(settings, "event_subscriptions")
    interactivity = _part(settings, "interactivity")
    name = str(display.get("name", "App"))
    spec = AppSpec(
        name=name,
        bot_name=str(_part(features, "bot_user").get("display_name", name)),
        scopes=tuple(_part(_part(document, "oauth_config"), "scopes").get("bot", ())),
        events=frozenset(subscriptions.get("bot_events", ())),
        commands=tuple(_command(c) for c in features.get("slash_commands", ())),
        shortcuts=tuple(_shortcut(s) for s in features.get("shortcuts", ())),
        home_tab=bool(home.get("home_tab_enabled", False)),
        messages_tab=bool(home.get("messages_tab_enabled", True)),
        messages_read_only=bool(home.get("messages_tab_read_only_enabled", False)),
        interactive=bool(interactivity.get("is_enabled", False)),
        socket_mode=bool(settings.get("socket_mode_enabled", False)),
        events_url=str(subscriptions.get("request_url", "")),
        interactivity_url=str(interactivity.get("request_url", "")),
        options_url=str(interactivity.get("message_menu_options_url", "")),
    )
    _check(spec)
    return spec


def _part(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key) or {}
    if not isinstance(value, Mapping):
        raise ManifestRefused(f"{key} must be an object.")
    return value


def _command(value: Mapping[str, Any]) -> Command:
    return Command(
        command=str(value["command"]),
        url=str(value.get("url", "")),
        description=str(value["description"]),
        usage_hint=str(value.get("usage_hint", "")),
        should_escape=bool(value.get("should_escape", False)),
    )


def _shortcut(value: Mapping[str, Any]) -> Shortcut:
    return Shortcut(
        name=str(value["name"]),
        type=str(value["type"]),
        callback_id=str(value["callback_id"]),
        description=str(value["description"]),
    )


def _check(spec: AppSpec) -> None:
    rules = [
        (1 <= len(spec.name) <= 35, "display_information.name has 1 to 35 characters."),
        (1 <= len(spec.bot_name) <= 80, "features.bot_user.display_name has 1 to 80 characters."),
        (len(spec.commands) <= 50, "features.slash_commands holds at most 50."),
        (len(spec.shortcuts) <= 10, "features.shortcuts holds at most 10."),
        (len(spec.events) <= 100, "settings.event_subscriptions.bot_events holds at most 100."),
        (not spec.commands or "commands" in spec.scopes, "slash_commands need the scope commands."),
        (not spec.shortcuts or "commands" in spec.scopes, "shortcuts need the scope commands."),
        (all(_command_fits(c) for c in spec.commands), "A command is a slash and 1 to 31 characters."),
        (all(_shortcut_fits(s) for s in spec.shortcuts), "A shortcut's name has at most 24 characters."),
    ]
    for holds, words in rules:
        if not holds:
            raise ManifestRefused(words)


def _command_fits(command: Command) -> bool:
    plain = command.command[1:]
    return (
        command.command.startswith("/")
        and 2 <= len(command.command) <= 32
        and not any(c.isspace() or c.isupper() for c in plain)
        and 1 <= len(command.description) <= 2000
        and len(command.usage_hint) <= 1000
    )


def _shortcut_fits(shortcut: Shortcut) -> bool:
    return (
        1 <= len(shortcut.name) <= 24
        and shortcut.type in {"global", "message"}
        and 1 <= len(shortcut.callback_id) <= 255
        and 1 <= len(shortcut.description) <= 150
    )

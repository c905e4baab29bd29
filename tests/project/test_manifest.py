"""app-manifest.yml: within Slack's limits, and nothing in it that the program does not hear."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema
import pytest
import yaml

from bot import manifest
from bot.exits import ConfigError

TEXT = {"type": "string", "minLength": 1}
SHORTCUT = {
    "type": "object",
    "required": ["name", "type", "callback_id", "description"],
    "additionalProperties": False,
    "properties": {
        "name": TEXT | {"maxLength": 24},
        "type": {"enum": ["message", "global"]},
        "callback_id": TEXT | {"maxLength": 255},
        "description": TEXT | {"maxLength": 150},
    },
}
COMMAND = {
    "type": "object",
    "required": ["command", "description"],
    "additionalProperties": False,
    "properties": {
        "command": {"type": "string", "pattern": "^/[a-z0-9_-]+$", "minLength": 2, "maxLength": 32},
        "url": {"type": "string", "pattern": "^https://"},
        "description": TEXT | {"maxLength": 2000},
        "usage_hint": TEXT | {"maxLength": 1000},
        "should_escape": {"const": True},
    },
}
URL = {"type": "string", "pattern": "^https://"}


def part(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "additionalProperties": False, "properties": properties}


BOOLEAN = {"type": "boolean"}
RULES = part(
    ["display_information", "features", "oauth_config", "settings"],
    _metadata=part(["major_version"], major_version={"const": 2}, minor_version={"type": "integer"}),
    display_information=part(
        ["name"],
        name=TEXT | {"maxLength": 35},
        description=TEXT | {"maxLength": 140},
        background_color={"type": "string", "pattern": "^#[0-9a-f]{6}$"},
        long_description={"type": "string", "minLength": 175, "maxLength": 4000},
    ),
    features=part(
        [],
        app_home=part(
            [],
            home_tab_enabled=BOOLEAN,
            messages_tab_enabled=BOOLEAN,
            messages_tab_read_only_enabled=BOOLEAN,
        ),
        bot_user=part(["display_name"], display_name=TEXT | {"maxLength": 80}, always_online=BOOLEAN),
        shortcuts={"type": "array", "maxItems": 10, "items": SHORTCUT},
        slash_commands={"type": "array", "maxItems": 50, "items": COMMAND},
    ),
    oauth_config=part(
        ["scopes"], scopes=part(["bot"], bot={"type": "array", "uniqueItems": True, "items": TEXT})
    ),
    settings=part(
        [],
        event_subscriptions=part(
            [],
            request_url=URL,
            bot_events={"type": "array", "uniqueItems": True, "maxItems": 100, "items": TEXT},
        ),
        interactivity=part(["is_enabled"], is_enabled=BOOLEAN, request_url=URL, message_menu_options_url=URL),
        org_deploy_enabled=BOOLEAN,
        socket_mode_enabled=BOOLEAN,
        token_rotation_enabled=BOOLEAN,
    ),
)

SCOPES_OF_EVENTS = {
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "channel_archive": "channels:read",
    "channel_deleted": "channels:read",
    "channel_rename": "channels:read",
    "channel_unarchive": "channels:read",
    "group_archive": "groups:read",
    "group_deleted": "groups:read",
    "group_unarchive": "groups:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "subteam_members_changed": "usergroups:read",
    "subteam_updated": "usergroups:read",
    "user_change": "users:read",
    "app_home_opened": None,
    "app_uninstalled": None,
    "tokens_revoked": None,
}


@pytest.fixture
def document() -> dict[str, Any]:
    return manifest.read()


def wrong(document: dict[str, Any]) -> list[str]:
    return [error.json_path for error in jsonschema.Draft7Validator(RULES).iter_errors(document)]


def test_slack_would_take_it(document: dict[str, Any]) -> None:
    assert wrong(document) == []
    assert document["settings"]["socket_mode_enabled"] is True


def test_the_rules_find_what_slack_would_refuse(document: dict[str, Any]) -> None:
    document["display_information"]["long_description"] = "short"
    document["features"]["shortcuts"][0]["name"] = "x" * 25
    document["features"]["slash_commands"][0]["command"] = "inbox"
    document["settings"]["surprise"] = True
    assert len(wrong(document)) == 4


def test_printed_for_socket_mode_it_is_the_file(document: dict[str, Any]) -> None:
    assert yaml.safe_load(manifest.text()) == document


def test_a_prefix_renames_every_command_and_nothing_else(document: dict[str, Any]) -> None:
    for url in (None, "https://chat.example.com"):
        plain, renamed = (yaml.safe_load(manifest.text(url, prefix)) for prefix in ("", "acme-"))
        assert wrong(renamed) == []
        assert manifest.commands(renamed) == tuple(f"/acme-{c[1:]}" for c in manifest.commands(document))
        for command in renamed["features"]["slash_commands"]:
            command["command"] = command["command"].replace("/acme-", "/")
        assert renamed == plain


def test_for_http_everything_goes_to_one_address(document: dict[str, Any]) -> None:
    before = copy.deepcopy(document)
    changed = yaml.safe_load(manifest.text("https://chat.example.com/"))
    address = "https://chat.example.com/slack/events"
    assert wrong(changed) == []
    assert changed["settings"]["socket_mode_enabled"] is False
    assert changed["settings"]["event_subscriptions"]["request_url"] == address
    assert changed["settings"]["interactivity"]["request_url"] == address
    assert changed["settings"]["interactivity"]["message_menu_options_url"] == address
    assert {command["url"] for command in changed["features"]["slash_commands"]} == {address}
    assert document == before


@pytest.mark.parametrize("url", ["http://chat.example.com", "chat.example.com", "https://", "https://x/?a=1"])
def test_slack_calls_https_only(url: str) -> None:
    with pytest.raises(ConfigError, match="https"):
        manifest.text(url)


def test_each_event_has_the_scope_slack_wants_for_it(document: dict[str, Any]) -> None:
    scopes = manifest.bot_scopes(document)
    for event in document["settings"]["event_subscriptions"]["bot_events"]:
        assert SCOPES_OF_EVENTS[event] in {*scopes, None}, event

"""The small app the stand-in's own tests install."""

from typing import Any

from sandbox import Durations

SCOPES = [
    "chat:write",
    "chat:write.customize",
    "channels:history",
    "channels:read",
    "channels:join",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "users:read",
    "usergroups:read",
    "files:read",
    "files:write",
    "reactions:read",
    "reactions:write",
    "commands",
    "team:read",
]
EVENTS = [
    "message.channels",
    "message.groups",
    "message.im",
    "app_home_opened",
    "reaction_added",
    "reaction_removed",
    "file_deleted",
    "member_joined_channel",
    "member_left_channel",
    "channel_archive",
    "channel_rename",
    "user_change",
    "tokens_revoked",
]
QUICK = Durations(
    retries=(0.0, 0.01, 0.02), acknowledge=1.0, share=0.0, snapshot=0.0, disconnect_warning=0.05
)


def manifest(**settings: Any) -> dict[str, Any]:
    return {
        "display_information": {"name": "Helper"},
        "features": {
            "bot_user": {"display_name": "Helper"},
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
            "slash_commands": [
                {"command": "/hello", "description": "Says hello", "should_escape": True},
                {"command": "/silent", "description": "Never answers"},
            ],
            "shortcuts": [
                {"name": "Menu", "type": "message", "callback_id": "menu", "description": "A menu"},
                {"name": "Search", "type": "global", "callback_id": "search", "description": "A search"},
            ],
        },
        "oauth_config": {"scopes": {"bot": SCOPES}},
        "settings": {
            "event_subscriptions": {"bot_events": EVENTS},
            "interactivity": {"is_enabled": True},
            "socket_mode_enabled": True,
            **settings,
        },
    }

"""Emoji that people put on messages in Slack: on a card one may do what a button does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desk.conversations import emoji_actions
from desk.conversations.aftermath import offer
from desk.conversations.scene import by_thread
from handlers.front import Front, unit


async def on_reaction(front: Front, event: Mapping[str, Any]) -> None:
    """`reaction_added`, `reaction_removed`. Our own marks are nobody's wish."""
    item = event.get("item") or {}
    user, emoji = str(event.get("user") or ""), str(event.get("reaction") or "")
    if item.get("type") != "message" or user in ("", front.desk.workspace.bot_user_id):
        return
    await _on_card(front, event, str(item.get("channel")), str(item.get("ts")), user, emoji)


async def _on_card(
    front: Front, event: Mapping[str, Any], channel: str, ts: str, user: str, emoji: str
) -> None:
    """Taking an emoji away from a card does nothing."""
    if event.get("type") != "reaction_added":
        return
    conversation = await by_thread(front.desk, channel, ts)
    if conversation is None:
        return
    at = str(event.get("event_ts") or "")
    effects = await unit(
        front, lambda: emoji_actions.act(front.desk, conversation, user, emoji.partition("::")[0], at)
    )
    offer(front.desk, effects)


EVENTS = {"reaction_added": on_reaction, "reaction_removed": on_reaction}

"""Emoji that people put on messages in Slack: on a customer's words the customer sees them, on a card
one may do what a button does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desk.conversations import emoji_actions, reacting
from desk.conversations.aftermath import offer
from desk.conversations.scene import by_thread
from handlers.front import Front, unit
from models import Conversation


async def on_reaction(front: Front, event: Mapping[str, Any]) -> None:
    """`reaction_added`, `reaction_removed`. Our own marks are nobody's wish."""
    item = event.get("item") or {}
    user, emoji = str(event.get("user") or ""), str(event.get("reaction") or "")
    if item.get("type") != "message" or user in ("", front.desk.workspace.bot_user_id):
        return
    reaction = reacting.Reaction(
        channel=str(item.get("channel")),
        ts=str(item.get("ts")),
        user=user,
        name=emoji,
        at=str(event.get("event_ts") or ""),
        added=event.get("type") == "reaction_added",
    )
    conversation = await by_thread(front.desk, reaction.channel, reaction.ts)
    if conversation is None:
        await unit(front, lambda: reacting.take(front.desk, reaction))
    elif reaction.added:  # taking an emoji away from a card does nothing
        await _on_card(front, conversation, reaction)


async def _on_card(front: Front, conversation: Conversation, reaction: reacting.Reaction) -> None:
    name = reaction.name.partition("::")[0]
    effects = await unit(
        front, lambda: emoji_actions.act(front.desk, conversation, reaction.user, name, reaction.at)
    )
    offer(front.desk, effects)


EVENTS = {"reaction_added": on_reaction, "reaction_removed": on_reaction}

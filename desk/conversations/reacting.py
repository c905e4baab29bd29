"""An agent put an emoji on a customer's message, or took one away: the customer sees the newest.

A network shows one reaction of ours. What it doesn't know, and people who are not agents,
change nothing and are told nothing: an emoji in a thread is often meant for colleagues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tortoise.transactions import in_transaction

from desk import people
from desk.context import Desk
from desk.conversations.aftermath import Passed
from desk.conversations.scene import Case, case, held, slack_key
from desk.delivery import keys, outward
from desk.slack import emojis
from models import Direction, Message, Post, PostKind, Status
from networks.base import Reacts

_STANDING = "reactions"
"""Under this a message keeps who put which emoji when, and whether it still stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """One emoji of one person on one of our posts; `at` is Slack's time of the event."""

    channel: str
    ts: str
    user: str
    name: str
    at: str
    added: bool


async def take(desk: Desk, reaction: Reaction) -> list[Passed]:
    """Take one event; one transaction. Repeats, and what is older than what is known, do nothing."""
    async with in_transaction():
        post = await Post.get_or_none(key=slack_key(desk, reaction.channel, reaction.ts))
        if post is None or post.kind not in (PostKind.WORDS, PostKind.FILES):
            return []
        conversation = await held(desk, post.conversation_id or 0)
        message = await _message(post)
        if conversation is None or message is None:
            return []
        found = await case(desk, conversation)
        if await _counts(desk, found, message, reaction) and await _note(message, reaction):
            await outward.react(conversation, message, desk.clock.now())
    return []


async def _message(post: Post) -> Message | None:
    """The message it is on: the last one of those in the post; of an album the first."""
    shown = await Message.filter(post_id=post.id, direction=Direction.INBOUND).order_by("id")
    if not shown:
        return None
    return next(each for each in shown if each.group == shown[-1].group) if shown[-1].group else shown[-1]


async def _counts(desk: Desk, found: Case, message: Message, reaction: Reaction) -> bool:
    """Whether the customer is to see it; what stands can be taken away by whoever put it."""
    account = found.account
    if account is None or not isinstance(account.network, Reacts) or message.deleted_at:
        return False
    if not reaction.added:
        return _key(reaction) in message.detail.get(_STANDING, {})
    reachable = found.contact.gone_at is None and found.contact.blocked_at is None
    if not reachable or found.conversation.status is Status.ARCHIVED:
        return False
    known = emojis.allowed(reaction.name, account.capabilities.emojis)
    return known is not None and await people.is_agent(desk, account.id, reaction.user)


async def _note(message: Message, reaction: Reaction) -> bool:
    """Remember it; False if it is no news."""
    standing = dict(message.detail.get(_STANDING, {}))
    at = keys.order_of(reaction.at or "0")
    before = standing.get(_key(reaction))
    if before is not None and at <= before[0]:
        return False
    standing[_key(reaction)] = [at, reaction.added]
    detail = {**message.detail, _STANDING: standing}
    await Message.filter(id=message.id).update(detail=detail)
    return True


def _key(reaction: Reaction) -> str:
    return f"{reaction.user}:{reaction.name}"


def newest(detail: Mapping[str, Any]) -> str:
    """The name of the emoji that was put last and still stands; empty: there is none. Pure."""
    standing = [(at, key) for key, (at, stands) in detail.get(_STANDING, {}).items() if stands]
    return max(standing)[1].partition(":")[2] if standing else ""

"""Who hears of a customer's words: the assignee; of one whom nobody has a user group, and by which post."""

from __future__ import annotations

from desk.context import Desk
from desk.conversations.scene import Case, case
from desk.delivery import keys, plan
from models import Conversation, DeliveryKind, Post, PostKind, Status


def assignee(conversation: Conversation) -> str | None:
    """The assignee, until they have written in the thread and Slack tells them by itself."""
    return None if conversation.assignee_wrote else conversation.assignee


def group(desk: Desk, found: Case) -> str | None:
    """The account's group, in business hours."""
    account = found.account
    if account is None or not account.config.hours.within(desk.clock.now()):
        return None
    return found.row.notify_group


async def announce(desk: Desk, conversation: Conversation) -> None:
    """Let the group hear of a conversation whose first card was just posted, by a post of its own:
    whoever is mentioned on the card follows its thread, and would hear every word from then on."""
    if conversation.status is not Status.UNASSIGNED or not group(desk, await case(desk, conversation)):
        return
    if await Post.filter(conversation_id=conversation.id, kind=PostKind.CARD).count() == 1:
        now = desk.clock.now()
        await plan.thread(conversation, DeliveryKind.NOTICE, now, rank=keys.Rank.LINE, aside=True)

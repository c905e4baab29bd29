"""`Take next`: whoever has waited longest, for whoever presses first."""

from __future__ import annotations

from tortoise.transactions import in_transaction

from desk.asked import ListKind
from desk.context import Desk
from desk.conversations import assignment
from desk.conversations.assignment import Press, Refusal
from desk.conversations.listing import Scope, Turn, lined, scope_of
from desk.conversations.scene import case, held
from desk.conversations.views import network_title, permalink
from desk.slack import answers, posts, wording
from desk.slack.drawing import Drawing
from models import Conversation, Status


async def take_next(desk: Desk, actor: str) -> Conversation:
    """Assign to `actor` whoever has waited longest among the accounts they serve; one transaction.

    Two who press at once get different customers: whoever comes second waits for the first, sees that
    this customer is taken, and gets the next. A sleeping conversation is left alone. Raises `Refusal`
    when nobody waits.
    """
    scope = await scope_of(desk, actor)
    if not scope.accounts:
        raise Refusal(wording.general.ONLY_TEAM)
    async with in_transaction():
        while (longest := await _longest_waiting(scope)) is not None:
            found = await held(desk, longest)
            if found and _waits(found):
                return await assignment.assign(desk, Press(conversation_id=found.id, actor=actor), actor)
        raise Refusal(wording.home.NOBODY_WAITS)


async def said(desk: Desk, taken: Conversation) -> str:
    """What whoever took it is told."""
    found = await case(desk, taken)
    return wording.home.taken(found.contact.name, posts.place(network_title(found), found.row.title))


async def drawn(desk: Desk, taken: Conversation) -> Drawing:
    """The same with the way there."""
    url = permalink(desk, taken.channel, taken.card_ts) if taken.card_ts else None
    return answers.taken(await said(desk, taken), taken.id, taken.version, url)


async def _longest_waiting(scope: Scope) -> int | None:
    first = await lined(scope, ListKind.UNASSIGNED, limit=1)
    return first[0].id if first and first[0].turn is Turn.WAITS else None


def _waits(row: Conversation) -> bool:
    """Whether it still does, now that it is held."""
    return row.status is Status.UNASSIGNED and row.waiting_since is not None and row.snoozed_by is None

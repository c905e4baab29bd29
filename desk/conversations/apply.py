"""The one function that changes a conversation's state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desk.conversations.lifecycle import Standing, move
from desk.reminders import Step
from models import Conversation, ConversationEvent, Message, Status, Trigger

ELSEWHERE = "elsewhere"
"""Under this a message remembers that it was not written in its conversation's thread."""


_LOOK_BACK = 20


class Stale(Exception):
    """Somebody else changed the conversation first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A trigger, and who or what it concerns."""

    trigger: Trigger
    actor: str | None = None
    to: str | None = None
    comment: str = ""
    until: datetime | None = None
    """Until when it sleeps; None: until the customer writes."""
    not_a_request: bool = False
    here: bool = True
    """The last assignee still serves the account."""


async def apply(conversation: Conversation, change: Change, now: datetime) -> Conversation:
    """Move the conversation; call inside the transaction of what caused it.

    Compare-and-set on the version, then one `ConversationEvent`. Returns the row as it is
    now. Raises `InvalidTransition`, or `Stale` when somebody else was faster.
    """
    before = _standing(conversation)
    after = move(before, change.trigger, actor=change.actor, to=change.to, here=change.here)
    values = _values(conversation, after, change, now)
    if after.assignee != conversation.assignee:
        values["assignee_wrote"] = await _wrote_here(conversation, after.assignee)
    won = await Conversation.filter(id=conversation.id, version=conversation.version).update(**values)
    if not won:
        raise Stale
    await ConversationEvent.create(
        workspace_id=conversation.workspace_id,
        conversation_id=conversation.id,
        trigger=change.trigger,
        actor=change.actor,
        before=before.status,
        after=after.status,
        assignee=after.assignee,
        comment=change.comment,
        at=now,
    )
    return await Conversation.get(id=conversation.id)


async def _wrote_here(conversation: Conversation, user: str | None) -> bool:
    """Whether Slack tells this person of the thread by itself, because they wrote in it before."""
    if user is None:
        return False
    since = conversation.card_ts or ""
    own = Message.filter(conversation_id=conversation.id, author=user, slack_ts__gt=since).order_by("-id")
    return any(not each.detail.get(ELSEWHERE) for each in await own.limit(_LOOK_BACK))


def _standing(row: Conversation) -> Standing:
    return Standing(status=row.status, assignee=row.assignee, last_assignee=row.last_assignee)


def _values(row: Conversation, after: Standing, change: Change, now: datetime) -> dict[str, Any]:
    """The columns a change writes."""
    values: dict[str, Any] = {
        "status": after.status,
        "assignee": after.assignee,
        "last_assignee": after.last_assignee,
        "version": row.version + 1,
        "changed_by": change.actor,
        "changed_at": now,
        "remind_at": now,
    }
    if after.assignee != row.assignee:
        values |= {"reminded": int(row.reminded & ~Step.ASSIGNEE)}
    if after.status is Status.CLOSED:
        values |= {"closed_by": change.actor, "closed_at": now}
        values |= {"not_a_request": change.not_a_request, "close_reason": change.comment}
    if row.status is Status.CLOSED and after.status in (Status.INBOX, Status.UNASSIGNED):
        values |= {"closed_by": None, "closed_at": None, "not_a_request": False, "close_reason": ""}
        values |= {"remind_from": now, "reminded": 0}
        if change.trigger is Trigger.CUSTOMER_WRITES:  # whoever closed it saw what came before
            values |= {"waiting_since": None}
    if change.trigger is Trigger.SNOOZE:
        values |= {"snoozed_by": change.actor, "snoozed_until": change.until}
    elif _wakes(row, after, change.trigger):
        values |= {"snoozed_by": None, "snoozed_until": None}
        values |= {"remind_from": now, "reminded": 0} if row.snoozed_by else {}
    if after.status is Status.ARCHIVED:
        values |= {"archived_at": now, "open_key": None}
    return values


def _wakes(row: Conversation, after: Standing, trigger: Trigger) -> bool:
    """Whether a sleeping conversation is awake after this: for the customer's words and for whoever
    gets it now. An answer of whoever had it before lets it sleep on."""
    moved = (after.status, after.assignee) != (row.status, row.assignee)
    return moved or trigger in (Trigger.WAKE, Trigger.CUSTOMER_WRITES)

"""The life of a conversation: which trigger moves it where. Pure, a literal table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models import Status, Trigger

_TABLE: Mapping[tuple[Status, Trigger], Status] = {
    (Status.UNASSIGNED, Trigger.ASSIGN): Status.INBOX,
    (Status.UNASSIGNED, Trigger.CUSTOMER_WRITES): Status.UNASSIGNED,
    (Status.UNASSIGNED, Trigger.AGENT_REPLIES): Status.INBOX,
    (Status.UNASSIGNED, Trigger.CLOSE): Status.CLOSED,
    (Status.UNASSIGNED, Trigger.SNOOZE): Status.UNASSIGNED,
    (Status.UNASSIGNED, Trigger.WAKE): Status.UNASSIGNED,
    (Status.INBOX, Trigger.ASSIGN): Status.INBOX,
    (Status.INBOX, Trigger.RELEASE): Status.UNASSIGNED,
    (Status.INBOX, Trigger.CUSTOMER_WRITES): Status.INBOX,
    (Status.INBOX, Trigger.AGENT_REPLIES): Status.INBOX,
    (Status.INBOX, Trigger.CLOSE): Status.CLOSED,
    (Status.INBOX, Trigger.SNOOZE): Status.INBOX,
    (Status.INBOX, Trigger.WAKE): Status.INBOX,
    (Status.CLOSED, Trigger.CUSTOMER_WRITES): Status.INBOX,
    (Status.CLOSED, Trigger.REOPEN): Status.INBOX,
    (Status.CLOSED, Trigger.ARCHIVE): Status.ARCHIVED,
}


class InvalidTransition(Exception):
    """The conversation's state does not allow this."""

    def __init__(self, status: Status, trigger: Trigger) -> None:
        super().__init__(f"{trigger} is not possible while {status}")
        self.status = status
        self.trigger = trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a conversation stands, as far as the rules care."""

    status: Status
    assignee: str | None = None
    last_assignee: str | None = None


def move(
    now: Standing, trigger: Trigger, *, actor: str | None = None, to: str | None = None, here: bool = True
) -> Standing:
    """Where `trigger` leads. Raises `InvalidTransition`.

    `actor` pressed or wrote; `to` is whom an assignment names; `here` says whether the
    last assignee still serves the account (a closed conversation returns to them).
    """
    after = _TABLE.get((now.status, trigger))
    if after is None:
        raise InvalidTransition(now.status, trigger)
    last = now.assignee or now.last_assignee
    if trigger is Trigger.CUSTOMER_WRITES and now.status is Status.CLOSED:
        return _returned(last if here else None, last)
    if trigger is Trigger.ASSIGN:
        return Standing(status=after, assignee=to or actor, last_assignee=last)
    if trigger is Trigger.REOPEN:
        return Standing(status=after, assignee=actor, last_assignee=last)
    if trigger is Trigger.AGENT_REPLIES and now.assignee is None:
        return Standing(status=after, assignee=actor, last_assignee=last)
    if after is Status.INBOX or after is now.status:
        return Standing(status=after, assignee=now.assignee, last_assignee=now.last_assignee)
    return Standing(status=after, assignee=None, last_assignee=last)


def _returned(to: str | None, last: str | None) -> Standing:
    """A closed conversation whose customer wrote again."""
    status = Status.INBOX if to else Status.UNASSIGNED
    return Standing(status=status, assignee=to, last_assignee=last)

"""The life of a conversation: the table of docs/architecture.md, cell by cell."""

from __future__ import annotations

import itertools

import pytest

from desk.conversations.lifecycle import InvalidTransition, Standing, move
from models import Status, Trigger

U, I, C, A = Status.UNASSIGNED, Status.INBOX, Status.CLOSED, Status.ARCHIVED  # noqa: E741 - the table's letters

TABLE: dict[Status, dict[Trigger, Status]] = {
    U: {
        Trigger.ASSIGN: I,
        Trigger.CUSTOMER_WRITES: U,
        Trigger.AGENT_REPLIES: I,
        Trigger.CLOSE: C,
        Trigger.SNOOZE: U,
        Trigger.WAKE: U,
    },
    I: {
        Trigger.ASSIGN: I,
        Trigger.RELEASE: U,
        Trigger.CUSTOMER_WRITES: I,
        Trigger.AGENT_REPLIES: I,
        Trigger.CLOSE: C,
        Trigger.SNOOZE: I,
        Trigger.WAKE: I,
    },
    C: {Trigger.CUSTOMER_WRITES: I, Trigger.REOPEN: I, Trigger.ARCHIVE: A},
    A: {},
}

ANA, BEN, CHLOE = "U0ANA00001", "U0BEN00001", "U0CHLOE001"


def standing(status: Status) -> Standing:
    """A conversation of Ana's as it stands in each state."""
    return Standing(
        status=status,
        assignee=ANA if status is Status.INBOX else None,
        last_assignee=None if status is Status.INBOX else ANA,
    )


@pytest.mark.parametrize(("status", "trigger"), list(itertools.product(Status, Trigger)))
def test_every_trigger_in_every_state(status: Status, trigger: Trigger) -> None:
    wanted = TABLE[status].get(trigger)
    if wanted is not None:
        assert move(standing(status), trigger, actor=BEN, to=BEN).status is wanted
        return
    with pytest.raises(InvalidTransition) as refused:
        move(standing(status), trigger, actor=BEN, to=BEN)
    assert (refused.value.status, refused.value.trigger) == (status, trigger)


UNTOUCHED = Standing(status=U)
ANAS = Standing(status=I, assignee=ANA)
FROM_ANA_TO_BEN = Standing(status=I, assignee=BEN, last_assignee=ANA)
GIVEN_BACK = Standing(status=U, last_assignee=ANA)
CLOSED = Standing(status=C, last_assignee=ANA)


@pytest.mark.parametrize(
    ("now", "trigger", "after"),
    [
        (UNTOUCHED, Trigger.ASSIGN, Standing(status=I, assignee=CHLOE)),
        (GIVEN_BACK, Trigger.ASSIGN, Standing(status=I, assignee=CHLOE, last_assignee=ANA)),
        (ANAS, Trigger.ASSIGN, Standing(status=I, assignee=CHLOE, last_assignee=ANA)),
        (FROM_ANA_TO_BEN, Trigger.ASSIGN, Standing(status=I, assignee=CHLOE, last_assignee=BEN)),
        (ANAS, Trigger.RELEASE, GIVEN_BACK),
        (FROM_ANA_TO_BEN, Trigger.RELEASE, Standing(status=U, last_assignee=BEN)),
        (UNTOUCHED, Trigger.CUSTOMER_WRITES, UNTOUCHED),
        (GIVEN_BACK, Trigger.CUSTOMER_WRITES, GIVEN_BACK),
        (FROM_ANA_TO_BEN, Trigger.CUSTOMER_WRITES, FROM_ANA_TO_BEN),
        (CLOSED, Trigger.CUSTOMER_WRITES, Standing(status=I, assignee=ANA, last_assignee=ANA)),
        (Standing(status=C), Trigger.CUSTOMER_WRITES, UNTOUCHED),
        (UNTOUCHED, Trigger.AGENT_REPLIES, Standing(status=I, assignee=BEN)),
        (GIVEN_BACK, Trigger.AGENT_REPLIES, Standing(status=I, assignee=BEN, last_assignee=ANA)),
        (ANAS, Trigger.AGENT_REPLIES, ANAS),
        (UNTOUCHED, Trigger.CLOSE, Standing(status=C)),
        (GIVEN_BACK, Trigger.CLOSE, CLOSED),
        (ANAS, Trigger.CLOSE, CLOSED),
        (FROM_ANA_TO_BEN, Trigger.CLOSE, Standing(status=C, last_assignee=BEN)),
        (ANAS, Trigger.SNOOZE, ANAS),
        (GIVEN_BACK, Trigger.WAKE, GIVEN_BACK),
        (CLOSED, Trigger.REOPEN, Standing(status=I, assignee=BEN, last_assignee=ANA)),
        (CLOSED, Trigger.ARCHIVE, Standing(status=A, last_assignee=ANA)),
    ],
)
def test_who_has_it_and_who_had_it(now: Standing, trigger: Trigger, after: Standing) -> None:
    """Ben presses or writes; an assignment is to Chloe."""
    assert move(now, trigger, actor=BEN, to=CHLOE) == after


def test_an_assignment_without_a_name_is_to_the_presser() -> None:
    assert move(UNTOUCHED, Trigger.ASSIGN, actor=BEN) == Standing(status=I, assignee=BEN)


def test_a_closed_conversation_whose_last_assignee_left_is_anybodys() -> None:
    assert move(CLOSED, Trigger.CUSTOMER_WRITES, here=False) == GIVEN_BACK


def test_a_refusal_names_what_and_where() -> None:
    with pytest.raises(InvalidTransition, match="reopen is not possible while archived"):
        move(Standing(status=A), Trigger.REOPEN, actor=BEN)

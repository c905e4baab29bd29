"""Who is to be reminded of a customer who waits, and when: the decisions, pure.

Patience is counted in business hours, and nobody is reminded outside them. Each step comes
once while a customer waits; only the assignee's begins anew with another assignee.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntFlag

from desk.hours import Hours


class Step(IntFlag):
    """Who is reminded: those a conversation had are added up in `Conversation.reminded`."""

    ASSIGNEE = 1
    GROUP = 2
    LEAD = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminders:
    """How much business time without an answer each step waits; one that is not there is left out."""

    after: Mapping[Step, timedelta]
    lead: str | None = None
    """Slack user id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A customer who waits for an answer, as far as it matters here."""

    since: datetime
    """When patience begins to be counted for all."""
    assigned_at: datetime | None
    """Since when the assignee has it; None: nobody has."""
    reminded: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Nobody yet; look again then."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Remind now. `late`: by how much business time after its moment."""

    step: Step
    late: timedelta


def decide(waiting: Waiting, reminders: Reminders, hours: Hours, now: datetime) -> Look | Due | None:
    """What is to be done about somebody who waits; None: nothing any more, whatever time passes."""
    turns = _turns(waiting, reminders, hours)
    if not turns:
        return None
    at, step = min(turns)
    if at > now:
        return Look(at=at)
    if not hours.within(now):
        opening = hours.next_opening(now)
        return Look(at=opening) if opening else None
    return Due(step=step, late=hours.elapsed(at, now))


def _turns(waiting: Waiting, reminders: Reminders, hours: Hours) -> list[tuple[datetime, Step]]:
    """The steps that are still to come, each with its moment."""
    turns = []
    for step, patience in reminders.after.items():
        if waiting.reminded & step or (step is Step.ASSIGNEE and waiting.assigned_at is None):
            continue
        since = waiting.since
        if step is Step.ASSIGNEE and waiting.assigned_at:
            since = max(since, waiting.assigned_at)
        at = hours.after(since, patience)
        if at:
            turns.append((at, step))
    return turns

"""Whose turn it is where several wait for one channel. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import timedelta

from desk.delivery.queue import Candidate
from models import DeliveryKind

LATE = timedelta(seconds=5)
"""A post that has waited longer is one of many: Slack was away, or answers more slowly than it might."""

MANY = 5
"""Who has more than these waiting at their turn writes more than most."""

YIELDS = timedelta(seconds=10)
"""So long they let everybody else go first, also those who come later: they wait until the channel has
rested, so that its allowance for a burst is there for the others."""

QUIET = 3
"""With no more than this waiting for a channel, it is not behind."""


def is_slack(pace_key: str) -> bool:
    """Whether the row is a call to Slack. What leaves for a network is limited by its account's
    pace, so that one that hangs holds up nobody else."""
    return pace_key.startswith("slack:")


def in_turn(waiting: Sequence[Candidate], later: Collection[str] = ()) -> list[Candidate]:
    """Who goes first: by rank, except that a profile goes before its customer's words while
    the channel keeps up, so that it is the thread's first reply. Of one rank, the lanes of
    `later` go last."""
    crowd = Counter(each.pace_key for each in waiting)

    def turn(each: Candidate) -> tuple[float, bool]:
        early = each.kind is DeliveryKind.PROFILE and crowd[each.pace_key] <= QUIET
        return 0.5 if early else each.rank, each.lane in later

    return sorted(waiting, key=turn)

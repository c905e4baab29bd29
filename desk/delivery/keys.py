"""The keys by which rows of the outbox are ordered and limited: ranks, lanes, paces."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum


class Rank(IntEnum):
    """Who goes first where Slack's pace is short."""

    CARD = 0
    WORDS = 1
    FAILURE = 2
    HANDOVER = 3
    PROFILE = 4
    LINE = 5
    REMINDER = 6
    ARCHIVE = 9


def thread_lane(conversation_id: int) -> str:
    """Everything that appears in the thread, in order."""
    return f"t{conversation_id}"


def network_lane(conversation_id: int) -> str:
    """Everything that leaves for the customer, in order."""
    return f"n{conversation_id}"


def is_outward(lane: str | None) -> bool:
    """Whether what waits in the lane leaves for the customer."""
    return lane is not None and lane.startswith("n")


def post_pace(channel: str) -> str:
    """Slack's limit of one post a second and channel."""
    return f"slack:chat.postMessage:{channel}"


def its_channel(account_id: int) -> str:
    """What a card is parked by until its account has a channel."""
    return f"ready:channel:{account_id}"


def its_agents(account_id: int) -> str:
    """What a card is parked by until it is known who answers there: nobody could before."""
    return f"ready:agents:{account_id}"


def is_fault(parked_by: str) -> bool:
    """Whether a row waits for a repair, which it can try itself; not for an account to become ready."""
    return not parked_by.startswith("ready:")


def network_pace(account_id: int) -> str:
    """How many calls to an account's network may be under way."""
    return f"net:{account_id}"


def order_of(ts: str) -> str:
    """Slack's `ts` as a lane sorts it: fixed width, so that text compares like a number."""
    whole, _, part = ts.partition(".")
    return f"{int(whole):012d}.{part[:6]:0<6}"


def order_at(when: datetime) -> str:
    """A moment (of a press) in the same order as `order_of`."""
    return f"{when.timestamp():019.6f}"


def told_up_to(conversation_id: int) -> str:
    """Under this is kept what a network told of all until a moment, while some of it had no receipt."""
    return f"conversation:{conversation_id}:up_to"

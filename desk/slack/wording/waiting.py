"""What is said of customers who wait: reminders, and the post about a crowd."""

from __future__ import annotations

AGAIN = "is unassigned again."
NEW = "is new, and nobody has taken this yet."
LONG = " has waited for an answer since "
WHEN = "{date_short_pretty}, {time}"
NOBODYS = "Nobody has taken this."
ASSIGNED = "It is assigned to "
OF_NOBODY = "nobody has taken it"
OF = "assigned to "


def long(name: str) -> str:
    """The beginning of the sentence whose end is a time: who has waited since when."""
    return f"{name}{LONG}"


def many(count: int) -> str:
    """The first line where several have waited too long."""
    return f"{count} customers have waited long for an answer."


def more(count: int) -> str:
    """The last line of a list that is cut off."""
    return f"and {count} more"


def crowd(count: int) -> str:
    """Too many wait in a channel and nobody took them; also while their number falls."""
    who = "1 customer is" if count == 1 else f"{count} customers are"
    return f"{who} waiting here for somebody to take them."


CROWD_OVER = "Nobody is waiting here any more."
FIRST = "The first wrote {ago}"

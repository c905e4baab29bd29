"""What is said of sleeping conversations."""

from __future__ import annotations

AWAKE = "This is awake already."
WRONG = {
    "unreadable": (
        "Write until when: !snooze 2h, !snooze tomorrow, !snooze mon 9:00, !snooze 2026-12-24 9:00, "
        "or !snooze until they answer."
    ),
    "over": "That time is over already, so nothing was changed.",
    "too_far": "That is more than a year from now, so nothing was changed.",
}
"""Why words name no time, by `desk.conversations.when.Wrong`."""
LABEL = "Until when?"
OTHER_LABEL = "Or at another time"
OTHER_HINT = "A time here goes before the choice above."


def until_answer(name: str) -> str:
    """A choice, and the end of a sentence."""
    return f"Until {name} answers"


def snoozed(who: str) -> str:
    """The beginning of `Ana snoozed this until Mon, 09:00.`"""
    return f"{who} snoozed this"


def until_they_answer(who: str, name: str) -> str:
    """It sleeps without a time."""
    return f"{who} snoozed this until {name} answers."


def woken(who: str) -> str:
    """Somebody woke it before its time."""
    return f"{who} woke this up."


def woke(who: str) -> str:
    """Its time is here."""
    return f"{who} snoozed this until now."


def explained(name: str) -> str:
    """Above the choices."""
    return f"A message from {name} wakes it earlier. Whoever has the conversation is told when it wakes."

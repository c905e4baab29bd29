"""What is said of conversations that are no request, of customers who are blocked, and of notes."""

from __future__ import annotations

from desk.slack.text import clean_name, one_line

REASON = "Why?"
IN_YOUR_WORDS = "In your words"
NOTE = "Note"
CHOOSE = "Please choose a reason."
EMPTY_NOTE = "There is nothing in it."
NOT_BLOCKED = "Nobody is blocked here."


def not_a_request_explained(name: str) -> str:
    """Above the reasons."""
    return (
        f"This closes the conversation and leaves it out of all figures. {name} is told nothing. "
        f"A new message from {name} opens it again."
    )


def block_explained(name: str) -> str:
    """Above the reasons."""
    return (
        f"This closes the conversation. What {name} writes from now on is kept, but nobody sees it "
        f"until somebody unblocks {name}. An answer that has not left yet stays inside. "
        f"{name} is told nothing."
    )


def note_explained(name: str) -> str:
    """Above the field."""
    return f"It appears in the thread under your name. {name} doesn't see it."


def no_request(who: str, reason: str) -> str:
    """Closed as no request."""
    return f"{who} closed this as no request: {_reason(reason)}"


def blocked(who: str, name: str, reason: str) -> str:
    """A customer is blocked."""
    return f"{who} blocked {name}: {_reason(reason)}"


def unblocked(who: str, name: str, kept: int) -> str:
    """A customer is unblocked; `kept` messages came meanwhile."""
    if not kept:
        return f"{who} unblocked {name}. Nothing came meanwhile."
    came = "1 message that came meanwhile follows." if kept == 1 else f"{kept} messages that came follow."
    return f"{who} unblocked {name}. {came}"


def noted(who: str, words: str) -> str:
    """A note that was written in the menu."""
    return f"{who} noted: “{one_line(words, 1_000)}”"


def blocked_by(who: str, name: str) -> str:
    """Nothing can be sent or opened."""
    shown = clean_name(name)
    return f"{clean_name(who)} blocked {shown}. Unblock {shown} first: choose Conversation menu."


def already_blocked(name: str) -> str:
    """A second press."""
    return f"{clean_name(name)} is blocked already."


def emoji_has(who: str) -> str:
    """An emoji takes nothing from a colleague."""
    return f"{clean_name(who)} has this, and an emoji doesn't take it over. Choose Assign to… on the card."


def emoji_unanswered(name: str, *, waiting: bool) -> str:
    """An emoji does not close what the button asks about first."""
    shown = clean_name(name)
    why = f"{shown}'s last message has no answer yet" if waiting else f"An answer has not reached {shown}"
    return f"{why}, so the emoji closed nothing. Press Close if it may end so."


def _reason(reason: str) -> str:
    return one_line(reason, 400).rstrip(".") + "."

"""What a card says, its notification and its questions."""

from __future__ import annotations

from desk.slack.text import clip

RELEASE_TITLE = "Move back to Unassigned?"
NOTES_FIRST = "Notes first: start with *!r* to answer"
CLOSE_TITLE = "Close without an answer?"
CLOSE_PENDING_TITLE = "Close already?"


def notification(place: str, words: str, files: str, number: int) -> str:
    """What a phone shows of a new card; `place` is "Mia Krüger (WhatsApp, Acme Shop)"."""
    tail = " ".join(part for part in (_stopped(words), f"{files}." if files else "") if part)
    return f"New: {place}{': ' + tail if tail else '.'} #{number}"


def sentences(lines: str) -> str:
    """Lines as sentences on one line, so that they can be read out."""
    return " ".join(_stopped(" ".join(line.split())) for line in lines.split("\n"))


def _stopped(words: str) -> str:
    return words if not words or words[-1] in ".!?…" else words + "."


def state_notification(place: str, state: str, number: int) -> str:
    """What a screen reader says of a card that is not new."""
    return f"{place}: {state}. #{number}"


def undelivered(count: int) -> str:
    """How many replies have not arrived."""
    return f"{count} message not delivered" if count == 1 else f"{count} messages not delivered"


def release_question(agent: str, name: str) -> str:
    """Asked before a conversation goes back; `agent` is empty where the assignee asks themselves."""
    told = f"{clip(agent, 60)} is told; {name} is not." if agent else f"{name} is not told."
    return f"Anyone on the team can take the conversation then. {told}"


def close_unanswered(name: str, assigned: bool) -> str:
    """Asked before a conversation without an answer is closed."""
    first = f"{name}'s last message has no answer yet." if assigned else f"Nobody has answered {name} yet."
    return f"{first} A new message from {name} opens the conversation again."


def close_pending(name: str) -> str:
    """Asked before a conversation is closed while an answer has not arrived."""
    return f"An answer has not reached {name}. Closing changes nothing about that."

"""Words that stand on more than one surface."""

from __future__ import annotations

from desk.slack.text import clean_name

APP = "Oratio"
OUT_OF_DATE = "This card was out of date. Please press again."
ONLY_TEAM = "Only the support team can do this."
NOT_A_CONVERSATION = "This works on messages in a customer's thread."
TRY_AGAIN = "That didn't work just now. Please try again."
NOTHING_SHARED = "Nothing else is known yet."
MASKED = "•••"


def author(name: str, network: str) -> str:
    """Under which name a customer's words are posted: never one a colleague could have."""
    return f"{clean_name(name, 56)} · {clean_name(network, 20)}"


def outsider(contact: str | None) -> str:
    """Home, for people who serve no account."""
    return (
        f"{APP} is where the support team answers customers. Only the team sees conversations. "
        f"To join, ask {clean_name(contact, 80) if contact else 'whoever runs it here'}."
    )

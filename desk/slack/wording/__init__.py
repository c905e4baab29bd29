"""Every sentence an agent reads, by where it is read. Plain words, no codes; names are cleaned by whoever
passes them.

Functions return plain text, never mrkdwn: whoever draws it decides how it is made safe.
"""

from desk.slack.wording import (
    answers,
    cards,
    closing,
    commands,
    general,
    home,
    lists,
    operators,
    presses,
    refusals,
    routing,
    snooze,
    templates,
    thread,
    waiting,
)

__all__ = [
    "answers",
    "cards",
    "closing",
    "commands",
    "general",
    "home",
    "lists",
    "operators",
    "presses",
    "refusals",
    "routing",
    "snooze",
    "templates",
    "thread",
    "waiting",
]

"""What the lists and the help say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from desk.slack.amounts import duration

EMPTY_INBOX = "No conversation is assigned to you."


def inbox_title(total: int, waiting: int) -> str:
    """The first line of /inbox."""
    if not total:
        return EMPTY_INBOX
    return f"Inbox: {total} conversation{'' if total == 1 else 's'}, {waiting} waiting for you"


def closed_title(total: int, kept: timedelta) -> str:
    """The first line of /closed."""
    span = lately(kept)
    return f"Closed by you {span}: {total}" if total else f"You closed nothing {span}."


def lately(kept: timedelta) -> str:
    """How far back the list of what is closed goes: "in the last 14 days"."""
    return f"in the last {duration(kept)}"


def page_of(page: int, pages: int) -> str:
    """Where in a list one is."""
    return f"Page {page} of {pages}"


def usage(command: str) -> str:
    """What to type instead."""
    known = {
        "/inbox": "/inbox shows the conversations assigned to you. It takes no words after it.",
        "/closed": "/closed shows what you closed and is still kept here. It takes no words after it.",
    }
    return known.get(command, "/oratio help shows what you can do here.")


HELP: Sequence[tuple[str, str]] = (
    ("Take: ", "press Assign to me on a customer's card."),
    ("Answer: ", "write in the card's thread. ✅ went out, ⚠️ failed, ❔ may or may not have arrived."),
    ("Talk inside: ", "start with note: or n: or 📝, or mention a colleague. 📝 stays inside."),
    ("Send a note after all: ", "choose Send to customer in the message's menu."),
    ("Everything by thumb: ", "choose Conversation menu on any message of the thread."),
    ("Your lists: ", "/inbox shows what is assigned to you, /closed what you closed."),
    ("Finish: ", "press Close. A new message from the customer opens the conversation again."),
)

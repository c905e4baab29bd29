"""What is said around approved messages, where the time to answer freely is over."""

from __future__ import annotations

from desk.slack.text import clean_name, one_line

TITLE = "Send a template"
CHOOSE = "Template"
CHOOSE_HINT = "Choose a template"
LOOKING = "Looking for the templates…"
NONE = (
    "This account has no approved template that can be sent from here. "
    "Those who run it can have one approved; until then the customer has to write first."
)
AFTER = "After that only an approved template: *Conversation menu* in a message's menu has *Template…*."
NOT_HERE = "There are no templates for this customer."
GONE = "This template is no longer there. Choose another one."
FILL_IN = "Please fill this in."
TOO_LONG = "This is too long, all together."


def some(count: int) -> str:
    """Below a list that not all have room in."""
    return f"These are the first {count:,} by name."


def from_here(number: int, name: str) -> str:
    """Above each hundred of a long list; numbered, so that no two are the same."""
    return f"{number}: from {one_line(name, 55)}"


def example(given: str) -> str:
    """Below a field."""
    return f"For example: {one_line(given, 150)}"


def not_listed(why: str) -> str:
    """The network did not tell which there are; `why` is a clause."""
    return f"The templates can't be listed: {why}. Try again in a minute."


def explained(name: str) -> str:
    """Above the choice."""
    return f"{clean_name(name)} gets it as it was approved, with what you fill in. You see it in the thread."


def reads(name: str) -> str:
    """Above the preview."""
    return f"{clean_name(name)} will read:"


def sent(who: str, name: str) -> str:
    """A line of the thread, before the words."""
    return f"{clean_name(who)} sent {clean_name(name)} a template:"

"""What is said of the `!words` of threads."""

from __future__ import annotations

from collections.abc import Sequence

from desk.slack.text import clean_name, one_line

WHOM = "Write whom: !assign @ben, !assign me, or !assign and a name."
ONE_ONLY = "Name one colleague. Nothing was changed."
NEVER_LEAVES = "A message that starts with such a word does something here; no customer ever gets it."

HELP: Sequence[tuple[str, str]] = (
    ("!assign me", " · !assign @ben (a word to Ben may follow) · !release"),
    ("!close", " · !reopen"),
    ("!snooze 2h", " · tomorrow · mon 9:00 · 2026-12-24 9:00 · until they answer · !wake"),
    ("!note …", " stays inside, like note: or n: or 📝 at the start"),
    ("!r …", " goes to the customer"),
    ("!files", " what can be sent here, and how large"),
)


def help_title(name: str) -> str:
    """Above what can be written."""
    return f"What you can write in this thread; {clean_name(name)} sees none of these words:"


def stands_alone(word: str) -> str:
    """Words after one that takes none."""
    return f"Nothing was changed: write !{word} alone, or start with note: to keep words inside."


def file_stayed(word: str, name: str) -> str:
    """An order with a file: it is not clear what was meant for whom."""
    return (
        f"Nothing was changed, and {clean_name(name)} didn't get your file: "
        f"write !{one_line(word, 30)} alone, and send the file without it."
    )


def overtaken(word: str) -> str:
    """An order that was read late."""
    return (
        f"Since you wrote !{one_line(word, 30)}, something else happened here, so nothing was changed. "
        "Write it again if it still fits."
    )


def not_by_edit(word: str) -> str:
    """An order that a message became by being edited."""
    return f"An edit does nothing: write !{one_line(word, 30)} as a new message."


def nobody(name: str) -> str:
    """No agent is called so."""
    return f"Nobody who answers these customers is called “{one_line(name, 40)}”."


def several(names: Sequence[str]) -> str:
    """More than one agent is called so."""
    return f"Several are called so: {', '.join(clean_name(name, 40) for name in names[:5])}. Mention one."


def did_you_mean(word: str) -> str:
    """The end of a sentence about an unknown word."""
    return f" Did you mean !{word}?" if word else ""

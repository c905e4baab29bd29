"""What is filled in before something happens: snooze, not a request, block, a note. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from desk.slack import literal, wording
from desk.slack.drawing import Block, View
from desk.slack.modals import COMMENT_LIMIT, asked, modal
from desk.slack.text import clean_name

SPANS: Sequence[tuple[str, str]] = (
    ("1h", "1 hour"),
    ("3h", "3 hours"),
    ("tomorrow 9:00", "Tomorrow, 9:00"),
    ("next week", "Monday, 9:00"),
)
"""What is offered; the values are words that `desk.conversations.when` reads."""
ANSWER = "until they answer"

NO_REQUEST: Mapping[str, str] = {
    "spam": "Spam or advertising",
    "mistake": "Wrong number or address",
    "test": "A test",
    "other": "Something else",
}
BLOCK: Mapping[str, str] = {
    "spam": "Spam or advertising",
    "abuse": "Insults or threats",
    "fraud": "Fraud",
    "other": "Something else",
}


def snooze(conversation_id: int, version: int, name: str) -> View:
    """Until when?

    Values: `snooze.when` / `choice`, and `snooze.at` / `at` (Unix seconds), which goes first.
    """
    shown = clean_name(name, 40)
    choices = [*SPANS, (ANSWER, wording.snooze.until_answer(shown))]
    options = [literal.option(label, value) for value, label in choices]
    choice: Block = {
        "type": "radio_buttons",
        "action_id": "choice",
        "options": options,
        "initial_option": options[2],
    }
    picker: Block = {"type": "datetimepicker", "action_id": "at"}
    other = asked("snooze.at", wording.snooze.OTHER_LABEL, picker, optional=True)
    blocks = [
        literal.plain_section(wording.snooze.explained(clean_name(name)), block_id="snooze.why"),
        asked("snooze.when", wording.snooze.LABEL, choice),
        other | {"hint": literal.plain(wording.snooze.OTHER_HINT, 2_000)},
    ]
    private = {"conversation": conversation_id, "version": version}
    return modal("snooze", "Snooze", blocks, private=private, submit="Snooze", close="Cancel")


def not_a_request(conversation_id: int, version: int, name: str) -> View:
    """Close it, and count it nowhere. Values: `reason.choice` / `choice` and `reason.words` / `words`."""
    said = wording.closing.not_a_request_explained(clean_name(name))
    blocks = [literal.plain_section(said, block_id="reason.why"), *_reasons(NO_REQUEST)]
    private = {"conversation": conversation_id, "version": version}
    return modal("not_a_request", "Not a request", blocks, private=private, submit="Close", close="Cancel")


def block(conversation_id: int, version: int, name: str) -> View:
    """Show nothing of this customer any more. Values as in `not_a_request`."""
    said = wording.closing.block_explained(clean_name(name))
    blocks = [literal.plain_section(said, block_id="reason.why"), *_reasons(BLOCK)]
    private = {"conversation": conversation_id, "version": version}
    return modal("block", "Block", blocks, private=private, submit="Block", close="Cancel")


def _reasons(reasons: Mapping[str, str]) -> list[Block]:
    choice: Block = {
        "type": "radio_buttons",
        "action_id": "choice",
        "options": [literal.option(label, value) for value, label in reasons.items()],
    }
    return [
        asked("reason.choice", wording.closing.REASON, choice),
        asked("reason.words", wording.closing.IN_YOUR_WORDS, _words("words", 300), optional=True),
    ]


def reason_of(reasons: Mapping[str, str], choice: str, words: str) -> str:
    """The reason as it is kept: "Fraud: asks for gift cards"; empty if none was chosen."""
    label, said = reasons.get(choice, ""), " ".join(words.split())[:300]
    if choice == "other":
        return said or label
    return f"{label}: {said}" if label and said else label


def note(conversation_id: int, name: str) -> View:
    """Write a note without the thread. Value: `note.words` / `words`."""
    blocks = [
        literal.plain_section(wording.closing.note_explained(clean_name(name)), block_id="note.why"),
        asked("note.words", wording.closing.NOTE, _words("words", COMMENT_LIMIT)),
    ]
    private = {"conversation": conversation_id}
    return modal("note", "Note", blocks, private=private, submit="Add note", close="Cancel")


def _words(action_id: str, limit: int) -> Block:
    return {
        "type": "plain_text_input",
        "action_id": action_id,
        "multiline": True,
        "max_length": limit,
    }

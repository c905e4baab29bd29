"""The `!words` that do something when a message of a thread begins with one. Pure."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from enum import StrEnum

from desk.slack import mrkdwn


class Word(StrEnum):
    """What can be written after the mark."""

    CLOSE = "close"
    ASSIGN = "assign"
    RELEASE = "release"
    SNOOZE = "snooze"
    WAKE = "wake"
    REOPEN = "reopen"
    NOTE = "note"
    REPLY = "r"
    FILES = "files"
    HELP = "help"


TEXTS = frozenset({Word.NOTE, Word.REPLY})
"""These say what the words after them are; the others do something."""

BARE = frozenset({Word.CLOSE, Word.RELEASE, Word.WAKE, Word.REOPEN})
"""These take no words after them: "!close the door, please" was not meant to close anything."""

_ALONE = BARE | {Word.FILES, Word.HELP}
"""These, with more words behind them, are likely no order where the mark stands apart."""

_ALSO = {"reply": Word.REPLY, "n": Word.NOTE, "unassign": Word.RELEASE}


@dataclass(frozen=True, slots=True)
class Typed:
    """A message that begins with a word. `word` is None where nobody knows it."""

    word: Word | None
    said: str
    """As it was written, without the mark."""
    rest: str
    """What follows it."""

    @property
    def does(self) -> bool:
        """Whether it is an order, rather than words for somebody."""
        return self.word is not None and self.word not in TEXTS


def typed(text: str) -> Typed | None:
    """Read the beginning of a message; None where it is no `!word`.

    Phones make "! Close" of it. With a space more words than it takes make it one that nobody knows:
    "! Close the door, please" stays inside, and can be sent.
    """
    found = mrkdwn.command_of(text)
    if found is None:
        return None
    said, rest, apart = found
    name = said.casefold()
    word = _ALSO.get(name) or (Word(name) if name in set(Word) else None)
    if apart and rest.strip() and word in _ALONE:
        word = None
    return Typed(word, said, rest.lstrip(" :：").strip() if word in TEXTS else rest.strip())


def meant(said: str) -> str:
    """The word that this one is likely to be; empty if it is like none."""
    known = [word.value for word in Word] + list(_ALSO)
    return next(iter(difflib.get_close_matches(said.casefold()[:30], known, n=1, cutoff=0.6)), "")

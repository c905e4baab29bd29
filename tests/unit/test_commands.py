"""The `!words`: what is read, what is meant, and what each may be followed by."""

from __future__ import annotations

import pytest

from desk.conversations.commands import BARE, TEXTS, Typed, Word, meant, typed


@pytest.mark.parametrize(
    ("text", "word", "rest"),
    [
        ("!close", Word.CLOSE, ""),
        ("  ！CLOSE  ", Word.CLOSE, ""),
        ("!assign @ben", Word.ASSIGN, "@ben"),
        ("!unassign", Word.RELEASE, ""),
        ("!snooze until they answer", Word.SNOOZE, "until they answer"),
        ("!r Hello\nMia", Word.REPLY, "Hello\nMia"),
        ("!reply: Hello", Word.REPLY, "Hello"),
        ("!note : stays", Word.NOTE, "stays"),
        ("!n stays", Word.NOTE, "stays"),
        ("!rest of it", None, "of it"),
        ("!clsoe", None, ""),
        ("!wake", Word.WAKE, ""),
        ("! Close", Word.CLOSE, ""),
        ("！ note the price", Word.NOTE, "the price"),
        ("! Assign @ben", Word.ASSIGN, "@ben"),
        ("! Close the door", None, "the door"),
        ("!close the door", Word.CLOSE, "the door"),
        ("! clsoe", None, ""),
    ],
)
def test_what_is_read(text: str, word: Word | None, rest: str) -> None:
    found = typed(text)
    assert found
    assert (found.word, found.rest) == (word, rest)


@pytest.mark.parametrize("text", ["close", "!\nclose", "", "a !close", "!!", "note: !close"])
def test_what_is_no_word(text: str) -> None:
    assert typed(text) is None


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("clsoe", "close"),
        ("Asign", "assign"),
        ("snoze", "snooze"),
        ("fiels", "files"),
        ("important", ""),
        ("5", ""),
    ],
)
def test_what_was_likely_meant(said: str, word: str) -> None:
    assert meant(said) == word


def test_orders_and_texts() -> None:
    assert {word for word in Word if Typed(word, word, "").does} == set(Word) - TEXTS
    assert not Typed(None, "x", "").does
    assert not BARE & TEXTS

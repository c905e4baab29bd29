"""Customers' names as they are searched for: their words, folded, without accents. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

LONGEST = 60
"""Characters of a name, or of what is typed, that count."""
_MOST = 40
"""Words of one name that are kept."""
_LONGEST_WORD = 255
"""Bytes."""

_ACCENTS = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0]"
)
"""Marks that people leave out when they type: above letters, Hebrew points, Arabic vowels. Marks that
make another letter, as in Hindi or Japanese, stay."""
_LETTERS = str.maketrans(
    {"ı": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ŧ": "t"}
    | {"ŋ": "n", "ə": "e", "ĳ": "ij", "ـ": ""}
)
"""Letters that decompose into nothing plainer."""
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_UNSPACED = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Scripts that write names without spaces: each character may begin the given name."""


def words_of(name: str) -> frozenset[bytes]:
    """What a contact of this name is found by, each as UTF-8."""
    found: dict[bytes, None] = {}
    for word in _words(name):
        for start in _starts(word):
            for spelling in spellings(start):
                found[spelling] = None
    return frozenset(list(found)[:_MOST])


def prefixes(typed: str) -> tuple[tuple[bytes, ...], ...]:
    """What the words of a name must begin with: for each word typed, one of its spellings.

    Nothing at all where nothing was typed that a name could have.
    """
    return tuple(dict.fromkeys(spellings(word) for word in _words(typed)))[:8]


def after(prefix: bytes) -> bytes:
    """What comes after all words that begin so; no UTF-8 has this byte."""
    return prefix + b"\xff"


def spellings(word: str) -> tuple[bytes, ...]:
    """A word folded; and once more where German and its neighbours also write ae for ä."""
    composed = unicodedata.normalize("NFC", word).casefold()
    both = dict.fromkeys((_folded(composed), _folded(composed.translate(_SPELT_OUT))))
    return tuple(_cut(folded) for folded in both if folded)


def _folded(word: str) -> str:
    """Case and accents forgiven; a dotted, dotless or capital I of any language is one letter."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", word).casefold())
    return _ACCENTS.sub("", plain).translate(_LETTERS)


def _cut(folded: str) -> bytes:
    return folded.encode("utf-8", "ignore")[:_LONGEST_WORD].decode("utf-8", "ignore").encode()


def _words(text: str) -> Iterator[str]:
    """The words of a text: runs of letters, digits and their marks."""
    composed = unicodedata.normalize("NFC", text[:LONGEST])
    spaced = "".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in composed)
    return iter(spaced.split())


def _starts(word: str) -> Iterator[str]:
    """Where a word can be said to begin."""
    yield word
    for at, character in enumerate(word[:20]):
        if at and _UNSPACED.match(character):
            yield word[at:]

"""What stands out in an agent's words: bold, italic, struck, code. Pure.

While a text is put together, marks that no message can hold stand around such words;
afterwards they are read off it, as stretches of the plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from desk.slack.text import clean
from networks.base import Style, StyleKind

RESERVED = re.compile("[\x00-\x03]")
"""What must not stand in a text before it is put together."""

_LETTERS: Mapping[str, StyleKind] = {
    "b": StyleKind.BOLD,
    "i": StyleKind.ITALIC,
    "s": StyleKind.STRIKE,
    "c": StyleKind.CODE,
}
_MARK = re.compile("(\x01[bisc]+\x03|\x02)")
_MOST = 300


def marked(words: str, style: object) -> str:
    """The words with marks for a rich-text element's `style`; white space around them stays outside."""
    given = style if isinstance(style, Mapping) else {}
    letters = "".join(letter for letter, kind in _LETTERS.items() if given.get(kind.value) is True)
    inside = words.strip()
    if not letters or not inside:
        return words
    start = words.index(inside)
    return f"{words[:start]}\x01{letters}\x03{inside}\x02{words[start + len(inside) :]}"


def code(words: str) -> str:
    """The words as code; what stood out in them doesn't any more."""
    return marked(unmarked(words), {StyleKind.CODE.value: True})


def unmarked(raw: str) -> str:
    """The text without marks."""
    return _MARK.sub("", raw)


def read(raw: str, text: str) -> tuple[Style, ...]:
    """The styles of `text`, which is what is left of `raw` once it is clean; none if it isn't."""
    joined = clean(unmarked(raw))
    if joined.strip() != text:
        return ()
    before = len(joined) - len(joined.lstrip())
    found = (_moved(style, -before, len(text)) for style in _styles(raw))
    return tuple(style for style in found if style)[:_MOST]


def within(styles: tuple[Style, ...], start: int, length: int) -> tuple[Style, ...]:
    """What they are in the stretch of the text that begins at `start`."""
    return tuple(moved for style in styles if (moved := _moved(style, -start, length)))


def _styles(raw: str) -> Iterator[Style]:
    at = begun = 0
    letters = ""
    for piece in _MARK.split(raw):
        if piece.startswith("\x01"):
            begun, letters = at, piece[1:-1]
        elif piece == "\x02":
            yield from (Style(start=begun, length=at - begun, kind=_LETTERS[each]) for each in letters)
            letters = ""
        else:
            at += len(clean(piece))


def _moved(style: Style, by: int, length: int) -> Style | None:
    """The part of it that lies in a text of that length; None: none does."""
    start = max(style.start + by, 0)
    end = min(style.start + style.length + by, length)
    return Style(start=start, length=end - start, kind=style.kind) if start < end else None

"""Words in WhatsApp's markup. Pure.

`*bold*`, `_italic_`, `~struck~` and three backticks: https://faq.whatsapp.com/539178204879377. No sign can be
escaped: one that would be read as markup gets an invisible character before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from networks.base import Style, StyleKind

_SIGNS = {StyleKind.BOLD: "*", StyleKind.ITALIC: "_", StyleKind.STRIKE: "~", StyleKind.CODE: "```"}
_JOINER = "\u2060"
_PAIR = re.compile(r"(?<!\w)([*_~])(?=\S)(?=[^\n]{0,250}?\S\1(?!\w))|(?<!`)`{1,3}(?=[^`\n])")
"""Where WhatsApp would begin to set words: at a word's edge, with its counterpart soon on the same line."""


def to_markup(text: str, styles: Sequence[Style], most: int) -> str:
    """The text with its styles, its own signs literal; bare where that is longer than `most` characters."""
    drawn = "\n".join(_line(line, start, styles) for start, line in _lines(text))
    for said in (drawn, _literal(text)):
        if len(said) <= most:
            return said
    return text


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Each line with where it begins: no style reaches over a line's end."""
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


def _line(line: str, start: int, styles: Sequence[Style]) -> str:
    """One line, each stretch of it inside the signs that hold for all of it."""
    ends = [at - start for each in styles for at in (each.start, each.start + each.length)]
    cuts = sorted({0, len(line), *(at for at in ends if 0 < at < len(line))})
    return "".join(_stretch(line, a, b, _kinds(start + a, styles)) for a, b in pairwise(cuts)) or _literal(
        line
    )


def _kinds(at: int, styles: Sequence[Style]) -> list[StyleKind]:
    found = {each.kind for each in styles if each.start <= at < each.start + each.length}
    return [StyleKind.CODE] if StyleKind.CODE in found else [kind for kind in _SIGNS if kind in found]


def _stretch(line: str, start: int, end: int, kinds: Sequence[StyleKind]) -> str:
    """Signs stand at the words, not at white space, and only between words: elsewhere WhatsApp shows them."""
    words = line[start:end]
    inside = words.strip()
    between = not (_is_word(line[start - 1 : start]) and not words[:1].isspace()) and not (
        _is_word(line[end : end + 1]) and not words[-1:].isspace()
    )
    if not kinds or not inside or not between:
        return _literal(words)
    lead, _, tail = words.partition(inside)
    signs = [_SIGNS[kind] for kind in kinds]
    kept = inside if StyleKind.CODE in kinds else _literal(inside)
    return f"{lead}{''.join(signs)}{kept}{''.join(reversed(signs))}{tail}"


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _literal(words: str) -> str:
    return _PAIR.sub(lambda found: _JOINER + found[0], words)

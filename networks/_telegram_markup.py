"""Telegram's formatted text, read into plain words and written from them. Pure.

The desk's text is plain. What formatting alone says would be lost: an address behind a
word, and what is quoted; those are put into words, and the other way round.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from networks._pieces import sendable
from networks.base import Style, StyleKind

_MOST_ENTITIES = 200
_QUOTES = frozenset({"blockquote", "expandable_blockquote"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Insertion:
    """What comes into the text before the character at `at`, in UTF-16 units."""

    at: int
    words: str


def to_plain(text: str, entities: object) -> str:
    """The words of a text: `label (address)` for a link behind a label, `> ` before what is quoted.

    Offsets count UTF-16 units, core.telegram.org/bots/api#messageentity. Entities that make
    no sense are passed over.
    """
    raw = text.encode("utf-16-le", "surrogatepass")
    found = entities[:_MOST_ENTITIES] if isinstance(entities, list) else ()
    insertions = sorted((i for each in found for i in _insertions(raw, each)), key=lambda i: i.at)
    return "".join(_put_together(raw, insertions))


def _put_together(raw: bytes, insertions: Iterable[_Insertion]) -> Iterator[str]:
    done = 0
    for each in insertions:
        yield _words(raw[done : each.at * 2])
        yield each.words
        done = each.at * 2
    yield _words(raw[done:])


def _insertions(raw: bytes, entity: object) -> Iterator[_Insertion]:
    """What one entity adds to the text."""
    if not isinstance(entity, dict):
        return
    start, length = entity.get("offset"), entity.get("length")
    if type(start) is not int or type(length) is not int:
        return
    end = start + length
    if not 0 <= start < end <= len(raw) // 2 or _inside_pair(raw, start) or _inside_pair(raw, end):
        return
    inside = _words(raw[start * 2 : end * 2])
    kind = entity.get("type")
    if kind == "text_link":
        yield from _address(entity.get("url"), inside, end)
    elif isinstance(kind, str) and kind in _QUOTES:
        yield from _quote_marks(inside, start)


def _address(url: object, label: str, end: int) -> Iterator[_Insertion]:
    """The address, unless the label says the same."""
    if not isinstance(url, str) or not url:
        return
    shown = label.strip().rstrip("/")
    if shown not in {url.rstrip("/"), url.split("://", 1)[-1].rstrip("/")}:
        yield _Insertion(at=end, words=f" ({url})")


def _quote_marks(inside: str, start: int) -> Iterator[_Insertion]:
    at = start
    for line in inside.split("\n"):
        yield _Insertion(at=at, words="> ")
        at += len(line.encode("utf-16-le", "surrogatepass")) // 2 + 1


def _inside_pair(raw: bytes, at: int) -> bool:
    """Whether a cut there would leave half a character on each side."""
    if not 0 < at < len(raw) // 2:
        return False
    return 0xD8 <= raw[at * 2 - 1] <= 0xDB and 0xDC <= raw[at * 2 + 1] <= 0xDF


def _words(raw: bytes) -> str:
    return raw.decode("utf-16-le", "surrogatepass")


def to_html(text: str, styles: Sequence[Style] = ()) -> str:
    """A plain text in Telegram's HTML: literal, but for its styles, and for lines after `> `, which
    become quotes.

    core.telegram.org/bots/api#html-style
    """
    drawn: list[str] = []
    quoted: list[str] = []
    for start, line in _lines(text):
        prefix = _quote_prefix(line)
        if prefix and not _is_code(start, styles):
            quoted.append(_styled(line[prefix:], start + prefix, styles))
            continue
        drawn += _quote(quoted)
        quoted = []
        drawn.append(_styled(line, start, styles))
    return "\n".join([*drawn, *_quote(quoted)])


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Each line with where it begins."""
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


def _quote_prefix(line: str) -> int:
    """How many characters say that the line is quoted."""
    return 2 if line.startswith("> ") else 1 if line == ">" else 0


def _is_code(at: int, styles: Sequence[Style]) -> bool:
    return any(each.kind is StyleKind.CODE and each.start <= at < each.start + each.length for each in styles)


def _quote(lines: Sequence[str]) -> list[str]:
    """One quotation; nothing where it would be empty, which Telegram refuses."""
    inside = "\n".join(lines)
    return [f"<blockquote>{inside}</blockquote>" if inside.strip() else inside] if lines else []


_TAGS = {StyleKind.BOLD: "b", StyleKind.ITALIC: "i", StyleKind.STRIKE: "s", StyleKind.CODE: "code"}


def _styled(line: str, start: int, styles: Sequence[Style]) -> str:
    """One line, each stretch of it inside the tags that hold for all of it."""
    ends = [at - start for each in styles for at in (each.start, each.start + each.length)]
    cuts = sorted({0, len(line), *(at for at in ends if 0 < at < len(line))})
    return "".join(_stretch(line[a:b], _kinds(start + a, styles)) for a, b in pairwise(cuts))


def _kinds(at: int, styles: Sequence[Style]) -> list[StyleKind]:
    found = {each.kind for each in styles if each.start <= at < each.start + each.length}
    # Telegram allows nothing beside code
    return [StyleKind.CODE] if StyleKind.CODE in found else [kind for kind in _TAGS if kind in found]


def _stretch(words: str, kinds: Sequence[StyleKind]) -> str:
    inside = escape(sendable(words), quote=False)
    for kind in kinds if words.strip() else ():
        inside = f"<{_TAGS[kind]}>{inside}</{_TAGS[kind]}>"
    return inside

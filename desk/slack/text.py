"""Foreign text made safe: cleaned, escaped, cut, split. Pure, and linear in the length."""

from __future__ import annotations

import json
import re
import unicodedata
from functools import lru_cache

MAP = re.compile(r"https://www\.google\.com/maps\?q=-?\d{1,3}(?:\.\d{1,15})?,-?\d{1,3}(?:\.\d{1,15})?")
"""Where a place's map is, in what stands for the place."""
_MAP_TOO = re.compile(rf"\s?{MAP.pattern}")
WHOLE_POST = 12_500
"""The most bytes of JSON that a post may have in all, with room for its envelope."""

POST_CHARS = 3_000
"""The longest text of one post, in code points."""

POST_BYTES = 9_600
"""The longest text of one post, in bytes of JSON; the rest of a post's room is for its fallback."""

_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]+")
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u2800\u3164\uffa0")
_CALLS = re.compile(r"@(?=here|channel|everyone|group)", re.IGNORECASE)
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_ENTITY = re.compile("&(?:lt|gt|amp);")
_LOOK_ALIKES = (("*", "∗"), ("_", "ˍ"), ("~", "∼"), ("`", "ˋ"))
_NAME_READ = 4_000
_LONGEST_CHARACTER = 64
_MARKS_IN_A_ROW = 4
_JOINERS = frozenset("\u200d\ufe0e\ufe0f\u20e3")


def clean(text: str) -> str:
    """The text without what databases, JSON and Slack refuse: NUL, other controls, lone surrogates.

    Line ends become `\\n`. Everything visible stays.
    """
    if "\r" in text or "\x85" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    return _UNSENDABLE.sub("", text)


def escape(text: str) -> str:
    """The text as mrkdwn in which no control form is left; `unescape` gives it back."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """Undo Slack's escaping, once."""
    return _ENTITY.sub(lambda found: _ENTITIES[found.group()], text)


def fallback(text: str, limit_bytes: int = 2_000) -> str:
    """Escaped mrkdwn for a post's `text`: pings nobody even where bare `@here` would.

    At most `limit_bytes` of JSON, cut between characters; never empty.
    """
    calm = _CALLS.sub("@\u2060", clean(text)).strip()
    whole = escape(calm)
    if weight(whole) > limit_bytes:
        whole = _cut(calm, limit_bytes - 8) + "…"
    return whole or "…"


def _cut(text: str, limit_bytes: int) -> str:
    out: list[str] = []
    spent = 0
    for character in text:
        piece = escape(character)
        spent += weight(piece)
        if spent > limit_bytes:
            break
        out.append(piece)
    return "".join(out).rstrip()


def literal(text: str) -> str:
    """A name as mrkdwn that shows its characters and formats nothing. For `verbatim` objects."""
    for mark, look_alike in _LOOK_ALIKES:
        text = text.replace(mark, look_alike)
    return escape(_CALLS.sub("@\u2060", text))


def weight(text: str) -> int:
    """How many bytes the text takes in JSON, without its quotes."""
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass")) - 2


def json_size(value: object) -> int:
    """How many bytes a value takes as JSON."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))


def clip(text: str, limit: int) -> str:
    """At most `limit` characters; what is cut ends in "…" and never inside a visible character."""
    if len(text) <= limit:
        return text
    at = limit - 1
    while at > max(0, limit - 20) and _inside(text, at, 0):
        at -= 1
    return text[:at].rstrip() + "…"


def clip_bytes(text: str, limit: int) -> str:
    """At most `limit` bytes of JSON."""
    if weight(text) <= limit:
        return text
    spent = 3
    for at, character in enumerate(text):
        spent += weight(character)
        if spent > limit:
            return text[:at].rstrip() + "…"
    return text


def one_line(text: str, limit: int) -> str:
    """The words of a text on one line, without turning marks, to quote inside a sentence."""
    head = clean(text[: limit * 4 + 400])
    return clip(" ".join(_TURNING.sub("", head).split()), limit)


def clean_name(name: str, limit: int = 80, empty: str = "Someone") -> str:
    """A person's or file's name, safe to show beside our own words.

    Without control, bidirectional and zero-width characters, white space collapsed, at most
    `limit` characters; `empty` if nothing visible is left.
    """
    shown = _plain(name[:_NAME_READ])
    return clip(shown, limit) if _visible(shown) else empty


@lru_cache(maxsize=256)  # a drawing names the same few people again and again
def _plain(name: str) -> str:
    """A name without what is not to be seen, white space collapsed."""
    if name.isascii() and name.isprintable():
        return " ".join(name.split())
    kept: list[str] = []
    marks = 0
    for character in name:
        category = unicodedata.category(character)
        if category in {"Zs", "Zl", "Zp"} or character in "\t\n\r\x0b\x0c\x85":
            kept.append(" ")
            continue
        if category in {"Cc", "Cf", "Cs", "Co", "Cn"} or character in _INVISIBLE:
            continue
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks <= _MARKS_IN_A_ROW:
            kept.append(character)
    return " ".join("".join(kept).split())


def _visible(name: str) -> bool:
    return any(unicodedata.category(c) not in {"Mn", "Me", "Zs"} for c in name)


def first_name(name: str, limit: int = 20) -> str:
    """How a label calls a person: the first word of the name, at most `limit` characters."""
    whole = clean_name(name)
    return clip(whole.split(" ")[0], limit)


def split_words(text: str, chars: int = POST_CHARS, size: int = POST_BYTES) -> tuple[str, ...]:
    """Cut a long text into pieces that each fit one post, at lines or words where possible.

    Put together the pieces give the cleaned text back. No piece is empty; an empty text gives
    no piece. At most `chars` characters and `size` bytes of JSON each.
    """
    rest = clean(text)
    start = 0
    pieces: list[str] = []
    while start < len(rest):
        end = _reach(rest, start, chars, size)
        end = end if end == len(rest) else _good_end(rest, start, end)
        pieces.append(rest[start:end])
        start = end
    return tuple(pieces)


def _reach(text: str, start: int, chars: int, size: int) -> int:
    """How far a piece may go at most; always further than `start`."""
    end = min(len(text), start + chars)
    spent = weight(text[start:end])
    while spent > size and end > start + 1:
        end = start + max(1, (end - start) * size // spent)
        spent = weight(text[start:end])
    return end


def _good_end(text: str, start: int, end: int) -> int:
    """The best place to cut in the last half: after a line, after a word, between characters."""
    half = start + (end - start) // 2
    for separator in ("\n", " "):
        at = text.rfind(separator, half, end)
        if at >= half and at + 1 > start:
            return at + 1
    at, least = end, max(half, end - _LONGEST_CHARACTER)
    while at > least and _inside(text, at, start):
        at -= 1
    return at if at > least else end


def _inside(text: str, at: int, floor: int) -> bool:
    """Whether a cut before `at` would fall inside a visible character that begins after `floor`."""
    character = text[at]
    if character in _JOINERS or "\U0001f3fb" <= character <= "\U0001f3ff" or text[at - 1] == "\u200d":
        return True
    if _is_flag_half(character):
        first = at
        while first > floor and _is_flag_half(text[first - 1]):
            first -= 1
        return (at - first) % 2 == 1
    return unicodedata.category(character) in {"Mn", "Me", "Mc"}


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def without_map(words: str) -> str:
    """What stands for a place where its map can't be a link: on cards and in lists."""
    return _MAP_TOO.sub("", words)

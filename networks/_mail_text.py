"""A mail's words as they are read in a thread: HTML as text, without quotes, signature and excess. Pure.

What is left out here stays within reach: the whole text goes along as a file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from html import unescape

from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.html_properties import Display
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_element import HtmlElement
from mailparser_reply.parser import EmailMessage

LONGEST = 3_000
"""Code points of a mail that are shown."""

_MOST_HTML = 250_000
_MOST_LINES = 400
_MOST_SUSPECTS = 80
_LONGEST_LINE = 200
"""How much of a text is searched: the library's patterns take long over longer lines."""
_QUOTING = ["en", "de", "es", "fr", "it", "nl", "sv", "da", "cs", "ja", "ko", "zh", "david"]
_SIGNING = ["en", "de", "es", "it", "nl", "cs"]
"""Not the languages whose patterns also meet other languages' plain words ("Tak" meets "Take")."""
_SIGNATURE_LINES, _SIGNATURE_WORDS, _SIGNATURE_WIDTH = 10, 4, 60
_DELIMITER = re.compile(r"\s*(?:>+ ?)*(?:--|__+)\s*$")
_FIELD = re.compile(r"[>* ]{0,10}[^\W\d_][\w ]{0,20}:")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_UNSEEN = re.compile(r"(?is)<(head|style|script|title)\b.{0,100000}?</\1\s*>")
_BLANKS = re.compile(r"\n{3,}")
_LAYOUT = ParserConfig(
    css={**CSS_PROFILES["strict"], "hr": HtmlElement(display=Display.block)}, display_links=True
)
_LINK = re.compile(r"\[([^\[\]]{0,300})\]\(([^()\s]{0,2000})\)")
"""As the library writes one: its label and its address."""
_LONGEST_ADDRESS = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """What of a text is shown, and whether that is less than all."""

    text: str
    cut: bool


def from_html(html: str) -> str:
    """The text that one would read; of what no parser takes, the words without its tags."""
    short = html[:_MOST_HTML]
    try:
        text = _LINK.sub(_linked, get_text(short, _LAYOUT))
    except (ValueError, TypeError, RecursionError, AssertionError, KeyError, IndexError, AttributeError):
        text = unescape(_TAG.sub(" ", _UNSEEN.sub(" ", short)))
    return tidy(text.replace("\xa0", " "))


def _linked(found: re.Match[str]) -> str:
    """A link's label, and its address where that says more; not those for machines to count clicks by."""
    label, address = found.groups()
    begins = re.match(r"https?://|mailto:|tel:", address)
    plain = address[begins.end() :].rstrip("/") if begins else ""
    if not plain or not label.strip() or plain in label or len(address) > _LONGEST_ADDRESS:
        return str(label)
    return f"{label} ({address})"


def tidy(text: str) -> str:
    """Without white space at the ends of lines, and with no more than one blank line in a row."""
    return _BLANKS.sub("\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip("\n")


def shown(text: str) -> Shown:
    """What of a tidy text is shown."""
    lines = text.split("\n")
    kept = _unsigned(lines[: _quotes_from(lines)])
    words = tidy("\n".join(kept)) or text
    short = _shortened(words)
    return Shown(short, cut=short != text)


def _quotes_from(lines: list[str]) -> int:
    """The line where the mail answered begins; beyond the last where words of one's own follow."""
    start = _header_line(lines)
    if start is None:
        start = _trailing_quote(lines)
    answered = any(line.strip() for line in lines[:start])
    return start if answered and not _answers_between(lines[start:]) else len(lines)


def _trailing_quote(lines: list[str]) -> int:
    """The line where the quoted lines at the end begin, with what announces them in whatever language."""
    start = len(lines)
    while start and (not lines[start - 1].strip() or lines[start - 1].lstrip().startswith(">")):
        start -= 1
    if start == len(lines):
        return start
    for height in (1, 2):
        words = "".join(lines[max(start - height, 0) : start]).strip()
        if _announces(words) and any(c.isdigit() for c in words) and "@" in words:
            return start - height
    return start


def _header_line(lines: list[str]) -> int | None:
    searched = "\n".join(_suspects(lines[:_MOST_LINES]))
    for found in _quote_pattern().finditer(searched):
        words = found.group().strip("\n")
        if _is_header(words):
            return searched.count("\n", 0, found.end() - len(found.group().lstrip("\n")))
    return None


def _suspects(lines: list[str]) -> list[str]:
    """The lines that may be a header; all others emptied of their words, which take long to search."""
    found: list[str] = []
    plain = [line.strip()[:_LONGEST_LINE] for line in lines]
    left = _MOST_SUSPECTS
    for line, after in zip(plain, [*plain[1:], ""], strict=True):
        suspect = (
            _announces(line) or _announces(after) or "-----" in line or _FIELD.match(line) or "[" in line
        )
        left -= bool(suspect)
        found.append(line if not line or (suspect and left >= 0) else "x")
    return found


def _announces(words: str) -> bool:
    return words.endswith((":", "："))


def _is_header(words: str) -> bool:
    """Whether what the library found is what mail programs write, and not a sentence like it."""
    lines = words.split("\n")
    if lines[0].rstrip().endswith("-") or "processed by david" in words:
        return True
    fields = sum(bool(_FIELD.match(line)) for line in lines)
    return fields >= 3 or (_announces(words.rstrip()) and any(c.isdigit() for c in words))


def _answers_between(lines: list[str]) -> bool:
    """Whether words of one's own stand after quoted ones."""
    quoted = False
    for line in lines:
        if line.lstrip().startswith(">"):
            quoted = True
        elif quoted and _DELIMITER.match(line):
            return False
        elif quoted and line.strip():
            return True
    return False


def _unsigned(lines: list[str]) -> list[str]:
    """Without the signature, where it is surely one: after its delimiter, or a short greeting at the end."""
    for at, line in enumerate(lines[:_MOST_LINES]):
        if at and _DELIMITER.match(line) and any(each.strip() for each in lines[:at]):
            return lines[:at]
    last = len(lines)
    while last and not lines[last - 1].strip():
        last -= 1
    first = max(last - _SIGNATURE_LINES, 1)
    for at in range(first, last):
        if _signs(lines[at:last]) and any(each.strip() for each in lines[:at]):
            return lines[:at]
    return lines


def _signs(lines: list[str]) -> bool:
    """Whether a mail ends here: with a greeting in a line of its own, and only short lines after it."""
    greeting = lines[0].strip()
    if not greeting or len(greeting.split()) > _SIGNATURE_WORDS or greeting[-1] in ".?:;":
        return False
    if any(len(line.strip()) > _SIGNATURE_WIDTH or line.strip().endswith("?") for line in lines[1:]):
        return False
    found = _signature_pattern().match("\n" + greeting[:_LONGEST_LINE], 1)
    return found is not None


def _shortened(text: str) -> str:
    """The beginning of a long text, cut after a line or a word."""
    if len(text) <= LONGEST:
        return text
    head = text[:LONGEST]
    at = max(head.rfind("\n", LONGEST // 2), head.rfind(" ", LONGEST - 200))
    return head[: at if at > 0 else LONGEST].rstrip() + " …"


@cache
def _quote_pattern() -> re.Pattern[str]:
    """The library's, of all its languages; made once, because that takes long."""
    found: re.Pattern[str] = EmailMessage(text="", languages=list(_QUOTING)).HEADER_REGEX
    return found


@cache
def _signature_pattern() -> re.Pattern[str]:
    message = EmailMessage(text="", languages=list(_SIGNING), keep_hyphen_lists=True)
    found: re.Pattern[str] = message.SIGNATURE_REGEX
    return found

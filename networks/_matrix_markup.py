"""Matrix's formatted text, read into plain words and written from them. Pure.

A message has a plain form beside its HTML, which says the same but for what stands behind a label:
spec.matrix.org/v1.19/client-server-api/#mroommessage-msgtypes
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from html.parser import HTMLParser
from itertools import groupby, pairwise

from networks.base import Style, StyleKind

_MOST_LINKS = 50
_MOST_HTML = 65_536  # an event has no more
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_FALLBACK = re.compile(r"> (?:\* )?<[^<>\n]{1,300}>")
_MENTION = "https://matrix.to/#/"
_TAGS = {StyleKind.BOLD: "strong", StyleKind.ITALIC: "em", StyleKind.STRIKE: "del", StyleKind.CODE: "code"}


def sendable(text: str) -> str:
    """The text without half characters and controls, which events don't carry."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _CONTROLS.sub("", whole.replace("\r\n", "\n"))


# Read


def unquoted(body: str) -> str:
    """An answer's own words: older clients put those they answer before them, as `> ` lines.

    spec.matrix.org/v1.12/client-server-api/#fallbacks-for-rich-replies
    """
    if not _FALLBACK.match(body):
        return body
    lines = body.split("\n")
    own = next((at for at, line in enumerate(lines) if not line.startswith(">")), len(lines))
    return "\n".join(lines[own:]).lstrip("\n")


def with_links(body: str, html: object) -> str:
    """The plain words, and behind each label the address that only the HTML tells."""
    if not isinstance(html, str) or "<a" not in html.lower():
        return body
    found = _Links()
    found.feed(html[:_MOST_HTML])
    for label, address in found.links[:_MOST_LINKS]:
        if address in body or address.startswith(_MENTION):
            continue
        before, shown, after = body.partition(label) if label else (body, "", "")
        body = f"{before}{shown} ({address}){after}" if shown else f"{body} ({address})"
    return body


class _Links(HTMLParser):
    """Collects each link's label and address, but for those of what is answered."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[tuple[str, str]] = []
        self._address: str | None = None
        self._label: list[str] = []
        self._quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An `a` opens; what is inside `mx-reply` is somebody else's."""
        if tag == "mx-reply":
            self._quoted += 1
        address = dict(attrs).get("href") or ""
        if tag == "a" and not self._quoted and re.match(r"(?:https?|mailto|tel):", address):
            self._address, self._label = address, []

    def handle_endtag(self, tag: str) -> None:
        """The link is whole."""
        if tag == "mx-reply":
            self._quoted = max(0, self._quoted - 1)
        if tag == "a" and self._address is not None:
            self.links.append(("".join(self._label).strip(), self._address))
            self._address = None

    def handle_data(self, data: str) -> None:
        """The label, piece by piece."""
        if self._address is not None:
            self._label.append(data)


# Written


def to_html(text: str, styles: Sequence[Style] = ()) -> str | None:
    """A plain text as HTML: literal but for its styles, and for lines after `> `, which become quotes.
    None where the plain text says it all.

    spec.matrix.org/v1.19/client-server-api/#mroommessage-msgtypes
    """
    lines = list(_lines(text, styles))
    if not styles and not any(kind for kind, _ in lines):
        return None
    groups = groupby(lines, lambda each: each[0])
    return "".join(_block(kind, [line for _, line in group]) for kind, group in groups)


_QUOTE, _CODE = "quote", "code"


def _lines(text: str, styles: Sequence[Style]) -> Iterator[tuple[str, str]]:
    """Each line as HTML, and what it is as a whole."""
    start = 0
    for line in text.split("\n"):
        if _is_code(start, len(line), styles):
            yield _CODE, escape(sendable(line), quote=False)
        elif line == ">" or line.startswith("> "):
            yield _QUOTE, _styled(line[2:], start + 2, styles)
        else:
            yield "", _styled(line, start, styles)
        start += len(line) + 1


def _is_code(start: int, length: int, styles: Sequence[Style]) -> bool:
    """Whether a whole line is code; an empty one with what is around it."""
    end = start + max(length, 1)
    codes = [each for each in styles if each.kind is StyleKind.CODE]
    return any(each.start <= start and end <= each.start + each.length for each in codes)


def _block(kind: str, lines: Sequence[str]) -> str:
    inside = "<br>".join(lines)
    if kind == _CODE:
        block = "\n".join(lines)
        return f"<pre><code>{block}</code></pre>" if len(lines) > 1 else f"<code>{inside}</code>"
    return f"<blockquote>{inside}</blockquote>" if kind == _QUOTE else inside


def _styled(line: str, start: int, styles: Sequence[Style]) -> str:
    """One line, each stretch of it inside the tags that hold for all of it."""
    ends = [at - start for each in styles for at in (each.start, each.start + each.length)]
    cuts = sorted({0, len(line), *(at for at in ends if 0 < at < len(line))})
    return "".join(_stretch(line[a:b], _kinds(start + a, styles)) for a, b in pairwise(cuts))


def _kinds(at: int, styles: Sequence[Style]) -> list[StyleKind]:
    found = {each.kind for each in styles if each.start <= at < each.start + each.length}
    return [kind for kind in _TAGS if kind in found]


def _stretch(words: str, kinds: Sequence[StyleKind]) -> str:
    inside = escape(sendable(words), quote=False)
    for kind in reversed(kinds):
        inside = f"<{_TAGS[kind]}>{inside}</{_TAGS[kind]}>"
    return inside

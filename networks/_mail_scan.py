"""A mail's parts, found while its bytes stream by: no mail is ever held whole in memory.

Of words a bounded piece is kept; of files only where they stand, so that their bytes can be fetched from
there alone. Whatever the bytes are, something is found and nothing is raised.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.errors import MessageError
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from itertools import islice

MOST_BYTES = 150_000_000
"""So much of a mail is looked at. Common servers take a third of that."""
MOST_PARTS = 300
MOST_DEPTH = 12

_MOST_HEADER = 128 * 1024
_MOST_WORDS = 400_000
_MOST_KEPT = 2_000_000
_LONGEST_LINE = 64 * 1024
_PARSER: BytesHeaderParser = BytesHeaderParser(policy=compat32)
_LATER = frozenset({"message/rfc822", "message/global", "text/rfc822-headers", "text/rfc822-header"})
_BROKEN = (ValueError, LookupError, TypeError, AttributeError, MessageError, RecursionError)


@dataclass(slots=True)
class Part:
    """A piece of a mail that holds no others. `start` and `length` are its bytes as they travel."""

    number: int
    headers: Message
    kind: str
    """Its type, such as `text/plain`; in lower case."""
    within: tuple[tuple[int, str], ...]
    """The parts it is in, outermost first: number and type."""
    start: int = 0
    length: int = 0
    body: bytearray | None = None
    """The first bytes, undecoded, of what is words; None for files."""

    def parameter(self, name: str, header: str = "content-type") -> str:
        """A parameter of a header; empty where there is none, or none that can be read."""
        try:
            found = self.headers.get_param(name, "", header)
        except _BROKEN:
            return ""
        raw = found[2] if isinstance(found, tuple) else found
        return raw if isinstance(raw, str) else ""

    @property
    def encoding(self) -> str:
        """How its bytes travel; empty where that is no word."""
        said = first_word(self.headers, "content-transfer-encoding")
        return said if said.isascii() else ""

    @property
    def disposition(self) -> str:
        """Whether it is meant as a file."""
        return first_word(self.headers, "content-disposition")


@dataclass(slots=True)
class Scanned:
    """A mail: its headers, its parts in their order, its length, and what tells it from others."""

    headers: Message
    parts: list[Part] = field(default_factory=list)
    size: int = 0
    digest: str = ""
    """Of what was sent, whatever way it took to us."""
    whole: bool = True
    """Whether all of it was looked at."""
    report: str = ""
    """The kind of a `multipart/report`."""


def first_word(headers: Message, name: str) -> str:
    """A header's value without its parameters, in lower case."""
    return raw(headers, name).partition(";")[0].strip().lower()[:100]


def raw(headers: Message, name: str) -> str:
    """A header as it stands there (bytes beyond ASCII as surrogates); empty where it is missing."""
    return next(_named(headers, name), "")


def every(headers: Message, name: str) -> list[str]:
    """All headers of a name, the topmost first."""
    return list(islice(_named(headers, name), 50))


def _named(headers: Message, name: str) -> Iterator[str]:
    length = len(name)
    return (value for key, value in headers.raw_items() if len(key) == length and key.lower() == name)


def scan(pieces: Iterable[bytes]) -> Scanned:
    """Read a mail. Never raises, but for what reading `pieces` raises."""
    scanner = Scanner()
    for piece in pieces:
        scanner.feed(piece)
    return scanner.done()


class Scanner:
    """Takes a mail piece by piece."""

    def __init__(self) -> None:
        self._rest = b""
        self._at = 0
        self._header: bytearray | None = bytearray()
        self._part: Part | None = None
        self._inside: list[tuple[bytes, int, str]] = []
        """Boundary, number and type of each part we are in."""
        self._numbers = self._kept = self._eol = 0
        self._hash = hashlib.sha256()
        self._mail: Scanned | None = None
        self._whole, self._middle = True, False

    def feed(self, piece: bytes) -> None:
        """Take the next bytes."""
        room = MOST_BYTES - self._at - len(self._rest)
        if len(piece) > room:
            self._whole, piece = False, piece[: max(room, 0)]
        given = self._rest + piece
        if self._is_inside_file(given):
            end = given.rfind(b"\n") + 1
            if end:
                self._of_file(given[:end])
            self._rest = given[end:]
        else:
            *lines, self._rest = given.split(b"\n")
            for line in lines:
                self._line(line + b"\n")
        if len(self._rest) > _LONGEST_LINE:
            self._line(self._rest)
            self._rest = b""

    def _is_inside_file(self, given: bytes) -> bool:
        """Whether these are bytes of a file and nothing else: no line of them can be a boundary."""
        part = self._part
        if part is None or part.body is not None or self._header is not None or self._middle:
            return False
        return b"\n--" not in given and not given.startswith(b"--")

    def _of_file(self, lines: bytes) -> None:
        """Whole lines of a file at once."""
        part = self._part
        if part is not None:
            self._at += len(lines)
            self._hash.update(lines)
            part.length = self._at - part.start
            self._eol = _ending(lines)

    def done(self) -> Scanned:
        """Everything was fed."""
        if self._rest:
            self._line(self._rest)
            self._rest = b""
        if self._header is not None:
            self._begin()
        self._close()
        mail = self._mail or Scanned(headers=Message())
        mail.size, mail.whole = self._at, mail.whole and self._whole
        told = "\n".join(raw(mail.headers, name) for name in ("from", "date", "subject"))
        self._hash.update(told.encode("utf-8", "surrogateescape"))
        mail.digest = self._hash.hexdigest()
        return mail

    def _line(self, line: bytes) -> None:
        """A line with its end, or a piece of a very long one."""
        begins, self._middle = not self._middle, not line.endswith(b"\n")
        self._at += len(line)
        if self._header is not None:
            self._of_header(line, begins=begins)
            return
        self._hash.update(line)
        if begins and line.startswith(b"--") and self._inside and self._boundary(line.rstrip()):
            return
        if self._part is not None:
            self._of_body(self._part, line)
        self._eol = _ending(line)

    def _of_header(self, line: bytes, *, begins: bool) -> None:
        header = self._header
        if header is None:
            return
        if not begins or line.strip(b"\r\n"):
            if begins and line.startswith(b"--") and self._depth_of(line.rstrip()) is not None:
                self._begin()  # a boundary where a header was to end: the part has no body
                self._boundary(line.rstrip())
                return
            header += line[: max(_MOST_HEADER - len(header), 0)]
            return
        self._begin()

    def _of_body(self, part: Part, line: bytes) -> None:
        part.length = self._at - part.start
        if part.body is None:
            return
        if len(part.body) >= _MOST_WORDS or self._kept >= _MOST_KEPT:
            self._whole = self._whole and part.kind.startswith("message/")
            return
        part.body += line
        self._kept += len(line)

    def _begin(self) -> None:
        """The header is over: a part begins, or one that holds parts."""
        header, self._header = bytes(self._header or b""), None
        if self._mail is not None and len(self._mail.parts) >= MOST_PARTS:
            self._mail.whole = False
            return
        headers = _PARSER.parsebytes(header)
        if self._mail is None:
            self._mail = Scanned(headers=headers)
        within = tuple((number, kind) for _, number, kind in self._inside)
        part = Part(self._numbers, headers, _kind(headers, within), within, start=self._at)
        self._numbers += 1
        boundary = part.parameter("boundary").encode("utf-8", "surrogateescape").strip()
        if part.kind.startswith("multipart/") and boundary and len(self._inside) < MOST_DEPTH:
            self._inside.append((b"--" + boundary, part.number, part.kind))
            if part.kind == "multipart/report" and not within:
                self._mail.report = part.parameter("report-type").lower() or "unknown"
            return
        part.body = bytearray() if _is_words(part) else None
        self._mail.parts.append(part)
        self._part = part

    def _boundary(self, line: bytes) -> bool:
        """Whether this line is a boundary of a part we are in; if so, what it ends is ended."""
        depth = self._depth_of(line)
        if depth is None:
            return False
        self._close()
        goes_on = line == self._inside[depth][0]
        del self._inside[depth + goes_on :]
        self._header = bytearray() if goes_on else None
        return True

    def _depth_of(self, line: bytes) -> int | None:
        """Which of the parts we are in has this line as its boundary."""
        for depth in range(len(self._inside) - 1, -1, -1):
            boundary = self._inside[depth][0]
            if line in (boundary, boundary + b"--"):
                return depth
        return None

    def _close(self) -> None:
        """The part ends before the line end that belongs to the boundary."""
        part, self._part = self._part, None
        if part is not None and self._inside and part.length:
            part.length -= self._eol
            if part.body is not None and len(part.body) > part.length:
                del part.body[part.length :]


def _ending(line: bytes) -> int:
    """How many bytes its end is."""
    return 2 if line.endswith(b"\r\n") else 1 if line.endswith(b"\n") else 0


def _kind(headers: Message, within: tuple[tuple[int, str], ...]) -> str:
    """The type; where it isn't said, a digest holds mails, and everything else is text."""
    said = first_word(headers, "content-type")
    if "/" in said and not said.startswith("/"):
        return said
    return "message/rfc822" if within and within[-1][1] == "multipart/digest" else "text/plain"


def _is_words(part: Part) -> bool:
    """Whether the part's first bytes are worth keeping: what is read here, and what reports return."""
    if part.kind in _LATER or part.kind.startswith("message/"):
        return True
    return part.kind.startswith(("text/", "multipart/")) and part.disposition != "attachment"

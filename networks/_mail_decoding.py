"""Bytes as mails carry them, made into what they stand for: encodings, charsets, headers. Never raises."""

from __future__ import annotations

import binascii
import codecs
import re
from collections.abc import AsyncIterable, AsyncIterator
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value, getaddresses

from networks._mail_scan import Part, raw

LONGEST_HEADER = 8_000
_NOT_CHARSETS = frozenset(
    {"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
)
"""Python's codecs that no mail means; some take very long over much."""
_ASCII = frozenset({"ascii", "iso8859-1"})
"""What is said of mails that are in truth in Windows' own charset."""
_LARGER = {
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-9": "cp1254",
    "shift_jis": "cp932",
    "tis-620": "cp874",
    # names that Python doesn't know
    "gb_2312-80": "gb18030",
    "iso-8859-8-i": "iso8859-8",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "x-euc-jp": "euc_jp",
    "x-sjis": "cp932",
}
"""What programs write under the name of a smaller charset: encoding.spec.whatwg.org/#names-and-labels"""
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]+")
_BLANK = re.compile(r"\s+")


def words_of(part: Part) -> str:
    """The text that a part of words is."""
    text = decoded(bytes(part.body or b""), part.encoding, part.parameter("charset"))
    return _unflowed(text, part.parameter("delsp").lower() == "yes") if _flows(part) else text


def decoded(body: bytes, encoding: str, charset: str) -> str:
    """The text of some bytes, in their charset or the one they are really in; line ends are `\\n`."""
    text = _in_charset(unwrapped(body, encoding), charset)
    return _HIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def unwrapped(body: bytes, encoding: str) -> bytes:
    """The bytes that travel in others."""
    unwrapper = Unwrapper(encoding)
    return unwrapper.feed(body) + unwrapper.rest()


class Unwrapper:
    """Unwraps what travels as base64 or quoted-printable, piece by piece; what is neither stays."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._held = b""

    def feed(self, piece: bytes) -> bytes:
        """What the next bytes stand for, as far as it can be told yet."""
        if self._encoding == "base64":
            clean = self._held + _NO_BASE64.sub(b"", piece)
            whole = len(clean) - len(clean) % 4
            self._held = clean[whole:]
            return _from_base64(clean[:whole])
        if self._encoding == "quoted-printable":
            held = self._held + piece
            whole = held.rfind(b"\n") + 1 or max(len(held) - 1_000, 0) * (len(held) > 100_000)
            self._held = held[whole:]
            return binascii.a2b_qp(held[:whole])
        return piece

    def rest(self) -> bytes:
        """What is left when there are no more bytes."""
        held, self._held = self._held, b""
        if self._encoding == "base64":
            return _from_base64(held + b"=" * (-len(held) % 4))
        return binascii.a2b_qp(held) if held else b""


async def unwrapping(pieces: AsyncIterable[bytes], encoding: str) -> AsyncIterator[bytes]:
    """Unwrap a stream."""
    unwrapper = Unwrapper(encoding)
    async for piece in pieces:
        if out := unwrapper.feed(piece):
            yield out
    if out := unwrapper.rest():
        yield out


def readable(value: str, limit: int = 500) -> str:
    """A header's value as people read it, on one line."""
    if "=?" not in value and value.isascii() and value.isprintable():
        return _BLANK.sub(" ", value[:LONGEST_HEADER]).strip()[:limit]
    try:
        parts = decode_header(_as_text(value[:LONGEST_HEADER]))
        text = "".join(_said(words, charset) for words, charset in parts)
    except (ValueError, LookupError, MessageError, TypeError):  # also binascii's errors
        text = _as_text(value[:LONGEST_HEADER])
    return _BLANK.sub(" ", _HIDDEN.sub("", text)).strip()[:limit]


def addresses(values: list[str], most: int = 50) -> list[tuple[str, str]]:
    """Names and addresses, the addresses in lower case; what is none is left out."""
    try:
        found = getaddresses([_as_text(value[:LONGEST_HEADER]) for value in values])
    except (ValueError, IndexError, TypeError, RecursionError):
        return []
    plain = [(readable(name, 100), address.strip().lower()) for name, address in found[: most * 2]]
    return [(name, address) for name, address in plain if is_address(address)][:most]


_ADDRESS = re.compile(r"[^\s@<>(),;:\\\"\[\]\x00-\x1f\x7f]{1,64}@[^\s@<>(),;:\\\"\x00-\x1f\x7f]{1,180}")


def is_address(text: str) -> bool:
    """Whether mail can be sent there, as far as its form tells."""
    return bool(_ADDRESS.fullmatch(text)) and _HIDDEN.search(text) is None


def file_name(part: Part) -> str:
    """The name of a part that is a file; empty where it has none."""
    for header, name in (("content-disposition", "filename"), ("content-type", "name")):
        if found := _parameter(part, header, name):
            return readable(found, 200)
    return ""


def _parameter(part: Part, header: str, name: str) -> str:
    headers, value = part.headers, raw(part.headers, header)
    if not value.isascii():  # the library makes nothing of them
        headers = Message()
        headers[header] = _as_text(value[:LONGEST_HEADER])
    try:
        return collapse_rfc2231_value(headers.get_param(name, "", header)) or ""
    except (ValueError, LookupError, TypeError, AttributeError, MessageError):
        return ""


def _as_text(value: str) -> str:
    """A header with bytes beyond ASCII, as their charset probably is."""
    if value.isascii():
        return value
    return _in_charset(value.encode("utf-8", "surrogateescape"), "utf-8")


def _said(words: bytes | str, charset: str | None) -> str:
    return words if isinstance(words, str) else _in_charset(words, charset or "utf-8")


def _in_charset(body: bytes, charset: str) -> str:
    named = _codec(charset)
    if named.startswith("iso2022_jp"):
        return body.decode("iso2022_jp_ext", _JAPANESE)
    for name in (named, "utf-8"):
        try:
            if name:
                return body.decode(name)
        except (ValueError, LookupError, OverflowError):  # UnicodeError is a ValueError
            continue
    return body.decode("cp1252", "replace")


def _more_japanese(error: UnicodeError) -> tuple[str, int]:
    """A sign that only Windows' charset has (a 1 in a circle), in a mail that names the charset it lacks."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    row, cell = [*error.object[error.start : error.end], 0][:2]
    lead = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
    trail = cell + (0x7E if row % 2 == 0 else 0x1F if cell < 0x60 else 0x20)
    usable = row < 0x7F and 0x21 <= cell < 0x7F
    return bytes((lead, trail)).decode("cp932", "replace")[:1] if usable else "\ufffd", error.end


_JAPANESE = "oratio.more_japanese"
codecs.register_error(_JAPANESE, _more_japanese)


def _codec(charset: str) -> str:
    """Python's name of a charset; empty where a better guess follows."""
    asked = charset.strip().strip("'\"").lower()[:50]
    try:
        name = codecs.lookup(_LARGER.get(asked, asked)).name
    except (LookupError, ValueError):
        return ""
    if name.replace("_", "-") in _NOT_CHARSETS or name in _ASCII:
        return ""
    return _LARGER.get(name, name)


def _from_base64(clean: bytes) -> bytes:
    try:
        return binascii.a2b_base64(clean)
    except binascii.Error:
        return b""


def _flows(part: Part) -> bool:
    return part.kind == "text/plain" and part.parameter("format").lower() == "flowed"


def _unflowed(text: str, without_space: bool) -> str:
    """Lines that were cut for the journey, put together again (RFC 3676)."""
    out: list[str] = []
    open_line = False
    for line in text.split("\n"):
        plain = line[1:] if line.startswith(" ") else line
        flows = plain.endswith(" ") and plain != "-- " and not plain.startswith(">")
        body = plain[:-1] if flows and without_space else plain
        if open_line and not plain.startswith(">") and plain != "-- ":
            out[-1] += body
        else:
            out.append(body)
        open_line = flows
    return "\n".join(out)

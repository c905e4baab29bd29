"""An answer as a mail: headers that keep the thread together, words as text and HTML, files. Pure."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import formatdate
from html import escape
from itertools import pairwise
from typing import Any

from networks import _mail_ids as ids
from networks._mail_decoding import is_address
from networks._mail_reading import MOST_REFERENCES, id_behind
from networks.base import Attachment, OutboundPart, Style, StyleKind
from networks.errors import ProviderFault

_HERE = "oratio-file-goes-here"
_BLOCK = 57 * 1_000
"""So many bytes are a whole number of base64 lines."""
_TAGS = {StyleKind.BOLD: "b", StyleKind.ITALIC: "i", StyleKind.STRIKE: "s", StyleKind.CODE: "code"}
_LINK = re.compile(r"https?://[^\s<>\"']{1,2000}")
_ID = re.compile(r"[!-;=?-~]{1,400}")
_LOOSE = ".,;:!?)]}"
_CONTROLS = re.compile("[\x00-\x1f\x7f\ud800-\udfff]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """As whom it goes out."""

    address: str
    title: str
    key: bytes = field(repr=False)
    signature: str = ""
    plus: bool = False
    copies: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail on its way. Its bytes: the first of `around`, a file, the next of `around`, and so on."""

    message_id: str
    to: str
    copies: tuple[str, ...]
    around: tuple[bytes, ...]
    files: tuple[Attachment, ...]

    @property
    def size(self) -> int:
        """How many bytes it takes on the way."""
        return sum(map(len, self.around)) + sum(wrapped_size(file.size) for file in self.files)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Its bytes, lines ended and dots doubled as SMTP wants them. Raises `ProviderFault` where the file
        can't be read."""
        yield self.around[0]
        for file, after in zip(self.files, self.around[1:], strict=True):
            async for piece in _wrapped(file):
                yield piece
            yield after


def wrapped_size(size: int) -> int:
    """How many bytes a file's bytes become."""
    return (size + 2) // 3 * 4 + (size + 56) // 57 * 2


def letter(part: OutboundPart, sender: Sender, *, international: bool) -> Letter:
    """The mail for a part. `international`: addresses may have letters beyond ASCII."""
    told = _told(part.reply_handle)
    subject = _subject(told, sender.title)
    domain = sender.address.partition("@")[2]
    own = ids.message_id(sender.key, domain, part.idempotency_key, part.contact_id, subject)
    copies = _copies(told, part.contact_id, sender) if sender.copies else ()
    mail = EmailMessage(policy=SMTPUTF8 if international else SMTP)
    mail["From"] = _address(sender.title, sender.address)
    mail["To"] = _address("", part.contact_id)
    if copies:
        mail["Cc"] = tuple(_address("", each) for each in copies)
    mail["Subject"] = subject
    mail["Date"] = formatdate(localtime=True)
    mail["X-Mailer"] = ids.MAILER
    if sender.plus:
        mail["Reply-To"] = _address(
            sender.title, ids.reply_address(sender.key, sender.address, part.contact_id)
        )
    text = _signed(part.text, sender.signature, part.author.name if part.author else "")
    mail.set_content(text)
    mail.add_alternative(_html(text, part.styles), subtype="html")
    files = (part.attachment, *part.others) if part.attachment else ()
    for file in files:
        _attach(mail, file)
    around = _around(_thread(own, told, part.reply_to) + mail.as_bytes(), len(files))
    return Letter(own, part.contact_id, copies, around, files)


def _told(handle: str | None) -> dict[str, Any]:
    """What the customer's last mail left for the answer."""
    try:
        found = json.loads(handle or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _subject(told: dict[str, Any], title: str) -> str:
    bare = ids.bare_subject(_line(told.get("subject"), 200))
    return f"Re: {bare}" if bare else f"Re: your message to {_line(title, 60)}"


def _line(value: object, limit: int) -> str:
    return " ".join(_CONTROLS.sub(" ", value).split())[:limit] if isinstance(value, str) else ""


def _listed(told: dict[str, Any], key: str) -> list[str]:
    value = told.get(key)
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _copies(told: dict[str, Any], contact: str, sender: Sender) -> tuple[str, ...]:
    found = (each for each in _listed(told, "cc")[:20] if is_address(each) and each.isascii())
    return tuple(each for each in dict.fromkeys(found) if each not in (contact, sender.address))


def _thread(own: str, told: dict[str, Any], answers: str | None) -> bytes:
    """The mail's id, the one it answers, and those before it (RFC 5322, 3.6.4). The library would encode long
    ones, and then nobody finds them."""
    last = _line(told.get("id"), ids.LONGEST_ID)
    answered = id_behind(answers) if answers else last
    chain = [*_listed(told, "references")[:MOST_REFERENCES], last, answered or last]
    known = [each for each in dict.fromkeys(chain) if _ID.fullmatch(each)]
    lines = [f"Message-ID: <{own}>"]
    lines += [f"In-Reply-To: <{answered}>"] if answered in known else []
    lines += ["References: " + "\r\n ".join(f"<{each}>" for each in known)] if known else []
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _address(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")
    return Address(display_name=_line(name, 80), username=local, domain=domain)


def _signed(text: str, signature: str, agent: str) -> str:
    """The words with the signature below its delimiter (RFC 3676, 4.3)."""
    own = signature.replace("{agent}", _line(agent, 80)).strip()
    words = text.replace("\r\n", "\n").encode("utf-8", "replace").decode().rstrip()
    return f"{words}\n\n-- \n{own}\n" if own else f"{words}\n"


def _html(text: str, styles: Sequence[Style]) -> str:
    """The same words in HTML, as the agent set them."""
    marks = sorted({0, len(text), *_bounds(text, styles)})
    pieces = []
    for start, end in pairwise(marks):
        kinds = {s.kind for s in styles if s.start <= start and end <= s.start + s.length}
        tags = [tag for kind, tag in _TAGS.items() if kind in kinds]
        words = text[start:end]
        shown = _linked(words) if _LINK.fullmatch(words) else escape(words)
        opened, closed = "".join(f"<{t}>" for t in tags), "".join(f"</{t}>" for t in reversed(tags))
        pieces.append(f"{opened}{shown}{closed}")
    body = "".join(pieces).rstrip().replace("\n", "<br>\r\n")
    return f'<!DOCTYPE html>\n<html><body><div style="font-family: sans-serif">{body}</div></body></html>\n'


def _bounds(text: str, styles: Sequence[Style]) -> set[int]:
    """Where something begins or ends to look different."""
    found = {edge for s in styles for edge in (s.start, s.start + s.length)}
    for link in _LINK.finditer(text):
        found |= {link.start(), link.start() + len(link.group().rstrip(_LOOSE))}
    return {edge for edge in found if 0 <= edge <= len(text)}


def _linked(address: str) -> str:
    return f'<a href="{escape(address)}">{escape(address)}</a>'


def _attach(mail: EmailMessage, file: Attachment) -> None:
    main, _, sub = file.mime_type.partition("/")
    known = main in ("image", "video", "audio", "text", "application") and re.fullmatch(r"[\w.+-]{1,80}", sub)
    mail.add_attachment(
        _HERE.encode(),
        maintype=main if known else "application",
        subtype=sub if known else "octet-stream",
        filename=_line(file.name, 200) or "file",
    )


def _around(whole: bytes, files: int) -> tuple[bytes, ...]:
    """The bytes before, between and after those of the files."""
    mark = base64.b64encode(_HERE.encode()) + b"\r\n"
    return tuple(map(_dotted, whole.rsplit(mark, files) if files else [whole]))


def _dotted(lines: bytes) -> bytes:
    """A line that is a dot would end the mail (RFC 5321, 4.5.2)."""
    doubled = lines.replace(b"\r\n.", b"\r\n..")
    return b"." + doubled if doubled.startswith(b".") else doubled


async def _wrapped(file: Attachment) -> AsyncIterator[bytes]:
    left, held = file.size, b""
    try:
        async for chunk in file.open():
            left -= len(chunk)
            held += chunk
            whole = len(held) - len(held) % _BLOCK
            for at in range(0, whole, _BLOCK):
                yield _base64_lines(held[at : at + _BLOCK])
            held = held[whole:]
    except OSError as error:
        words = "the file can't be read from this server's disk just now"
        raise ProviderFault(words, code=type(error).__name__) from None
    if left:
        raise ProviderFault("the file can't be read from this server's disk just now", code="length")
    if held:
        yield _base64_lines(held)


def _base64_lines(content: bytes) -> bytes:
    whole = base64.b64encode(content)
    return b"".join(whole[at : at + 76] + b"\r\n" for at in range(0, len(whole), 76))

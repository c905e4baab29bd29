"""Links to files: what stands in them, and what a customer reads around them. Pure.

A link's signed part names one file, what the link is for and the end of its time. Nothing else that
the program signs can pass for it, nor it for anything else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import quote

from desk.filenames import extension_of, safe_name
from desk.filetypes import disguise
from desk.spool import human_size
from networks.errors import SignatureInvalid

_ID, _END, _MAC = 8, 6, 16
"""Bytes of each; together they fill 40 characters without a rest."""
_SIGNED = re.compile(r"[A-Za-z0-9_-]{40}")
_LONGEST_NAME = 90
"""Of a name in an address, %-escapes included."""


class Use(StrEnum):
    """What a link is for; the words are part of what is signed."""

    CUSTOMER = "oratio file link"
    """A person saves the file."""
    NETWORK = "oratio link for a network"
    """The customer's network fetches the file to show it."""
    PREVIEW = "oratio preview"
    """The network fetches the small picture that stands for it."""
    FACE = "oratio picture of a customer"
    """Slack fetches a customer's picture; no file, and served elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """What a link leads to: a file, or the customer whose face it shows."""

    file: int
    use: Use


def sign(secret: str, workspace: int, file: int, until: datetime, use: Use = Use.CUSTOMER) -> str:
    """The opaque text that lets its holder have the file until then: 40 characters safe in a URL."""
    body = file.to_bytes(_ID) + int(until.timestamp()).to_bytes(_END)
    return base64.urlsafe_b64encode(body + _mac(secret, workspace, body, use)).decode()


def read(secret: str, workspace: int, signed: str, now: datetime) -> Linked:
    """What a text of `sign` stands for. Raises `SignatureInvalid`: forged or out of time."""
    body, mac = _parts(signed)
    uses = [use for use in Use if hmac.compare_digest(_mac(secret, workspace, body, use), mac)]
    if not uses:
        raise SignatureInvalid("a signature that is not ours")
    if now.timestamp() >= int.from_bytes(body[_ID:]):
        raise SignatureInvalid("a link whose time is over")
    return Linked(file=int.from_bytes(body[:_ID]), use=uses[0])


def whole_days(until: datetime) -> datetime:
    """The end of that day: links that are made one after another are the same."""
    return datetime(until.year, until.month, until.day, tzinfo=UTC) + timedelta(days=1)


def _parts(signed: str) -> tuple[bytes, bytes]:
    if not _SIGNED.fullmatch(signed):
        raise SignatureInvalid("nothing signed")
    raw = base64.urlsafe_b64decode(signed)
    return raw[:-_MAC], raw[-_MAC:]


def _mac(secret: str, workspace: int, body: bytes, use: Use) -> bytes:
    said = b"\0".join((use.encode(), str(workspace).encode(), body))
    return hmac.new(secret.encode(), said, hashlib.sha256).digest()[:_MAC]


def address(base: str, signed: str, name: str) -> str:
    """Where the file is fetched. The name is for people: only the signed part counts."""
    shown = quote(name, safe="") or "file"
    if len(shown) > _LONGEST_NAME:
        extension = shown.rpartition(".")[2] if "." in shown else ""
        shown = f"file.{extension}" if 0 < len(extension) <= 12 else "file"
    return f"{base}/files/{signed}/{shown}"


def face(base: str, signed: str, ref: str) -> str:
    """Where a customer's picture is fetched; another picture has another address."""
    return f"{base}/faces/{signed}/{hashlib.sha256(ref.encode()).hexdigest()[:12]}"


def served_name(name: str, mime: str) -> str:
    """The name the file is saved under: where its extension promises another sort of file, it
    gets its real one behind that: `holiday.png.exe`."""
    if disguise(mime, extension_of(name)) is None:
        return safe_name(name, mime)
    real = extension_of(safe_name("file", mime)) or "bin"
    return safe_name(f"{name}.{real}")


def line(name: str, size: int | None, link: str) -> str:
    """What the customer reads of one file: `scans.pdf (118 MB): https://…`."""
    return f"{name} ({human_size(size)}): {link}" if size else f"{name}: {link}"


def below(text: str, lines: Sequence[str]) -> str:
    """A message's words, and each file's line below them."""
    return "\n".join([text, *lines] if text.strip() else lines)

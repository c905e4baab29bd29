"""What a mailbox is asked, in its line's thread: which mails there are, their bytes; and to put them away."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from imap_tools import BaseMailBox
from imap_tools.errors import ImapToolsError

PIECE = 192 * 1024
"""So many bytes of a mail are asked for at once."""

_ONCE_MORE = 3
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_DATE = re.compile(rb'INTERNALDATE "([^"]{10,40})"')
_QUOTED = re.compile(rb'BODY\[\]<\d+> "(.*)"')


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a server says of a mail."""

    uid: int
    size: int
    at: datetime | None


def uids_after(box: BaseMailBox, last: int) -> list[int]:
    """The mails after that one; a server also gives the last there is, which is left out."""
    box.client.noop()
    for _ in range(_ONCE_MORE):
        box.client.response("EXISTS")  # forget what was told so far
        found = box.uids(f"UID {last + 1}:*", charset=None)
        _, told = box.client.response("EXISTS")
        if not (told and told[-1]):  # nothing came while it was searched; what does is told by IDLE
            break
    return sorted(uid for uid in map(int, found) if uid > last)


def recent_uids(box: BaseMailBox, since: str, *, unseen: bool) -> list[int]:
    """The mails that came since a day such as `02-Nov-2026`."""
    return sorted(map(int, box.uids(f"{'UNSEEN ' if unseen else ''}SINCE {since}", charset=None)))


def newest(box: BaseMailBox) -> int:
    """The last mail's number; 0 for an empty mailbox."""
    return max(map(int, box.uids("UID *", charset=None)), default=0)


def envelope(box: BaseMailBox, uid: int) -> Envelope | None:
    """What the server says of a mail; None if it is gone."""
    _, found = box.client.uid("fetch", str(uid), "(UID RFC822.SIZE INTERNALDATE)")
    said = b" ".join(each for each in found if isinstance(each, bytes))
    size, date = _SIZE.search(said), _DATE.search(said)
    return Envelope(uid, int(size[1]), _moment(date[1] if date else b"")) if size else None


def _moment(said: bytes) -> datetime | None:
    try:
        return parsedate_to_datetime(said.decode("ascii").strip().replace("-", " ", 2)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def piece_of(box: BaseMailBox, uid: int, start: int, length: int) -> bytes:
    """Some bytes of a mail, without marking it as read; fewer or none at its end."""
    _, found = box.client.uid("fetch", str(uid), f"(BODY.PEEK[]<{start}.{length}>)")
    for each in found:
        if isinstance(each, tuple) and b"BODY[" in each[0]:
            return bytes(each[1])
        if isinstance(each, bytes) and (quoted := _QUOTED.search(each)):
            return quoted[1].replace(b'\\"', b'"').replace(b"\\\\", b"\\")
    return b""


def pieces_of(box: BaseMailBox, uid: int, start: int, length: int) -> Iterator[bytes]:
    """Some bytes of a mail, piece by piece."""
    end = start + length
    while start < end:
        piece = piece_of(box, uid, start, min(PIECE, end - start))
        if not piece:
            return
        yield piece
        start += len(piece)


def find(box: BaseMailBox, message_id: str) -> int | None:
    """The number of the mail with that Message-ID in the folder that is open."""
    quoted = message_id.replace("\\", "\\\\").replace('"', '\\"')
    found = box.uids(f'HEADER Message-ID "{quoted}"', charset=None)
    return max(map(int, found), default=None)


def put_away(box: BaseMailBox, uids: list[int], folder: str) -> None:
    """Mark mails as read, or move them to a folder, which is made where it is missing.

    What the server doesn't let us do is left: the mails are read all the same.
    """
    named = [str(uid) for uid in uids]
    if not named:
        return
    try:
        box.client.uid("STORE", ",".join(named), "+FLAGS", r"(\Seen)")
        if folder:
            if not box.folder.exists(folder):
                box.folder.create(folder)
            box.move(named, folder)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, ImapToolsError):
        return


def condition(box: BaseMailBox) -> tuple[int, Mapping[str, Any] | None]:
    """How many mails the folder holds, and the server's certificate."""
    sock = box.client.sock
    certificate = sock.getpeercert() if isinstance(sock, ssl.SSLSocket) else None
    return len(box.uids("ALL", charset=None)), certificate


def sent_folder(box: BaseMailBox) -> str:
    """The folder for what was sent (RFC 6154); empty where the server doesn't tell."""
    return next((each.name for each in box.folder.list() if "\\Sent" in each.flags), "")


def idles(box: BaseMailBox) -> bool:
    """Whether the server tells of new mails by itself (RFC 2177)."""
    return "IDLE" in box.client.capabilities


def idle(box: BaseMailBox, seconds: float) -> None:
    """Wait until the server tells of something, or so long."""
    with box.idle:
        if not _told_already(box):
            box.idle.poll(seconds)


def _told_already(box: BaseMailBox) -> bool:
    """Whether what the server tells came along with its word that it waits: then it lies in the reader's
    buffer, and the library, which watches the socket, would not see it.
    """
    sock = box.client.sock
    before = sock.gettimeout()
    sock.settimeout(0)
    try:
        reader: Any = box.client.file
        return bool(reader.peek(1))
    except OSError:
        return False
    finally:
        sock.settimeout(before)

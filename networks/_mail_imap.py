"""A line to an IMAP server: one thread with one connection, and what a mailbox is asked.

The library blocks, so each line has a worker thread of its own. Hanging up from outside ends whatever it
waits for. A connection that the server let go of is made anew, once; every question may be repeated.
"""

from __future__ import annotations

import asyncio
import imaplib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import (
    ImapToolsError,
    MailboxFolderSelectError,
    MailboxLoginError,
    MailboxStarttlsError,
)

from networks.errors import AccountBroken, DeliveryError, ProviderFault, Unreachable

T = TypeVar("T")

PIECE = 192 * 1024
"""So many bytes of a mail are asked for at once."""

CONNECT = 8.0
"""Seconds a server may take to let us connect: a stop may have to wait for that."""

NO_LOGIN = "the mail server no longer accepts the user name and password for the mailbox"
NO_TRUST = "the mailbox's certificate isn't trusted; check imap_host, or name its ca_file"
_GONE = "the mailbox's server can't be reached"
_NO_FOLDER = "the mailbox has no folder of the name that folder says"
_NO_STARTTLS = "the mailbox's server knows no STARTTLS; set imap_tls to tls, or to none"
_PASSING = (b"[UNAVAILABLE]", b"[INUSE]", b"[LIMIT]", b"[SERVERBUG]", b"[CONTACTADMIN]", b"[OVERQUOTA]")
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_DATE = re.compile(rb'INTERNALDATE "([^"]{10,40})"')
_QUOTED = re.compile(rb'BODY\[\]<\d+> "(.*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The mailbox of an account. `tls` is `tls`, `starttls` or `none`."""

    host: str
    port: int
    tls: str
    user: str
    password: str = field(default="", repr=False)
    context: ssl.SSLContext | None = None
    folder: str = "INBOX"
    answer: float = 30.0
    """Seconds the server may take to answer."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a server says of a mail."""

    uid: int
    size: int
    at: datetime | None


class Line:
    """A thread and its connection. `run` is for the event loop; what it runs gets the open mailbox."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.validity = 0
        """Names the mailbox's numbering: another one makes all numbers void."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="mailbox")
        self._box: BaseMailBox | None = None
        self._over = threading.Event()

    async def run(self, act: Callable[[BaseMailBox], T], token: str | None = None) -> T:
        """Ask the mailbox something. Raises `DeliveryError`. Cancelled, it hangs up."""
        asked = asyncio.get_running_loop().run_in_executor(self._thread, self._do, act, token)
        try:
            return await asyncio.shield(asked)
        except asyncio.CancelledError:
            asked.cancel()
            self.hang_up()
            with suppress(DeliveryError, asyncio.CancelledError):
                await asyncio.wait({asked}, timeout=1.0)
            raise

    def hang_up(self) -> None:
        """End the connection, whatever waits on it. From any thread."""
        self._over.set()
        box = self._box
        if box is not None:
            with suppress(OSError):
                box.client.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """The line is not needed any more."""
        self.hang_up()
        self._thread.shutdown(wait=False)

    def rest(self, seconds: float) -> None:
        """Wait in the line's thread, until it is hung up."""
        self._over.wait(seconds)

    def _do(self, act: Callable[[BaseMailBox], T], token: str | None) -> T:
        self._over.clear()
        if self._box is not None:
            try:
                return act(self._box)
            except (imaplib.IMAP4.abort, OSError):
                self._drop()
                if self._over.is_set():
                    raise Unreachable(_GONE, code="hung_up") from None
            except (imaplib.IMAP4.error, ImapToolsError) as error:
                raise self._failed(error) from None
        try:
            return act(self._open(token))
        except (imaplib.IMAP4.error, ImapToolsError, OSError) as error:
            raise self._failed(error) from None

    def _open(self, token: str | None) -> BaseMailBox:
        box = self._box = _connected(self.door)
        try:
            _log_in(box, self.door, token)
            box.folder.set(self.door.folder)
        except MailboxFolderSelectError as error:
            self._drop()
            raise AccountBroken(_NO_FOLDER, code="folder") from error
        except DeliveryError:
            self._drop()
            raise
        _, said = box.client.response("UIDVALIDITY")
        self.validity = int(said[-1]) if said and said[-1] and said[-1].isdigit() else 0
        _, can = box.client.capability()  # some servers can more for those who are logged in
        box.client.capabilities = tuple(
            b" ".join(each for each in can if each).decode("ascii").upper().split()
        )
        return box

    def _failed(self, error: Exception) -> DeliveryError:
        self._drop()
        if isinstance(error, ssl.SSLCertVerificationError):
            return AccountBroken(NO_TRUST, code="certificate")
        if isinstance(error, MailboxStarttlsError):
            return AccountBroken(_NO_STARTTLS, code="starttls")
        if isinstance(error, imaplib.IMAP4.abort | OSError):
            return Unreachable(_GONE, code=type(error).__name__)
        return ProviderFault("the mailbox's server doesn't answer as it should", code=type(error).__name__)

    def _drop(self) -> None:
        box, self._box = self._box, None
        if box is not None:
            with suppress(OSError):
                box.client.shutdown()


def _connected(door: Door) -> BaseMailBox:
    """Connect soon or not at all: nothing ends this from outside."""
    box = _entered(door, min(door.answer, CONNECT))
    box.client.sock.settimeout(door.answer)
    return box


def _entered(door: Door, soon: float) -> BaseMailBox:
    if door.tls == "tls":
        return MailBox(door.host, door.port, timeout=soon, ssl_context=door.context)
    if door.tls == "starttls":
        try:
            return MailBoxStartTls(door.host, door.port, timeout=soon, ssl_context=door.context)
        except imaplib.IMAP4.abort as error:
            if "TLS not supported" not in str(error):
                raise
            raise AccountBroken(_NO_STARTTLS, code="starttls") from error
    return MailBoxUnencrypted(door.host, door.port, timeout=soon)


def _log_in(box: BaseMailBox, door: Door, token: str | None) -> None:
    try:
        if token is not None:
            box.xoauth2(door.user, token, initial_folder=None)
        elif door.user.isascii() and door.password.isascii():
            box.login(door.user, door.password, initial_folder=None)
        else:
            box.login_utf8(door.user, door.password, initial_folder=None)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, MailboxLoginError) as error:
        said = str(error).upper().encode()
        if any(each in said for each in _PASSING):
            words = "the mailbox's server lets nobody in just now"
            raise ProviderFault(words, code="login") from error
        raise AccountBroken(NO_LOGIN, code="login") from error


# What a mailbox is asked, in the line's thread


def uids_after(box: BaseMailBox, last: int) -> list[int]:
    """The mails after that one; a server also gives the last there is, which is left out."""
    box.client.noop()
    return sorted(uid for uid in map(int, box.uids(f"UID {last + 1}:*", charset=None)) if uid > last)


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

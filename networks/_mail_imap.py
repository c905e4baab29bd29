"""A line to an IMAP server: one thread with one connection.

The library blocks, so each line has a worker thread of its own. Hanging up from outside ends whatever it
waits for. A connection that the server let go of is made anew, once; every question may be repeated.
"""

from __future__ import annotations

import asyncio
import imaplib
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import (
    ImapToolsError,
    MailboxFolderSelectError,
    MailboxLoginError,
    MailboxStarttlsError,
)

from networks.errors import AccountBroken, DeliveryError, ProviderFault, Unreachable

T = TypeVar("T")

CONNECT = 8.0
"""Seconds a server may take to let us connect: a stop may have to wait for that."""

PLAIN = "WRONG_VERSION_NUMBER"
"""How OpenSSL calls it where TLS meets a server that speaks without."""

NO_LOGIN = "the mail server no longer accepts the user name and password for the mailbox"
ANOTHER_LOGIN = "the mailbox takes an app password only; make one and put it in as password"
NO_TRUST = "the mailbox's certificate isn't trusted; check imap_host, or name its ca_file"
_GONE = "the mailbox's server can't be reached"
_NO_FOLDER = "the mailbox has no folder of the name that folder says"
_NO_SENT = "the mailbox has no folder of the name that sent_folder says"
_NO_STARTTLS = "the mailbox's server knows no STARTTLS; set imap_tls to tls, or to none"
_NO_TLS = "the mailbox's server speaks no TLS on imap_port; set imap_tls to starttls, or another port"
_PASSING = (b"[UNAVAILABLE]", b"[INUSE]", b"[LIMIT]", b"[SERVERBUG]", b"[CONTACTADMIN]", b"[OVERQUOTA]")


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
        self.validity = _numbering(box)
        _, can = box.client.capability()  # some servers can more for those who are logged in
        box.client.capabilities = tuple(
            b" ".join(each for each in can if each).decode("ascii").upper().split()
        )
        return box

    def _failed(self, error: Exception) -> DeliveryError:
        self._drop()
        if isinstance(error, ssl.SSLCertVerificationError):
            return AccountBroken(NO_TRUST, code="certificate")
        if isinstance(error, ssl.SSLError) and error.reason == PLAIN:
            return AccountBroken(_NO_TLS, code="tls")
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


def opened(box: BaseMailBox, folder: str, *, otherwise: str) -> int:
    """Open another folder, only to read; what names its numbering. Where it is missing, the one before is
    open again and `AccountBroken` is raised."""
    try:
        box.folder.set(folder, readonly=True)
    except MailboxFolderSelectError as error:
        box.folder.set(otherwise)
        raise AccountBroken(_NO_SENT, code="sent_folder") from error
    return _numbering(box)


def _numbering(box: BaseMailBox) -> int:
    _, said = box.client.response("UIDVALIDITY")
    return int(said[-1]) if said and said[-1] and said[-1].isdigit() else 0


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
        words = ANOTHER_LOGIN if b"APPLICATION-SPECIFIC" in said else NO_LOGIN
        raise AccountBroken(words, code="login") from error

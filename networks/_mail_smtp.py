"""How a mail leaves, and what mail servers' refusals mean to the desk.

The connection says what is certain: until the last byte of a mail has left, the server has not taken it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiosmtplib
from aiosmtplib import errors as smtp

from networks._mail_imap import ANOTHER_LOGIN, PLAIN
from networks._mail_senders import DANGEROUS, NO_MAILBOX, TOO_LARGE, UNWANTED, why_refused
from networks._mail_writing import Letter
from networks.errors import (
    AccountBroken,
    ContactUnreachable,
    DeliveryError,
    NoAnswer,
    ProviderFault,
    Rejected,
    Throttled,
    UnexpectedResponse,
    Unreachable,
)

PAUSE = 60.0
"""Seconds to leave a server alone that says it gets too much."""

NO_LOGIN = "the mail server no longer accepts the user name and password for sending"
NO_TRUST = "the mail server's certificate for sending isn't trusted; check smtp_host, or name its ca_file"
NO_STARTTLS = "the mail server for sending knows no STARTTLS; set smtp_tls to tls, or to none"
_NO_TLS = "the mail server for sending speaks no TLS on smtp_port; set smtp_tls to starttls, or another port"
NO_AUTH = "the mail server for sending knows no login on this port"
NO_SMTP_AUTH = "SMTP AUTH is switched off for this mailbox; who runs it can switch it on"
_GONE = "the mail server for sending can't be reached"
_BUSY = "the mail server for sending can't take mails just now"
_SLOWEST = 100_000
"""Bytes a second: so slowly a server may take a mail."""
_BROKEN = (smtp.SMTPException, OSError, TimeoutError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """The server that takes our mails. `tls` is `tls`, `starttls` or `none`."""

    host: str
    port: int
    tls: str
    user: str
    password: str = field(default="", repr=False)
    token: str | None = field(default=None, repr=False)
    context: ssl.SSLContext | None = None
    name: str = "localhost"
    """How we greet: our domain."""
    answer: float = 30.0
    """Seconds a server may take to answer."""


@asynccontextmanager
async def entered(exit_: Exit) -> AsyncIterator[aiosmtplib.SMTP]:
    """A connection that is logged in. Raises `DeliveryError`: nothing has left yet."""
    client = aiosmtplib.SMTP(
        hostname=exit_.host,
        port=exit_.port,
        use_tls=exit_.tls == "tls",
        start_tls=exit_.tls == "starttls",
        tls_context=exit_.context,
        local_hostname=exit_.name,
        timeout=exit_.answer,
    )
    try:
        try:
            await client.connect()
        except _BROKEN as error:
            raise _unentered(error, "starttls") from None
        try:
            await _log_in(client, exit_)
        except _BROKEN as error:
            raise _unentered(error, "login") from None
        yield client
        with suppress(*_BROKEN):
            await client.quit(timeout=min(exit_.answer, 5.0))
    finally:
        client.close()


async def _log_in(client: aiosmtplib.SMTP, exit_: Exit) -> None:
    if not exit_.user:
        await client.ehlo()
    elif exit_.token is not None:
        await client.auth_xoauth2(exit_.user, exit_.token)
    else:
        await client.login(exit_.user, exit_.password)


Missed = tuple[tuple[str, str], ...]
"""Who of those in copy doesn't get a mail, and why."""


async def deliver(exit_: Exit, sender: str, letter_for: Callable[[bool], Letter]) -> tuple[Letter, Missed]:
    """Hand a mail over. `letter_for` makes it, told whether addresses may be international.

    Raises `DeliveryError`.
    """
    async with entered(exit_) as client:
        letter = letter_for(client.supports_extension("smtputf8"))
        most = _most(client)
        if most and letter.size > most:
            raise Rejected(_too_large(most), code="size")
        try:
            missed = await _envelope(client, sender, letter)
            await _ready(client)
        except smtp.SMTPResponseException as error:
            raise refused(error.code, error.message) from None
        except (*_BROKEN, UnicodeError) as error:
            raise Unreachable(_GONE, code=type(error).__name__) from None
        await _hand_over(client, letter, exit_.answer + letter.size / _SLOWEST)
        return letter, missed


def _most(client: aiosmtplib.SMTP) -> int:
    """The largest mail the server takes, as it says itself (RFC 1870); 0 where it doesn't."""
    said = str(client.esmtp_extensions.get("size", "")) if client.supports_extension("size") else ""
    return int(said) if said.isascii() and said.isdigit() else 0


def _too_large(most: int) -> str:
    return f"the mail server takes mails of {most / 1_370_000:.1f} MB at most, with the file"


async def condition(exit_: Exit) -> tuple[int, Mapping[str, Any] | None]:
    """Log in; the largest mail the server takes, 0 where it doesn't say, and its certificate.

    Raises `DeliveryError`.
    """
    async with entered(exit_) as client:
        return _most(client), client.get_transport_info("peercert")


async def _envelope(client: aiosmtplib.SMTP, sender: str, letter: Letter) -> Missed:
    """From whom and to whom; who in copy is refused. Raises what the library raises, or `DeliveryError`."""
    options = [f"SIZE={letter.size}"] if client.supports_extension("size") else []
    encoding = "ascii"
    if not (letter.to.isascii() and sender.isascii()):
        if not client.supports_extension("smtputf8"):
            raise ContactUnreachable(
                "their address has letters that the mail server can't carry", code="utf8"
            )
        options, encoding = [*options, "SMTPUTF8"], "utf-8"
    try:
        await client.mail(sender, options=options, encoding=encoding)
    except smtp.SMTPSenderRefused as error:
        raise _sender_refused(error.code, error.message) from None
    try:
        await client.rcpt(letter.to, encoding=encoding)
    except smtp.SMTPRecipientRefused as error:
        raise recipient_refused(error.code, error.message) from None
    missed: list[tuple[str, str]] = []
    for copy in letter.copies:
        try:
            await client.rcpt(copy)
        except smtp.SMTPRecipientRefused as error:
            missed.append((copy, recipient_refused(error.code, error.message).words))
    return tuple(missed)


async def _ready(client: aiosmtplib.SMTP) -> None:
    answer = await client.execute_command(b"DATA")
    if answer.code != 354:
        raise smtp.SMTPDataError(answer.code, answer.message)


async def _hand_over(client: aiosmtplib.SMTP, letter: Letter, patience: float) -> None:
    """Stream the mail, and hear whether it was taken."""
    try:
        async with asyncio.timeout(patience):
            async for piece in letter.pieces():
                await _write(client, piece)
    except (*_BROKEN, RuntimeError) as error:
        words = "the connection to the mail server broke before all of the mail was sent"
        raise Unreachable(words, code=type(error).__name__) from None
    try:
        answer = await client.execute_command(b".", timeout=patience)
    except smtp.SMTPResponseException:
        raise UnexpectedResponse("the mail server gave an answer that can't be read") from None
    except _BROKEN as error:
        raise NoAnswer("the mail server for sending isn't answering", code=type(error).__name__) from None
    if answer.code // 100 == 2:
        return
    if answer.code // 100 not in (4, 5):
        raise UnexpectedResponse("the mail server gave an answer that can't be read", code=str(answer.code))
    raise refused(answer.code, answer.message)


async def _write(client: aiosmtplib.SMTP, piece: bytes) -> None:
    """Write, no faster than the server takes it."""
    protocol: Any = client.protocol
    if protocol is None:
        raise smtp.SMTPServerDisconnected("Connection lost")
    protocol.write(piece)
    await protocol._drain_helper()  # as asyncio's own writers do; the library has no public name for it


def _unentered(error: Exception, step: str) -> DeliveryError:
    """Why we were not let in. What the server doesn't know at all, the library tells by its bare class."""
    cause = error.__cause__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return AccountBroken(NO_TRUST, code="certificate")
    if isinstance(cause, ssl.SSLError) and cause.reason == PLAIN:
        return AccountBroken(_NO_TLS, code="tls")
    if isinstance(error, smtp.SMTPAuthenticationError):
        return _not_logged_in(error.code, error.message)
    if isinstance(error, smtp.SMTPResponseException):
        return _busy(error.code, error.message)
    if type(error) in (smtp.SMTPException, smtp.SMTPNotSupported):
        return AccountBroken(NO_STARTTLS if step == "starttls" else NO_AUTH, code=step)
    return Unreachable(_GONE, code=type(cause).__name__)


def _not_logged_in(code: int, said: str) -> DeliveryError:
    if code // 100 == 4:
        return ProviderFault("the mail server can't check the password just now", code=_code(code, said))
    words = next((words for piece, words in _LOGINS if piece in said.lower()), NO_LOGIN)
    return AccountBroken(words, code=_code(code, said))


_LOGINS = (
    ("application-specific", ANOTHER_LOGIN),
    ("clientauthentication is disabled", NO_SMTP_AUTH),
)
"""What providers say who want another login."""


def _busy(code: int, said: str) -> DeliveryError:
    if any(word in said.lower() for word in ("too many", "too fast", "rate", "limit", "quota", "try later")):
        words = "the mail server for sending asks for a pause"
        return Throttled(words, retry_after=PAUSE, code=_code(code, said))
    if code == 530:
        return AccountBroken(NO_LOGIN, code=_code(code, said))
    return ProviderFault(_BUSY, code=_code(code, said))


def _sender_refused(code: int, said: str) -> DeliveryError:
    if code // 100 == 4:
        return _busy(code, said)
    if code == 552 or "5.3.4" in said:
        return Rejected("the mail is too large for the mail server", code=_code(code, said))
    words = "the mail server doesn't let this account send from its address; check address and user"
    return AccountBroken(NO_LOGIN if code in (530, 535) else words, code=_code(code, said))


def recipient_refused(code: int, said: str) -> DeliveryError:
    """What it means that a server does not take mails for somebody."""
    if code // 100 == 4:
        return _busy_for_them(code, said)
    if code in (530, 535):
        return AccountBroken(NO_LOGIN, code=_code(code, said))
    words = why_refused(_enhanced(said), f"{code} {said}")
    if "relay" in said.lower():
        return AccountBroken(
            "the mail server sends nothing for this account; check user and port", code="relay"
        )
    if code == 552 or words == TOO_LARGE:
        return Rejected(words or TOO_LARGE, code=_code(code, said))
    if words == UNWANTED:
        return Rejected(words, code=_code(code, said))
    return ContactUnreachable(words or NO_MAILBOX, code=_code(code, said))


def _busy_for_them(code: int, said: str) -> DeliveryError:
    found = _busy(code, said)
    if isinstance(found, Throttled):
        return found
    return ProviderFault("their mail server asks to be tried again later", code=_code(code, said))


def refused(code: int, said: str) -> DeliveryError:
    """What it means that a server does not take this mail."""
    if code // 100 == 4:
        return _busy(code, said)
    known = why_refused(_enhanced(said), said)
    if (code == 552 and known not in (UNWANTED, DANGEROUS)) or "5.3.4" in said or "too large" in said.lower():
        return Rejected("the mail is too large for the mail server", code=_code(code, said))
    if code in (530, 535):
        return AccountBroken(NO_LOGIN, code=_code(code, said))
    words = "the mail server takes this mail for unwanted" if known == UNWANTED else known
    return Rejected(words or "the mail server refuses this mail", code=_code(code, said))


def _enhanced(said: str) -> str:
    """The RFC 3463 code that an answer begins with."""
    first = said.split(" ", 1)[0] if said else ""
    return first if first.count(".") == 2 and first.replace(".", "").isdigit() else ""


def _code(code: int, said: str) -> str:
    """For the log: never the answer's words, which may hold addresses."""
    return f"{code} {_enhanced(said)}".strip()

"""What a mailbox's account says in the configuration, and what it can do."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Mapping

from networks import _mail_imap as imap
from networks import _mail_smtp as smtp
from networks._mail_reading import Box
from networks._mail_writing import Sender
from networks.capabilities import (
    AccountSettings,
    Capabilities,
    LengthUnit,
    Markup,
    MediaKind,
    MediaRule,
    OptionKind,
    OptionSpec,
    Support,
    TextLimit,
)
from networks.errors import AccountBroken

MAX_FILE = 20_000_000
_WORDS = 100_000
"""Bytes of a mail that are kept for what is not the file."""
_DANGEROUS = (
    "ade adp apk appx appxbundle bat cab chm cmd com cpl diagcab diagcfg diagpkg dll dmg ex exe hta img ins"
    " iso isp jar jnlp js jse lib lnk mde mjs msc msi msix msixbundle msp mst nsh pif ps1 scr sct shb sys vb"
    " vbe vbs vhd vxd wsc wsf wsh xll"
)
"""Mail with these comes back from many servers: support.google.com/mail/answer/6590"""
_ADDRESS = r"[^\s@<>(),;:\\\"]{1,64}@[^\s@<>(),;:\\\"]{1,180}"
_HOST = r"[A-Za-z0-9._:-]{1,250}"
_MODES = "tls|starttls|none"


def _text(about: str, **more: object) -> OptionSpec:
    return OptionSpec(kind=OptionKind.TEXT, about=about, **more)  # type: ignore[arg-type]


def _secret(about: str, **more: object) -> OptionSpec:
    return OptionSpec(kind=OptionKind.SECRET, about=about, **more)  # type: ignore[arg-type]


OPTIONS: Mapping[str, OptionSpec] = {
    "address": _text(
        "is where customers write to, and what answers come from",
        required=True,
        pattern=_ADDRESS,
        example="help@example.com",
        single=True,
    ),
    "imap_host": _text(
        "is the server of the mailbox", required=True, pattern=_HOST, example="imap.example.com"
    ),
    "imap_port": OptionSpec(
        kind=OptionKind.NUMBER, about="is that server's port", default=993, least=1, most=65_535
    ),
    "imap_tls": _text("is tls, starttls or none", default="tls", pattern=_MODES, example="tls or starttls"),
    "smtp_host": _text("is the server for sending", required=True, pattern=_HOST, example="smtp.example.com"),
    "smtp_port": OptionSpec(
        kind=OptionKind.NUMBER, about="is that server's port", default=465, least=1, most=65_535
    ),
    "smtp_tls": _text("is tls, starttls or none", default="tls", pattern=_MODES, example="tls or starttls"),
    "ca_file": _text(
        "is a file with the certificates of an authority of your own",
        pattern=r"/.{1,500}",
        example="/etc/ssl/ours.pem",
    ),
    "user": _text("is the name to log in with; left out, it is the address"),
    "password": _secret("is the mailbox's password, or an app password"),
    "smtp_user": _text("is the name to log in with for sending, where it is another"),
    "smtp_password": _secret("is the password for sending, where it is another", needs="smtp_user"),
    "smtp_login": OptionSpec(
        kind=OptionKind.FLAG, about="is false for a server that takes mails without a login", default=True
    ),
    "token": _secret("is an OAuth access token, in place of a password"),
    "oauth_refresh": _secret("is the OAuth refresh token of a mailbox without password", needs="oauth_url"),
    "oauth_url": _text(
        "is where refresh tokens are exchanged",
        pattern=r"https?://\S{1,500}",
        example="https://oauth2.googleapis.com/token",
    ),
    "oauth_client": _text("is the OAuth client's id", needs="oauth_url"),
    "oauth_secret": _secret("is the OAuth client's secret", needs="oauth_url"),
    "folder": _text("is the folder that is listened to", default="INBOX", pattern=r"[^\r\n]{1,200}"),
    "move_to": _text(
        "is the folder that mails are moved to once they are taken",
        pattern=r"[^\r\n]{1,200}",
        example="Taken",
    ),
    "sent_folder": _text(
        "is the folder with what colleagues send from other programs; it is shown in the threads",
        pattern=r"[^\r\n]{1,200}",
        example="Sent",
    ),
    "authserv_id": _text(
        "is how your mail server signs its Authentication-Results; then forged senders are told",
        pattern=r"\S{1,250}",
        example="mx.example.com",
    ),
    "plus_addresses": OptionSpec(
        kind=OptionKind.FLAG,
        about="answers go to help+…@, where your server brings those to the same mailbox",
        default=False,
    ),
    "reply_all": OptionSpec(
        kind=OptionKind.FLAG, about="answers also go to those the customer's mail went to", default=False
    ),
    "signature": _text("stands below each answer; {agent} is the agent's name", pattern=r"[\s\S]{1,2000}"),
    "secret": _secret("signs what our mails carry; made from the password where it isn't given", least=16),
    "max_file": OptionSpec(
        kind=OptionKind.NUMBER,
        about="is the most bytes of a file",
        default=MAX_FILE,
        least=1,
        most=100_000_000,
    ),
}


def capabilities(max_file: int = MAX_FILE) -> Capabilities:
    """The capabilities, with what a file may have."""
    # Base64 makes it 37 % larger on its way (https://www.rfc-editor.org/rfc/rfc2045#section-6.8). What the
    # server takes it says itself, each time (https://www.rfc-editor.org/rfc/rfc1870); common are 25 MB:
    # https://support.google.com/mail/answer/6584
    rule = MediaRule(
        max_bytes=max_file, formats="any type but programs", refused=frozenset(_DANGEROUS.split())
    )
    return Capabilities(
        # None by https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1.7; nobody reads a longer one
        text_limit=TextLimit(length=100_000, unit=LengthUnit.CODE_POINTS),
        caption_limit=TextLimit(length=100_000, unit=LengthUnit.CODE_POINTS),
        send=dict.fromkeys(MediaKind, rule),
        together=max_file,
        receive=dict.fromkeys(MediaKind, MediaRule(max_bytes=100_000_000, formats="any type")),
        reply_window=None,
        edits=Support.REJECTED,
        deletions=Support.REJECTED,
        reactions=Support.REJECTED,
        typing=Support.REJECTED,
        receipts=Support.REJECTED,  # only that it came back: https://www.rfc-editor.org/rfc/rfc3464
        replies=Support.NATIVE,  # https://www.rfc-editor.org/rfc/rfc5322#section-3.6.4
        # A Message-ID of ours, the same each time: https://www.rfc-editor.org/rfc/rfc5322#section-3.6.4
        idempotent_send=True,
        markup=Markup.HTML,
        checked="November 2026",
    )


def said(account: AccountSettings, name: str, default: str = "") -> str:
    """A text of the account; `default` where it says nothing."""
    return str(account.options.get(name) or default)


def _number(account: AccountSettings, name: str, default: int) -> int:
    value = account.options.get(name)
    return value if isinstance(value, int) else default


def capabilities_of(account: AccountSettings, most: int = 0) -> Capabilities:
    """With the account's own limit, and that of a server that takes mails of so many bytes at `most`."""
    limit = _number(account, "max_file", MAX_FILE)
    room = max(most - _WORDS, 0) * 100 // 137
    return capabilities(min(limit, room) if most else limit)


def address_of(account: AccountSettings) -> str:
    """The account's address, in lower case."""
    return said(account, "address").lower()


def _user(account: AccountSettings) -> str:
    return said(account, "user", said(account, "address"))


def key_of(account: AccountSettings) -> bytes:
    """Signs our ids and addresses."""
    told = said(account, "secret") or said(account, "password") or said(account, "oauth_refresh")
    return hashlib.sha256(f"oratio mail\n{address_of(account)}\n{told}".encode("utf-8", "replace")).digest()


def box_of(account: AccountSettings) -> Box:
    """How its mails are read."""
    return Box(
        address=address_of(account),
        key=key_of(account),
        authserv_id=said(account, "authserv_id").strip(),
        copies=bool(account.options.get("reply_all")),
    )


def sender_of(account: AccountSettings) -> Sender:
    """As whom it answers."""
    return Sender(
        address=said(account, "address"),
        title=account.title,
        key=key_of(account),
        signature=said(account, "signature"),
        plus=bool(account.options.get("plus_addresses")),
        copies=bool(account.options.get("reply_all")),
    )


def door_of(account: AccountSettings, context: ssl.SSLContext | None, answer: float) -> imap.Door:
    """Where it is listened to."""
    return imap.Door(
        host=said(account, "imap_host"),
        port=_number(account, "imap_port", 993),
        tls=said(account, "imap_tls", "tls"),
        user=_user(account),
        password=said(account, "password"),
        context=context,
        folder=said(account, "folder", "INBOX"),
        answer=answer,
    )


def exit_of(
    account: AccountSettings, context: ssl.SSLContext | None, answer: float, token: str | None
) -> smtp.Exit:
    """Where its answers leave."""
    logs_in = account.options.get("smtp_login") is not False
    own = said(account, "smtp_user")
    return smtp.Exit(
        host=said(account, "smtp_host"),
        port=_number(account, "smtp_port", 465),
        tls=said(account, "smtp_tls", "tls"),
        user=(own or _user(account)) if logs_in else "",
        password=said(account, "smtp_password") if own else said(account, "password"),
        token=None if own else token,
        context=context,
        name=address_of(account).rpartition("@")[2] or "localhost",
        answer=answer,
    )


def context_of(account: AccountSettings) -> ssl.SSLContext | None:
    """Whose certificates are trusted; None where no server shows one. Raises `AccountBroken`."""
    path = said(account, "ca_file")
    if not path and said(account, "imap_tls") == said(account, "smtp_tls") == "none":
        return None  # reading this machine's authorities takes longer than sending a mail
    context = ssl.create_default_context()
    if path:
        try:
            context.load_verify_locations(path)
        except (OSError, ssl.SSLError) as error:
            words = f"{path}, which ca_file names, can't be read or holds no certificates"
            raise AccountBroken(words, code="ca_file") from error
    return context

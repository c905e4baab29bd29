"""What a mailbox's servers say, judged for whoever sets it up or runs it."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import localtime
from typing import Any

from networks.base import Checked
from networks.capabilities import AccountSettings

_SOON = 14
_ROOM = 25_000_000
"""Bytes: what customers' servers commonly take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One server: who was let in where, and until when its certificate is good."""

    host: str
    user: str
    until: datetime | None


def until_of(certificate: Mapping[str, Any] | None) -> datetime | None:
    """When a certificate ends; None without one."""
    ends = (certificate or {}).get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if isinstance(ends, str) else None


def mailbox(seen: Seen, folder: str, mails: int) -> list[Checked]:
    """Of the mailbox."""
    words = f"{seen.host} lets {seen.user} in; the folder {folder} holds {mails} mail{'s' * (mails != 1)}"
    return [Checked(words=words), *_certificate(seen)]


def sent(named: str, folder: str, *, there: bool) -> list[Checked]:
    """Of the folder with what was sent: as the account names it, and as the server does."""
    hint = f"; the server's is {folder}" if folder else ""
    if not there:
        return [Checked(words=f"there is no folder {named}, which sent_folder names{hint}", wrong=True)]
    if named or not folder:
        return []
    words = f"what colleagues send from other programs is shown with sent_folder = “{folder}” in the account"
    return [Checked(words=words)]


def sending(seen: Seen, most: int) -> list[Checked]:
    """Of the server for sending. `most`: the largest mail it takes, 0 where it doesn't say."""
    room = f" and takes mails of up to {most / 1_000_000:.0f} MB" if most else ""
    whom = f"{seen.user} send" if seen.user else "us send without a login"
    found = [Checked(words=f"{seen.host} lets {whom}{room}"), *_certificate(seen)]
    if 0 < most < _ROOM:
        words = f"files of more than {most / 1_370_000:.1f} MB are refused by {seen.host}"
        found.append(Checked(words=words, note=True))
    return found


def unreached(account: AccountSettings, words: str, door: str) -> Checked:
    """A server that isn't there. `door`: how the keys begin that say where it is."""
    host, port = (account.options.get(f"{door}_{key}") for key in ("host", "port"))
    where = f"{words} at {host}, port {port}: look at {door}_host and {door}_port, and at the firewall"
    return Checked(words=where, wrong=True)


def _certificate(seen: Seen) -> list[Checked]:
    if seen.until is None:
        return [Checked(words=f"the connection to {seen.host} is not encrypted", note=True)]
    days = (seen.until - localtime()).days
    soon = days < _SOON
    words = f"the certificate of {seen.host} is good for {days} more days{'; renew it' if soon else ''}"
    return [Checked(words=words, note=soon)]

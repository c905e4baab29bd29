"""Our own Message-IDs and reply addresses: what they say comes back with the customer's answer. Pure.

A Message-ID names the part it was made for, so a part sent twice is one mail. It also says, signed, whose
conversation and which subject it belongs to: so an answer finds its way, whoever writes it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass

from networks._mail_decoding import is_address, readable
from networks.errors import SignatureInvalid

LONGEST_ID = 200
MAILER = "Oratio"
"""Stands in each mail of ours: some servers give mails an id of their own."""
_MOST = 20_000
_OURS = re.compile(r"oratio\.([a-z2-7]{20})\.([a-z2-7]{4})\.([a-z2-7]{12})\.([^@]{1,150})@[^@]{1,190}")
_ID = re.compile(r"<([^<>\s]{1,900})>")
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/?^_`{|}~-]+)*")
_REPLY = re.compile(
    r"^\s*((re|aw|fw|fwd|wg|sv|vs|antw|rif|odp|ynt|res|r)\s*(\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE
)
_NOBODY = "-"


@dataclass(frozen=True, slots=True)
class Ours:
    """What a Message-ID of ours says; `contact` is empty where it says nothing, or is not signed by us."""

    message_id: str
    contact: str
    subject: str


def ids_in(value: str) -> list[str]:
    """The ids in a header, without their brackets."""
    plain = readable(value, _MOST) if "=?" in value else value  # some programs encode what is long
    return _ID.findall(plain[:_MOST])


def message_id(key: bytes, domain: str, part: str, contact: str, subject: str) -> str:
    """The id, without brackets, of the mail that part is sent as."""
    name, tag, whose = _short(part.encode(), 20), subject_tag(subject), _written(contact)
    if len(whose) + len(domain) > LONGEST_ID - 55:
        whose = _NOBODY
    return f"oratio.{name}.{tag}.{_signed(key, 'id', name, tag, whose)}.{whose}@{domain}"


def is_ours(found: str) -> bool:
    """Whether it has our form; that alone proves nothing."""
    return bool(_OURS.fullmatch(found))


def contact_of(found: str) -> str:
    """Whose conversation an id of ours is of, as it says; empty where it says nothing. Proves nothing."""
    match = _OURS.fullmatch(found)
    return _read(match.group(4)) if match else ""


def ours(key: bytes, domain: str, ids: Iterable[str]) -> Ours | None:
    """The first of these ids that we signed; else the first that is of our domain, and says nothing.

    Others' mailboxes may be served by Oratio, too.
    """
    unsigned: Ours | None = None
    for found in ids:
        match = _OURS.fullmatch(found)
        if match is None or found.rpartition("@")[2].lower() != domain:
            continue
        if is_signed(key, found):
            return Ours(found, _read(match.group(4)), match.group(2))
        unsigned = unsigned or Ours(found, "", match.group(2))
    return unsigned


def is_signed(key: bytes, found: str) -> bool:
    """Whether we made this id."""
    match = _OURS.fullmatch(found)
    if match is None:
        return False
    name, tag, signature, whose = match.groups()
    return hmac.compare_digest(_signed(key, "id", name, tag, whose), signature)


def reply_address(key: bytes, address: str, contact: str) -> str:
    """`help+mia=shop.example-signature@…`; the plain address where that would be too long."""
    local, _, domain = address.partition("@")
    whose = _written(contact)
    made = f"{local}+{whose}-{_signed(key, 'to', whose)}"
    return f"{made}@{domain}" if whose != _NOBODY and len(made) <= 64 else address


def contact_behind(key: bytes, address: str, written_to: str) -> str:
    """Whose answers go to that address of ours. Raises `SignatureInvalid` for one that we never gave."""
    local, _, domain = address.lower().partition("@")
    begins, ends = f"{local}+", f"@{domain}"
    token = written_to.lower()
    if not (token.startswith(begins) and token.endswith(ends)):
        raise SignatureInvalid("not an address of ours with a mark")
    whose, _, signature = token[len(begins) : -len(ends)].rpartition("-")
    made = _signed(key, "to", whose)
    if not hmac.compare_digest(made.encode(), signature.encode("utf-8", "replace")):
        raise SignatureInvalid("not a mark that we made")
    return _read(whose)


def bare_subject(subject: str) -> str:
    """A subject without the signs of an answer before it."""
    return _REPLY.sub("", subject).strip()


def subject_tag(subject: str) -> str:
    """What tells subjects apart, however they are answered."""
    return _short(" ".join(bare_subject(subject).lower().split()).encode("utf-8", "replace"), 4)


def _written(contact: str) -> str:
    """An address inside an address (as in VERP)."""
    local, _, domain = contact.lower().partition("@")
    plain = f"{local}={domain}"
    return plain if _ATOM.fullmatch(local) and _ATOM.fullmatch(domain) and "=" not in contact else _NOBODY


def _read(whose: str) -> str:
    found = "@".join(whose.rsplit("=", 1))
    return found if is_address(found) else ""


def _signed(key: bytes, *words: str) -> str:
    made = hmac.new(key, "\n".join(words).encode("utf-8", "surrogatepass"), "sha256").digest()
    return base64.b32encode(made).decode()[:12].lower()


def _short(given: bytes, length: int) -> str:
    return base64.b32encode(hashlib.sha256(given).digest()).decode()[:length].lower()

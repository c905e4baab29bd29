"""What a visitor's browser carries: its token, signed links to files, a site's word on who is signed in.

All are HMAC-SHA256 with the account's secret, each under a name of its own, so that none
can pass for another. Every function that checks raises `SignatureInvalid` and nothing else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from networks.errors import SignatureInvalid

TOKEN_LIFE = timedelta(days=30)
LINK_LIFE = timedelta(days=7)
_DAY = 86_400
_CLOCKS_DIFFER = timedelta(minutes=5)
_LONGEST = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorToken:
    """Whose browser this is, on which account's site, until when."""

    account: str
    visitor: str
    issued: datetime
    expires: datetime


def new_visitor() -> str:
    """A random id nobody can guess."""
    return "v_" + secrets.token_hex(12)


def issue(secret: str, account: str, visitor: str, now: datetime) -> tuple[str, datetime]:
    """A token that lives 30 days from `now`, and its end."""
    issued = int(now.timestamp())
    expires = issued + int(TOKEN_LIFE.total_seconds())
    body = {"a": account, "v": visitor, "i": issued, "e": expires}
    return _sign(secret, "visitor", _compact(body)), datetime.fromtimestamp(expires, UTC)


def read_token(secret: str, account: str, token: str, now: datetime) -> VisitorToken:
    """The token's claims. Raises `SignatureInvalid`: forged, another account's, too old, from the future."""
    body = _open(secret, "visitor", token)
    try:
        claims = json.loads(body)
        found = VisitorToken(
            account=claims["a"],
            visitor=claims["v"],
            issued=datetime.fromtimestamp(claims["i"], UTC),
            expires=datetime.fromtimestamp(claims["e"], UTC),
        )
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        raise SignatureInvalid("a token that says nothing") from None
    if found.account != account:
        raise SignatureInvalid("a token of another account")
    if now >= found.expires or found.issued > now + _CLOCKS_DIFFER:
        raise SignatureInvalid("a token out of its time")
    return found


def sign_link(secret: str, account: str, upload_id: str, now: datetime) -> str:
    """The signed part of a file's address, good for at least a week.

    It changes once a day, so that a browser's cache is of use.
    """
    end = int((now + LINK_LIFE).timestamp()) // _DAY * _DAY + _DAY
    return _sign(secret, "file", _compact([account, upload_id, end]))


def read_link(secret: str, account: str, signed: str, now: datetime) -> str:
    """The `upload_id` a link stands for. Raises `SignatureInvalid`."""
    try:
        named, upload_id, end = json.loads(_open(secret, "file", signed))
        fresh = now.timestamp() < end
    except (ValueError, TypeError):
        raise SignatureInvalid("a link that says nothing") from None
    if named != account or not fresh or not isinstance(upload_id, str):
        raise SignatureInvalid("a link out of its time or place")
    return upload_id


def identity_message(identity: Mapping[str, object]) -> str:
    """What a site signs to vouch for a person: `key=value` lines, sorted by key.

    Attributes are written `attributes.plan=gold`. A `user_id` alone is signed as it is.
    """
    flat = {k: v for k, v in identity.items() if k != "attributes" and v not in (None, "")}
    attributes = identity.get("attributes")
    if isinstance(attributes, Mapping):
        flat |= {f"attributes.{k}": v for k, v in attributes.items()}
    if flat.keys() == {"user_id"}:
        return str(flat["user_id"])
    return "\n".join(f"{key}={_plain(flat[key])}" for key in sorted(flat))


def identity_hash(secret: str, identity: Mapping[str, object]) -> str:
    """The hex hash a site's server makes over `identity_message`."""
    return hmac.new(
        secret.encode(), identity_message(identity).encode("utf-8", "replace"), "sha256"
    ).hexdigest()


def vouched(secret: str | None, identity: Mapping[str, object], given: object) -> bool:
    """Whether the site's server made this hash over exactly these fields.

    A line break in a value, or `=` in a name, could make fields look like others: such
    are never vouched for.
    """
    user_id = identity.get("user_id")
    if not secret or not isinstance(given, str) or not isinstance(user_id, str) or not user_id:
        return False
    names, values = _parts(identity)
    if any("=" in name for name in names) or any(set(text) & {"\r", "\n"} for text in (*names, *values)):
        return False
    expected = identity_hash(secret, identity)
    return hmac.compare_digest(expected.encode(), given.lower().encode("utf-8", "replace"))


def _parts(identity: Mapping[str, object]) -> tuple[list[str], list[str]]:
    attributes = identity.get("attributes")
    inner = attributes if isinstance(attributes, Mapping) else {}
    values = [v for k, v in identity.items() if k != "attributes"] + list(inner.values())
    return [str(k) for k in inner], [str(v) for v in values]


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _compact(body: object) -> bytes:
    return json.dumps(body, separators=(",", ":"), sort_keys=True).encode()


def _sign(secret: str, purpose: str, body: bytes) -> str:
    text = base64.urlsafe_b64encode(body).rstrip(b"=")
    return f"{text.decode()}.{_mac(secret, purpose, text)}"


def _open(secret: str, purpose: str, signed: str) -> bytes:
    text, dot, mac = signed.partition(".")
    if not dot or len(signed) > _LONGEST or not signed.isascii():
        raise SignatureInvalid("nothing signed")
    if not hmac.compare_digest(_mac(secret, purpose, text.encode()), mac):
        raise SignatureInvalid("a signature that is not ours")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        raise SignatureInvalid("nothing signed") from None


def _mac(secret: str, purpose: str, text: bytes) -> str:
    digest = hmac.new(secret.encode(), purpose.encode() + b"." + text, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

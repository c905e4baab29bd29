"""Which calls are Twilio's: twilio.com/docs/usage/webhooks/webhooks-security

The address it called, with every field of the form behind it, signed with the account's token.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from urllib.parse import SplitResult, parse_qs, parse_qsl, urlsplit

from networks.base import WebhookRequest

HEADER = "x-twilio-signature"
_MOST_FIELDS = 500
_PORTS = {"https": 443, "http": 80}


def fields_of(request: WebhookRequest, errors: str = "replace") -> list[tuple[str, str]]:
    """The form's fields, in the order they came; of a GET, the query's. Raises `ValueError`."""
    raw = urlsplit(request.url).query if request.method == "GET" else request.body.decode("latin-1")
    return parse_qsl(raw, keep_blank_values=True, errors=errors, max_num_fields=_MOST_FIELDS)


def is_genuine(request: WebhookRequest, token: str) -> bool:
    """Whether the call bears the signature that only a holder of the token can make."""
    given = request.headers.get(HEADER, "").encode("utf-8", "replace")
    try:
        signed = _signed_behind_address(request)
        addresses = list(_addresses(urlsplit(request.url)))
    except ValueError:
        return False
    if signed is None or not token:
        return False
    made = (_signature(token, address.encode("utf-8", "replace") + signed) for address in addresses)
    return any(hmac.compare_digest(each, given) for each in made)


def _signed_behind_address(request: WebhookRequest) -> bytes | None:
    """What is signed after the address. Of JSON that is nothing: its hash stands in the address, and None
    says that it is another.
    """
    told = parse_qs(urlsplit(request.url).query).get("bodySHA256")
    if told:
        made = hashlib.sha256(request.body).hexdigest()
        return b"" if hmac.compare_digest(made.encode(), told[0].lower().encode("utf-8", "replace")) else None
    if request.method == "GET":
        return b""
    pairs = sorted(set(fields_of(request, errors="surrogateescape")))
    return "".join(name + value for name, value in pairs).encode("utf-8", "surrogateescape")


def _signature(token: str, signed: bytes) -> bytes:
    return base64.b64encode(hmac.new(token.encode(), signed, "sha1").digest())


def _addresses(url: SplitResult) -> Iterator[str]:
    """The address without its port and with it: Twilio has signed either. Raises `ValueError`."""
    name = url.hostname or ""
    host = f"[{name}]" if ":" in name else name
    port = url.port or _PORTS.get(url.scheme)
    yield url._replace(netloc=host).geturl()
    yield url._replace(netloc=f"{host}:{port}").geturl()

"""What Meta's networks share: the Graph API they are called through, and how its webhooks prove themselves.

Calls: developers.facebook.com/docs/graph-api/overview. A token travels in a header, never in an address.
Webhooks: developers.facebook.com/docs/graph-api/webhooks/getting-started
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from networks._calling import Answer, Caller
from networks.base import Attachment, WebhookAnswer, WebhookRequest
from networks.capabilities import AccountSettings, OptionKind, OptionSpec
from networks.errors import (
    AccountBroken,
    DeliveryError,
    PayloadInvalid,
    ProviderFault,
    Rejected,
    SignatureInvalid,
    Throttled,
)

API = "https://graph.facebook.com"
VERSION = "v25.0"
SIGNATURE_HEADER = "x-hub-signature-256"
PAUSE = 60.0
"""Seconds, where Meta says that there were too many calls and not for how long."""
_LONGEST_PAUSE = 3_600.0

Refusal = tuple[type[DeliveryError], str]
"""The error that a refused call becomes, and its words for agents; `{title}` is the network's."""
Refusals = Mapping[tuple[int, int | None], Refusal]
"""What Meta's errors mean, by code and subcode; the subcode None is any, `OTHER` any that isn't listed."""
OTHER = -1

OPTIONS: Mapping[str, OptionSpec] = MappingProxyType(
    {
        "token": OptionSpec(
            kind=OptionKind.SECRET,
            about="lets Oratio send and read in the account's name",
            required=True,
            single=True,
            pattern=r"[A-Za-z0-9_|.-]{20,1000}",
            example="what Meta gave, without quotes or spaces",
        ),
        "app_secret": OptionSpec(
            kind=OptionKind.SECRET,
            about="signs what Meta sends us: App settings → Basic → App secret",
            required=True,
            pattern=r"[0-9A-Za-z]{16,128}",
            example="what App settings → Basic shows",
        ),
        "verify_token": OptionSpec(
            kind=OptionKind.SECRET,
            about="is typed beside the webhook's address at Meta; made of the app secret if it isn't given",
            least=8,
            most=256,
            pattern="[A-Za-z0-9_.-]*",
            example="of A-Z, a-z, 0-9, _, . and - alone",
        ),
        "api_url": OptionSpec(
            kind=OptionKind.TEXT,
            about="is the address of Meta's Graph API",
            default=API,
            pattern=r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[1-9]\d{0,3}|:[1-5]\d{4}|:6[0-5]\d{3})?",
            example=API,
        ),
        "api_version": OptionSpec(
            kind=OptionKind.TEXT,
            about="is the Graph API's version",
            default=VERSION,
            pattern=r"v[1-9]\d{0,2}\.\d{1,2}",
            example=VERSION,
        ),
    }
)
"""The keys that an account of each of Meta's networks takes."""


# What comes in


def verify(account: AccountSettings, request: WebhookRequest) -> None:
    """Meta signs each call; where it asks for the first time, it has the verify token. Raises
    `SignatureInvalid`.
    """
    if request.method == "GET":
        asked = request.query.get("hub.mode") == "subscribe" and "hub.challenge" in request.query
        wanted, given = verify_token(account), request.query.get("hub.verify_token", "")
    else:
        asked = True
        wanted, given = signature(account, request.body), request.headers.get(SIGNATURE_HEADER, "")
    if not hmac.compare_digest(wanted.encode(), given.encode("utf-8", "replace")) or not asked:
        raise SignatureInvalid("Meta did not send this")


def signature(account: AccountSettings, body: bytes) -> str:
    """What the header of a call with this body has to be."""
    made = hmac.new(str(account.options.get("app_secret") or "").encode(), body, "sha256").hexdigest()
    return f"sha256={made}"


def verify_token(account: AccountSettings) -> str:
    """What Meta says when it first asks: the account's own, or one made of the app's secret."""
    given = account.options.get("verify_token")
    if isinstance(given, str) and given:
        return given
    secret = str(account.options.get("app_secret") or "")
    return hmac.new(secret.encode(), b"oratio webhook " + account.name.encode(), "sha256").hexdigest()


def answer(request: WebhookRequest) -> WebhookAnswer:
    """The challenge, where Meta asks for it; to be called after `verify` alone."""
    if request.method == "GET":
        return WebhookAnswer(body=request.query.get("hub.challenge", "").encode("utf-8", "replace"))
    return WebhookAnswer()


def parsed(request: WebhookRequest) -> Mapping[str, Any]:
    """The object Meta sent; an empty one for its first question. Raises `PayloadInvalid`."""
    if request.method == "GET":
        return {}
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError):
        raise PayloadInvalid("not JSON") from None
    if not isinstance(found, dict):
        raise PayloadInvalid("not an object")
    return found


# What goes out


class Graph:
    """Calls of one network to the Graph API. `refusals` say what its errors mean, before the common ones."""

    def __init__(self, title: str, caller: Caller, refusals: Refusals) -> None:
        self._title = title
        self._caller = caller
        self._refusals = {**_COMMON, **refusals}

    async def call(
        self,
        account: AccountSettings,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
        files: Sequence[tuple[str, Attachment]] = (),
        token: str | None = None,
        versioned: bool = True,
    ) -> Mapping[str, Any]:
        """The object one call is answered with. `path` stands after the version, where it has one; `token` is
        another than the account's own. Raises `DeliveryError` only.
        """
        bearer = token or str(account.options.get("token") or "")
        before = base(account) if versioned else account.options.get("api_url") or API
        came = await self._caller.call(
            method,
            f"{before}/{path}",
            headers={"Authorization": f"Bearer {bearer}"},
            params=params,
            json=json,
            form=form,
            files=files,
        )
        found = came.fields()
        if (fault := self._fault(came, found)) is not None:
            raise fault
        return found

    def _fault(self, came: Answer, found: Mapping[str, Any]) -> DeliveryError | None:
        error = found.get("error")
        if isinstance(error, dict):
            return self._refused(came, error)
        if came.status < 300 and (found or came.body.strip() == b"{}"):
            return None
        return self._caller.not_taken(came) or self._caller.unreadable(came)

    def _refused(self, came: Answer, error: Mapping[str, Any]) -> DeliveryError:
        """Code and subcode say why; what is in neither table is judged by what the answer is."""
        number, detail = _number(error.get("code")), _number(error.get("error_subcode"))
        name = f"{number}/{detail}" if detail else str(number)
        tried = [(number, detail), *([(number, OTHER)] if detail else []), (number, None)]
        known = next((self._refusals[key] for key in tried if key in self._refusals), None)
        if known is None and 200 <= number <= 299:
            known = _FORBIDDEN
        if known is not None:
            return self._made(known, name, came)
        if error.get("is_transient") is True:
            return ProviderFault(f"{self._title} has a problem of its own", code=name)
        refused = Rejected(f"{self._title} refuses this message", code=name)
        return self._caller.not_taken(came) or refused

    def _made(self, refusal: Refusal, name: str, came: Answer) -> DeliveryError:
        kind, words = refusal[0], refusal[1].format(title=self._title)
        if issubclass(kind, Throttled):
            return Throttled(words, retry_after=_pause(came), code=name)
        return kind(words, code=name)


def base(account: AccountSettings) -> str:
    """The address before every path."""
    options = account.options
    return f"{options.get('api_url') or API}/{options.get('api_version') or VERSION}"


def _number(value: object) -> int:
    return value if type(value) is int else 0


def _pause(came: Answer) -> float:
    """For how many seconds: as it says, or as the longest of the limits it lists takes to regain, in minutes
    (developers.facebook.com/docs/graph-api/overview/rate-limiting#headers-2).
    """
    if "retry-after" in came.headers:
        return came.pause()
    try:
        listed = json.loads(came.headers.get("x-business-use-case-usage", ""))
        minutes = [each["estimated_time_to_regain_access"] for limits in listed.values() for each in limits]
        asked = max(float(each) for each in minutes) * 60
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        asked = 0.0
    return min(asked, _LONGEST_PAUSE) if asked > 0 else PAUSE


_TOKEN: Refusal = (AccountBroken, "{title} no longer accepts this account's token; make a new one at Meta")
_FORBIDDEN: Refusal = (
    AccountBroken,
    "Meta doesn't give this account's token the permission; grant it again and make a new token",
)
_PACE: Refusal = (Throttled, "{title} asks for a pause")
_BUSY: Refusal = (ProviderFault, "{title} has a problem of its own")

# https://developers.facebook.com/docs/graph-api/guides/error-handling#errorcodes
_COMMON: Refusals = {
    (1, None): _BUSY,
    (2, None): _BUSY,
    (3, None): _FORBIDDEN,
    (4, None): _PACE,
    (10, None): _FORBIDDEN,
    (17, None): _PACE,
    (32, None): _PACE,
    (102, None): _TOKEN,
    (190, None): _TOKEN,
    (341, None): _PACE,
    (368, None): (AccountBroken, "Meta has blocked this account for a while for breaking its policies"),
    (613, None): _PACE,
    (80_006, None): _PACE,
    (80_007, None): _PACE,
    (80_008, None): _PACE,
}

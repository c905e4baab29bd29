"""What a homeserver's refusals mean to the desk: may it be tried again, and which words for agents.

The code says the kind: spec.matrix.org/v1.19/client-server-api/#standard-error-response
"""

from __future__ import annotations

from networks._calling import PAUSE, Answer, Caller
from networks.errors import (
    AccountBroken,
    ContactUnreachable,
    DeliveryError,
    ProviderFault,
    Rejected,
    Throttled,
)

UNKNOWN_CALL = "M_UNRECOGNIZED"
_LONGEST_PAUSE = 3_600.0
_GONE = "the homeserver no longer finds this room or message"
_FORM = "the homeserver can't read this message"


def refusal(caller: Caller, answer: Answer) -> DeliveryError:
    """The error of an answer that is no success."""
    code = _code(answer)
    if answer.status == 429 or code == "M_LIMIT_EXCEEDED":
        return Throttled("the homeserver asks for a pause", retry_after=_pause(answer), code=code)
    if known := _REFUSALS.get(code):
        kind, words = known
        return kind(words, code=code)
    if answer.status == 401:
        return AccountBroken(BROKEN_TOKEN, code=code)
    if fault := caller.not_taken(answer):
        return fault
    if answer.status == 404 and code.startswith("http_"):
        return Rejected("the homeserver doesn't know this call", code=UNKNOWN_CALL)
    if 400 <= answer.status < 500:
        return Rejected("the homeserver refuses this", code=code)
    return caller.unreadable(answer)


def _code(answer: Answer) -> str:
    code = answer.fields().get("errcode")
    return code[:120] if isinstance(code, str) and code.isascii() and code else f"http_{answer.status}"


def _pause(answer: Answer) -> float:
    """The header counts; `retry_after_ms` is what older servers say."""
    if "retry-after" in answer.headers:
        return answer.pause()
    asked = answer.fields().get("retry_after_ms")
    return min(asked / 1_000, _LONGEST_PAUSE) if isinstance(asked, int) and asked > 0 else PAUSE


BROKEN_TOKEN = "the homeserver no longer accepts the access token; take a new one"  # noqa: S105 - a clause

_REFUSALS: dict[str, tuple[type[DeliveryError], str]] = {
    "M_UNKNOWN_TOKEN": (AccountBroken, BROKEN_TOKEN),
    "M_MISSING_TOKEN": (AccountBroken, BROKEN_TOKEN),
    "M_USER_DEACTIVATED": (AccountBroken, "our Matrix account no longer exists; make a new one"),
    "M_USER_LOCKED": (AccountBroken, "our Matrix account is locked; ask who runs the homeserver"),
    "M_USER_SUSPENDED": (AccountBroken, "our Matrix account is suspended; ask who runs the homeserver"),
    "M_CONSENT_NOT_GIVEN": (
        AccountBroken,
        "the homeserver's terms must be accepted; sign in with any client",
    ),
    "M_GUEST_ACCESS_FORBIDDEN": (AccountBroken, "guests may not do this; take the token of a full account"),
    "M_RESOURCE_LIMIT_EXCEEDED": (AccountBroken, "the homeserver is at its limit; ask who runs it"),
    "M_SERVER_NOT_TRUSTED": (AccountBroken, "the homeserver lacks a server it relies on; ask who runs it"),
    "M_FORBIDDEN": (ContactUnreachable, "we may not write in this room; it was left, or we were put out"),
    "M_NOT_FOUND": (Rejected, _GONE),
    "M_TOO_LARGE": (Rejected, "this is too large for the homeserver"),
    "M_BAD_JSON": (Rejected, _FORM),
    "M_NOT_JSON": (Rejected, _FORM),
    "M_INVALID_PARAM": (Rejected, _FORM),
    "M_MISSING_PARAM": (Rejected, _FORM),
    "M_BAD_STATE": (Rejected, "the state of this room doesn't allow it"),
    "M_CANNOT_OVERWRITE_MEDIA": (Rejected, "the homeserver has another file in its place"),
    "M_DUPLICATE_ANNOTATION": (Rejected, "this reaction is there already"),
    "M_UNSUPPORTED_ROOM_VERSION": (Rejected, "our homeserver doesn't know this kind of room"),
    "M_INCOMPATIBLE_ROOM_VERSION": (Rejected, "our homeserver doesn't know this kind of room"),
    "M_CANNOT_LEAVE_SERVER_NOTICE_ROOM": (Rejected, "this is a room of the homeserver's own"),
    "M_NOT_YET_UPLOADED": (ProviderFault, "the homeserver doesn't have the file yet"),
    UNKNOWN_CALL: (Rejected, "the homeserver doesn't know this call"),
}

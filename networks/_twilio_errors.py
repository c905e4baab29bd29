"""What Twilio's codes mean to the desk: may it be tried again, and which words for agents.

A code comes in the answer to a call, or later in a report: twilio.com/docs/api/errors
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from networks._calling import Answer, Caller
from networks.errors import (
    AccountBroken,
    ContactUnreachable,
    DeliveryError,
    ProviderFault,
    Rejected,
    Throttled,
)
from networks.events import Cause

UNKNOWN = "Twilio doesn't say why"
_INACTIVE = "Twilio has switched this account off; its console says why"
_CREDENTIALS = "Twilio no longer accepts the credentials; check account_sid, auth_token and api_key"
_RIGHTS = "the API key may not do this; give it the right in Twilio's console"
_TRIAL = "a trial account of Twilio writes to verified numbers only; upgrade it"
_NOT_OURS = "this Twilio account can't send from the number; check number in oratio.toml"
_SERVICE = "this messaging service can't send; check it in Twilio's console"
_NO_SENDER = "the messaging service has no number to send from; add one in Twilio's console"
_CAMPAIGN = "the number's US registration (A2P 10DLC) isn't in order; see Twilio's console"
_SENDER_ID = "their carriers take no messages from this number until it is registered there"
_NUMBER = "the number doesn't exist, or can't get text messages"
_LANDLINE = "the number is a landline, or its carrier takes no text messages"
_TOO_LONG = "the text is too long for a text message"
_FILTERED = "Twilio or the carrier took it for spam or a forbidden content"
_MEDIA = "Twilio couldn't fetch the file from Oratio"
_TOO_LARGE = "the file is too large for the carrier"
_NO_MMS = "the number can't send pictures or files"
_CHANNEL = "they wrote over a channel that can't be answered by text message"
_OURS = "Twilio doesn't understand what Oratio sent"
_BUSY = "Twilio has too many messages waiting"
_DAILY = "the number's daily limit of messages is used up"
_FAULT = "Twilio has a problem of its own"

_BROKEN: Mapping[int, str] = {
    10001: _INACTIVE,
    10002: "a trial account of Twilio can't do this; upgrade it",
    20003: _CREDENTIALS,
    20005: _INACTIVE,
    20006: _RIGHTS,
    20008: "these are Twilio's test credentials; put in the live ones",
    20010: _INACTIVE,
    20151: _CREDENTIALS,
    20403: _RIGHTS,
    20404: "Twilio doesn't find this account or sender; check account_sid, number, messaging_service",
    21212: _NOT_OURS,
    21601: _NOT_OURS,
    21603: _NOT_OURS,
    21606: _NOT_OURS,
    21607: _TRIAL,
    21608: _TRIAL,
    21616: "the number fits several of this Twilio account; write it as +14155550199",
    21657: _NOT_OURS,
    21659: _NOT_OURS,
    21660: "the number belongs to another Twilio account than the credentials",
    21661: _NOT_OURS,
    21701: "Twilio doesn't know the messaging service; check messaging_service",
    21702: _SERVICE,
    21703: _NO_SENDER,
    21704: _NO_SENDER,
    21705: "Twilio doesn't know the messaging service; check messaging_service",
    21708: _NO_SENDER,
    21709: _SERVICE,
    21711: "the number isn't one of the messaging service's; add it there in Twilio's console",
    21712: "the number belongs to another messaging service",
    21715: _SERVICE,
    21717: _CAMPAIGN,
    21729: _CAMPAIGN,
    30002: "Twilio has suspended this account; its console says why",
    30032: "the toll-free number isn't verified; see Twilio's console",
    30033: _CAMPAIGN,
    30034: _CAMPAIGN,
    30035: "the number's US registration is still under way; try again in a day",
    30037: "Twilio has switched off sending for this account; its console says why",
    30041: "the number isn't registered for the United Kingdom; see Twilio's console",
    90010: _INACTIVE,
    572002: _TRIAL,
}
"""Of the account: its answers wait until somebody mends it."""

_GONE: Mapping[int, str] = {
    21211: _NUMBER,
    21214: _NUMBER,
    21217: _NUMBER,
    21265: "a short code can't get text messages",
    21266: "the number is the account's own",
    21268: "the number is a service's that gets no text messages",
    21604: _NUMBER,
    21610: "they have opted out; only their own START lets you write again",
    21612: "their number can't be reached from this one",
    21614: "the number is no mobile number",
    21635: _LANDLINE,
    30003: "their phone is off or out of reach; try again in an hour",
    30004: "their phone or carrier blocks this number",
    30005: "the number is unknown, or no longer in use",
    30006: _LANDLINE,
    30008: "the carrier couldn't deliver it and doesn't say why",
    30014: _NUMBER,
    63003: _NUMBER,
    63024: _NUMBER,
    63033: "they have blocked this number",
}
"""Of the person: nothing reaches them."""

_REFUSED: Mapping[int, str] = {
    11200: _MEDIA,
    11751: _TOO_LARGE,
    12300: "the file's type can't go as a picture message",
    21408: "text messages to this country are switched off in Twilio's console (geo permissions)",
    21602: "there is nothing to read in this message",
    21605: _TOO_LONG,
    21609: _OURS,
    21617: _TOO_LONG,
    21618: _FILTERED,
    21619: "there is nothing to read in this message",
    21620: _MEDIA,
    21621: _NO_MMS,
    21622: "picture messages are not enabled for this Twilio account",
    21623: "there are too many files for one message",
    21624: _OURS,
    21626: _OURS,
    21627: _OURS,
    21652: _TOO_LONG,
    21653: _OURS,
    21658: _TOO_LONG,
    21910: _CHANNEL,
    30007: _FILTERED,
    30010: "the message costs more than the account's highest price",
    30011: "their number can't get pictures or files; send a link",
    30012: _OURS,
    30013: _OURS,
    30015: _CHANNEL,
    30016: _CHANNEL,
    30018: _SENDER_ID,
    30019: "the message or its file is too large for the carrier",
    30024: _SENDER_ID,
    30036: "it waited at Twilio longer than the account's validity allows",
    30038: "Twilio took it for a one-time password and held it back",
    30039: "Twilio took it for a loop of machines and held it back",
    30040: _SENDER_ID,
    30043: "the carrier took it for a message from abroad",
    30044: "a trial account of Twilio sends short messages only; upgrade it",
    30045: _OURS,
    30400: _OURS,
    30404: _OURS,
    30409: _OURS,
    30450: "Twilio suspects fraud and blocks their number for half an hour",
    30453: _FILTERED,
    30485: _FILTERED,
    63005: _FILTERED,
    63007: _CHANNEL,
    63013: _FILTERED,
    63016: _CHANNEL,
    63019: _MEDIA,
    63021: _FILTERED,
    63031: "the number is the account's own",
    63034: _TOO_LARGE,
    63036: _NUMBER,
    90007: _OURS,
    90014: _OURS,
    92008: "the file's type can't go as a picture message",
}
"""Of the message: as it is, it can't go."""

_PAUSES: Mapping[int, tuple[float, str]] = {
    14107: (30.0, "too many messages to one person at once"),
    20429: (0.0, "Twilio asks for a pause"),
    21611: (60.0, _BUSY),
    30001: (60.0, _BUSY),
    30017: (60.0, "their carrier has too much traffic"),
    30022: (60.0, "the carrier takes no more messages from this number just now"),
    30023: (3_600.0, _DAILY),
    30027: (3_600.0, _DAILY),
    30454: (3_600.0, "this Twilio account's limit of messages is used up"),
    63017: (60.0, _BUSY),
    63018: (60.0, _BUSY),
    63038: (3_600.0, "this Twilio account's daily limit of messages is used up"),
}
"""Seconds to wait at least; the answer may ask for more."""

_FAULTS: Mapping[int, str] = {
    20500: _FAULT,
    20503: _FAULT,
    21730: "Twilio is under maintenance",
    30020: _FAULT,
    30021: _FAULT,
    30410: "the carrier is down; try again later",
    30500: _FAULT,
    63009: _FAULT,
    63010: _FAULT,
    63012: _FAULT,
}
"""Twilio's own: it took nothing."""

_SETUP: Mapping[int, str] = {
    21402: "Twilio doesn't take PUBLIC_URL as an address to call",
    21407: "the number can't get text messages; choose another in Twilio's console",
    21502: "Twilio doesn't take PUBLIC_URL as an address to call",
}
"""Of telling Twilio where to call."""

_CERTAIN: tuple[tuple[Mapping[int, str], Callable[..., DeliveryError]], ...] = (
    (_BROKEN, AccountBroken),
    (_GONE, ContactUnreachable),
    (_REFUSED, Rejected),
    (_SETUP, Rejected),
    (_FAULTS, ProviderFault),
)

WORDS: Mapping[int, str] = MappingProxyType(
    {code: words for known, _ in _CERTAIN for code, words in known.items()}
    | {code: words for code, (_, words) in _PAUSES.items()}
)
"""Every code there are words for."""


def words_of(code: str) -> str:
    """Why a message did not arrive, by the code of a report."""
    known = code.isascii() and code.isdigit() and len(code) < 10
    return WORDS.get(int(code), UNKNOWN) if known else UNKNOWN


_SUSPENDED = "30002"
"""Of the account's troubles the one that only a report tells, and that concerns all it sends."""


def cause_of(code: str) -> Cause:
    """Whether a person has to mend the account, by the code of a report."""
    return Cause.ACCOUNT if code == _SUSPENDED else Cause.PART


def refusal(caller: Caller, answer: Answer) -> DeliveryError:
    """The error of an answer that is no success."""
    code = answer.fields().get("code")
    if type(code) is int and (error := _known(code, answer)):
        return error
    if error := caller.not_taken(answer):
        return error
    if answer.status in (401, 403):
        return AccountBroken(_CREDENTIALS, code=f"http_{answer.status}")
    if type(code) is int and 400 <= answer.status < 500:
        return Rejected("Twilio refuses this message", code=str(code))
    if answer.status == 404:
        return AccountBroken(_BROKEN[20404], code="http_404")
    return caller.unreadable(answer)


def _known(code: int, answer: Answer) -> DeliveryError | None:
    if code in _PAUSES:
        least, words = _PAUSES[code]
        return Throttled(words, retry_after=max(least, answer.pause()), code=str(code))
    made = (kind(known[code], code=str(code)) for known, kind in _CERTAIN if code in known)
    return next(made, None)

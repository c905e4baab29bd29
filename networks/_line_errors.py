"""What LINE's answers mean to the desk: may it be tried again, and which words for agents.

developers.line.biz/en/reference/messaging-api/#status-codes and #error-responses
"""

from __future__ import annotations

from collections.abc import Iterator

from networks._calling import Answer, Caller
from networks._pieces import as_object, line
from networks.errors import (
    AccountBroken,
    ContactUnreachable,
    DeliveryError,
    NoAnswer,
    Rejected,
    UnexpectedResponse,
)

BROKEN_TOKEN = "LINE no longer accepts the channel access token; issue a new one at developers.line.biz"  # noqa: S105 - a clause
MONTH_OVER = "this month's messages of the LINE plan are used up; raise its limit at manager.line.biz"
NOT_ALLOWED = "LINE doesn't let this account do that; see its plan and permissions at manager.line.biz"


def said(answer: Answer) -> str:
    """What LINE says about the call, for the log: what is wrong, and where."""
    fields = answer.fields()
    details = "; ".join(f"{where}: {why}" for where, why in _details(answer))
    return f"{answer.status} {line(fields, 'message', 120)} {details}".strip()[:200]


def names(answer: Answer, field: str) -> bool:
    """Whether LINE finds fault with this field of a message, as in `messages[0].sender.name`."""
    return any(field in where.split(".") for where, _ in _details(answer))


def is_dead_token(answer: Answer) -> bool:
    """Whether the reply token is used, old or none of LINE's: nothing was sent."""
    return answer.status == 400 and "reply token" in _message(answer)


def is_monthly(answer: Answer) -> bool:
    """Whether what was paid for is used up; other answers of 429 ask to slow down.

    developers.line.biz/en/docs/messaging-api/handling-http-429-errors
    """
    return answer.status == 429 and "monthly limit" in _message(answer)


def sending(caller: Caller, answer: Answer) -> DeliveryError:
    """The error of an answer to a message.

    After one of 5xx the message may have been delivered:
    developers.line.biz/en/docs/messaging-api/retrying-api-request
    """
    if answer.status >= 500:
        return NoAnswer("LINE has a problem of its own and gave no clear answer", code=said(answer))
    if answer.status == 400 and ("failed to send" in _message(answer) or _of_receiver(answer)):
        words = "LINE can't reach them: they left, or haven't added this account"
        return ContactUnreachable(words, code=said(answer))
    return asking(caller, answer)


def asking(caller: Caller, answer: Answer) -> DeliveryError:
    """The error of an answer to any other call."""
    status, message = answer.status, _message(answer)
    if status == 401:
        return AccountBroken(BROKEN_TOKEN, code=said(answer))
    if status == 403 and "not available for your account" in message:
        return AccountBroken(NOT_ALLOWED, code=said(answer))
    if status == 403:
        return Rejected(NOT_ALLOWED, code=said(answer))
    if is_monthly(answer):
        return AccountBroken(MONTH_OVER, code=said(answer))
    if error := caller.not_taken(answer):
        return error
    if status >= 400 and answer.fields():
        return Rejected(_refusal(answer), code=said(answer))
    return UnexpectedResponse("LINE answered something that can't be read", code=said(answer))


def _refusal(answer: Answer) -> str:
    for where, why in _details(answer):
        if where.endswith(".text"):
            empty = "empty" in why.lower()
            return "there is nothing to read in this message" if empty else "the text is too long for LINE"
        if where.endswith(("ContentUrl", "ImageUrl")):
            return "LINE doesn't take the address of this file; see PUBLIC_URL"
    return "LINE refuses this message"


def _of_receiver(answer: Answer) -> bool:
    return any(where == "to" for where, _ in _details(answer)) or "'to'" in _message(answer)


def _message(answer: Answer) -> str:
    return line(answer.fields(), "message", 300).lower()


def _details(answer: Answer) -> Iterator[tuple[str, str]]:
    """Each property that LINE finds fault with, and what it says of it."""
    listed = answer.fields().get("details")
    for each in listed[:10] if isinstance(listed, list) else ():
        found = as_object(each)
        yield line(found, "property", 120), line(found, "message", 120)

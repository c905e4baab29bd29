"""What LINE's servers answer when a call goes wrong: developers.line.biz/en/reference/messaging-api"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web


class Refused(Exception):
    """An answer that says what is wrong, and in which property."""

    def __init__(self, status: int, message: str, *details: tuple[str, str]) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"message": message}
        if details:
            self.body["details"] = [{"property": where, "message": why} for where, why in details]


def wrong(*details: tuple[str, str]) -> Refused:
    """The request has errors, each in a property."""
    return Refused(400, f"The request body has {len(details)} error(s)", *details)


def fail(kind: str) -> web.Response:
    """The answer of a fault: one of those below, or `"400 Failed to send messages"`."""
    if kind in _FAULTS:
        return _FAULTS[kind]()
    status, _, message = kind.partition(" ")
    return web.json_response({"message": message}, status=int(status))


def refused(error: Refused) -> web.Response:
    """As LINE writes it."""
    return web.json_response(error.body, status=error.status)


def _html(status: int) -> Callable[[], web.Response]:
    return lambda: web.Response(text="<h1>Sorry</h1>", content_type="text/html", status=status)


_FAULTS: dict[str, Callable[[], web.Response]] = {
    "500": lambda: web.json_response({"message": "Internal server error"}, status=500),
    "html 502": _html(502),
    "html 503": _html(503),
    "504": _html(504),
    "413": _html(413),
    "409 accepted": lambda: web.json_response(
        {"message": "The retry key is already accepted"},
        status=409,
        headers={"X-Line-Accepted-Request-Id": "7f3c0e5a-1d2b"},
    ),
    "html": _html(200),
    "empty": lambda: web.json_response({}),
    "list": lambda: web.json_response([1]),
    "redirect": lambda: web.Response(status=302, headers={"Location": "http://127.0.0.1:9/"}),
    "429": lambda: web.json_response(
        {"message": "The API rate limit has been exceeded. Try again later."}, status=429
    ),
    "429 pause": lambda: web.json_response(
        {"message": "Too many requests"}, status=429, headers={"Retry-After": "7"}
    ),
    "monthly": lambda: web.json_response({"message": "You have reached your monthly limit."}, status=429),
    "401": lambda: web.json_response(
        {"message": "Authentication failed. Confirm that the access token is valid."},
        status=401,
    ),
    "unavailable": lambda: web.json_response(
        {"message": "Access to this API is not available for your account"}, status=403
    ),
    "sender": lambda: refused(wrong(("messages[0].sender.name", "Invalid sender name"))),
    "quote": lambda: refused(wrong(("messages[0].quoteToken", "Invalid quote token"))),
    "to": lambda: refused(wrong(("to", "The value is invalid"))),
    "long": lambda: refused(wrong(("messages[0].text", "Length must be between 0 and 5000"))),
    "blank": lambda: refused(wrong(("messages[0].text", "May not be empty"))),
    "url": lambda: refused(wrong(("messages[0].originalContentUrl", "Must be a valid HTTPS URL"))),
}

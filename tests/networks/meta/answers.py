"""What Meta's Graph API answers when a call goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web


class Refused(Exception):
    """An answer with an `error`."""

    def __init__(self, code: int, subcode: int | None = None, status: int = 400, **more: Any) -> None:
        super().__init__(f"{code}/{subcode}")
        self.status = status
        error = {
            "message": f"(#{code}) …",
            "type": "OAuthException",
            "code": code,
            "fbtrace_id": "AbCdEfGhIjK",
        }
        self.body = {"error": error | ({"error_subcode": subcode} if subcode else {}) | more}


def fail(kind: str) -> web.Response:
    """`"10/2018278"`, `"190/463 401"`: code, subcode and status; or one of those below."""
    if kind in _FAULTS:
        return _FAULTS[kind]()
    names, _, status = kind.partition(" ")
    code, _, subcode = names.partition("/")
    return _refusal(Refused(int(code), int(subcode) if subcode else None, int(status or 400)))


def _refusal(refused: Refused) -> web.Response:
    return web.json_response(refused.body, status=refused.status)


_FAULTS: dict[str, Callable[[], web.Response]] = {
    "revoked": lambda: _refusal(Refused(190, 460, 401)),
    "transient": lambda: _refusal(Refused(999_999, None, 400, is_transient=True)),
    "500": lambda: _refusal(Refused(1, None, 500)),
    "504": lambda: web.Response(text="<h1>Late</h1>", content_type="text/html", status=504),
    "html": lambda: web.Response(text="<h1>Welcome</h1>", content_type="text/html"),
    "html 400": lambda: web.Response(text="<h1>No</h1>", content_type="text/html", status=400),
    "html 502": lambda: web.Response(text="<h1>Bad</h1>", content_type="text/html", status=502),
    "html 503": lambda: web.Response(text="<h1>Busy</h1>", content_type="text/html", status=503),
    "413": lambda: web.Response(text="<h1>Large</h1>", content_type="text/html", status=413),
    "429": lambda: web.json_response({}, status=429, headers={"Retry-After": "14"}),
    "429 short": lambda: web.json_response({}, status=429, headers={"Retry-After": "1"}),
    "no id": lambda: web.json_response({"recipient_id": "1"}),
    "empty": lambda: web.json_response({}),
    "list": lambda: web.json_response([1]),
    "redirect": lambda: web.Response(status=302, headers={"Location": "http://127.0.0.1:9/"}),
}

"""What Meta's servers answer when a call goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

_STATUS = {190: 401, 0: 401, 10: 403, 200: 403, 131005: 403, 130429: 429, 4: 400, 131000: 500, 131016: 500}


class Refused(Exception):
    """An answer with an error of the Graph API."""

    def __init__(self, code: int, details: str = "", *, subcode: int | None = None) -> None:
        super().__init__(details)
        self.status = _STATUS.get(code, 400)
        error: dict[str, Any] = {
            "message": f"(#{code}) {details or 'Something'}",
            "type": "OAuthException",
            "code": code,
            "error_data": {"messaging_product": "whatsapp", "details": details},
            "fbtrace_id": "AbCdEfGhIjK",
        }
        if subcode is not None:
            error["error_subcode"] = subcode
        self.body = {"error": error}


def fail(kind: str) -> web.Response:
    """The answer of that name; others are codes: "131047", "100/33"."""
    if kind in _FAULTS:
        return _FAULTS[kind]()
    code, _, subcode = kind.partition("/")
    refused = Refused(int(code), "Not today", subcode=int(subcode) if subcode else None)
    return web.json_response(refused.body, status=refused.status)


def _page(status: int) -> web.Response:
    return web.Response(text="<h1>Sorry</h1>", content_type="text/html", status=status)


_FAULTS: dict[str, Callable[[], web.Response]] = {
    "html": lambda: _page(200),
    "html 502": lambda: _page(502),
    "html 503": lambda: _page(503),
    "504": lambda: _page(504),
    "413": lambda: _page(413),
    "429 bare": lambda: web.Response(status=429, headers={"Retry-After": "3"}),
    "list": lambda: web.json_response([1]),
    "empty": lambda: web.json_response({"messaging_product": "whatsapp", "messages": []}),
    "no id": lambda: web.json_response({"messages": [{"message_status": "accepted"}]}),
    "redirect": lambda: web.Response(status=302, headers={"Location": "http://127.0.0.1:9/"}),
    "transient": lambda: web.json_response(
        {"error": {"message": "?", "code": 987, "is_transient": True}}, status=400
    ),
    "unknown": lambda: web.json_response({"error": {"message": "?", "code": 987}}, status=400),
}

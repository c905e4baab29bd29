"""What Telegram's server answers when a call goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web


class Refused(Exception):
    """An answer with `ok: false`."""

    def __init__(self, status: int, description: str, **parameters: object) -> None:
        super().__init__(description)
        self.status = status
        self.body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
        if parameters:
            self.body["parameters"] = parameters


def fail(kind: str) -> web.Response:
    found = _FAULTS.get(kind)
    if found is not None:
        return found()
    status, _, description = kind.partition(" ")
    return _refusal(int(status), description)


def _refusal(status: int, description: str, **parameters: object) -> web.Response:
    return web.json_response(Refused(status, description, **parameters).body, status=status)


_FAULTS: dict[str, Callable[[], web.Response]] = {
    "500": lambda: _refusal(500, "Internal Server Error"),
    "502": lambda: _refusal(502, "Bad Gateway"),
    "html": lambda: web.Response(text="<h1>Welcome</h1>", content_type="text/html"),
    "html 502": lambda: web.Response(text="<h1>Bad</h1>", content_type="text/html", status=502),
    "html 503": lambda: web.Response(text="<h1>Busy</h1>", content_type="text/html", status=503),
    "504": lambda: web.Response(text="<h1>Late</h1>", content_type="text/html", status=504),
    "413": lambda: web.Response(text="<h1>Large</h1>", content_type="text/html", status=413),
    "empty": lambda: web.json_response({"ok": True}),
    "no message": lambda: web.json_response({"ok": True, "result": {"date": 1}}),
    "not ok": lambda: web.json_response({"ok": False}),
    "list": lambda: web.json_response([1]),
    "redirect": lambda: web.Response(status=302, headers={"Location": "http://127.0.0.1:9/"}),
    "429": lambda: _refusal(429, "Too Many Requests: retry after 14", retry_after=14),
    "429 short": lambda: _refusal(429, "Too Many Requests: retry after 1", retry_after=1),
    "429 bare": lambda: web.Response(status=429, headers={"Retry-After": "3"}),
    "429 silent": lambda: web.Response(status=429),
    "blocked": lambda: _refusal(403, "Forbidden: bot was blocked by the user"),
    "migrated": lambda: _refusal(
        400,
        "Bad Request: group chat was upgraded to a supergroup chat",
        migrate_to_chat_id=-1_009_988_776_655,
    ),
}

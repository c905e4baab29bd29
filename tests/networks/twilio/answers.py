"""What Twilio's API answers when a call goes wrong."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web


class Refused(Exception):
    """An answer with one of Twilio's codes."""

    def __init__(self, status: int, code: int, message: str = "Refused") -> None:
        super().__init__(message)
        self.status = status
        self.body = {
            "code": code,
            "message": message,
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        }


def fail(kind: str) -> web.Response:
    """A named fault, or "400 21610": a status and a code."""
    if found := _FAULTS.get(kind):
        return found()
    status, _, code = kind.partition(" ")
    refused = Refused(int(status), int(code))
    return web.json_response(refused.body, status=refused.status)


def _page(status: int, **headers: str) -> web.Response:
    return web.Response(text="<h1>Oops</h1>", content_type="text/html", status=status, headers=headers)


_FAULTS: dict[str, Callable[[], web.Response]] = {
    "html": lambda: _page(200),
    "html 400": lambda: _page(400),
    "html 401": lambda: _page(401),
    "html 404": lambda: _page(404),
    "html 413": lambda: _page(413),
    "html 502": lambda: _page(502),
    "html 503": lambda: _page(503),
    "504": lambda: _page(504),
    "429 bare": lambda: _page(429),
    "429 asks": lambda: web.json_response(Refused(429, 20429).body, status=429, headers={"Retry-After": "7"}),
    "empty": lambda: web.json_response({}, status=201),
    "no sid": lambda: web.json_response({"status": "queued"}, status=201),
    "odd sid": lambda: web.json_response({"sid": "../x"}, status=201),
    "list": lambda: web.json_response([1], status=201),
    "redirect": lambda: web.Response(status=302, headers={"Location": "http://127.0.0.1:9/"}),
    "code as text": lambda: web.json_response({"code": "21610"}, status=400),
}

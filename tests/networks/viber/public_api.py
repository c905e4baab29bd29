"""Viber's Bot API on this machine: a real server, as strict as Viber's documents say it is.

What it is sent must also be a message to the maker's own package.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import aiohttp
from aiohttp import web
from viberbot.api.messages import get_message

from tests.networks.standin import LATER, StandIn

TOKEN = "445da6az1s345z78-dazcczb2542zv51a-e0vc5fva17480im9"
CUSTOMER = "mXp3k0u1Qd2rYc9aBfTn5w=="
STRANGER = "bGxhY2tob2xlIG9mIG1lbg=="
FORBIDDEN = (".exe", ".bat", ".apk", ".bin", ".msi", ".vbs", ".ipa")
_OPTIONAL = {"delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started"}
_NAMES = {
    1: "invalidUrl",
    2: "invalidAuthToken",
    3: "badData",
    4: "missingData",
    6: "receiverNotSubscribed",
    10: "webhookNotSet",
    12: "Too many requests",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A call as it came."""

    method: str
    headers: Mapping[str, str]
    raw: bytes
    body: Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class Shown:
    """What a customer sees of one message of the bot's."""

    id: int
    to: str
    kind: str
    text: str = ""
    media: str = ""
    size: int = 0
    name: str = ""
    duration: int | None = None
    thumbnail: str = ""
    sender: Mapping[str, str]


class Refused(Exception):
    """An answer with a status that is not 0."""

    def __init__(self, status: int, message: str = "") -> None:
        super().__init__(message)
        self.body = {
            "status": status,
            "status_message": message or _NAMES.get(status, "failure"),
            "chat_hostname": "SN-CHAT-05_",
        }


class PublicApi(StandIn):
    """`async with PublicApi() as api:` serves until the end of the block.

    Faults beside those of every stand-in: `"status 12"`, and what `_FAULTS` names.
    """

    def __init__(self, token: str = TOKEN) -> None:
        super().__init__()
        self.token = token
        self.calls: list[Asked] = []
        self.shown: list[Shown] = []
        self.subscribers = {CUSTOMER}
        self.details: dict[str, dict[str, Any]] = {}
        """What is known of people beside their name."""
        self.webhook: dict[str, Any] = {}
        self.calls_to = ""
        """Where the address of the webhook really is on this machine; empty: nowhere."""
        self.calls_back = False
        """Whether `set_webhook` waits until there is an address to try, as `lies_at` says."""
        self.answers: list[tuple[str, int, bytes]] = []
        """What our callbacks were answered: event, status, body."""
        self._unanswered: Counter[str] = Counter()
        self._looked_up: Counter[str] = Counter()
        self._tokens = 6_012_345_678_901_234_600

    def routes(self) -> list[web.RouteDef]:
        """The API's methods, and files."""
        return [web.route("*", "/pa/{method}", self._serve), web.get("/media/{path:.*}", self._file)]

    def options(self, **more: object) -> dict[str, object]:
        """The options of an account whose bot this is."""
        return {"token": self.token, "api_url": f"{self.url}/pa", **more}

    def asked(self, method: str) -> list[Asked]:
        """The calls of one method."""
        return [call for call in self.calls if call.method == method]

    def lies_at(self, url: str) -> None:
        """The webhook's address is here, really."""
        self.calls_to = url
        self._changed.set()

    # What customers do

    async def writes(self, text: str | None = None, *, who: str = CUSTOMER, **message: Any) -> int:
        """A customer sends something, until it is taken; returns its token."""
        self.subscribers.add(who)
        self._unanswered[who] = 0
        content = {"type": "text", "text": text, **message} if text is not None else message
        return await self.happens("message", sender=person(who), message=content, silent=False)

    async def leaves(self, who: str = CUSTOMER) -> None:
        """A customer unsubscribes."""
        self.subscribers.discard(who)
        await self.happens("unsubscribed", user_id=who)

    async def comes_back(self, who: str = CUSTOMER) -> None:
        """A customer chooses to get messages again."""
        self.subscribers.add(who)
        await self.happens("subscribed", user=person(who))

    async def reports(self, kind: str, shown: Shown, **more: Any) -> None:
        """What became of a message of the bot's."""
        await self.happens(kind, message_token=shown.id, user_id=shown.to, **more)

    async def happens(self, event: str, **content: Any) -> int:
        """A callback, repeated until it is answered with 200."""
        callback = {"event": event, "timestamp": _now(), "message_token": self._token(), **content}
        for _ in range(100):
            if await self._call_back(callback) == 200:
                return int(callback["message_token"])
            await asyncio.sleep(0.05)  # as Viber does: again after a while
        raise TimeoutError(f"{event} was never taken")

    async def _call_back(self, callback: Mapping[str, Any]) -> int:
        raw = json.dumps(callback, ensure_ascii=False).encode()
        headers = {"X-Viber-Content-Signature": sign(self.token, raw), "Content-Type": "application/json"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.calls_to, data=raw, headers=headers) as answer,
        ):
            self.answers.append((callback["event"], answer.status, await answer.read()))
        self._changed.set()
        return answer.status

    def _token(self) -> int:
        self._tokens += 1
        return self._tokens

    # The API

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method, raw = request.match_info["method"], await request.read()
        self.calls.append(Asked(method=method, headers=dict(request.headers), raw=raw, body=_object(raw)))
        fault = self.strike(method)
        try:
            if fault and fault not in LATER:
                return _fail(fault)
            result = await self._carry_out(self.calls[-1], fault)
        except Refused as refused:
            return web.json_response(refused.body)
        finally:
            self._changed.set()
        await self.keep_back(request, fault)
        return web.json_response({"status": 0, "status_message": "ok", **result})

    async def _carry_out(self, asked: Asked, fault: str) -> Mapping[str, Any]:
        if asked.headers.get("X-Viber-Auth-Token") != self.token:
            raise Refused(2)
        if fault in ("no_answer", "held"):
            return {}
        methods = {
            "send_message": self._send_message,
            "get_account_info": self._get_account_info,
            "get_user_details": self._get_user_details,
        }
        if asked.method == "set_webhook":
            return await self._set_webhook(asked.body)
        return methods[asked.method](asked)

    async def _set_webhook(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        url, kinds = body["url"], list(body["event_types"])
        if not url.startswith("https://") or set(kinds) - _OPTIONAL:
            raise Refused(1)
        if self.calls_back:
            await self.until(lambda: bool(self.calls_to))
        if self.calls_to:
            check = {"event": "webhook", "timestamp": _now(), "message_token": self._token()}
            if (status := await self._call_back(check)) != 200:
                raise Refused(1, _not_answered(url, f"HTTP/1.1 {status} unknown"))
        self.webhook = dict(body)
        return {"event_types": kinds}

    def _get_account_info(self, asked: Asked) -> Mapping[str, Any]:
        known = {"url": "webhook", "event_types": "event_types"}
        told = {known[key]: value for key, value in self.webhook.items() if key in known}
        return {"id": "pa:75346594275468546724", "name": "Acme Help", "uri": "acmehelp", **told}

    def _get_user_details(self, asked: Asked) -> Mapping[str, Any]:
        who = str(asked.body["id"])
        self._looked_up[who] += 1
        if self._looked_up[who] > 2:
            raise Refused(12)
        if who not in self.subscribers:
            raise Refused(6)
        return {"message_token": self._token(), "user": {**person(who), **self.details.get(who, {})}}

    def _send_message(self, asked: Asked) -> Mapping[str, Any]:
        body = asked.body
        if len(asked.raw) > 30_000:
            raise Refused(3, "message is too large")
        if not all(body.get(key) for key in ("receiver", "type", "sender")):
            raise Refused(4)
        if not 0 < len(body["sender"].get("name", "")) <= 28:
            raise Refused(3, "sender name")
        if not get_message(body).validate():
            raise Refused(4)
        shown = Shown(id=0, to=body["receiver"], kind=body["type"], sender=body["sender"])
        _KINDS[body["type"]](body, shown)
        if shown.to not in self.subscribers:
            raise Refused(6)
        if self._unanswered[shown.to] >= 100:
            raise Refused(12)
        self._unanswered[shown.to] += 1
        shown.id = self._token()
        self.shown.append(shown)
        return {"message_token": shown.id, "chat_hostname": "SN-CHAT-05_", "billing_status": 1}

    async def _file(self, request: web.Request) -> web.StreamResponse:
        fault, path = self.strike("file"), request.match_info["path"]
        if fault:
            return _fail(fault)
        return await self.hand_out(request, path) if path in self.files else web.Response(status=404)


# What a message must be


def _text(body: Mapping[str, Any], shown: Shown) -> None:
    shown.text = body["text"]
    if not 0 < len(shown.text) <= 7_000:
        raise Refused(3, "text")


def _url(body: Mapping[str, Any], shown: Shown) -> None:
    shown.text = body["media"]
    if len(shown.text) > 2_000:
        raise Refused(3, "media")


def _picture(body: Mapping[str, Any], shown: Shown) -> None:
    shown.text, shown.media = body["text"], _media(body, ".jpg", ".jpeg", ".png", ".gif")
    shown.name = _last(shown.media)
    if len(shown.text) > 768:
        raise Refused(3, "text")


def _video(body: Mapping[str, Any], shown: Shown) -> None:
    shown.media, shown.size, shown.duration = _media(body, ".mp4"), body["size"], body.get("duration")
    shown.name = _last(shown.media)
    if "thumbnail" in body:
        shown.thumbnail = _ending(body["thumbnail"], ".jpg", ".jpeg")
    if shown.size > 27_262_976 or not 0 < (shown.duration or 1) <= 180:
        raise Refused(3, "video")


def _document(body: Mapping[str, Any], shown: Shown) -> None:
    shown.media, shown.size, shown.name = _media(body), body["size"], body["file_name"]
    if shown.size > 52_428_800 or len(shown.name) > 256 or shown.name.lower().endswith(FORBIDDEN):
        raise Refused(3, "file")


_KINDS: Mapping[str, Callable[[Mapping[str, Any], Shown], None]] = {
    "text": _text,
    "url": _url,
    "picture": _picture,
    "video": _video,
    "file": _document,
}


def _media(body: Mapping[str, Any], *endings: str) -> str:
    return _ending(str(body["media"]), *endings)


def _ending(url: str, *endings: str) -> str:
    """An address whose last part ends in an extension, of these where some are named."""
    name = _last(url).lower()
    if not url.startswith("https://") or "." not in name or not name.endswith(endings or name):
        raise Refused(3, "media")
    return url


def _last(url: str) -> str:
    return unquote(urlsplit(url).path.rpartition("/")[2])


# The pieces


def sign(token: str, raw: bytes) -> str:
    """What stands in `X-Viber-Content-Signature`."""
    return hmac.new(token.encode(), raw, "sha256").hexdigest()


def person(who: str) -> dict[str, Any]:
    """Somebody as each callback describes them."""
    name = "Ivana Petrović" if who == CUSTOMER else f"Customer {who[:4]}"
    avatar = f"https://media-direct.cdn.viber.com/download_photo?dlid={who[:6]}"
    known = {"avatar": avatar, "country": "RS", "language": "sr", "api_version": 10}
    return {"id": who, "name": name, **known}


def _object(raw: bytes) -> Mapping[str, Any]:
    found = json.loads(raw or b"{}")
    return found if isinstance(found, dict) else {}


def _now() -> int:
    return int(datetime.now(UTC).timestamp() * 1_000)


def _not_answered(url: str, with_what: str) -> str:
    """As Viber's own library writes it."""
    return (
        f"Result[HttpRequest[POST {urlsplit(url).path} HTTP/1.1]@2a3c > HttpResponse[{with_what}]@79fc] null"
    )


def _fail(kind: str) -> web.Response:
    found = _FAULTS.get(kind)
    if found is not None:
        return found()
    return web.json_response(Refused(int(kind.removeprefix("status "))).body)


def _html(status: int) -> web.Response:
    return web.Response(text="<h1>Busy</h1>", content_type="text/html", status=status)


_FAULTS: Mapping[str, Callable[[], web.Response]] = {
    "500": lambda: web.json_response({"status": 500, "error": "Internal Server Error"}, status=500),
    "504 json": lambda: web.json_response({"status": 504, "error": "Gateway Timeout"}, status=504),
    "403": lambda: web.json_response({"status": 403, "error": "Forbidden"}, status=403),
    "502": lambda: web.json_response({"error": "boom"}, status=502),
    "html": lambda: _html(200),
    "html 502": lambda: _html(502),
    "html 503": lambda: _html(503),
    "504": lambda: _html(504),
    "413": lambda: _html(413),
    "404": lambda: _html(404),
    "429": lambda: web.Response(status=429, headers={"Retry-After": "14"}),
    "429 silent": lambda: web.Response(status=429),
    "empty": lambda: web.json_response({}),
    "list": lambda: web.json_response([1]),
    "no status": lambda: web.json_response({"status": "ok", "message_token": 1}),
    "no token": lambda: web.json_response({"status": 0, "status_message": "ok"}),
    "redirect": lambda: web.Response(status=302, headers={"Location": "http://127.0.0.1:9/"}),
}

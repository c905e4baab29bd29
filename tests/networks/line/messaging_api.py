"""LINE's Messaging API on this machine: a real server, as strict as LINE's reference says it is."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web

from tests.networks.line.answers import Refused, fail, refused, wrong
from tests.networks.line.checks import check_messages
from tests.networks.standin import LATER, StandIn

TOKEN = "L1n3-fake-channel-access-token-0000000000/+="
SECRET = "line-channel-secret-000"
BOT = "U00112233445566778899aabbccddeeff"
CUSTOMER = "U8f0a1b2c3d4e5f60718293a4b5c6d7e8"
GROUP = "C0123456789abcdef0123456789abcdef"

Handler = Callable[[web.Request, Mapping[str, Any]], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A call as it came."""

    verb: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a customer sees of one call: its messages, with the id of each."""

    to: str
    by: str
    ids: tuple[str, ...]
    messages: tuple[Mapping[str, Any], ...]

    @property
    def texts(self) -> list[str]:
        """The words."""
        return [str(m["text"]) for m in self.messages if m["type"] == "text"]


class MessagingApi(StandIn):
    """`async with MessagingApi() as api:` serves until the end of the block.

    Faults beside those of every stand-in: what `answers.py` names, by verb (`push`, `reply`, `profile` …).
    """

    def __init__(self, token: str = TOKEN) -> None:
        super().__init__()
        self.token = token
        self.calls: list[Asked] = []
        self.shown: list[Shown] = []
        self.done: list[tuple[str, str, str]] = []
        """Verb, contact and what it was about, of what was carried out."""
        self.profiles: dict[str, dict[str, Any]] = {}
        """What LINE knows of people and groups."""
        self.bot: dict[str, Any] = {"displayName": "Acme Help", "basicId": "@216acme", "chatMode": "chat"}
        self.webhook: dict[str, Any] = {"endpoint": "", "active": True}
        self.calls_to = ""
        """Where the address of the webhook really is on this machine; empty: nowhere."""
        self.placed: asyncio.Event | None = None
        """Where there is one, LINE tries the address when it is set."""
        self.quota: dict[str, Any] = {"type": "limited", "value": 500}
        self.used = 12
        self.transcoding: dict[str, str] = {}
        """How far LINE is with films and recordings; ready where nothing is said."""
        self.reply_tokens: dict[str, str] = {}
        """Tokens that live, and whom each answers."""
        self.quotable: set[str] = set()
        self.readable: dict[str, str] = {}
        """Tokens that mark as read, and whose message each marks."""
        self._accepted: dict[str, tuple[str, Shown]] = {}
        self._number = 560_011_223_344_600_000

    def routes(self) -> list[web.RouteDef]:
        """The calls we make, by the verbs their faults are named by."""
        bot = "/v2/bot"
        return [
            web.post(f"{bot}/message/push", self._does("push", self._push)),
            web.post(f"{bot}/message/reply", self._does("reply", self._reply)),
            web.post(f"{bot}/chat/loading/start", self._does("typing", self._loading)),
            web.post(f"{bot}/chat/markAsRead", self._does("read", self._mark)),
            web.get(f"{bot}/profile/{{who}}", self._does("profile", self._profile)),
            web.get(f"{bot}/group/{{who}}/summary", self._does("profile", self._profile)),
            web.get(f"{bot}/message/quota", self._does("check", self._quota)),
            web.get(f"{bot}/message/quota/consumption", self._does("check", self._consumption)),
            web.get(f"{bot}/message/{{ref}}/content", self._does("file", self._content)),
            web.get(f"{bot}/message/{{ref}}/content/transcoding", self._does("prepare", self._prepared)),
            web.get(f"{bot}/info", self._does("check", self._info)),
            web.get(f"{bot}/channel/webhook/endpoint", self._does("endpoint", self._endpoint)),
            web.put(f"{bot}/channel/webhook/endpoint", self._does("connect", self._set_endpoint)),
            web.post(f"{bot}/channel/webhook/test", self._does("test", self._test)),
        ]

    def options(self, **more: object) -> dict[str, object]:
        """The options of an account whose channel this is."""
        own = {"channel_token": self.token, "channel_secret": SECRET, "agent_names": True}
        return {**own, "api_url": self.url, "data_url": self.url, **more}

    def asked(self, verb: str) -> list[Asked]:
        """The calls of one kind."""
        return [call for call in self.calls if call.verb == verb]

    def lies_at(self, url: str) -> None:
        """The webhook's address is here, really."""
        self.calls_to = url
        if self.placed is not None:
            self.placed.set()

    # What customers do

    async def writes(
        self, text: str = "", *, who: str = CUSTOMER, content: bytes | None = None, **message: Any
    ) -> str:
        """A customer sends something, maybe a file with this content; returns the message's id."""
        number = self._next()
        if content is not None:
            self.files[number] = content
        tokens = {"quoteToken": f"q-{number}", "markAsReadToken": f"mr-{number}"}
        self.quotable.add(tokens["quoteToken"])
        self.readable[tokens["markAsReadToken"]] = who
        said = {"type": "text", "text": text, **message} if text else message
        await self.happens("message", who=who, message={"id": number, **tokens, **said})
        return number

    async def unsends(self, number: str, who: str = CUSTOMER) -> None:
        """A customer takes a message back."""
        await self.happens("unsend", who=who, unsend={"messageId": number})

    async def happens(self, kind: str, *, who: str = CUSTOMER, **body: Any) -> None:
        """An event is brought to the webhook, and again until that takes it."""
        number, token = self._next(), uuid.uuid4().hex
        self.reply_tokens[token] = who
        event = {
            "type": kind,
            "timestamp": int(datetime.now(UTC).timestamp() * 1000),
            "source": {"type": "user", "userId": who},
            "webhookEventId": f"01K{number}",
            "deliveryContext": {"isRedelivery": False},
            "mode": "active",
            "replyToken": token,
            **body,
        }
        while await self.delivers(event) != 200:
            event["deliveryContext"] = {"isRedelivery": True}
            await asyncio.sleep(0.05)  # as LINE does: again after a while

    async def delivers(self, *events: Mapping[str, Any], secret: str = SECRET) -> int:
        """One call of the webhook, signed; the status it answers."""
        body = json.dumps({"destination": BOT, "events": list(events)}, ensure_ascii=False).encode()
        headers = {"X-Line-Signature": signature(body, secret), "Content-Type": "application/json"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.calls_to, data=body, headers=headers) as answer,
        ):
            return answer.status

    def _next(self) -> str:
        self._number += 1
        return str(self._number)

    # The API

    def _does(self, verb: str, work: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            raw = await request.read()
            body = json.loads(raw) if raw else {}
            self.calls.append(Asked(verb=verb, headers=request.headers, body=body))
            if request.headers.get("Authorization") != f"Bearer {self.token}":
                self._changed.set()
                return fail("401")
            fault = self.strike(verb)
            if fault and fault not in LATER:
                self._changed.set()
                return fail(fault)
            answer: web.StreamResponse = web.Response()
            if fault not in ("no_answer", "held"):
                try:
                    answer = await work(request, body)
                except Refused as error:
                    answer = refused(error)
            self._changed.set()
            await self.keep_back(request, fault)
            return answer

        return serve

    async def _push(self, request: web.Request, body: Mapping[str, Any]) -> web.StreamResponse:
        key = request.headers.get("X-Line-Retry-Key")
        if key is not None and str(uuid.UUID(key)) != key:
            raise Refused(400, "Invalid retry key")
        if key in self._accepted:
            call, before = self._accepted[key]
            headers = {"X-Line-Accepted-Request-Id": call}
            told = {"message": "The retry key is already accepted", **_sent(before)}
            return web.json_response(told, status=409, headers=headers)
        to = body.get("to")
        if not isinstance(to, str) or len(to) != 33 or to[0] not in "UCR":
            raise wrong(("to", "The value is invalid"))
        shown = self._show(to, "push", body)
        if key is not None:
            self._accepted[key] = (uuid.uuid4().hex, shown)
        return web.json_response(_sent(shown))

    async def _reply(self, request: web.Request, body: Mapping[str, Any]) -> web.StreamResponse:
        if "X-Line-Retry-Key" in request.headers:
            raise Refused(400, "Retry key is not supported")
        check_messages(body.get("messages"), self.quotable)
        to = self.reply_tokens.pop(str(body.get("replyToken")), None)
        if to is None:
            raise Refused(400, "Invalid reply token")
        return web.json_response(_sent(self._show(to, "reply", body)))

    def _show(self, to: str, by: str, body: Mapping[str, Any]) -> Shown:
        messages = check_messages(body.get("messages"), self.quotable)
        ids = tuple(self._next() for _ in messages)
        shown = Shown(to=to, by=by, ids=ids, messages=tuple(messages))
        self.quotable |= {f"q-{number}" for number in ids}
        self.shown.append(shown)
        self.done.append(("send", to, ids[0]))
        return shown

    async def _loading(self, request: web.Request, body: Mapping[str, Any]) -> web.StreamResponse:
        seconds, who = body.get("loadingSeconds"), str(body.get("chatId"))
        if type(seconds) is not int or not 5 <= seconds <= 60 or seconds % 5:
            raise wrong(("loadingSeconds", "Must be a multiple of 5"))
        if not who.startswith("U"):
            raise wrong(("chatId", "The value is invalid"))
        self.done.append(("typing", who, "True"))
        return web.json_response({}, status=202)

    async def _mark(self, request: web.Request, body: Mapping[str, Any]) -> web.StreamResponse:
        token = str(body.get("markAsReadToken"))
        if token not in self.readable:
            raise wrong(("markAsReadToken", "Invalid token"))
        self.done.append(("read", self.readable[token], token))
        return web.json_response({})

    async def _profile(self, request: web.Request, body: Mapping[str, Any]) -> web.StreamResponse:
        known = self.profiles.get(request.match_info["who"])
        return web.json_response(known) if known is not None else fail("404 Not found")

    async def _content(self, request: web.Request, body: Mapping[str, Any]) -> web.StreamResponse:
        ref = request.match_info["ref"]
        if self.transcoding.get(ref) == "processing":
            return web.json_response({}, status=202)
        return await self.hand_out(request, ref) if ref in self.files else fail("404 Not found")

    async def _prepared(self, request: web.Request, body: Mapping[str, Any]) -> web.StreamResponse:
        ref = request.match_info["ref"]
        return web.json_response({"status": self.transcoding.get(ref, "succeeded")})

    async def _info(self, request: web.Request, body: Mapping[str, Any]) -> web.StreamResponse:
        mode = "manual" if self.bot.get("chatMode") == "chat" else "auto"
        return web.json_response({"userId": BOT, "markAsReadMode": mode, **self.bot})

    async def _quota(self, request: web.Request, body: Mapping[str, Any]) -> web.StreamResponse:
        return web.json_response(self.quota)

    async def _consumption(self, request: web.Request, body: Mapping[str, Any]) -> web.StreamResponse:
        return web.json_response({"totalUsage": self.used})

    async def _endpoint(self, request: web.Request, body: Mapping[str, Any]) -> web.StreamResponse:
        return web.json_response(self.webhook) if self.webhook["endpoint"] else fail("404 Not found")

    async def _set_endpoint(self, request: web.Request, body: Mapping[str, Any]) -> web.StreamResponse:
        endpoint = str(body.get("endpoint"))
        if not endpoint.startswith("https://") or len(endpoint) > 500:
            raise wrong(("endpoint", "Must be a valid HTTPS URL"))
        self.webhook["endpoint"] = endpoint
        return web.json_response({})

    async def _test(self, request: web.Request, body: Mapping[str, Any]) -> web.StreamResponse:
        if self.placed is not None:
            await self.placed.wait()
        status = await self.delivers() if self.calls_to else 0
        told = {"success": status == 200, "timestamp": "2026-11-02T07:00:00Z", "statusCode": status}
        reason = ("OK", "200") if status == 200 else ("COULD_NOT_CONNECT", "Connection refused")
        return web.json_response({**told, "reason": reason[0], "detail": reason[1]})


def signature(body: bytes, secret: str = SECRET) -> str:
    """As LINE signs."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def _sent(shown: Shown) -> dict[str, Any]:
    return {"sentMessages": [{"id": number, "quoteToken": f"q-{number}"} for number in shown.ids]}

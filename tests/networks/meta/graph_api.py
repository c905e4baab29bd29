"""Meta's Graph API for Messenger and Instagram on this machine: a real server that is as strict as Meta's.

It calls our webhook as Meta does: signed, and again until it is taken.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import aiohttp
from aiohttp import web

from tests.networks.meta.answers import Refused, fail
from tests.networks.standin import LATER, StandIn

TOKEN = "EAAGfakePageTokenOfTheTests000000"
APP_ID, APP_SECRET = "1517776481860111", "0123456789abcdef0123456789abcdef"
PAGE = "104055512345678"
INSTAGRAM = "17841400555123456"
INBOX = 26_390_203_743_090
"""The app that is Meta's own inbox of a Page."""
VERSION = "v25.0"
_NAMES = {"image": "image/", "video": "video/", "audio": "audio/", "file": ""}
_PICTURES = {"jpg", "jpeg", "png"}


@dataclass(slots=True)
class Asked:
    """A call as it came."""

    method: str
    path: str
    query: dict[str, str]
    body: dict[str, Any]
    headers: Mapping[str, str]
    file: tuple[str, str, int] | None = None
    """Name, MIME type and size."""


@dataclass(slots=True, kw_only=True)
class Shown:
    """What a customer sees of one message of ours."""

    id: str
    to: str
    text: str = ""
    kind: str = "text"
    file: tuple[str, int] | None = None
    mime: str = ""
    tag: str = ""
    reply_to: str | None = None
    reaction: str = ""


@dataclass(slots=True, kw_only=True)
class Platform:
    """In what the two networks differ."""

    object: str
    account: str
    customer: str
    window: tuple[int, int]
    """Code and subcode of a message that comes too late."""
    by_url: bool
    mid: str


MESSENGER = Platform(
    object="page",
    account=PAGE,
    customer="6817263540918273",
    window=(10, 2_018_278),
    by_url=False,
    mid="m_9aul-CXfQ2SUYaw9MUXHwA7KOQRYlmbPb76L4{}",
)
INSTA = Platform(
    object="instagram",
    account=INSTAGRAM,
    customer="9087123456781234",
    window=(10, 2_534_022),
    by_url=True,
    mid="aWdfZAG1faXRlbToxOklHTWVzc2FnZAIpk69wPtS0ncnWT4BAUuTRtR9Xr5vcS3he5ibx{}",
)


class GraphApi(StandIn):
    """`async with GraphApi(MESSENGER) as api:` serves until the end of the block.

    `answers.py` names the faults there are beside those of every stand-in.
    """

    def __init__(self, platform: Platform, *, page: str = "") -> None:
        super().__init__()
        self.platform = platform
        self.token = TOKEN
        self.given = ""
        """Another token that comes when this one is prolonged."""
        self.nodes = {page or platform.account}
        """Whose `messages` are sent to."""
        self.calls: list[Asked] = []
        self.shown: list[Shown] = []
        self.done: list[tuple[str, str, str, str]] = []
        """Verb, contact, message and words of what was carried out."""
        self.theirs: dict[str, str] = {}
        """Customers' messages, and our reaction to each."""
        self.people: dict[str, dict[str, Any]] = {}
        self.about: dict[str, dict[str, Any]] = {}
        """What nodes that are no people answer."""
        self.ago = timedelta()
        """How long ago the customers wrote."""
        self.approved = True
        """Whether the app has Human Agent."""
        self.documents = {"pdf"}
        """The extensions of other files that are taken by their address."""
        self.fetches = False
        """Whether files are really fetched from their addresses."""
        self.passed: list[str] = []
        self.hooks: dict[str, dict[str, Any]] = {}
        """The app's subscriptions by object."""
        self.odd: Any = None
        """What stands in place of every list that is asked for."""
        self.calls_to = ""
        """Where our address really is on this machine; empty: nowhere."""
        self.echoes = False
        self.newest = ""
        """The newest message of all: who marks a chat as seen has seen up to that."""
        self._count = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def routes(self) -> list[web.RouteDef]:
        """Every call of one version, and files."""
        return [
            web.get("/cdn/{ref}", self._file),
            web.route("*", "/" + VERSION + "/{path:.*}", self._serve),
            web.get("/{path:refresh_access_token}", self._serve),
        ]

    async def __aexit__(self, *_: object) -> None:
        self.release()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await super().__aexit__()

    def sends(self) -> list[Asked]:
        """The calls that were to show a message."""
        return [call for call in self.calls if "message" in call.body]

    # What customers and colleagues do

    def writes(self, text: str | None = None, *files: tuple[str, str], who: str = "", **more: Any) -> str:
        """A customer sends something (files as kind and ref); returns its id."""
        mid = self._mid()
        self.theirs[mid] = ""
        listed = [{"type": kind, "payload": {"url": f"{self.url}/cdn/{ref}"}} for kind, ref in files]
        message = {
            "mid": mid,
            **({"text": text} if text else {}),
            **({"attachments": listed} if listed else {}),
        }
        self.happens({"message": message | more}, who=who)
        return mid

    def echo(self, message: Mapping[str, Any], *, who: str = "") -> None:
        """Something was sent in the account's name."""
        self.happens({"message": {**message, "is_echo": True}}, who=who, own=True)

    def answers_in_the_inbox(self, text: str, *, who: str = "") -> str:
        """A colleague answers in the network's own app; returns the message's id."""
        mid = self._mid()
        named = {"app_id": INBOX} if self.platform.object == "page" else {}
        self.echo({"mid": mid, "text": text, **named}, who=who)
        return mid

    def happens(self, content: Mapping[str, Any], *, who: str = "", own: bool = False, at: str = "") -> None:
        """An event (`at` another account of the app's): it is brought to the webhook until that takes it."""
        there = at or self.platform.account
        person, account = {"id": who or self.platform.customer}, {"id": there}
        sender, recipient = (account, person) if own else (person, account)
        event = {"sender": sender, "recipient": recipient, "timestamp": _now(), **content}
        entry = {"id": there, "time": _now(), "messaging": [event]}
        self.bring({"object": self.platform.object, "entry": [entry]})

    def event(self, text: str) -> dict[str, Any]:
        """A text of the customer's, as it stands in a call."""
        between = {"sender": {"id": self.platform.customer}, "recipient": {"id": self.platform.account}}
        return {**between, "timestamp": _now(), "message": {"mid": self._mid(), "text": text}}

    def bring(self, payload: Mapping[str, Any]) -> None:
        """Call the webhook with this, until it is taken."""
        self._start(self._bring(payload))

    async def _bring(self, payload: Mapping[str, Any]) -> None:
        body = json.dumps(payload).encode()  # non-ASCII as \uXXXX, like Meta
        headers = {"X-Hub-Signature-256": signed(body), "Content-Type": "application/json"}
        async with aiohttp.ClientSession() as session:
            while self.calls_to:
                async with session.post(self.calls_to, data=body, headers=headers) as answer:
                    if answer.status == 200:
                        return
                await asyncio.sleep(0.05)  # as Meta does: again after a while

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _mid(self) -> str:
        self._count += 1
        self.newest = self.platform.mid.format(f"{self._count:06}")
        return self.newest

    # The API

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        asked = await _read(request)
        self.calls.append(asked)
        fault = self.strike(self._verb(asked))
        try:
            self._admit(asked)
            if fault and fault not in LATER:
                return fail(fault)
            result = None if fault in ("no_answer", "held") else await self._carry_out(asked)
        except Refused as refused:
            return web.json_response(refused.body, status=refused.status)
        finally:
            self._changed.set()
        await self.keep_back(request, fault)
        return web.json_response(result)

    def _verb(self, asked: Asked) -> str:
        if asked.path.endswith("/messages"):
            return str(asked.body.get("sender_action") or "send")
        return asked.path.rpartition("/")[2]

    def _admit(self, asked: Asked) -> None:
        """Tokens in headers alone: in an address they would be logged."""
        if "access_token" in asked.query or "access_token" in asked.body:
            raise Refused(190, None, 400)
        wanted = self.token
        if asked.path.endswith("/subscriptions"):
            wanted = f"{APP_ID}|{APP_SECRET}"
        if asked.headers.get("Authorization") != f"Bearer {wanted}":
            raise Refused(190, 460, 401)

    async def _carry_out(self, asked: Asked) -> Any:
        node, _, edge = asked.path.partition("/")
        if self.odd is not None and asked.method == "GET" and edge:
            return {"data": self.odd}
        match asked.method, edge:
            case "POST", "messages" if node in self.nodes:
                return await self._messages(asked)
            case "GET", "subscribed_apps" if node in self.nodes:
                return {"data": [{"id": APP_ID, "subscribed_fields": self.passed}] if self.passed else []}
            case "POST", "subscribed_apps" if node in self.nodes:
                self.passed = asked.body["subscribed_fields"].split(",")
                return {"success": True}
            case "GET", "subscriptions" if node == APP_ID:
                return {"data": list(self.hooks.values())}
            case "POST", "subscriptions" if node == APP_ID:
                return await self._subscribe(asked.body)
            case "GET", "" if node == "refresh_access_token":
                return self._prolonged(asked.query)
            case "GET", "":
                return self._known(node)
        raise Refused(100, 33)

    def _prolonged(self, query: Mapping[str, str]) -> dict[str, Any]:
        """developers.facebook.com/docs/instagram-platform/reference/refresh_access_token"""
        if not self.platform.by_url or query != {"grant_type": "ig_refresh_token"}:
            raise Refused(100)
        return {"access_token": self.given or self.token, "token_type": "bearer", "expires_in": 5_183_944}

    def _known(self, node: str) -> dict[str, Any]:
        if node in self.about:
            return self.about[node]
        if node not in self.people:
            raise Refused(100, 2_018_218)
        return {"id": node, **self.people[node]}

    async def _subscribe(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Meta asks the address first."""
        asked = {"mode": "subscribe", "challenge": "1158201444", "verify_token": body["verify_token"]}
        query = {f"hub.{name}": value for name, value in asked.items()}
        async with aiohttp.ClientSession() as session, session.get(self.calls_to, params=query) as answer:
            if (answer.status, await answer.text()) != (200, "1158201444"):
                raise Refused(2_200)
        named = [{"name": name, "version": VERSION} for name in body["fields"].split(",")]
        told = {"object": body["object"], "callback_url": body["callback_url"], "active": True}
        self.hooks[body["object"]] = {**told, "fields": named}
        return {"success": True}

    async def _messages(self, asked: Asked) -> dict[str, Any]:
        body = asked.body
        to = str(body["recipient"]["id"])
        if "sender_action" in body:
            return self._act(to, body)
        tag = self._tag(body)
        made = await self._made(asked, body["message"])
        reply = body.get("reply_to", {}).get("mid")
        shown = Shown(id=self._mid(), to=to, tag=tag, reply_to=reply, **made)
        self.shown.append(shown)
        self.done.append(("send", to, shown.id, shown.text))
        if self.echoes:
            own = {"app_id": int(APP_ID)} if self.platform.object == "page" else {}
            told = {"mid": shown.id, **own, **{k: v for k, v in body["message"].items() if k != "attachment"}}
            self.echo(told, who=to)
        return {"recipient_id": to, "message_id": shown.id}

    def _tag(self, body: Mapping[str, Any]) -> str:
        """Whether it may still be written, and as what."""
        kind, tag = body.get("messaging_type"), body.get("tag", "")
        if kind == "MESSAGE_TAG":
            if tag != "HUMAN_AGENT":
                raise Refused(100)
            if not self.approved:
                raise Refused(10, None, 403)
            if self.ago > timedelta(days=7):
                raise Refused(*self.platform.window)
        elif kind not in (("RESPONSE", None) if self.platform.by_url else ("RESPONSE",)) or tag:
            raise Refused(100)
        elif self.ago > timedelta(hours=24):
            raise Refused(*self.platform.window)
        return str(tag)

    async def _made(self, asked: Asked, message: Mapping[str, Any]) -> dict[str, Any]:
        unknown = set(message) - {"text", "attachment", "metadata"}
        if (
            unknown
            or len(set(message) & {"text", "attachment"}) != 1
            or len(message.get("metadata", "")) >= 1_000
        ):
            raise Refused(100)
        if self.platform.by_url and "metadata" in message:
            raise Refused(100)
        if "text" in message:
            return {"text": self._text(message["text"])}
        attachment = message["attachment"]
        made = await (self._linked(attachment) if self.platform.by_url else self._uploaded(asked, attachment))
        return {"kind": attachment["type"], **made}

    def _text(self, text: str) -> str:
        units = len(text.encode()) if self.platform.by_url else len(text.encode("utf-16-le")) // 2
        if not text.strip() or units > (1_000 if self.platform.by_url else 2_000):
            raise Refused(100)
        return text

    async def _uploaded(self, asked: Asked, attachment: Mapping[str, Any]) -> dict[str, Any]:
        if asked.file is None or attachment["payload"] != {"is_reusable": False}:
            raise Refused(100)
        name, mime, size = asked.file
        if not mime.startswith(_NAMES[attachment["type"]]):
            raise Refused(100, 2_018_047)
        if size > 25_000_000:
            raise Refused(100, 2_018_109)
        return {"file": (name, size), "mime": mime}

    async def _linked(self, attachment: Mapping[str, Any]) -> dict[str, Any]:
        """The test's own link says size and name; others are fetched."""
        url = urlsplit(attachment["payload"]["url"])
        name = unquote(PurePosixPath(url.path).name)
        extension = name.rpartition(".")[2].lower()
        kind = attachment["type"]
        if (kind == "image" and extension not in _PICTURES) or (
            kind == "file" and extension not in self.documents
        ):
            raise Refused(100, 2_018_047)
        if not self.fetches:
            return {"file": (name, int(PurePosixPath(url.path).parts[1]))}
        here = urlsplit(self.calls_to)
        there = url._replace(scheme=here.scheme, netloc=here.netloc).geturl()
        async with aiohttp.ClientSession() as session, session.get(there) as answer:
            if answer.status != 200:
                raise Refused(100, 2_018_008)
            return {"file": (name, len(await answer.read())), "mime": answer.content_type}

    def _act(self, to: str, body: Mapping[str, Any]) -> dict[str, Any]:
        action, payload = body["sender_action"], body.get("payload", {})
        if "message" in body or action not in ("typing_on", "typing_off", "mark_seen", "react", "unreact"):
            raise Refused(100)
        if action in ("react", "unreact"):
            self._react(to, payload["message_id"], payload.get("reaction", ""), action)
        else:
            self.done.append((action, to, self.newest, ""))
        return {"recipient_id": to}

    def _react(self, to: str, mid: str, emoji: str, action: str) -> None:
        if bool(emoji) is not (action == "react"):
            raise Refused(100)
        ours = [message for message in self.shown if message.id == mid]
        if mid not in self.theirs and not ours:
            raise Refused(100, 2_018_001)
        for message in ours:
            message.reaction = emoji
        if not ours:
            self.theirs[mid] = emoji
        self.done.append(("react", to, mid, emoji))

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """Signed addresses: a token is never sent there."""
        ref, fault = request.match_info["ref"], self.strike("file")
        if "Authorization" in request.headers:
            return web.Response(status=400)
        if fault:
            return fail(fault)
        return await self.hand_out(request, ref) if ref in self.files else web.Response(status=404)


def signed(body: bytes, secret: str = APP_SECRET) -> str:
    """The header of Meta's calls."""
    return "sha256=" + hmac.new(secret.encode(), body, "sha256").hexdigest()


async def _read(request: web.Request) -> Asked:
    """A call in either form, its file counted and not kept."""
    asked = Asked(request.method, request.match_info["path"], dict(request.query), {}, request.headers)
    if request.content_type == "multipart/form-data":
        reader = await request.multipart()
        async for part in reader:
            assert isinstance(part, aiohttp.BodyPartReader)
            if part.filename is None:
                asked.body[part.name or ""] = _value(await part.text())
                continue
            assert part.name == "filedata"
            size = 0
            while chunk := await part.read_chunk(65_536):
                size += len(chunk)
            asked.file = (part.filename, part.headers.get("Content-Type", ""), size)
    elif request.content_type == "application/json":
        asked.body = await request.json()
    elif request.can_read_body:
        asked.body = dict(await request.post())
    return asked


def _value(text: str) -> Any:
    return json.loads(text) if text.startswith("{") else text


def _now() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)

"""WhatsApp's Cloud API on this machine: a real server that answers and calls as Meta does."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web

from tests.networks.standin import LATER, StandIn
from tests.networks.whatsapp.answers import Refused, fail
from tests.networks.whatsapp.requests import content, filled, recipient, upload

TOKEN = "EAAGtheTokenOfASystemUser0000"
SECRET = "meta-app-secret-000"
VERIFY = "meta-verify-000"
NUMBER_ID, BUSINESS_ID, APP_ID = "110220330440550", "104420011223344", "998877665544332"
PHONE, USER_ID = "5511987654321", "BR.90817263544536271819"
"""Bruno, by number and by WhatsApp's id of him."""

TEMPLATES: list[dict[str, Any]] = [
    {
        "name": "still_there",
        "language": "en",
        "status": "APPROVED",
        "category": "UTILITY",
        "parameter_format": "POSITIONAL",
        "components": [
            {
                "type": "HEADER",
                "format": "TEXT",
                "text": "About order {{1}}",
                "example": {"header_text": ["4711"]},
            },
            {
                "type": "BODY",
                "text": "Hello {{1}}, we have an answer to your question about {{2}}.",
                "example": {"body_text": [["Bruno", "your parcel"]]},
            },
            {"type": "FOOTER", "text": "Acme Help"},
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Go on"}]},
        ],
    },
    {
        "name": "hello_again",
        "language": "pt_BR",
        "status": "APPROVED",
        "category": "UTILITY",
        "parameter_format": "NAMED",
        "components": [
            {
                "type": "BODY",
                "text": "Olá {{first_name}}!",
                "example": {"body_text_named_params": [{"param_name": "first_name", "example": "Bruno"}]},
            }
        ],
    },
    {
        "name": "your_invoice",
        "language": "en",
        "status": "APPROVED",
        "category": "UTILITY",
        "components": [{"type": "HEADER", "format": "DOCUMENT"}, {"type": "BODY", "text": "Here it is."}],
    },
]


@dataclass(slots=True, kw_only=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    json: Any = None
    form: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Shown:
    """What a customer sees of one message of ours."""

    id: str
    to: str
    kind: str
    text: str
    held: Mapping[str, Any]
    file: tuple[str, int] | None = None
    mime: str = ""
    reply_to: str | None = None
    reference: str = ""


class CloudApi(StandIn):
    """`async with CloudApi() as api:` serves until the end of the block.

    `answers.py` names the faults there are beside those of every stand-in.
    """

    def __init__(self) -> None:
        super().__init__()
        self.token, self.secret = TOKEN, SECRET
        self.shown: list[Shown] = []
        self.calls: list[Asked] = []
        self.done: list[tuple[str, str, str, str]] = []
        """Verb, contact, message and words of what was carried out."""
        self.ours: dict[str, str] = {}
        """The customers' messages: who wrote each."""
        self.reactions: dict[str, str] = {}
        self.read: set[str] = set()
        self.closed: set[str] = set()
        """Who can't be answered freely any more."""
        self.uploads: dict[str, tuple[str, str, int]] = {}
        """Name, type and size of each."""
        self.templates = list(TEMPLATES)
        self.page = 2
        self.subscribed: list[str] = []
        self.fields: list[str] = []
        self.override = ""
        self.quality = "GREEN"
        self.calls_to = ""
        """Where the address of the webhook really is on this machine; empty: nowhere."""
        self._waiting: list[bytes] = []
        self._numbers = 1_000
        self._tasks: set[asyncio.Task[None]] = set()
        self._pushing = asyncio.Lock()

    def routes(self) -> list[web.RouteDef]:
        """The Graph API, and where files are handed out."""
        return [
            web.get("/attachments/{media}", self._attachment),
            web.route("*", "/v25.0/{path:.+}", self._serve),
        ]

    def options(self, **more: object) -> dict[str, object]:
        """The options of an account whose number this is."""
        return {
            "phone_number_id": NUMBER_ID,
            "business_account_id": BUSINESS_ID,
            "token": self.token,
            "app_secret": SECRET,
            "verify_token": VERIFY,
            "api_url": self.url,
            "api_version": "v25.0",
            "media_host": "lookaside.fbsbx.com",
            **more,
        }

    async def __aexit__(self, *_: object) -> None:
        self.release()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await super().__aexit__()

    def asked(self, method: str, ending: str) -> list[Asked]:
        """The requests for what ends so."""
        return [call for call in self.calls if call.method == method and call.path.endswith(ending)]

    # What customers do

    def writes(
        self, text: str | None = None, *, phone: str | None = PHONE, user: str | None = USER_ID, **more: Any
    ) -> str:
        """A customer sends something; returns its id."""
        name = self._new_id()
        kind = more.pop("type", "text")
        held = {"body": text} if text is not None else more.pop("held", {})
        ids = {"from": phone, "from_user_id": user}
        message = {"id": name, "timestamp": _now(), "type": kind, kind: held, **more}
        message |= {key: value for key, value in ids.items() if value}
        self.ours[name] = user or phone or ""
        self.happens({"contacts": [_card(phone, user)], "messages": [message]})
        return name

    def reports(self, message: Shown, status: str, *, code: int | None = None) -> None:
        """WhatsApp tells what became of a message of ours."""
        told: dict[str, Any] = {
            "id": message.id,
            "status": status,
            "timestamp": _now(),
            "recipient_id": PHONE,
        }
        told["biz_opaque_callback_data"] = message.reference
        if code is not None:
            told["errors"] = [{"code": code, "title": "…"}]
        self.happens({"statuses": [told]})

    def writes_in_app(self, text: str, **more: Any) -> None:
        """A colleague writes in the WhatsApp Business app."""
        name = self._new_id()
        echo = {"from": "4930901820", "to": PHONE, "to_user_id": USER_ID, "id": name, "timestamp": _now()}
        self.happens(
            {"message_echoes": [{**echo, "type": "text", "text": {"body": text}, **more}]},
            "smb_message_echoes",
        )

    def happens(self, value: Mapping[str, Any], name: str = "messages") -> None:
        """A change: it is brought to the webhook until that takes it."""
        metadata = {"display_phone_number": "4930901820", "phone_number_id": NUMBER_ID}
        told = {"messaging_product": "whatsapp", "metadata": metadata, **value}
        body = {
            "object": "whatsapp_business_account",
            "entry": [{"id": BUSINESS_ID, "changes": [{"value": told, "field": name}]}],
        }
        self._waiting.append(json.dumps(body).encode())
        self._start(self._push())

    async def _push(self) -> None:
        async with self._pushing, aiohttp.ClientSession() as session:
            while self._waiting and self.calls_to:
                body = self._waiting[0]
                async with session.post(self.calls_to, data=body, headers=self.signed(body)) as answer:
                    if answer.status == 200:
                        self._waiting.pop(0)
                    else:
                        await asyncio.sleep(0.05)  # as Meta does: again after a while
        self._changed.set()

    def signed(self, body: bytes) -> dict[str, str]:
        """The headers of a call with this body."""
        made = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        return {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={made}"}

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _new_id(self) -> str:
        self._numbers += 1
        return f"wamid.HBgNNTUxMTk4NzY1NDMyMRUCABIYFDNB{self._numbers}"

    # The API

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        asked = Asked(
            method=request.method, path=path, query=dict(request.query), headers=dict(request.headers)
        )
        self.calls.append(asked)
        fault = ""
        try:
            size = await self._read(request, asked)
            fault = self.strike(_verb(asked))
            self._authorized(asked)
            if fault and fault not in LATER:
                return fail(fault)
            result = None if fault in ("no_answer", "held") else await self._carry_out(asked, size)
        except Refused as refused:
            return web.json_response(refused.body, status=refused.status)
        finally:
            self._changed.set()
        await self.keep_back(request, fault)
        return web.json_response(result)

    async def _read(self, request: web.Request, asked: Asked) -> int:
        """The body in any of its forms; returns the size of its file."""
        size = 0
        if request.content_type == "multipart/form-data":
            async for part in await request.multipart():
                if not isinstance(part, aiohttp.BodyPartReader) or part.name is None:
                    continue
                if part.filename is None:
                    asked.form[part.name] = await part.text()
                    continue
                asked.form |= {"filename": part.filename, "mime": part.headers.get("Content-Type", "")}
                while chunk := await part.read_chunk(65_536):
                    size += len(chunk)
        elif request.content_type == "application/json":
            asked.json = await request.json()
        elif request.can_read_body:
            asked.form = {name: str(value) for name, value in (await request.post()).items()}
        return size

    def _authorized(self, asked: Asked) -> None:
        wanted = self.token
        if asked.path.endswith("/subscriptions"):
            wanted = f"{APP_ID}|{self.secret}"
        if asked.headers.get("Authorization") != f"Bearer {wanted}" or "access_token" in asked.query:
            raise Refused(190, "Error validating access token")

    async def _carry_out(self, asked: Asked, size: int) -> Any:
        match asked.method, asked.path.split("/"):
            case "POST", [number, "messages"] if number == NUMBER_ID:
                return self._message(asked.json)
            case "POST", [number, "media"] if number == NUMBER_ID:
                return self._upload(asked, size)
            case "GET", ["app"]:
                return {"id": APP_ID}
            case "GET", [app, "subscriptions"] if app == APP_ID:
                return self._subscriptions()
            case "POST", [app, "subscriptions"] if app == APP_ID:
                await self._challenged(asked.form["callback_url"], asked.form["verify_token"])
                self.fields = asked.form["fields"].split(",")
                return {"success": True}
            case "POST", [business, "subscribed_apps"] if business == BUSINESS_ID:
                self.subscribed = [*{*self.subscribed, APP_ID}]
                return {"success": True}
            case "GET", [business, "subscribed_apps"] if business == BUSINESS_ID:
                return {"data": [{"whatsapp_business_api_data": {"id": app}} for app in self.subscribed]}
            case "GET", [business, "message_templates"] if business == BUSINESS_ID:
                return self._templates(asked.query)
            case "POST", [number] if number == NUMBER_ID:
                calls = asked.json["webhook_configuration"]
                if not self.subscribed:
                    raise Refused(100, "App is not subscribed to this account")
                await self._challenged(calls["override_callback_uri"], calls["verify_token"])
                self.override = calls["override_callback_uri"]
                return {"success": True}
            case "GET", [number] if number == NUMBER_ID:
                return self._number()
            case "GET", [media]:
                return self._media(media, asked.query)
        raise Refused(100, "Unsupported request", subcode=33)

    def _message(self, body: Mapping[str, Any]) -> Any:
        if body.get("status") == "read":
            return self._mark_read(body)
        kind, held = content(body)
        to = recipient(body)
        if kind == "reaction":
            return self._react(to, held)
        if kind == "template":
            self._template(held)
        elif to in self.closed:
            raise Refused(131047, "More than 24 hours have passed since the customer last replied.")
        media = self.uploads.get(held.get("id", ""))
        if "id" in held and media is None:
            raise Refused(131009, "Media id is not valid")
        message = Shown(
            id=self._new_id(),
            to=to,
            kind=kind,
            text=held.get("body") or held.get("caption") or "",
            held=held,
            file=(held.get("filename", media[0]), media[2]) if media else None,
            mime=media[1] if media else "",
            reply_to=body.get("context", {}).get("message_id"),
            reference=body.get("biz_opaque_callback_data", ""),
        )
        self.shown.append(message)
        self.done.append(("send", to, message.id, message.text))
        contact = {"input": body.get("to"), "wa_id": to} if "to" in body else {"user_id": to}
        return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": message.id}]}

    def _template(self, held: Mapping[str, Any]) -> None:
        wanted = (held["name"], held["language"]["code"])
        found = [each for each in self.templates if (each["name"], each["language"]) == wanted]
        if not found:
            raise Refused(132001, "Template name does not exist in the translation")
        filled(found[0], held)

    def _react(self, to: str, held: Mapping[str, Any]) -> Any:
        self._known(held["message_id"])
        self.reactions[held["message_id"]] = held["emoji"]
        self.done.append(("react", to, held["message_id"], held["emoji"]))
        return {"messages": [{"id": self._new_id()}]}

    def _mark_read(self, body: Mapping[str, Any]) -> Any:
        contact = self._known(body["message_id"])
        shows = body.get("typing_indicator") == {"type": "text"}
        if body["message_id"] not in self.read:
            self.read.add(body["message_id"])
            self.done.append(("mark_read", contact, body["message_id"], ""))
        if shows:
            self.done.append(("typing", contact, "", "True"))
        return {"success": True}

    def _known(self, message_id: str) -> str:
        whose = self.ours | {message.id: message.to for message in self.shown}
        if message_id not in whose:
            raise Refused(131009, "Message id is not valid")
        return whose[message_id]

    def _upload(self, asked: Asked, size: int) -> Any:
        if asked.form.get("messaging_product") != "whatsapp":
            raise Refused(100, "The parameter messaging_product is required.")
        kind = asked.form["type"]
        upload(kind, size)
        self._numbers += 1
        name = f"10375430001{self._numbers}"
        self.uploads[name] = (asked.form["filename"], kind, size)
        return {"id": name}

    def _media(self, media: str, query: Mapping[str, str]) -> Any:
        if media not in self.files or query.get("phone_number_id") != NUMBER_ID:
            raise Refused(100, "Object does not exist", subcode=33)
        return {"messaging_product": "whatsapp", "url": f"{self.url}/attachments/{media}", "id": media}

    async def _attachment(self, request: web.Request) -> web.StreamResponse:
        fault = self.strike("file")
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.Response(status=401)
        if fault:
            return web.Response(status=int(fault))
        return await self.hand_out(request, request.match_info["media"])

    # How it is set up

    def _subscriptions(self) -> Any:
        if not self.fields:
            return {"data": []}
        fields = [{"name": name, "version": "v25.0"} for name in self.fields]
        return {"data": [{"object": "whatsapp_business_account", "active": True, "fields": fields}]}

    def _number(self) -> Any:
        calls = {"phone_number": self.override} if self.override else {}
        return {
            "id": NUMBER_ID,
            "display_phone_number": "+49 30 901820",
            "verified_name": "Acme Help",
            "quality_rating": self.quality,
            "webhook_configuration": {**calls, "application": "https://app.example/all"},
        }

    def _templates(self, query: Mapping[str, str]) -> Any:
        start = int(query.get("after", "0"))
        found = [each for each in self.templates if each["status"] == query.get("status", each["status"])]
        page = found[start : start + self.page]
        paging: dict[str, Any] = {"cursors": {"before": str(start), "after": str(start + self.page)}}
        if start + self.page < len(found):
            paging["next"] = "https://graph.facebook.com/more"
        return {"data": page, "paging": paging}

    async def _challenged(self, address: str, token: str) -> None:
        """Meta asks the address before it takes it."""
        if not address.startswith("https://") or len(address) > 200:
            raise Refused(100, "Invalid callback address")
        if not self.calls_to:
            return
        asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": token}
        async with aiohttp.ClientSession() as session, session.get(self.calls_to, params=asked) as answer:
            if answer.status != 200 or await answer.text() != "1158201444":
                raise Refused(2200, "Callback verification failed")


def _verb(asked: Asked) -> str:
    """By what a fault is meant for it: `messages`, `read`, `media`, `message_templates` …"""
    read = isinstance(asked.json, dict) and asked.json.get("status") == "read"
    return "read" if read else asked.path.rpartition("/")[2]


def _card(phone: str | None, user: str | None) -> dict[str, Any]:
    ids = {key: value for key, value in (("wa_id", phone), ("user_id", user)) if value}
    return {"profile": {"name": "Bruno Lima"}, **ids}


def _now() -> str:
    return str(int(datetime.now(UTC).timestamp()))

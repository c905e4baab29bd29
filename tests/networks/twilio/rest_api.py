"""Twilio's REST API on this machine: it takes messages, tells what becomes of them, and calls our hook.

As strict as the documentation: credentials, known fields, lengths, senders. It signs with the maker's
own library.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import aiohttp
from aiohttp import web
from twilio.request_validator import RequestValidator

from tests.networks.standin import LATER, StandIn, drop
from tests.networks.twilio.answers import Refused, fail

ACCOUNT_SID = "AC00112233445566778899aabbccddeeff"
TOKEN = "twilio-auth-token-000"
KEY, KEY_SECRET = "SK00112233445566778899aabbccddeeff", "api-key-secret-000"
SERVICE = "MG00112233445566778899aabbccddeeff"
OURS, CUSTOMER = "+14155550199", "+14155550123"
SHORT = "72636"
_FIELDS = frozenset(
    {"To", "From", "MessagingServiceSid", "Body", "MediaUrl", "StatusCallback", "ValidityPeriod"}
)
_NUMBER_FIELDS = frozenset(
    {"SmsUrl", "SmsMethod", "SmsFallbackUrl", "SmsFallbackMethod", "SmsApplicationSid"}
)
_SERVICE_FIELDS = frozenset(
    {"InboundRequestUrl", "InboundMethod", "FallbackUrl", "FallbackMethod", "UseInboundWebhookOnNumber"}
)
_TRIES = 6
LATE_LOST = "late_lost"
"""A fault: carried out, and the connection dropped after `release()`."""


@dataclass(slots=True, kw_only=True)
class Taken:
    """A message that Twilio took."""

    sid: str
    form: dict[str, str]
    file: tuple[str, int] | None = None
    """Name and size."""
    content: bytes | None = None
    """What was fetched, where the customer's phone has it."""


@dataclass(slots=True, kw_only=True)
class Asked:
    """A call as it came."""

    method: str
    path: str
    form: dict[str, str]
    query: dict[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)


class TwilioApi(StandIn):
    """`shown` is what reached phones. `reach` says where on this machine a public address is."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Asked] = []
        self.shown: list[Taken] = []
        self.reach: dict[str, str] = {}
        self.opted_out: set[str] = set()
        self.account = {"sid": ACCOUNT_SID, "friendly_name": "Acme", "status": "active", "type": "Full"}
        self.token = TOKEN
        self.number: dict[str, Any] = {
            "sid": "PN00112233445566778899aabbccddeeff",
            "phone_number": OURS,
            "sms_url": "https://demo.twilio.com/welcome/sms/reply",
            "sms_method": "POST",
            "sms_fallback_url": "",
            "sms_fallback_method": "POST",
            "sms_application_sid": "",
            "capabilities": {"voice": True, "sms": True, "mms": True},
        }
        self.short_code: dict[str, Any] = {
            "sid": "SC00112233445566778899aabbccddeeff",
            "short_code": SHORT,
            "sms_url": None,
            "sms_method": "POST",
            "sms_fallback_url": None,
            "sms_fallback_method": "POST",
        }
        self.service: dict[str, Any] = {
            "sid": SERVICE,
            "friendly_name": "Support",
            "inbound_request_url": None,
            "inbound_method": "POST",
            "fallback_url": None,
            "fallback_method": "POST",
            "use_inbound_webhook_on_number": True,
        }
        self.pool = {OURS}
        self._numbers = 0

    def routes(self) -> list[web.RouteDef]:
        account = f"/2010-04-01/Accounts/{ACCOUNT_SID}"
        return [
            web.get(f"{account}.json", self._owner),
            web.post(f"{account}/Messages.json", self._messages),
            web.get(f"{account}/{{list:IncomingPhoneNumbers|SMS/ShortCodes}}.json", self._list),
            web.post(f"{account}/{{list:IncomingPhoneNumbers|SMS/ShortCodes}}/{{sid}}.json", self._change),
            web.route("*", "/v1/Services/{sid}", self._service),
            web.get(f"{account}/Messages/{{sid}}/Media/{{ref}}", self._media),
            web.delete(f"{account}/Messages/{{sid}}/Media/{{ref}}.json", self._delete_media),
            web.get("/cdn/{ref}", self._cdn),
            web.route("*", "/{rest:.*}", self._nothing),
        ]

    def options(self, **more: object) -> dict[str, object]:
        """The options of an account that sends from our number."""
        sender = {} if "messaging_service" in more else {"number": OURS}
        own = {"account_sid": ACCOUNT_SID, "auth_token": self.token, "api_url": self.url}
        return {**own, "messaging_url": self.url, "mms": True, "validity": 14_400, **sender, **more}

    # What customers and carriers do

    async def writes(self, body: str = "", *files: tuple[str, str], who: str = CUSTOMER, **more: str) -> str:
        """A customer sends something, with files by type and name in `files`; returns its SID."""
        sid = self._sid("MM" if files else "SM")
        media: dict[str, str] = {}
        for place, (mime, ref) in enumerate(files):
            base = f"{self.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{sid}/Media"
            media |= {f"MediaContentType{place}": mime, f"MediaUrl{place}": f"{base}/{ref}"}
        form = {
            "AccountSid": ACCOUNT_SID,
            "ApiVersion": "2010-04-01",
            "From": who,
            "To": OURS,
            "FromCity": "SAN FRANCISCO",
            "FromState": "CA",
            "FromZip": "94103",
            "FromCountry": "US",
            "SmsStatus": "received",
            **dict.fromkeys(("MessageSid", "SmsSid", "SmsMessageSid"), sid),
            "Body": body,
            "NumMedia": str(len(files)),
            "NumSegments": "1",
            **media,
            **more,
        }
        await self.calls_hook(str(self.number["sms_url"]), form)
        return sid

    async def tells(self, taken: Taken, status: str, code: str = "") -> int:
        """What became of a message of ours; the status it is answered with."""
        form = {
            "AccountSid": ACCOUNT_SID,
            "From": taken.form.get("From", OURS),
            "To": taken.form["To"],
            "MessageSid": taken.sid,
            "SmsSid": taken.sid,
            "MessageStatus": status,
            "SmsStatus": status,
            **({"ErrorCode": code} if code else {}),
        }
        return await self.calls_hook(taken.form["StatusCallback"], form)

    async def calls_hook(self, url: str, form: Mapping[str, str]) -> int:
        """Call an address as its overrides say: again while it fails. Raises `ConnectionError` at the end."""
        address, _, override = url.partition("#")
        tries = _TRIES if "rc=5" in override else 1
        headers = {"X-Twilio-Signature": RequestValidator(self.token).compute_signature(address, dict(form))}
        async with aiohttp.ClientSession() as session:
            for _ in range(tries):
                async with session.post(self._here(address), data=dict(form), headers=headers) as answer:
                    said = await answer.text()
                    if answer.status < 400:
                        assert (answer.content_type, "<Response/>" in said) == ("text/xml", True)
                        return answer.status
                await asyncio.sleep(0.02)
        raise ConnectionError(f"{answer.status} from {address}")

    def _here(self, public: str) -> str:
        for base, place in self.reach.items():
            if public.startswith(base):
                return place + public.removeprefix(base)
        raise ConnectionError(f"nobody is at {public}")

    # The API

    async def _asked(self, request: web.Request) -> Asked:
        form = {name: str(value) for name, value in (await request.post()).items()}
        asked = Asked(
            method=request.method,
            path=request.path,
            form=form,
            query=dict(request.query),
            headers=request.headers,
        )
        self.calls.append(asked)
        self._changed.set()
        return asked

    def _refused(self, asked: Asked, *, key: bool = True) -> web.Response | None:
        """Without the right credentials nothing is answered; an API key doesn't open the account itself."""
        pairs = [f"{ACCOUNT_SID}:{self.token}", *([f"{KEY}:{KEY_SECRET}"] if key else [])]
        right = [f"Basic {base64.b64encode(pair.encode()).decode()}" for pair in pairs]
        return None if asked.headers.get("Authorization") in right else fail("401 20003")

    async def _owner(self, request: web.Request) -> web.Response:
        asked = await self._asked(request)
        return self._refused(asked, key=False) or web.json_response(self.account)

    async def _messages(self, request: web.Request) -> web.Response:
        asked, fault = await self._asked(request), self.strike("send")
        if (refusal := self._refused(asked)) is not None:
            return refusal
        if fault and fault not in (*LATER, LATE_LOST):
            return fail(fault)
        try:
            sent = None if fault in ("no_answer", "held") else await self._take(asked.form)
        except Refused as refused:
            return web.json_response(refused.body, status=refused.status)
        finally:
            self._changed.set()
        if fault == LATE_LOST:
            await self._released.wait()
            drop(request)
        await self.keep_back(request, fault)
        return web.json_response(self._record(sent), status=201) if sent else fail("500 20500")

    async def _take(self, form: dict[str, str]) -> Taken:
        self._check(form)
        taken = Taken(sid=self._sid("MM" if "MediaUrl" in form else "SM"), form=form)
        if "MediaUrl" in form:
            taken.file, taken.content = await self._fetched(form["MediaUrl"])
        self.shown.append(taken)
        return taken

    def _check(self, form: Mapping[str, str]) -> None:
        if unknown := set(form) - _FIELDS:
            raise Refused(400, 20001, f"Unknown parameters: {unknown}")
        if not (form.get("From") or form.get("MessagingServiceSid")):
            raise Refused(400, 21603)
        if "From" in form and form["From"] not in (self.pool | {SHORT}):
            raise Refused(400, 21660)
        if not form.get("To", "").startswith("+"):
            raise Refused(400, 21211)
        if form["To"] in self.opted_out:
            raise Refused(400, 21610, "Attempt to send to unsubscribed recipient")
        if not (form.get("Body") or form.get("MediaUrl")):
            raise Refused(400, 21619)
        if len(form.get("Body", "").encode("utf-16-le")) // 2 > 1_600:
            raise Refused(400, 21617)
        if "MediaUrl" in form and urlsplit(form["MediaUrl"]).scheme not in ("http", "https"):
            raise Refused(400, 21620)
        if not 1 <= int(form.get("ValidityPeriod", 1)) <= 36_000:
            raise Refused(400, 21624)
        if "StatusCallback" in form and not form["StatusCallback"].startswith("https://"):
            raise Refused(400, 21609)

    async def _fetched(self, url: str) -> tuple[tuple[str, int], bytes | None]:
        """The file behind a link: really fetched where that is on this machine, else told by the link."""
        name = unquote(urlsplit(url).path.rpartition("/")[2])
        try:
            here = self._here(url)
        except ConnectionError:
            return (name, int(urlsplit(url).path.split("/")[1])), None
        async with aiohttp.ClientSession() as session, session.get(here, allow_redirects=False) as answer:
            if answer.status != 200:
                raise Refused(400, 11200)
            content = await answer.read()
            return (name, len(content)), content

    def _record(self, taken: Taken) -> dict[str, Any]:
        return {
            "sid": taken.sid,
            "account_sid": ACCOUNT_SID,
            "messaging_service_sid": taken.form.get("MessagingServiceSid"),
            "from": taken.form.get("From"),
            "to": taken.form["To"],
            "body": taken.form.get("Body", ""),
            "num_segments": "1",
            "num_media": "1" if taken.file else "0",
            "status": "accepted" if "MessagingServiceSid" in taken.form else "queued",
            "error_code": None,
            "error_message": None,
        }

    async def _list(self, request: web.Request) -> web.Response:
        asked = await self._asked(request)
        if (refusal := self._refused(asked)) is not None:
            return refusal
        numbers = request.match_info["list"] == "IncomingPhoneNumbers"
        state, key = (self.number, "phone_number") if numbers else (self.short_code, "short_code")
        wanted = asked.query.get("PhoneNumber" if numbers else "ShortCode", "")
        found = [state] if wanted and wanted.strip("*") in state[key] else []
        # The real one finds numbers that contain what is asked for.
        other = {**state, "sid": "PNffffffffffffffffffffffffffffffff", key: f"{state[key]}0"}
        return web.json_response({"incoming_phone_numbers" if numbers else "short_codes": [other, *found]})

    async def _change(self, request: web.Request) -> web.Response:
        asked, fault = await self._asked(request), self.strike("change")
        if (refusal := self._refused(asked)) is not None:
            return refusal
        if fault:
            return fail(fault)
        numbers = request.match_info["list"] == "IncomingPhoneNumbers"
        state = self.number if numbers else self.short_code
        return self._changed_by(asked, state, request.match_info["sid"], _NUMBER_FIELDS)

    async def _service(self, request: web.Request) -> web.Response:
        asked = await self._asked(request)
        if (refusal := self._refused(asked)) is not None:
            return refusal
        return self._changed_by(asked, self.service, request.match_info["sid"], _SERVICE_FIELDS)

    def _changed_by(
        self, asked: Asked, state: dict[str, Any], sid: str, known: frozenset[str]
    ) -> web.Response:
        if sid != state["sid"]:
            return fail("404 20404")
        if set(asked.form) - known:
            return fail("400 20001")
        if any(
            name.endswith("Url") and not value.startswith("https://") for name, value in asked.form.items()
        ):
            return fail("400 21402")
        for name, value in asked.form.items():
            key = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
            state[key] = {"true": True, "false": False}.get(value, value)
        return web.json_response(state)

    async def _media(self, request: web.Request) -> web.StreamResponse:
        ref = request.match_info["ref"]
        if (refusal := await self._no_media(request, "media")) is not None:
            return refusal
        return web.Response(status=307, headers={"Location": f"/cdn/{ref}"})

    async def _delete_media(self, request: web.Request) -> web.StreamResponse:
        if (refusal := await self._no_media(request, "delete")) is not None:
            return refusal
        del self.files[request.match_info["ref"]]
        return web.Response(status=204)

    async def _no_media(self, request: web.Request, verb: str) -> web.Response | None:
        asked, fault = await self._asked(request), self.strike(verb)
        if (refusal := self._refused(asked)) is not None:
            return refusal
        if fault:
            return fail(fault)
        return None if request.match_info["ref"] in self.files else fail("404 20404")

    async def _cdn(self, request: web.Request) -> web.StreamResponse:
        return await self.hand_out(request, request.match_info["ref"])

    async def _nothing(self, request: web.Request) -> web.Response:
        refusal = self._refused(await self._asked(request))
        return refusal or fail("404 20404")

    def _sid(self, kind: str) -> str:
        self._numbers += 1
        return f"{kind}fedcba9876543210fedcba98{self._numbers:08x}"

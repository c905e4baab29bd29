"""Twilio's kit: recorded calls, what the desk gets of them, and the REST API at work."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from twilio.request_validator import RequestValidator

from networks.base import WebhookRequest
from networks.capabilities import AccountSettings, MediaKind
from networks.errors import (
    AccountBroken,
    ContactUnreachable,
    NoAnswer,
    ProviderFault,
    Rejected,
    Throttled,
    UnexpectedResponse,
)
from networks.events import (
    ContactGone,
    DeliveryReport,
    InboundAttachment,
    InboundEvent,
    InboundMessage,
    Profile,
    ProfileField,
    ReportState,
)
from networks.twilio import Twilio
from tests.contract.kit import Bench, CalledKit, Case, Effect
from tests.networks.twilio.rest_api import ACCOUNT_SID, CUSTOMER, KEY_SECRET, OURS, TOKEN, Taken, TwilioApi

HERE = Path(__file__).parent
HOOK = "https://oratio.example/hooks/twilio/sms"
AT = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
ACCOUNT = AccountSettings(
    network="twilio",
    name="sms",
    title="Acme SMS",
    options={"account_sid": ACCOUNT_SID, "auth_token": TOKEN, "number": OURS},
    hook=HOOK,
)
PHONE = ProfileField(label="Phone", value="+1 415-555-0123")
COUNTRY = ProfileField(label="Country", value="United States")
AREA = ProfileField(label="Area of the number", value="San Francisco, CA 94103")
ZONE = ProfileField(label="Time zone", value="America/Los_Angeles")
KNOWN = Profile(name="+1 415-555-0123", fields=(PHONE, COUNTRY, AREA, ZONE))
BARE = Profile(name="+1 415-555-0123", fields=(PHONE, COUNTRY, ZONE))
OPTED_OUT = "opted out of text messages"
STOPPED = "Opted out: nothing reaches them until they write START"


def payload(name: str) -> Any:
    return json.loads((HERE / "payloads" / f"{name}.json").read_text("utf-8"))


def _case(name: str, *after: InboundEvent, **expected: Any) -> Case:
    """A message's case: what is in every one is read off the payload."""
    given = payload(name)
    common = {
        "event_id": given["MessageSid"],
        "external_id": given["MessageSid"],
        "contact_id": CUSTOMER,
        "sent_at": AT,
        "profile": KNOWN,
        "reply_handle": OURS,
    }
    return Case(name=name, payload=given, events=(InboundMessage(**(common | expected)), *after))


def _gone(name: str, *, back: bool = False) -> ContactGone:
    sid = payload(name)["MessageSid"]
    event_id = f"{sid}:{'start' if back else 'stop'}"
    words = "" if back else OPTED_OUT
    return ContactGone(event_id=event_id, contact_id=CUSTOMER, sent_at=AT, back=back, words=words)


def _report(name: str, state: ReportState, words: str = "", *after: InboundEvent) -> Case:
    given = payload(name)
    report = DeliveryReport(
        event_id=f"{given['MessageSid']}:{given['MessageStatus']}",
        external_id=given["MessageSid"],
        contact_id=CUSTOMER,
        sent_at=AT,
        state=state,
        words=words,
    )
    return Case(name=name, payload=given, events=(report, *after))


def _file(of: str, name: str, mime: str, kind: MediaKind | None, place: int = 0) -> InboundAttachment:
    return InboundAttachment(ref=payload(of)[f"MediaUrl{place}"], name=name, mime_type=mime, kind=kind)


_OUT = payload("status_opted_out")["MessageSid"]
CASES = (
    _case("text", text="Hi, where is order 4711?"),
    _case(
        "text_unicode",
        contact_id="+436641234567",
        text="Grüße aus Graz 👋\nWo ist mein Paket?",
        profile=Profile(
            name="+43 664 1234567",
            fields=(
                ProfileField(label="Phone", value="+43 664 1234567"),
                ProfileField(label="Country", value="Austria"),
                ProfileField(label="Time zone", value="Europe/Vienna"),
            ),
        ),
    ),
    _case(
        "image",
        text="Box was open",
        attachments=(_file("image", "picture.jpg", "image/jpeg", MediaKind.PICTURE),),
    ),
    _case(
        "document",
        placeholder="Contact card",
        attachments=(
            _file("document", "file.pdf", "application/pdf", None),
            _file("document", "contact.vcf", "text/x-vcard", MediaKind.DOCUMENT, 1),
        ),
    ),
    _case("video", attachments=(_file("video", "video.3gp", "video/3gpp", MediaKind.VIDEO),)),
    _case("audio", attachments=(_file("audio", "audio.amr", "audio/amr", MediaKind.AUDIO),)),
    _case(
        "location_card",
        placeholder="Location, as a card",
        attachments=(_file("location_card", "location.loc.vcf", "text/x-vlocation", MediaKind.DOCUMENT, 1),),
    ),
    _case("opt_out", _gone("opt_out"), text="STOP", placeholder=STOPPED),
    _case("stop_plain", _gone("stop_plain"), text=" Stop ", placeholder=STOPPED),
    _case("opt_in", _gone("opt_in", back=True), text="Start", placeholder="Opted in again"),
    _case("start_plain", _gone("start_plain", back=True), text="UNSTOP", placeholder="Opted in again"),
    _case("help", text="HELP", placeholder="Twilio has answered this with the help text"),
    _case("tapback", placeholder="Reacted with ❤️ to “On its way. Should be there tomorrow.”"),
    _case("tapback_android", placeholder="Reacted with 👍 to “On its way.”"),
    _case("tapback_removed", placeholder="Took back ❤️ from “On its way.”"),
    _case("tapback_image", placeholder="Reacted with 👍 to an image"),
    _case(
        "rcs_location",
        placeholder="Location: Ferry Building (37.774929, -122.419416 https://www.google.com/maps?q=37.774929,-122.419416)",
        profile=BARE,
        reply_handle=None,
    ),
    _case("rcs_button", text="Talk to a person", profile=BARE, reply_handle=None),
    _case(
        "whatsapp",
        contact_id=f"whatsapp:{CUSTOMER}",
        text="Hello from WhatsApp",
        profile=replace(BARE, name="Olga Kern"),
        reply_handle=None,
    ),
    _case(
        "short_code",
        contact_id="72636",
        text="Your code is 123456",
        profile=Profile(name="72636", fields=(ProfileField(label="Phone", value="72636"), COUNTRY)),
    ),
    _case("fallback", text="Did you get this?"),
    _case("empty", placeholder="An empty message"),
    _report("status_sent", ReportState.SENT),
    _report("status_delivered", ReportState.DELIVERED),
    _report("status_read", ReportState.READ),
    _report(
        "status_undelivered",
        ReportState.FAILED,
        "the number is a landline, or its carrier takes no text messages",
    ),
    _report(
        "status_failed",
        ReportState.FAILED,
        "the number's US registration (A2P 10DLC) isn't in order; see Twilio's console",
    ),
    _report("status_failed_silent", ReportState.FAILED, "Twilio doesn't say why"),
    _report("status_canceled", ReportState.FAILED, "somebody cancelled it at Twilio before it left"),
    _report(
        "status_opted_out",
        ReportState.FAILED,
        "they have opted out; only their own START lets you write again",
        ContactGone(event_id=f"{_OUT}:gone", contact_id=CUSTOMER, sent_at=AT, words=OPTED_OUT),
    ),
)


def form(given: Any) -> bytes:
    """A payload as Twilio's form; what is no object, as it is."""
    if not isinstance(given, dict):
        return json.dumps(given).encode()
    return urlencode({str(name): str(value) for name, value in given.items()}, errors="replace").encode()


def request(body: bytes, *, url: str = HOOK, **headers: str) -> WebhookRequest:
    """A call to the hook, with these headers."""
    return WebhookRequest(
        method="POST",
        url=url,
        headers={"content-type": "application/x-www-form-urlencoded", **headers},
        query={},
        body=body,
        received_at=AT,
    )


def signed(given: Mapping[str, str], url: str = HOOK, token: str = TOKEN) -> str:
    return str(RequestValidator(token).compute_signature(url, dict(given)))


GENUINE = request(form(payload("text")), **{"x-twilio-signature": signed(payload("text"))})


class TwilioKit(CalledKit):
    """See `tests.contract.kit.Kit`."""

    name = "twilio"
    network = Twilio
    account = ACCOUNT
    cases = CASES
    silent: Mapping[str, Any] = {
        "our own, queued": payload("status_queued"),
        "our own, sending": payload("status_sending"),
        "a state there is not yet": {**payload("status_sent"), "MessageStatus": "teleported"},
    }
    faults: Mapping[str, type[Exception]] = {
        "no_answer": NoAnswer,
        "lost_answer": NoAnswer,
        "504": NoAnswer,
        "html 502": NoAnswer,
        "500 20500": ProviderFault,
        "503 20503": ProviderFault,
        "html 503": ProviderFault,
        "400 21730": ProviderFault,
        "429 20429": Throttled,
        "429 bare": Throttled,
        "429 asks": Throttled,
        "400 21611": Throttled,
        "html": UnexpectedResponse,
        "html 400": UnexpectedResponse,
        "code as text": UnexpectedResponse,
        "empty": UnexpectedResponse,
        "no sid": UnexpectedResponse,
        "odd sid": UnexpectedResponse,
        "list": UnexpectedResponse,
        "redirect": UnexpectedResponse,
        "html 413": Rejected,
        "400 21617": Rejected,
        "400 29999": Rejected,
        "400 21610": ContactUnreachable,
        "400 21211": ContactUnreachable,
        "401 20003": AccountBroken,
        "html 401": AccountBroken,
        "html 404": AccountBroken,
        "404 20404": AccountBroken,
        "400 21608": AccountBroken,
        "400 30002": AccountBroken,
    }
    secrets = (TOKEN, KEY_SECRET)

    def body(self, given: Any) -> bytes:
        return form(given)

    def call(self, body: bytes) -> WebhookRequest:
        """A form; what is none is signed as Twilio signs JSON: by its hash, which stands in the address."""
        try:
            pairs = parse_qsl(
                body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=500
            )
            fields = dict(pairs) if len(dict(pairs)) == len(pairs) else {}
        except ValueError:
            fields = {}
        url = HOOK if fields else f"{HOOK}?bodySHA256={hashlib.sha256(body).hexdigest()}"
        return request(body, url=url, **{"x-twilio-signature": signed(fields, url)})

    def genuine(self) -> None:
        Twilio().verify(ACCOUNT, GENUINE)

    def forgeries(self) -> Mapping[str, Callable[[], object]]:
        given = payload("text")
        right = signed(given)
        other = signed({**given, "Body": "Send the money elsewhere"})
        signatures = {
            "empty": "",
            "wrong": other,
            "truncated": right[:-1],
            "not ASCII": right[:-1] + "ä",
            "twice": f"{right}, {right}",
            "stale": signed(given, token="the token before"),
            "of another account": signed(given, url=HOOK.replace("/sms", "/other")),
            "of the bare address": signed({}),
        }
        checks = {name: _verifying(form(given), value) for name, value in signatures.items()}
        return {
            **checks,
            "missing": _verifying(form(given), None),
            "one field more": _verifying(form({**given, "OptOutType": "STOP"}), right),
            "a field twice": _verifying(form(given) + b"&Body=Other", right),
            "no field": _verifying(b"", right),
            "JSON": _verifying(json.dumps(given).encode(), right),
        }

    @asynccontextmanager
    async def bench(self, tmp_path: Path) -> AsyncIterator[Bench]:
        async with TwilioApi() as api:
            network = Twilio()

            async def effects() -> list[Effect]:
                return [_effect(taken) for taken in api.shown]

            async def lay(size: int) -> str:
                api.files["ME1"] = size
                return f"{api.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/MM1/Media/ME1"

            try:
                yield Bench(
                    network=network,
                    account=replace(ACCOUNT, options=api.options()),
                    contact=CUSTOMER,
                    effects=effects,
                    fault=api.fault,
                    lay=lay,
                )
            finally:
                await network.close()


def _verifying(body: bytes, signature: str | None) -> Callable[[], object]:
    headers = {} if signature is None else {"x-twilio-signature": signature}
    return lambda: Twilio().verify(ACCOUNT, request(body, **headers))


def _effect(taken: Taken) -> Effect:
    return Effect(
        verb="send",
        contact=taken.form["To"],
        message=taken.sid,
        text=taken.form.get("Body", ""),
        files=(taken.file,) if taken.file else (),
    )

"""WhatsApp's kit: recorded calls, what the desk gets of them, and the Cloud API at work."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from networks import _graph
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
    WindowClosed,
)
from networks.events import (
    Cause,
    DeliveryReport,
    InboundAttachment,
    InboundDeletion,
    InboundEdit,
    InboundEvent,
    InboundMessage,
    InboundReaction,
    Profile,
    ProfileChanged,
    ProfileField,
    ReportState,
)
from networks.whatsapp import WhatsApp
from tests.contract.kit import Bench, CalledKit, Case, Effect
from tests.networks.whatsapp.cloud_api import (
    BUSINESS_ID,
    NUMBER_ID,
    PHONE,
    SECRET,
    TOKEN,
    USER_ID,
    VERIFY,
    CloudApi,
)

HERE = Path(__file__).parent
ACCOUNT = AccountSettings(
    network="whatsapp",
    name="help",
    title="Acme Help",
    options={
        "phone_number_id": NUMBER_ID,
        "business_account_id": BUSINESS_ID,
        "token": TOKEN,
        "app_secret": SECRET,
        "verify_token": VERIFY,
    },
)
BRUNO = Profile(
    name="Bruno Lima",
    fields=(
        ProfileField(label="Phone", value="+5511987654321", sensitive=True),
        ProfileField(label="Country", value="🇧🇷 Brazil"),
    ),
)
ANA = Profile(
    name="Ana",
    fields=(
        ProfileField(label="Username", value="@ana.store"),
        ProfileField(label="Country", value="🇺🇸 United States"),
    ),
)
OURS = "wamid.HBgNNTUxMTk4NzY1NDMyMRUCABIYFDNBMDAwOTAw"
ASKED = "wamid.HBgNNTUxMTk4NzY1NDMyMRUCABIYFDNBMDAwOTAx"
THEIRS = "wamid.HBgNNTUxMTk4NzY1NDMyMRUCABIYFDNBMDAwMDAx"
PICTURE = "wamid.HBgNNTUxMTk4NzY1NDMyMRUCABIYFDNBMDAwMDA0"


def payload(name: str) -> Any:
    return json.loads((HERE / "payloads" / f"{name}.json").read_text("utf-8"))


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _held(told: Any) -> Any:
    """The one message, status or echo of a call."""
    value = told["entry"][0]["changes"][0]["value"]
    return next(value[key][0] for key in ("messages", "statuses", "message_echoes") if key in value)


def _case(name: str, kind: Callable[..., InboundEvent] = InboundMessage, **expected: Any) -> Case:
    """A case of Bruno's: what is in every one is read off the payload."""
    told = payload(name)
    message = _held(told)
    common = {
        "event_id": message["id"],
        "contact_id": USER_ID,
        "known_as": PHONE,
        "recipient": NUMBER_ID,
        "sent_at": at(int(message["timestamp"])),
    }
    if kind is InboundMessage:
        common |= {"external_id": message["id"], "profile": BRUNO}
    return Case(name=name, payload=told, events=(kind(**(common | expected)),))


def _report(name: str, state: ReportState, **more: Any) -> Case:
    told = _held(payload(name))
    common = {"event_id": f"{told['id']}:{told['status']}", "external_id": told["id"], "state": state}
    return _case(name, DeliveryReport, **common, **more)


def _file(
    ref: str, kind: MediaKind | None, mime: str, name: str | None = None, **more: Any
) -> dict[str, Any]:
    return {"attachments": (InboundAttachment(ref=ref, kind=kind, mime_type=mime, name=name, **more),)}


_MAP = "https://www.google.com/maps?q=-23.56168,-46.65598"

CASES = (
    _case("text", text="Olá! My *order* 4711 is late."),
    _case(
        "text_username_only",
        contact_id="US.55443322110099887766",
        known_as=None,
        profile=ANA,
        text="I hide my number",
    ),
    _case("reply", text="Yes, that one", reply_to=OURS),
    _case("button", text="Talk to a person", reply_to=ASKED),
    _case("list_reply", text="My order is late", reply_to=ASKED),
    _case("form", placeholder="Sent a form: Sent"),
    _case(
        "order",
        text="Please by Friday",
        placeholder="Order: 2 × di9ozbzfi4 (30 BRL), 1 × nqryix03ez (25.5 BRL)",
    ),
    _case(
        "from_ad",
        text="Is this still on?",
        placeholder="Came through an ad Chat with us https://fb.me/3cr4Wqqkv",
    ),
    _case("forwarded", text="They say it is delayed", placeholder="Forwarded"),
    _case(
        "image",
        text="Damaged box",
        group=f"{USER_ID}:179361002",
        **_file("1456677889900112", MediaKind.PICTURE, "image/jpeg", "picture.jpg"),
    ),
    _case(
        "video",
        text="See here",
        group=f"{USER_ID}:179361003",
        **_file("1456677889900113", MediaKind.VIDEO, "video/mp4", "video.mp4"),
    ),
    _case("voice", **_file("1456677889900114", MediaKind.AUDIO, "audio/ogg", voice=True)),
    _case("audio", **_file("1456677889900120", MediaKind.AUDIO, "audio/mpeg")),
    _case(
        "document",
        text="Invoice",
        **_file("1456677889900115", None, "application/pdf", "Nota Fiscal 4711.pdf"),
    ),
    _case(
        "sticker",
        placeholder="Sticker",
        **_file("1456677889900116", MediaKind.PICTURE, "image/webp", "sticker.webp"),
    ),
    _case(
        "location", placeholder=f"Location: MASP, Av. Paulista, 1578, São Paulo (-23.56168, -46.65598 {_MAP})"
    ),
    _case("contacts", placeholder="Contact: Carla Souza, Acme BR, +55 11 91234-5678, carla@acme.example"),
    _case("unsupported", placeholder="Sent something that can't be shown here (poll creation)"),
    _case("file_too_big", placeholder="Sent a file that is larger than WhatsApp hands on (100 MB)"),
    _case("edit", InboundEdit, external_id=THEIRS, text="Olá! My order 4712 is late."),
    _case("edit_caption", InboundEdit, external_id=PICTURE, text="Damaged box (two pictures)"),
    _case("unsend", InboundDeletion, external_id=PICTURE),
    _case("reaction", InboundReaction, external_id=OURS, emoji="🙏"),
    _case("reaction_removed", InboundReaction, external_id=OURS, emoji="", removed=True),
    _case(
        "number_changed",
        ProfileChanged,
        contact_id="5511900001111",
        known_as=PHONE,
        profile=Profile(
            name="", fields=(ProfileField(label="Phone", value="+5511900001111", sensitive=True),)
        ),
    ),
    _case(
        "id_changed",
        ProfileChanged,
        contact_id="BR.11223344556677889900",
        known_as=USER_ID,
        profile=Profile(name="", fields=(ProfileField(label="Country", value="🇧🇷 Brazil"),)),
    ),
    _report("status_sent", ReportState.SENT),
    _report("status_delivered", ReportState.DELIVERED),
    _report("status_read", ReportState.READ),
    _report("status_played", ReportState.READ),
    _report(
        "status_failed_unreachable",
        ReportState.FAILED,
        words="they can't get it: no longer on WhatsApp, too old an app, or its new terms not accepted",
    ),
    _report(
        "status_failed_window",
        ReportState.FAILED,
        contact_id=PHONE,
        known_as=None,
        words="it is more than 24 hours since they last wrote; WhatsApp takes approved templates only",
        cause=Cause.WINDOW,
    ),
    _case("echo", text="I call you at four", profile=None, echo=True),
    _case(
        "echo_edit",
        contact_id=PHONE,
        known_as=None,
        text="I call you at five",
        placeholder="Changed a message in the WhatsApp app",
        profile=None,
        echo=True,
    ),
    _case(
        "echo_image",
        contact_id=PHONE,
        known_as=None,
        text="The shelf",
        profile=None,
        echo=True,
        **_file("1456677889900121", MediaKind.PICTURE, "image/jpeg", "picture.jpg"),
    ),
)


def request(body: bytes, signature: str | None = None) -> WebhookRequest:
    given = _graph.signature(ACCOUNT, body) if signature is None else signature
    return WebhookRequest(
        method="POST",
        url="https://oratio.example/hooks/whatsapp/help",
        headers={_graph.SIGNATURE_HEADER: given},
        query={},
        body=body,
    )


def _told(field: str, **value: Any) -> Any:
    metadata = {"display_phone_number": "4930901820", "phone_number_id": NUMBER_ID}
    change = {"field": field, "value": {"metadata": metadata, **value}}
    return {"object": "whatsapp_business_account", "entry": [{"id": BUSINESS_ID, "changes": [change]}]}


class WhatsAppKit(CalledKit):
    """See `tests.contract.kit.Kit`."""

    name = "whatsapp"
    network = WhatsApp
    account = ACCOUNT
    cases = CASES
    silent: Mapping[str, Any] = {
        "of the account": _told("account_update", event="VERIFIED_ACCOUNT"),
        "of a template": _told("message_template_status_update", event="APPROVED"),
        "a status there is not yet": _told("messages", statuses=[{"id": "wamid.x", "status": "pondered"}]),
        "a new security code": _told(
            "messages",
            messages=[
                {
                    "from": PHONE,
                    "id": "wamid.y",
                    "timestamp": "1793610000",
                    "type": "system",
                    "system": {"type": "customer_identity_changed", "wa_id": PHONE, "body": "…"},
                }
            ],
        ),
    }
    faults: Mapping[str, type[Exception]] = {
        "no_answer": NoAnswer,
        "lost_answer": NoAnswer,
        "504": NoAnswer,
        "html 502": NoAnswer,
        "html 503": ProviderFault,
        "1": ProviderFault,
        "2": ProviderFault,
        "131000": ProviderFault,
        "131016": ProviderFault,
        "transient": ProviderFault,
        "429 bare": Throttled,
        "4": Throttled,
        "80007": Throttled,
        "130429": Throttled,
        "131048": Throttled,
        "131056": Throttled,
        "html": UnexpectedResponse,
        "empty": UnexpectedResponse,
        "no id": UnexpectedResponse,
        "list": UnexpectedResponse,
        "redirect": UnexpectedResponse,
        "413": Rejected,
        "100": Rejected,
        "131009": Rejected,
        "132001": Rejected,
        "unknown": Rejected,
        "131047": WindowClosed,
        "131026": ContactUnreachable,
        "190": AccountBroken,
        "10": AccountBroken,
        "200": AccountBroken,
        "100/33": AccountBroken,
        "131031": AccountBroken,
        "131042": AccountBroken,
        "368": AccountBroken,
    }
    secrets = (TOKEN, SECRET, VERIFY)

    def call(self, body: bytes) -> WebhookRequest:
        return request(body)

    def genuine(self) -> None:
        WhatsApp().verify(ACCOUNT, request(b"{}"))

    def forgeries(self) -> Mapping[str, Callable[[], object]]:
        right = _graph.signature(ACCOUNT, b"{}")
        given = {
            "missing": "",
            "wrong": right[:-1] + ("0" if right[-1] != "0" else "1"),
            "truncated": right[:-1],
            "not ASCII": right[:-1] + "ä",
            "twice": f"{right}, {right}",
            "without its name": right.removeprefix("sha256="),
            "of another body": _graph.signature(ACCOUNT, b"{} "),
            "stale": _graph.signature(_other(app_secret="meta-app-secret-old"), b"{}"),
            "the verify token": VERIFY,
        }
        return {name: _verifying(signature) for name, signature in given.items()}

    @asynccontextmanager
    async def bench(self, tmp_path: Path) -> AsyncIterator[Bench]:
        async with CloudApi() as api:
            network = WhatsApp()
            account = replace(ACCOUNT, options=api.options())
            # typing is shown under a message that was read
            await network.mark_read(account, USER_ID, api.writes("Hello?"), "k0")
            api.done.clear()

            async def effects() -> list[Effect]:
                return [_effect(api, *done) for done in api.done]

            async def lay(size: int) -> str:
                api.files["1037543"] = size
                return "1037543"

            try:
                yield Bench(
                    network=network,
                    account=account,
                    contact=USER_ID,
                    effects=effects,
                    fault=api.fault,
                    lay=lay,
                )
            finally:
                await network.close()


def _other(**options: object) -> AccountSettings:
    return replace(ACCOUNT, options={**ACCOUNT.options, **options})


def _verifying(signature: str) -> Callable[[], object]:
    return lambda: WhatsApp().verify(ACCOUNT, request(b"{}", signature))


def _effect(api: CloudApi, verb: str, contact: str, message: str, words: str) -> Effect:
    shown = next((each for each in api.shown if each.id == message), None)
    files = (shown.file,) if verb == "send" and shown and shown.file else ()
    return Effect(verb=verb, contact=contact, message=message, text=words, files=files)

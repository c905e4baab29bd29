"""Viber's kit: recorded callbacks, what the desk gets of them, and the Bot API at work."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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
    ContactGone,
    DeliveryReport,
    InboundAttachment,
    InboundMessage,
    Profile,
    ProfileField,
    ReportState,
)
from networks.viber import SIGNATURE_HEADER, Viber
from tests.contract.kit import Bench, CalledKit, Case, Effect
from tests.networks.viber.public_api import CUSTOMER, TOKEN, PublicApi, Shown, sign

HERE = Path(__file__).parent
ACCOUNT = AccountSettings(network="viber", name="help", title="Acme Help", options={"token": TOKEN})
IVANA = Profile(
    name="Ivana Petrović",
    fields=(ProfileField(label="Country", value="Serbia"), ProfileField(label="Language", value="Serbian")),
    avatar_url="https://media-direct.cdn.viber.com/download_photo?dlid=EXAMPLE",
    locale="sr",
)


def payload(name: str) -> Any:
    return json.loads((HERE / "payloads" / f"{name}.json").read_text("utf-8"))


def at(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds // 1_000, UTC)


def _case(name: str, kind: type[Any] = InboundMessage, **expected: Any) -> Case:
    """A callback's case: what is in every one is read off the payload."""
    callback = payload(name)
    token = str(callback["message_token"])
    common: dict[str, Any] = {
        "event_id": f"{callback['event']}:{token}",
        "contact_id": CUSTOMER,
        "sent_at": at(callback["timestamp"]),
    }
    if kind is not ContactGone:
        common["external_id"] = token
    if kind is InboundMessage:
        common["profile"] = IVANA
    return Case(name=name, payload=callback, events=(kind(**common, **expected),))


def _file(kind: MediaKind | None, ending: str, name: str, **more: Any) -> dict[str, Any]:
    ref = f"https://dl-media.viber.com/1/share/2/long/x.{ending}"
    return {"attachments": (InboundAttachment(ref=ref, kind=kind, name=name, **more),)}


_OPENED = "Opened the chat through a link: order-4711"
_STICKER = InboundAttachment(
    ref="https://www.viber.com/stickers/EXAMPLE.png", name="sticker.png", kind=MediaKind.PICTURE
)

CASES = (
    _case("text", text="Dobar dan, gde je paket 4711?"),
    _case(
        "image",
        text="Oštećena kutija",
        **_file(MediaKind.PICTURE, "jpg", "IMG_0007.jpg", size=98_211),
    ),
    _case("image_bare", **_file(MediaKind.PICTURE, "jpg", "picture.jpg", size=98_211)),
    _case("video", **_file(MediaKind.VIDEO, "mp4", "video.mp4", size=4_812_331, duration=12.0)),
    _case("document", **_file(None, "pdf", "racun-4711.pdf", size=182_734)),
    _case("sticker", placeholder="Sticker", attachments=(_STICKER,)),
    _case("sticker_by_number", placeholder="Sticker"),
    _case("contact", placeholder="Contact: Marko, +381601234567"),
    _case(
        "location",
        placeholder="Location: 44.8125, 20.4612 https://www.google.com/maps?q=44.8125,20.4612",
    ),
    _case("url", text="https://shop.example/o/4711"),
    _case(
        "rich_media",
        text="Pogledajte ponudu",
        placeholder="Sent something that can't be shown here (rich media)",
    ),
    _case("conversation_started", placeholder=f"{_OPENED} (Viber takes an answer once they have written)"),
    _case("conversation_started_again", placeholder=_OPENED),
    _case("subscribed", ContactGone, back=True),
    _case("unsubscribed", ContactGone, words="unsubscribed from this account"),
    _case("status_delivered", DeliveryReport, state=ReportState.DELIVERED),
    _case("status_seen", DeliveryReport, state=ReportState.READ),
    _case("status_failed", DeliveryReport, state=ReportState.FAILED, words="their Viber could not show it"),
)


def request(body: bytes, signature: str | None = None) -> WebhookRequest:
    return WebhookRequest(
        method="POST",
        url="https://oratio.example/hooks/viber/help",
        headers={SIGNATURE_HEADER: signature} if signature is not None else {},
        query={},
        body=body,
    )


def known_answer() -> tuple[bytes, str]:
    """A callback's bytes and the signature they must have."""
    known = payload("known_answer")
    return known["body"].encode(), known["value"]


class ViberKit(CalledKit):
    """See `tests.contract.kit.Kit`."""

    name = "viber"
    network = Viber
    account = ACCOUNT
    cases = CASES
    silent: Mapping[str, Any] = {
        "Viber tries our address": payload("webhook_check"),
        "the chat was opened": payload("conversation_opened"),
        "a payment's state": payload("client_status"),
        "a kind there is not yet": {"event": "hologram", "timestamp": 1, "message_token": 1},
    }
    faults: Mapping[str, type[Exception]] = {
        "no_answer": NoAnswer,
        "lost_answer": NoAnswer,
        "504": NoAnswer,
        "504 json": NoAnswer,
        "html 502": NoAnswer,
        "500": ProviderFault,
        "502": ProviderFault,
        "html 503": ProviderFault,
        "429": Throttled,
        "429 silent": Throttled,
        "413": Rejected,
        "html": UnexpectedResponse,
        "404": UnexpectedResponse,
        "403": UnexpectedResponse,
        "empty": UnexpectedResponse,
        "list": UnexpectedResponse,
        "no status": UnexpectedResponse,
        "no token": UnexpectedResponse,
        "redirect": UnexpectedResponse,
        "status 1": Rejected,
        "status 2": AccountBroken,
        "status 3": Rejected,
        "status 4": Rejected,
        "status 5": ContactUnreachable,
        "status 6": ContactUnreachable,
        "status 7": AccountBroken,
        "status 8": AccountBroken,
        "status 9": AccountBroken,
        "status 10": AccountBroken,
        "status 11": ContactUnreachable,
        "status 12": Throttled,
        "status 13": ContactUnreachable,
        "status 14": Rejected,
        "status 15": AccountBroken,
        "status 16": Rejected,
        "status 17": Rejected,
        "status 18": Rejected,
        "status 19": Rejected,
        "status 20": Rejected,
        "status 21": Rejected,
        "status 22": Rejected,
        "status 23": WindowClosed,
        "status 24": WindowClosed,
        "status 99": ProviderFault,
        "status -1": ProviderFault,
    }
    secrets = (TOKEN,)

    def call(self, body: bytes) -> WebhookRequest:
        return request(body, sign(TOKEN, body))

    def genuine(self) -> None:
        Viber().verify(ACCOUNT, request(b"{}", sign(TOKEN, b"{}")))
        Viber().verify(ACCOUNT, request(*known_answer()))

    def forgeries(self) -> Mapping[str, Callable[[], object]]:
        body, right = known_answer()
        given = {
            "missing": None,
            "empty": "",
            "wrong": sign(TOKEN[:-1] + "8", body),
            "truncated": right[:-1],
            "not ASCII": right[:-1] + "ä",
            "twice": f"{right}, {right}",
            "with a prefix": f"sha256={right}",
            "the bot's token": TOKEN,
            "of another body": sign(TOKEN, body + b" "),
            "of the same, written otherwise": sign(TOKEN, json.dumps(json.loads(body)).encode()),
        }
        checks = {name: _verifying(ACCOUNT, body, signature) for name, signature in given.items()}
        renewed = replace(ACCOUNT, options={"token": TOKEN[:-1] + "8"})
        nothing = replace(ACCOUNT, options={"token": ""})
        return {
            **checks,
            "stale": _verifying(renewed, body, right),  # of the token before Viber gave a new one
            "of no token": _verifying(nothing, body, sign("", body)),
        }

    @asynccontextmanager
    async def bench(self, tmp_path: Path) -> AsyncIterator[Bench]:
        async with PublicApi() as api:
            network = Viber()
            account = replace(ACCOUNT, options=api.options())

            async def effects() -> list[Effect]:
                return [_effect(shown) for shown in api.shown]

            async def lay(size: int) -> str:
                api.files["large.bin"] = size
                return f"{api.url}/media/large.bin"

            try:
                yield Bench(
                    network=network,
                    account=account,
                    contact=CUSTOMER,
                    effects=effects,
                    fault=api.fault,
                    lay=lay,
                )
            finally:
                await network.close()


def _verifying(account: AccountSettings, body: bytes, signature: str | None) -> Callable[[], object]:
    return lambda: Viber().verify(account, request(body, signature))


def _effect(shown: Shown) -> Effect:
    return Effect(
        verb="send",
        contact=shown.to,
        message=str(shown.id),
        text=shown.text,
        files=((shown.name, shown.size),) if shown.media else (),
    )

"""Telegram's kit: recorded updates, what the desk gets of them, and the Bot API at work."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from networks.base import UNKNOWN_TIME, WebhookRequest
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
    InboundAttachment,
    InboundDeletion,
    InboundEdit,
    InboundMessage,
    InboundReaction,
    Profile,
    ProfileField,
)
from networks.telegram import SECRET_HEADER, Telegram, secret_of
from tests.contract.kit import Bench, CalledKit, Case, Effect
from tests.networks.telegram.bot_api import CUSTOMER, TOKEN, BotApi

HERE = Path(__file__).parent
SECRET = "tg_secret-Token_000"
ACCOUNT = AccountSettings(
    network="telegram",
    name="help",
    title="Acme Help",
    options={"token": TOKEN, "mode": "webhook", "webhook_secret": SECRET},
)
THROUGH = f"bc_hQ1a:{CUSTOMER}"
"""Olga, in the chats of a business account."""
OLGA = Profile(
    name="Olga Kern",
    fields=(
        ProfileField(label="Username", value="@olga_kern"),
        ProfileField(label="Language", value="German"),
    ),
    locale="de",
)


def payload(name: str) -> Any:
    return json.loads((HERE / "payloads" / f"{name}.json").read_text("utf-8"))


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _case(name: str, **expected: Any) -> Case:
    """A message's case: what is in every one is read off the payload."""
    update = payload(name)
    message = update["message"]
    common = {
        "event_id": str(update["update_id"]),
        "external_id": f"{CUSTOMER}:{message['message_id']}",
        "contact_id": str(CUSTOMER),
        "sent_at": at(message["date"]),
        "profile": OLGA,
    }
    return Case(name=name, payload=update, events=(InboundMessage(**(common | expected)),))


def _file(ref: str, kind: MediaKind | None, **more: Any) -> dict[str, Any]:
    return {"attachments": (InboundAttachment(ref=ref, kind=kind, **more),)}


_PICTURE = {"name": "picture.jpg", "mime_type": "image/jpeg"}
_MAP = "https://www.google.com/maps?q=48.13743,11.57549"

CASES = (
    _case("text", text="Hello, my order 4711 has not arrived. See https://shop.example/o/4711"),
    _case(
        "text_formatted",
        text="🙂 Please do not delete: click here (https://shop.example/?a=1&b=2) & <pay>",
    ),
    _case("start_command", placeholder="Opened the chat through a link: c-7f31"),
    _case("reply", text="This one", reply_to=f"{CUSTOMER}:3102", placeholder="About “parcel”"),
    _case(
        "image",
        text="The box was open",
        **_file("AgACAgIAAxkBAAIMIGTh_x", MediaKind.PICTURE, size=98_211, **_PICTURE),
    ),
    _case(
        "album_item",
        group=f"{CUSTOMER}:13930112233445566",
        **_file("AgACAgIAAxkBAAIMIWTi_x", MediaKind.PICTURE, size=88_123, **_PICTURE),
    ),
    _case(
        "video",
        text="Unboxing",
        **_file(
            "BAACAgIAAxkBAAIMImTj",
            MediaKind.VIDEO,
            name="unboxing.mp4",
            mime_type="video/mp4",
            size=4_812_331,
            duration=12.0,
        ),
    ),
    _case(
        "animation",
        **_file(
            "CgACAgQAAxkBAAIMLWTr",
            MediaKind.VIDEO,
            name="wave.mp4",
            mime_type="video/mp4",
            size=81_234,
            duration=3.0,
        ),
    ),
    _case(
        "voice",
        **_file(
            "AwACAgIAAxkBAAIMI2Tk",
            MediaKind.AUDIO,
            mime_type="audio/ogg",
            size=28_933,
            duration=7.0,
            voice=True,
        ),
    ),
    _case(
        "audio",
        **_file(
            "CQACAgIAAxkBAAIMJGTl",
            MediaKind.AUDIO,
            name="hold.mp3",
            mime_type="audio/mpeg",
            size=2_944_120,
            duration=184.0,
        ),
    ),
    _case(
        "video_note",
        placeholder="Video message, 0:05",
        **_file(
            "DQACAgIAAxkBAAIMKWTq",
            MediaKind.VIDEO,
            name="video message.mp4",
            mime_type="video/mp4",
            size=412_000,
            duration=5.0,
        ),
    ),
    _case(
        "document",
        text="Invoice",
        **_file(
            "BQACAgIAAxkBAAIMJWTm",
            None,
            name="Rechnung 4711.pdf",
            mime_type="application/pdf",
            size=182_734,
        ),
    ),
    _case(
        "document_too_big",
        **_file(
            "BQACAgIAAxkBAAIMJmTn",
            None,
            name="raw-footage.mov",
            mime_type="video/quicktime",
            size=734_003_200,
        ),
    ),
    _case(
        "sticker",
        placeholder="Sticker 😡",
        **_file(
            "CAACAgIAAxkBAAIMJ2To",
            MediaKind.PICTURE,
            name="sticker.webp",
            mime_type="image/webp",
            size=23_110,
        ),
    ),
    _case("sticker_animated", placeholder="Moving sticker 👍"),
    _case("location", placeholder=f"Location: 48.13743, 11.57549 {_MAP}"),
    _case("venue", placeholder=f"Location: Acme Store, Marienplatz 1, München (48.13743, 11.57549 {_MAP})"),
    _case("contact", placeholder="Contact: Max Muster, +4915112345678"),
    _case("unsupported_poll", placeholder="Poll: Blue or green? Blue / Green"),
    Case(
        name="edit",
        payload=payload("edit"),
        events=(
            InboundEdit(
                event_id="881200115",
                external_id=f"{CUSTOMER}:3101",
                contact_id=str(CUSTOMER),
                sent_at=at(1_793_610_200),
                text="Hello, my order 4712 (not 4711) has not arrived.",
            ),
        ),
    ),
    Case(
        name="reaction",
        payload=payload("reaction"),
        events=(
            InboundReaction(
                event_id="881200116:0",
                external_id=f"{CUSTOMER}:3102",
                contact_id=str(CUSTOMER),
                sent_at=at(1_793_610_210),
                emoji="👍",
            ),
        ),
    ),
    Case(
        name="blocked",
        payload=payload("blocked"),
        events=(ContactGone(event_id="881200117", contact_id=str(CUSTOMER), sent_at=at(1_793_610_300)),),
    ),
    Case(
        name="unblocked",
        payload=payload("unblocked"),
        events=(
            ContactGone(event_id="881200123", contact_id=str(CUSTOMER), sent_at=at(1_793_610_900), back=True),
        ),
    ),
    Case(
        name="business_text",
        payload=payload("business_text"),
        events=(
            InboundMessage(
                event_id="881200140",
                external_id=f"{THROUGH}:3109",
                contact_id=THROUGH,
                sent_at=at(payload("business_text")["business_message"]["date"]),
                text="Is your shop open today?",
                profile=replace(
                    OLGA,
                    fields=(
                        *OLGA.fields,
                        ProfileField(
                            label="Wrote to", value="a business account that the bot is connected to"
                        ),
                    ),
                ),
            ),
        ),
    ),
    Case(
        name="business_edit",
        payload=payload("business_edit"),
        events=(
            InboundEdit(
                event_id="881200141",
                external_id=f"{THROUGH}:3109",
                contact_id=THROUGH,
                sent_at=at(payload("business_edit")["edited_business_message"]["edit_date"]),
                text="Is your shop open tomorrow?",
            ),
        ),
    ),
    Case(
        name="business_deleted",
        payload=payload("business_deleted"),
        events=tuple(
            InboundDeletion(
                event_id=f"881200118:{number}",
                external_id=f"{THROUGH}:{number}",
                contact_id=THROUGH,
                sent_at=UNKNOWN_TIME,
            )
            for number in (3109, 3111)
        ),
    ),
)


def request(body: bytes, secret: str | None = SECRET) -> WebhookRequest:
    return WebhookRequest(
        method="POST",
        url="https://oratio.example/hooks/telegram/help",
        headers={SECRET_HEADER: secret} if secret is not None else {},
        query={},
        body=body,
    )


class TelegramKit(CalledKit):
    """See `tests.contract.kit.Kit`."""

    name = "telegram"
    network = Telegram
    account = ACCOUNT
    signs_body = False
    cases = CASES
    silent: Mapping[str, Any] = {
        "our own echo": {
            "update_id": 881_200_130,
            "message": {**payload("reply")["message"]["reply_to_message"]},
        },
        "a kind there is not yet": {"update_id": 881_200_131, "hologram": {"id": 1}},
        "a poll's count": {"update_id": 881_200_132, "poll": {"id": "1"}},
    }
    faults: Mapping[str, type[Exception]] = {
        "no_answer": NoAnswer,
        "lost_answer": NoAnswer,
        "504": NoAnswer,
        "html 502": NoAnswer,
        "500": ProviderFault,
        "502": ProviderFault,
        "html 503": ProviderFault,
        "429": Throttled,
        "429 bare": Throttled,
        "429 silent": Throttled,
        "html": UnexpectedResponse,
        "empty": UnexpectedResponse,
        "no message": UnexpectedResponse,
        "not ok": UnexpectedResponse,
        "list": UnexpectedResponse,
        "redirect": UnexpectedResponse,
        "413": Rejected,
        "blocked": ContactUnreachable,
        "403 Forbidden: user is deactivated": ContactUnreachable,
        "403 Forbidden: bot can't initiate conversation with a user": ContactUnreachable,
        "400 Bad Request: BUSINESS_PEER_USAGE_MISSING": WindowClosed,
        "403 Forbidden: BUSINESS_PEER_USAGE_MISSING": WindowClosed,
        "400 Bad Request: business connection not found": ContactUnreachable,
        "403 Forbidden: bots can't send messages to bots": ContactUnreachable,
        "400 Bad Request: chat not found": ContactUnreachable,
        "400 Bad Request: PEER_ID_INVALID": ContactUnreachable,
        "400 Bad Request: not enough rights to send text messages to the chat": Rejected,
        "400 Bad Request: something new": Rejected,
        "revoked": AccountBroken,
        "404 Not Found": AccountBroken,
        "409 Conflict: terminated by other getUpdates request": AccountBroken,
    }
    secrets = (SECRET, TOKEN, TOKEN.partition(":")[2])

    def call(self, body: bytes) -> WebhookRequest:
        return request(body)

    def genuine(self) -> None:
        Telegram().verify(ACCOUNT, request(b"{}"))
        Telegram().verify(*_derived())

    def forgeries(self) -> Mapping[str, Callable[[], object]]:
        given = {
            "missing": None,
            "empty": "",
            "wrong": "tg_secret-Token_001",
            "truncated": SECRET[:-1],
            "not ASCII": SECRET[:-1] + "ä",
            "twice": f"{SECRET}, {SECRET}",
            "the bot's token": TOKEN,
        }
        checks = {name: _verifying(ACCOUNT, secret) for name, secret in given.items()}
        old = replace(ACCOUNT, options={"token": TOKEN[:-1] + "9"})
        stale = secret_of(old)  # of the token before @BotFather gave a new one
        return {
            **checks,
            "stale": _verifying(replace(ACCOUNT, options={"token": TOKEN}), stale),
            "of another account": _verifying(
                replace(ACCOUNT, name="other", options={"token": TOKEN}),
                secret_of(replace(ACCOUNT, options={"token": TOKEN})),
            ),
        }

    @asynccontextmanager
    async def bench(self, tmp_path: Path) -> AsyncIterator[Bench]:
        async with BotApi() as api:
            network = Telegram()
            account = replace(ACCOUNT, options=api.options())

            async def effects() -> list[Effect]:
                return [_effect(api, *done) for done in api.done]

            async def lay(size: int) -> str:
                api.files["large"], api.paths["large"] = size, "documents/large.bin"
                return "large"

            try:
                yield Bench(
                    network=network,
                    account=account,
                    contact=str(CUSTOMER),
                    effects=effects,
                    fault=api.fault,
                    lay=lay,
                )
            finally:
                await network.close()


def _derived() -> tuple[AccountSettings, WebhookRequest]:
    account = replace(ACCOUNT, options={"token": TOKEN})
    return account, request(b"{}", secret_of(account))


def _verifying(account: AccountSettings, secret: str | None) -> Callable[[], object]:
    return lambda: Telegram().verify(account, request(b"{}", secret))


def _effect(api: BotApi, method: str, chat: int, message: int, words: str) -> Effect:
    if method == "typing":
        return Effect(verb="typing", contact=str(chat), text="True")
    shown = next(m for m in api.shown if (m.to, m.id) == (chat, message))
    verb = {"edit": "edit", "delete": "delete", "react": "react"}.get(method, "send")
    files = (shown.file,) if shown.file and verb == "send" else ()
    return Effect(verb=verb, contact=str(chat), message=shown.name, text=words, files=files)

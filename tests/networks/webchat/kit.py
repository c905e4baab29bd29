"""The website chat's kit: what a widget sends, and what the desk gets of it.

Here we are the provider, so "a signed request" is a frame over a socket whose token was
checked, and the effect of sending is a row of the visitor's history.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tortoise.context import tortoise_test_context
from tortoise.transactions import in_transaction

from desk.clock import Clock
from desk.hub import Hub
from desk.units import Units
from desk.visitors import Visitors
from handlers import visitor_tokens
from handlers.webchat_site import Refusal, json_object
from networks.base import Tools
from networks.capabilities import AccountSettings, MediaKind
from networks.errors import PayloadInvalid
from networks.events import (
    DeliveryReport,
    InboundAttachment,
    InboundDeletion,
    InboundEdit,
    InboundEvent,
    InboundMessage,
    InboundReaction,
    Profile,
    ProfileField,
    ReportState,
)
from networks.webchat import WebChat, parse_frame
from tests.contract.kit import Bench, Case, Effect
from tests.networks.sent import file

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
VISITOR = "vc_8f2a"
SECRET = "visitor-secret-0123456789"
OTHER_SECRET = "another-secret-0123456789"
ACCOUNT = AccountSettings(
    network="webchat",
    name="shop",
    title="Acme Shop",
    options={
        "origins": ("https://shop.example",),
        "secret": SECRET,
        "identify_secret": "identify-secret-0123456789",
        "max_upload": 20_000_000,
    },
)
IDENTITY = {"name": "Mia Krüger", "email": "mia@example.org", "user_id": "4711", "verified": False}


def payload(name: str) -> Any:
    return json.loads((HERE / "payloads" / f"{name}.json").read_text("utf-8"))


def _common(key: str, message: str) -> dict[str, Any]:
    return {
        "event_id": f"{VISITOR}:{key}",
        "external_id": f"{VISITOR}:{message}",
        "contact_id": VISITOR,
        "sent_at": NOW,
    }


def _profile(*told: tuple[str, str], locale: str | None = None) -> Profile:
    known = [
        ("Name (unverified)", "Mia Krüger"),
        ("E-mail (unverified)", "mia@example.org"),
        ("Customer id (unverified)", "4711"),
    ]
    return Profile(
        name="Mia Krüger",
        fields=tuple(ProfileField(label=label, value=value) for label, value in [*known, *told]),
        locale=locale,
    )


def _file(message: str, ref: str, name: str, mime: str, size: int) -> InboundMessage:
    return InboundMessage(
        **_common(message, message),
        attachments=(InboundAttachment(ref=ref, name=name, mime_type=mime, size=size),),
        profile=_profile(),
    )


CASES = (
    Case(
        name="text",
        payload=payload("text"),
        events=(
            InboundMessage(
                **_common("m_01KAJ8A0000000000000000001", "m_01KAJ8A0000000000000000001"),
                text="Hello, is anybody there?",
                profile=_profile(
                    ("Page", "Cart (https://shop.example/cart)"),
                    ("Language", "German (Germany)"),
                    ("Time zone", "Europe/Berlin"),
                    locale="de-DE",
                ),
            ),
        ),
    ),
    Case(
        name="image",
        payload=payload("image"),
        events=(_file("m_01KAJ8A0000000000000000002", "up_19d0", "box.jpg", "image/jpeg", 98_211),),
    ),
    Case(
        name="document",
        payload=payload("document"),
        events=(_file("m_01KAJ8A0000000000000000003", "up_19d1", "invoice.pdf", "application/pdf", 182_734),),
    ),
    Case(
        name="video",
        payload=payload("video"),
        events=(
            InboundMessage(
                **_common("m_01KAJ8A0000000000000000010", "m_01KAJ8A0000000000000000010"),
                text="See how it leaks",
                attachments=(
                    InboundAttachment(
                        ref="up_19d2",
                        name="leak.mp4",
                        mime_type="video/mp4",
                        size=4_812_331,
                        kind=MediaKind.VIDEO,
                    ),
                    InboundAttachment(
                        ref="up_19d3",
                        name="hum.mp3",
                        mime_type="audio/mpeg",
                        size=294_120,
                        kind=MediaKind.AUDIO,
                    ),
                ),
                profile=_profile(),
            ),
        ),
    ),
    Case(
        name="reply",
        payload=payload("reply"),
        events=(
            InboundMessage(
                **_common("m_01KAJ8A0000000000000000011", "m_01KAJ8A0000000000000000011"),
                text="This one, please",
                profile=_profile(),
                reply_to=f"{VISITOR}:m_502",
            ),
        ),
    ),
    Case(
        name="edit",
        payload={**payload("edit"), "client_id": "01KAJ8A0000000000000000004"},
        events=(
            InboundEdit(**_common("c_01KAJ8A0000000000000000004", "m_501"), text="Hello, is anyone there?"),
        ),
    ),
    Case(
        name="unsend",
        payload={**payload("unsend"), "client_id": "01KAJ8A0000000000000000005"},
        events=(InboundDeletion(**_common("c_01KAJ8A0000000000000000005", "m_501")),),
    ),
    Case(
        name="reaction",
        payload={**payload("reaction"), "client_id": "01KAJ8A0000000000000000006"},
        events=(InboundReaction(**_common("c_01KAJ8A0000000000000000006", "m_502"), emoji="👍"),),
    ),
    Case(
        name="reaction_removed",
        payload=payload("reaction_removed"),
        events=(
            InboundReaction(**_common("c_01KAJ8A0000000000000000012", "m_502"), emoji="👍", removed=True),
        ),
    ),
    Case(
        name="read",
        payload=payload("read"),
        events=(DeliveryReport(**_common("read:m_502", "m_502"), state=ReportState.READ),),
    ),
)


class WebChatKit:
    """See `tests.contract.kit.Kit`."""

    name = "webchat"
    cases = CASES
    silent: Mapping[str, Any] = {
        "typing": payload("typing"),
        "our own message": payload("_server_message"),
        "our own acknowledgement": payload("_server_ack"),
        "a kind there is not yet": {"v": 1, "type": "hologram", "client_id": "01KAJ8A0000000000000000009"},
    }
    faults: Mapping[str, type[Exception]] = {}
    secrets = (SECRET, "identify-secret-0123456789")

    def body(self, given: Any) -> bytes:
        return json.dumps(given).encode()

    def hears(self, body: bytes) -> Sequence[InboundEvent]:
        """A frame of the widget's socket."""
        try:
            frame = json_object(body)
        except Refusal as refusal:
            raise PayloadInvalid(refusal.words) from None
        return self.parse(frame)

    def parse(self, given: Any) -> Sequence[InboundEvent]:
        event = parse_frame(ACCOUNT, VISITOR, given, now=NOW, identity=IDENTITY)
        return [] if event is None else [event]

    def genuine(self) -> None:
        token, _ = visitor_tokens.issue(SECRET, "shop", VISITOR, NOW)
        found = visitor_tokens.read_token(SECRET, "shop", token, NOW)
        assert (found.account, found.visitor) == ("shop", VISITOR)

    def forgeries(self) -> Mapping[str, Callable[[], object]]:
        token, _ = visitor_tokens.issue(SECRET, "shop", VISITOR, NOW)
        text, _, mac = token.partition(".")
        other, _ = visitor_tokens.issue(SECRET, "shop", "vc_other", NOW)
        link = visitor_tokens.sign_link(SECRET, "shop", VISITOR, NOW)

        def read(
            given: str, at: datetime = NOW, account: str = "shop", secret: str = SECRET
        ) -> Callable[[], object]:
            return lambda: visitor_tokens.read_token(secret, account, given, at)

        return {
            "missing": read(""),
            "no signature": read(text),
            "empty signature": read(f"{text}."),
            "truncated": read(token[:-1]),
            "another's claims": read(f"{other.partition('.')[0]}.{mac}"),
            "not ASCII": read(f"{text}.{mac[:-1]}ä"),
            "another secret": read(visitor_tokens.issue(OTHER_SECRET, "shop", VISITOR, NOW)[0]),
            "another site": read(token, account="blog"),
            "stale": read(token, at=NOW + timedelta(days=30)),
            "from the future": read(token, at=NOW - timedelta(hours=1)),
            "a file's link": read(link),
            "too long": read(text * 50 + "." + mac),
        }

    @asynccontextmanager
    async def bench(self, tmp_path: Path) -> AsyncIterator[Bench]:
        async with tortoise_test_context(["models"]):
            units, hub = Units(), Hub()
            visitors = Visitors(1, {"shop": 7}, tmp_path, Clock(), units, hub=hub)
            async with in_transaction():
                owner = await visitors.enter("shop", VISITOR)
            signals: list[Effect] = []

            def signal(account: str, visitor: str, body: Mapping[str, object]) -> None:
                signals.append(Effect(verb="typing", contact=visitor, text=str(body["on"])))

            async def effects() -> list[Effect]:
                shown = await visitors.after("shop", VISITOR, 0)
                return [effect_of(dict(each.body)) for each in shown] + signals

            async def lay(size: int) -> str:
                zeros = file(size=size).open()
                return (await visitors.files.take(owner, "large.bin", zeros, size)).upload_id

            network = WebChat(Tools(visitors=visitors, signal=signal))
            yield Bench(
                network=network, account=ACCOUNT, contact=VISITOR, effects=effects, fault=None, lay=lay
            )
            await units.drain()


VERBS = {"message": "send", "message.update": "edit", "message.delete": "delete", "reaction": "react"}


def effect_of(body: Mapping[str, Any]) -> Effect:
    files = tuple((f["name"], f["size"]) for f in body.get("files", ()))
    verb = VERBS.get(body["type"], "mark_read")
    message = body.get("id") or body.get("up_to")
    text = "" if verb == "mark_read" else body.get("emoji") or body.get("text") or ""
    return Effect(verb=verb, contact=VISITOR, message=f"{VISITOR}:{message}", text=text, files=files)

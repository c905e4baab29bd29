"""Matrix's kit: recorded answers to `/sync`, what the desk gets of them, and a homeserver at work."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from networks._calling import Answer
from networks._matrix_people import Room
from networks._matrix_reading import Reactions, read
from networks._pieces import as_object, objects
from networks.capabilities import AccountSettings, MediaKind
from networks.errors import (
    AccountBroken,
    ContactUnreachable,
    NoAnswer,
    PayloadInvalid,
    ProviderFault,
    Rejected,
    Throttled,
    UnexpectedResponse,
)
from networks.events import (
    ContactGone,
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
from networks.matrix import Matrix
from tests.contract.kit import Bench, Case, Effect
from tests.networks.matrix.homeserver import ROOM, TOKEN, Homeserver
from tests.networks.matrix.rooms import LENA, OWN

HERE = Path(__file__).parent
ACCOUNT = AccountSettings(
    network="matrix",
    name="help",
    title="Acme Help",
    options={"homeserver": "https://hs.example", "token": TOKEN},
)
LENA_PROFILE = Profile(name="Lena", fields=(ProfileField(label="Matrix ID", value=LENA),))
SENT = datetime.fromtimestamp(1_793_610_000, UTC)


def payload(name: str) -> Any:
    return json.loads((HERE / "payloads" / f"{name}.json").read_text("utf-8"))


def timeline(name: str) -> list[Any]:
    """The events of a recorded answer."""
    return list(payload(name)["rooms"]["join"][ROOM]["timeline"]["events"])


def _case(name: str, **expected: Any) -> Case:
    """A message's case: what is in every one is read off the payload."""
    event = timeline(name)[0]["event_id"]
    common = {
        "event_id": event,
        "external_id": event,
        "contact_id": ROOM,
        "sent_at": SENT,
        "profile": LENA_PROFILE,
        "reply_handle": "room",
    }
    return Case(name=name, payload=payload(name), events=(InboundMessage(**(common | expected)),))


def _other(name: str, *events: InboundEvent) -> Case:
    return Case(name=name, payload=payload(name), events=events)


def _on(event: str, target: str, **more: Any) -> dict[str, Any]:
    """What a change of another message says."""
    return {"event_id": event, "external_id": target, "contact_id": ROOM, "sent_at": SENT, **more}


def _file(media: str, kind: MediaKind, name: str | None, mime: str, size: int, **more: Any) -> dict[str, Any]:
    ref = f"mxc://hs.example/{media}"
    made = InboundAttachment(ref=ref, kind=kind, name=name, mime_type=mime, size=size, **more)
    return {"attachments": (made,)}


_MAP = "https://www.google.com/maps?q=48.13743,11.57549"
_CANNOT = "Sent something that can't be shown here"

CASES = (
    _case("text", text="Hello, order 4711 is late"),
    _case(
        "text_links",
        text="Please see my order (https://shop.example/o/4711?a=1&b=2), Acme Help",
    ),
    _case("notice", text="Your parcel was sent", automatic=True),
    _case("emote", text="* Lena waits"),
    _case("reply", text="This one", reply_to="$botEvent900"),
    _case("reply_fallback", text="This one\n> see", reply_to="$botEvent900"),
    _case("thread", text="inside a thread", reply_to="$t1Qm", reply_handle="$t1Qm"),
    _case(
        "image",
        text="The box was open",
        **_file("SEsfnsuifSDFSSEF", MediaKind.PICTURE, "IMG_0007.jpg", "image/jpeg", 98_211),
    ),
    _case(
        "video",
        **_file("VIDEOvideo", MediaKind.VIDEO, "unboxing.mp4", "video/mp4", 4_812_331, duration=12.0),
    ),
    _case(
        "audio",
        **_file("AUDIOaudio", MediaKind.AUDIO, "hold.mp3", "audio/mpeg", 2_944_120, duration=184.0),
    ),
    _case(
        "voice",
        **_file(
            "VOICEvoice",
            MediaKind.AUDIO,
            None,
            "audio/ogg",
            28_933,
            duration=7.0,
            voice=True,
        ),
    ),
    _case(
        "document",
        **_file("DOCdocDOC", MediaKind.DOCUMENT, "invoice-4711.pdf", "application/pdf", 182_734),
    ),
    _case(
        "sticker",
        placeholder="Sticker: Facepalm",
        attachments=(
            InboundAttachment(
                ref="mxc://hs.example/STICKERsticker",
                kind=MediaKind.PICTURE,
                mime_type="image/png",
                size=20_110,
            ),
        ),
    ),
    _case("location", placeholder=f"Location: Marienplatz, München (48.13743, 11.57549 {_MAP})"),
    _case("encrypted_file", placeholder="An encrypted file: secret.pdf"),
    _case(
        "encrypted",
        placeholder="An encrypted message, which can't be read here. Ask for a room without encryption",
    ),
    _case(
        "encryption",
        placeholder="Turned on encryption in this room: what is written from now on can't be read here",
    ),
    _case("poll", placeholder="Poll: Blue or green? Blue / Green"),
    _case("call", placeholder="Called; calls can't be taken here"),
    _case("redacted", placeholder="Took a message back before it could be read"),
    _case("unknown_msgtype", text="A hologram of a parcel", placeholder=f"{_CANNOT} (org.example.hologram)"),
    _case("unknown_event", text="A gift", placeholder=f"{_CANNOT} (org.example.gift)"),
    _other("edit", InboundEdit(**_on("$t10Qm", "$t1Qm", text="Hello, order 4712 is late"))),
    _other("unsend", InboundDeletion(**_on("$t11Qm", "$t4Qm"))),
    _other("unsend_old", InboundDeletion(**_on("$unsend_oldQm", "$t4Qm"))),
    _other("reaction", InboundReaction(**_on("$t12Qm", "$botEvent900", emoji="👍"))),
    _other(
        "reaction_removed",
        InboundReaction(**_on("$reaction_removedQm", "$botEvent900", emoji="🎉")),
        InboundReaction(
            **_on(
                "$reaction_removed1Qm",
                "$botEvent900",
                emoji="🎉",
                removed=True,
                sent_at=datetime.fromtimestamp(1_793_610_001, UTC),
            )
        ),
    ),
    _other(
        "receipt_read",
        DeliveryReport(
            event_id=f"read:$botEvent900:{LENA}",
            external_id="$botEvent900",
            contact_id=ROOM,
            sent_at=datetime.fromtimestamp(1_793_610_060, UTC),
            state=ReportState.READ,
        ),
    ),
    _other("back", ContactGone(event_id="$backQm", contact_id=ROOM, sent_at=SENT, back=True)),
    _other(
        "put_out",
        ContactGone(
            event_id="$put_outQm",
            contact_id=ROOM,
            sent_at=SENT,
            words="put this account out of the room",
        ),
    ),
)


class MatrixKit:
    """See `tests.contract.kit.Kit`."""

    name = "matrix"
    cases = CASES
    silent: Mapping[str, Any] = {
        "our own echo": payload("echo"),
        "an invitation": payload("invite"),
        "somebody types": payload("typing"),
        "a topic": payload("topic"),
        "another name": payload("renamed"),
        "a vote": payload("vote"),
    }
    faults: Mapping[str, type[Exception]] = {
        "no_answer": NoAnswer,
        "lost_answer": NoAnswer,
        "html 502": NoAnswer,
        "html 504": NoAnswer,
        "html 503": ProviderFault,
        "500 M_UNKNOWN": ProviderFault,
        "502 M_UNKNOWN": ProviderFault,
        "html 200": UnexpectedResponse,
        "200": UnexpectedResponse,
        "302": UnexpectedResponse,
        "429 M_LIMIT_EXCEEDED": Throttled,
        "429 older": Throttled,
        "429": Throttled,
        "403 M_FORBIDDEN": ContactUnreachable,
        "404 M_NOT_FOUND": Rejected,
        "404 M_UNRECOGNIZED": Rejected,
        "html 404": Rejected,
        "400 M_BAD_JSON": Rejected,
        "400 M_NOT_JSON": Rejected,
        "400 M_INVALID_PARAM": Rejected,
        "400 M_MISSING_PARAM": Rejected,
        "400 M_UNKNOWN": Rejected,
        "403 M_BAD_STATE": Rejected,
        "413 M_TOO_LARGE": Rejected,
        "html 413": Rejected,
        "418 ORG.EXAMPLE.TEAPOT": Rejected,
        "401 M_UNKNOWN_TOKEN": AccountBroken,
        "401 M_MISSING_TOKEN": AccountBroken,
        "401": AccountBroken,
        "403 M_USER_DEACTIVATED": AccountBroken,
        "401 M_USER_LOCKED": AccountBroken,
        "403 M_USER_SUSPENDED": AccountBroken,
        "403 M_CONSENT_NOT_GIVEN": AccountBroken,
        "403 M_GUEST_ACCESS_FORBIDDEN": AccountBroken,
        "403 M_RESOURCE_LIMIT_EXCEEDED": AccountBroken,
    }
    secrets = (TOKEN,)

    def body(self, given: Any) -> bytes:
        return json.dumps(given).encode()

    def hears(self, body: bytes) -> Sequence[InboundEvent]:
        """An answer to `/sync`; one that is no object is asked for again, and brings nothing."""
        return self._read(Answer(status=200, body=body).fields())

    def parse(self, given: Any) -> Sequence[InboundEvent]:
        return self.hears(self.body(given))

    def _read(self, given: Any) -> Sequence[InboundEvent]:
        """As `heard` reads an answer, of which the calls about each room are answered so."""
        found: list[InboundEvent] = []
        for name, told in as_object(as_object(as_object(given).get("rooms")).get("join")).items():
            room = Room(id=name, own_id=OWN, people={LENA: "Lena"})
            events = objects(as_object(as_object(told).get("timeline")).get("events"))
            events_found, unreadable = read(room, events, as_object(told), Reactions())
            if unreadable:
                raise PayloadInvalid(unreadable[0].why)
            found += events_found
        return found

    def genuine(self) -> None:
        """A homeserver calls nobody."""

    def forgeries(self) -> Mapping[str, Callable[[], object]]:
        """There is nothing to forge."""
        return {}

    @asynccontextmanager
    async def bench(self, tmp_path: Path) -> AsyncIterator[Bench]:
        async with Homeserver() as homeserver:
            homeserver.opened()
            network = Matrix(answer=5)
            account = replace(ACCOUNT, options=homeserver.options())

            async def effects() -> list[Effect]:
                return [
                    Effect(verb=verb, contact=room, message=message, text=text, files=files)
                    for verb, room, message, text, files in homeserver.done
                ]

            async def lay(size: int) -> str:
                homeserver.files["large"] = size
                return "mxc://hs.example/large"

            def fault(kind: str) -> None:
                """aiohttp itself puts the same once more where the connection ends."""
                homeserver.fault(kind, 2 if kind in ("no_answer", "lost_answer") else 1)

            try:
                yield Bench(
                    network=network, account=account, contact=ROOM, effects=effects, fault=fault, lay=lay
                )
            finally:
                await network.close()

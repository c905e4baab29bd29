"""Calls to every network's address that are not what they say, over HTTP: refused before anything is stored,
or kept as they came; and what networks might tell at the worst, stored and shown.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from multidict import CIMultiDict

from desk.conversations import inbound
from desk.settings import AccountConfig
from handlers.webhooks import MAX_BYTES
from models import Conversation, Delivery, DeliveryState, EarlyChange, Message, RawPayload, SeenEvent
from networks.base import WebhookRequest
from networks.capabilities import MediaKind
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
    ProfileChanged,
    ProfileField,
    ReportState,
)
from networks.registry import NETWORKS
from sandbox import Sandbox
from tests.contract.hostile import at_a_spot, spots
from tests.contract.kit import CalledKit
from tests.contract.kits import KITS
from tests.networks.fake_provider import FakeProvider
from tests.scenario.acts import quiet
from tests.scenario.world import FAST, SUPPORT, TEAM, World, configured, database_url, running, with_tables

PUBLIC = "https://oratio.example"
NOWHERE = "http://127.0.0.1:9"
CALLED = {name: kit for name in NETWORKS if isinstance(kit := KITS[name], CalledKit)}
STORED = (Conversation, Delivery, EarlyChange, Message, RawPayload, SeenEvent)
PATIENT = replace(FAST, retry_base=timedelta(minutes=1), retry_cap=timedelta(minutes=1))
"""The providers, which can't be reached, are not tried again and again."""
TOO_LARGE = MAX_BYTES + 1
CLOSE = {"Connection": "close"}
"""Since a call that is refused early ends its connection."""
GZIP = {**CLOSE, "Content-Encoding": "gzip"}

UNREADABLE = {
    "not UTF-8": b'{"events": ["\xff\xfe"]',
    "cut off": b'{"events": [{"type": "mess',
    "a list": b"[]",
    "null": b"null",
    "a number": b"1e999",
    "deep": b"[" * 100_000,
    "empty": b"",
}


def own_name(kit: CalledKit) -> str:
    """What the account is called: as in the kit where the provider signs the address."""
    return kit.account.name if kit.account.hook else kit.account.network


def account_of(kit: CalledKit) -> AccountConfig:
    """The kit's account, whose provider can't be reached."""
    elsewhere = {key: NOWHERE for key in kit.network.OPTIONS if key.endswith("_url")}
    return AccountConfig(
        network=kit.account.network,
        name=own_name(kit),
        title=f"Acme {kit.account.network}",
        channel="#support",
        agents=TEAM,
        options={**kit.account.options, **elsewhere},
    )


@asynccontextmanager
async def all_networks(folder: Path, url: str) -> AsyncIterator[World]:
    """The program with an account of each network whose provider calls."""
    await with_tables(url)
    accounts = [account_of(kit) for kit in CALLED.values()]
    async with Sandbox("app-manifest.yml", {"app": {"socket_mode": False}}) as slack:
        config = configured(slack, folder, url, *accounts, public_url=PUBLIC, durations=PATIENT)
        async with running(World(slack, FakeProvider(), config)) as world:
            yield world


def forged(kit: CalledKit, body: bytes) -> Iterator[tuple[str, str, CIMultiDict[str]]]:
    """Every way to get the proof of a call wrong, with the address it is sent to."""
    call = kit.call(body)
    (proof,) = (name for name in call.headers if name.startswith("x-"))
    given, where = call.headers[proof], at(kit, call)
    wrong = {
        "empty": "",
        "wrong": given[:-2] + ("zz" if given[-2:] != "zz" else "yy"),
        "truncated": given[:-1],
        "longer": f"{given}0",
        "not ASCII": f"{given[:-1]}ä",
        "in a list": f"{given}, {given}",
    }
    yield "missing", where, CIMultiDict()
    yield from ((how, where, CIMultiDict({proof: value})) for how, value in wrong.items())
    doubled = CIMultiDict({proof: given})
    doubled.add(proof, given)
    yield "doubled", where, doubled
    if kit.signs_body:
        yield "of another body", where, CIMultiDict({proof: kit.call(body + b" ").headers[proof]})
    other = next(each for each in CALLED.values() if proof not in each.call(body).headers)
    yield "another network's", where, CIMultiDict(other.call(body).headers)


def at(kit: CalledKit, call: WebhookRequest) -> str:
    """The path of the account, and what the provider puts behind it."""
    query = urlsplit(call.url).query
    return f"/hooks/{kit.account.network}/{own_name(kit)}" + (f"?{query}" if query else "")


async def piecemeal() -> AsyncIterator[bytes]:
    """Without a word on how long it gets."""
    for _ in range(TOO_LARGE // 65_536 + 1):
        yield bytes(65_536)


async def stored() -> list[int]:
    return [await model.all().count() for model in STORED]


async def send(
    http: aiohttp.ClientSession, world: World, path: str, body: Any, headers: Any, method: str = "POST"
) -> int:
    async with http.request(method, world.app.url + path, data=body, headers=headers) as answer:
        assert "Traceback" not in await answer.text()
        return answer.status


async def test_calls_that_prove_nothing_leave_nothing(tmp_path: Path) -> None:
    """All forgeries, of all bodies, at all networks; too large ones, and of accounts there are not."""
    async with all_networks(tmp_path, database_url(tmp_path)) as world, aiohttp.ClientSession() as http:
        before = await stored()
        wrong: list[tuple[str, ...]] = []
        for name, kit in CALLED.items():
            for what, body in {**UNREADABLE, "genuine": kit.body(kit.cases[0].payload)}.items():
                for how, path, headers in forged(kit, body):
                    status = await send(http, world, path, body, headers)
                    if status not in (400, 401):
                        wrong.append((name, what, how, str(status)))
            large, call = kit.call(b"x" * TOO_LARGE), kit.call(b"{}")
            packed = gzip.compress(bytes(TOO_LARGE))
            for sent, packing in ((large.body, CLOSE), (piecemeal(), CLOSE), (packed, GZIP)):
                headers = {**large.headers, **packing}
                assert await send(http, world, at(kit, large), sent, headers) == 413, name
            assert await send(http, world, at(kit, call), b"{}", {**call.headers, **GZIP}) == 400, name
            for path in (f"/hooks/{name}/nobody", f"/hooks/fake/{own_name(kit)}", f"/hooks/{name}/%00"):
                assert await send(http, world, path, call.body, call.headers) == 404, (name, path)
            for path in (
                bare := at(kit, call).partition("?")[0],
                f"{bare}?hub.mode=subscribe&hub.challenge=1",
            ):
                assert await send(http, world, path, b"", {}, "GET") == 401, (name, path)
            assert await send(http, world, at(kit, call), call.body, call.headers, "PUT") == 405, name
        assert await send(http, world, "/slack/events", b"{}", GZIP) == 400
        assert wrong == []
        assert await stored() == before


async def test_what_is_signed_and_cannot_be_read_is_kept_and_shown_once(tmp_path: Path) -> None:
    async with all_networks(tmp_path, database_url(tmp_path)) as world, aiohttp.ClientSession() as http:
        for name, kit in CALLED.items():
            for what, body in UNREADABLE.items():
                for _ in range(2):  # providers repeat what they like
                    call = kit.call(body)
                    assert await send(http, world, at(kit, call), body, call.headers) == 200, (name, what)
            reached = await RawPayload.filter(source=kit.network.title)
            assert sorted(bytes(row.body) for row in reached) == sorted(UNREADABLE.values()), name
        assert not await Message.exists()
        await world.until(lambda: len(told(world)) == len(CALLED))
        await quiet(world)
        assert {name: told(world, f"Acme {name} sent something") for name in CALLED} == {
            name: [words] for name in CALLED for words in told(world, f"Acme {name} sent something")
        }


def told(world: World, words: str = "sent something that Oratio can't read") -> list[str]:
    return [m["text"] for m in world.slack.messages(SUPPORT) if words in m["text"]]


WORST: tuple[Any, ...] = ("a\x00b", "\ud800", "x" * 3_500, 10**30, b"[" * 10_000, -1)


async def test_no_provider_can_say_what_is_not_stored(tmp_path: Path, database: str) -> None:
    """At each field of a message with a file the worst there is: 200, whatever comes of it."""
    async with all_networks(tmp_path, database) as world, aiohttp.ClientSession() as http:
        for name in ("telegram", "line"):
            kit = CALLED[name]
            every = [n for n, (case, _) in enumerate(spots(name)) if kit.cases[case].name == "image"]
            for number, spot in enumerate(every):
                case = kit.cases[spots(name)[spot][0]]
                body = renamed(case.events, at_a_spot(kit, spot, WORST[number % len(WORST)]), number)
                call = kit.call(body)
                status = await send(http, world, at(kit, call), call.body, call.headers)
                assert status == 200, (name, spots(name)[spot], WORST[number % len(WORST)])
        assert await Message.all().count() > 20
        assert await RawPayload.all().count() > 10


def renamed(events: Sequence[InboundEvent], body: bytes, number: int) -> bytes:
    """The same with other ids of as many characters, so that it is no repeat."""
    for event in events:
        for name in {event.event_id, getattr(event, "external_id", "").rpartition(":")[2]} - {""}:
            body = body.replace(name.encode(), f"{name[:-3]}{number:03}".encode())
    return body


NASTY = "n\x00u\ud800l\udfffl\x01"
LATER = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
FILES = (
    InboundAttachment(ref="r1", name=f"{NASTY}.pdf", mime_type=NASTY * 90, size=2**70, duration=float("nan")),
    InboundAttachment(ref="r2", kind=MediaKind.AUDIO, voice=True, size=-1, duration=float("inf")),
)
PROFILE = Profile(
    name=NASTY * 900,
    fields=tuple(ProfileField(label=NASTY * 90, value=NASTY * 900) for _ in range(40)),
    avatar_url=f"https://{NASTY}",
    locale=NASTY * 90,
)


def worst_events() -> list[InboundEvent]:
    """The worst that the contract lets a network tell, of every kind."""
    common: dict[str, Any] = {"contact_id": "i" * 255, "sent_at": LATER}
    words = {"text": NASTY * 900, "placeholder": NASTY, "group": NASTY * 90, "attachments": FILES}
    ids = [f"{number}".ljust(255, "i") for number in range(9)]
    first = InboundMessage(
        **common, **words, event_id=ids[0], external_id=ids[0], profile=PROFILE, known_as="k" * 255
    )
    only = replace(first, event_id=ids[1], external_id=ids[1], text="\x00", placeholder=None, attachments=())
    names: dict[str, Any] = {**common, "external_id": ids[0]}
    report = {**names, "state": ReportState.FAILED, "words": NASTY * 90}
    return [
        InboundEdit(**{**names, "external_id": ids[2]}, event_id="early", text=NASTY),
        DeliveryReport(**{**report, "external_id": ids[3]}, event_id="of nothing", key="k" * 999),
        first,
        only,
        replace(first, event_id=ids[2], external_id=ids[2], reply_to="r" * 9_000, reply_handle="h" * 9_000),
        replace(first, event_id=ids[4], external_id=ids[4], echo=True),
        InboundEdit(**names, event_id="edit", text=NASTY * 900),
        InboundReaction(**names, event_id="reaction", emoji=NASTY * 900),
        DeliveryReport(**report, event_id="report"),
        DeliveryReport(**{**common, "external_id": ""}, event_id="up to", state=ReportState.READ, up_to=True),
        ProfileChanged(**common, event_id="profile", profile=replace(PROFILE, name="")),
        InboundDeletion(**names, event_id="deletion"),
        ContactGone(**common, event_id="gone"),
        ContactGone(**common, event_id="back", back=True),
    ]


async def test_the_worst_that_a_network_may_tell_is_stored_and_shown(world: World) -> None:
    desk = world.app.desk
    (account,) = desk.accounts
    for event in worst_events():
        await desk.units.transact(lambda each=event: inbound.receive(desk, account, [each]))  # type: ignore[misc]
    desk.wake()
    await world.until(world.cards)
    await quiet(world)
    messages = await Message.all().order_by("id")
    assert [m.text for m in messages[:2]] == [("null" * 900), ""]
    assert await Delivery.filter(state=DeliveryState.DEAD).exclude(kind="fetch").count() == 0
    shown = json.dumps(world.slack.messages(SUPPORT)) + json.dumps(world.thread(world.cards()[0]["ts"]))
    assert "\\u0000" not in shown
    assert "\\ud800" not in shown

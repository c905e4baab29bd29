"""Requests that are not what they say: refused before anything is stored, never with a 500."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from multidict import CIMultiDict

from models import Conversation, Delivery, EarlyChange, Message, RawPayload, SeenEvent
from tests.networks.fake import SIGNATURE, sign
from tests.scenario import wire
from tests.scenario.acts import quiet
from tests.scenario.wire import FORM, JSON, Headers, slack_signed
from tests.scenario.world import ANA, SUPPORT, World

STORED = (Conversation, Delivery, EarlyChange, Message, RawPayload, SeenEvent)
HEADERS = wire.SIGNATURE, wire.TIME


def slack_bodies(world: World) -> dict[str, tuple[str, bytes]]:
    """What Slack sends to each listener, well formed."""
    team = world.slack.team_id
    event = {
        "type": "event_callback",
        "team_id": team,
        "event_id": "Ev0FORGED",
        "event": {"type": "message", "channel": SUPPORT, "user": ANA, "ts": "1.1", "text": "forged"},
    }
    person = {"id": ANA, "team_id": team}
    press: dict[str, Any] = {
        "type": "block_actions",
        "team": {"id": team},
        "user": person,
        "actions": [{"action_id": "account.check", "block_id": "b", "type": "button", "value": "1"}],
    }
    options = {
        "type": "block_suggestion",
        "team": {"id": team},
        "user": person,
        "action_id": "conversation.assign_to",
        "block_id": "b",
        "value": "a",
    }
    command = {"command": "/inbox", "text": "", "team_id": team, "user_id": ANA, "channel_id": SUPPORT}
    return {
        "event": (JSON, json.dumps(event).encode()),
        "interactivity": (FORM, urlencode({"payload": json.dumps(press)}).encode()),
        "options": (FORM, urlencode({"payload": json.dumps(options)}).encode()),
        "command": (FORM, urlencode(command).encode()),
        "url_verification": (JSON, json.dumps({"type": "url_verification", "challenge": "c"}).encode()),
    }


def slack_forgeries(world: World, body: bytes) -> Iterator[tuple[str, Headers]]:
    """Every way to get a Slack signature wrong."""
    right = slack_signed(world, body)
    signature, stamp = right[HEADERS[0]], right[HEADERS[1]]

    def with_(signature: str, stamp: str = stamp) -> Headers:
        return CIMultiDict({HEADERS[0]: signature, HEADERS[1]: stamp})

    yield "missing", CIMultiDict()
    yield "signature missing", CIMultiDict({HEADERS[1]: stamp})
    yield "time missing", CIMultiDict({HEADERS[0]: signature})
    yield "wrong", with_("v0=" + "0" * 64)
    yield "truncated", with_(signature[:-1])
    yield "without its version", with_(signature[3:])
    yield "empty", with_("")
    yield "not ASCII", with_(signature[:-1] + "ä")
    yield "of another body", slack_signed(world, body + b" ")
    yield "old", slack_signed(world, body, datetime.now(UTC) - timedelta(minutes=6))
    yield "future", slack_signed(world, body, datetime.now(UTC) + timedelta(minutes=6))
    for odd in ("abc", "", "-1", "1e9", "9" * 40, "१२३", f"{stamp}.0"):
        yield f"time {odd!r}", with_(signature, odd)
    for header in HEADERS:
        doubled = right.copy()
        doubled.add(header, right[header])
        yield f"doubled {header}", doubled


def unreadable() -> dict[str, tuple[str, bytes]]:
    """Bodies that nobody sends who means well, though they may be signed."""
    return {
        "not UTF-8": (JSON, b'{"type": "event_callback", "event": "\xff\xfe"}'),
        "cut off": (JSON, b'{"type": "event_callback", "event": {'),
        "a list": (JSON, b"[]"),
        "null": (JSON, b"null"),
        "a number": (JSON, b"1e999"),
        "no event": (JSON, b'{"type": "event_callback", "event": null}'),
        "deep": (JSON, b"[" * 100_000),
        "empty": (JSON, b""),
        "form not UTF-8": (FORM, b"payload=%ff&\xff"),
        "payload cut off": (FORM, b"payload=%7B%22type"),
        "payload null": (FORM, b"payload=null"),
        "payload list": (FORM, b"payload=%5B%5D"),
        "form of nothing": (FORM, b"hello=there"),
        "many fields": (FORM, b"&".join(b"a%d=1" % i for i in range(500))),
        "no type": (JSON, b'{"event": []}'),
        "an event of no type": (JSON, b'{"type": "event_callback", "event": {}}'),
        "a type nobody knows": (JSON, b'{"type": "app_rate_limited", "minute_rate_limited": 1}'),
    }


async def stored() -> list[int]:
    return [await model.all().count() for model in STORED]


Ask = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
async def ask() -> AsyncIterator[Ask]:
    """Send a request as it is; its status and what was said."""
    async with aiohttp.ClientSession() as session:

        async def one(
            url: str, kind: str, body: bytes, headers: Headers, method: str = "POST"
        ) -> tuple[int, str]:
            sent = headers.copy()
            sent["Content-Type"] = kind
            async with session.request(method, url, data=body, headers=sent) as got:
                return got.status, await got.text()

        yield one


async def test_forged_slack_requests_meet_401_and_leave_nothing(world: World, ask: Ask) -> None:
    url = f"{world.app.url}/slack/events"
    before = await stored()
    bodies = {**slack_bodies(world), **unreadable()}
    wrong = []
    for what, (kind, body) in bodies.items():
        for how, headers in slack_forgeries(world, body):
            status, words = await ask(url, kind, body, headers)
            if status not in (400, 401) or "Traceback" in words:
                wrong.append((what, how, status))
    assert wrong == []
    assert await stored() == before


async def test_genuine_slack_requests_are_answered(world: World, ask: Ask) -> None:
    url = f"{world.app.url}/slack/events"
    for what, (kind, body) in slack_bodies(world).items():
        status, _ = await ask(url, kind, body, slack_signed(world, body))
        assert status == 200, what


async def test_what_slack_signed_but_nobody_can_read_is_kept_and_shown(world: World, ask: Ask) -> None:
    url = f"{world.app.url}/slack/events"
    for what, (kind, body) in unreadable().items():
        for _ in range(2):  # Slack repeats what it likes
            status, _ = await ask(url, kind, body, slack_signed(world, body))
            assert status == 200, what
    kept = await RawPayload.all()
    assert {bytes(row.body) for row in kept} == {body for _, body in unreadable().values()}
    assert len(kept) == len({body for _, body in unreadable().values()})
    await world.until(lambda: shown(world, "Slack sent something that Oratio can't read"))
    await quiet(world)
    assert len(shown(world, "can't read")) == hours_of(kept)


def hours_of(rows: list[RawPayload]) -> int:
    """In how many hours of the clock these came, each of which has its post: one, unless one just ended."""
    return len({row.at.replace(minute=0, second=0, microsecond=0) for row in rows})


def shown(world: World, words: str) -> list[str]:
    """The posts of the intake channel, our admin channel here, that say so."""
    return [m["text"] for m in world.slack.messages(SUPPORT) if words in m["text"]]


async def test_more_than_a_request_may_hold_is_413(world: World, ask: Ask) -> None:
    body = b"x" * 4_000_001
    before = await stored()
    assert (await ask(f"{world.app.url}/slack/events", JSON, body, slack_signed(world, body)))[0] == 413
    signed = CIMultiDict({SIGNATURE: sign(world.provider.secret, body, datetime.now(UTC))})
    assert (await ask(world.hook, JSON, body, signed))[0] == 413
    assert await stored() == before
    event = {
        "kind": "message",
        "event": "e1",
        "id": "m1",
        "from": "mia",
        "text": "Hello?",
        "at": 1_793_610_000,
    }
    after_an_outage = json.dumps(event).encode() + b" " * 3_000_000
    signed = CIMultiDict({SIGNATURE: sign(world.provider.secret, after_an_outage, datetime.now(UTC))})
    assert (await ask(world.hook, JSON, after_an_outage, signed))[0] == 200


def fake_forgeries(world: World, body: bytes) -> Iterator[tuple[str, Headers]]:
    """Every way to get the fake network's signature wrong."""
    now = datetime.now(UTC)
    secret = world.provider.secret
    right = sign(secret, body, now)
    one: Callable[[str], Headers] = lambda value: CIMultiDict({SIGNATURE: value})  # noqa: E731
    yield "missing", CIMultiDict()
    yield "wrong", one(sign("another", body, now))
    yield "truncated", one(right[:-1])
    yield "not ASCII", one(right[:-1] + "ä")
    yield "of another body", one(sign(secret, body + b" ", now))
    yield "old", one(sign(secret, body, now - timedelta(minutes=6)))
    yield "future", one(sign(secret, body, now + timedelta(minutes=6)))
    doubled = one(right)
    doubled.add(SIGNATURE, right)
    yield "doubled", doubled


HOOK_BODIES = {
    "well formed": json.dumps(
        {"events": [{"kind": "message", "event": "e", "id": "m", "from": "c", "text": "Hi", "at": 1}]}
    ).encode(),
    "not UTF-8": b'{"events": ["\xff"]}',
    "cut off": b'{"events": [',
    "a list": b"[]",
    "null": b"null",
    "events null": b'{"events": null}',
    "deep": b"[" * 100_000,
    "empty": b"",
}


async def test_forged_webhooks_meet_401_and_leave_nothing(world: World, ask: Ask) -> None:
    before = await stored()
    wrong = []
    for what, body in HOOK_BODIES.items():
        for how, headers in fake_forgeries(world, body):
            status, _ = await ask(world.hook, JSON, body, headers)
            if status not in (400, 401):
                wrong.append((what, how, status))
    assert wrong == []
    assert await stored() == before


async def test_a_signed_webhook_nobody_can_read_is_kept_and_shown_once(world: World, ask: Ask) -> None:
    for what, body in HOOK_BODIES.items():
        if what == "well formed":
            continue
        for _ in range(2):
            headers: Headers = CIMultiDict({SIGNATURE: sign(world.provider.secret, body, datetime.now(UTC))})
            assert (await ask(world.hook, JSON, body, headers))[0] == 200, what
    rows = await RawPayload.all()
    kept = [bytes(row.body) for row in rows]
    assert sorted(kept) == sorted(b for what, b in HOOK_BODIES.items() if what != "well formed")
    await world.until(lambda: shown(world, "Fake · Acme Shop sent something that Oratio can't read"))
    await quiet(world)
    assert len(shown(world, "can't read")) == hours_of(rows)


async def test_what_breaks_the_contract_is_kept_and_the_rest_is_taken(world: World) -> None:
    good = {"kind": "message", "event": "e1", "id": "m1", "from": "mia", "name": "Mia", "text": "Hi", "at": 1}
    flawed = ({"kind": "giant"}, {**good, "id": "m\x00"}, {**good, "from": "\ud800"})
    for bad in flawed:
        for _ in range(2):
            assert await world.provider.deliver(world.hook, bad, good) == 200, bad
    assert await world.provider.deliver(world.hook, *flawed) == 200
    reasons = [row.reason for row in await RawPayload.all().order_by("id")]
    unfit = "an id has characters that cannot be stored"
    long = "the event_id has 900 characters"
    assert reasons == [long, unfit, unfit, long]
    assert [message.text for message in await Message.all()] == ["Hi"]
    await world.until(lambda: shown(world, "Fake · Acme Shop sent something that Oratio can't read"))


@pytest.mark.parametrize(
    "path", ["/hooks/fake/nobody", "/hooks/nothing/shop", "/hooks/fake/sho%70%00", "/hooks/fake/%F0%9F%98%80"]
)
async def test_an_unknown_account_is_404(world: World, ask: Ask, path: str) -> None:
    body = HOOK_BODIES["well formed"]
    headers: Headers = CIMultiDict({SIGNATURE: sign(world.provider.secret, body, datetime.now(UTC))})
    for method in ("POST", "GET"):
        status, words = await ask(world.app.url + path, JSON, body, headers, method)
        assert (status, "shop" in words) == (404, False)
    assert not await Message.exists()

"""What Meta's networks share: signatures, the first question, and what the Graph API's errors mean."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from networks import _graph
from networks._calling import Caller
from networks._graph import Graph
from networks.base import WebhookRequest
from networks.capabilities import AccountSettings
from networks.errors import (
    AccountBroken,
    DeliveryError,
    NoAnswer,
    PayloadInvalid,
    ProviderFault,
    Rejected,
    SignatureInvalid,
    Throttled,
    UnexpectedResponse,
    WindowClosed,
)

SECRET = "meta-app-secret-000"
BODY = (
    rb'{"object":"page","entry":[{"id":"104055512345678","time":1793610001077,"messaging":[{"sender":'
    rb'{"id":"6817263540918273"},"recipient":{"id":"104055512345678"},"timestamp":1793610000412,"message":'
    rb'{"mid":"m_9aul-CXfQ2SUYaw9MUXHwA7KOQRYlmbPb76L4QOyRik","text":"Hi, is the blue one back in stock? '
    rb'\u00e4\u00f6\u00fc \ud83d\ude42"}}]}]}'
)
SIGNED = "sha256=5310c673f639e089eac5255a16e0c6da4fd9d2cc7042808a636a0463e2224bf0"
TOKEN = "EAAGtheVerySecretPageToken000"


def account(**more: object) -> AccountSettings:
    options = {"app_secret": SECRET, "token": TOKEN, "verify_token": "meta-verify-000", **more}
    return AccountSettings(network="pigeon", name="help", title="Help", options=options)


def posted(body: bytes, **headers: str) -> WebhookRequest:
    return WebhookRequest(method="POST", url="https://o.example/h", headers=headers, query={}, body=body)


def asked(**query: str) -> WebhookRequest:
    named = {f"hub.{name}": value for name, value in query.items()}
    return WebhookRequest(method="GET", url="https://o.example/h", headers={}, query=named, body=b"")


def test_the_known_signature_passes_and_every_other_is_refused() -> None:
    _graph.verify(account(), posted(BODY, **{"x-hub-signature-256": SIGNED}))
    assert _graph.parsed(posted(BODY))["object"] == "page"
    for given in ("", SIGNED[:-1], SIGNED.upper(), SIGNED[7:], f"{SIGNED}, {SIGNED}", "sha256=ä", "sha1=00"):
        with pytest.raises(SignatureInvalid):
            _graph.verify(account(), posted(BODY, **{"x-hub-signature-256": given}))
    for changed in (posted(BODY + b" ", **{"x-hub-signature-256": SIGNED}), posted(BODY)):
        with pytest.raises(SignatureInvalid):
            _graph.verify(account(), changed)


def test_the_first_question_is_answered_to_those_who_know_the_token() -> None:
    question = asked(mode="subscribe", challenge="1158201444", verify_token="meta-verify-000")
    _graph.verify(account(), question)
    assert _graph.answer(question).body == b"1158201444"
    assert _graph.parsed(question) == {}
    made = account(verify_token=None)
    _graph.verify(made, asked(mode="subscribe", challenge="1", verify_token=_graph.verify_token(made)))
    assert _graph.verify_token(made) != _graph.verify_token(account(verify_token=None, app_secret="x"))
    for refused in (
        asked(mode="subscribe", challenge="1", verify_token="wrong"),
        asked(mode="subscribe", challenge="1"),
        asked(mode="unsubscribe", challenge="1", verify_token="meta-verify-000"),
        asked(mode="subscribe", verify_token="meta-verify-000"),
        asked(),
    ):
        with pytest.raises(SignatureInvalid):
            _graph.verify(account(), refused)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"a', b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(PayloadInvalid):
        _graph.parsed(posted(body))


REFUSALS: _graph.Refusals = {
    (10, 77): (WindowClosed, "{title} lets us answer for a day only"),
    (100, None): (Rejected, "{title} can't read this message"),
    (11, _graph.OTHER): (Rejected, "{title} refuses this one"),
    (11, None): (AccountBroken, "{title} refuses everything"),
}


class Meta:
    """Answers what it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answer: tuple[int, Any, dict[str, str]] = (200, {"id": "1"}, {})
        self.calls: list[tuple[str, str, str]] = []
        self.url = ""

    async def serve(self, request: web.Request) -> web.Response:
        self.calls.append((request.method, request.path_qs, request.headers["Authorization"]))
        status, body, headers = self.answer
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(status=status, text=text, headers=headers)


@pytest.fixture
async def meta() -> AsyncIterator[Meta]:
    made = Meta()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", made.serve)
    async with TestServer(app) as server:
        made.url = str(server.make_url("")).rstrip("/")
        yield made


@pytest.fixture
async def graph() -> AsyncIterator[Graph]:
    caller = Caller("Pigeon", answer=2)
    yield Graph("Pigeon", caller, REFUSALS)
    await caller.close()


async def test_a_call_has_its_token_in_a_header_and_its_version_in_the_address(
    meta: Meta, graph: Graph
) -> None:
    there = account(api_url=meta.url, api_version="v99.0")
    assert await graph.call(there, "GET", "77", params={"fields": "name,id"}) == {"id": "1"}
    await graph.call(there, "POST", "77/messages", json={"a": 1}, token="123|app")
    assert meta.calls == [
        ("GET", "/v99.0/77?fields=name,id", f"Bearer {TOKEN}"),
        ("POST", "/v99.0/77/messages", "Bearer 123|app"),
    ]


def error(code: object, subcode: object = None, **more: object) -> dict[str, object]:
    detail = {} if subcode is None else {"error_subcode": subcode}
    return {"error": {"message": f"Malformed access token {TOKEN}", "code": code, **detail, **more}}


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (400, error(10, 77), WindowClosed, "10/77"),
        (403, error(10, 78), AccountBroken, "10/78"),
        (400, error(100, 5), Rejected, "100/5"),
        (400, error(11, 5), Rejected, "11/5"),
        (400, error(11), AccountBroken, "11"),
        (400, error(190, 463), AccountBroken, "190/463"),
        (403, error(200), AccountBroken, "200"),
        (403, error(299, 1), AccountBroken, "299/1"),
        (400, error(300), Rejected, "300"),
        (400, error(368), AccountBroken, "368"),
        (400, error(4), Throttled, "4"),
        (400, error(613), Throttled, "613"),
        (429, error(999), Throttled, "http_429"),
        (500, error(1), ProviderFault, "1"),
        (400, error(2), ProviderFault, "2"),
        (400, error(999, is_transient=True), ProviderFault, "999"),
        (500, error(999), ProviderFault, "http_500"),
        (400, error("x", [1]), Rejected, "0"),
        (400, {"error": "no object"}, UnexpectedResponse, "http_400"),
        (400, "<h1>Bad</h1>", UnexpectedResponse, "http_400"),
        (200, "<h1>Welcome</h1>", UnexpectedResponse, "http_200"),
        (200, [], UnexpectedResponse, "http_200"),
        (200, error(100), Rejected, "100"),
        (302, {"id": "1"}, UnexpectedResponse, "http_302"),
        (502, "<h1>Bad</h1>", NoAnswer, "http_502"),
        (503, "", ProviderFault, "http_503"),
    ],
)
async def test_each_refusal_has_its_error(
    meta: Meta, graph: Graph, status: int, body: Any, kind: type[DeliveryError], code: str
) -> None:
    meta.answer = (status, body, {})
    with pytest.raises(DeliveryError) as caught:
        await graph.call(account(api_url=meta.url), "POST", "77/messages", json={})
    assert (type(caught.value), caught.value.code) == (kind, code)
    assert TOKEN not in f"{caught.value!r}"
    assert "{" not in caught.value.words


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 60.0),
        ({"Retry-After": "7"}, 7.0),
        (
            {
                "X-Business-Use-Case-Usage": json.dumps(
                    {
                        "104": [{"type": "messenger", "estimated_time_to_regain_access": 3}],
                        "105": [{"type": "pages", "estimated_time_to_regain_access": 0}],
                    }
                )
            },
            180.0,
        ),
        ({"X-Business-Use-Case-Usage": '{"104":[{"estimated_time_to_regain_access":9000}]}'}, 3_600.0),
        ({"X-Business-Use-Case-Usage": '{"104":[{}]}'}, 60.0),
        ({"X-Business-Use-Case-Usage": "[1]"}, 60.0),
        ({"X-Business-Use-Case-Usage": '{"104":[{"estimated_time_to_regain_access":NaN}]}'}, 60.0),
    ],
)
async def test_a_pause_is_as_long_as_meta_says(
    meta: Meta, graph: Graph, headers: dict[str, str], seconds: float
) -> None:
    meta.answer = (400, error(4), headers)
    with pytest.raises(Throttled) as caught:
        await graph.call(account(api_url=meta.url), "POST", "77/messages", json={})
    assert caught.value.retry_after == seconds

"""Calls to a provider, and where files may be fetched from."""

from __future__ import annotations

import asyncio
import gzip
import os
import sys
import tracemalloc
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from networks._addresses import host_of
from networks._calling import PAUSE, Answer, Caller
from networks.errors import (
    AccountBroken,
    DeliveryError,
    NoAnswer,
    ProviderFault,
    Rejected,
    Throttled,
    Unreachable,
)
from tests.networks.email.certificates import certified

SECRET = {"Authorization": "Bearer very-secret"}


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    made = Caller("Pigeon", answer=2)
    yield made
    await made.close()


@pytest.fixture
def left() -> asyncio.Event:
    """The other side saw that we hung up."""
    return asyncio.Event()


@asynccontextmanager
async def serving(*routes: web.RouteDef) -> AsyncIterator[str]:
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def whole(caller: Caller, url: str, *trusted: str) -> bytes:
    return b"".join([piece async for piece in caller.fetch(url, headers=SECRET, trusted=trusted)])


_CALL = """
import asyncio, sys
from networks._calling import Caller
async def main():
    caller = Caller("Pigeon", answer=5)
    try:
        print((await caller.call("GET", sys.argv[1])).status)
    except Exception as error:
        print(type(error).__name__)
    await caller.close()
asyncio.run(main())
"""


async def test_an_authority_of_ones_own_is_trusted_where_the_environment_names_it(tmp_path: Path) -> None:
    """As docs/operators.md says; read once, when the program starts."""
    context, file = certified(tmp_path)

    async def hello(_: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.add_routes([web.get("/", hello)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        url = f"https://127.0.0.1:{runner.addresses[0][1]}/"
        said = [await _in_a_process(url, env) for env in ({}, {"SSL_CERT_FILE": str(file)})]
    finally:
        await runner.cleanup()
    assert said == ["Unreachable", "200"]


async def _in_a_process(url: str, env: Mapping[str, str]) -> str:
    command = (sys.executable, "-c", _CALL, url)
    told = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*command, stdout=told, env={**os.environ, **env})
    return (await child.communicate())[0].decode().strip()


async def test_what_is_shorter_than_it_said_is_no_file(caller: Caller) -> None:
    async def file(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000000\r\n\r\n0123456789")
        request.transport.close()
        return web.Response()

    async with serving(web.get("/", file)) as url:
        with pytest.raises(ProviderFault):
            await whole(caller, url, host_of(url))


async def test_a_bomb_is_unpacked_piece_by_piece_and_no_further_than_it_is_read(caller: Caller) -> None:
    bomb, asked = gzip.compress(bytes(50_000_000), 1), list[str]()

    async def file(request: web.Request) -> web.Response:
        asked.append(request.headers["Accept-Encoding"])
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    async with serving(web.get("/", file)) as url:
        tracemalloc.start()
        try:
            pieces = caller.fetch(url, trusted={host_of(url)})
            read = [len(await anext(pieces)) for _ in range(20)]
            await pieces.aclose()
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert max(read) <= 256 * 1024
        assert peak < 8_000_000
        with pytest.raises(NoAnswer):
            await caller.call("GET", url)
        assert asked[0] == "identity"


async def test_who_hands_out_a_file_byte_by_byte_is_left(left: asyncio.Event) -> None:
    async def file(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        with suppress(ConnectionError):
            while True:
                await answer.write(b"x")
                await asyncio.sleep(0.005)
        left.set()
        return answer

    impatient = Caller("Pigeon", silence=0.3)
    async with serving(web.get("/", file)) as url:
        with pytest.raises(ProviderFault) as slow:
            await whole(impatient, url, host_of(url))
        assert slow.value.code == "trickle"
        await impatient.close()
        async with asyncio.timeout(5):
            await left.wait()


async def test_redirects_are_looked_at_like_the_first_address(caller: Caller) -> None:
    seen: list[str | None] = []

    async def file(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization"))
        return web.Response(body=b"whole file")

    async def to(request: web.Request) -> web.Response:
        where = {"in": "https://127.0.0.1:1/x", "on": "/file", "back": "/to/back", "none": ""}
        return web.Response(status=302, headers={"Location": where[request.match_info["where"]]})

    async with serving(web.get("/file", file), web.get("/to/{where}", to)) as url:
        assert await whole(caller, f"{url}/to/on", host_of(url)) == b"whole file"
        assert seen == [SECRET["Authorization"]]
        for where, code in {"in": "address", "back": "redirects", "none": "redirects"}.items():
            with pytest.raises(Rejected) as refused:
                await whole(caller, f"{url}/to/{where}", host_of(url))
            assert refused.value.code == code, where
        with pytest.raises(Rejected):
            await whole(caller, f"{url}/file", "127.0.0.1")  # a provider's name is trusted over https only


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (202, ProviderFault),
        (401, AccountBroken),
        (404, Rejected),
        (410, Rejected),
        (429, Throttled),
        (500, ProviderFault),
    ],
)
async def test_what_a_file_server_says_is_told(
    caller: Caller, status: int, error: type[DeliveryError]
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status)

    async with serving(web.get("/", answer)) as url:
        with pytest.raises(error):
            await whole(caller, url, host_of(url))
    with pytest.raises(ProviderFault):
        await whole(caller, url, host_of(url))


async def test_what_an_answer_says_of_every_call(caller: Caller) -> None:
    def told(status: int, body: bytes = b"", **headers: str) -> DeliveryError | None:
        return caller.not_taken(Answer(status=status, body=body, headers=headers))

    assert told(200) is None
    assert told(400, b"{}") is None
    assert isinstance(told(502), NoAnswer)
    assert isinstance(told(502, b'{"error": 1}'), ProviderFault)
    assert isinstance(told(504, b'{"error": 1}'), NoAnswer)
    assert isinstance(told(413), Rejected)
    for given, pause in {"7": 7.0, "": PAUSE, "0": PAUSE, "soon": PAUSE, "9" * 30: 3_600.0}.items():
        throttled = told(429, **{"retry-after": given})
        assert isinstance(throttled, Throttled)
        assert throttled.retry_after == pause
    assert Answer(status=200, body=b"[" * 100_000).fields() == {}


def test_what_is_nested_too_deep_hides_nothing_else() -> None:
    deep = b'{"a":' * 5_000 + b'"]}"' + b"}" * 5_000
    body = b'{"first":["\\"[{",' + deep + b',1],"deep":' + b"[" * 2_000 + b"]" * 2_000 + b',"last":"}"}'
    found = Answer(status=200, body=body).fields()
    assert (found["first"][0], found["first"][2], found["last"]) == ('"[{', 1, "}")
    assert Answer(status=200, body=body[:-1]).fields() == {}


async def test_a_call_sends_its_form_and_one_session_serves_until_it_is_closed(caller: Caller) -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.json_response({**await request.post(), **request.query}, headers={"X-Limit": "1"})

    async with serving(web.post("/", echo)) as url:
        for number in ("1", "2"):
            answer = await caller.call("POST", url, params={"n": number}, form={"text": "Grüße 👋"})
            assert answer.fields() == {"text": "Grüße 👋", "n": number}
            assert answer.headers["x-limit"] == "1"
        session = caller._session
        assert isinstance(session, aiohttp.ClientSession)
    with pytest.raises(Unreachable):
        await caller.call("POST", "http://127.0.0.1:1")
    await caller.close()
    assert session.closed


async def test_json_goes_in_letters_as_they_are_and_half_of_one_is_no_reason_to_fail(caller: Caller) -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    async with serving(web.post("/", echo)) as url:
        answer = await caller.call("POST", url, json={"text": "Где посылка? 👋 \ud83d"})
    assert answer.body == '{"text": "Где посылка? 👋 ?"}'.encode()

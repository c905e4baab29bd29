"""Where files may be fetched from: whatever a payload or a redirect says, nothing inside is connected to."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Sequence

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from networks._addresses import NotPublic, PublicResolver, host_of, may_be_public, parsed
from networks._calling import Caller
from networks.errors import Rejected
from tests.networks.test_calling import serving, whole


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    made = Caller("Pigeon", answer=2)
    yield made
    await made.close()


ADDRESSES = [
    "127.0.0.1",
    "127.1.2.3",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 - an address like the others
    "0.1.2.3",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "168.63.129.16",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:a9fe:a9fe]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::a00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2002:a00:1::]",
    "[2001:0:7f00:1::]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[100::1]",
    "[5f00::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[::1%25lo]",
    "[fec0::1]",
    "[ff02::1]",
]
"""Addresses that are not public."""
SPELLINGS = [
    "2130706433",
    "0x7f000001",
    "017700000001",
    "127.1",
    "127.0.1",
    "0x7f.1",
    "0177.0.0.1",
    "0x7f.0x0.0x0.0x1",
    "127.0.0.1.",
    "127.0.0.01",
    "①②⑦.0.0.1",
    "１２７.0.0.1",
    "127。0。0。1",
    "%31%32%37.0.0.1",
    "127.0.0.1%00.example",
    "1.2.3.4.5",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "metadata",
    "[",
    "[::1",
    "a..example",
    ".example",
]
"""Other ways to write them, and what is no full name."""
FORMS = (
    "http://example.com/a",
    "file:///etc/passwd",
    "ftp://8.8.8.8/a",
    "gopher:x",
    "data:text/plain,a",
    "//127.0.0.1/a",
    "/etc/passwd",
    "https://",
    "https:/127.0.0.1/",
    "https:127.0.0.1",
    "HTTPS://127.0.0.1",
    "",
    " ",
    "https://\n127.0.0.1/",
    f"https://{'a' * 64}.example/",
    "https://user:pass@8.8.8.8/a",
    "https://user@8.8.8.8/a",
    "https://127.0.0.1:443@example.com/",
    "https://8.8.8.8@127.0.0.1/",
    "https://8.8.8.8\\@127.0.0.1/",
    "https://127.0.0.1#@example.com/",
    "https://127.0.0.1?.example.com/",
    "https://8.8.8.8:22/",
    "https://example.com:8443/",
    "https://example.com:0/",
    "https://example.com:99999/",
)


@pytest.mark.parametrize("url", [*(f"https://{host}/a.jpg" for host in (*ADDRESSES, *SPELLINGS)), *FORMS])
async def test_nothing_inside_is_connected_to(caller: Caller, url: str, reached: list[object]) -> None:
    """Neither written so in a payload, nor where a redirect leads."""
    reached.clear()
    with pytest.raises(Rejected) as refused:
        await whole(caller, url)
    assert refused.value.code == "address"
    assert reached == []


async def test_no_redirect_leads_inside(caller: Caller, reached: list[object]) -> None:
    led: list[str] = []

    async def to(request: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": led[0]})

    async with serving(web.get("/", to)) as url:
        within = (
            "//127.0.0.1/",
            "https://127.0.0.1:443/",
            "http://8.8.8.8/",
            "file:///etc/passwd",
            "https://[::1]/",
        )
        named = ("https://localhost/", "https://2130706433/", "https://u:p@8.8.8.8/", "https://8.8.8.8:8443/")
        for where in (*within, *named):
            led[:] = [where]
            reached.clear()
            with pytest.raises(Rejected) as refused:
                await whole(caller, url, host_of(url))
            assert refused.value.code == "address", where
            assert all(place == ("127.0.0.1", int(url.rpartition(":")[2])) for place in reached), where
        with pytest.raises(Rejected):  # not even at a trusted host: they would stand in for our own
            await whole(caller, url.replace("http://", "http://user:pass@"), host_of(url))


class Names(AbstractResolver):
    """Name servers that answer one thing after another, as in rebinding."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = self.answers.pop(0)
        return [
            ResolveResult(hostname=host, host=each, port=port, family=family, proto=0, flags=0)
            for each in found
        ]

    async def close(self) -> None:
        """Nothing is open."""


async def test_a_name_is_judged_by_the_addresses_that_are_connected_to() -> None:
    """All of them, each time: no second look-up comes between, and no answer is remembered."""
    names = PublicResolver(Names(["8.8.8.8", "2606:4700::1111"], ["8.8.8.8", "127.0.0.1"], ["::1"], ["x"]))
    assert [each["host"] for each in await names.resolve("a.example")] == ["8.8.8.8", "2606:4700::1111"]
    for _ in range(3):
        with pytest.raises(NotPublic):
            await names.resolve("a.example")
    for real in ("localhost", "127.0.0.1"):
        with pytest.raises(NotPublic):
            await PublicResolver().resolve(real, 443)


async def test_a_name_that_leads_inside_is_refused_like_an_address(
    caller: Caller, reached: list[object]
) -> None:
    names = PublicResolver(Names(["127.0.0.1"], ["8.8.8.8", "10.0.0.1"]))
    connector = aiohttp.TCPConnector(resolver=names, use_dns_cache=False)
    caller._public = aiohttp.ClientSession(connector=connector)
    for _ in range(2):
        with pytest.raises(Rejected) as refused:
            await whole(caller, "https://rebound.example/a.jpg")
        assert refused.value.code == "address"
    assert reached == []


async def test_public_addresses_are_taken_however_they_are_written() -> None:
    for host in (
        "8.8.8.8",
        "[2606:4700::1111]",
        "[::ffff:8.8.8.8]",
        "cdn.example.com",
        "cdn.example.com.",
        "bücher.example",
    ):
        assert may_be_public(parsed(f"https://{host}/a")), host

"""Who calls, behind proxies and liars."""

from __future__ import annotations

import ipaddress
from unittest.mock import Mock

import pytest
from aiohttp.test_utils import make_mocked_request

from handlers.addresses import client_address, parse_address

PROXIES = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8"))


def seen(peer: str | None, *forwarded: str) -> str:
    transport = Mock()
    transport.get_extra_info.side_effect = lambda key, default=None: (
        (peer, 1234) if key == "peername" and peer else default
    )
    request = make_mocked_request(
        "GET",
        "/",
        headers=[("X-Forwarded-For", value) for value in forwarded],  # type: ignore[arg-type]  # doubled headers
        transport=transport,
    )
    return client_address(request, PROXIES)


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.5", (), "203.0.113.5"),
        ("203.0.113.5", ("198.51.100.1",), "203.0.113.5"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("127.0.0.1, 198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("127.0.0.1, 198.51.100.1, 10.9.9.9",), "198.51.100.1"),
        ("10.0.0.1", ("127.0.0.1", "198.51.100.1"), "198.51.100.1"),
        ("10.0.0.1", ("198.51.100.1:4711",), "198.51.100.1"),
        ("10.0.0.1", ("[2001:db8::1]:443",), "2001:db8::1"),
        ("fd00::1", ("2001:db8::2",), "2001:db8::2"),
        ("10.0.0.1", ("198.51.100.1, unknown",), "10.0.0.1"),
        ("10.0.0.1", ("198.51.100.1, unknown, 10.1.1.1",), "10.1.1.1"),
        ("::ffff:10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        (None, ("198.51.100.1",), ""),
    ],
)
def test_the_first_hop_that_is_no_proxy(peer: str | None, forwarded: tuple[str, ...], address: str) -> None:
    assert seen(peer, *forwarded) == address


@pytest.mark.parametrize("text", ["", "example.com", "1.2.3", "1.2.3.4.5", "[::1", "\x00", "٣.1.1.1"])
def test_what_is_no_address(text: str) -> None:
    parsed = parse_address(text)
    assert parsed is None or text == "[::1"

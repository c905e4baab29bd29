"""Who is calling, behind proxies."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from aiohttp import web

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_HOPS = 20


def client_address(request: web.BaseRequest, trusted: Iterable[IPNetwork]) -> str:
    """The address of whoever called, as text; empty where there is none.

    X-Forwarded-For is believed as far as trusted proxies wrote it: read from the right, the
    first hop that is no trusted proxy is the client. What stands left of it is anybody's claim.
    """
    proxies = tuple(trusted)
    peer = parse_address(request.remote or "")
    if peer is None or not is_within(peer, proxies):
        return str(peer) if peer else ""
    for hop in reversed(_forwarded(request)):
        address = parse_address(hop)
        if address is None:
            break
        peer = address
        if not is_within(address, proxies):
            break
    return str(peer)


def parse_address(text: str) -> IPAddress | None:
    """An address as proxies write it (port and brackets allowed), an embedded IPv4 unpacked."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_within(address: IPAddress, networks: Iterable[IPNetwork]) -> bool:
    """Whether one of the networks holds the address."""
    return any(address in network for network in networks)


def _forwarded(request: web.BaseRequest) -> list[str]:
    joined = ",".join(request.headers.getall("X-Forwarded-For", []))
    return joined.split(",")[-MAX_HOPS:] if joined else []

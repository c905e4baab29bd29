"""Where files may be fetched from: a provider's own hosts, and public addresses."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Collection

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver
from yarl import URL

from networks.errors import Rejected

NOT_OURS = "the file lies where we don't fetch from"

_PUBLIC = ipaddress.ip_network("2000::/3")
"""All that is public of IPv6. Outside are also IPv4 addresses behind a translator (64:ff9b::/96 and its like)
and in older clothes (::/96): whether those are public is not to be seen."""
_INSIDE = tuple(map(ipaddress.ip_network, ("3fff::/20", "192.88.99.0/24", "168.63.129.16/32")))
"""Examples' addresses, relays', and Azure's own server, which Python takes for public."""
_LABEL = re.compile(r"[a-z0-9_-]{1,63}", re.IGNORECASE)
_NUMERIC = re.compile(r"0x[0-9a-f]*|[0-9]+", re.IGNORECASE)


class NotPublic(OSError):
    """A name that leads to an address inside."""


class PublicResolver(AbstractResolver):
    """Resolves names to public addresses, or not at all. What it gives is connected to: no name is looked up
    again in between, and none is remembered.
    """

    def __init__(self, inner: AbstractResolver | None = None) -> None:
        self._inner = inner or DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if not all(_is_public(each["host"]) for each in found):
            raise NotPublic(host)
        return found

    async def close(self) -> None:
        await self._inner.close()


def parsed(url: str) -> URL:
    """The address. Raises `Rejected` for what is none."""
    try:
        return URL(url)
    except (ValueError, TypeError):
        raise Rejected(NOT_OURS, code="address") from None


def host_of(url: str) -> str:
    """The "host:port" of an address in the configuration."""
    return _port_of(parsed(url))


def _port_of(where: URL) -> str:
    return f"{(where.host or '').lower()}:{where.port}"


def is_trusted(where: URL, trusted: Collection[str]) -> bool:
    """Whether it lies at one of these: "host:port" whatever its scheme, "host" over https."""
    if where.user or where.password:
        return False
    if where.scheme == "https" and (where.host or "").lower() in trusted:
        return True
    return where.scheme in ("http", "https") and _port_of(where) in trusted


def may_be_public(where: URL) -> bool:
    """https, and no address inside written out; names are looked at when they are resolved."""
    if where.scheme != "https" or where.port != 443 or where.user or where.password:
        return False
    host = where.raw_host or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return _is_full_name(host.rstrip("."))
    return _is_public(host)


def _is_full_name(host: str) -> bool:
    """Whether it names a host of the internet: a word alone does not, and what ends in a number is some way
    to write an address.
    """
    labels = host.split(".")
    whole = len(labels) > 1 and len(host) <= 253 and all(map(_LABEL.fullmatch, labels))
    return whole and not _NUMERIC.fullmatch(labels[-1])


def _is_public(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return _is_public(str(found.ipv4_mapped))
        if found not in _PUBLIC or (found.sixtofour is not None and not _is_public(str(found.sixtofour))):
            return False
    return found.is_global and not found.is_multicast and not any(found in each for each in _INSIDE)

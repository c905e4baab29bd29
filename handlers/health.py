"""/healthz: the process runs. /readyz: it can do its work. /metrics: what it counts."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from desk import metrics
from handlers.addresses import IPNetwork, client_address, is_within, parse_address

Probe = Callable[[], Awaitable[str | None]]
"""None when all is well, else one sentence for the operator."""

LOOPBACK: tuple[IPNetwork, ...] = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
PATIENCE = 2.0
"""Seconds a probe may take before it counts as failed."""


class Probes:
    """Asks the parts of the program how they are.

    A probe that does not answer is left to its end, never cancelled (it may be inside the
    database), and is not asked again before it has answered.
    """

    def __init__(self, probes: Mapping[str, Probe], *, patience: float = PATIENCE) -> None:
        self._probes = dict(probes)
        self._patience = patience
        self._asked: dict[str, asyncio.Task[str | None]] = {}

    async def ask(self) -> dict[str, str | None]:
        """What is wrong with each part, or None. Takes at most the patience."""
        for name, probe in self._probes.items():
            if name not in self._asked:
                self._asked[name] = asyncio.create_task(_sentence(name, probe))
        await asyncio.wait(self._asked.values(), timeout=self._patience)
        return {name: self._answer(name) for name in self._probes}

    async def close(self) -> None:
        """Wait for the probes still under way."""
        await asyncio.gather(*self._asked.values(), return_exceptions=True)

    def _answer(self, name: str) -> str | None:
        task = self._asked[name]
        if not task.done():
            return f"The {name} has not answered for {self._patience:g} s."
        del self._asked[name]
        return task.result()


def routes(
    probes: Probes,
    *,
    metrics_allow: tuple[IPNetwork, ...] = (),
    trusted_proxies: tuple[IPNetwork, ...] = (),
) -> list[web.RouteDef]:
    """The three routes. /metrics answers this machine and `metrics_allow`, and 403 to others."""

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(_request: web.Request) -> web.Response:
        answers = await probes.ask()
        ready = not any(answers.values())
        body = {"ready": ready, "checks": {name: wrong or "ok" for name, wrong in answers.items()}}
        return web.json_response(body, status=200 if ready else 503)

    async def metrics_page(request: web.Request) -> web.Response:
        address = parse_address(client_address(request, trusted_proxies))
        if address is None or not is_within(address, (*LOOPBACK, *metrics_allow)):
            return web.Response(status=403, text="Metrics are for this machine and metrics_allow.\n")
        if _is_passed_on(request, trusted_proxies):
            return web.Response(
                status=403, text="Name the proxy in trusted_proxies to read metrics through it.\n"
            )
        return web.Response(body=metrics.exposition(), headers={"Content-Type": metrics.CONTENT_TYPE})

    return [
        web.get("/healthz", healthz),
        web.get("/readyz", readyz),
        web.get("/metrics", metrics_page),
    ]


def _is_passed_on(request: web.Request, trusted_proxies: tuple[IPNetwork, ...]) -> bool:
    """Whether a proxy we do not know passed the call on: who called it cannot be told."""
    peer = parse_address(request.remote or "")
    return "X-Forwarded-For" in request.headers and not (peer and is_within(peer, trusted_proxies))


async def _sentence(name: str, probe: Probe) -> str | None:
    try:
        return await probe()
    except Exception:
        return f"The {name} could not be asked."

"""/healthz, /readyz and /metrics."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from desk import metrics
from handlers.health import Probe, Probes, routes

Client = TestClient[web.Request, web.Application]
Serve = Callable[..., AbstractAsyncContextManager[Client]]


async def fine() -> str | None:
    return None


async def away() -> str | None:
    return "Slack has not been heard for 90 s."


async def broken() -> str | None:
    raise RuntimeError("secret detail")


@asynccontextmanager
async def served(
    probes: Mapping[str, Probe], patience: float = 2.0, **networks: tuple[str, ...]
) -> AsyncIterator[Client]:
    asked = Probes(probes, patience=patience)
    app = web.Application()
    app.add_routes(
        routes(
            asked,
            **{name: tuple(ipaddress.ip_network(each) for each in given) for name, given in networks.items()},
        )
    )
    async with TestClient(TestServer(app)) as client:
        yield client
    await asked.close()


async def test_alive_whatever_else_is_wrong() -> None:
    async with served({"slack": away}) as client:
        answer = await client.get("/healthz")
        assert (answer.status, await answer.json()) == (200, {"alive": True})


async def test_ready_when_every_part_is() -> None:
    async with served({"database": fine, "slack": fine}) as client:
        answer = await client.get("/readyz")
        assert answer.status == 200
        assert await answer.json() == {"ready": True, "checks": {"database": "ok", "slack": "ok"}}


async def test_not_ready_says_which_part_and_why() -> None:
    async with served({"database": broken, "slack": away, "worker": fine}) as client:
        answer = await client.get("/readyz")
        body = await answer.json()
    assert answer.status == 503
    assert body["checks"] == {
        "database": "The database could not be asked.",
        "slack": "Slack has not been heard for 90 s.",
        "worker": "ok",
    }


async def test_a_silent_part_is_asked_once_and_left_to_its_end() -> None:
    answer, asked = asyncio.Event(), 0

    async def slow() -> str | None:
        nonlocal asked
        asked += 1
        await answer.wait()
        return None

    async with served({"database": slow}, patience=0.01) as client:
        for _ in range(2):
            body = await (await client.get("/readyz")).json()
            assert body["checks"]["database"] == "The database has not answered for 0.01 s."
        assert asked == 1
        answer.set()
        await asyncio.sleep(0)
        assert (await client.get("/readyz")).status == 200


async def test_metrics_are_for_this_machine() -> None:
    metrics.EVENTS.labels("slack", "message", "taken").inc()
    async with served({}) as client:
        answer = await client.get("/metrics")
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert 'oratio_events_total{kind="message",outcome="taken",source="slack"}' in await answer.text()


@pytest.mark.parametrize(
    ("client_said", "trusted", "allowed", "status"),
    [
        ("203.0.113.9", ("127.0.0.0/8",), (), 403),
        ("203.0.113.9", ("127.0.0.0/8",), ("203.0.113.0/24",), 200),
        ("127.0.0.1, 203.0.113.9", ("127.0.0.0/8",), (), 403),
        ("203.0.113.9", (), (), 403),
        ("203.0.113.9", (), ("127.0.0.0/8",), 403),
        ("nonsense", ("127.0.0.0/8",), (), 200),
    ],
)
async def test_metrics_behind_a_proxy(
    client_said: str, trusted: tuple[str, ...], allowed: tuple[str, ...], status: int
) -> None:
    async with served({}, trusted_proxies=trusted, metrics_allow=allowed) as client:
        answer = await client.get("/metrics", headers={"X-Forwarded-For": client_said})
        assert answer.status == status

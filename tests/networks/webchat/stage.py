"""Two sites on a real server, with a desk that only remembers what it was told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import aiohttp
from aiohttp import web
from tortoise.transactions import in_transaction

from desk.clock import Clock
from desk.context import ConnectedAccount, Desk, WorkspaceRef
from desk.hub import Hub
from desk.settings import AccountConfig, DeskSettings
from desk.units import Units
from desk.visitors import Visitors
from handlers.rates import Limits
from handlers.webchat import routes
from models import SeenEvent
from networks.base import Tools
from networks.capabilities import AccountSettings
from networks.events import InboundEvent
from networks.webchat import WebChat

ORIGIN = "https://shop.example"
SECRET = "s" * 32
IDENTIFY = "i" * 32
MAX_UPLOAD = 100_000
PATIENCE = 10


class HandClock(Clock):
    """Time moved by hand; sleeping is real."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
        self.ticks = 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.ticks

    def pass_(self, span: timedelta) -> None:
        self.at += span
        self.ticks += span.total_seconds()


@dataclass(slots=True, kw_only=True)
class Stage:
    """What a test has in hand."""

    desk: Desk
    clock: HandClock
    visitors: Visitors
    network: WebChat
    url: str
    http: aiohttp.ClientSession
    folder: Path
    events: list[tuple[int, InboundEvent]] = field(default_factory=list)
    woken: int = 0
    failing: int = 0
    """So many next calls of the desk fail."""

    @property
    def account(self) -> AccountSettings:
        return self.desk.accounts[7].settings

    def told(self) -> list[InboundEvent]:
        return [event for _, event in self.events]

    async def session(
        self, *, status: int = 200, site: str = "shop", origin: str | None = ORIGIN, **body: Any
    ) -> Any:
        headers = {"Origin": origin} if origin else {}
        async with self.http.post(
            f"{self.url}/webchat/{site}/session", json={"v": 1, **body}, headers=headers
        ) as answer:
            found = await answer.json()
            assert answer.status == status, found
            return found

    async def token(self, site: str = "shop") -> str:
        return str((await self.session(site=site))["token"])

    @asynccontextmanager
    async def socket(
        self, token: str, *, last_seq: int | None = 0, site: str = "shop"
    ) -> AsyncIterator[Browser]:
        async with self.http.ws_connect(
            f"{self.url}/webchat/{site}/socket",
            protocols=("oratio.v1", f"token.{token}"),
            headers={"Origin": ORIGIN},
        ) as ws:
            browser = Browser(ws)
            if last_seq is not None:
                await browser.send(type="resume", last_seq=last_seq)
                await browser.next("resumed")
            yield browser

    async def upload(
        self, token: str, content: bytes, name: str = "a.txt", *, status: int = 200, site: str = "shop"
    ) -> Any:
        form = aiohttp.FormData()
        form.add_field("file", content, filename=name)
        async with self.http.post(
            f"{self.url}/webchat/{site}/upload",
            data=form,
            headers={"Origin": ORIGIN, "Authorization": f"Bearer {token}"},
        ) as answer:
            found = await answer.json()
            assert answer.status == status, found
            return found


class Browser:
    """One open socket, as the widget uses it."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self._number = 0

    async def send(self, **frame: Any) -> None:
        await self.ws.send_json({"v": 1, **frame})

    async def next(self, kind: str) -> dict[str, Any]:
        """The next frame, which must be of this kind, whatever signals of other kinds come before acks."""
        frame = await self.any()
        assert frame["type"] == kind, frame
        return frame

    async def any(self) -> dict[str, Any]:
        return cast(dict[str, Any], json.loads(await self.ws.receive_str(timeout=PATIENCE)))

    async def until(self, *kinds: str) -> dict[str, dict[str, Any]]:
        """The next frames, in any order, until each kind has come once."""
        found: dict[str, dict[str, Any]] = {}
        while set(kinds) - set(found):
            frame = await self.any()
            assert frame["type"] in kinds, frame
            found[frame["type"]] = frame
        return found

    async def say(self, text: str, client_id: str | None = None, **more: Any) -> dict[str, Any]:
        """Write a message; its acknowledgement."""
        self._number += 1
        await self.send(
            type="message.create", client_id=client_id or f"client-{self._number:04}", text=text, **more
        )
        return (await self.until("ack", "message"))["ack"]

    async def refused(self, **frame: Any) -> dict[str, Any]:
        await self.send(**frame)
        return await self.next("error")


@asynccontextmanager
async def stage(
    folder: Path,
    *,
    limits: Limits | None = None,
    look_every: float = 60,
    origins: tuple[str, ...] = (ORIGIN, "https://www.shop.example"),
    greeting: str = "Hello </script><b>!",
    port: int = 0,
) -> AsyncIterator[Stage]:
    """Serve both sites until the end of the block. A Tortoise context must be open."""
    clock, units, hub = HandClock(), Units(), Hub()
    visitors = Visitors(1, {"shop": 7, "blog": 8}, folder, clock, units, hub=hub)
    network = WebChat(Tools(visitors=visitors, signal=hub.tell))
    made: list[Stage] = []

    async def receive(desk: Desk, account_id: int, events: Sequence[InboundEvent]) -> None:
        """Joins the transaction, as the real one does: a row of ours must vanish with it."""
        async with in_transaction():
            for event in events:
                await SeenEvent.create(workspace_id=1, key=f"{account_id}:{event.event_id}", at=clock.now())
            if made[0].failing:
                made[0].failing -= 1
                raise RuntimeError("the database is away")
        made[0].events += [(account_id, event) for event in events]

    def wake() -> None:
        made[0].woken += 1

    said = {"origins": origins, "greeting": greeting}
    accounts = {7: _connected(7, "shop", network, said), 8: _connected(8, "blog", network, said)}
    desk = Desk(
        workspace=WorkspaceRef(id=1, team_id="T1", url="", bot_user_id="U1", bot_id="B1", link_secret="s"),
        accounts=accounts,
        settings=DeskSettings(accounts=tuple(a.config for a in accounts.values()), data=folder),
        clock=clock,
        units=units,
        gateway=cast(Any, None),
        spool=cast(Any, None),
        copies=cast(Any, None),
        passing=cast(Any, None),
        wake=wake,
    )
    app = web.Application()
    app.add_routes(
        routes(
            desk,
            visitors,
            receive,
            client_address=lambda request: request.headers.get("X-Test-Address", "192.0.2.1"),
            limits=limits,
            look_every=timedelta(seconds=look_every),
        )
    )
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        async with aiohttp.ClientSession() as http:
            made.append(
                Stage(
                    desk=desk,
                    clock=clock,
                    visitors=visitors,
                    network=network,
                    url=f"http://127.0.0.1:{runner.addresses[0][1]}",
                    http=http,
                    folder=folder,
                )
            )
            yield made[0]
    finally:
        hub.close()
        await runner.cleanup()
        await units.drain()


def _connected(number: int, name: str, network: WebChat, said: Mapping[str, object]) -> ConnectedAccount:
    options: Mapping[str, object] = {
        **said,
        "secret": SECRET,  # the same on both sites: a token must still not pass from one to the other
        "identify_secret": IDENTIFY,
        "max_upload": MAX_UPLOAD,
        "colour": "#2f6f4f",
    }
    config = AccountConfig(
        network="webchat", name=name, title=f"Acme {name.title()}", channel="#support", options=options
    )
    settings = AccountSettings(network="webchat", name=name, title=config.title, options=options)
    return ConnectedAccount(id=number, config=config, settings=settings, network=network)

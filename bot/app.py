"""The composition root: a `Config` in, a running application out.

Used by the command line, the demo, the tests and the benchmarks alike.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import structlog
from aiohttp import web
from tortoise import Tortoise

from bot import connecting, database, probes
from bot.check import inspect
from bot.config import Config
from bot.connections import Connections
from bot.exits import NO_SOCKET, DatabaseFault, SlackRefused
from bot.listener import listen
from bot.listening import Listening
from bot.logs import with_request_id
from bot.looking import Looking
from bot.loops import Loops
from bot.readiness import account_rows, admin_channel, name_networks
from bot.sockets import Sockets
from desk import operators, trouble
from desk.clock import Clock
from desk.context import Desk, WorkspaceRef
from desk.conversations import assignment, changes, crowding, housekeeping, inbound, reminding
from desk.copies import Copies
from desk.delivery.deciding import recover
from desk.delivery.effects import KINDS
from desk.delivery.pacing import Pacing
from desk.delivery.passing import Passing
from desk.delivery.worker import Worker
from desk.homes import Homes
from desk.hub import Hub
from desk.slack import lines, wording
from desk.slack.gateway import Gateway
from desk.spool import Spool
from desk.units import Units
from desk.visitors import Visitors
from handlers import faces, health, links, register, slack, webchat, webhooks
from handlers.addresses import client_address
from handlers.bodies import refuse_garbled
from handlers.front import Front
from handlers.messages import on_message
from models.database import SecondProcess, hold
from networks.base import Closes, Network, Tools
from networks.registry import build

log = structlog.get_logger("oratio")

_BEAT = timedelta(seconds=10)
_SOCKETS_WITHIN = 10.0
"""Seconds the start waits for Slack's sockets; after that they go on being tried behind it."""


class Application:
    """A running Oratio. Enter it to start, leave it to stop; `url` is where it listens."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock | None = None,
        pace: float = 1.0,
        make: Callable[[str, Tools], Network] = build,
    ) -> None:
        self._config = config
        self._make = make
        self._clock = clock or Clock()
        self._pace = pace
        self._stack = AsyncExitStack()
        self._sockets: Sockets | None = None
        self._connections: Connections | None = None
        self.url = ""
        self.desk: Desk
        self.worker: Worker
        self.homes: Homes

    async def __aenter__(self) -> Application:
        """Start. Raises `StartError` with one sentence, leaving nothing open."""
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _start(self) -> None:
        await self._database()
        units = Units()
        self._stack.push_async_callback(units.drain)
        answers = self._config.desk.durations.slack_answers.total_seconds()
        session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=answers, connect=5))
        self._session = session
        self._stack.push_async_callback(session.close)
        gateway = connecting.gateway_of(self._config, session, self._clock)
        workspace = await connecting.workspace_of(await connecting.authenticated(gateway))
        await self._build(units, gateway, workspace)
        await self._web()
        await self._run()

    async def _database(self) -> None:
        """Open, migrate and check the database; on SQLite, alone."""
        url = self._config.database_url
        await database.prepare(url)
        if database.is_sqlite(url) and database.place(url) != ":memory:":
            try:
                lock = await asyncio.to_thread(hold, Path(database.place(url)))
            except SecondProcess as error:
                raise DatabaseFault(
                    f"Another Oratio is using {database.place(url)}; an SQLite file serves one process."
                ) from error
            self._stack.callback(lock.close)
        await database.migrate(url)
        await Tortoise.init(config=database.tortoise_config(url))
        self._stack.push_async_callback(Tortoise.close_connections)

    async def _build(self, units: Units, gateway: Gateway, workspace: WorkspaceRef) -> None:
        """The desk and everything it is made of."""
        wanted = self._config.desk.admin_channel
        settings = replace(self._config.desk, admin_channel=await admin_channel(gateway, wanted))
        clock = self._clock
        ids = await account_rows(workspace.id, settings.accounts)
        hub = Hub()
        self._visitors = Visitors(workspace.id, ids, settings.data / "media", clock, units, hub=hub)
        self._hub = hub
        tools = Tools(visitors=self._visitors, signal=hub.tell)
        pacing = Pacing(clock.monotonic, scale=self._pace)
        wake = asyncio.Event()
        passing = Passing(clock, pacing=pacing)
        self.desk = Desk(
            workspace=workspace,
            accounts=connecting.connected(ids, self._config, lambda name: self._make(name, tools)),
            settings=settings,
            clock=clock,
            units=units,
            gateway=gateway,
            spool=Spool(settings.data / "media" / "spool", settings.spool_max_bytes),
            copies=Copies(settings.data / "media" / "copies"),
            passing=passing,
            wake=wake.set,
        )
        await name_networks(self.desk.accounts.values())
        for network in {id(a.network): a.network for a in self.desk.accounts.values()}.values():
            if isinstance(network, Closes):
                self._stack.push_async_callback(network.close)
        self._staff(gateway, workspace, pacing, wake)

    def _staff(self, gateway: Gateway, workspace: WorkspaceRef, pacing: Pacing, wake: asyncio.Event) -> None:
        """Those who work at the desk: who looks around, who delivers, and who hears Slack."""
        self._looking = Looking(self.desk)
        self._owner = secrets.token_hex(8)
        self.worker = Worker(
            self.desk,
            KINDS,
            pacing,
            owner=self._owner,
            wake=wake,
            behind=lambda: self._listening.behind,
        )
        self.homes = Homes(self.desk)
        self._front = Front(
            desk=self.desk,
            homes=self.homes,
            make_ready=self._looking.want,
            look_now=self._look_now,
            examine=self._examine,
            lost=self._lost,
        )
        self._listening = Listening(self.desk, lambda event: on_message(self._front, event))
        self._bolt = connecting.bolt_app(self._config, gateway, workspace)
        register(self._bolt, self._front)
        self._bolt.error(self._failed)

    async def _failed(self, error: Exception, body: Mapping[str, Any]) -> None:
        """A listener failed: Slack gets no acknowledgement and repeats it; if it doesn't, we read back."""
        kind = (body.get("event") or {}).get("type") or body.get("type")
        log.error("listener.failed", kind=kind, error=type(error).__name__, exc_info=error)
        self._listening.want()
        raise error

    async def _look_now(self) -> None:
        """Have whatever waits for a repair try, and look at every account; back when that is done."""
        await self._probe(patient=False)
        if self._connections:
            await self._connections.now()
        await self._looking.now()

    async def _examine(self) -> list[str]:
        """What `check` finds wrong."""
        try:
            return [
                finding.words for finding in await inspect(self._config, make=self._make) if finding.wrong
            ]
        except SlackRefused as error:
            return [error.words]

    def _lost(self, words: str) -> None:
        log.error("slack.lost", why=words)

    async def _web(self) -> None:
        """The routes and the socket we listen on."""
        config = self._config

        def caller(request: web.Request) -> str:
            return client_address(request, config.trusted_proxies)

        app = web.Application(client_max_size=slack.MAX_BYTES, middlewares=[with_request_id, refuse_garbled])
        asked = health.Probes(
            {
                "database": probes.of_database,
                "slack": lambda: probes.of_slack(self.desk, self._sockets),
                "worker": lambda: probes.of_worker(self.desk, self.worker),
            }
        )
        app.add_routes(
            health.routes(asked, metrics_allow=config.metrics_allow, trusted_proxies=config.trusted_proxies)
        )
        app.add_routes(webchat.routes(self.desk, self._visitors, inbound.receive, client_address=caller))
        app.add_routes(links.routes(self.desk, client_address=caller))
        app.add_routes(faces.routes(self.desk, client_address=caller))
        app.add_routes(webhooks.routes(self.desk))
        if not config.socket_mode:
            app.add_routes([slack.route(self._bolt, self.desk, config.signing_secret or "")])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
        await runner.setup()
        self._stack.push_async_callback(asked.close)
        self._stack.push_async_callback(runner.cleanup)
        self._stack.callback(self._hub.close)
        self.url = await listen(runner, config)

    async def _run(self) -> None:
        """Recover what a crash left, then start the worker, the timers and the sockets."""
        desk = self.desk
        spans = desk.settings.durations
        alone = database.is_sqlite(self._config.database_url)
        await recover(desk, KINDS, self._owner, alone=alone)
        await desk.units.run(lambda: housekeeping.sweep(desk, everything=alone))
        await desk.units.run(lambda: reminding.look_at_all(desk))
        loops = Loops(self._clock)
        self._stack.push_async_callback(loops.stop)
        loops.start("passing", desk.passing.run)
        self._stack.push_async_callback(desk.passing.stop)
        loops.start("worker", self.worker.run)
        self._stack.push_async_callback(self.worker.stop, spans.shutdown.total_seconds())
        loops.start("listening", self._listening.run)
        self._stack.callback(self._listening.stop)
        await self._looking.around()
        await self._admit()
        self._connect(loops, alone=alone)
        loops.every("archive", spans.archive_every, self._archive)
        loops.every("people", spans.people_every, self._looking.around)
        loops.every("probe", spans.slow_notice, self._probe)
        loops.every("leases", spans.lease / 3, self._leases)
        loops.every("housekeeping", timedelta(hours=1), self._housekeeping)
        loops.every("beat", _BEAT, self._beat)
        loops.every("queue", spans.queue_every, self._queue)
        loops.every("gauges", _BEAT, lambda: housekeeping.measure(desk))
        loops.every("homes", spans.home_each, self.homes.turn)
        loops.every("readiness", timedelta(seconds=1), self._looking.turn)
        if self._config.app_token:
            await self._open_sockets(self._config.app_token, loops)
        self._listening.want()

    def _connect(self, loops: Loops, *, alone: bool) -> None:
        """Keep up the lines to the accounts' providers."""
        connections = self._connections = Connections(self.desk, self._owner, alone=alone)
        for each in connections.each:
            loops.start(f"connection:{each.account.config.name}", each.run)
        self._stack.callback(connections.stop)
        spans = self.desk.settings.durations
        often = min(spans.silent_after / 4, timedelta(seconds=10))
        loops.every("connections", often, connections.watch)
        loops.every("pollers", spans.lease / 3, connections.renew)

    async def _open_sockets(self, token: str, loops: Loops) -> None:
        silence = self.desk.settings.durations.socket_silence.total_seconds()
        self._sockets = Sockets(self._bolt, token, self._clock, silence, self._listening.want)
        self._stack.push_async_callback(self._sockets.close)
        asked = Gateway(token, self._config.slack_api_url, self._session, clock=self._clock)
        await connecting.try_app_token(asked)
        opening = asyncio.create_task(self._sockets.open(), name="sockets")
        self._stack.callback(opening.cancel)
        await asyncio.wait({opening}, timeout=_SOCKETS_WITHIN)
        if opening.done() and opening.exception():
            raise SlackRefused(NO_SOCKET) from opening.exception()
        loops.every("sockets", timedelta(seconds=min(5.0, silence / 4)), self._sockets.watch)

    async def _admit(self) -> None:
        """Say, once a day, that operators are told things elsewhere than they wanted."""
        wanted, desk = self._config.desk.admin_channel, self.desk
        if wanted and not desk.settings.admin_channel:
            drawing = lines.told(wording.operators.no_admin_channel(wanted))
            once = f"admin_channel:{wanted}:{desk.clock.now():%Y-%m-%d}"
            await desk.units.transact(lambda: operators.tell(desk, drawing, once=once))
            desk.wake()

    async def _archive(self) -> None:
        """What is due by itself in conversations: those closed long ago, and changes nothing was seen of."""
        due = [await assignment.archive_due(self.desk), await changes.tell_orphans(self.desk)]
        if any(due):
            self.desk.wake()

    async def _queue(self) -> None:
        """Have those reminded whose customers wait, and say where too many do."""
        if any([await reminding.look(self.desk), await crowding.look(self.desk)]):
            self.desk.wake()

    async def _housekeeping(self) -> None:
        await self.desk.units.run(lambda: housekeeping.forget(self.desk))
        await self.desk.units.run(self._visitors.files.sweep)

    async def _probe(self, *, patient: bool = True) -> None:
        if await self.desk.units.run(lambda: trouble.probe(self.desk, patient=patient)):
            self.desk.wake()

    async def _leases(self) -> None:
        """Keep ours; decide about those of processes that died."""
        await self.worker.renew()
        if await recover(self.desk, KINDS, self._owner, alone=False):
            self.desk.wake()

    async def _beat(self) -> None:
        if self._sockets is None or await self._sockets.alive():
            await self._listening.beat()

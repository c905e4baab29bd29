"""The composition root: a `Config` in, a running application out.

Used by the command line, the demo, the tests and the benchmarks alike.
"""

from __future__ import annotations

import asyncio
import errno
import secrets
import signal
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import structlog
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from tortoise import Tortoise

from bot import database
from bot.config import Config
from bot.exits import NO_SOCKET, DatabaseFault, PortTaken, SlackRefused
from bot.listening import Listening
from bot.logs import with_request_id
from bot.loops import Loops
from bot.readiness import account_rows, admin_channel, make_ready
from bot.sockets import Sockets
from desk import trouble
from desk.clock import Clock
from desk.context import ConnectedAccount, Desk, WorkspaceRef
from desk.conversations import assignment, housekeeping, inbound
from desk.delivery import worker as work
from desk.delivery.effects import KINDS
from desk.delivery.pacing import Pacing
from desk.delivery.passing import Passing
from desk.delivery.worker import Worker
from desk.hub import Hub
from desk.slack.errors import SlackError
from desk.slack.gateway import Auth, Gateway, Patience
from desk.spool import Spool
from desk.units import Units
from desk.visitors import Visitors
from handlers import health, links, register, slack, webchat, webhooks
from handlers.addresses import client_address
from handlers.front import Front
from handlers.messages import on_message
from models import Delivery, Workspace
from models.database import SchemaIncomplete, SecondProcess, check_schema, hold
from networks.base import AccountSettings, Closes, Network, Tools
from networks.registry import build

log = structlog.get_logger("oratio")

_BEAT = timedelta(seconds=10)
_SOON = 10.0
"""Seconds until Slack is asked again for what it could not say."""
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
        self.url = ""
        self.desk: Desk
        self.worker: Worker
        self.ended = asyncio.Event()
        """Set when Slack took our token back."""

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
        gateway = _gateway(self._config, session, self._clock)
        auth = await _auth(gateway)
        workspace = await _workspace(auth)
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
        try:
            await check_schema()
        except SchemaIncomplete as error:
            raise DatabaseFault(
                f"The database {database.place(url)} lacks unique keys ({error}); restore a backup."
            ) from error
        except database.FAULTS as error:
            raise database.fault(url, error) from error

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
            accounts=_connect(ids, self._config, lambda name: self._make(name, tools)),
            settings=settings,
            clock=clock,
            units=units,
            gateway=gateway,
            spool=Spool(settings.data / "media" / "spool", settings.spool_max_bytes),
            passing=passing,
            wake=wake.set,
        )
        for network in {id(a.network): a.network for a in self.desk.accounts.values()}.values():
            if isinstance(network, Closes):
                self._stack.push_async_callback(network.close)
        self._ready_wanted = asyncio.Event()
        self._looking = asyncio.Lock()
        self._looked = asyncio.Condition()
        self._looks_begun = self._looks_done = 0
        self._owner = secrets.token_hex(8)
        self.worker = Worker(
            self.desk,
            KINDS,
            pacing,
            owner=self._owner,
            wake=wake,
            behind=lambda: self._listening.behind,
        )
        self._ready_due = 0.0
        self._front = Front(
            desk=self.desk, make_ready=self._make_ready, look_now=self._look_now, lost=self._lost
        )
        self._listening = Listening(self.desk, lambda event: on_message(self._front, event))
        self._bolt = _bolt(self._config, gateway, workspace)
        register(self._bolt, self._front)
        self._bolt.error(self._failed)

    async def _failed(self, error: Exception, body: Mapping[str, Any]) -> None:
        """A listener failed: Slack gets no acknowledgement and repeats it; if it doesn't, we read back."""
        kind = (body.get("event") or {}).get("type") or body.get("type")
        log.error("listener.failed", kind=kind, error=type(error).__name__, exc_info=error)
        self._listening.want()
        raise error

    async def _make_ready(self) -> None:
        self._ready_wanted.set()

    async def _look_now(self) -> None:
        """Have the loop look at once, and whatever waits for a repair try; back when that is done."""
        await self._probe()
        ours = self._looks_begun + 1
        self._ready_due = 0.0
        self._ready_wanted.set()
        async with self._looked:
            await self._looked.wait_for(lambda: self._looks_done >= ours)

    def _lost(self, words: str) -> None:
        log.error("slack.lost", why=words)

    async def _web(self) -> None:
        """The routes and the socket we listen on."""
        config = self._config

        def caller(request: web.Request) -> str:
            return client_address(request, config.trusted_proxies)

        app = web.Application(client_max_size=slack.MAX_BYTES, middlewares=[with_request_id])
        probes = health.Probes(
            {"database": self._probe_database, "slack": self._probe_slack, "worker": self._probe_worker}
        )
        app.add_routes(
            health.routes(probes, metrics_allow=config.metrics_allow, trusted_proxies=config.trusted_proxies)
        )
        app.add_routes(
            webchat.routes(
                self.desk,
                self._visitors,
                inbound.receive,
                client_address=caller,
            )
        )
        app.add_routes(links.routes(self.desk, client_address=caller))
        app.add_routes(webhooks.routes(self.desk))
        if not config.socket_mode:
            app.add_routes([slack.route(self._bolt, self.desk, config.signing_secret or "")])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
        await runner.setup()
        self._stack.push_async_callback(probes.close)
        self._stack.push_async_callback(runner.cleanup)
        self._stack.callback(self._hub.close)
        site = web.TCPSite(runner, config.host, config.port)
        try:
            await site.start()
        except OSError as error:
            raise PortTaken(_cannot_listen(config, error)) from error
        port = runner.addresses[0][1]
        self.url = f"http://{config.host}:{port}"

    async def _run(self) -> None:
        """Recover what a crash left, then start the worker, the timers and the sockets."""
        desk = self.desk
        spans = desk.settings.durations
        alone = database.is_sqlite(self._config.database_url)
        await work.recover(desk, KINDS, self._owner, alone=alone)
        await desk.units.run(lambda: housekeeping.sweep(desk, everything=alone))
        loops = Loops(self._clock)
        self._stack.push_async_callback(loops.stop)
        loops.start("passing", desk.passing.run)
        self._stack.push_async_callback(desk.passing.stop)
        loops.start("worker", self.worker.run)
        self._stack.push_async_callback(self.worker.stop, spans.shutdown.total_seconds())
        loops.start("listening", self._listening.run)
        self._stack.callback(self._listening.stop)
        await self._look_around()
        loops.every("archive", spans.archive_every, self._archive)
        loops.every("people", spans.people_every, self._look_around)
        loops.every("probe", spans.slow_notice, self._probe)
        loops.every("leases", spans.lease / 3, self._leases)
        loops.every("housekeeping", timedelta(hours=1), self._housekeeping)
        loops.every("beat", _BEAT, self._beat)
        loops.every("gauges", _BEAT, lambda: housekeeping.measure(desk))
        loops.every("readiness", timedelta(seconds=1), self._when_wanted)
        self._sockets: Sockets | None = None
        if self._config.app_token:
            await self._open_sockets(self._config.app_token, loops)
        self._listening.want()

    async def _open_sockets(self, token: str, loops: Loops) -> None:
        silence = self.desk.settings.durations.socket_silence.total_seconds()
        self._sockets = Sockets(self._bolt, token, self._clock, silence, self._listening.want)
        self._stack.push_async_callback(self._sockets.close)
        await self._try_app_token(token)
        opening = asyncio.create_task(self._sockets.open(), name="sockets")
        self._stack.callback(opening.cancel)
        await asyncio.wait({opening}, timeout=_SOCKETS_WITHIN)
        if opening.done() and opening.exception():
            raise SlackRefused(NO_SOCKET) from opening.exception()
        loops.every("sockets", timedelta(seconds=min(5.0, silence / 4)), self._sockets.watch)

    async def _try_app_token(self, token: str) -> None:
        """Bolt would try a token that Slack does not take for ever. Raises `SlackRefused`."""
        try:
            await Gateway(token, self._config.slack_api_url, self._session, clock=self._clock).socket_url()
        except SlackError as error:
            if not error.retry:
                raise SlackRefused(NO_SOCKET) from error
            log.warning("sockets.unasked", code=error.code)

    async def _archive(self) -> None:
        if await assignment.archive_due(self.desk):
            self.desk.wake()

    async def _housekeeping(self) -> None:
        await self.desk.units.run(lambda: housekeeping.forget(self.desk))
        await self.desk.units.run(self._visitors.files.sweep)

    async def _probe(self) -> None:
        if await self.desk.units.run(lambda: trouble.probe(self.desk)):
            self.desk.wake()

    async def _leases(self) -> None:
        """Keep ours; decide about those of processes that died."""
        await self.worker.renew()
        if await work.recover(self.desk, KINDS, self._owner, alone=False):
            self.desk.wake()

    async def _look_around(self) -> None:
        """See to every account's channel and agents; soon again if Slack could not be asked."""
        async with self._looking:
            self._ready_wanted.clear()
            self._looks_begun += 1
            settled = False
            try:
                settled = await make_ready(self.desk)
            finally:
                if not settled:
                    self._ready_due = self._clock.monotonic() + _SOON
                    self._ready_wanted.set()
                async with self._looked:
                    self._looks_done = self._looks_begun
                    self._looked.notify_all()

    async def _when_wanted(self) -> None:
        if self._ready_wanted.is_set() and self._clock.monotonic() >= self._ready_due:
            await self._look_around()

    async def _beat(self) -> None:
        if self._sockets is None or await self._sockets.alive():
            await self._listening.beat()

    async def _probe_database(self) -> str | None:
        try:
            await Delivery.filter(id=0).exists()
        except database.FAULTS:
            return "The database does not answer."
        return None

    async def _probe_slack(self) -> str | None:
        row = await Workspace.get(id=self.desk.workspace.id)
        if row.reason:
            return row.reason
        if self._sockets is not None and not await self._sockets.alive():
            return "No Socket Mode connection to Slack is open."
        return None

    async def _probe_worker(self) -> str | None:
        idle = self._clock.monotonic() - self.worker.alive_at
        return f"The outbox's worker has not turned for {idle:.0f} s." if idle > 60 else None


def _cannot_listen(config: Config, error: OSError) -> str:
    """The sentence for an address we do not get."""
    place = f"{config.host}:{config.port}"
    if error.errno == errno.EADDRINUSE:
        return f"Something listens on {place} already: stop it, or set PORT to another port."
    if error.errno == errno.EACCES:
        return f"Oratio may not listen on {place}: set PORT to 1024 or more."
    return f"Oratio can't listen on {place}: HOST must be an address of this machine, such as 127.0.0.1."


def _gateway(config: Config, session: aiohttp.ClientSession, clock: Clock) -> Gateway:
    silence = config.desk.durations.slack_answers.total_seconds() * 2
    return Gateway(
        config.bot_token, config.slack_api_url, session, clock=clock, patience=Patience(silence=silence)
    )


async def _auth(gateway: Gateway) -> Auth:
    """Who we are. Raises `SlackRefused`."""
    try:
        return await gateway.auth_test()
    except SlackError as error:
        raise SlackRefused(f"Slack does not let Oratio in with SLACK_BOT_TOKEN: {error.words}") from error


async def _workspace(auth: Auth) -> WorkspaceRef:
    """Our row of the workspace. Raises `SlackRefused` if the database belongs to another one."""
    values = {"name": auth.team, "url": auth.url, "bot_user_id": auth.user_id, "bot_id": auth.bot_id}
    other = await Workspace.exclude(team_id=auth.team_id).first()
    if other:
        raise SlackRefused(
            f"This database belongs to the workspace {other.name}, but the token is one of {auth.team}."
        )
    row = await Workspace.get_or_none(team_id=auth.team_id)
    if row is None:
        row = Workspace(team_id=auth.team_id, link_secret=secrets.token_hex(32), **values)
        await row.save()
    else:
        await Workspace.filter(id=row.id).update(**values, state="ready", reason="")
    return WorkspaceRef(
        id=row.id,
        team_id=auth.team_id,
        url=auth.url,
        bot_user_id=auth.user_id,
        bot_id=auth.bot_id,
        link_secret=row.link_secret,
    )


def _connect(
    ids: Mapping[str, int], config: Config, make: Callable[[str], Network]
) -> dict[int, ConnectedAccount]:
    """Each account with its network; a network is made once."""
    made: dict[str, Network] = {}
    accounts: dict[int, ConnectedAccount] = {}
    for each in config.desk.accounts:
        if each.network not in made:
            made[each.network] = make(each.network)
        network = made[each.network]
        settings = AccountSettings(
            network=each.network, name=each.name, title=each.title, options=each.options
        )
        accounts[ids[each.name]] = ConnectedAccount(
            id=ids[each.name], config=each, settings=settings, network=network
        )
    return accounts


def _bolt(config: Config, gateway: Gateway, workspace: WorkspaceRef) -> AsyncApp:
    """Bolt, which acknowledges after the listener's commit and asks Slack nothing by itself."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=workspace.team_id,
            bot_token=config.bot_token,
            bot_id=workspace.bot_id,
            bot_user_id=workspace.bot_user_id,
        )

    return AsyncApp(
        signing_secret=config.signing_secret or "unused in Socket Mode",
        client=gateway.for_bolt(),
        authorize=authorize,
        process_before_response=True,
        ignoring_self_events_enabled=False,
        request_verification_enabled=not config.socket_mode,
    )


async def serve(
    config: Config,
    *,
    ready: Callable[[str], None] | None = None,
    make: Callable[[str, Tools], Network] = build,
    pace: float = 1.0,
) -> int:
    """Run until SIGINT or SIGTERM; returns the exit code. Raises `StartError` if it can't start.

    `make` builds a network by its registry key, `pace` scales Slack's rates: both for stand-ins.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    try:
        async with Application(config, make=make, pace=pace) as application:
            if ready:
                ready(application.url)
            await stop.wait()
    finally:
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(name)
    return 0

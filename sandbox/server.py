"""The stand-in itself: put together, started, asked and stopped."""

import asyncio
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from aiohttp import web

from sandbox import acting, control, files, manifest, reading, storage, views
from sandbox.assembly import assemble
from sandbox.control import Control, own_pages_only
from sandbox.core import Core
from sandbox.durations import Durations
from sandbox.faults import Fault
from sandbox.file_routes import FileRoutes
from sandbox.refusal import Json
from sandbox.responses import Responses
from sandbox.web_api.dispatch import WebApi

_LARGEST_BODY = 4_000_000

Document = Mapping[str, Any] | str | Path | None


class Sandbox:
    """A workspace of Slack's on localhost with one app installed; an async context manager.

    `manifest` is Slack's app manifest (a mapping, or a JSON or YAML file), `seed` changes the default
    workspace, `state` is a folder that outlives it. With port 0 the system picks one.
    """

    def __init__(
        self,
        manifest: Document = None,
        seed: Document = None,
        state: Path | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        durations: Durations | None = None,
    ) -> None:
        self._manifest, self._seed, self._state = manifest, seed, state
        self._host, self._port = host, port
        self._durations = durations or Durations()
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._runner: web.AppRunner | None = None
        self._core: Core | None = None

    @property
    def core(self) -> Core:
        """The parts, for tests of the stand-in. Raises RuntimeError before the start."""
        if self._core is None:
            raise RuntimeError("The stand-in is not running.")
        return self._core

    async def __aenter__(self) -> Self:
        manifested, seeded = manifest.load(self._manifest), manifest.load(self._seed)
        folder = self._folder()
        try:
            self._core = assemble(manifested, seeded, folder, self._durations)
            await self._listen(self._core)
        except BaseException:
            await self._clean_up()
            raise
        if self._state is not None:
            self._core.tasks.start(storage.keep(self._core, folder))
        return self

    def _folder(self) -> Path:
        if self._state is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="sandbox-")
            return Path(self._temporary.name)
        self._state.mkdir(parents=True, exist_ok=True)
        return self._state

    async def _listen(self, core: Core) -> None:
        app = web.Application(client_max_size=_LARGEST_BODY, middlewares=[own_pages_only])
        app.add_routes(WebApi(core).routes())
        app.add_routes(FileRoutes(core).routes())
        app.add_routes(Responses(core).routes())
        app.add_routes([web.get("/link/", core.sockets.route)])
        app.add_routes(Control(core).routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        port = self._runner.addresses[0][1]
        core.url = f"http://{self._host}:{port}"

    async def __aexit__(self, *_: object) -> None:
        core = self.core
        core.closing.set()
        await asyncio.gather(*core.sharing, return_exceptions=True)
        core.events.delivery = None
        await core.sockets.close()
        await core.live.close()
        await core.tasks.close()
        await core.wire.close()
        await self._clean_up()
        if self._state is not None:
            storage.save(self._state, core.world)

    async def _clean_up(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        if self._temporary is not None:
            self._temporary.cleanup()

    # What an app is configured with.

    @property
    def url(self) -> str:
        """The stand-in's address; the browser client is there."""
        return self.core.url

    @property
    def api_url(self) -> str:
        """The base address of the Web API, for slack_sdk's `base_url`."""
        return f"{self.core.url}/api/"

    @property
    def bot_token(self) -> str:
        """The app's bot token."""
        return self.core.app.bot_token

    @property
    def app_token(self) -> str:
        """The app-level token, for Socket Mode."""
        return self.core.app.app_token

    @property
    def signing_secret(self) -> str:
        """What requests to the app are signed with."""
        return self.core.app.signing_secret

    @property
    def team_id(self) -> str:
        """The workspace's id."""
        return self.core.world.team.id

    @property
    def app_id(self) -> str:
        """The app's id."""
        return self.core.app.id

    @property
    def bot_user_id(self) -> str:
        """The app's bot user."""
        return self.core.app.bot_user_id

    @property
    def bot_id(self) -> str:
        """The app's bot id."""
        return self.core.app.bot_id

    @property
    def request_url(self) -> str | None:
        """Where the app listens, in place of the manifest's addresses; may be set at any time."""
        return self.core.app.request_url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self.core.app.request_url = url

    @property
    def socket_mode(self) -> bool:
        """Whether events go through Socket Mode; may be switched at any time."""
        return self.core.app.socket_mode

    @socket_mode.setter
    def socket_mode(self, on: bool) -> None:
        self.core.app.socket_mode = on

    async def verify_request_url(self) -> bool:
        """Send `url_verification` as Slack does when an address is saved; return whether it was answered."""
        return await self.core.wire.verify("3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P")

    # People.

    async def act(self, verb: str, **args: Any) -> Json:
        """Carry out a verb as a person; `ok` is false with `error` and `words` where Slack refuses."""
        return await acting.act(self.core, verb, args)

    # Looking on.

    def messages(self, channel: str, thread_ts: str | None = None) -> list[Json]:
        """Return what stands in a channel, or a thread with its parent first. Raises Refusal."""
        return control.messages_of(self.core, channel, thread_ts)

    def message(self, channel: str, ts: str) -> Json | None:
        """Return one message, None when it is not (or no longer) there. Raises Refusal for the channel."""
        message = self.core.channel(channel).messages.get(ts)
        return None if message is None else message.body

    def metadata(self, channel: str, ts: str) -> Json | None:
        """Return a message's metadata."""
        return self.core.message(channel, ts).metadata

    def ephemerals(self, user: str) -> list[Json]:
        """Return the ephemeral messages on somebody's screen."""
        return [e.body for e in self.core.ephemerals.get(user, {}).values()]

    def views(self, user: str) -> list[Json]:
        """Return somebody's open modals, the front one last."""
        return [views.with_state(v) for v in self.core.views.get(user, ())]

    def home(self, user: str) -> Json | None:
        """Return somebody's published App Home."""
        return reading.home_of(self.core, user)

    def notifications(self, user: str) -> list[Json]:
        """Return what Slack would have notified somebody of, oldest first."""
        return self.core.world.notifications.get(user, [])

    def file(self, file_id: str) -> Json:
        """Return a file as files.info gives it. Raises KeyError."""
        return files.details_of(self.core, self.core.world.files[file_id])

    def file_path(self, file_id: str) -> Path:
        """Return where a file's bytes lie. Raises KeyError."""
        return files.path_of(self.core, self.core.world.files[file_id])

    def calls(self, method: str | None = None) -> list[Json]:
        """Return the Web API calls seen so far: method, args, answer, at, token."""
        return [c for c in self.core.calls if method in {None, c["method"]}]

    @property
    def sockets_open(self) -> int:
        """How many sockets the app has open."""
        return self.core.sockets.count

    @property
    def events_under_way(self) -> int:
        """How many events are neither acknowledged nor given up."""
        return self.core.wire.under_way

    @property
    def events_lost(self) -> list[Json]:
        """The events given up after Slack's three repeats."""
        return self.core.wire.failed

    async def until(self, predicate: Callable[[], object], timeout: float = 10.0) -> None:  # noqa: ASYNC109 - as agreed
        """Wait until the predicate is true, looking at least at each change. Raises TimeoutError."""
        await self.core.changes.until(predicate, timeout)

    # Faults.

    def fault(
        self,
        method: str,
        kind: str,
        times: int | None = 1,
        after: int = 0,
        *,
        seconds: float = 1.0,
        probability: float = 1.0,
    ) -> None:
        """Switch a fault on for a method, `*`, `upload`, `download` or `response_url`. `times` None lasts."""
        made = Fault(
            method=method, kind=kind, times=times, after=after, seconds=seconds, probability=probability
        )
        self.core.faults.add(made)

    def clear_faults(self) -> None:
        """Switch every fault off."""
        self.core.faults.clear()
        self.core.events.release()

    def limits(self, on: bool = True, scale: float = 1.0) -> None:
        """Switch Slack's rate limits on or off; `scale` 10 makes them ten times as quick."""
        self.core.limits.switch(on, scale)

    def events_fault(self, duplicate: int = 0, reorder: bool = False, drop: bool = False) -> None:
        """Deliver events `duplicate` times more, in another order, or not at all."""
        control.disturb(self.core, duplicate=duplicate, reorder=reorder, drop=drop)

    async def cut_sockets(
        self, warning: bool = False, half_open: bool = False, reason: str = "warning"
    ) -> None:
        """Cut the app's sockets at once, after Slack's warning, or leave them open with nothing passing.

        Slack warns for a `reason`: `warning`, `refresh_requested`, or `link_disabled`.
        """
        await self.core.sockets.cut(warning=warning, half_open=half_open, reason=reason)

    def history_delay(self, seconds: float) -> None:
        """Let history and replies show new messages that late."""
        self.core.faults.history_delay = seconds

    def advance(self, seconds: float) -> None:
        """Put the stand-in's clock forward; what expires does, what is limited is free again."""
        self.core.clock.advance(seconds)

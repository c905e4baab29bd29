"""The demo's own pages: both sides on one page, and the shop."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web
from yarl import URL

from bot.demo.ports import HOST
from bot.demo.settings import ACCOUNT
from bot.exits import PortTaken

HERE = Path(__file__).parent
HOSTS = frozenset({HOST, "localhost"})
"""The names of this machine a browser may have used; the frames use the same one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the two sides are: the stand-in's browser client, and Oratio."""

    slack: str
    oratio: str


class Site:
    """The pages on a port of this machine, from `async with` to its end."""

    def __init__(self, addresses: Addresses, customer: str, *, port: int) -> None:
        self._addresses = addresses
        self._customer = customer
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The address to open."""
        return f"http://{HOST}:{self._port}/"

    async def __aenter__(self) -> Self:
        app = site_app(self._addresses, self._customer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, HOST, self._port).start()
        except OSError:
            await self._runner.cleanup()
            raise PortTaken(f"Port {self._port} was taken just now; please try again.") from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner:
            await self._runner.cleanup()


def site_app(addresses: Addresses, customer: str) -> web.Application:
    """The pages as an application; `customer` is what the shop tells the chat of who signs in, as JSON."""

    async def split(request: web.Request) -> web.Response:
        slack = _as_seen(addresses.slack, request)
        return _page("page/split.html", {"slack": slack})

    async def shop(request: web.Request) -> web.Response:
        oratio = _as_seen(addresses.oratio, request)
        widget = f"{oratio}/webchat/{ACCOUNT}/widget.js"
        return _page("shop/index.html", {"widget": widget, "customer": customer})

    app = web.Application()
    app.add_routes(
        [
            web.get("/", split),
            web.get("/shop/", shop),
            web.static("/page", HERE / "page"),
            web.static("/shop", HERE / "shop"),
        ]
    )
    return app


def _page(name: str, values: dict[str, str]) -> web.Response:
    text = (HERE / name).read_text(encoding="utf-8")
    for key, value in values.items():
        text = text.replace("{{" + key + "}}", escape(value))
    return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-store"})


def _as_seen(url: str, request: web.Request) -> str:
    seen = request.url.host
    return str(URL(url).with_host(seen)).rstrip("/") if seen in HOSTS else url

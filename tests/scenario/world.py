"""The whole application against the stand-in for Slack and a fake network, over real HTTP."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot import database
from bot.app import Application
from bot.config import Config
from desk.clock import Clock
from desk.settings import AccountConfig, DeskSettings, Durations
from networks.base import Network, Tools
from networks.registry import build
from sandbox import Sandbox
from tests.networks.fake import BareFakeNetwork, FakeNetwork, LinkedFakeNetwork
from tests.networks.fake_provider import FakeProvider

ANA, BEN, CHLOE, DORA = "U0ANA00001", "U0BEN00001", "U0CHLOE001", "U0DORA0001"
SUPPORT = "C0SUPPORT1"
TEAM = (ANA, BEN, CHLOE)

FAST = Durations(
    min_hold=timedelta(milliseconds=20),
    look_again=timedelta(milliseconds=200),
    nudge_after=timedelta(seconds=60),
    card_words_every=timedelta(milliseconds=200),
    card_turn_within=timedelta(milliseconds=200),
    retry_base=timedelta(milliseconds=50),
    retry_cap=timedelta(milliseconds=500),
    archive_every=timedelta(milliseconds=200),
)

_numbers = itertools.count(1)


@dataclass(slots=True)
class World:
    """Everything a scenario needs; `app` is replaced when Oratio is started again."""

    slack: Sandbox
    provider: FakeProvider
    config: Config
    app: Application = field(init=False)

    @property
    def hook(self) -> str:
        return f"{self.app.url}/hooks/fake/shop"

    async def writes(self, who: str, text: str = "", *, id: str | None = None, **more: Any) -> str:  # noqa: A002
        """A customer writes; returns the message's id at the provider."""
        number = next(_numbers)
        account = more.pop("account", "shop")
        event = {
            "kind": "message",
            "event": f"e{number}",
            "id": id or f"m{number}",
            "from": who,
            "name": more.pop("name", who.title()),
            "text": text,
            "at": int(datetime.now(UTC).timestamp()),
            **more,
        }
        hook = self.hook.replace("/shop", f"/{account}")
        assert await self.provider.deliver(hook, event) == 200
        return str(event["id"])

    async def tells(self, kind: str, who: str, id: str, **more: Any) -> int:  # noqa: A002
        """Another event of the fake network: edit, delete, reaction, report."""
        number = next(_numbers)
        event = {
            "kind": kind,
            "event": f"e{number}",
            "id": id,
            "from": who,
            "at": int(datetime.now(UTC).timestamp()),
            **more,
        }
        return await self.provider.deliver(self.hook, event)

    def told(self, **changes: Any) -> None:
        """Other settings, from the next start on."""
        self.config = replace(self.config, desk=replace(self.config.desk, **changes))

    def cards(self) -> list[dict[str, Any]]:
        """The cards in the intake channel, oldest first."""
        return [m for m in self.slack.messages(SUPPORT) if _is_card(m)]

    def thread(self, ts: str) -> list[dict[str, Any]]:
        """The replies of a thread, oldest first."""
        return [m for m in self.slack.messages(SUPPORT, ts) if m["ts"] != ts]

    def said(self, ts: str) -> list[str]:
        """What the thread shows, as text."""
        return [m.get("text") or "" for m in self.thread(ts)]

    async def until(self, predicate: Callable[[], object], timeout: float = 10) -> None:  # noqa: ASYNC109
        await self.slack.until(lambda: bool(predicate()), timeout=timeout)

    async def conversation(self, who: str = "mia", text: str = "Hello?", **more: Any) -> str:
        """A new conversation whose card, words and profile stand; returns the card's ts."""
        before = len(self.cards())
        await self.writes(who, text, **more)
        await self.until(lambda: len(self.cards()) > before)
        ts = str(self.cards()[-1]["ts"])
        await self.until(lambda: len(self.thread(ts)) >= 2)
        return ts

    def shown(self, to: str = "mia") -> list[str]:
        """The texts the customer sees."""
        return [m.text for m in self.provider.shown if m.to == to and not m.deleted]

    def reactions(self, ts: str) -> set[str]:
        """The marks on a message."""
        message = self.slack.message(SUPPORT, ts) or {}
        return {r["name"] for r in message.get("reactions") or []}


def _is_card(message: dict[str, Any]) -> bool:
    return any(str(b.get("block_id", "")).startswith("card.") for b in message.get("blocks") or [])


def make_network(
    idempotent: bool, bare: bool = False, linked: bool = False
) -> Callable[[str, Tools], Network]:
    kind = BareFakeNetwork if bare else LinkedFakeNetwork if linked else FakeNetwork

    def make(name: str, tools: Tools) -> Network:
        return kind(tools, idempotent=idempotent) if name == "fake" else build(name, tools)

    return make


def shop(provider: FakeProvider, **more: Any) -> AccountConfig:
    """The account of the fake network."""
    values: dict[str, Any] = {
        "network": "fake",
        "name": "shop",
        "title": "Acme Shop",
        "channel": "#support",
        "agents": TEAM,
        "undo_hold": timedelta(0),
        "options": provider.options(),
    }
    return AccountConfig(**(values | more))


def database_url(folder: Path) -> str:
    """SQLite, or a database of its own on the PostgreSQL that the run was given."""
    return os.environ.get("ORATIO_TEST_DATABASE") or f"sqlite://{folder / 'oratio.db'}"


def configured(slack: Sandbox, folder: Path, url: str, *accounts: AccountConfig, **more: Any) -> Config:
    http = more.pop("http", True)
    desk = DeskSettings(accounts=accounts, data=folder, durations=more.pop("durations", FAST), **more)
    return Config(
        bot_token=slack.bot_token,
        app_token=None if http else slack.app_token,
        signing_secret=slack.signing_secret,
        slack_api_url=slack.api_url,
        database_url=url,
        port=0,
        desk=desk,
    )


@asynccontextmanager
async def running(
    world: World,
    *,
    idempotent: bool = False,
    bare: bool = False,
    linked: bool = False,
    pace: float = 1000.0,
    clock: Clock | None = None,
) -> AsyncIterator[World]:
    """Oratio started in this process against the world, and stopped at the end. `bare`: the fake
    network can only send. `linked`: it is polled, or told where to call."""
    world.slack.core.faults.drop = not world.config.socket_mode
    make = make_network(idempotent, bare, linked)
    async with Application(world.config, make=make, pace=pace, clock=clock) as app:
        world.app = app
        if not world.config.socket_mode:  # until now there was no address for Slack's events
            world.slack.request_url = f"{app.url}/slack/events"
            world.slack.core.faults.drop = False
        yield world


_migrated: list[bytes] = []
"""An SQLite file as the migrations leave it, made by the first world: they take longer than all the rest."""


async def with_tables(url: str) -> None:
    """Begin with a database that has its tables; one that exists is left as it is."""
    path = Path(database.place(url))
    if not database.is_sqlite(url) or path.exists():
        return
    if not _migrated:
        with TemporaryDirectory() as folder:
            made = Path(folder) / "oratio.db"
            await database.migrate(f"sqlite://{made}")
            _migrated.append(made.read_bytes())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_migrated[0])


@asynccontextmanager
async def stopped(
    folder: Path,
    url: str,
    *,
    account: dict[str, Any] | None = None,
    idempotent: bool = False,
    manifest: str = "app-manifest.yml",
    **more: Any,
) -> AsyncIterator[World]:
    """The stand-in and the provider; Oratio is not started yet.

    `account` changes the account's keys, `options` are more of the fake network's own; `others`
    are the keys of further accounts.
    """
    await with_tables(url)
    others, options = more.pop("others", ()), more.pop("options", {})
    seed = {**(more.pop("seed", None) or {}), "app": {"socket_mode": not more.get("http", True)}}
    async with (
        Sandbox(manifest=manifest, seed=seed) as slack,
        FakeProvider(idempotent=idempotent) as provider,
    ):
        own = {**(account or {}), "options": {**provider.options(), **options}}
        accounts = [shop(provider, **each) for each in (own, *others)]
        yield World(slack, provider, configured(slack, folder, url, *accounts, **more))


@asynccontextmanager
async def the_world(folder: Path, url: str, **more: Any) -> AsyncIterator[World]:
    """The stand-in, the provider and Oratio: see `stopped`.

    `pace` is how much quicker than Slack its pace is; `clock` is one that the test moves, for Socket Mode
    (signatures are as old as they are).
    """
    kinds = {each: more.pop(each, False) for each in ("bare", "linked")}
    kinds["idempotent"] = more.get("idempotent", False)
    pace, clock = more.pop("pace", 1000.0), more.pop("clock", None)
    async with stopped(folder, url, **more) as world, running(world, **kinds, pace=pace, clock=clock):
        yield world

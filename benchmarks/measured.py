"""The program that is measured: `python -m benchmarks.measured ORDER`, an `Order` as JSON.

It says where it listens; the line `counts` on its input is answered with how many statements its
database has had (SQLite, where the order asks for it), and it ends on SIGTERM.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.config import Config
from bot.config import database_url as spelt_out
from bot.logs import configure
from bot.serving import serve
from desk.settings import AccountConfig, DeskSettings, Durations
from models.database import connection
from networks.base import Network, Tools
from tests.networks.fake import FakeNetwork

WRITES = frozenset({"INSERT", "UPDATE", "DELETE", "REPLACE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """An account: its channel, its agents and its undo hold in seconds."""

    name: str
    channel: str
    agents: tuple[str, ...]
    hold: float = 0.0
    options: dict[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the program is started with. `app_token`: Slack comes through Socket Mode."""

    bot_token: str
    signing_secret: str
    api_url: str
    database: str
    data: str
    shops: tuple[Shop, ...]
    durations: dict[str, float] = field(default_factory=dict)
    app_token: str | None = None
    pace: float = 1.0
    count: bool = False


def read(line: str) -> Order:
    """The order a line holds."""
    given: dict[str, Any] = json.loads(line)
    shops = tuple(Shop(**{**shop, "agents": tuple(shop["agents"])}) for shop in given.pop("shops"))
    return Order(**{**given, "shops": shops})


def configuration(order: Order) -> Config:
    """The program's configuration."""
    accounts = tuple(
        AccountConfig(
            network="fake",
            name=shop.name,
            title=shop.name.title(),
            channel=shop.channel,
            agents=shop.agents,
            undo_hold=timedelta(seconds=shop.hold),
            options=shop.options,
        )
        for shop in order.shops
    )
    spans = {name: timedelta(seconds=seconds) for name, seconds in order.durations.items()}
    return Config(
        bot_token=order.bot_token,
        app_token=order.app_token,
        signing_secret=None if order.app_token else order.signing_secret,
        slack_api_url=order.api_url,
        database_url=spelt_out(order.database, Path(order.data)),
        port=0,
        desk=DeskSettings(accounts=accounts, data=Path(order.data), durations=Durations(**spans)),
    )


class Counted:
    """How many statements the database had. Outside a transaction each write commits by itself."""

    def __init__(self) -> None:
        self.found: Counter[str] = Counter()
        self._inside = False

    def statement(self, sql: str) -> None:
        """One statement, as SQLite is about to carry it out."""
        word = sql.lstrip().split(None, 1)[0].upper()
        if word in ("BEGIN", "COMMIT", "ROLLBACK", "END"):
            self._inside = word == "BEGIN"
            self.found["commits"] += word in ("COMMIT", "END")
            return
        self.found["queries"] += 1
        self.found["commits"] += word in WRITES and not self._inside

    async def watch(self) -> None:
        """Begin counting."""
        await connection()._connection.set_trace_callback(self.statement)


async def answering(counted: Counted, count: bool) -> None:
    """Answer what is asked on our input."""
    loop, lines = asyncio.get_running_loop(), asyncio.Queue[str]()

    def read_lines() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)

    threading.Thread(target=read_lines, daemon=True).start()
    if count:
        await counted.watch()
    while True:
        await lines.get()
        say(**counted.found)


def say(**words: object) -> None:
    """One line for whoever started us."""
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def make(_name: str, tools: Tools) -> Network:
    """The one network there is."""
    return FakeNetwork(tools)


async def main(order: Order) -> int:
    """The program, until it is told to end."""
    counted, tasks = Counted(), set[asyncio.Task[None]]()

    def ready(url: str) -> None:
        tasks.add(asyncio.create_task(answering(counted, order.count)))
        say(ready=url)

    return await serve(configuration(order), ready=ready, make=make, pace=order.pace)


if __name__ == "__main__":
    configure("WARNING", "json")
    sys.exit(asyncio.run(main(read(sys.argv[1]))))

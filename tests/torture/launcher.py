"""Runs the real program in processes made to be killed: `python -m tests.torture.launcher`.

Each line on stdin is an `Order` as JSON. A fork of this process, which has imported everything
already, runs `bot.serving.serve` with it. Lines on stdout say what became of it: `{"pid": …}`,
`{"ready": url}`, `{"ended": exit status}`. Between two orders nothing of Oratio is alive.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.config import Config
from bot.config import database_url as spelt_out
from bot.exits import StartError
from bot.logs import configure
from bot.serving import serve
from desk.settings import AccountConfig, DeskSettings, Durations
from networks.base import Network, Tools
from tests.networks.fake import FakeNetwork

PACE = 100.0
"""Slack's rates hold nobody up for long, but a channel is behind often enough for posts to be joined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """An account of one of the two fake networks: `sure` takes a key twice as once, `fake` does not."""

    network: str
    name: str
    channel: str
    agents: tuple[str, ...]
    options: dict[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What one run of the program is started with. Without `app_token`, Slack comes over HTTP."""

    bot_token: str
    signing_secret: str
    api_url: str
    database: str
    data: str
    port: int
    shops: tuple[Shop, ...]
    durations: dict[str, float]
    app_token: str | None = None
    idempotent: tuple[str, ...] = ()


def configuration(order: Order) -> Config:
    """The program's configuration."""
    accounts = tuple(
        AccountConfig(
            network=shop.network,
            name=shop.name,
            title=shop.name.title(),
            channel=shop.channel,
            agents=tuple(shop.agents),
            undo_hold=timedelta(0),
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
        port=order.port,
        desk=DeskSettings(accounts=accounts, data=Path(order.data), durations=Durations(**spans)),
    )


def read(line: str) -> Order:
    """The order a line holds."""
    given: dict[str, Any] = json.loads(line)
    shops = tuple(Shop(**shop) for shop in given.pop("shops"))
    return Order(**{**given, "shops": shops})


def say(**words: object) -> None:
    """One line for whoever started us."""
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def run(order: Order) -> int:
    """The program, until it is told to stop or killed; its exit status."""
    os.setpgid(0, 0)

    def make(name: str, tools: Tools) -> Network:
        return FakeNetwork(tools, idempotent=name in order.idempotent)

    configure("WARNING", "json")
    try:
        return asyncio.run(
            serve(configuration(order), ready=lambda url: say(ready=url), make=make, pace=PACE)
        )
    except StartError as error:
        sys.stderr.write(f"{error.words}\n")
        return int(error.exit)


def main() -> None:
    """Carry out one order after the other until stdin ends."""
    gc.collect()
    gc.freeze()  # a fork must not look through all that was imported, nor copy it to do so
    for line in sys.stdin:
        order = read(line)
        pid = os.fork()
        if pid == 0:
            os._exit(run(order))
        say(pid=pid)
        _, status = os.waitpid(pid, 0)
        say(ended=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()

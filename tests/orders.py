"""What the program is told when it runs as a process of its own, for the figures or to be killed."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from pydantic import TypeAdapter

from bot.config import Config
from bot.config import database_url as spelt_out
from desk.settings import AccountConfig, DeskSettings, Durations
from networks.base import Network, Tools
from tests.networks.fake import FakeNetwork


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """An account of a fake network, with its undo hold in seconds."""

    name: str
    channel: str
    agents: tuple[str, ...]
    network: str = "fake"
    hold: float = 0.0
    options: dict[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What one run of the program is started with.

    Without `app_token`, Slack comes over HTTP. The networks that are `idempotent` take a key twice
    as once. `count`: the program counts its statements, if it can (`benchmarks.measured`).
    """

    bot_token: str
    signing_secret: str
    api_url: str
    database: str
    data: str
    shops: tuple[Shop, ...]
    durations: dict[str, float] = field(default_factory=dict)
    app_token: str | None = None
    port: int = 0
    pace: float = 1.0
    idempotent: tuple[str, ...] = ()
    count: bool = False

    def configuration(self) -> Config:
        """The program's configuration."""
        accounts = tuple(
            AccountConfig(
                network=shop.network,
                name=shop.name,
                title=shop.name.title(),
                channel=shop.channel,
                agents=shop.agents,
                undo_hold=timedelta(seconds=shop.hold),
                options=shop.options,
            )
            for shop in self.shops
        )
        spans = {name: timedelta(seconds=seconds) for name, seconds in self.durations.items()}
        return Config(
            bot_token=self.bot_token,
            app_token=self.app_token,
            signing_secret=None if self.app_token else self.signing_secret,
            slack_api_url=self.api_url,
            database_url=spelt_out(self.database, Path(self.data)),
            port=self.port,
            desk=DeskSettings(accounts=accounts, data=Path(self.data), durations=Durations(**spans)),
        )

    def network(self, name: str, tools: Tools) -> Network:
        """One of its networks."""
        return FakeNetwork(tools, idempotent=name in self.idempotent)


ORDER = TypeAdapter(Order)
"""Orders as lines of JSON."""


def say(**words: object) -> None:
    """One line for whoever started us."""
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()

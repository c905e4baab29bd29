"""Everybody around the program: Slack, two providers, and what each of them was told and shown."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox import Sandbox
from sandbox.durations import Durations
from tests.networks.fake_provider import FakeProvider
from tests.orders import Order, Shop
from tests.torture.ledger import Finding, compare
from tests.torture.process import Oratio, free_port, launched
from tests.torture.records import Records, records_of

AGENTS = ("U0ANA00001", "U0BEN00001", "U0CHLOE001")
CHANNELS = {"fake": "C0SUPPORT1", "sure": "C0SURE0001"}
SEED = {
    "channels": [
        {"id": "C0SUPPORT1", "name": "support", "members": list(AGENTS)},
        {"id": "C0SURE0001", "name": "sure", "members": list(AGENTS)},
    ]
}
QUICK = {
    "lease": 2.0,
    "min_hold": 0.02,
    "look_again": 0.3,
    "retry_base": 0.05,
    "retry_cap": 0.5,
    "gap_margin": 2.0,
    "card_words_every": 1.0,
    "card_turn_within": 0.5,
    "nudge_after": 3600.0,
    "slow_notice": 3600.0,
    "shutdown": 5.0,
}
PACE = 100.0
"""Slack's rates hold nobody up for long, but a channel is behind often enough for posts to be joined."""
REPEATS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.5, *[2.0] * 60)
"""Seconds after which this Slack repeats an event: none is given up between kills."""

_TOKEN = re.compile(r"\b(?:in|out)-[a-z0-9]+-[0-9]{3}(?:-file)?\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One customer and the agent who answers them."""

    who: str
    network: str
    agent: str

    @property
    def channel(self) -> str:
        """Where the conversation is."""
        return CHANNELS[self.network]


def rooms(number: int) -> list[Room]:
    """So many customers, spread over both networks."""
    names = ("fake", "sure")
    return [
        Room(who=f"c{each:02d}", network=names[each % 2], agent=AGENTS[each % len(AGENTS)])
        for each in range(number)
    ]


@dataclass(slots=True)
class Told:
    """What was said on either side, by room: written when the other side said that it has it."""

    inbound: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    outbound: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    by_ts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """The tokens of an agent's message."""


@dataclass(slots=True, kw_only=True)
class Stage:
    """The run: who takes part, and what they know."""

    slack: Sandbox
    providers: dict[str, FakeProvider]
    oratio: Oratio
    order: Order
    records: Records
    told: Told = field(default_factory=Told)
    threads: dict[str, str] = field(default_factory=dict)

    def hook(self, network: str) -> str:
        """Where a provider delivers its webhooks."""
        return f"http://127.0.0.1:{self.order.port}/hooks/{network}/{network}-shop"

    def thread(self, room: Room) -> str | None:
        """The `ts` of the room's card, once it stands."""
        if room.who not in self.threads:
            for message in self.slack.messages(room.channel):
                if found := _customer_of(message):
                    self.threads.setdefault(found, str(message["ts"]))
        return self.threads.get(room.who)

    def shown_inside(self, room: Room) -> list[str]:
        """What the agents see of the customer's words."""
        ts = self.thread(room)
        posts = self.slack.messages(room.channel, ts)[1:] if ts else []
        return [token for post in posts if post.get("username") for token in tokens_of(post)]

    def shown_outside(self, room: Room) -> list[str]:
        """What the customer sees of the agents' words."""
        found: list[str] = []
        for message in self.providers[room.network].shown:
            if message.to == room.who:
                found += _TOKEN.findall(message.text)
                found += _TOKEN.findall(message.file[0]) if message.file else []
        return found

    def cards(self) -> list[str]:
        """Whose card stands, one entry for each card."""
        every = [m for channel in CHANNELS.values() for m in self.slack.messages(channel)]
        return [who for who in map(_customer_of, every) if who]

    def doubted(self, room: Room) -> set[str]:
        """The tokens of messages that bear ❔ in the room's thread, or had it answered by a line."""
        ts = self.thread(room)
        posts = self.slack.messages(room.channel, ts)[1:] if ts else []
        lines = sum("Not certain whether this reached" in str(p.get("text")) for p in posts)
        marked = [p for p in posts if any(r["name"] == "grey_question" for r in p.get("reactions") or ())]
        assert lines >= len(marked), "a message bears ❔ and no line says why"
        return {token for post in marked for token in self.told.by_ts.get(str(post["ts"]), ())}

    def findings(self, everyone: list[Room]) -> list[Finding]:
        """What the ledger shows to be wrong."""
        inside = {room.who: self.shown_inside(room) for room in everyone}
        outside = {room.who: self.shown_outside(room) for room in everyone}
        doubts = {token for room in everyone for token in self.doubted(room)}
        return compare(self.told.inbound, inside) + compare(self.told.outbound, outside, doubts)


def _customer_of(message: dict[str, Any]) -> str | None:
    """Whose card a message is."""
    for block in message.get("blocks") or ():
        if str(block.get("block_id", "")).startswith("card."):
            found = re.search(r"Visitor (c[0-9]{2})", json.dumps(message["blocks"]))
            return found[1] if found else None
    return None


def tokens_of(message: dict[str, Any]) -> Iterator[str]:
    """The tokens a post shows: its words, then its files."""
    yield from _TOKEN.findall(message.get("text") or json.dumps(message.get("blocks") or ()))
    for file in message.get("files") or ():
        yield from _TOKEN.findall(str(file.get("name")))


@asynccontextmanager
async def the_stage(folder: Path, database: str, *, http: bool = True) -> AsyncIterator[Stage]:
    """Slack and both providers serve; the program is not started."""
    port = free_port()
    seed = {**SEED, "app": {"socket_mode": not http, "request_url": f"http://127.0.0.1:{port}/slack/events"}}
    async with AsyncExitStack() as stack:
        quick = Durations(retries=REPEATS)
        slack = await stack.enter_async_context(Sandbox("app-manifest.yml", seed, durations=quick))
        providers = {
            name: await stack.enter_async_context(FakeProvider(idempotent=name == "sure"))
            for name in CHANNELS
        }
        errors = stack.enter_context((folder / "errors.log").open("ab"))
        order = Order(
            bot_token=slack.bot_token,
            signing_secret=slack.signing_secret,
            app_token=None if http else slack.app_token,
            api_url=slack.api_url,
            database=database,
            data=str(folder),
            port=port,
            shops=tuple(
                Shop(
                    network=name,
                    name=f"{name}-shop",
                    channel=CHANNELS[name],
                    agents=AGENTS,
                    options=providers[name].options(),
                )
                for name in CHANNELS
            ),
            durations=QUICK,
            pace=PACE,
            idempotent=("sure",),
        )
        oratio = await stack.enter_async_context(launched(errors))
        yield Stage(
            slack=slack, providers=providers, oratio=oratio, order=order, records=records_of(database)
        )

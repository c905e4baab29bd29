"""Everybody around the program that is measured: Slack, a provider, customers and agents."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp

from benchmarks.load import request
from benchmarks.processes import Child, begin
from benchmarks.provider import Provider, provided, said, webhook
from sandbox import Sandbox
from sandbox.delivery import signature
from tests.orders import ORDER, Order, Shop

ANA, BEN, CHLOE = AGENTS = ("U0ANA00001", "U0BEN00001", "U0CHLOE001")
_TOKEN = re.compile(r"\b[a-z]+-[0-9]+-[0-9]{5}\b")
_EVENTS = itertools.count(1)


def token(way: str, room: int, number: int) -> str:
    """What marks one message in one room; unique in a run."""
    return f"{way}-{room}-{number:05d}"


def channel_of(number: int) -> str:
    """The id of a channel."""
    return f"C0BENCH{number:03d}"


@dataclass(slots=True, kw_only=True)
class Stage:
    """Slack and a provider serve; `start` runs the program."""

    slack: Sandbox
    provider: Provider
    order: Order
    folder: Path
    program: Child | None = None
    url: str = ""
    http: aiohttp.ClientSession = field(repr=False)
    threads: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The channel and the `ts` of each customer's card."""

    async def start(self) -> float:
        """Run the program; returns after how many seconds it listens and works."""
        began = time.perf_counter()
        self.program = await begin("benchmarks.measured", ORDER.dump_json(self.order).decode())
        self.url = str((await self.program.hears())["ready"])
        self.slack.request_url = f"{self.url}/slack/events"
        self.slack.core.faults.drop = False
        return time.perf_counter() - began

    async def stop(self) -> None:
        """End it."""
        if self.program:
            await self.program.ends()
            self.program = None

    @property
    def running(self) -> Child:
        """The program. Raises when it doesn't run."""
        if self.program is None:
            raise RuntimeError("the program does not run")
        return self.program

    async def writes(self, shop: str, *events: dict[str, Any]) -> None:
        """Customers write. Raises when it was not taken."""
        body, headers = webhook(*events)
        async with self.http.post(f"{self.url}/hooks/fake/{shop}", data=body, headers=headers) as answer:
            if answer.status != 200:
                raise RuntimeError(f"a webhook was answered with {answer.status}")

    async def begins(self, shop: str, people: Sequence[str], *, taken: bool = False) -> None:
        """So many conversations, each with its card, words and profile; `taken`: and an assignee."""
        channel = next(each.channel for each in self.order.shops if each.name == shop)
        await self.writes(shop, *(said(who, f"{who}-first", "Hello?") for who in people))
        limits = self.slack.core.limits
        on, scale = limits.on, limits.scale
        self.slack.limits(on=False)
        await self.slack.until(lambda: self.known(channel) >= set(people), timeout=60 + 4 * len(people))
        await self.slack.until(
            lambda: all(len(self.thread(who)) >= 2 for who in people), 60 + 4 * len(people)
        )
        if taken:
            for who in people:
                await self.press(who, "conversation.assign_me")
        self.slack.limits(on=on, scale=scale)

    async def press(self, who: str, action: str) -> None:
        """Ana presses a button of a customer's card."""
        channel, ts = self.threads[who]
        done = await self.slack.act("press", user=ANA, channel=channel, ts=ts, action_id=action)
        if not done["ok"]:
            raise RuntimeError(f"{action}: {done}")

    async def says(self, who: str, text: str) -> str:
        """Ana writes in a customer's thread; the `ts` of her message."""
        channel, thread = self.threads[who]
        done = await self.slack.act("say", user=ANA, channel=channel, thread_ts=thread, text=text)
        if not done["ok"]:
            raise RuntimeError(f"{text}: {done}")
        return str(done["ts"])

    def known(self, channel: str) -> set[str]:
        """The customers whose cards stand, this channel's looked up now."""
        for message in self.slack.messages(channel):
            if found := _customer(message):
                self.threads.setdefault(found, (channel, str(message["ts"])))
        return set(self.threads)

    def thread(self, who: str) -> list[dict[str, Any]]:
        """What stands under a customer's card."""
        channel, ts = self.threads[who]
        return self.slack.messages(channel, ts)[1:]

    def visible(self, who: str) -> list[tuple[str, float]]:
        """The tokens of a customer that stand in their thread, in order, and since when."""
        posts = [post for post in self.thread(who) if post.get("username")]
        return [(found, float(post["ts"])) for post in posts for found in tokens_of(post)]

    def event(self, who: str, text: str) -> bytes:
        """The request Slack makes when Ana writes in a thread."""
        channel, thread = self.threads[who]
        number, now = next(_EVENTS), time.time()
        message = {
            "type": "message",
            "user": ANA,
            "text": text,
            "ts": f"{now:.6f}"[:-6] + f"{number % 1_000_000:06d}",
            "thread_ts": thread,
            "parent_user_id": self.slack.bot_user_id,
            "channel": channel,
            "channel_type": "channel",
            "team": self.slack.team_id,
        }
        body = {
            "type": "event_callback",
            "team_id": self.slack.team_id,
            "api_app_id": self.slack.app_id,
            "event_id": f"Ev0BENCH{number:09d}",
            "event_time": int(now),
            "event": message,
        }
        return self._signed(json.dumps(body).encode())

    def _signed(self, body: bytes) -> bytes:
        """A request of Slack's, as bytes."""
        stamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signature(self.order.signing_secret, stamp, body),
        }
        return request(f"{self.url}/slack/events", body, headers)

    def calls(self, since: int = 0) -> list[dict[str, Any]]:
        """The calls of the Web API, from that one on."""
        return list(itertools.islice(self.slack.core.calls, since, None))


def _customer(message: dict[str, Any]) -> str | None:
    """Whose card a message is."""
    for block in message.get("blocks") or ():
        if str(block.get("block_id", "")).startswith("card."):
            found = re.search(r"\b(P[0-9]+X[0-9]+)\b", json.dumps(message["blocks"]))
            return found[1].lower() if found else None
    return None


def people(group: int, number: int) -> list[str]:
    """So many customers; `group` keeps them apart from others'."""
    return [f"p{group}x{each}" for each in range(number)]


def tokens_of(post: dict[str, Any]) -> list[str]:
    """The tokens a post shows."""
    return _TOKEN.findall(json.dumps(post.get("blocks") or post.get("text") or ""))


@asynccontextmanager
async def the_stage(
    database: str = "",
    *,
    channels: int = 1,
    hold: float = 0.0,
    takes: float = 0.0,
    scale: float | None = None,
    socket_mode: bool = False,
    **order: Any,
) -> AsyncIterator[Stage]:
    """A stage of so many accounts, each with its channel. `scale`: Slack's limits hold, so many times
    as quick; without it there are none. The program is not started; it is stopped at the end."""
    seed = {
        "channels": [
            {"id": channel_of(n), "name": f"bench{n}", "members": list(AGENTS)} for n in range(channels)
        ],
        "app": {"socket_mode": socket_mode},
    }
    with TemporaryDirectory(prefix="oratio-bench-") as name:
        folder = Path(name)
        async with Sandbox("app-manifest.yml", seed) as slack, provided(takes) as provider:
            slack.core.faults.drop = not socket_mode
            if scale:
                slack.limits(scale=scale)
            made = Order(
                bot_token=slack.bot_token,
                signing_secret=slack.signing_secret,
                app_token=slack.app_token if socket_mode else None,
                api_url=slack.api_url,
                database=database or f"sqlite://{folder / 'oratio.db'}",
                data=name,
                pace=scale or 10_000.0,
                shops=tuple(
                    Shop(
                        name=f"shop{n}",
                        channel=channel_of(n),
                        agents=AGENTS,
                        hold=hold,
                        options=provider.options(),
                    )
                    for n in range(channels)
                ),
            )
            async with aiohttp.ClientSession() as http:
                stage = Stage(
                    slack=slack,
                    provider=provider,
                    order=replace(made, **order),
                    folder=folder,
                    http=http,
                )
                try:
                    yield stage
                finally:
                    await stage.stop()


async def at_rest(stage: Stage, seconds: float = 0.3) -> None:
    """Wait until Slack has heard nothing for so long: several times as long as a post waits for the next."""
    heard = -1
    while heard != len(stage.slack.core.calls):
        heard = len(stage.slack.core.calls)
        await asyncio.sleep(seconds)

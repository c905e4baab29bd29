"""Customers and agents who write, in an order and with files that a seed decides."""

from __future__ import annotations

import asyncio
import base64
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp

from tests.torture.stage import Room, Stage

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_AGAIN = 0.1
"""Seconds after which a provider delivers again what was not taken, as real ones do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing somebody is to write."""

    room: Room
    inbound: bool
    token: str
    words: bool
    file: bool
    after: float
    """Seconds into its batch."""

    @property
    def tokens(self) -> list[str]:
        """What the other side has to see, in this order."""
        return [t for t, there in ((self.token, self.words), (f"{self.token}-file", self.file)) if there]


@dataclass(slots=True)
class Script:
    """Makes batches: the same ones for the same seed."""

    chance: random.Random
    rooms: list[Room]
    files: float = 0.08
    _numbers: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def batch(self, inbound: int, outbound: int, *, known: int, spread: float, upload: bool) -> list[Said]:
        """Messages of both sides, in time order. The first `known` rooms may write, and answer
        where the customer wrote before. `upload`: the first of the customers' has a file."""
        moments = sorted(self.chance.random() * spread for _ in range(inbound + outbound))
        sides = [True] * inbound + [False] * outbound
        self.chance.shuffle(sides)
        made: list[Said] = []
        for moment, side in zip(moments, sides, strict=True):
            room = self.chance.choice(self._writers(known, side))
            filed = self.chance.random() < self.files or (side and upload)
            upload = upload and not side
            made.append(self._said(room, side, filed, moment))
        return made

    def _writers(self, known: int, inbound: bool) -> list[Room]:
        started = [r for r in self.rooms[:known] if self._numbers["in", r.who]]
        return self.rooms[:known] if inbound or not started else started

    def _said(self, room: Room, inbound: bool, filed: bool, moment: float) -> Said:
        way = "in" if inbound else "out"
        number = self._numbers[way, room.who]
        self._numbers[way, room.who] += 1
        words = not filed or self.chance.random() < 0.5
        token = f"{way}-{room.who}-{number:03d}"
        return Said(room=room, inbound=inbound, token=token, words=words, file=filed, after=moment)


class Crowd:
    """Writes what the script says. Each room's customer and agent write one after the other."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._turns: dict[tuple[str, bool], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._tasks: set[asyncio.Task[None]] = set()

    def play(self, batch: list[Said]) -> None:
        """Begin a batch; the ones before go on."""
        for said in batch:
            self._tasks.add(asyncio.create_task(self._say(said)))

    async def done(self) -> None:
        """Until everybody has written everything."""
        while self._tasks:
            finished, self._tasks = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in finished:
                task.result()

    def abandon(self) -> None:
        """Stop writing."""
        for task in self._tasks:
            task.cancel()

    async def _say(self, said: Said) -> None:
        await asyncio.sleep(said.after)
        async with self._turns[said.room.who, said.inbound]:
            await (self._customer(said) if said.inbound else self._agent(said))

    async def _customer(self, said: Said) -> None:
        provider, told = self._stage.providers[said.room.network], self._stage.told
        event = _event(said)
        if said.file:
            provider.files[f"{said.token}-file"] = PNG
        told.inbound[said.room.who] += said.tokens
        while not await self._delivered(said, event):  # noqa: ASYNC110 - providers repeat blindly, too
            await asyncio.sleep(_AGAIN)

    async def _delivered(self, said: Said, event: dict[str, Any]) -> bool:
        """Whether the program said that it has it."""
        provider = self._stage.providers[said.room.network]
        try:
            status = await provider.deliver(self._stage.hook(said.room.network), event)
        except aiohttp.ClientError:
            return False
        assert status in (200, 500, 502, 503), f"a webhook was answered with {status}"
        return status == 200

    async def _agent(self, said: Said) -> None:
        stage, room = self._stage, said.room
        await stage.slack.until(lambda: stage.thread(room), timeout=60)
        done = await stage.slack.act("say", **_message(said, stage.threads[room.who]))
        assert done["ok"], done
        stage.told.outbound[room.who] += said.tokens
        stage.told.by_ts[str(done["ts"])] += said.tokens


def _event(said: Said) -> dict[str, Any]:
    """The webhook's event of a customer's message."""
    event: dict[str, Any] = {
        "kind": "message",
        "event": f"e-{said.token}",
        "id": f"m-{said.token}",
        "from": said.room.who,
        "name": f"Visitor {said.room.who}",
        "text": f"{said.token} says the customer" if said.words else "",
        "at": int(datetime.now(UTC).timestamp()),
    }
    if said.file:
        ref = f"{said.token}-file"
        event["files"] = [{"ref": ref, "name": f"{ref}.png", "mime": "image/png"}]
    return event


def _message(said: Said, thread: str) -> dict[str, Any]:
    """An agent's message."""
    made: dict[str, Any] = {"user": said.room.agent, "channel": said.room.channel, "thread_ts": thread}
    made["text"] = f"{said.token} says the agent" if said.words else ""
    if said.file:
        content = base64.b64encode(PNG).decode()
        name = f"{said.token}-file.png"
        made["files"] = [{"name": name, "mimetype": "image/png", "content_base64": content}]
    return made

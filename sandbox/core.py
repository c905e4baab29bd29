"""Everything the stand-in is made of, in one place for the functions that work on it."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from sandbox.app import App
from sandbox.changes import Changes
from sandbox.clock import Clock
from sandbox.delivery import Wire
from sandbox.durations import Durations
from sandbox.events import Events
from sandbox.faults import Faults
from sandbox.limits import Limits
from sandbox.live import Live
from sandbox.refusal import Json, Refusal
from sandbox.sockets import Sockets
from sandbox.tasks import Tasks
from sandbox.viewstate import OpenView
from sandbox.world import Channel, Kind, Message, Person, World

MOST_CALLS_KEPT = 200_000


@dataclass(slots=True)
class Ephemeral:
    """A message only one person sees, until their client reloads."""

    channel: str
    ts: str
    body: Json
    seen: bool = True


@dataclass(slots=True)
class Trigger:
    """A trigger id: who may be shown a view with it, until when, and whether it was used."""

    user: str
    until: float
    from_view: str | None = None
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """Where an answer to an interaction may be posted."""

    user: str
    channel: str
    until: float
    ts: str | None = None
    ephemeral: bool = False
    thread_ts: str | None = None
    uses: int = 0


@dataclass(slots=True, kw_only=True)
class Core:
    """The parts. What is not in `world` ends with the process, as in Slack it ends with a client."""

    world: World
    app: App
    clock: Clock
    durations: Durations
    changes: Changes
    tasks: Tasks
    faults: Faults
    limits: Limits
    live: Live
    sockets: Sockets
    wire: Wire
    events: Events
    files: Path
    random: Random = field(default_factory=lambda: Random(2))  # noqa: S311 - replayable
    url: str = ""
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    dirty: asyncio.Event = field(default_factory=asyncio.Event)
    calls: deque[Json] = field(default_factory=lambda: deque(maxlen=MOST_CALLS_KEPT))
    ephemerals: dict[str, dict[str, Ephemeral]] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    views: dict[str, list[OpenView]] = field(default_factory=dict)
    home_values: dict[str, OpenView] = field(default_factory=dict)
    choices: dict[str, dict[tuple[str, ...], Json]] = field(default_factory=dict)
    offered: dict[str, dict[tuple[str, ...], list[Json]]] = field(default_factory=dict)
    sharing: set[asyncio.Task[None]] = field(default_factory=set)

    def changed(self) -> None:
        """Note that the workspace changed: waiters look again, and the state is saved soon."""
        self.dirty.set()
        self.changes.touch()

    def channel(self, channel_id: str) -> Channel:
        """Return a conversation. Raises Refusal `channel_not_found`."""
        channel = self.world.channels.get(channel_id)
        if channel is None:
            raise Refusal("channel_not_found", "There is no such channel.")
        return channel

    def person(self, user_id: str) -> Person:
        """Return a person. Raises Refusal `user_not_found`."""
        person = self.world.people.get(user_id)
        if person is None:
            raise Refusal("user_not_found", "There is no such person.")
        return person

    def message(self, channel_id: str, ts: str) -> Message:
        """Return a message. Raises Refusal `message_not_found`."""
        message = self.channel(channel_id).messages.get(ts)
        if message is None:
            raise Refusal("message_not_found", "There is no such message.")
        return message

    def direct(self, one: str, other: str) -> Channel:
        """Return the direct conversation of two people, opened if need be."""
        key = self.world.direct_key(one, other)
        if key not in self.world.direct:
            channel = Channel(
                id=self.world.next_id("D"),
                name="",
                kind=Kind.IM,
                creator=one,
                created=int(self.clock.now()),
                members=dict.fromkeys((one, other)),
            )
            self.world.channels[channel.id] = channel
            self.world.direct[key] = channel.id
            self.changed()
        return self.world.channels[self.world.direct[key]]

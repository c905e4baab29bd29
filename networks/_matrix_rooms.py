"""Going where customers invite us, hearing what they say there, and leaving with them.

Nothing is kept but what `Known` remembers for speed or against endless tries: asked again with the same
cursor, the homeserver tells the same, and what we did about it is harmless to do twice.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from networks._matrix_people import Room
from networks._matrix_reading import Reactions, came, read
from networks._matrix_wire import Wire
from networks._pieces import Raw, as_object, objects
from networks.base import Polled, Unreadable
from networks.errors import (
    ContactUnreachable,
    DeliveryError,
    NoAnswer,
    ProviderFault,
    Rejected,
    UnexpectedResponse,
)
from networks.events import InboundEvent

NO_ENCRYPTION = (
    "We can't read encrypted rooms here. Please start a room without encryption and invite us there: "
    "we'll gladly help."
)
_STUBBORN = 3
"""So often a room is asked after before we go on without it: its own server may be gone for good."""
_MOST_PAGES = 20
_FEW = 1
_MANY = 20


@dataclass(slots=True)
class Known:
    """What is remembered of one account while the program runs."""

    own_id: str = ""
    colleagues: frozenset[str] = frozenset()
    """Ids of others of the team."""
    largest_upload: int | None = None
    reactions: Reactions = field(default_factory=Reactions)
    limit: int = _MANY
    """How many events of each room are asked for at once."""
    _tries: Counter[str] = field(default_factory=Counter)

    def gives_up(self, room: str) -> bool:
        """Whether a room has failed so often that the others must not wait for it."""
        self._tries[room] += 1
        if self._tries[room] < _STUBBORN:
            return False
        del self._tries[room]
        return True


async def asked(wire: Wire, known: Known, since: str | None, seconds: int) -> Raw:
    """What the homeserver tells since then. An answer that broke off is asked for smaller."""
    try:
        answer = await wire.sync(since, known.limit, seconds)
    except (NoAnswer, UnexpectedResponse):
        known.limit = _FEW
        raise
    known.limit = _MANY
    return answer


async def heard(wire: Wire, known: Known, since: str | None, answer: Raw) -> Polled:
    """Follow invitations, and read what was said. The first answer tells of no room's past."""
    rooms = as_object(answer.get("rooms"))
    events: list[InboundEvent] = []
    unreadable: list[Unreadable] = []
    for room, invitation in as_object(rooms.get("invite")).items():
        unreadable += await _accept(wire, known, room, invitation)
    for kind in ("join", "leave") if since is not None else ():
        for room, told in as_object(rooms.get(kind)).items():
            visit = _Visit(wire, known, room, as_object(told), since, left=kind == "leave")
            found, aside = await visit.heard()
            events += found
            unreadable += aside
    return Polled(events=events, cursor=answer["next_batch"], unreadable=unreadable)


async def _accept(wire: Wire, known: Known, room: str, invitation: object) -> list[Unreadable]:
    """Join, or decline where that can't be; what those who run the program should know of that."""
    try:
        await wire.in_room("POST", room, "join", content={})
        return []
    except ContactUnreachable:
        return []  # the invitation was taken back
    except (ProviderFault, NoAnswer, UnexpectedResponse) as error:
        if not known.gives_up(room):
            raise
        why = f"an invitation can't be followed: {error.words}"
    except Rejected as refused:
        why = f"an invitation can't be followed: {refused.words}"
    with contextlib.suppress(DeliveryError):
        await wire.in_room("POST", room, "leave", content={})
    return [Unreadable(body=json.dumps({room: invitation}).encode(), why=why)]


async def room_of(wire: Wire, known: Known, room: str) -> Room:
    """Who is in a room besides us, and what it is called. Raises `DeliveryError`."""
    members, ours = await wire.members(room), {known.own_id, *known.colleagues}
    people = {who: name for who, name in members.items() if who not in ours}
    title = await wire.title(room) if len(people) > 1 else ""
    colleagues = {who: members.get(who, "") for who in known.colleagues}
    return Room(id=room, own_id=known.own_id, people=people, colleagues=colleagues, title=title)


@dataclass(frozen=True, slots=True)
class _Visit:
    """What one answer tells of one room."""

    wire: Wire
    known: Known
    name: str
    told: Raw
    since: str | None
    left: bool

    async def heard(self) -> tuple[list[InboundEvent], list[Unreadable]]:
        """Read what was said to us here, refuse an encrypted room, leave an empty one."""
        events, missing = await self._filled()
        arrival = _arrival(events, self.known.own_id)
        encrypted = [each for each in [*self._state(), *events] if each.get("type") == "m.room.encryption"]
        if arrival is not None and encrypted:
            await self._refuse(str(events[arrival].get("event_id")))
            return [], missing
        if encrypted and not self.left:
            await self._say_no(str(encrypted[-1].get("event_id")))
        room = await self._looked_at(events)
        found, unreadable = read(
            room, _to_us(events, arrival, self.known.own_id), self.told, self.known.reactions
        )
        if not (room.left or room.people) and any(_leaves(each) for each in events):
            await self._leave()
        return found, [*missing, *unreadable]

    async def _filled(self) -> tuple[list[Raw], list[Unreadable]]:
        """The timeline, and what it leaves out: spec.matrix.org/v1.19/client-server-api/#syncing"""
        timeline = as_object(self.told.get("timeline"))
        events, start = objects(timeline.get("events")), timeline.get("prev_batch")
        if timeline.get("limited") is not True:
            return events, []
        for _ in range(_MOST_PAGES):
            arrival = _arrival(events, self.known.own_id)
            begun = arrival is not None and _invited(events, arrival, self.known.own_id) is not None
            if begun or not isinstance(start, str):
                return events, []
            page = await self._before(start, self.since if arrival is None else None)
            events = [*reversed(objects(page.get("chunk"))), *events]
            start = page.get("end") if page.get("chunk") else None
        if start is None:
            return events, []
        body = json.dumps({"room": self.name, "before": start}).encode()
        return events, [Unreadable(body=body, why=f"more than {_MOST_PAGES * 100} events at once in a room")]

    async def _before(self, start: str, end: str | None) -> Raw:
        try:
            return await self.wire.before(self.name, start, end)
        except (Rejected, ContactUnreachable):
            return {}  # we are out, and no longer told

    async def _looked_at(self, events: Sequence[Raw]) -> Room:
        """Who is there now, asked only where somebody said something."""
        gone = Room(
            id=self.name,
            own_id=self.known.own_id,
            colleagues=dict.fromkeys(self.known.colleagues, ""),
            left=True,
        )
        if self.left or not any(each.get("sender") != self.known.own_id for each in events):
            return gone
        try:
            return await room_of(self.wire, self.known, self.name)
        except (Rejected, ContactUnreachable):
            return gone
        except (NoAnswer, UnexpectedResponse):
            if not self.known.gives_up(self.name):
                raise
            return gone

    async def _refuse(self, key: str) -> None:
        """Say why, once, and leave."""
        if not self.left:
            await self._say_no(key)
            await self._leave()

    async def _say_no(self, key: str) -> None:
        digest = hashlib.sha256(f"{self.name} {key}".encode("utf-8", "replace")).hexdigest()
        with contextlib.suppress(Rejected, ContactUnreachable):
            content = {"msgtype": "m.notice", "body": NO_ENCRYPTION, "m.mentions": {}}
            await self.wire.say(self.name, "m.room.message", f"oratio-{digest[:32]}", content)

    async def _leave(self) -> None:
        with contextlib.suppress(Rejected, ContactUnreachable):
            await self.wire.in_room("POST", self.name, "leave", content={})

    def _state(self) -> list[Raw]:
        return objects(as_object(self.told.get("state")).get("events"))


def _arrival(events: Sequence[Raw], own_id: str) -> int | None:
    """Where we last came into the room; None: we were there all along."""
    ours = [at for at, each in enumerate(events) if _is_of(each, own_id) and came(each)]
    return ours[-1] if ours else None


def _invited(events: Sequence[Raw], arrival: int, own_id: str) -> int | None:
    """Where we were asked to come."""
    for at in range(arrival, -1, -1):
        if _is_of(events[at], own_id) and _membership(events[at]) == "invite":
            return at
    return None


def _to_us(events: Sequence[Raw], arrival: int | None, own_id: str) -> Sequence[Raw]:
    """What was said since we were asked to come: what was before is none of our business."""
    if arrival is None:
        return events
    invited = _invited(events, arrival, own_id)
    return events[arrival if invited is None else invited :]


def _is_of(event: Raw, user: str) -> bool:
    return event.get("type") == "m.room.member" and event.get("state_key") == user


def _membership(event: Raw) -> object:
    return as_object(event.get("content")).get("membership")


def _leaves(event: Raw) -> bool:
    return event.get("type") == "m.room.member" and _membership(event) in ("leave", "ban")

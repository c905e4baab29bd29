"""Everybody at once, and everything more than once and in any order: nothing is lost, doubled or swapped."""

from __future__ import annotations

import asyncio
import itertools
import random
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models import Contact, Conversation, Delivery, DeliveryState, Message
from tests.scenario.acts import quiet, spoken, takes
from tests.scenario.world import ANA, FAST, SUPPORT, World, the_world

CALM = replace(FAST, min_hold=timedelta(milliseconds=600))
"""With an undo hold in which late events still sort, however busy the machine."""
on_postgres = pytest.mark.parametrize(
    "database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
CUSTOMERS = 6
_events = itertools.count(1)


@pytest.fixture
async def busy(tmp_path: Path, database: str) -> AsyncIterator[World]:
    async with the_world(tmp_path, database, durations=CALM) as made:
        yield made


def event(who: str, kind: str, id: str, text: str = "", *, at: int = 0, **more: Any) -> dict[str, Any]:  # noqa: A002
    """Something a customer does, as the provider tells it."""
    now = int(datetime.now(UTC).timestamp())
    made = {"kind": kind, "event": f"c{next(_events)}", "from": who, "id": id, "text": text, "at": now + at}
    return made | ({"name": who.title()} if kind == "message" else {}) | more


async def delivers(world: World, *events: dict[str, Any]) -> None:
    """A webhook that must be taken."""
    status = await world.provider.deliver(world.hook, *events)
    assert status == 200, (status, events)


def tokens(world: World, card: str) -> list[str]:
    """What the thread shows of the customer's messages, by their first word."""
    return [re.split(r"\s", text)[0] for text in spoken(world, card)]


async def card_of(who: str) -> str:
    """The card of the customer's one conversation."""
    contact = await Contact.get(external_id=who)
    return str((await Conversation.get(contact_id=contact.id)).card_ts)


async def all_delivered() -> None:
    rows = await Delivery.exclude(state__in=[DeliveryState.DELIVERED, DeliveryState.CANCELLED])
    assert [f"{row.kind} {row.state} {row.words}" for row in rows] == []


@on_postgres
async def test_thirty_do_something_in_one_conversation_at_once(busy: World) -> None:
    card = await busy.conversation("mia", "first")
    await takes(busy, ANA, card)

    async def writes_in_a_row(name: str) -> None:
        for number in range(3):
            await delivers(busy, event("mia", "message", f"{name}{number}", f"{name}{number}"))

    async def changes_her_name(number: int) -> None:
        await delivers(busy, event("mia", "message", f"n{number}", f"n{number}", name=f"Mia {number}"))

    async def releases() -> None:
        pressed = await busy.slack.act(
            "press", user=ANA, channel=SUPPORT, ts=card, action_id="conversation.release"
        )
        assert pressed["status"] == 200 if pressed["ok"] else pressed["error"] == "element_not_found"

    async def answers() -> None:
        for number in range(8):
            said = await busy.slack.act("say", user=ANA, channel=SUPPORT, thread_ts=card, text=f"a{number}")
            assert said["ok"]

    busy.slack.events_fault(duplicate=3, reorder=True)
    await asyncio.gather(
        *(writes_in_a_row(name) for name in "stuvw"),
        *(changes_her_name(number) for number in range(8)),
        *(releases() for _ in range(8)),
        answers(),
    )
    await busy.provider.until(lambda: len(busy.shown()) == 8)
    await quiet(busy)
    assert busy.shown() == [f"a{number}" for number in range(8)]
    there = tokens(busy, card)
    expected = {"first", *(f"{n}{i}" for n in "stuvw" for i in range(3)), *(f"n{i}" for i in range(8))}
    assert sorted(there) == sorted(expected)
    for name in "stuvw":
        assert [t for t in there if t.startswith(name)] == [f"{name}{i}" for i in range(3)]
    assert (len(busy.cards()), busy.slack.events_lost) == (1, [])
    await all_delivered()


@on_postgres
async def test_ten_new_customers_begin_twice_at_the_same_moment(busy: World) -> None:
    people = [f"new{number}" for number in range(10)]

    async def begins(who: str) -> None:
        """Two first messages, each doubled, and a change of the second, all at once; then a third."""
        one, two = (event(who, "message", f"{who}-{n}", f"{who}-{n} said") for n in (1, 2))
        changed = event(who, "edit", f"{who}-2", f"{who}-2 changed")
        await asyncio.gather(*(delivers(busy, each) for each in (one, two, changed, one, two)))
        await delivers(busy, event(who, "message", f"{who}-3", f"{who}-3 said"))

    await asyncio.gather(*(begins(who) for who in people))
    await quiet(busy)
    assert (await Contact.all().count(), await Conversation.all().count()) == (10, 10)
    assert len(busy.cards()) == 10
    for who in people:
        there = tokens(busy, await card_of(who))
        assert sorted(there[:2]) == [f"{who}-1", f"{who}-2"]
        assert there[2:] == [f"{who}-3"]
        changed = await Message.get(external_key__endswith=f":{who}-2")
        assert changed.text == f"{who}-2 changed", "the change was not lost"
    await all_delivered()


@dataclass(slots=True)
class History:
    """What one customer does, in the order in which it is delivered, and what must come of it."""

    who: str
    delivered: list[list[list[dict[str, Any]]]] = field(default_factory=list)
    """Calls of the webhook that come at once, and the events of each."""
    order: list[str] = field(default_factory=list)
    final: dict[str, str | None] = field(default_factory=dict)
    """The last words of each message; None: taken back."""


def history(seed: int) -> History:
    """Messages, edits and deletions, doubled up to four times and reordered."""
    chance, made = random.Random(seed), History(f"h{seed % CUSTOMERS}")
    events = [
        each for number in range(chance.randint(1, 2)) for each in _fate(made, f"h{seed}-{number}", chance)
    ]
    chance.shuffle(events)
    made.order = [each["id"] for each in events if each["kind"] == "message"]
    made.delivered = [_calls(each, chance) for each in events]
    made.delivered.append([[chance.choice(events)]])  # once more, late
    return made


def _calls(each: dict[str, Any], chance: random.Random) -> list[list[dict[str, Any]]]:
    """An event up to four times, in one call or two."""
    return [[each] * chance.randint(1, 2) for _ in range(chance.randint(1, 2))]


def _fate(made: History, id: str, chance: random.Random) -> Iterator[dict[str, Any]]:  # noqa: A002
    yield event(made.who, "message", id, f"{id} v0")
    made.final[id] = f"{id} v0"
    for version in range(1, chance.randint(0, 2) + 1):
        made.final[id] = f"{id} v{version}"
        yield event(made.who, "edit", id, f"{id} v{version}", at=version)
    if chance.random() < 0.2:
        made.final[id] = None
        yield event(made.who, "delete", id, at=5)


async def check(world: World, made: History) -> None:
    """Each message stands once, in the order of their first deliveries, with its last words."""
    there = tokens(world, await card_of(made.who))
    assert [token for token in there if token in made.final] == made.order, made
    for id, words in made.final.items():  # noqa: A001
        message = await Message.get(external_key__endswith=f":{id}")
        assert bool(message.deleted_at) == (words is None), made
        assert words in (message.text, None), made


async def test_histories_doubled_and_reordered_end_the_same(busy: World, database: str) -> None:
    seeds = range(30) if database.startswith("sqlite") else range(1000, 1008)
    made = [history(seed) for seed in seeds]

    async def happens(each: History) -> None:
        for repeats in each.delivered:
            await asyncio.gather(*(delivers(busy, *events) for events in repeats))

    for first in range(0, len(made), 10):
        await asyncio.gather(*(happens(each) for each in made[first : first + 10]))
    await quiet(busy)
    for each in made:
        await check(busy, each)
    await all_delivered()

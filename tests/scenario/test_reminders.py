"""Nobody answers: the assignee hears of it, then the group, then the lead; and an answer ends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from desk.conversations import crowding, reminding, snoozing
from desk.conversations.assignment import Press
from desk.conversations.when import Until
from desk.delivery import plan
from desk.hours import Hours, Span
from desk.reminders import Reminders, Step
from models import Conversation, Delivery, DeliveryKind
from tests.scenario.acts import called, quiet, says
from tests.scenario.clocks import Ahead
from tests.scenario.hands import actions, card_at, element, pick, press, state, whispers
from tests.scenario.world import (
    ANA,
    BEN,
    CHLOE,
    DORA,
    FAST,
    SUPPORT,
    World,
    database_url,
    running,
    stopped,
    the_world,
)

GROUP = {"id": "S0SUPPORT1", "handle": "support", "members": [BEN]}
STEPS = Reminders(
    after={
        Step.ASSIGNEE: timedelta(minutes=15),
        Step.GROUP: timedelta(minutes=30),
        Step.LEAD: timedelta(minutes=60),
    },
    lead=DORA,
)
CALM = replace(FAST, queue_every=timedelta(hours=1), kept_closed=timedelta(days=9))
"""Nobody looks who waits, unless the test does."""


def opens(start: datetime, end: datetime) -> Hours:
    """Business hours from the one moment to the other, once a week."""
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    first, last = (int((moment - midnight).total_seconds() // 60) for moment in (start, end))
    return Hours(zone=UTC, week=(Span(weekday=start.weekday(), start=first, end=last),))


async def look(world: World) -> None:
    """Somebody looks who waits; what follows is done."""
    await reminding.look(world.app.desk)
    await crowding.look(world.app.desk)
    world.app.desk.wake()
    await quiet(world)


async def wait_for_six_minutes(world: World, clock: Ahead, number: int) -> None:
    """So many customers wait, and somebody looks then."""
    for each in range(number):
        await world.writes(f"c{each}", "Hello?")
    await world.until(lambda: len(world.cards()) == number)
    await quiet(world)
    clock.move(minutes=6)
    await look(world)


def posts(world: World, words: str) -> list[dict[str, Any]]:
    """What stands in the channel and says so."""
    return [m for m in world.slack.messages(SUPPORT) if words in (m.get("text") or "")]


def late(world: World, ts: str) -> list[str]:
    """The reminders in a thread."""
    return [words for words in world.said(ts) if "has waited for an answer since" in words]


def world_of(folder: Path, clock: Ahead, *, url: str = "", **account: Any) -> Any:
    keys = {"notify": "@support", "reminders": STEPS, "discussion_guard": False} | account
    more: dict[str, Any] = {"clock": clock, "http": False, "durations": CALM, "seed": {"groups": [GROUP]}}
    return the_world(folder, url or database_url(folder), account=keys, **more)


async def test_one_after_another_until_somebody_answers(tmp_path: Path) -> None:
    clock = Ahead()
    async with world_of(tmp_path, clock) as world:
        ts = await world.conversation("mia")
        await press(world, ANA, ts, "conversation.assign_me")
        await world.until(lambda: f"<@{ANA}>" in state(world, ts))
        await quiet(world)
        rung = len(world.slack.notifications(BEN))
        clock.move(minutes=14)
        await look(world)
        assert late(world, ts) == []
        clock.move(minutes=2)
        await look(world)
        await look(world)
        assert len(late(world, ts)) == 1
        assert late(world, ts)[0].startswith("Mia has waited for an answer since <!date^")
        assert called(world, ANA, ts) == ["mention"]
        await says(world, BEN, ts, "note: Ana is at lunch")
        clock.move(minutes=15)
        await look(world)
        await look(world)
        (post,) = posts(world, "Mia (Fake, Acme Shop) has waited for an answer since")
        assert "S0SUPPORT1" in str(post["blocks"])
        assert element(post, "conversation.open")["url"].endswith(ts.replace(".", ""))
        assert [n["why"] for n in world.slack.notifications(BEN)][rung:] == ["mention"]
        assert world.slack.notifications(DORA) == []
        clock.move(minutes=31)
        await look(world)
        await look(world)
        assert [n["why"] for n in world.slack.notifications(DORA)] == ["dm"]
        clock.move(minutes=200)
        await look(world)
        assert len(late(world, ts)) == len(posts(world, "has waited for an answer")) == 1
        assert await Delivery.filter(kind=DeliveryKind.REMINDER).count() == 3

        await says(world, ANA, ts, "Here I am")
        await quiet(world)
        await world.writes("mia", "And now?")
        await quiet(world)
        clock.move(minutes=16)
        await look(world)
        assert len(late(world, ts)) == 2, "another waiting, another reminder"
        clock.move(minutes=1)
        await says(world, ANA, ts, "Done")
        await quiet(world)
        row = await Conversation.get()
        assert (row.remind_at, row.remind_from, row.reminded) == (None, None, 0)
        clock.move(minutes=500)
        await look(world)
        assert await Delivery.filter(kind=DeliveryKind.REMINDER).count() == 4


async def test_nobodys_handed_over_snoozed_and_closed(tmp_path: Path) -> None:
    clock = Ahead()
    async with world_of(tmp_path, clock) as world:
        ts = await world.conversation("mia")
        other = await world.conversation("leo")
        await press(world, BEN, other, "conversation.close")
        await world.until(lambda: actions(card_at(world, other)) == ["conversation.reopen"])
        clock.move(minutes=16)
        await look(world)
        assert late(world, ts) == []
        await pick(world, ANA, ts, CHLOE)
        await world.until(lambda: f"<@{CHLOE}>" in state(world, ts))
        clock.move(minutes=10)
        await look(world)
        assert late(world, ts) == [], "whoever gets it has as much patience as anybody"
        clock.move(minutes=6)
        await look(world)
        await look(world)
        assert len(late(world, ts)) == 1
        assert len(posts(world, "Mia (Fake, Acme Shop) has waited")) == 1, (
            "the group's begins with the customer"
        )
        await pick(world, ANA, ts, BEN)
        await world.until(lambda: f"<@{BEN}>" in state(world, ts))
        clock.move(minutes=16)
        await look(world)
        assert len(late(world, ts)) == 2, "the new assignee's own"
        assert len(posts(world, "Mia (Fake, Acme Shop) has waited")) == 1

        row, desk = await Conversation.get(card_ts=ts), world.app.desk
        asleep = Until(clock.now() + timedelta(hours=8))
        press_ = Press(conversation_id=row.id, actor=BEN)
        await desk.units.run(lambda: snoozing.snooze(desk, press_, asleep))
        desk.wake()
        await world.until(lambda: "*Snoozed*" in state(world, ts))
        clock.move(hours=7)
        await look(world)
        assert len(late(world, ts)) == 2, "asleep"
        clock.move(hours=1.1)
        world.app.desk.wake()
        await world.until(lambda: f"*Assigned to* <@{BEN}>" in state(world, ts))
        await look(world)
        assert (len(late(world, ts)), world.slack.notifications(DORA)) == (2, []), "awake, it begins anew"
        clock.move(minutes=16)
        await look(world)
        assert len(late(world, ts)) == 3
        await press(world, BEN, other, "conversation.reopen")
        await world.until(lambda: f"<@{BEN}>" in state(world, other))
        clock.move(minutes=5)
        await look(world)
        assert late(world, other) == [], "what was opened again begins anew"
        clock.move(minutes=11)
        await look(world)
        assert len(late(world, other)) == 1


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
async def test_a_reminder_that_had_to_wait_is_drawn_from_who_still_does(
    tmp_path: Path, database: str
) -> None:
    clock = Ahead()
    hours = opens(clock.now() - timedelta(hours=1), clock.now() + timedelta(hours=3))
    async with world_of(tmp_path, clock, url=database, hours=hours) as world:
        for who in ("mia", "leo"):
            await world.conversation(who)
        await look(world)
        await says(world, ANA, world.cards()[0]["ts"], "Here I am")
        await quiet(world)
        rows = await Conversation.all().order_by("id")
        payload = {"step": int(Step.GROUP), "ids": [row.id for row in rows], "channel": SUPPORT, "groups": []}

        async def write() -> None:
            now = clock.now()
            await plan.aside(rows[0].workspace_id, DeliveryKind.REMINDER, SUPPORT, now, payload)
            world.app.desk.wake()
            await quiet(world)

        await write()
        assert len(posts(world, "Leo (Fake, Acme Shop) has waited for an answer since")) == 1
        assert posts(world, "Mia (Fake, Acme Shop) has waited") == posts(world, "waited long") == []
        clock.move(hours=4)
        await write()
        assert len(posts(world, "has waited for an answer")) == 1, "business is over by now"
        assert await Delivery.filter(kind=DeliveryKind.REMINDER, state="delivered").count() == 2


async def test_after_a_weekend_one_post_says_how_many(tmp_path: Path) -> None:
    """Oratio was down, and it is night: nothing is said until the team is there, and then once."""
    clock = Ahead()
    now = datetime.now(UTC)
    hours = opens(now + timedelta(hours=40), now + timedelta(hours=45))
    keys = {"notify": "@support", "reminders": STEPS, "hours": hours, "agents": (ANA, BEN)}
    around = {"account": keys, "seed": {"groups": [GROUP]}, "http": False, "durations": CALM}
    async with stopped(tmp_path, database_url(tmp_path), **around) as world:
        async with running(world, clock=clock):
            cards = [await world.conversation(who) for who in ("mia", "leo", "kim", "sam", "sue", "tom")]
            await press(world, ANA, cards[0], "conversation.assign_me")
            await world.until(lambda: f"<@{ANA}>" in state(world, cards[0]))
            await quiet(world)
            clock.move(hours=20)
            await look(world)
        clock.move(hours=12)
        async with running(world, clock=clock):
            await look(world)
            assert posts(world, "waited long") == posts(world, "waiting here") == []
            clock.move(hours=8.3)
            await look(world)
            assert posts(world, "waited long") == []
            clock.move(minutes=32)
            heard = len(world.slack.notifications(ANA))
            await look(world)
            (post,) = posts(world, "6 customers have waited long for an answer.")
            shown = str(post["blocks"])
            assert actions(post) == ["queue.next", "inbox.open"]
            for part in ("S0SUPPORT1", f"'user_id': '{ANA}'", "and 1 more"):
                assert part in shown
            assert [n["why"] for n in world.slack.notifications(ANA)][heard:] == ["mention"]
            assert [len(late(world, ts)) for ts in cards] == [1, 0, 0, 0, 0, 0], "Ana's, in its time"
        async with running(world, clock=clock):
            await look(world)
            clock.move(minutes=5)
            await look(world)
            assert len(posts(world, "waited long")) == 1, "also over a stop"
            await press(world, BEN, post["ts"], "queue.next")
            await world.until(
                lambda: whispers(world, BEN) == ["Leo (Fake · Acme Shop) is assigned to you now."]
            )
            await press(world, CHLOE, post["ts"], "queue.next")
            await world.until(lambda: whispers(world, CHLOE) == ["Only the support team can do this."])


async def test_without_reminders_nobody_is_reminded(tmp_path: Path) -> None:
    clock = Ahead()
    async with world_of(tmp_path, clock, reminders=None) as world:
        await world.conversation("mia")
        clock.move(hours=100)
        await look(world)
        assert await Delivery.filter(kind=DeliveryKind.REMINDER).count() == 0
        assert world.slack.notifications(DORA) == []


async def test_a_crowd_is_said_once_until_nobody_waits(tmp_path: Path) -> None:
    clock = Ahead()
    async with world_of(tmp_path, clock, reminders=None) as world:
        await wait_for_six_minutes(world, clock, 10)
        assert posts(world, "waiting here") == [], "ten are no crowd"
        await world.writes("c10", "Hello?")
        await world.until(lambda: len(world.cards()) == 11)
        await quiet(world)
        await look(world)
        assert posts(world, "waiting here") == [], "the last has not waited for long"
        clock.move(minutes=6)
        rung = [len(world.slack.notifications(user)) for user in (ANA, BEN)]
        await look(world)
        await look(world)
        (post,) = posts(world, "11 customers are waiting here for somebody to take them.")
        assert [len(world.slack.notifications(user)) for user in (ANA, BEN)] == rung, "it rings for nobody"

        first = world.cards()[0]["ts"]
        await press(world, ANA, post["ts"], "queue.next")
        await world.until(lambda: f"<@{ANA}>" in state(world, first))
        assert "C0 (Fake · Acme Shop) is assigned to you now." in whispers(world, ANA)
        await look(world)
        assert len(posts(world, "11 customers")) == 1, "not for every single one"
        clock.move(minutes=2)
        await look(world)
        assert [m["ts"] for m in posts(world, "10 customers are waiting here")] == [post["ts"]]
        assert actions(world.slack.message(SUPPORT, post["ts"]) or {}) == ["queue.next"]

        for card in world.cards()[1:]:
            await press(world, BEN, card["ts"], "conversation.close")
        await quiet(world)
        await look(world)
        over = world.slack.message(SUPPORT, post["ts"]) or {}
        assert (over["text"], actions(over)) == ("Nobody is waiting here any more.", [])
        await press(world, CHLOE, post["ts"], "queue.next")
        await look(world)
        assert len(posts(world, "waiting here")) == 1


async def test_a_crowd_waits_for_its_own_team_not_for_another(tmp_path: Path) -> None:
    clock, now = Ahead(), datetime.now(UTC)
    keys = {"hours": opens(now + timedelta(hours=10), now + timedelta(hours=12))}
    always = {"name": "night", "title": "Night Shop"}
    more: dict[str, Any] = {"clock": clock, "http": False, "durations": CALM, "others": (always,)}
    async with the_world(tmp_path, database_url(tmp_path), account=keys, **more) as world:
        await wait_for_six_minutes(world, clock, 11)
        assert posts(world, "waiting here") == []
        clock.move(hours=10)
        await look(world)
        assert len(posts(world, "11 customers are waiting here")) == 1


async def test_after_a_start_everybody_who_waits_is_looked_at_a_few_at_a_time(tmp_path: Path) -> None:
    clock = Ahead()
    async with world_of(tmp_path, clock) as world:
        await world.conversation("mia")
        await quiet(world)
        row, now = await Conversation.get(), clock.now()
        waits: dict[str, Any] = {"waiting_since": now, "remind_at": now, "last_inbound_at": now}
        waits |= {"changed_at": now, "created_at": now, "channel": row.channel}
        whose: dict[str, Any] = {
            name: getattr(row, name) for name in ("workspace_id", "account_id", "contact_id")
        }
        for _ in range(120):
            await Conversation.create(**whose, **waits)
        await look(world)
        assert await Conversation.filter(remind_at__gt=clock.now()).count() == 121
        clock.move(minutes=31)
        await look(world)
        (post,) = posts(world, "121 customers")
        assert post
        assert not await Conversation.filter(remind_at__lte=clock.now(), reminded=0).exists()

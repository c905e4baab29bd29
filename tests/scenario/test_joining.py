"""A channel behind its pace: what one customer says in a row is one post, and all get their turn."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from desk.delivery import keys, outbox, plan, queue
from models import Conversation, Delivery, DeliveryKind, DeliveryState, Message, Post, PostKind
from tests.scenario.acts import line, quiet, says
from tests.scenario.world import ANA, FAST, World, the_world

QUICK = 2.0
"""Twice Slack's pace: a channel is behind once it has a card, words and a profile."""
IMPATIENT = replace(FAST, slack_answers=timedelta(milliseconds=400))


def event(name: str, **more: Any) -> dict[str, Any]:
    """Mia says one thing more."""
    named = {"kind": "message", "event": name, "id": name, "from": "mia", "name": "Mia"}
    return {**named, "text": f"number {name}", "at": int(datetime.now(UTC).timestamp()), **more}


def posts(world: World, card: str) -> list[list[str]]:
    """The names of the messages each of the customer's posts shows."""
    theirs = [str(m.get("blocks")) for m in world.thread(card) if m.get("username")]
    return [found for found in (re.findall(r"number (\w+)", shown) for shown in theirs) if found]


async def unsettled() -> list[str]:
    """Deliveries that ended otherwise than well."""
    rows = await Delivery.exclude(state=DeliveryState.DELIVERED)
    return [f"{row.kind} {row.state}" for row in rows]


async def test_words_in_a_row_are_one_post_that_all_of_them_know(tmp_path: Path, database: str) -> None:
    async with the_world(tmp_path, database, pace=QUICK) as world:
        card = await world.conversation("mia")
        answers = {20: {"reply_to": "x3"}}
        more = [event(f"x{number}", **answers.get(number, {})) for number in range(22)]
        assert await world.provider.deliver(world.hook, *more) == 200
        await quiet(world)
        there = posts(world, card)
        assert [*chain(*there)] == [*(f"x{number}" for number in range(20)), "x3", "x20", "x21"]
        assert len(there) <= 4, "a slow machine's channel may keep up for a moment"
        assert there[-1] == ["x3", "x20", "x21"], "an answer quotes what it answers, in a post of its own"
        assert await unsettled() == []

        said = await Message.filter(external_key__contains=":x")
        assert len({m.post_id for m in said}) == len(there)
        conversation = await Conversation.get(id=said[0].conversation_id)
        assert (
            await Post.filter(conversation_id=conversation.id, kind=PostKind.WORDS).count() == len(there) + 1
        )
        await world.tells("edit", "mia", "x7", text="number seven")
        await line(world, card, "number seven")
        await says(world, ANA, card, "I see them all")
        await world.provider.until(lambda: world.shown() == ["I see them all"])


async def test_a_joined_post_stands_once_whatever_slack_answers(tmp_path: Path, database: str) -> None:
    kinds = ("lost_answer", "timeout") if database.startswith("sqlite") else ("lost_answer",)
    async with the_world(tmp_path, database, pace=QUICK, durations=IMPATIENT) as world:
        card = await world.conversation("mia")
        for kind in kinds:
            world.slack.fault("chat.postMessage", kind, seconds=0.8)
            more = [event(f"{kind}{number}") for number in range(4)]
            assert await world.provider.deliver(world.hook, *more) == 200
            await quiet(world)
        there = posts(world, card)
        assert [*chain(*there)] == [f"{kind}{number}" for kind in kinds for number in range(4)]
        assert len(there) < 4 * len(kinds)
        assert await unsettled() == []


async def test_whoever_had_a_turn_queues_behind_those_who_wait(world: World) -> None:
    """The outbox alone: each takes three of the rows of its lane at once."""
    await world.conversation("mia")
    await world.conversation("tom")
    await quiet(world)
    await world.app.worker.stop(5)
    mia, tom = await Conversation.all().order_by("id")
    now = world.app.desk.clock.now()

    async def enqueue(
        whose: Conversation, kind: DeliveryKind, after: int, rank: int = keys.Rank.WORDS
    ) -> int:
        return await plan.thread(whose, kind, now + timedelta(milliseconds=after), rank=rank)

    a = [await enqueue(mia, DeliveryKind.WORDS, number) for number in range(5)]
    b = [
        await enqueue(tom, DeliveryKind.LINE, 10, keys.Rank.LINE),
        await enqueue(tom, DeliveryKind.WORDS, 11),
    ]
    later = now + timedelta(seconds=1)

    async def turn(most: int) -> list[int]:
        """The best row and those it takes along; delivered."""
        best = (await queue.candidates(world.app.desk.workspace.id, later))[0]

        async def along(row: Delivery) -> list[int]:
            return [each.id for each in await queue.following(row, most)]

        row = await outbox.claim(best.id, "test", later, timedelta(seconds=60), along)
        assert row
        await outbox.yield_turn(row, later)
        went = [each.id for each in await queue.run_of(row)]
        assert await outbox.settle(row, DeliveryState.DELIVERED, later)
        return went

    assert await turn(2) == a[:3]
    assert await turn(0) == b[:1], "what stands before words is as urgent as they are"
    assert await turn(2) == a[3:]
    assert await turn(2) == b[1:]
    assert await queue.candidates(world.app.desk.workspace.id, later) == []
    assert await unsettled() == []

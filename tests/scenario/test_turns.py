"""An answer that was none: the customer waits again, is seen to wait, and somebody is reminded of them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from desk.conversations import reminding
from desk.reminders import Reminders, Step
from models import Conversation, Message, MessageState
from tests.scenario.acts import (
    changes,
    closes,
    deletes,
    line,
    lines,
    marked,
    presses,
    quiet,
    says,
    stored,
    takes,
    told,
    written,
)
from tests.scenario.clocks import Ahead
from tests.scenario.hands import more, state, submit
from tests.scenario.world import ANA, BEN, CHLOE, World, database_url, the_world

REFUSED = "Not delivered to Mia: "
LATE = "has waited for an answer since"


async def look(world: World, clock: Ahead, minutes: int) -> int:
    """Time goes on and somebody looks who waits; how many reminders stand in all."""
    clock.move(minutes=minutes)
    await reminding.look(world.app.desk)
    world.app.desk.wake()
    await quiet(world)
    return sum(LATE in words for words in world.said(world.cards()[0]["ts"]))


async def test_the_customer_waits_again_when_an_answer_was_none(tmp_path: Path) -> None:
    clock = Ahead()
    account = {"reminders": Reminders(after={Step.ASSIGNEE: timedelta(minutes=15)})}
    async with the_world(tmp_path, database_url(tmp_path), account=account, clock=clock, http=False) as world:
        card = await world.conversation()
        await takes(world, ANA, card)
        since = (await Conversation.get()).waiting_since
        world.provider.fault("refused", verb="send")
        first = await says(world, ANA, card, "It is blue")
        failed = await line(world, card, REFUSED)
        await world.until(
            lambda: "Waiting for us" in state(world, card) and "not delivered" in state(world, card)
        )
        row = await Conversation.get()
        assert (row.waiting_since, row.first_reply_at) == (since, None)
        assert await look(world, clock, 14) == 0, "patience begins anew"
        assert await look(world, clock, 2) == 1

        await presses(world, ANA, failed["ts"], "delivery.retry")
        await marked(world, first, "white_check_mark")
        await world.until(lambda: "Waiting for the customer" in state(world, card))
        assert (await Conversation.get()).waiting_since is None
        assert await look(world, clock, 60) == 1

        await world.writes("mia", "Red, please")
        await line(world, card, "Red, please")
        world.provider.fault("refused", verb="send")
        second = await says(world, ANA, card, "Sorry")
        failed = await line(world, card, REFUSED, 2)
        await presses(world, ANA, failed["ts"], "delivery.keep_note")
        await marked(world, second, "memo")
        await world.until(lambda: "Waiting for us" in state(world, card))
        assert await look(world, clock, 16) == 2

        await closes(world, ANA, card)
        clock.move(minutes=600)
        opened = clock.now()
        await world.writes("mia", "Me again")
        await line(world, card, "Me again")
        row = await Conversation.get()
        assert row.waiting_since and row.waiting_since >= opened, "whoever closed it saw what came before"
        world.provider.fault("refused", verb="send")
        await says(world, ANA, card, "Welcome back")
        await line(world, card, REFUSED, 3)
        await quiet(world)
        row = await Conversation.get()
        assert row.waiting_since and row.waiting_since >= opened


async def test_a_changed_answer_says_once_for_whom_it_is_and_a_blocked_customer_gets_none(
    tmp_path: Path,
) -> None:
    account = {"undo_hold": timedelta(seconds=30)}
    async with the_world(tmp_path, database_url(tmp_path), account=account) as world:
        card = await world.conversation()
        await takes(world, BEN, card)
        kept = await says(world, ANA, card, "I can help")
        whisper = await told(world, ANA, "Kept as a note: this is Ben's conversation.")
        world.provider.fault("refused", verb="send")
        await presses(world, ANA, whisper["ts"], "guard.send")
        failed = await line(world, card, REFUSED)
        world.provider.fault("500", 1_000, verb="send")
        again = await says(world, ANA, card, "It is bleu")
        whisper = await told(world, ANA, "Kept as a note: this is Ben's conversation.")
        await presses(world, ANA, whisper["ts"], "guard.send")
        await line(world, card, "Ana answered for Ben.", 2)
        await world.provider.until(lambda: world.provider.faults_left < 1_000)
        await changes(world, ANA, again, "It is red")
        await stored(lambda: Message.exists(slack_ts=again, text="It is red"))
        await deletes(world, ANA, again)

        held = await says(world, BEN, card, "It is bule")
        await changes(world, BEN, held, "It is blue")
        await deletes(world, BEN, held)
        await quiet(world)
        assert (await written(held)).state is MessageState.WITHDRAWN
        assert len(lines(world, card, "Ana answered for Ben.")) == 2, "once for each message"
        row = await Conversation.get()
        assert row.waiting_since and row.remind_at, "somebody is reminded of them"

        await more(world, CHLOE, card, "block")
        await submit(world, CHLOE, choice={"choice": "spam"})
        await line(world, card, "Chloe blocked Mia")
        await presses(world, ANA, failed["ts"], "delivery.retry")
        await told(world, ANA, "Chloe blocked Mia. Unblock Mia first")
        assert (await written(kept)).state is MessageState.FAILED
        await quiet(world)
        assert world.shown() == []

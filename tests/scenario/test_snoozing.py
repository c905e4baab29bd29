"""Asleep until a time or until the customer writes, and whoever wakes it; races included."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from desk.conversations import assignment, snoozing
from desk.conversations.assignment import Press, Refusal
from desk.conversations.when import Until
from models import Conversation, ConversationEvent, Delivery, DeliveryKind, Status, Trigger
from tests.scenario.acts import closes, line, lines, presses, quiet, says, shown, stored, takes, told
from tests.scenario.hands import (
    card_at,
    inside,
    modal,
    more,
    on_sqlite,
    open_menu,
    press,
    rung,
    state,
    submit,
    whispers,
)
from tests.scenario.wire import send_payload
from tests.scenario.world import (
    ANA,
    BEN,
    CHLOE,
    DORA,
    SUPPORT,
    World,
    database_url,
    running,
    stopped,
    the_world,
)


async def asleep(world: World, card: str) -> Conversation:
    """Wait until the card says so; the conversation."""
    await world.until(lambda: "*Snoozed*" in state(world, card))
    return await Conversation.get(card_ts=card)


async def snoozes(world: World, user: str, card: str, seconds: float | None) -> Conversation:
    """Put it to sleep for so long, which no form offers: for good until the customer writes, if None."""
    desk = world.app.desk
    until = Until(desk.clock.now() + timedelta(seconds=seconds) if seconds is not None else None)
    conversation = await Conversation.get(card_ts=card)
    press_ = Press(conversation_id=conversation.id, actor=user)
    await desk.units.run(lambda: snoozing.snooze(desk, press_, until))
    desk.wake()
    return await Conversation.get(card_ts=card)


def notices(world: World) -> list[str]:
    """The linked posts that announce a return."""
    return [m["text"] for m in world.slack.messages(SUPPORT) if "unassigned again" in (m.get("text") or "")]


async def test_the_form_takes_the_agents_own_clock_and_the_card_says_who_until_when(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        await world.slack.act("update_person", user=BEN, tz="America/New_York")
        card = await world.conversation()
        await takes(world, ANA, card)
        await more(world, BEN, card, "snooze:")
        assert modal(world, BEN)["callback_id"] == "snooze"
        assert (await submit(world, BEN, when={"choice": "tomorrow 9:00"}))["closed"]
        sleeping = await asleep(world, card)
        local = datetime.now(ZoneInfo("America/New_York")) + timedelta(days=1)
        wanted = local.replace(hour=9, minute=0, second=0, microsecond=0).astimezone(UTC)
        assert (sleeping.snoozed_by, sleeping.snoozed_until) == (BEN, wanted)
        assert (sleeping.status, sleeping.assignee) == (Status.INBOX, ANA)
        said = await line(world, card, "Ben snoozed this <!date^")
        assert said["text"].endswith(f". <@{ANA}>")
        token = f"<!date^{int(wanted.timestamp())}^until"
        assert token in state(world, card)
        assert f"by <@{BEN}> · Assigned to <@{ANA}>" in state(world, card)
        assert card_at(world, card)["blocks"][0]["text"]["text"].startswith("💤 Mia")

        await press(world, CHLOE, card, "conversation.wake")
        await line(world, card, f"Chloe woke this up. <@{ANA}>")
        await world.until(lambda: "Assigned to Ana" in shown(world, card))
        assert (await Conversation.get()).snoozed_until is None

        in_an_hour = int(datetime.now(UTC).timestamp()) + 3600
        await more(world, ANA, card, "snooze:")
        over = await submit(world, ANA, at={"at": in_an_hour - 7200})
        assert over["errors"] == {"snooze.at": "That time is over already, so nothing was changed."}
        far = await submit(world, ANA, at={"at": in_an_hour + 400 * 86_400})
        assert far["errors"] == {"snooze.at": "That is more than a year from now, so nothing was changed."}
        assert (await submit(world, ANA, at={"at": in_an_hour}))["closed"]
        assert (await asleep(world, card)).snoozed_until == datetime.fromtimestamp(in_an_hour, UTC)
        assert whispers(world, ANA) == whispers(world, BEN) == whispers(world, CHLOE) == []


async def test_it_wakes_on_time_and_whoever_has_it_is_told(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        card = await world.conversation()
        await takes(world, ANA, card)
        until = (await snoozes(world, ANA, card, 0.4)).snoozed_until
        await line(world, card, f"Ana snoozed this until now. <@{ANA}>")
        event = await ConversationEvent.filter(trigger=Trigger.WAKE).get()
        assert until
        assert timedelta(0) <= event.at - until < timedelta(seconds=3)
        assert event.actor is None
        assert rung(world, ANA)[-1] == f"Ana snoozed this until now. <@{ANA}>"
        await world.until(lambda: "Assigned to Ana" in shown(world, card))
        assert notices(world) == []

        other = await world.conversation("otto", "And me?")
        await snoozes(world, BEN, other, 0.2)
        await line(world, other, f"Ben snoozed this until now. <@{BEN}>")
        await world.until(lambda: len(notices(world)) == 1)
        assert "Otto" in notices(world)[0]
        await world.until(lambda: "*Unassigned*" in state(world, other))


async def test_a_time_that_was_changed_or_ended_wakes_nothing(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        card = await world.conversation()
        await takes(world, ANA, card)
        await snoozes(world, ANA, card, 1800)
        await snoozes(world, ANA, card, 3600)
        other = await world.conversation("otto", "And me?")
        await snoozes(world, ANA, other, 1800)
        await closes_by_menu(world, ANA, other)
        alarms = Delivery.filter(kind=DeliveryKind.WAKE).order_by("id")
        of_card, _, of_other = [row.id for row in await alarms]
        await Delivery.filter(id__in=[of_card, of_other]).update(due_at=world.app.desk.clock.now())
        world.app.desk.wake()

        async def rang() -> bool:
            return await Delivery.filter(kind=DeliveryKind.WAKE, unfinished=True).count() == 1

        await stored(rang)
        await quiet(world)
        assert lines(world, card, "until now") == lines(world, other, "until now") == []
        assert (await Conversation.get(card_ts=card)).snoozed_by == ANA
        assert (await Conversation.get(card_ts=other)).status is Status.CLOSED


async def closes_by_menu(world: World, user: str, card: str) -> None:
    """A sleeping card has no `Close`; the menu has."""
    await open_menu(world, user, card)
    await inside(world, user, "conversation.close")
    await world.until(lambda: "*Closed by*" in state(world, card))


@on_sqlite
async def test_the_customer_wakes_it_and_an_answer_does_not(world: World) -> None:
    card = await world.conversation()
    await takes(world, ANA, card)
    await more(world, ANA, card, "snooze:")
    await submit(world, ANA, when={"choice": "until they answer"})
    await asleep(world, card)
    await line(world, card, "Ana snoozed this until Mia answers.")
    assert f"*Snoozed* until Mia answers, by <@{ANA}>" in state(world, card)
    answer = await says(world, ANA, card, "Which colour?")
    await world.until(lambda: "white_check_mark" in world.reactions(answer))
    await quiet(world)
    assert (await asleep(world, card)).snoozed_by == ANA

    await world.writes("mia", "Blue")
    await world.until(lambda: "Blue" in world.said(card))
    await world.until(lambda: "Assigned to Ana" in shown(world, card))
    assert rung(world, ANA)[-1] == "Blue"
    assert lines(world, card, "until now") == []
    assert (await Conversation.get()).snoozed_by is None

    await snoozes(world, ANA, card, 3600)
    await open_menu(world, BEN, card)
    await inside(world, BEN, "conversation.wake")
    await line(world, card, f"Ben woke this up. <@{ANA}>")
    await snoozes(world, ANA, card, 3600)
    desk = world.app.desk
    mine = Press(conversation_id=(await Conversation.get()).id, actor=BEN)
    await desk.units.run(lambda: assignment.assign(desk, mine, BEN))
    taken = await Conversation.get()
    assert (taken.assignee, taken.snoozed_by) == (BEN, None)


async def test_only_agents_snooze_and_a_stale_press_changes_nothing(tmp_path: Path) -> None:
    seed = {"channels": [{"id": SUPPORT, "name": "support"}]}
    async with the_world(tmp_path, database_url(tmp_path), seed=seed) as world:
        card = await world.conversation()
        await more(world, DORA, card, "snooze:")
        await told(world, DORA, "Only the support team can do this.")
        await more(world, ANA, card, "snooze:")
        await takes(world, BEN, card)
        late = await submit(world, ANA, when={"choice": "1h"})
        assert late["errors"]["snooze.when"].startswith("Ben took this ")
        assert (await Conversation.get()).snoozed_by is None

        await snoozes(world, BEN, card, 3600)
        await world.until(lambda: "*Snoozed*" in state(world, card))
        await presses(world, ANA, card, "conversation.wake")
        await line(world, card, "Ana woke this up.")
        stale = _press_of(world, card, ANA, "conversation.wake", f"{(await Conversation.get()).id}:2")
        assert (await send_payload(world, stale))[0] == 200
        await world.until(lambda: len(whispers(world, ANA)) == 1)
        await closes(world, ANA, card)
        await open_menu(world, ANA, card)
        assert "conversation.snooze" not in str(modal(world, ANA)["blocks"])


def _press_of(world: World, card: str, user: str, action: str, value: str) -> dict[str, object]:
    """A press as Slack sends it of a card that is drawn anew by now."""
    return {
        "type": "block_actions",
        "user": {"id": user, "team_id": world.slack.team_id},
        "team": {"id": world.slack.team_id},
        "channel": {"id": SUPPORT},
        "container": {"type": "message", "message_ts": card, "channel_id": SUPPORT},
        "actions": [{"action_id": action, "value": value, "type": "button", "block_id": "x"}],
    }


async def test_time_customer_and_close_at_once_end_in_one_state(world: World) -> None:
    """Whoever comes first, nothing is lost, nothing rings twice, and the state is one of those meant."""
    desk = world.app.desk
    cards = [await world.conversation(f"c{n}", "Hello?") for n in range(3)]
    for card in cards:
        await takes(world, ANA, card)
        await snoozes(world, ANA, card, 0.25)

    async def closing(card: str) -> None:
        conversation = await Conversation.get(card_ts=card)
        try:
            done = Press(conversation_id=conversation.id, actor=ANA)
            await desk.units.transact(lambda: assignment.close(desk, done))
        except Refusal:
            return

    await asyncio.sleep(0.2)  # towards the time, so that all three meet
    await asyncio.gather(
        *(world.writes(f"c{n}", "Again") for n in range(3)), *(closing(card) for card in cards)
    )
    for card in cards:
        await world.until(lambda card=card: "Again" in world.said(card))  # type: ignore[misc]  # bound now
    await quiet(world)
    for card in cards:
        row = await Conversation.get(card_ts=card)
        assert (row.snoozed_by, row.snoozed_until) == (None, None)
        assert row.status in (Status.INBOX, Status.CLOSED)
        assert len(lines(world, card, "until now")) <= 1
        assert len([words for words in world.said(card) if words == "Again"]) == 1


async def test_a_snooze_keeps_its_time_over_a_stop(tmp_path: Path) -> None:
    async with stopped(tmp_path, database_url(tmp_path)) as world:
        async with running(world):
            card = await world.conversation()
            await takes(world, ANA, card)
            await snoozes(world, ANA, card, 0.5)
        async with running(world):
            await line(world, card, f"Ana snoozed this until now. <@{ANA}>")
            await quiet(world)
            assert len(lines(world, card, "until now")) == 1
            assert (await Conversation.get()).snoozed_by is None

"""An agent changes or deletes what they wrote: within the undo hold, and after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from desk.slack import wording
from models import Delivery, DeliveryKind, DeliveryState, Message, MessageState
from tests.scenario.acts import (
    buttons,
    changes,
    deletes,
    line,
    lines,
    marked,
    presses,
    quiet,
    says,
    sends,
    shown,
    stored,
    takes,
    told,
    written,
)
from tests.scenario.world import ANA, BEN, DORA, FAST, SUPPORT, World, database_url, running, the_world

LONG = timedelta(seconds=30)
PATIENT = replace(FAST, retry_base=timedelta(seconds=1), retry_cap=timedelta(seconds=1))
"""Long enough between two tries to do something meanwhile."""


async def _planned(ts: str) -> list[str]:
    """The words of the parts that will leave."""
    message = await written(ts)
    rows = await Delivery.filter(message_id=message.id, state=DeliveryState.PENDING).order_by("id")
    assert all(row.due_at == message.hold_until for row in rows)
    return [row.payload["text"] for row in rows if row.kind is DeliveryKind.PART]


async def test_within_the_hold_everything_can_be_taken_back(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path), account={"undo_hold": LONG}) as world:
        thread = await world.conversation("mia", "One")
        await world.writes("mia", "Two")
        await line(world, thread, "Two")
        typing = world.provider.typing
        first = await says(world, ANA, thread, "Helo")
        await world.provider.until(lambda: typing.get("mia") is True)
        await world.until(lambda: "Waiting for the customer" in shown(world, thread))
        before = (await written(first)).hold_until
        assert await _planned(first) == ["Helo"]
        await changes(world, ANA, first, "Hello")
        await stored(lambda: Message.exists(slack_ts=first, text="Hello"))
        after = (await written(first)).hold_until
        assert before and after and after > before
        assert await _planned(first) == ["Hello"]
        await deletes(world, ANA, first)
        await world.provider.until(lambda: typing["mia"] is False)
        assert (await written(first)).state is MessageState.WITHDRAWN
        await world.until(lambda: "Waiting for us" in shown(world, thread))

        noted = await says(world, ANA, thread, "She is late")
        await world.provider.until(lambda: typing["mia"] is True)
        await changes(world, ANA, noted, "note: She is late")
        await marked(world, noted, "memo")
        await world.provider.until(lambda: typing["mia"] is False)
        assert (await written(noted)).text == "She is late"

        named = await says(world, ANA, thread, "One moment")
        await stored(lambda: Message.exists(slack_ts=named))
        await changes(world, ANA, named, "One moment @ben")
        await marked(world, named, "memo")
        whisper = await told(world, ANA, "Kept as a note, because you mentioned @Ben.")
        assert buttons(whisper) == ["guard.send_without_mention"]
        await changes(world, ANA, noted, "She is here")
        await stored(lambda: Message.exists(slack_ts=noted, text="She is here"))
        assert (await written(noted)).state is MessageState.KEPT
        await quiet(world)
        assert await Delivery.exists(kind=DeliveryKind.PART, state=DeliveryState.CANCELLED)
        assert not await Delivery.exists(kind=DeliveryKind.PART, unfinished=True)
        assert not [1 for verb, _ in world.provider.calls if verb == "send"]
        assert len(lines(world, thread, "took this")) == 1


async def test_after_the_hold_the_network_carries_it_out(world: World) -> None:
    thread = await world.conversation()
    first = await says(world, ANA, thread, "The price is 10")
    second = await says(world, ANA, thread, "Without VAT")
    await marked(world, second, "white_check_mark")
    await changes(world, ANA, first, "The price is 12")
    await world.provider.until(lambda: world.shown() == ["The price is 12", "Without VAT"])
    await deletes(world, ANA, second)
    await world.provider.until(lambda: world.shown() == ["The price is 12"])
    for text in ("The price is 12, @ben?", "note: The price is 13", "!price"):
        await changes(world, ANA, first, text)
    reason = (
        "Mia doesn't get this change, because it mentions a colleague. Mia still reads: “The price is 12”"
    )
    await line(world, thread, reason)
    await line(world, thread, "because it begins like what stays inside", 2)
    await quiet(world)
    assert world.shown() == ["The price is 12"]
    assert (await written(first)).state is MessageState.SENT
    await changes(world, ANA, first, "The price is 12!")
    await world.provider.until(lambda: world.shown() == ["The price is 12!"])

    world.provider.fault("refused", verb="edit")
    await changes(world, ANA, first, "Forget it")
    refused = await line(
        world, thread, "Fake can't change a sent message. Mia still reads: “The price is 12!”"
    )
    assert buttons(refused) == ["correction.send", "correction.leave"]
    await presses(world, ANA, refused["ts"], "correction.send")
    await world.provider.until(lambda: world.shown() == ["The price is 12!", "Forget it"])
    world.provider.fault("refused", verb="delete")
    await deletes(world, ANA, first)
    await line(world, thread, "Fake can't take back a sent message. Mia still reads: “The price is 12!”")
    assert world.shown() == ["The price is 12!", "Forget it"]


async def test_where_the_network_cannot_change_anything(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path), bare=True) as world:
        thread = await world.conversation()
        ts = await says(world, ANA, thread, "At noon")
        await marked(world, ts, "white_check_mark")
        await changes(world, ANA, ts, "At one")
        said = "Fake can't change a sent message. Mia still reads: “At noon”"
        offer = await line(world, thread, said)
        await world.slack.act("join", user=DORA, channel=SUPPORT)
        await presses(world, DORA, offer["ts"], "correction.send")
        await told(world, DORA, wording.general.ONLY_TEAM)
        await presses(world, BEN, offer["ts"], "correction.send")
        await world.provider.until(lambda: world.shown() == ["At noon", "At one"])
        chosen = await line(world, thread, f"{said} Ben sent a correction.")
        assert (chosen["ts"], buttons(chosen)) == (offer["ts"], [])
        await quiet(world)

        await changes(world, ANA, ts, "At two")
        offer = await line(world, thread, said, 2)
        await changes(world, ANA, ts, "At noon")
        await quiet(world)
        await presses(world, ANA, offer["ts"], "correction.send")
        await told(world, ANA, wording.refusals.ALREADY_DONE)
        await changes(world, ANA, ts, "At three")
        offer = await line(world, thread, said, 3)
        await presses(world, ANA, offer["ts"], "correction.leave")
        await line(world, thread, f"{said} Ana left it as it is.")
        await deletes(world, ANA, ts)
        await line(world, thread, "Fake can't take back a sent message. Mia still reads: “At noon”")
        await quiet(world)
        assert world.shown() == ["At noon", "At one"]


async def test_parts_and_waiting_parts(tmp_path: Path) -> None:
    options = {"length": "20"}
    async with the_world(tmp_path, database_url(tmp_path), options=options, durations=PATIENT) as world:
        thread = await world.conversation()
        await takes(world, ANA, thread)
        ts = await says(world, ANA, thread, "This is the first.\nAnd this the second.")
        await marked(world, ts, "white_check_mark")
        assert len(world.shown()) == 2
        await changes(world, ANA, ts, "Short now")
        await line(world, thread, "Fake can't change a sent message. Mia still reads:")
        await deletes(world, ANA, ts)
        await world.provider.until(lambda: world.shown() == [])

        world.provider.fault("", verb="send")
        world.provider.fault("500", 1000, verb="send")
        long = await says(world, ANA, thread, "One one one one one\nTwo two two two two\nThree three three")
        message = await stored_message(long)
        await stored(lambda: Delivery.exists(message_id=message.id, attempts=1, state=DeliveryState.PENDING))
        await deletes(world, ANA, long)
        await stored(lambda: Message.exists(slack_ts=long, state=MessageState.SENT))
        world.provider.clear_faults()
        await quiet(world)
        assert world.shown() == []
        assert len([m for m in world.provider.shown if m.text.startswith("One")]) == 1
        assert not [m for m in world.provider.shown if m.text.startswith(("Two", "Three"))]
        assert not await Delivery.exists(message_id=message.id, unfinished=True)


async def stored_message(ts: str) -> Message:
    await stored(lambda: Message.exists(slack_ts=ts))
    return await written(ts)


async def test_while_the_network_is_away_nothing_has_left_yet(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path), bare=True, durations=PATIENT) as world:
        thread = await world.conversation()
        await takes(world, ANA, thread)
        world.provider.fault("500", 1000, verb="send")
        first = await says(world, ANA, thread, "Helo")
        second = await says(world, ANA, thread, "Never mind")
        message = await stored_message(first)
        await stored(lambda: Delivery.exists(message_id=message.id, attempts=1, state=DeliveryState.PENDING))
        await changes(world, ANA, first, "Hello")
        await stored(lambda: Message.exists(slack_ts=first, text="Hello"))
        await deletes(world, ANA, second)
        await stored(lambda: Message.exists(slack_ts=second, state=MessageState.WITHDRAWN))
        world.provider.clear_faults()
        await marked(world, first, "white_check_mark")
        await quiet(world)
        assert [m.text for m in world.provider.shown] == ["Hello"]
        assert lines(world, thread, "can't") == []
        guarded = await says(world, ANA, thread, "!x")
        await marked(world, guarded, "memo")
        await changes(world, ANA, guarded, "Bye")
        await stored(lambda: Message.exists(slack_ts=guarded, text="Bye"))
        await sends(world, ANA, guarded)
        await marked(world, guarded, "white_check_mark")
        assert world.shown() == ["Hello", "Bye"]


async def test_what_is_done_to_a_waiting_answer_while_nobody_listens_counts(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path), account={"undo_hold": LONG}) as world:
        thread = await world.conversation()
        kept, changed, deleted, noted = [
            await says(world, ANA, thread, text) for text in ("Kept", "Helo", "Oops", "She is late")
        ]
        await stored(lambda: Message.exists(slack_ts=noted))
        await world.app.__aexit__()
        world.slack.request_url = None
        await changes(world, ANA, changed, "Hello")
        await deletes(world, ANA, deleted)
        await changes(world, ANA, noted, "note: She is late")
        async with running(world):
            await marked(world, noted, "memo")
            await stored(lambda: Message.exists(slack_ts=deleted, state=MessageState.WITHDRAWN))
            assert await _planned(changed) == ["Hello"]
            assert await _planned(kept) == ["Kept"]
            assert await _planned(deleted) == await _planned(noted) == []

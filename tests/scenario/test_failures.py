"""What did not arrive, what may not have, and what arrives late: said in the thread, with ways out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from desk.conversations.assignment import Refusal
from desk.conversations.presses import try_again
from desk.slack import wording
from models import (
    Account,
    AccountState,
    Conversation,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Message,
    MessageState,
    Status,
)
from tests.scenario.acts import (
    buttons,
    called,
    changes,
    closes,
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
from tests.scenario.world import ANA, BEN, DORA, FAST, SUPPORT, World, database_url, the_world

AT_ONCE = replace(FAST, slow_notice=timedelta(0))
PROBING = replace(FAST, slow_notice=timedelta(milliseconds=200))
REFUSED = "Not delivered to Mia: Fake refuses this message."


@pytest.fixture
async def one(tmp_path: Path) -> AsyncIterator[World]:
    async with the_world(tmp_path, database_url(tmp_path), options={"length": "20"}) as made:
        yield made


def keys(world: World, text: str) -> list[str]:
    """Under which keys these words were sent, attempt by attempt."""
    return [body["key"] for verb, body in world.provider.calls if verb == "send" and body["text"] == text]


async def test_a_refusal_is_said_to_its_author_and_can_be_retried(world: World) -> None:
    thread = await world.conversation()
    await takes(world, ANA, thread)
    world.provider.fault("refused", verb="send")
    ts = await says(world, ANA, thread, "Hello")
    failed = await line(world, thread, f"{REFUSED} <@{ANA}>")
    await marked(world, ts, "warning")
    assert buttons(failed) == ["delivery.retry", "delivery.keep_note"]
    assert called(world, ANA, thread)[-1] == "mention"
    assert called(world, BEN, thread) == []
    await world.until(lambda: "1 message not delivered" in shown(world, thread))
    await world.slack.act("join", user=DORA, channel=SUPPORT)
    for action in buttons(failed):
        await presses(world, DORA, failed["ts"], action)
    await told(world, DORA, wording.general.ONLY_TEAM, 2)
    await presses(world, BEN, failed["ts"], "delivery.retry")
    await marked(world, ts, "white_check_mark")
    retried = await line(world, thread, f"{REFUSED} Ben sent it again.")
    assert (retried["ts"], buttons(retried)) == (failed["ts"], [])
    await line(world, thread, ", after 2 tries.")
    await world.until(lambda: "not delivered" not in shown(world, thread))
    assert world.shown() == ["Hello"]
    assert len(set(keys(world, "Hello"))) == 2

    world.provider.fault("blocked", 2, verb="send")
    second = await says(world, ANA, thread, "Are you there?")
    blocked = "Not delivered to Mia: the customer blocked this account."
    failed = await line(world, thread, blocked)
    await presses(world, ANA, failed["ts"], "delivery.retry")
    await line(world, thread, f"{blocked} Ana sent it again.")
    again = await line(world, thread, f"{blocked} <@{ANA}>")
    await presses(world, ANA, again["ts"], "delivery.keep_note")
    await line(world, thread, f"{blocked} Ana kept it as a note.")
    await marked(world, second, "memo")
    await quiet(world)
    assert (await written(second)).state is MessageState.KEPT
    await sends(world, ANA, second)
    await marked(world, second, "white_check_mark")
    assert world.shown() == ["Hello", "Are you there?"]


async def test_a_retry_opens_what_was_closed_again(one: World) -> None:
    thread = await one.conversation()
    one.provider.fault("refused", verb="send")
    await says(one, ANA, thread, "Hello")
    failed = await line(one, thread, REFUSED)
    await one.until(lambda: "Assigned to Ana" in shown(one, thread))  # an older card's button is refused
    await closes(one, ANA, thread)
    await presses(one, BEN, failed["ts"], "delivery.retry")
    await line(one, thread, f"Ben reopened this. <@{ANA}>")
    await one.until(lambda: one.shown() == ["Hello"])
    row = await Conversation.get()
    assert (row.status, row.assignee, row.waiting_since) == (Status.INBOX, BEN, None)
    await one.until(lambda: "Assigned to Ben" in shown(one, thread))
    await closes(one, BEN, thread)
    desk, number = one.app.desk, (await Message.get(text="Hello")).id
    with pytest.raises(Refusal, match=wording.refusals.ALREADY_DONE):  # a second press opens nothing
        await desk.units.run(lambda: try_again(desk, number, ANA))
    assert (await Conversation.get()).status is Status.CLOSED


async def test_a_part_that_fails_stops_those_after_it(one: World) -> None:
    thread = await one.conversation()
    one.provider.fault("", verb="send")
    one.provider.fault("refused", verb="send")
    ts = await says(one, ANA, thread, "One one one one one\nTwo two two two two\nThree three three")
    failed = await line(one, thread, REFUSED)
    await quiet(one)
    assert one.shown() == ["One one one one one\n"]
    assert await Delivery.filter(kind=DeliveryKind.PART, state=DeliveryState.CANCELLED).count() == 1
    await presses(one, ANA, failed["ts"], "delivery.retry")
    await marked(one, ts, "white_check_mark")
    assert one.shown() == ["One one one one one\n", "Two two two two two\n", "Three three three"]


async def test_retry_sends_the_words_as_they_are_now(one: World) -> None:
    thread = await one.conversation()
    one.provider.fault("refused", 3, verb="send")
    mended = await says(one, ANA, thread, "Too rude")
    first = await line(one, thread, REFUSED)
    await changes(one, ANA, mended, "Much more polite than before")
    await stored(lambda: Message.exists(slack_ts=mended, text="Much more polite than before"))
    deleted = await says(one, ANA, thread, "Wrong customer")
    second = await line(one, thread, REFUSED, 2)
    await deletes(one, ANA, deleted)
    await stored(lambda: Message.exists(slack_ts=deleted, deleted_at__isnull=False))
    inside = await says(one, ANA, thread, "I hate this")
    third = await line(one, thread, REFUSED, 3)
    await changes(one, ANA, inside, "note: I hate this")
    await marked(one, inside, "memo")
    await presses(one, ANA, second["ts"], "delivery.retry")
    await told(one, ANA, wording.refusals.GONE_MESSAGE)
    await presses(one, ANA, third["ts"], "delivery.retry")
    await told(one, ANA, wording.refusals.ALREADY_DONE)
    await presses(one, ANA, first["ts"], "delivery.retry")
    await marked(one, mended, "white_check_mark")
    await quiet(one)
    assert "".join(one.shown()) == "Much more polite than before"
    assert lines(one, thread, "still reads") == []
    await one.until(lambda: "not delivered" not in shown(one, thread))


async def test_of_uncertain_fate(world: World) -> None:
    thread = await world.conversation()
    await takes(world, ANA, thread)
    sentence = "Not certain whether this reached Mia: the connection broke while sending."
    world.provider.fault("lost_answer", verb="send")
    first = await says(world, ANA, thread, "One")
    doubt = await line(world, thread, f"{sentence} <@{ANA}>")
    await marked(world, first, "grey_question")
    assert buttons(doubt) == ["delivery.send_again", "delivery.arrived"]
    await presses(world, BEN, doubt["ts"], "delivery.arrived")
    await line(world, thread, f"{sentence} Ben knows that it arrived.")
    await world.until(lambda: world.reactions(first) == set())
    assert (await written(first)).state is MessageState.SENT

    world.provider.fault("no_answer", verb="send")
    second = await says(world, ANA, thread, "Two")
    doubt = await line(world, thread, f"{sentence} <@{ANA}>")
    await changes(world, ANA, second, "Two!")
    unsure = await line(world, thread, "It is not certain whether Mia got this, so the change can't")
    assert buttons(unsure) == ["correction.send", "correction.leave"]
    await presses(world, ANA, doubt["ts"], "delivery.send_again")
    await marked(world, second, "white_check_mark")
    await presses(world, ANA, unsure["ts"], "correction.leave")
    await line(world, thread, "Ana left it as it is.")
    assert world.shown() == ["One", "Two"]
    assert len(set(keys(world, "Two"))) == 1

    world.provider.fault("html", verb="send")
    third = await says(world, ANA, thread, "Three")
    await marked(world, third, "grey_question")
    doubt = await line(world, thread, f"{sentence} <@{ANA}>")
    await deletes(world, ANA, third)
    await line(world, thread, "It is not certain whether Mia got this, so it can't be taken back.")
    await presses(world, ANA, doubt["ts"], "delivery.send_again")
    await told(world, ANA, wording.refusals.GONE_MESSAGE)
    await quiet(world)
    assert world.shown() == ["One", "Two"]


async def test_where_repeating_is_harmless_nobody_hears_of_it(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path), idempotent=True) as world:
        thread = await world.conversation()
        world.provider.fault("lost_answer", 2, verb="send")
        ts = await says(world, ANA, thread, "Once")
        await marked(world, ts, "white_check_mark")
        await quiet(world)
        assert world.shown() == ["Once"]
        assert (len(keys(world, "Once")), len(set(keys(world, "Once")))) == (3, 1)
        assert lines(world, thread, "Not certain") == []


async def test_an_outage_is_said_once_and_its_end(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path), durations=AT_ONCE) as world:
        thread = await world.conversation()
        world.provider.fault("500", 3, verb="send")
        ts = await says(world, ANA, thread, "Hello")
        await marked(world, ts, "white_check_mark")
        await line(world, thread, ", after 4 tries.")
        await quiet(world)
        assert (
            len(lines(world, thread, "Not sent yet: Fake has a problem of its own. Oratio keeps trying."))
            == 1
        )
        assert world.shown() == ["Hello"]
        world.provider.fault("429", verb="send")
        second = await says(world, ANA, thread, "Wait")
        await line(world, thread, "Not sent yet: Fake asks for a pause.")
        await marked(world, second, "white_check_mark")
        sent = await line(world, thread, "Sent at", 2)
        assert "tries" not in sent["text"]
        assert world.shown() == ["Hello", "Wait"]


async def test_a_broken_account_waits_for_its_repair(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path), durations=PROBING) as world:
        thread = await world.conversation()
        await takes(world, ANA, thread)
        token, world.provider.token = world.provider.token, "another"
        for text in ("One", "Two"):
            await says(world, ANA, thread, text)
        trouble = "stopped at"

        def posts() -> list[str]:
            return [
                str(m.get("text")) for m in world.slack.messages(SUPPORT) if trouble in str(m.get("text"))
            ]

        await world.until(posts)
        await stored(lambda: Account.exists(name="shop", state=AccountState.BROKEN))
        await stored(lambda: Delivery.exists(kind=DeliveryKind.PART, parked_by__isnull=False))
        second = await says(world, ANA, thread, "Three")
        world.provider.token = token
        await world.until(lambda: "white_check_mark" in world.reactions(second), 20)
        await stored(lambda: Account.exists(name="shop", state=AccountState.READY))
        await quiet(world)
        assert world.shown() == ["One", "Two", "Three"]
        assert len(posts()) == 1
        assert lines(world, thread, "Not delivered") == []


async def test_what_the_network_reports_later(one: World) -> None:
    thread = await one.conversation()
    one.provider.fault("late_answer", verb="send")
    ts = await says(one, ANA, thread, "Early")
    await one.provider.until(lambda: one.shown() == ["Early"])
    assert await one.tells("report", "mia", "f1", state="failed", words="the number does not exist") == 200
    one.provider.release()
    failed = await line(one, thread, "Not delivered to Mia: the number does not exist.")
    await marked(one, ts, "warning")
    await presses(one, ANA, failed["ts"], "delivery.retry")
    await one.provider.until(lambda: one.shown() == ["Early", "Early"])
    await marked(one, ts, "white_check_mark")
    await one.tells("report", "mia", "f1", state="failed")
    await one.tells("report", "mia", "f2", state="delivered")
    await quiet(one)
    await marked(one, ts, "white_check_mark")
    second = await says(one, ANA, thread, "Second")
    await marked(one, second, "white_check_mark")
    await one.tells("report", "mia", "f2", state="read")
    await quiet(one)
    assert "Read " not in shown(one, thread)
    await one.tells("report", "tom", "f3", state="read")
    await one.tells("report", "mia", "f3", state="read")
    await one.until(lambda: "Read " in shown(one, thread))
    await one.writes("mia", "Thanks")
    await one.until(lambda: "Read " not in shown(one, thread))
    await one.tells("report", "mia", "f3", state="failed")
    failed = await line(one, thread, f"Not delivered to Mia: {wording.thread.REPORTED_FAILED}.")
    await presses(one, ANA, failed["ts"], "delivery.keep_note")
    await marked(one, second, "memo")

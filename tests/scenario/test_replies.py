"""What is written in a thread goes to the customer, and the other way round."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from desk.slack import wording
from models import Conversation, EarlyChange, Message, MessageState, Status
from tests.scenario.acts import (
    buttons,
    called,
    closes,
    deletes,
    line,
    lines,
    marked,
    presses,
    quiet,
    says,
    shown,
    stored,
    takes,
    told,
    unglued,
    written,
)
from tests.scenario.wire import send_event
from tests.scenario.world import ANA, BEN, CHLOE, SUPPORT, World, database_url, the_world


@pytest.fixture
async def one(tmp_path: Path) -> AsyncIterator[World]:
    async with the_world(tmp_path, database_url(tmp_path)) as made:
        yield made


async def test_both_ways_in_order_and_the_first_answer_takes_the_conversation(world: World) -> None:
    thread = await world.conversation("mia", "One")
    await world.writes("mia", "Two <!channel> *x*")
    await world.writes("mia", "")
    await line(world, thread, "Mia sent an empty message.")
    said = [unglued(m["text"]) for m in world.thread(thread) if m.get("username") == "Mia · Fake"]
    assert said == ["One", "Two &lt;!channel&gt; *x*", "Mia sent an empty message."]
    first = await says(world, BEN, thread, "Hello <Mia> & *all* of you :wave: https://example.com/a?b=1&c=2")
    await says(world, BEN, thread, "• a list\n• of two")
    last = await says(world, BEN, thread, "Bye")
    await marked(world, last, "white_check_mark")
    assert world.shown() == [
        "Hello <Mia> & all of you 👋 https://example.com/a?b=1&c=2",
        "• a list\n• of two",
        "Bye",
    ]
    assert [m.author for m in world.provider.shown] == ["Ben"] * 3
    await line(world, thread, "Ben took this.")
    await world.until(lambda: "Waiting for the customer" in shown(world, thread))
    conversation = await Conversation.get()
    assert (conversation.status, conversation.assignee) == (Status.INBOX, BEN)
    assert conversation.first_reply_at is not None
    await quiet(world)
    assert len(lines(world, thread, "took this")) == 1
    assert world.reactions(first) <= {"white_check_mark"}
    assert {(await written(first)).state, (await written(last)).state} == {MessageState.SENT}


async def test_a_very_long_answer_comes_whole_and_in_order(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path), options={"length": "1000"}) as world:
        thread = await world.conversation()
        text = "\n\n".join(f"Paragraph {n}: " + "word 👍🏽 " * 30 for n in range(30)).strip()
        ts = await says(world, ANA, thread, text)
        await marked(world, ts, "white_check_mark")
        parts = world.shown()
        assert len(parts) > 5
        assert max(len(part.encode("utf-16-le")) // 2 for part in parts) <= 1000
        assert "".join(parts) == (await written(ts)).text == text


async def test_one_event_twice_and_an_edit_before_its_message(one: World) -> None:
    thread = await one.conversation()
    one.slack.events_fault(duplicate=3)
    await marked(one, await says(one, ANA, thread, "Once"), "white_check_mark")
    one.slack.clear_faults()
    ts = thread[:-6] + "999990"
    message = {"type": "message", "channel": SUPPORT, "user": ANA, "ts": ts, "thread_ts": thread}
    for at, text in (("1", "Less wrong"), ("3", "Right"), ("2", "Overtaken")):
        new = {**message, "text": text, "edited": {"user": ANA, "ts": f"{ts[:-1]}{at}"}}
        change = {"subtype": "message_changed", "message": new, "previous_message": message, "ts": ts}
        assert await send_event(one, {"type": "message", "channel": SUPPORT, **change}) == 200
    assert await send_event(one, {**message, "text": "Wrong"}) == 200
    await one.provider.until(lambda: len(one.shown()) == 2)
    assert one.shown() == ["Once", "Right"]
    other = thread[:-6] + "999991"
    gone = {**message, "ts": other}
    deletion = {"subtype": "message_deleted", "deleted_ts": other, "previous_message": gone, "ts": other}
    assert await send_event(one, {"type": "message", "channel": SUPPORT, **deletion}) == 200
    assert await send_event(one, {**gone, "text": "Never"}) == 200
    assert (await written(other)).state is MessageState.WITHDRAWN
    third = thread[:-6] + "999992"
    early = {**message, "ts": third, "text": "note: no"}
    change = {"subtype": "message_changed", "message": early, "previous_message": message, "ts": third}
    assert await send_event(one, {"type": "message", "channel": SUPPORT, **change}) == 200
    assert await send_event(one, {**early, "text": "no"}) == 200
    assert (await written(third)).state is MessageState.KEPT
    await quiet(one)
    assert one.shown() == ["Once", "Right"]
    assert one.provider.typing["mia"] is False
    assert await EarlyChange.all().count() == 0


async def test_an_edit_before_the_very_first_answer(one: World) -> None:
    thread = await one.conversation()
    ts = thread[:-6] + "999990"
    message = {"type": "message", "channel": SUPPORT, "user": ANA, "ts": ts, "thread_ts": thread}
    new = {**message, "text": "Right"}
    change = {"subtype": "message_changed", "message": new, "previous_message": message, "ts": ts}
    assert await send_event(one, {"type": "message", "channel": SUPPORT, **change}) == 200
    assert await send_event(one, {**message, "text": "Wrong"}) == 200
    await one.provider.until(lambda: one.shown() == ["Right"])
    await one.until(lambda: "Assigned to Ana" in shown(one, thread))
    assert len(lines(one, thread, "Ana took this.")) == 1


async def test_other_forms_of_a_message(one: World) -> None:
    thread = await one.conversation()
    both = await says(one, ANA, thread, "Everybody can know", broadcast=True)
    await marked(one, both, "white_check_mark")
    await line(one, thread, "Sent to Mia. The whole channel saw it too.")
    me = {"type": "message", "subtype": "me_message", "channel": SUPPORT, "user": ANA, "text": "waves"}
    assert await send_event(one, {**me, "ts": thread[:-6] + "999990", "thread_ts": thread}) == 200
    await one.provider.until(lambda: one.shown() == ["Everybody can know", "waves"])
    joined = {"type": "message", "subtype": "channel_join", "channel": SUPPORT, "user": BEN, "text": "joined"}
    assert await send_event(one, {**joined, "ts": thread[:-6] + "999991", "thread_ts": thread}) == 200
    note = await says(one, ANA, thread, "note: all should know", broadcast=True)
    await marked(one, note, "memo")
    await quiet(one)
    assert len(lines(one, thread, "The whole channel saw it too.")) == 1
    assert one.shown() == ["Everybody can know", "waves"]


async def test_written_in_the_wrong_place(one: World) -> None:
    thread = await one.conversation()
    assert (await one.slack.act("say", user=ANA, channel=SUPPORT, text="Nobody waits for me"))["ok"]
    await quiet(one)
    await takes(one, ANA, thread)
    await says(one, BEN, None, "Nor for me")
    await says(one, ANA, None, "note: lunch at one")
    await says(one, ANA, None, "@ben lunch?")
    await quiet(one)
    assert one.slack.ephemerals(ANA) == one.slack.ephemerals(BEN) == []
    ts = await says(one, ANA, None, "It comes tomorrow")
    whisper = await told(one, ANA, wording.refusals.WRONG_PLACE)
    assert (buttons(whisper), "Send to Mia" in str(whisper["blocks"])) == (["wrong_place.send"], True)
    assert one.shown() == []
    await presses(one, ANA, whisper["ts"], "wrong_place.send")
    await marked(one, ts, "white_check_mark")
    assert one.shown() == ["It comes tomorrow"]
    await line(one, thread, "Ana wrote in the channel, and it was sent to Mia: “It comes tomorrow”")
    second = await one.conversation("tom", "And mine?")
    await one.writes("mia", "Thanks, and?")
    await takes(one, ANA, second)
    await line(one, thread, "Thanks, and?")
    await says(one, ANA, None, "Which of the two?")
    whisper = await told(one, ANA, wording.refusals.WRONG_PLACE)
    assert buttons(whisper) == []
    await closes(one, ANA, second)
    gone = await says(one, ANA, None, "Never mind")
    whisper = await told(one, ANA, wording.refusals.WRONG_PLACE, 2)
    await deletes(one, ANA, gone)
    await stored(lambda: Message.exists(slack_ts=gone, deleted_at__isnull=False))
    await presses(one, ANA, whisper["ts"], "wrong_place.send")
    await told(one, ANA, "This can't be sent to the customer.")
    await says(one, ANA, None, "!close")
    whisper = await told(one, ANA, wording.refusals.WRONG_PLACE, 3)
    assert buttons(whisper) == [], "no customer ever gets it"
    assert one.shown() == ["It comes tomorrow"]


def post_with(world: World, words: str) -> dict[str, Any]:
    """The post in the channel that has these words; empty if there is none."""
    return next((m for m in world.slack.messages(SUPPORT) if words in str(m.get("text"))), {})


async def test_written_under_a_post_that_is_no_card(one: World) -> None:
    thread = await one.conversation()
    welcome = post_with(one, "arrive here")
    await says(one, BEN, welcome["ts"], "Nobody waits for me")
    await takes(one, ANA, thread)
    await presses(one, BEN, thread, "conversation.release")
    await one.until(lambda: post_with(one, "unassigned again"))
    await quiet(one)
    notice = post_with(one, "unassigned again")["ts"]
    await says(one, BEN, notice, "note: who takes this?")
    assert one.slack.ephemerals(BEN) == []
    ts = await says(one, BEN, notice, "It comes tomorrow")
    whisper = await told(one, BEN, wording.refusals.WRONG_THREAD)
    assert whisper["thread_ts"] == notice
    assert one.shown() == []
    await presses(one, BEN, whisper["ts"], "wrong_place.send")
    await marked(one, ts, "white_check_mark")
    assert one.shown() == ["It comes tomorrow"]
    await one.until(lambda: "Assigned to Ben" in shown(one, thread))
    await one.writes("mia", "Thanks!")
    thanks = await line(one, thread, "Thanks!")
    assert BEN in str(thanks["blocks"]), "Slack doesn't tell Ben of a thread he has not written in"


async def test_a_direct_message_to_the_app_is_answered_with_help(one: World) -> None:
    room = (await one.slack.act("open_dm", user=ANA, other=one.slack.bot_user_id))["channel"]
    await one.slack.act("say", user=ANA, channel=room, text="How does this work?")
    await one.until(lambda: [e for e in one.slack.ephemerals(ANA) if e["channel"] == room])
    words = str(one.slack.ephemerals(ANA)[0]["blocks"])
    assert "Talk inside" in words
    assert "Send a note after all" in words
    assert await Message.all().count() == 0


async def test_who_is_called_by_what(one: World) -> None:
    thread = await one.conversation()
    await takes(one, ANA, thread)
    await quiet(one)
    assert called(one, ANA, thread) == []
    await one.writes("mia", "Hurry")
    await line(one, thread, "Hurry")
    assert called(one, ANA, thread) == ["mention"]
    assert called(one, BEN, thread) == called(one, CHLOE, thread) == []
    await marked(one, await says(one, ANA, thread, "note: on it"), "memo")
    await one.writes("mia", "Please")
    words = await line(one, thread, "Please")
    assert f"{ANA}" not in str(words["blocks"])
    assert called(one, ANA, thread)[-1] == "thread"
    before = {user: len(called(one, user, thread)) for user in (ANA, BEN, CHLOE)}
    await says(one, ANA, thread, "Here it is")
    await closes(one, ANA, thread)
    await line(one, thread, "Ana closed this.")
    await quiet(one)
    after = {user: len(called(one, user, thread)) for user in (ANA, BEN, CHLOE)}
    assert (after[BEN], after[CHLOE]) == (before[BEN], before[CHLOE])
    assert [n for n in one.slack.notifications(ANA) if n["why"] == "mention"][1:] == []


async def test_the_customer_sees_once_that_words_were_read(one: World) -> None:
    def reads() -> list[str]:
        return [body["id"] for verb, body in one.provider.done if verb == "read"]

    thread = await one.conversation("mia", "One")
    last = await one.writes("mia", "Two")
    await line(one, thread, "Two")
    await marked(one, await says(one, ANA, thread, "Hello"), "white_check_mark")
    await says(one, ANA, thread, "again")
    await one.provider.until(lambda: one.shown() == ["Hello", "again"])
    await quiet(one)
    assert reads() == [last]
    third = await one.writes("tom", "Hi")
    await one.until(lambda: len(one.cards()) == 2)
    await quiet(one)
    assert reads() == [last]
    await takes(one, BEN, str(one.cards()[-1]["ts"]))
    await one.provider.until(lambda: reads() == [last, third])

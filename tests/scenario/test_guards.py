"""What stays inside, and how it is sent after all: every guard with its sentence and its buttons."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from models import Account, AccountState, Delivery, DeliveryKind, Message, MessageState
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
    unglued,
    written,
)
from tests.scenario.wire import send_event
from tests.scenario.world import ANA, BEN, CHLOE, DORA, FAST, SUPPORT, World, database_url, running, the_world

TEAM_GROUP = {"id": "S0TEAM0001", "handle": "team", "name": "Team", "members": [BEN, CHLOE]}
SOON = replace(FAST, nudge_after=timedelta(milliseconds=100))


@pytest.fixture
async def one(tmp_path: Path) -> AsyncIterator[World]:
    """A world on SQLite, with a user group."""
    async with the_world(tmp_path, database_url(tmp_path), seed={"groups": [TEAM_GROUP]}) as made:
        yield made


async def parts() -> int:
    """How many parts were ever planned."""
    return await Delivery.filter(kind=DeliveryKind.PART).count()


async def test_notes_in_every_spelling_stay_inside_and_ring_nobody(one: World) -> None:
    thread = await one.conversation()
    await takes(one, ANA, thread)
    await quiet(one)
    before = len(one.slack.notifications(BEN)) + len(one.slack.notifications(CHLOE))
    posts = len(one.slack.calls("chat.postMessage"))
    spellings = ("note: a", "Note:b", "NOTE : c", "n: d", " N:e", "📝 f", "📝: g", ":memo: h", "*note:* i")
    written_at = [await says(one, ANA, thread, text) for text in spellings]
    for ts in written_at:
        await marked(one, ts, "memo")
        assert (await written(ts)).state is MessageState.KEPT
    assert [(await written(ts)).text for ts in written_at] == list("abcdefghi")
    assert await parts() == 0
    assert one.slack.ephemerals(ANA) == []
    assert len(one.slack.notifications(BEN)) + len(one.slack.notifications(CHLOE)) == before
    assert len(one.slack.calls("chat.postMessage")) == posts
    assert (await Message.filter(direction="inbound").get()).sent_at
    assert "Waiting for us" in shown(one, thread)
    await sends(one, ANA, written_at[0])
    await marked(one, written_at[0], "white_check_mark")
    reply = await says(one, ANA, thread, "noted: your size is 42")
    await marked(one, reply, "white_check_mark")
    assert one.shown() == ["a", "noted: your size is 42"]


async def test_a_mention_stays_inside_until_it_is_left_out(one: World) -> None:
    thread = await one.conversation()
    await takes(one, ANA, thread)
    cases = {
        "@ben is it <there>?": "you mentioned @Ben.",
        "I ask @team, Mia": "you mentioned a colleague",
        "@here who knows?": "you mentioned a colleague",
        "See <@U0BEN00001|x>": "you mentioned @Ben.",
    }
    kept = []
    for text, sentence in cases.items():
        ts = await says(one, ANA, thread, text)
        await marked(one, ts, "memo")
        whisper = await told(one, ANA, "Kept as a note, because " + sentence, len(kept) // 2 + 1)
        assert buttons(whisper) == ["guard.send_without_mention"]
        assert whisper["thread_ts"] == thread
        kept.append((ts, whisper))
    assert await parts() == 0
    for ts, whisper in kept[:2]:
        await presses(one, ANA, whisper["ts"], "guard.send_without_mention")
        await marked(one, ts, "white_check_mark")
    await told(one, ANA, "On its way to the customer.", 2)
    await sends(one, BEN, kept[2][0])
    await marked(one, kept[2][0], "white_check_mark")
    assert one.shown() == ["is it <there>?", "I ask, Mia", "who knows?"]
    nobody = await says(one, ANA, thread, "@ben")
    await marked(one, nobody, "memo")
    await sends(one, ANA, nobody)
    await told(one, ANA, "There is no text or file in this message, so nothing was sent.")
    assert one.shown() == ["is it <there>?", "I ask, Mia", "who knows?"]


async def test_whatever_sends_a_note_leaves_colleagues_out_of_it(one: World) -> None:
    thread = await one.conversation()
    await takes(one, ANA, thread)
    note = await says(one, ANA, thread, "note: ask @ben. It is ready")
    changed = await says(one, ANA, thread, "@ben do you know?")
    word = await says(one, ANA, thread, "!ask @ben")
    await marked(one, word, "memo")
    await changes(one, ANA, changed, "It is blue, Mia")
    await stored(lambda: Message.exists(slack_ts=changed, text="It is blue, Mia"))
    for ts in (note, changed, word):
        await sends(one, ANA, ts)
        await marked(one, ts, "white_check_mark")
    assert one.shown() == ["ask. It is ready", "It is blue, Mia", "!ask"]
    await closes(one, ANA, thread)
    late = await says(one, ANA, thread, "@ben Goodbye")
    await presses(one, ANA, (await told(one, ANA, "this is closed"))["ts"], "guard.reopen_and_send")
    await marked(one, late, "white_check_mark")
    assert one.shown()[-1] == "Goodbye"


async def test_somebody_elses_conversation(world: World) -> None:
    thread = await world.conversation()
    await takes(world, ANA, thread)
    first = await says(world, BEN, thread, "I know that one")
    whisper = await told(world, BEN, "Kept as a note: this is Ana's conversation. Mia didn't get it.")
    await marked(world, first, "memo")
    assert (buttons(whisper), world.shown()) == (["guard.send", "guard.take_and_send"], [])
    await presses(world, BEN, whisper["ts"], "guard.send")
    await marked(world, first, "white_check_mark")
    await line(world, thread, "Ben answered for Ana.")
    assert "Assigned to Ana" in shown(world, thread)
    second = await says(world, BEN, thread, "And it is mine now")
    whisper = await told(world, BEN, "Kept as a note: this is Ana's conversation.", 1)
    await presses(world, BEN, whisper["ts"], "guard.take_and_send")
    await marked(world, second, "white_check_mark")
    took = await line(world, thread, "Ben took this over from")
    await world.until(lambda: "Assigned to Ben" in shown(world, thread))
    assert f"<@{ANA}>" in took["text"]
    third = await says(world, ANA, thread, "Wait")
    await marked(world, third, "memo")
    await sends(world, ANA, third)
    await marked(world, third, "white_check_mark")
    assert world.shown() == ["I know that one", "And it is mine now", "Wait"]
    assert "Assigned to Ben" in shown(world, thread)


async def test_closed(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path), durations=SOON) as world:
        thread = await world.conversation()
        await takes(world, ANA, thread)
        await closes(world, ANA, thread)
        first = await says(world, BEN, thread, "One more thing")
        whisper = await told(world, BEN, "Kept as a note: this is closed.")
        assert buttons(whisper) == ["guard.reopen_and_send"]
        reminder = await line(world, thread, f"<@{BEN}> ")
        assert (buttons(reminder), called(world, BEN, thread)) == (["guard.reopen_and_send"], ["mention"])
        await world.slack.act("join", user=DORA, channel=SUPPORT)
        await presses(world, DORA, reminder["ts"], "guard.reopen_and_send")
        await told(world, DORA, "Only the support team can do this.")
        assert buttons(world.slack.message(SUPPORT, reminder["ts"]) or {}) == ["guard.reopen_and_send"]
        await presses(world, CHLOE, reminder["ts"], "guard.reopen_and_send")
        await marked(world, first, "white_check_mark")
        await line(world, thread, "Kept as a note: this is closed. Chloe sent it to the customer.")
        await line(world, thread, "Chloe reopened this.")
        await world.until(lambda: "Assigned to Chloe" in shown(world, thread))
        await presses(world, BEN, whisper["ts"], "guard.reopen_and_send")
        await told(world, BEN, "This went to the customer already.")
        assert world.shown() == ["One more thing"]
        await closes(world, CHLOE, thread)
        second = await says(world, CHLOE, thread, "And another")
        await sends(world, CHLOE, second)
        await marked(world, second, "white_check_mark")
        await world.until(lambda: "Assigned to Chloe" in shown(world, thread))
        await closes(world, CHLOE, thread)
        world.slack.fault("chat.postMessage", "500", times=None)
        third = await says(world, BEN, thread, "And a third")
        await world.writes("mia", "Hm?")
        world.slack.clear_faults()
        late = await line(world, thread, "Kept as a note: this was closed when you wrote it.")
        await presses(world, BEN, late["ts"], "guard.send")
        await marked(world, third, "white_check_mark")
        deleted = await says(world, CHLOE, thread, "note: x")
        await deletes(world, CHLOE, deleted)
        await _no_reminder(world, thread, reminders=0)
        assert world.shown() == ["One more thing", "And another", "And a third"]


async def _no_reminder(world: World, thread: str, reminders: int) -> None:
    """Every reminder there was is over, and so many lines still offer a choice."""

    async def over() -> bool:
        return not await Delivery.exists(kind=DeliveryKind.NUDGE, unfinished=True)

    await stored(over)
    await quiet(world)
    assert len([m for m in world.thread(thread) if buttons(m)]) == reminders


async def test_who_is_no_agent_says_nothing_to_customers(one: World) -> None:
    thread = await one.conversation()
    await one.slack.act("join", user=DORA, channel=SUPPORT)
    ts = await says(one, DORA, thread, "I am the boss here")
    whisper = await told(one, DORA, "Kept as a note: only the support team answers here.")
    await marked(one, ts, "memo")
    assert buttons(whisper) == []
    await sends(one, ANA, ts)
    await told(one, ANA, "Only what the support team wrote can be sent to a customer.")
    await one.writes("mia", "Who was that?")
    await line(one, thread, "Who was that?")
    app = {"type": "message", "subtype": "bot_message", "bot_id": "B0OTHER001", "channel": SUPPORT}
    words = {"ts": ts[:-6] + "999999", "thread_ts": thread, "text": "Build failed"}
    assert await send_event(one, {**app, **words}) == 200
    row = await Message.get(text="Build failed")
    assert (row.state, row.reason) == (MessageState.KEPT, "bot")
    reply = await says(one, ANA, thread, "Hello Mia")
    await marked(one, reply, "white_check_mark")
    assert one.shown() == ["Hello Mia"]


async def test_inside_talk_keeps_the_next_words_inside(one: World) -> None:
    thread = await one.conversation()
    await takes(one, ANA, thread)
    await marked(one, await says(one, BEN, thread, "note: she is angry"), "memo")
    answer = await says(one, ANA, thread, "she always is")
    whisper = await told(one, ANA, "Kept as a note, because the last words here were inside talk.")
    await marked(one, answer, "memo")
    assert (buttons(whisper), one.shown()) == (["guard.send"], [])
    own = await says(one, ANA, thread, "Hello Mia, sorry")
    await marked(one, own, "white_check_mark")
    second = await says(one, BEN, thread, "note: well")
    third = await says(one, BEN, thread, "note: really")
    await marked(one, third, "memo")
    await deletes(one, BEN, third)
    await one.until(lambda: one.slack.message(SUPPORT, third) is None)
    await quiet(one)
    await marked(one, second, "memo")
    talk = await says(one, ANA, thread, "I think so, too")
    await marked(one, talk, "memo")
    await one.writes("mia", "Are you there?")
    await one.until(lambda: lines(one, thread, "Are you there?"))
    await marked(one, await says(one, ANA, thread, "Yes"), "white_check_mark")
    assert one.shown() == ["Hello Mia, sorry", "Yes"]
    await presses(one, ANA, whisper["ts"], "guard.send")
    await marked(one, answer, "white_check_mark")
    assert one.shown()[-1] == "she always is"


async def test_without_the_guard_inside_talk_is_no_reason(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path), account={"discussion_guard": False}) as world:
        thread = await world.conversation()
        await takes(world, ANA, thread)
        await marked(world, await says(world, BEN, thread, "note: hm"), "memo")
        await marked(world, await says(world, ANA, thread, "Hello"), "white_check_mark")
        assert world.shown() == ["Hello"]


async def test_a_word_after_an_exclamation_mark_never_leaves_by_itself(one: World) -> None:
    thread = await one.conversation()
    ts = await says(one, ANA, thread, "!important")
    whisper = await told(
        one, ANA, "Kept as a note: a message that starts with !important never leaves by itself."
    )
    await marked(one, ts, "memo")
    assert (buttons(whisper), one.shown(), await parts()) == (["guard.send"], [], 0)
    assert "Assign to me" in shown(one, thread)
    await presses(one, ANA, whisper["ts"], "guard.send")
    await marked(one, ts, "white_check_mark")
    excited = await says(one, ANA, thread, "!!! Great")
    await marked(one, excited, "white_check_mark")
    assert one.shown() == ["!important", "!!! Great"]
    await one.until(lambda: "Assigned to Ana" in shown(one, thread))


async def test_archived(tmp_path: Path) -> None:
    durations = replace(SOON, kept_closed=timedelta(0), archive_every=timedelta(milliseconds=50))
    async with the_world(tmp_path, database_url(tmp_path), durations=durations) as world:
        thread = await world.conversation()
        await presses(world, ANA, thread, "conversation.close")
        await world.until(lambda: "Archived" in shown(world, thread))
        ts = await says(world, ANA, thread, "Too late")
        whisper = await told(world, ANA, "The customer's next message starts a new conversation.")
        await marked(world, ts, "memo")
        assert (buttons(whisper), world.shown()) == ([], [])
        await sends(world, ANA, ts)
        await told(world, ANA, "The customer's next message starts a new conversation.", 2)
        assert await parts() == 0


async def test_an_account_that_was_taken_out(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        thread = await world.conversation()
        note = await says(world, ANA, thread, "note: x")
        await marked(world, note, "memo")
        await quiet(world)
        await world.app.__aexit__()
        account = replace(world.config.desk.accounts[0], name="other", title="Other")
        world.config = replace(world.config, desk=replace(world.config.desk, accounts=(account,)))
        async with running(world):
            await world.until(lambda: world.app.url)
            assert (await Account.get(name="shop")).state is AccountState.ABSENT
            ts = await says(world, ANA, thread, "Hello?")
            sentence = "Nothing was sent to Mia. Fake · Acme Shop is no longer connected."
            whisper = await told(world, ANA, sentence)
            await marked(world, ts, "warning")
            assert buttons(whisper) == ["refusal.note"]
            await sends(world, ANA, note)
            await told(world, ANA, "Acme Shop is no longer connected, so nothing can be sent.")
            await presses(world, ANA, whisper["ts"], "refusal.note")
            await marked(world, ts, "memo")
            assert await parts() == 0


async def test_a_customer_who_left(one: World) -> None:
    thread = await one.conversation()
    note = await says(one, ANA, thread, "note: y")
    await one.tells("gone", "mia", "none", how="left the room")
    gone = "Mia left the room. Nothing can be sent until Mia writes again."
    await line(one, thread, gone)
    ts = await says(one, ANA, thread, "Come back")
    whisper = await told(one, ANA, gone)
    await marked(one, ts, "warning")
    assert (buttons(whisper), one.shown()) == (["refusal.note"], [])
    await sends(one, ANA, note)
    await told(one, ANA, gone, 2)
    await one.writes("mia", "Here I am")
    await line(one, thread, "Here I am")
    await sends(one, ANA, ts)
    await marked(one, ts, "white_check_mark")
    assert one.shown() == ["Come back"]


async def test_after_the_reply_window(tmp_path: Path) -> None:
    url = database_url(tmp_path)
    async with the_world(tmp_path, url, options={"window": "0"}, durations=SOON) as world:
        thread = await world.conversation()
        ts = await says(world, ANA, thread, "Sorry for the wait")
        whisper = await told(world, ANA, "Nothing was sent to Mia. Fake allows no more answers")
        await marked(world, ts, "warning")
        assert buttons(whisper) == ["refusal.note"]
        reminder = await line(world, thread, f"<@{ANA}> ")
        assert called(world, ANA, thread) == ["mention"]
        await sends(world, BEN, ts)
        await told(world, BEN, "Fake allows no more answers")
        await presses(world, BEN, reminder["ts"], "refusal.note")
        await marked(world, ts, "memo")
        settled = await line(world, thread, "Ben kept it as a note.")
        assert (settled["ts"], buttons(settled), world.shown()) == (reminder["ts"], [], [])
        kept = await says(world, ANA, thread, "Once more")
        again = await told(world, ANA, "Nothing was sent to Mia.", 2)
        await presses(world, ANA, again["ts"], "refusal.note")
        await marked(world, kept, "memo")
        await told(world, ANA, "This is a note. It stays inside.")
        await _no_reminder(world, thread, reminders=0)


async def test_two_who_press_at_once_send_it_once(world: World) -> None:
    thread = await world.conversation()
    await takes(world, ANA, thread)
    ts = await says(world, BEN, thread, "Only once")
    whisper = await told(world, BEN, "this is Ana's conversation")
    await asyncio.gather(
        presses(world, BEN, whisper["ts"], "guard.send"),
        sends(world, ANA, ts),
        sends(world, CHLOE, ts),
        sends(world, BEN, ts),
    )
    await marked(world, ts, "white_check_mark")
    await quiet(world)
    assert world.shown() == ["Only once"]
    refused = [u for u in (ANA, BEN, CHLOE) for e in world.slack.ephemerals(u) if "already" in e["text"]]
    assert len(refused) == 3
    await sends(world, ANA, ts)
    await told(world, ANA, "This went to the customer already.")


async def test_what_can_never_be_sent(one: World) -> None:
    thread = await one.conversation()
    await line(one, thread, "Hello?")
    words = next(m for m in one.thread(thread) if "Hello?" in unglued(m.get("text") or ""))
    await sends(one, ANA, words["ts"])
    await told(one, ANA, "This can't be sent to the customer.")
    outside = await says(one, ANA, None, "Lunch?")
    await sends(one, ANA, outside)
    await told(one, ANA, "This works on messages in a customer's thread.")
    assert await parts() == 0

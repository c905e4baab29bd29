"""The `!words` of threads, and accounts where words stay inside unless they are sent on purpose."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models import Conversation, Message, MessageState, Status
from tests.samples import PNG
from tests.scenario.acts import (
    buttons,
    called,
    changes,
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
from tests.scenario.hands import actions, modal, on_sqlite, open_menu, rung, state, whispers
from tests.scenario.wire import send_event
from tests.scenario.world import ANA, BEN, CHLOE, DORA, SUPPORT, World, database_url, the_world


@on_sqlite
async def test_words_do_what_buttons_do_and_never_leave(world: World) -> None:
    card = await world.conversation()
    taken = await says(world, ANA, card, "!assign me")
    await line(world, card, "Ana took this.")
    await marked(world, taken, "memo")
    handed = await says(world, ANA, card, "!Assign <@U0BEN00001> knows *shoes*")
    await line(world, card, f"Ana handed this to <@{BEN}>: “knows shoes”")
    await says(world, BEN, card, "!release")
    await line(world, card, "Ben moved this back to Unassigned.")
    await says(world, CHLOE, card, "！assign ana")
    await line(world, card, f"Chloe handed this to <@{ANA}>.")
    assert called(world, ANA, card)
    await says(world, ANA, card, "!snooze 2h")
    await world.until(lambda: "*Snoozed*" in state(world, card))
    sleeping = await Conversation.get()
    assert sleeping.snoozed_until
    assert timedelta(hours=1.99) < sleeping.snoozed_until - datetime.now(UTC) <= timedelta(hours=2)
    await says(world, ANA, card, "!snooze until they answer")
    await line(world, card, "Ana snoozed this until Mia answers.")
    await says(world, ANA, card, "!wake")
    await line(world, card, "Ana woke this up.")
    await says(world, ANA, card, "!close")
    await line(world, card, "Ana closed this.")
    await says(world, BEN, card, "!reopen")
    await line(world, card, f"Ben reopened this. <@{ANA}>")
    noted = await says(world, BEN, card, "!note: she <@U0ANA00001> called twice")
    answer = await says(world, BEN, card, "!r It left\nyesterday")
    await marked(world, answer, "white_check_mark")
    await marked(world, noted, "memo")
    assert (await written(noted)).text == "she @Ana called twice"
    assert whispers(world, ANA) == whispers(world, BEN) == whispers(world, CHLOE) == []
    await quiet(world)
    assert world.shown() == ["It left\nyesterday"]
    for ts in (taken, handed):
        assert (await written(ts)).state is MessageState.KEPT
        await sends(world, BEN, ts)
    await told(world, BEN, "no customer ever gets it", 2)
    await open_menu(world, BEN, card, on=taken)
    assert not [a for a in actions(modal(world, BEN)) if a.startswith("guard.")]
    assert "An edit does nothing" not in str(modal(world, BEN)["blocks"])
    assert world.shown() == ["It left\nyesterday"]


@on_sqlite
async def test_signs_with_a_space_behind_a_quote_or_beside_a_file(world: World) -> None:
    card = await world.conversation()
    await says(world, BEN, card, "!release")
    await told(world, BEN, "This is in Unassigned already.")
    await says(world, BEN, card, "!reopen")
    await told(world, BEN, "This is open already.")
    await says(world, ANA, card, "! Assign me")
    await line(world, card, "Ana took this.")
    inside = {
        "> Hello?\nnote: she is rude": "she is rude",
        "> Hello you\n\nN : *rude*": "> Hello you\n\nrude",
        "> note: rude\n> indeed": "rude\nindeed",
        "! Note rude": "rude",
        "> Hello?\n! clsoe": "! clsoe",
        "! Close the door": "! Close the door",
    }
    for text, kept in inside.items():
        ts = await says(world, ANA, card, text)
        await marked(world, ts, "memo")
        assert (await written(ts)).text == kept
    await told(world, ANA, "Did you mean !close?", 2)
    photo = {"name": "a.png", "content": PNG}
    await says(world, ANA, card, "!close", files=[photo])
    await told(world, ANA, "Nothing was changed, and Mia didn't get your file: write !close alone")
    await says(world, ANA, card, "> Hello?\n!assign <@U0BEN00001> knows shoes")
    await line(world, card, f"Ana handed this to <@{BEN}>: “knows shoes”")
    answer = await says(world, BEN, card, "> Hello?\n!r Hello, Mia")
    await marked(world, answer, "white_check_mark")
    assert world.shown() == ["Hello, Mia"]
    await says(world, BEN, card, "> Hello?\n! Close")
    await line(world, card, "Ben closed this.")
    await quiet(world)
    assert world.shown() == ["Hello, Mia"]


@on_sqlite
async def test_what_a_word_cannot_do_is_told_to_its_author_alone(world: World) -> None:
    card = await world.conversation()
    await takes(world, ANA, card)
    cases = {
        "!close the door, please": "Nothing was changed: write !close alone",
        "!assign": "Write whom: !assign @ben",
        "!assign @here": "Write whom: !assign @ben",
        "!assign <@U0BEN00001> <@U0CHLOE001>": "Name one colleague.",
        "!assign zoe": "Nobody who answers these customers is called “zoe”.",
        "!assign <@U0DORA0001>": "Dora doesn't answer these customers.",
        "!assign me": "This is assigned to you already.",
        "!snooze": "Write until when: !snooze 2h",
        "!snooze soon": "Write until when: !snooze 2h",
        "!snooze 2020-01-01": "That time is over already",
        "!wake": "This is awake already.",
        "!reopen": "This is open already.",
        "!clsoe": "never leaves by itself. Did you mean !close?",
        "!5": "a message that starts with !5 never leaves by itself.",
    }
    for text, sentence in cases.items():
        ts = await says(world, ANA, card, text)
        whisper = await told(world, ANA, sentence)
        assert whisper["thread_ts"] == card
        await marked(world, ts, "memo")
    help_ = await says(world, ANA, card, "!help")
    shown_ = await told(world, ANA, "What you can write in this thread; Mia sees none of these words")
    assert "!snooze 2h" in str(shown_["blocks"])
    await says(world, ANA, card, "!files")
    files = await told(world, ANA, "Supported files")
    assert "What you can send, and how large" in str(files["blocks"])
    assert help_
    await says(world, BEN, card, "!assign e")
    await told(world, BEN, "Several are called so: Ben, Chloe. Mention one.")
    row = await Conversation.get()
    assert (row.status, row.assignee, row.snoozed_by) == (Status.INBOX, ANA, None)
    unknown = next(e for e in world.slack.ephemerals(ANA) if "Did you mean !close?" in e["text"])
    assert buttons(unknown) == ["guard.send"]
    await presses(world, ANA, unknown["ts"], "guard.send")
    await world.provider.until(lambda: world.shown() == ["!clsoe"])


async def test_words_of_others_and_edits_do_nothing(tmp_path: Path) -> None:
    seed = {"channels": [{"id": SUPPORT, "name": "support"}]}
    async with the_world(tmp_path, database_url(tmp_path), seed=seed) as world:
        card = await world.conversation()
        await takes(world, ANA, card)
        await says(world, DORA, card, "!close")
        await told(world, DORA, "Kept as a note: only the support team answers here.")
        note = await says(world, ANA, card, "note: hello")
        await changes(world, ANA, note, "!close")
        await told(world, ANA, "An edit does nothing: write !close as a new message.")
        await sends(world, ANA, note)
        await told(world, ANA, "no customer ever gets it")
        await changes(world, ANA, note, "It is blue")
        await sends(world, ANA, note)
        await marked(world, note, "white_check_mark")
        word = await says(world, ANA, card, "!wakee")
        await told(world, ANA, "Did you mean !wake?")
        await changes(world, ANA, word, "!wake")
        await told(world, ANA, "An edit does nothing: write !wake as a new message.")
        await changes(world, ANA, word, "!assign me")
        await told(world, ANA, "An edit does nothing: write !assign as a new message.")
        await changes(world, ANA, word, "!wakee up")
        await stored(lambda: Message.exists(slack_ts=word, reason="unknown_command"))
        row = await Conversation.get()
        assert (row.status, row.assignee) == (Status.INBOX, ANA)
        assert world.shown() == ["It is blue"]


async def test_a_reply_that_is_edited_into_an_order_stays_inside(tmp_path: Path) -> None:
    account = {"undo_hold": timedelta(seconds=20)}
    async with the_world(tmp_path, database_url(tmp_path), account=account) as world:
        card = await world.conversation()
        await takes(world, ANA, card)
        reply = await says(world, ANA, card, "I will clos")
        await changes(world, ANA, reply, "!close")
        await told(world, ANA, "An edit does nothing: write !close as a new message.")
        await marked(world, reply, "memo")
        assert (await Conversation.get()).status is Status.INBOX
        assert (await written(reply)).state is MessageState.KEPT
        assert world.shown() == []


@on_sqlite
async def test_an_order_read_late_is_carried_out_only_if_nothing_happened_since(world: World) -> None:
    card = await world.conversation()
    at_once = time.time()
    await takes(world, ANA, card)
    then = datetime.now(UTC) - timedelta(minutes=5)

    async def late(user: str, text: str, number: int, ago: float = 60) -> None:
        event = {
            "type": "message",
            "channel": SUPPORT,
            "channel_type": "channel",
            "user": user,
            "text": text,
            "ts": f"{time.time() - ago:.3f}{number:03d}",
            "thread_ts": card,
        }
        assert await send_event(world, event) == 200

    await late(BEN, "!assign me", 0, time.time() - at_once)
    await told(world, BEN, "Since you wrote !assign, something else happened here, so nothing was changed.")
    assert (await Conversation.get()).assignee == ANA
    await Conversation.all().update(changed_at=then, last_inbound_at=then)
    await late(ANA, "!snooze 2h", 1)
    await line(world, card, "Ana snoozed this <!date^")
    slept = (await Conversation.get()).snoozed_until
    assert slept
    assert slept < datetime.now(UTC) + timedelta(minutes=119, seconds=30)  # from when it was written
    await late(ANA, "!wake", 2)  # what its author did meanwhile is no surprise to them
    await line(world, card, "Ana woke this up.")
    await late(BEN, "!close", 3)
    await told(world, BEN, "Since you wrote !close, something else happened here, so nothing was changed.")
    await world.writes("mia", "One more thing")
    await late(ANA, "!close", 4)
    await told(world, ANA, "Since you wrote !close, something else happened here")
    assert (await Conversation.get()).status is Status.INBOX
    await late(ANA, "!close", 4)
    await quiet(world)
    assert lines(world, card, "closed this") == []


async def test_notes_first(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path), account={"notes_first": True}) as world:
        card = await world.conversation()
        assert "Notes first: start with *!r* to answer" in state(world, card)
        profile = next(m for m in world.thread(card) if m.get("attachments"))
        assert "What you write in this thread stays inside. Start with `!r`" in str(profile["attachments"])
        welcome = next(m for m in world.slack.messages(SUPPORT) if "arrive here" in str(m.get("blocks")))
        assert "Start with “!r” in the card's thread." in str(welcome["blocks"])
        first = await says(world, ANA, card, "Who is that?")
        whisper = await told(world, ANA, "Kept as a note. Mia didn't get it.")
        assert buttons(whisper) == ["guard.send"]
        assert "*!r*" in str(whisper["blocks"])
        await marked(world, first, "memo")
        answer = await says(world, ANA, card, "!r Hello Mia")
        await marked(world, answer, "white_check_mark")
        await line(world, card, "Ana took this.")
        talk = await says(world, BEN, card, "Nice")
        await marked(world, talk, "memo")
        other = await says(world, BEN, card, "!r I know!")
        await told(world, BEN, "Kept as a note: this is Ana's conversation.")
        await marked(world, other, "memo")
        again = await says(world, ANA, card, "!r After a colleague's note")
        await marked(world, again, "white_check_mark")
        await presses(world, ANA, whisper["ts"], "guard.send")
        await marked(world, first, "white_check_mark")
        await sends(world, ANA, talk)
        await marked(world, talk, "white_check_mark")
        assert world.shown() == ["Hello Mia", "After a colleague's note", "Who is that?", "Nice"]
        await open_menu(world, ANA, card)
        assert "Notes first" in str(modal(world, ANA)["blocks"])
        assert [w for w in whispers(world, BEN) if "Kept as a note. Mia" in w] == []
        assert "memo" not in shown(world, card)
        assert rung(world, DORA) == []


@pytest.mark.parametrize("text", ["!r", "!r   "])
async def test_an_answer_without_words_says_so(tmp_path: Path, text: str) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        card = await world.conversation()
        await says(world, ANA, card, text)
        await told(world, ANA, "There is no text or file in it.")
        assert world.shown() == []

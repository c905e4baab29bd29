"""No request, and customers of whom nothing is shown until they are unblocked."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from desk.conversations import assignment, blocking
from desk.conversations.assignment import Press, Refusal
from models import Contact, Conversation, Message, MessageState, Status
from tests.scenario.acts import (
    buttons,
    closes,
    line,
    lines,
    marked,
    presses,
    quiet,
    says,
    shown,
    takes,
    told,
)
from tests.scenario.hands import (
    actions,
    card_at,
    command,
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
from tests.scenario.world import ANA, BEN, DORA, FAST, SUPPORT, World, database_url, the_world


async def blocks(world: World, user: str, card: str, choice: str = "fraud", words: str = "") -> None:
    """Block through the card's menu."""
    await more(world, user, card, "block:")
    done = await submit(
        world, user, choice={"choice": choice}, **({"words": {"words": words}} if words else {})
    )
    assert done["closed"]
    await world.until(lambda: "*Blocked by*" in state(world, card))


async def profiled(world: World, card: str, words: str) -> dict[str, Any]:
    """Wait until the profile in the thread says so; the post."""
    found = lambda: [m for m in world.thread(card) if words in str(m.get("attachments"))]  # noqa: E731
    await world.until(found)
    return found()[-1]


@on_sqlite
async def test_no_request_is_closed_and_counted_nowhere(world: World) -> None:
    card = await world.conversation()
    await takes(world, ANA, card)
    await more(world, BEN, card, "not_a_request:")
    empty = await submit(world, BEN)
    assert "reason.choice" in empty["errors"]
    typed = {"choice": {"choice": "other"}, "words": {"words": " My  <!channel>  test "}}
    assert (await submit(world, BEN, **typed))["closed"]
    await line(world, card, f"Ben closed this as no request: My &lt;!channel&gt; test. <@{ANA}>")
    await world.until(lambda: f"*No request, says* <@{BEN}>: My &lt;!channel&gt; test" in state(world, card))
    row = await Conversation.get()
    assert (row.status, row.not_a_request, row.close_reason) == (Status.CLOSED, True, "My <!channel> test")
    await world.writes("mia", "But I do want something")
    await line(world, card, "Mia wrote again")
    row = await Conversation.get()
    assert (row.status, row.not_a_request, row.close_reason) == (Status.INBOX, False, "")
    assert world.shown() == []


async def test_nothing_of_a_blocked_customer_is_shown_until_they_are_unblocked(world: World) -> None:
    first = await world.writes("mia", "Hello?")
    await world.until(world.cards)
    card = str(world.cards()[0]["ts"])
    await world.until(lambda: len(world.thread(card)) >= 2)
    await takes(world, ANA, card)
    answer = await says(world, ANA, card, "Yes?")
    await world.until(lambda: "white_check_mark" in world.reactions(answer))
    await blocks(world, BEN, card, words="gift cards")
    await line(world, card, f"Ben blocked Mia: Fraud: gift cards. <@{ANA}>")
    assert f"*Blocked by* <@{BEN}>: Fraud: gift cards" in state(world, card)
    row = await Conversation.get()
    assert (row.status, row.not_a_request) == (Status.CLOSED, False)  # it was answered before
    await quiet(world)
    posts, rang = len(world.slack.calls("chat.postMessage")), len(rung(world, ANA))
    listed = len(world.slack.calls("chat.update"))

    kept = [await world.writes("mia", text) for text in ("Buy", "Buy now", "Never mind")]
    assert await world.tells("edit", "mia", kept[1], text="Buy soon") == 200
    assert await world.tells("delete", "mia", kept[2]) == 200
    assert await world.tells("edit", "mia", first, text="Hello, friend") == 200
    assert await world.tells("reaction", "mia", first, emoji="👍") == 200
    assert await world.tells("gone", "mia", "none") == 200
    await quiet(world)
    assert (len(world.slack.calls("chat.postMessage")), len(rung(world, ANA))) == (posts, rang)
    assert len(world.slack.calls("chat.update")) == listed
    assert (await Conversation.get()).status is Status.CLOSED
    assert await Message.filter(state=MessageState.WITHHELD).count() == 3

    late = await says(world, ANA, card, "Still there?")
    await presses(world, ANA, (await told(world, ANA, "this is closed"))["ts"], "guard.reopen_and_send")
    await told(world, ANA, "Ben blocked Mia. Unblock Mia first")
    assert late

    profile = await profiled(world, card, "Ben blocked Mia: Fraud: gift cards.")
    assert "Nothing goes out or comes in here until somebody presses *Unblock*." in str(profile)
    assert "Write in this thread to answer" not in str(profile)
    await press(world, ANA, str(profile["ts"]), "conversation.unblock")
    await profiled(world, card, "Write in this thread to answer.")
    await line(world, card, "Ana unblocked Mia. 2 messages that came follow.")
    await world.until(lambda: "Buy soon" in world.said(card))
    assert [t for t in world.said(card) if t.startswith("Buy")] == ["Buy", "Buy soon"]
    assert len(lines(world, card, "Before: “Hello?”")) == 1
    assert lines(world, card, "Never mind") == lines(world, card, "reacted") == []
    assert lines(world, card, "blocked this account") == []
    await world.until(lambda: "Assigned to Ana" in shown(world, card))
    contact = await Contact.get()
    assert (contact.blocked_at, contact.blocked_by, contact.block_reason) == (None, None, "")
    await world.writes("mia", "Thank you")
    await world.until(lambda: "Thank you" in world.said(card))


async def test_an_answer_that_waits_while_its_customer_is_blocked_stays_and_can_be_sent_later(
    tmp_path: Path,
) -> None:
    holding = {"account": {"undo_hold": timedelta(seconds=30)}}
    at_once = replace(FAST, nudge_after=timedelta(0))
    async with the_world(tmp_path, database_url(tmp_path), **holding, durations=at_once) as world:
        card = await world.conversation()
        await takes(world, ANA, card)
        held = await says(world, ANA, card, "On its way")
        await blocks(world, BEN, card)
        await told(world, ANA, "Kept as a note: Mia was blocked before this left.")
        await marked(world, held, "memo")
        left = await line(world, card, f"<@{ANA}> Kept as a note: Mia was blocked")
        assert buttons(left) == ["guard.reopen_and_send"]
        row = await Conversation.get()
        assert (row.first_reply_at, row.not_a_request) == (None, True)  # nobody has answered
        await presses(world, ANA, left["ts"], "guard.reopen_and_send")
        await told(world, ANA, "Ben blocked Mia. Unblock Mia first")

        await press(world, BEN, card, "conversation.unblock")
        await line(world, card, "Ben unblocked Mia. Nothing came meanwhile.")
        await quiet(world)
        assert world.shown() == []
        await presses(world, ANA, left["ts"], "guard.reopen_and_send")
        await world.until(lambda: world.shown() == ["On its way"])
        await marked(world, held, "white_check_mark")
        await line(world, card, "It can be sent once Mia is unblocked. Ana sent it to the customer.")
        row = await Conversation.get()
        assert (row.status, row.assignee, row.waiting_since) == (Status.INBOX, ANA, None)


async def test_unblocking_without_words_only_says_so_and_an_archived_one_gets_a_new_card(
    tmp_path: Path,
) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        card = await world.conversation()
        await blocks(world, ANA, card)
        assert (await Conversation.get()).not_a_request
        await open_menu(world, BEN, card)
        assert actions(modal(world, BEN))[0] == "conversation.unblock"
        assert "conversation.reopen" not in actions(modal(world, BEN))
        await inside(world, BEN, "profile.open")
        assert "Ana blocked Mia: Fraud." in str(modal(world, BEN)["blocks"])
        await inside(world, BEN, "conversation.unblock")
        await line(world, card, "Ben unblocked Mia. Nothing came meanwhile.")
        await world.until(lambda: actions(card_at(world, card)) == ["conversation.reopen"])
        await world.until(lambda: "conversation.unblock" not in actions(modal(world, BEN)))
        await world.slack.act("close_view", user=BEN, view_id=modal(world, BEN)["id"], all=True)
        await open_menu(world, BEN, card)
        await inside(world, BEN, "conversation.block")
        assert (await submit(world, BEN, choice={"choice": "abuse"}))["closed"]
        await world.until(lambda: "*Blocked by*" in state(world, card))

        await Conversation.all().update(closed_at=world.app.desk.clock.now() - timedelta(days=15))
        await world.until(lambda: "*Archived*" in state(world, card))
        await world.writes("mia", "Sorry", files=[])
        await quiet(world)
        assert len(world.cards()) == 1
        await open_menu(world, ANA, card)
        await inside(world, ANA, "conversation.unblock")
        await world.until(lambda: len(world.cards()) == 2)
        fresh = str(world.cards()[-1]["ts"])
        await world.until(lambda: "Sorry" in world.said(fresh))
        await line(world, card, "Ana unblocked Mia. 1 message that came meanwhile follows.")
        row = await Conversation.get(card_ts=fresh)
        assert row.waiting_since and row.remind_from and row.remind_from > row.waiting_since


async def test_only_agents_block_and_unblock_and_twice_changes_nothing(tmp_path: Path) -> None:
    seed = {"channels": [{"id": SUPPORT, "name": "support"}]}
    async with the_world(tmp_path, database_url(tmp_path), seed=seed) as world:
        card = await world.conversation()
        await more(world, DORA, card, "block:")
        await told(world, DORA, "Only the support team can do this.")
        await more(world, ANA, card, "block:")
        await more(world, BEN, card, "not_a_request:")
        await submit(world, ANA, choice={"choice": "spam"})
        late = await submit(world, BEN, choice={"choice": "spam"})
        assert late["errors"]["reason.choice"].startswith("Ana closed this ")
        await world.until(lambda: "*Blocked by*" in state(world, card))
        number = (await Conversation.get()).id
        await press(world, DORA, card, "conversation.unblock")
        await told(world, DORA, "Only the support team can do this.", 2)
        stale = {
            "type": "block_actions",
            "user": {"id": BEN, "team_id": world.slack.team_id},
            "team": {"id": world.slack.team_id},
            "channel": {"id": SUPPORT},
            "container": {"type": "message", "message_ts": card, "channel_id": SUPPORT},
            "actions": [{"action_id": "conversation.reopen", "value": f"{number}", "type": "button"}],
        }
        assert (await send_payload(world, stale))[0] == 200
        await told(world, BEN, "Ana blocked Mia. Unblock Mia first: choose Conversation menu.")
        desk = world.app.desk
        again = Press(conversation_id=number, actor=BEN)
        with pytest.raises(Refusal, match="is blocked already"):
            await desk.units.run(lambda: blocking.block(desk, again, "Twice"))
        with pytest.raises(Refusal, match="Ana blocked Mia"):
            await desk.units.run(lambda: assignment.reopen(desk, again))
        assert (await Contact.get()).block_reason == "Spam or advertising"
        assert whispers(world, ANA) == []
        assert world.shown() == []


async def test_who_is_blocked_is_listed_and_unblocked_from_there(tmp_path: Path) -> None:
    others = [{"name": "hotel", "title": "Hotel", "agents": (DORA,)}]
    seed = {"channels": [{"id": SUPPORT, "name": "support"}]}
    async with the_world(tmp_path, database_url(tmp_path), others=others, seed=seed) as world:

        async def listed(user: str, words: str = "") -> dict[str, Any]:
            return await command(world, user, f"/oratio blocked {words}")

        def now(user: str) -> dict[str, Any]:
            return world.slack.ephemerals(user)[-1]

        assert (await listed(ANA))["text"] == "Nobody is blocked."
        for who in ("mia", "bo"):
            await blocks(world, BEN, await world.conversation(who), words=f"{who}'s")
        await world.conversation("ola", account="hotel")
        await world.writes("mia", "Sorry!")
        both = await listed(ANA)
        assert both["text"] == "Blocked: 2 customers"
        shown = str(both["blocks"])
        assert shown.index("*Bo*") < shown.index("*Mia*")  # the newest first
        assert f"<@{BEN}>: Fraud: mia's" in shown
        assert "Sorry" not in shown
        assert (await listed(DORA))["text"] == "Nobody is blocked."  # they serve another account
        assert actions(await listed(ANA, "mi")) == actions(await listed(BEN, "mi")) == ["list.unblock"]

        await press(world, BEN, now(BEN)["ts"], "list.unblock")
        await world.until(lambda: "No name with “mi” here." in now(BEN)["text"])
        card = str(world.cards()[0]["ts"])
        await line(world, card, "Ben unblocked Mia. 1 message that came meanwhile follows.")
        await world.until(lambda: "Sorry!" in world.said(card))
        await press(world, ANA, now(ANA)["ts"], "list.unblock")  # Ben was faster
        await world.until(lambda: "No name with “mi” here." in now(ANA)["text"])
        assert any(why in str(now(ANA)["blocks"]) for why in ("out of date", "Nobody is blocked here"))
        assert len(lines(world, card, "unblocked Mia")) == 1


async def test_a_note_from_the_menu(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        card = await world.conversation()
        await takes(world, ANA, card)
        await open_menu(world, BEN, card)
        await inside(world, BEN, "conversation.note")
        blank = await submit(world, BEN, words={"words": "  "})
        assert blank["errors"] == {"note.words": "There is nothing in it."}
        assert (await submit(world, BEN, words={"words": "She has *two* orders <@U0DORA0001>"}))["closed"]
        await line(world, card, "Ben noted: “She has *two* orders &lt;@U0DORA0001&gt;”")
        assert rung(world, DORA) == []
        await closes(world, ANA, card)
        assert world.shown() == []


async def test_forms_that_say_nothing_change_nothing(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        card = await world.conversation()
        number = (await Conversation.get()).id

        async def submitted(form: str, private: str, values: object) -> Any:
            view = {
                "type": "modal",
                "callback_id": form,
                "private_metadata": private,
                "state": {"values": values},
            }
            body = {"type": "view_submission", "view": view, "team": {"id": world.slack.team_id}}
            return await send_payload(world, {**body, "user": {"id": ANA, "team_id": world.slack.team_id}})

        chosen = {"reason.choice": {"choice": {"selected_option": {"value": "spam"}}}}
        known = json.dumps({"conversation": number, "version": 1})
        first = {
            "snooze": "snooze.when",
            "not_a_request": "reason.choice",
            "block": "reason.choice",
            "note": "note.words",
        }
        for form, block in first.items():
            strange = {block: {"choice": "x", "words": 7}} if form != "note" else {}
            status, answer = await submitted(form, known, strange)
            assert (status, answer["response_action"]) == (200, "errors"), form
            assert answer["errors"][block], form
        for form in ("not_a_request", "block"):
            answer = (await submitted(form, "[]", chosen))[1]
            assert answer["errors"] == {"reason.choice": "That didn't work just now. Please try again."}
        picked = {"snooze.at": {"at": {"selected_date_time": 10**18}}}
        assert "more than a year" in str((await submitted("snooze", known, picked))[1])
        row = await Conversation.get()
        assert (row.status, row.snoozed_by, row.version) == (Status.UNASSIGNED, None, 1)

        desk = world.app.desk
        anyone = Press(conversation_id=number, actor=BEN)
        with pytest.raises(Refusal, match="Nobody is blocked here"):
            await desk.units.run(lambda: blocking.unblock(desk, anyone))
        await closes(world, ANA, card)
        await Conversation.all().update(status=Status.ARCHIVED)
        with pytest.raises(Refusal, match="Archived"):
            await desk.units.run(lambda: blocking.block(desk, anyone, "Late"))

"""Assign, hand over, give back, close, reopen: who may, who is told, and who is left in peace."""

from __future__ import annotations

import asyncio
from pathlib import Path

from models import Conversation, ConversationEvent, Status
from tests.scenario.hands import (
    actions,
    card_at,
    element,
    inside,
    modal,
    offered,
    on_sqlite,
    open_menu,
    pick,
    press,
    rung,
    says,
    state,
    whispers,
)
from tests.scenario.wire import send_payload
from tests.scenario.world import ANA, BEN, CHLOE, DORA, SUPPORT, World, database_url, the_world


def notices(world: World) -> list[str]:
    """The linked posts that announce a return."""
    return [m["text"] for m in world.slack.messages(SUPPORT) if "unassigned again" in (m.get("text") or "")]


@on_sqlite
async def test_assign_to_offers_agents_and_rings_for_the_teammate_alone(world: World) -> None:
    ts = await world.conversation()
    assert await offered(world, ANA, ts) == ["Ana", "Ben", "Chloe"]
    assert await offered(world, ANA, ts, "MAR") == ["Chloe"]
    assert await offered(world, ANA, ts, "dora") == []

    await offered(world, ANA, ts)
    await pick(world, ANA, ts, BEN)
    await world.until(lambda: f"Ana handed this to <@{BEN}>." in world.said(ts))
    await world.until(lambda: f"*Assigned to* <@{BEN}>" in state(world, ts))
    assert rung(world, BEN) == [f"Ana handed this to <@{BEN}>."]
    assert rung(world, ANA) == rung(world, CHLOE) == []
    assert await offered(world, CHLOE, ts) == ["Ana", "Ben", "Chloe"]

    await pick(world, ANA, ts, CHLOE)
    await world.until(lambda: f"Ana handed this from <@{BEN}> to <@{CHLOE}>." in world.said(ts))
    assert len(rung(world, BEN)) == 2
    assert len(rung(world, CHLOE)) == 1
    assert rung(world, ANA) == []


async def test_the_assignee_is_rung_by_the_customer_until_they_wrote_here(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        ts = await world.conversation()
        await press(world, ANA, ts, "conversation.assign_me")
        await world.until(lambda: "Ana took this." in world.said(ts))
        assert rung(world, ANA) == []
        asked = await world.writes("mia", "Anybody?")
        await world.until(lambda: rung(world, ANA) == ["Anybody?"])
        assert f"'user_id': '{ANA}'" in str(world.thread(ts)[-1]["blocks"])
        await world.tells("edit", "mia", asked, text="Ana?")
        await world.until(lambda: rung(world, ANA)[1:] == ["Mia changed this. Before: “Anybody?” Ana?"])
        await says(world, ANA, ts, "Yes, I am here")
        await world.provider.until(lambda: world.shown() == ["Yes, I am here"])
        await world.writes("mia", "Thank you")
        await world.until(lambda: rung(world, ANA)[2:] == ["Thank you"])
        assert ANA not in str(world.thread(ts)[-1]["blocks"])


async def test_back_to_unassigned_is_announced_once_until_it_is_taken(world: World) -> None:
    ts = await world.conversation()
    await press(world, ANA, ts, "conversation.assign_me")
    await world.until(lambda: "conversation.release" in actions(card_at(world, ts)))
    asked = element(card_at(world, ts), "conversation.release")["confirm"]
    assert asked["title"]["text"] == "Move back to Unassigned?"
    denied = await press(world, BEN, ts, "conversation.release", confirm=False)
    assert denied["error"] == "confirm_denied"
    assert (await Conversation.get()).assignee == ANA

    await press(world, BEN, ts, "conversation.release")
    line = f"Ben moved this back to Unassigned. <@{ANA}>"
    await world.until(lambda: line in world.said(ts))
    await world.until(lambda: len(notices(world)) == 1)
    await world.until(lambda: "Last: Ana" in state(world, ts))
    assert rung(world, ANA) == [line]
    assert rung(world, BEN) == []
    assert notices(world)[0].startswith("Mia (Fake, Acme Shop) is unassigned again. Last: Ana. #")
    post = next(m for m in world.slack.messages(SUPPORT) if "unassigned again" in (m.get("text") or ""))
    assert element(post, "conversation.open")["url"].endswith(f"/archives/{SUPPORT}/p{ts.replace('.', '')}")

    await press(world, CHLOE, ts, "conversation.assign_me")
    await world.until(lambda: notices(world) == [])
    await world.until(lambda: "Assigned to Chloe" in str(card_at(world, ts)))
    await press(world, CHLOE, ts, "conversation.release")
    await world.until(lambda: len(notices(world)) == 1)
    assert "Chloe moved this back to Unassigned." in world.said(ts)
    await says(world, BEN, ts, "I am on it")
    await world.until(lambda: notices(world) == [])
    await world.until(lambda: "Ben took this." in world.said(ts))


async def test_closing_and_reopening_tells_whoever_had_it(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        ts = await world.conversation()
        await press(world, ANA, ts, "conversation.assign_me")
        await world.until(lambda: "conversation.release" in actions(card_at(world, ts)))
        await press(world, BEN, ts, "conversation.close")
        await world.until(lambda: actions(card_at(world, ts)) == ["conversation.reopen"])
        await world.until(lambda: rung(world, ANA) == [f"Ben closed this. <@{ANA}>"])
        await press(world, BEN, ts, "conversation.reopen")
        await world.until(lambda: rung(world, ANA)[1:] == [f"Ben reopened this. <@{ANA}>"])
        await world.until(lambda: "Assigned to Ben" in str(card_at(world, ts)))
        assert rung(world, BEN) == []
        await press(world, BEN, ts, "conversation.close")
        await world.until(lambda: "Ben closed this." in world.said(ts))
        await world.until(lambda: actions(card_at(world, ts)) == ["conversation.reopen"])
        await press(world, BEN, ts, "conversation.reopen")
        await world.until(lambda: "Ben reopened this." in world.said(ts))
        events = await ConversationEvent.all().order_by("id")
        assert [(e.trigger, e.actor, e.before, e.after) for e in events[:3]] == [
            ("assign", ANA, Status.UNASSIGNED, Status.INBOX),
            ("close", BEN, Status.INBOX, Status.CLOSED),
            ("reopen", BEN, Status.CLOSED, Status.INBOX),
        ]


async def test_two_who_press_at_once(world: World) -> None:
    ts = await world.conversation()
    await asyncio.gather(*(press(world, user, ts, "conversation.assign_me") for user in (ANA, BEN, CHLOE)))
    row = await Conversation.get()
    won = {ANA: "Ana", BEN: "Ben", CHLOE: "Chloe"}[str(row.assignee)]
    losers = [user for user in (ANA, BEN, CHLOE) if user != row.assignee]
    for user in losers:
        await world.until(lambda u=user: [w for w in whispers(world, u) if w.startswith(f"{won} took this ")])
        assert whispers(world, user)[0].endswith((" just now.", " s ago."))
    assert whispers(world, str(row.assignee)) == []
    await world.until(lambda: f"{won} took this." in world.said(ts))
    assert [t for t in world.said(ts) if "took this" in t] == [f"{won} took this."]
    assert await ConversationEvent.all().count() == 1
    assert row.version == 2


@on_sqlite
async def test_a_customer_writes_to_a_closed_conversation(world: World) -> None:
    """Back to whoever had it, while they are here; else to everybody."""
    ts = await world.conversation()
    await says(world, ANA, ts, "Done")
    await world.provider.until(lambda: world.shown() == ["Done"])
    await world.until(lambda: "conversation.release" in actions(card_at(world, ts)))
    await press(world, ANA, ts, "conversation.close")
    await world.until(lambda: actions(card_at(world, ts)) == ["conversation.reopen"])
    before = len(rung(world, ANA))
    await world.writes("mia", "One more thing")
    again = f"Mia wrote again, so this is open again. <@{ANA}>"
    await world.until(lambda: "One more thing" in world.said(ts))
    assert world.said(ts)[-2:] == [again, "One more thing"]
    await world.until(lambda: f"*Assigned to* <@{ANA}>" in state(world, ts))
    assert rung(world, ANA)[before:] == [again, "One more thing"]
    assert ANA not in str(world.thread(ts)[-1]["blocks"])
    assert notices(world) == []

    await press(world, ANA, ts, "conversation.close")
    await world.until(lambda: actions(card_at(world, ts)) == ["conversation.reopen"])
    await world.slack.act("update_person", user=ANA, deleted=True)
    await world.writes("mia", "Hello?")
    await world.until(lambda: "Mia wrote again, so this is open again." in world.said(ts))
    await world.until(lambda: "*Unassigned*" in state(world, ts))
    assert "Last: Ana" in state(world, ts)
    await world.until(lambda: len(notices(world)) == 1)
    assert len(world.cards()) == 1

    await press(world, BEN, ts, "conversation.assign_me")
    await world.until(lambda: f"*Assigned to* <@{BEN}>" in state(world, ts))
    await says(world, BEN, ts, "Here")
    await world.until(lambda: world.shown() == ["Done", "Here"] and notices(world) == [])
    await world.slack.act("update_person", user=BEN, deleted=True)
    await world.writes("mia", "Ben?")
    left = "Mia wrote again, and Ben doesn't answer here any more, so this is back in Unassigned."
    await world.until(lambda: world.said(ts)[-2:] == [left, "Ben?"] and len(notices(world)) == 1)
    await world.until(lambda: "*Unassigned*" in state(world, ts))
    assert "Last: Ben" in state(world, ts)


async def test_handing_over_with_a_comment(tmp_path: Path) -> None:
    account = {"direct_message": True}
    async with the_world(tmp_path, database_url(tmp_path), account=account) as world:
        ts = await world.conversation()
        await open_menu(world, ANA, ts)
        await inside(world, ANA, "conversation.hand_over")
        form = modal(world, ANA)
        assert form["callback_id"] == "assign"
        select = {"user": ANA, "view_id": form["id"], "action_id": "conversation.assign_to"}
        people = await world.slack.act("options", query="be", **select)
        assert [o["value"] for o in people["options"]] == [BEN]
        values = {
            "assign.to": {"conversation.assign_to": BEN},
            "assign.comment": {"comment": "Knows <@U0DORA0001> and *prices*"},
        }
        sent = await world.slack.act("submit", user=ANA, view_id=form["id"], values=values)
        assert sent == {"ok": True, "closed": True}
        assert world.slack.views(ANA) == []
        line = f"Ana handed this to <@{BEN}>: “Knows &lt;@U0DORA0001&gt; and *prices*”"
        await world.until(lambda: line in world.said(ts))
        await world.until(lambda: len(rung(world, BEN)) == 2)
        assert rung(world, DORA) == rung(world, ANA) == []
        direct = next(n for n in world.slack.notifications(BEN) if n["why"] == "dm")
        assert direct["text"] == "Ana handed you the conversation with Mia."
        shown = world.slack.message(direct["channel"], direct["ts"]) or {}
        assert "Knows <@U0DORA0001> and *prices*" in str(shown["blocks"])
        assert element(shown, "conversation.open")["url"].endswith(f"p{ts.replace('.', '')}")


async def test_a_card_that_is_out_of_date_says_what_happened(tmp_path: Path) -> None:
    """Two on the same card, one of whom presses twice before it is drawn anew."""
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        ts = await world.conversation()
        row = await Conversation.get()

        async def late(user: str, action: str, version: int) -> str:
            seen = len(whispers(world, user))
            value = f"{row.id}:{version}"
            status, _ = await send_payload(world, pressed(world, user, action, value))
            assert status == 200
            await world.until(lambda: len(whispers(world, user)) > seen)
            return whispers(world, user)[-1]

        await press(world, ANA, ts, "conversation.assign_me")
        assert await late(ANA, "conversation.assign_me", 1) == "This is assigned to you already."
        assert (await late(BEN, "conversation.assign_me", 1)).startswith("Ana took this ")
        await world.until(lambda: "conversation.release" in actions(card_at(world, ts)))
        await press(world, ANA, ts, "conversation.release")
        assert await late(BEN, "conversation.close", 2) == "This card was out of date. Please press again."
        await world.until(lambda: "conversation.assign_me" in actions(card_at(world, ts)))
        await press(world, ANA, ts, "conversation.close")
        assert await late(ANA, "conversation.close", 3) == "This is closed already."
        assert (await late(BEN, "conversation.close", 3)).startswith("Ana closed this ")
        assert (await Conversation.get()).version == 4


def pressed(world: World, user: str, action: str, value: str) -> dict[str, object]:
    """A press as Slack sends it of a card that stands no more."""
    return {
        "type": "block_actions",
        "team": {"id": world.slack.team_id},
        "user": {"id": user, "team_id": world.slack.team_id},
        "channel": {"id": SUPPORT},
        "container": {"type": "message", "message_ts": "1.1", "channel_id": SUPPORT},
        "trigger_id": "1.2.3",
        "actions": [{"type": "button", "action_id": action, "block_id": "card.1.1.x", "value": value}],
    }

"""Closed is kept for a while, then archived; whoever writes after that starts anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from models import Conversation, ConversationEvent, Delivery, DeliveryKind, Status
from tests.scenario.hands import actions, card_at, open_menu, press, says, state, welcomes
from tests.scenario.world import ANA, BEN, FAST, SUPPORT, World, database_url, running, stopped, the_world

KEPT = replace(FAST, kept_closed=timedelta(seconds=1))


def profile(world: World, ts: str) -> str:
    return str(next(m["attachments"] for m in world.thread(ts) if m.get("attachments")))


async def test_a_closed_conversation_is_archived_and_the_next_words_start_a_linked_one(
    tmp_path: Path,
) -> None:
    async with the_world(tmp_path, database_url(tmp_path), durations=KEPT) as world:
        first = await world.conversation("mia", "Hello?")
        await world.conversation("leo", "Still open")
        old = await Conversation.get(card_ts=first)
        await press(world, ANA, first, "conversation.close")
        await world.until(lambda: "*Archived*" in state(world, first))
        assert actions(card_at(world, first)) == []
        assert state(world, first) == f"*Archived* · #{old.id}"
        assert not any("rchived" in words for words in world.said(first))
        assert await Conversation.filter(status=Status.UNASSIGNED).count() == 1

        menu = await open_menu(world, ANA, first)
        assert actions(world.slack.views(ANA)[-1]) == ["profile.open", "files.show", "conversation.note"]
        await world.slack.act("close_view", user=ANA, view_id=menu)
        await says(world, BEN, first, "Anybody here?")
        over = "The customer's next message starts a new conversation."
        await world.until(lambda: any(over in e["text"] for e in world.slack.ephemerals(BEN)))

        second = await world.conversation("mia", "It is me again")
        new = await Conversation.get(card_ts=second)
        assert (new.previous_id, new.status) == (old.id, Status.UNASSIGNED)
        assert f"Earlier: #{old.id}, closed by Ana<!date^" in state(world, second)
        link = f"/archives/{SUPPORT}/p{first.replace('.', '')}|#{old.id}, archived>"
        await world.until(lambda: link in profile(world, second))
        assert "Hello?" not in world.said(second)
        assert world.shown() == []


async def test_the_timer_goes_on_after_a_restart(tmp_path: Path) -> None:
    hours = replace(FAST, archive_every=timedelta(hours=1), kept_closed=timedelta(hours=1))
    async with stopped(tmp_path, database_url(tmp_path), durations=hours) as world:
        async with running(world):
            ts = await world.conversation()
            await press(world, ANA, ts, "conversation.close")
            await world.until(lambda: "Kept here until" in state(world, ts))
        world.told(durations=KEPT)
        async with running(world):
            await world.until(lambda: "*Archived*" in state(world, ts))
            assert len(welcomes(world)) == 1
            row = await Conversation.get()
            assert (row.status, row.open_key) == (Status.ARCHIVED, None)
            last = await ConversationEvent.all().order_by("-id").first()
            assert last is not None
            assert (last.trigger, last.actor) == ("archive", None)
            assert await Delivery.filter(kind=DeliveryKind.LINE).count() == 1

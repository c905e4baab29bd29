"""The card: what it shows in each state, when it is drawn anew, and what it asks before it acts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from models import Delivery, DeliveryKind
from tests.scenario.hands import actions, card_at, element, modal, more, on_sqlite, press, says, state
from tests.scenario.world import ANA, BEN, FAST, World, database_url, the_world

OPEN = ["conversation.assign_to", "conversation.close", "conversation.more"]


def ids(world: World, ts: str) -> set[str]:
    return {b["block_id"] for b in card_at(world, ts)["blocks"]}


@on_sqlite
async def test_the_card_shows_each_state_and_every_redraw_is_new(world: World) -> None:
    ts = await world.conversation("mia", "Where is my order?\nNumber 4711")
    seen = [ids(world, ts)]
    assert actions(card_at(world, ts)) == ["conversation.assign_me", *OPEN]
    assert state(world, ts).startswith("*Unassigned* · <!date^")
    assert "Where is my order?\\nNumber 4711" in str(card_at(world, ts)["blocks"])
    assert card_at(world, ts)["text"].startswith(
        "New: Mia (Fake, Acme Shop): Where is my order? Number 4711. #"
    )

    await press(world, ANA, ts, "conversation.assign_me")
    await world.until(lambda: actions(card_at(world, ts)) == ["conversation.release", *OPEN])
    seen.append(ids(world, ts))
    assert state(world, ts).startswith(f"*Assigned to* <@{ANA}> · <!date^")
    assert "Waiting for us, wrote {ago}" in state(world, ts)
    button = element(card_at(world, ts), "conversation.release")
    assert (button["text"]["text"], button["style"]) == ("Assigned to Ana", "primary")

    await says(world, ANA, ts, "On its way")
    await world.until(lambda: "Waiting for the customer" in state(world, ts))
    seen.append(ids(world, ts))
    assert "Where is my order" not in str(card_at(world, ts)["blocks"])

    await press(world, BEN, ts, "conversation.close")
    await world.until(lambda: actions(card_at(world, ts)) == ["conversation.reopen"])
    seen.append(ids(world, ts))
    assert state(world, ts).startswith(f"*Closed by* <@{BEN}> · <!date^")
    assert "Kept here until {date_short}" in state(world, ts)

    await press(world, BEN, ts, "conversation.reopen")
    await world.until(lambda: f"*Assigned to* <@{BEN}>" in state(world, ts))
    seen.append(ids(world, ts))
    assert len(set().union(*seen)) == sum(map(len, seen))


async def test_words_are_joined_and_the_card_of_somebody_is_not_drawn_per_message(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        ts = await world.conversation("mia", "One")
        for word in ("Two", "Three", "*Four* <!channel>"):
            await world.writes("mia", word)
        await world.until(
            lambda: "One\\nTwo\\nThree\\n*Four* <!channel>" in str(card_at(world, ts)["blocks"])
        )
        await press(world, ANA, ts, "conversation.assign_me")
        await world.until(lambda: "Assigned to" in state(world, ts))
        await world.until(lambda: not world.app.worker.busy)
        redraws = Delivery.filter(kind=DeliveryKind.REFRESH)
        before = await redraws.count()
        await world.writes("mia", "Five")
        await world.writes("mia", "Six")
        await world.until(lambda: "Six" in world.said(ts))
        assert await redraws.count() == before
        for word in ("Seven", "Eight"):
            await says(world, ANA, ts, word)
        await world.provider.until(lambda: world.shown() == ["Seven", "Eight"])
        await world.until(lambda: "Waiting for the customer" in state(world, ts))
        assert await redraws.count() == before + 1


async def test_close_asks_only_while_an_answer_is_missing(tmp_path: Path) -> None:
    def asks(world: World, ts: str) -> str:
        found = element(card_at(world, ts), "conversation.close").get("confirm")
        return str(found["title"]["text"]) if found else ""

    slow = replace(FAST, slow_notice=timedelta(milliseconds=300))
    async with the_world(tmp_path, database_url(tmp_path), durations=slow) as world:
        ts = await world.conversation()
        assert asks(world, ts) == "Close without an answer?"
        assert (await press(world, ANA, ts, "conversation.close", confirm=False))["error"] == "confirm_denied"
        await says(world, ANA, ts, "Here I am")
        await world.until(lambda: "Waiting for the customer" in state(world, ts))
        await world.until(lambda: asks(world, ts) == "")

        world.provider.fault("500", times=1000, verb="send")
        await says(world, ANA, ts, "Are you there?")
        await world.until(lambda: asks(world, ts) == "Close already?")
        world.provider.clear_faults()
        await world.until(lambda: asks(world, ts) == "")

        world.provider.fault("refused", verb="send")
        await says(world, ANA, ts, "Hello?")
        await world.until(lambda: asks(world, ts) == "Close already?")
        assert "1 message not delivered" in state(world, ts)


async def test_supported_files_and_profile_from_the_card_and_the_profile(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        ts = await world.conversation()
        await more(world, ANA, ts, "files:")
        assert modal(world, ANA)["callback_id"] == "supported_files"
        assert "*Pictures up to 5 MB*" in str(modal(world, ANA)["blocks"])
        await world.slack.act("close_view", user=ANA, view_id=modal(world, ANA)["id"])

        profile = next(m for m in world.thread(ts) if m.get("attachments"))
        assert [a["color"] for a in profile["attachments"]] == ["7048e8", "7048e8"]
        assert profile["attachments"][0]["author_name"] == "Fake · Acme Shop"
        await press(world, ANA, profile["ts"], "files.show")
        assert modal(world, ANA)["callback_id"] == "supported_files"
        await world.slack.act("close_view", user=ANA, view_id=modal(world, ANA)["id"])

        await more(world, ANA, ts, "profile:")
        assert modal(world, ANA)["callback_id"] == "profile"
        view_id = modal(world, ANA)["id"]
        await world.slack.act("press_view", user=ANA, view_id=view_id, action_id="files.show")
        assert [v["callback_id"] for v in world.slack.views(ANA)] == ["profile", "supported_files"]

"""Slack fails in every way it does: nothing is lost, nothing stands twice, the order holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models import Delivery, DeliveryState
from tests.scenario.acts import deletes, line, marked, presses, quiet, says, shown, spoken, takes, told
from tests.scenario.world import ANA, FAST, SUPPORT, World, database_url, the_world

IMPATIENT = replace(FAST, slack_answers=timedelta(milliseconds=400))
LATER = 0.8
"""Seconds after which a late answer comes: longer than the program waits."""
FAULTS = (
    "lost_answer",
    "late_answer",
    "internal_error_done",
    "500",
    "html503",
    "internal_error",
    "fatal_error",
    "timeout",
)
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[World]:
    async with the_world(tmp_path, database_url(tmp_path), durations=IMPATIENT) as made:
        yield made


def fails(world: World, method: str, kind: str, after: int = 0) -> None:
    world.slack.fault(method, kind, after=after, seconds=LATER)


def words(world: World, card: str) -> list[str]:
    """What customers said, as the thread shows it."""
    return [str(m.get("text")) for m in world.thread(card) if m.get("username")]


def notices(world: World) -> list[dict[str, Any]]:
    """The posts in the channel that announce a return to Unassigned."""
    return [m for m in world.slack.messages(SUPPORT) if "returned." in str(m.get("blocks"))]


async def unsettled() -> list[str]:
    """Deliveries that ended otherwise than well."""
    rows = await Delivery.exclude(state=DeliveryState.DELIVERED)
    return [f"{row.kind} {row.state}" for row in rows]


async def test_posts_stand_once_and_in_order_whatever_slack_answers(tmp_path: Path, database: str) -> None:
    kinds = FAULTS if database.startswith("sqlite") else FAULTS[::3]
    async with the_world(tmp_path, database, durations=IMPATIENT) as world:
        fails(world, "chat.postMessage", "lost_answer")  # of the card itself
        fails(world, "chat.postMessage", "internal_error_done")  # of the profile or the words
        card = await world.conversation("mia", "number 0")
        for number, kind in enumerate(kinds, start=1):
            fails(world, "chat.postMessage", kind)
            await world.writes("mia", f"number {number}")
            await world.writes("mia", f"number {number}, again")
        await world.until(lambda: any(f"number {len(kinds)}, again" in t for t in words(world, card)), 30)
        await quiet(world)
        said = [f"number {n}{more}" for n in range(1, len(kinds) + 1) for more in ("", ", again")]
        assert spoken(world, card) == ["number 0", *said]
        assert len(world.cards()) == 1
        assert await unsettled() == []


async def test_a_post_that_history_shows_late_is_not_repeated(shop: World) -> None:
    card = await shop.conversation()
    await quiet(shop)  # so that each fault meets the words it is meant for
    shop.slack.history_delay(0.15)
    for kind in ("lost_answer", "internal_error_done", "late_answer"):
        fails(shop, "chat.postMessage", kind)
        await shop.writes("mia", kind)
    await shop.until(lambda: len(words(shop, card)) == 4, 20)
    await quiet(shop)
    assert words(shop, card)[1:] == ["lost_answer", "internal_error_done", "late_answer"]
    assert shop.slack.core.faults.active == []
    assert await unsettled() == []


async def test_a_pause_slack_asks_for_delays_and_loses_nothing(shop: World) -> None:
    card = await shop.conversation()
    shop.slack.fault("chat.postMessage", "429", seconds=1)
    for number in range(3):
        await shop.writes("mia", f"number {number}")
    await line(shop, card, "number 2")
    assert " ".join(words(shop, card)[1:]) == "number 0 number 1 number 2", "in one post or in several"
    calls = shop.slack.calls("chat.postMessage")
    faults = [call["answer"].get("fault") for call in calls]
    refused, others = calls[faults.index("429")], calls[faults.index("429") + 1 :]
    assert min(call["at"] for call in others) - refused["at"] >= 1, "Slack asked for a second"


async def test_cards_and_marks_show_the_present_state_whatever_slack_answers(shop: World) -> None:
    card = await shop.conversation()
    await quiet(shop)
    actions = ("conversation.assign_me", "conversation.release") * (len(FAULTS) // 2)
    for kind, action in zip(FAULTS, actions, strict=True):
        fails(shop, "chat.update", kind)
        fails(shop, "reactions.add", kind)
        await presses(shop, ANA, card, action)
        note = await says(shop, ANA, card, f"note: between us, {kind}")
        shows = "Assigned to" if action == "conversation.assign_me" else "Assign to me"
        await shop.until(lambda shows=shows: shows in shown(shop, card))
        await marked(shop, note, "memo")
    await quiet(shop)
    assert await unsettled() == []
    assert sum("Ana took this" in t for t in shop.said(card)) == len(FAULTS) // 2


async def test_files_stand_once_whatever_a_step_of_their_upload_is_answered(shop: World) -> None:
    """Three customers send at once, until each step of an upload has failed in every way."""
    shop.provider.files["p"] = PICTURE
    file = {"ref": "p", "name": "cat.png", "mime": "image/png"}
    cards = {who: await shop.conversation(who) for who in ("mia", "tom", "eva")}
    for kind in FAULTS:
        for step in ("files.getUploadURLExternal", "upload", "files.completeUploadExternal"):
            if step != "upload" or kind in ("lost_answer", "500", "html503", "timeout"):
                fails(shop, step, kind)
    for number in range(3):
        for who in cards:
            await shop.writes(who, f"picture {number}", files=[file])
            await shop.writes(who, f"after {number}")
    for card in cards.values():
        await shop.until(lambda card=card: any("after 2" in text for text in words(shop, card)), 30)
    await quiet(shop)
    for card in cards.values():
        posts = [m for m in shop.thread(card) if m.get("files") or "after" in str(m.get("text"))]
        assert [bool(m.get("files")) for m in posts] == [True, False] * 3
        assert [f["name"] for m in posts for f in m.get("files") or ()] == ["cat.png"] * 3
    assert await unsettled() == []
    assert shop.slack.core.faults.active == [], "every failure was met"


async def test_what_only_one_person_sees_is_shown_once_at_most(shop: World) -> None:
    card = await shop.conversation()
    expected = {"lost_answer": 1, "internal_error_done": 1, "late_answer": 1, "500": 0, "html503": 0}
    for kind in expected:
        fails(shop, "chat.postEphemeral", kind)
        await says(shop, ANA, card, f"!{kind}")
        await quiet(shop)
    await says(shop, ANA, card, "!last")
    await told(shop, ANA, "!last")
    seen = Counter(kind for e in shop.slack.ephemerals(ANA) for kind in expected if f"!{kind}" in e["text"])
    assert seen == Counter({kind: times for kind, times in expected.items() if times})
    assert shop.shown() == []


async def test_an_answer_goes_out_and_is_deleted_while_slack_answers_nothing(shop: World) -> None:
    """What concerns the customer needs nothing of Slack but the event."""
    card = await shop.conversation()
    await quiet(shop)
    for method in ("chat.postMessage", "chat.update", "reactions.add", "conversations.replies"):
        shop.slack.fault(method, "500", times=None)
    reply = await says(shop, ANA, card, "On its way!")
    await shop.provider.until(lambda: shop.shown() == ["On its way!"])
    await deletes(shop, ANA, reply)
    await shop.provider.until(lambda: shop.shown() == [])
    shop.slack.clear_faults()
    await shop.until(lambda: "Assigned to" in str(shop.cards()[0]["blocks"]))
    await line(shop, card, "Ana took this")


async def test_a_notice_whose_answer_was_lost_goes_once_somebody_has_the_conversation(shop: World) -> None:
    card = await shop.conversation()
    await takes(shop, ANA, card)
    await quiet(shop)
    shop.slack.fault("conversations.history", "500", times=None)
    await presses(shop, ANA, card, "conversation.release")
    await line(shop, card, "moved this back to Unassigned")
    fails(shop, "chat.postMessage", "lost_answer")
    await shop.until(lambda: len(notices(shop)) == 1)
    await takes(shop, ANA, card)
    shop.slack.clear_faults()
    await shop.until(lambda: notices(shop) == [])
    await quiet(shop)
    assert await unsettled() == []

"""An admin deletes a conversation's card in Slack: it goes on under a new one, and nothing is lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from models import Account, AccountState, Conversation, Delivery, DeliveryState
from tests.scenario.acts import (
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
)
from tests.scenario.world import ANA, BEN, SUPPORT, World, database_url, the_world

MOVED = "The card was deleted, so this goes on here."
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(64)


async def another_card(world: World, old: str) -> str:
    """Wait until a card stands in place of the old one; its ts."""
    await world.until(lambda: any(c["ts"] != old for c in world.cards()))
    return str(world.cards()[-1]["ts"])


def customers_words(world: World, *cards: str) -> list[str]:
    """What the customer said, as the threads show it, in the order of the posts."""
    posts = [m for card in cards for m in world.thread(card) if m.get("username")]
    return [str(m.get("text")) for m in sorted(posts, key=lambda m: str(m["ts"]))]


def unheard(world: World) -> None:
    """Slack tells of nothing for a while."""
    world.slack.core.faults.drop = True


async def all_well() -> None:
    """Nothing ended badly, nothing waits, and the channel is thought to be in order."""
    rows = await Delivery.exclude(state=DeliveryState.DELIVERED)
    assert [f"{row.kind} {row.state} {row.words}" for row in rows] == []
    assert (await Account.get(name="shop")).state is AccountState.READY


async def test_a_card_deleted_before_the_first_words_comes_again_and_the_words_keep_their_order(
    shop: World,
) -> None:
    unheard(shop)
    shop.slack.fault("chat.postMessage", "429", after=1, seconds=1)  # the card stands, all else waits
    for number in range(3):
        await shop.writes("mia", f"number {number}")
    await shop.until(lambda: len(shop.cards()) == 1)
    old = str(shop.cards()[0]["ts"])
    await stored(lambda: Conversation.filter(card_ts=old).exists())
    await deletes(shop, ANA, old)
    new = await another_card(shop, old)
    await line(shop, new, "number 2")
    await quiet(shop)
    assert customers_words(shop, new) == [f"number {n}" for n in range(3)]
    assert shop.said(new)[0] == MOVED
    assert (len(shop.cards()), len(lines(shop, new, MOVED))) == (1, 1)
    assert len([m for m in shop.thread(new) if m.get("attachments")]) == 1, "the profile, once"
    assert [m for m in shop.slack.messages(SUPPORT) if m.get("username")] == [], "no words in the channel"
    await all_well()


@pytest.mark.parametrize("told", [True, False], ids=["told", "untold"])
async def test_a_card_deleted_in_the_middle_is_drawn_anew_and_what_was_written_counts(
    shop: World, told: bool
) -> None:
    old = await shop.conversation("mia", "Hello?")
    await takes(shop, ANA, old)
    first = await says(shop, ANA, old, "Hello Mia")
    await shop.provider.until(lambda: shop.shown() == ["Hello Mia"])
    await quiet(shop)
    if not told:
        unheard(shop)
    await deletes(shop, ANA, old)
    if not told:
        shop.slack.core.faults.drop = False
        await shop.writes("mia", "Are you there?")  # found out by the card that is to be drawn
    new = await another_card(shop, old)
    await line(shop, new, MOVED)
    assert "Assigned to Ana" in shown(shop, new)
    await shop.writes("mia", "And now?")
    said = await line(shop, new, "And now?")
    assert ANA in str(said["blocks"]), "Ana doesn't follow the new thread yet"
    await says(shop, ANA, new, "Written under the new one")
    await shop.provider.until(lambda: shop.shown()[-1] == "Written under the new one")
    own = await says(shop, ANA, old, "Ana under the old one")
    await shop.provider.until(lambda: shop.shown()[-1] == "Ana under the old one")
    await line(shop, new, "Ana wrote in the thread of the deleted card: “Ana under the old one”")
    note = await says(shop, BEN, old, "Kept, and sent all the same")
    await marked(shop, note, "memo")
    await sends(shop, BEN, note)
    await shop.provider.until(lambda: shop.shown()[-1] == "Kept, and sent all the same")
    await marked(shop, own, "white_check_mark")
    await deletes(shop, ANA, first)
    await shop.provider.until(lambda: "Hello Mia" not in shop.shown())
    await quiet(shop)
    expected = ["Hello?", *([] if told else ["Are you there?"]), "And now?"]
    assert [t.partition(" <@")[0].partition("\n")[0] for t in customers_words(shop, old, new)] == expected
    assert shop.shown() == [
        "Written under the new one",
        "Ana under the old one",
        "Kept, and sent all the same",
    ]
    assert (len(shop.cards()), len(lines(shop, new, MOVED))) == (1, 1)
    await presses(shop, BEN, new, "conversation.release")
    await shop.until(lambda: "Unassigned" in shown(shop, new))
    await quiet(shop)
    await all_well()


async def test_a_file_whose_thread_is_deleted_waits_for_the_new_card(shop: World) -> None:
    unheard(shop)
    shop.provider.files["p"] = PICTURE
    shop.slack.fault("files.completeUploadExternal", "500")
    shop.slack.fault("chat.postMessage", "429", after=1, seconds=1)
    file = {"ref": "p", "name": "cat.png", "mime": "image/png"}
    await shop.writes("mia", "", files=[file])
    await shop.until(lambda: len(shop.cards()) == 1)
    old = str(shop.cards()[0]["ts"])
    await stored(lambda: Conversation.filter(card_ts=old).exists())
    await deletes(shop, ANA, old)
    new = await another_card(shop, old)
    await shop.writes("mia", "That was my cat")
    await line(shop, new, "That was my cat")
    await quiet(shop)
    told = [bool(m.get("files")) for m in shop.thread(new) if m.get("username")]
    assert told == [True, False]
    await all_well()


async def test_a_closed_card_stays_deleted_until_something_happens_and_a_restless_admin_gets_peace(
    shop: World,
) -> None:
    card = await shop.conversation()
    await presses(shop, ANA, card, "conversation.close")
    await shop.until(lambda: "Closed by" in shown(shop, card))
    await quiet(shop)
    await deletes(shop, ANA, card)
    await quiet(shop)
    assert shop.cards() == []
    await shop.writes("mia", "One more thing")
    card = await another_card(shop, card)
    await shop.until(lambda: "Unassigned" in shown(shop, card))
    await quiet(shop)
    await deletes(shop, ANA, card)
    card = await another_card(shop, card)
    await deletes(shop, ANA, card)
    conversation = await Conversation.get()
    assert conversation.card_ts is None
    coming = await Delivery.get(conversation_id=conversation.id, kind="card", unfinished=True)
    assert coming.due_at > shop.app.desk.clock.now()
    assert shop.cards() == []


async def test_what_was_under_way_when_the_card_went_is_found_in_the_old_thread(tmp_path: Path) -> None:
    held = {"undo_hold": timedelta(seconds=1)}
    async with the_world(tmp_path, database_url(tmp_path), account=held) as shop:
        old = await shop.conversation()
        await takes(shop, ANA, old)
        await quiet(shop)
        shop.slack.fault("chat.postMessage", "lost_answer")
        shop.slack.fault("conversations.replies", "500", times=None)
        await shop.writes("mia", "Posted, but who knows?")
        await line(shop, old, "Posted, but who knows?")
        await says(shop, ANA, old, "Held while the card goes")
        await deletes(shop, ANA, old)
        new = await another_card(shop, old)
        await line(shop, new, MOVED)
        shop.slack.clear_faults()
        asked = len(shop.slack.calls("conversations.replies"))
        shop.app._listening.want()
        await shop.until(lambda: len(shop.slack.calls("conversations.replies")) >= asked + 4)
        await shop.provider.until(lambda: shop.shown() == ["Held while the card goes"])
        await quiet(shop)
        assert customers_words(shop, old, new)[1:] == ["Posted, but who knows?"]
        await all_well()

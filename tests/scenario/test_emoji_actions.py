"""Emoji on a card: what they do, for whom, and where they do nothing."""

from __future__ import annotations

from pathlib import Path

from models import Conversation, ConversationEvent, Status
from tests.scenario.acts import line, lines, quiet, says, shown, told
from tests.scenario.hands import state, whispers
from tests.scenario.wire import send_event
from tests.scenario.world import ANA, BEN, DORA, SUPPORT, World, database_url, the_world


async def puts(world: World, user: str, ts: str, name: str, verb: str = "react") -> None:
    """Put an emoji on a message, and wait until Oratio has heard of it."""
    done = await world.slack.act(verb, user=user, channel=SUPPORT, ts=ts, name=name)
    assert done["ok"], done
    await world.until(lambda: not world.slack.events_under_way)


async def test_emoji_on_a_card_do_what_buttons_do_for_agents(tmp_path: Path) -> None:
    seed = {"channels": [{"id": SUPPORT, "name": "support"}]}
    account = {"emoji_actions": True}
    async with the_world(tmp_path, database_url(tmp_path), seed=seed, account=account) as world:
        card = await world.conversation()
        await puts(world, DORA, card, "eyes")
        await puts(world, ANA, card, "tada")
        assert (await Conversation.get()).assignee is None
        await puts(world, ANA, card, "eyes")
        await line(world, card, "Ana took this.")
        await world.until(lambda: "Assigned to Ana" in shown(world, card))
        await puts(world, BEN, card, "eyes")
        await told(world, BEN, "Ana has this, and an emoji doesn't take it over.")
        await puts(world, ANA, card, "eyes", "unreact")
        assert (await Conversation.get()).assignee == ANA

        await puts(world, BEN, card, "white_check_mark")
        await told(world, BEN, "Mia's last message has no answer yet, so the emoji closed nothing.")
        answer = await says(world, ANA, card, "Yes?")
        await world.until(lambda: "white_check_mark" in world.reactions(answer))
        await puts(world, ANA, answer, "zzz")  # on a message it means nothing to us
        await puts(world, ANA, card, "zzz")
        await world.until(lambda: "*Snoozed*" in state(world, card))
        await puts(world, ANA, card, "white_check_mark")
        await line(world, card, "Ana closed this.")
        await world.until(lambda: "*Closed by*" in state(world, card))
        closed = (await Conversation.get()).version
        for user, name in ((BEN, "zzz"), (BEN, "thumbsup"), (ANA, "zzz")):
            await puts(world, user, card, name, "unreact" if (user, name) == (ANA, "zzz") else "react")
        await puts(world, BEN, card, "eyes", "unreact")
        await puts(world, BEN, card, "eyes")
        row = await Conversation.get()
        assert (row.status, row.version) == (Status.CLOSED, closed)
        await quiet(world)
        assert lines(world, card, "reopened") == []
        assert whispers(world, DORA) == whispers(world, ANA) == []
        assert len(whispers(world, BEN)) == 2


async def test_a_repeated_event_counts_once_and_off_is_the_default(tmp_path: Path) -> None:
    others = ({"name": "plain", "emoji_actions": False},)
    account = {"emoji_actions": True}
    async with the_world(tmp_path, database_url(tmp_path), account=account, others=others) as world:
        card = await world.conversation()
        event = {
            "type": "reaction_added",
            "user": ANA,
            "reaction": "zzz::skin-tone-3",
            "item": {"type": "message", "channel": SUPPORT, "ts": card},
            "event_ts": "1795800000.000100",
        }
        for _ in range(2):
            assert await send_event(world, event) == 200
        assert await ConversationEvent.filter(trigger="snooze").count() == 1
        strange = {"type": "reaction_added", "user": ANA, "reaction": "eyes", "item": {"type": "file"}}
        assert await send_event(world, strange) == 200
        bot = {**event, "user": world.app.desk.workspace.bot_user_id, "reaction": "eyes"}
        assert await send_event(world, bot) == 200

        other = await world.conversation("otto", "And me?", account="plain")
        await puts(world, ANA, other, "eyes")
        assert (await Conversation.get(card_ts=other)).assignee is None
        assert whispers(world, ANA) == []

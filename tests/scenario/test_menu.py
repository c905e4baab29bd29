"""The conversation menu, the profile and its hidden fields: everything from any message of a thread."""

from __future__ import annotations

from pathlib import Path

from structlog.testing import capture_logs

from models import Conversation, Status
from tests.scenario.acts import line
from tests.scenario.hands import (
    actions,
    card_at,
    element,
    inside,
    modal,
    more,
    open_menu,
    press,
    rung,
    says,
    state,
    whispers,
)
from tests.scenario.world import ANA, BEN, CHLOE, DORA, SUPPORT, World, database_url, the_world

MOVES = [
    *("conversation.assign_to", "conversation.hand_over", "conversation.close"),
    *("conversation.snooze", "conversation.not_a_request", "conversation.block"),
]
LOOKS = ["profile.open", "files.show", "conversation.note"]


def note(world: World, user: str) -> str:
    """The first line of the front modal."""
    return str(modal(world, user)["blocks"][0]["text"]["text"])


async def test_the_menu_does_what_a_card_does(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        ts = await world.conversation()
        menu = await open_menu(world, ANA, ts)
        assert actions(modal(world, ANA)) == ["conversation.assign_me", *MOVES, *LOOKS]
        await inside(world, ANA, "conversation.assign_me")
        await world.until(lambda: actions(modal(world, ANA)) == ["conversation.release", *MOVES, *LOOKS])
        await inside(world, ANA, "conversation.release")
        await world.until(lambda: "conversation.assign_me" in actions(modal(world, ANA)))

        chosen = {"user": ANA, "view_id": menu, "action_id": "conversation.assign_to"}
        people = await world.slack.act("options", query="", **chosen)
        assert [o["value"] for o in people["options"]] == [ANA, BEN, CHLOE]
        await world.slack.act("choose", option=BEN, **chosen)
        await world.until(lambda: f"Ana handed this to <@{BEN}>." in world.said(ts))
        await world.until(lambda: "Assigned to Ben" in str(modal(world, ANA)["blocks"]))
        assert rung(world, BEN) == [f"Ana handed this to <@{BEN}>."]

        await inside(world, ANA, "profile.open")
        assert modal(world, ANA)["callback_id"] == "profile"
        await world.slack.act("close_view", user=ANA, view_id=modal(world, ANA)["id"])
        await inside(world, ANA, "files.show")
        assert modal(world, ANA)["callback_id"] == "supported_files"
        await world.slack.act("close_view", user=ANA, view_id=modal(world, ANA)["id"])

        await inside(world, ANA, "conversation.close")
        await world.until(
            lambda: actions(modal(world, ANA)) == ["conversation.reopen", "conversation.block", *LOOKS]
        )
        await inside(world, ANA, "conversation.reopen")
        await world.until(lambda: "conversation.release" in actions(modal(world, ANA)))
        assert [v["id"] for v in world.slack.views(ANA)] == [menu]
        assert whispers(world, ANA) == []


async def test_the_menu_says_who_was_faster_and_then_works_again(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        ts = await world.conversation()
        await open_menu(world, ANA, ts)
        await press(world, BEN, ts, "conversation.assign_me")
        await inside(world, ANA, "conversation.assign_me")
        await world.until(lambda: note(world, ANA).startswith("Ben took this "))
        await inside(world, ANA, "conversation.hand_over")
        form = modal(world, ANA)
        inside_form = {"user": ANA, "view_id": form["id"], "action_id": "conversation.assign_to"}
        await world.slack.act("options", query="", **inside_form)
        values = {"assign.to": {"conversation.assign_to": BEN}}
        refused = await world.slack.act("submit", user=ANA, view_id=form["id"], values=values)
        assert refused["errors"] == {"assign.to": "Ben has this already."}
        values = {"assign.to": {"conversation.assign_to": CHLOE}}
        done = await world.slack.act("submit", user=ANA, view_id=form["id"], values=values)
        assert done["closed"]
        await world.until(lambda: f"Ana handed this from <@{BEN}> to <@{CHLOE}>." in world.said(ts))


async def test_a_kept_message_can_be_sent_from_its_menu_also_after_other_presses(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        ts = await world.conversation()
        await press(world, ANA, ts, "conversation.assign_me")
        await world.until(lambda: f"<@{ANA}>" in state(world, ts))
        kept = await says(world, BEN, ts, "It left yesterday")
        await world.until(lambda: "memo" in world.reactions(kept))
        await open_menu(world, BEN, ts, on=kept)
        assert "this is Ana's conversation" in str(modal(world, BEN)["blocks"])
        assert actions(modal(world, BEN))[:2] == ["guard.send", "guard.take_and_send"]
        await inside(world, BEN, "conversation.release")
        await world.until(lambda: "conversation.assign_me" in actions(modal(world, BEN)))
        assert "guard.send" in actions(modal(world, BEN))
        await inside(world, BEN, "guard.send")
        await world.until(lambda: note(world, BEN) == "On its way to the customer.")
        assert "guard.send" not in actions(modal(world, BEN))
        await world.provider.until(lambda: world.shown() == ["It left yesterday"])

        await open_menu(world, ANA, ts)
        assert "guard.send" not in actions(modal(world, ANA))


async def test_the_menu_is_for_agents_and_for_customers_threads(tmp_path: Path) -> None:
    seed = {"channels": [{"id": SUPPORT, "name": "support"}]}
    async with the_world(tmp_path, database_url(tmp_path), seed=seed) as world:
        ts = await world.conversation()
        where = {"channel": SUPPORT, "ts": ts, "callback_id": "conversation_menu"}
        await world.slack.act("shortcut", user=DORA, **where)
        await world.until(lambda: whispers(world, DORA) == ["Only the support team can do this."])
        lunch = await world.slack.act("say", user=ANA, channel=SUPPORT, text="Lunch?")
        await world.slack.act("shortcut", user=ANA, **{**where, "ts": lunch["ts"]})
        await world.until(lambda: "This works on messages in a customer's thread." in whispers(world, ANA))
        assert world.slack.views(ANA) == world.slack.views(DORA) == []


async def test_hidden_fields_are_shown_to_the_presser_alone_and_that_is_recorded(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        known = {"phone": "+49 170 1234711", "address": "Elm Street 5"}
        ts = await world.conversation("mia", "Hello?", **known)
        post = next(m for m in world.thread(ts) if m.get("attachments"))
        assert "+49 ••• ••• 4711" in str(post["attachments"])
        assert "1234711" not in str(world.slack.messages(SUPPORT, ts))

        with capture_logs() as logs:
            await press(world, ANA, post["ts"], "profile.show", value="1:phone")
            await world.until(lambda: whispers(world, ANA) == ["Phone of Mia: +49 170 1234711"])
        shown = {"event": "profile.revealed", "agent": ANA, "conversation": 1, "field": "phone"}
        assert any(shown.items() <= line.items() for line in logs)
        assert "1234711" not in str(logs)
        assert whispers(world, BEN) == []

        await more(world, ANA, ts, "profile:")
        assert "+49 ••• ••• 4711" in str(modal(world, ANA)["blocks"])
        await inside(world, ANA, "profile.show", value="1:phone")
        await world.until(lambda: "Phone: +49 170 1234711" in str(modal(world, ANA)["blocks"]))
        assert "Address: •••" in str(modal(world, ANA)["blocks"])
        await inside(world, ANA, "profile.show", value="1:address")
        await world.until(lambda: "Address: Elm Street 5" in str(modal(world, ANA)["blocks"]))
        assert "Phone: +49 170 1234711" in str(modal(world, ANA)["blocks"])
        assert "profile.show" not in actions(modal(world, ANA))
        assert "1234711" not in str(world.slack.messages(SUPPORT, ts))


async def test_the_profile_and_the_card_follow_a_changed_profile(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        ts = await world.conversation()
        post = next(m for m in world.thread(ts) if m.get("attachments"))["ts"]
        await press(world, ANA, ts, "conversation.assign_me")
        await world.until(lambda: f"<@{ANA}>" in state(world, ts))
        await world.writes("mia", "It is Mia Krüger now", name="Mia Krüger")
        await world.until(lambda: "Mia Krüger" in str(card_at(world, ts)["blocks"]))
        await world.until(lambda: title(world, post) == "Mia Krüger")
        said = await line(world, ts, "It is Mia Krüger now")
        assert len([m for m in world.thread(ts) if m.get("attachments")]) == 1
        assert said["username"] == "Mia Krüger · Fake"
        assert element(card_at(world, ts), "conversation.release")
        assert (await Conversation.get()).status is Status.INBOX


def title(world: World, ts: str) -> str:
    """Whose profile a post shows."""
    return str((world.slack.message(SUPPORT, ts) or {})["attachments"][0]["title"])

"""A customer changes, takes back or reacts to something: said in the thread, never over what stood there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from models import Conversation, EarlyChange, Message
from tests.samples import PNG
from tests.scenario.acts import line, lines, marked, quiet, says, shown, unglued
from tests.scenario.world import ANA, FAST, SUPPORT, World, database_url, the_world


async def test_a_change_is_a_new_line_that_quotes_what_was_said(world: World) -> None:
    thread = await world.conversation("mia", "I want tow", id="m-one")
    post = (await line(world, thread, "I want tow"))["ts"]
    await world.tells("edit", "mia", "m-one", text="I want two <!channel>")
    said = await line(world, thread, "Mia changed this. Before: “I want tow”")
    assert "I want two &lt;!channel&gt;" in unglued(said["text"])
    assert "<!channel>" not in said["text"]
    await world.until(lambda: "I want two" in shown(world, thread))
    await world.tells("edit", "mia", "m-one", text="I want two <!channel>")
    await world.tells("edit", "tom", "m-one", text="I want nothing")
    await world.tells("delete", "tom", "m-one")
    await world.writes("mia", "Sorry, three", id="m-two")
    await line(world, thread, "Sorry, three")
    await world.tells("delete", "mia", "m-two")
    gone = await line(world, thread, "Mia deleted this message.")
    assert "Sorry, three" in str(gone["blocks"])
    await world.until(lambda: "Sorry, three" not in shown(world, thread))
    await world.tells("delete", "mia", "m-two")
    await world.tells("edit", "mia", "m-two", text="four")
    await quiet(world)
    assert len(lines(world, thread, "changed this")) == len(lines(world, thread, "deleted this")) == 1
    assert (world.slack.message(SUPPORT, post) or {})["text"] == "I want tow"
    assert post not in [call["args"].get("ts") for call in world.slack.calls("chat.update")]
    assert {m.get("username") for m in world.thread(thread) if "changed this" in m["text"]} == {None}


async def test_reactions_and_what_comes_before_its_message(tmp_path: Path) -> None:
    soon = replace(FAST, edit_waits=timedelta(seconds=1))
    async with the_world(tmp_path, database_url(tmp_path), durations=soon) as world:
        thread = await world.conversation("mia", "Hello?", id="m-one")
        reply = await says(world, ANA, thread, "Hi Mia")
        await marked(world, reply, "white_check_mark")
        await world.tells("reaction", "mia", "f1", emoji="👍")
        await world.tells("reaction", "mia", "m-one", emoji="🎉")
        await world.tells("reaction", "mia", "f1", emoji="👍", removed=True)
        await world.tells("reaction", "tom", "f1", emoji="👎")
        await world.tells("reaction", "mia", "nowhere", emoji="👎")
        await world.tells("edit", "mia", "f1", text="I owe you money")
        await world.tells("delete", "mia", "f1")
        await line(world, thread, "Mia reacted with 👍 to “Hi Mia”")
        await line(world, thread, "Mia reacted with 🎉 to “Hello?”")
        for what, late in (("edit", "m-two"), ("delete", "m-three")):
            await world.tells(what, "mia", late, text="Corrected")
            await world.writes("mia", "Wrong", id=late)
        await line(world, thread, "Mia changed this. Before: “Wrong”")
        await line(world, thread, "Mia deleted this message.")
        await line(world, thread, "Mia reacted with 👎 to a message")  # from before this was connected
        await world.tells("edit", "mia", "taken-back", text="Forget this")
        await world.tells("delete", "mia", "taken-back")
        await world.tells("edit", "mia", "older", text="Words from before, <!here>")
        orphan = await line(world, thread, "Mia changed a message that isn't here. It reads now:")
        assert "Words from before, &lt;!here&gt;" in unglued(orphan["text"])
        await quiet(world)
        assert len(lines(world, thread, "reacted")) == 3

        world.provider.files["map"] = PNG
        await world.writes("mia", id="m-map", files=[{"ref": "map", "name": "map.png"}])
        await world.tells("reaction", "mia", "m-map", emoji="👍")
        await line(world, thread, "Mia reacted with 👍 to “map.png”")
        await world.tells("edit", "mia", "m-map", text="The way")
        await line(world, thread, "Mia changed this. Before: “map.png” The way")
        await world.tells("edit", "mia", "m-map", text="")
        await line(world, thread, "Mia took these words back: “The way”")
        await world.tells("delete", "mia", "m-map")
        gone = await line(world, thread, "Mia deleted this message.", 2)
        assert "map.png" in str(gone["blocks"]), "it says which"
        assert world.shown() == ["Hi Mia"]
        assert (await Message.get(external_key__endswith=":m-two")).text == "Corrected"
        assert (await Conversation.get()).assignee == ANA
        assert "Forget this" not in str(world.thread(thread))
        assert [kept.body["what"] for kept in await EarlyChange.all()] == ["delete"]

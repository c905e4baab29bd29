"""What a customer sent as one stands in Slack as one, in order; and each message of it is still found."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from models import Delivery, DeliveryKind, Message
from tests.samples import JPEG, PDF, PNG
from tests.scenario.acts import line, quiet
from tests.scenario.files import content, files_from, posts
from tests.scenario.world import FAST, World, database_url, running, the_world

WAITING = replace(FAST, album_wait=timedelta(milliseconds=250))


async def sends(world: World, group: str, name: str, text: str = "", data: bytes = PNG, **more: Any) -> str:
    """Mia sends one message of an album, in a call of its own; its id."""
    world.provider.files[name] = data
    return await world.writes("mia", text, group=group, files=[{"ref": name, "name": name}], **more)


async def test_an_album_is_one_post_and_each_of_its_messages_is_found(tmp_path: Path, database: str) -> None:
    async with the_world(tmp_path, database, durations=WAITING) as world:
        card = await world.conversation()
        asked = await world.writes("mia", "Which one?")
        first = await sends(world, "g1", "a.png", reply_to=asked)
        second = await sends(world, "g1", "b.jpg", "My *two* <!here>", JPEG, reply_to=asked)
        await world.writes("mia", "after")
        third = await sends(world, "g1", "c.pdf", "and the bill", PDF)
        await line(world, card, "after")
        (post,) = await files_from(world, card, 1)
        assert [f["name"] for f in post["files"]] == ["a.png", "b.jpg", "c.pdf"]
        assert content(world, post) == [PNG, JPEG, PDF]
        shown = str(post["blocks"])
        assert shown.index("Mia: Which one?") < shown.index("My *two* <!here>") < shown.index("and the bill")
        assert shown.count("Which one?") == 1
        assert world.said(card)[-1] == "after", "what came while it was waited for stands behind it"
        keys = [f"1:{each}" for each in (first, second, third)]
        rows = await Message.filter(external_key__in=keys)
        assert len({row.post_id for row in rows}) == 1
        assert rows[0].post_id is not None

        await world.tells("edit", "mia", second, text="My three")
        await line(world, card, "My three")
        await world.tells("reaction", "mia", third, emoji="👍")
        await line(world, card, "Mia reacted with 👍 to “and the bill”")
        await world.tells("delete", "mia", third)
        await line(world, card, "Mia deleted this message.")
        await world.writes("mia", "that one", reply_to=third)
        answer = await line(world, card, "that one")
        assert "Mia: and the bill" in str(answer["blocks"])


async def test_an_album_lives_through_a_stop_lost_files_and_slacks_limits(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path), durations=WAITING) as world:
        card = await world.conversation()
        await sends(world, "g1", "a.png", "here is one")
        await world.writes("mia", group="g1", files=[{"ref": "gone", "name": "gone.png"}])
        await line(world, card, "“gone.png”, but it can't be fetched: Fake no longer has this file.")
        (post,) = await files_from(world, card, 1)
        assert [f["name"] for f in post["files"]] == ["a.png"]

        for name in ("gone1", "gone2"):
            await world.writes("mia", f"words {name}", group="g2", files=[{"ref": name, "name": name}])
        words = await line(world, card, "words gone1 words gone2")
        assert not words.get("files")

        for number in range(12):
            await sends(world, "g3", f"{number}.png")
        await files_from(world, card, 3)
        assert [len(each["files"]) for each in posts(world, card)] == [1, 10, 2]

        world.provider.fault("500", 3, verb="file")
        await sends(world, "g4", "slow.png")
        await sends(world, "g4", "quick.png")
        await files_from(world, card, 4)
        assert [f["name"] for f in posts(world, card)[3]["files"]] == ["slow.png", "quick.png"]
        await quiet(world)
        assert await Delivery.filter(kind=DeliveryKind.FILES).count() == 5


async def test_an_album_that_was_waited_for_comes_after_the_next_start(tmp_path: Path) -> None:
    url = database_url(tmp_path)
    patient = replace(FAST, album_wait=timedelta(seconds=1))
    async with the_world(tmp_path, url, durations=patient) as world:
        card = await world.conversation()
        await sends(world, "g1", "a.png", "one")
        await sends(world, "g1", "b.png", "two")
        await world.app.__aexit__()
        assert posts(world, card) == []
        async with running(world):
            (post,) = await files_from(world, card, 1)
            assert [f["name"] for f in post["files"]] == ["a.png", "b.png"]

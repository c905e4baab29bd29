"""What a customer sent as one stands in Slack as one, in order; and each message of it is still found."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from models import Delivery, DeliveryKind, Message
from tests.samples import JPEG, PDF, PNG
from tests.scenario.acts import line, quiet
from tests.scenario.files import content, files_from, posts
from tests.scenario.world import FAST, World, database_url, running, the_world

SHORT = replace(FAST, album_wait=timedelta(milliseconds=20))


async def sends(world: World, group: str, name: str, text: str = "", data: bytes = PNG, **more: Any) -> str:
    """Mia sends one message of an album, in a call of its own; its id."""
    world.provider.files[name] = data
    return await world.writes("mia", text, group=group, files=[{"ref": name, "name": name}], **more)


@asynccontextmanager
async def together(world: World, thread: str, words: str) -> AsyncIterator[str]:
    """What is sent in the block is sent soon enough to belong together, however slow this machine is:
    Slack takes nothing meanwhile, not even the `words` before it. Gives their id."""
    world.slack.fault("chat.postMessage", "500", times=None)
    yield await world.writes("mia", words)
    world.slack.clear_faults()
    await line(world, thread, words)


async def test_an_album_is_one_post_and_each_of_its_messages_is_found(tmp_path: Path, database: str) -> None:
    async with the_world(tmp_path, database, durations=SHORT) as world:
        card = await world.conversation()
        async with together(world, card, "Which one?") as asked:
            first = await sends(world, "g1", "a.png", reply_to=asked)
            second = await sends(world, "g1", "b.jpg", "My *two* <!here>", JPEG, reply_to=asked)
            await world.writes("mia", "after")
            third = await sends(world, "g1", "c.pdf", "and the bill", PDF)
            last = await Message.get(external_key=f"1:{third}")
            row = await Delivery.get(kind=DeliveryKind.FILES)
            assert row.due_at >= last.created_at + SHORT.album_wait, "each gives the next one time"
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
    async with the_world(tmp_path, database_url(tmp_path), durations=SHORT) as world:
        card = await world.conversation()
        async with together(world, card, "one"):
            await sends(world, "g1", "a.png", "here is one")
            await world.writes("mia", group="g1", files=[{"ref": "gone", "name": "gone.png"}])
        await line(world, card, "“gone.png”, but it can't be fetched: Fake no longer has this file.")
        (post,) = await files_from(world, card, 1)
        assert [f["name"] for f in post["files"]] == ["a.png"]

        async with together(world, card, "two"):
            for name in ("gone1", "gone2"):
                await world.writes("mia", f"words {name}", group="g2", files=[{"ref": name, "name": name}])
        words = await line(world, card, "words gone1 words gone2")
        assert not words.get("files")

        async with together(world, card, "three"):
            for number in range(12):
                await sends(world, "g3", f"{number}.png")
        await files_from(world, card, 3)
        assert [len(each["files"]) for each in posts(world, card)] == [1, 10, 2]

        async with together(world, card, "four"):
            world.provider.fault("500", 3, verb="file")
            await sends(world, "g4", "slow.png")
            await sends(world, "g4", "quick.png")
        await files_from(world, card, 4)
        assert [f["name"] for f in posts(world, card)[3]["files"]] == ["slow.png", "quick.png"]
        await quiet(world)
        assert await Delivery.filter(kind=DeliveryKind.FILES).count() == 5


async def test_an_album_that_was_waited_for_comes_after_the_next_start(tmp_path: Path) -> None:
    url = database_url(tmp_path)
    async with the_world(tmp_path, url, durations=SHORT) as world, AsyncExitStack() as stack:
        card = await world.conversation()
        async with together(world, card, "wait"):
            await sends(world, "g1", "a.png", "one")
            await sends(world, "g1", "b.png", "two")
            await world.app.__aexit__()
            assert posts(world, card) == []
            world.slack.clear_faults()
            await stack.enter_async_context(running(world))
        (post,) = await files_from(world, card, 1)
        assert [f["name"] for f in post["files"]] == ["a.png", "b.png"]

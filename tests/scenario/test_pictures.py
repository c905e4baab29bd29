"""A picture that a network doesn't take is converted where an agent chooses that, and goes with the rest."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pillow_heif
from PIL import Image

from models import MessageState
from tests.recordings import picture
from tests.scenario.acts import buttons, closes, line, lines, marked, presses, quiet, told, written
from tests.scenario.files import hands_in, received, spooled, whispered
from tests.scenario.world import ANA, BEN, DORA, FAST, SUPPORT, World, database_url, running, the_world

PUBLIC = "https://chat.example.com"
SOON = replace(FAST, nudge_after=timedelta(milliseconds=200), slow_notice=timedelta(hours=1))
ONLY_PICTURES = {"kinds": ("picture",)}
WAYS = ["refusal.text_only", "refusal.convert", "refusal.link", "refusal.note", "files.show"]


def photo(form: str) -> bytes:
    pillow_heif.register_heif_opener()
    made = io.BytesIO()
    Image.new("RGB", (120, 80), (220, 20, 20)).save(made, form)
    return made.getvalue()


def too_large() -> bytes:
    """A PNG of more than 5 MB."""
    made = io.BytesIO()
    Image.effect_noise((2_300, 2_300), 90).save(made, "PNG", compress_level=1)
    return made.getvalue()


def seen(content: bytes) -> tuple[str | None, tuple[int, int]]:
    """What a picture is, and how large."""
    opened = Image.open(io.BytesIO(content), formats=["JPEG", "PNG"])
    return opened.format, opened.size


async def fetched(world: World, name: str) -> bytes:
    """What the customer's network gets by its link, when the bytes are no longer in the spool."""
    sent = [body["file"] for verb, body in world.provider.calls if verb == "send" and "file" in body]
    link = next(file["link"] for file in sent if file["name"] == name)
    async with aiohttp.ClientSession() as http, http.get(world.app.url + link.removeprefix(PUBLIC)) as answer:
        assert (answer.status, answer.content_type) == (200, "image/jpeg")
        return await answer.read()


async def converted(world: World, said: str) -> None:
    """Wait until a message went whose pictures were converted, which is done beside everything else."""
    await world.until(lambda: world.reactions(said) == {"white_check_mark"}, timeout=60)


HEIC = {"name": "photo.heic", "content": photo("HEIF"), "mimetype": "image/heic"}
BMP = {"name": "scan.bmp", "content": photo("BMP")}


async def test_two_who_press_at_once_convert_it_once_and_the_text_goes_along(tmp_path: Path) -> None:
    async with the_world(
        tmp_path, database_url(tmp_path), public_url=PUBLIC, durations=SOON, options=ONLY_PICTURES
    ) as world:
        ts = await world.conversation("mia", "Hello?")
        taken = {"name": "a.jpg", "content": picture()}
        scan = {"name": "scan.png", "content": too_large()}
        said = await hands_in(world, ts, "see these", taken, HEIC, scan)
        shown = await told(world, ANA, "photo.heic is HEIC; Fake takes JPG, PNG. Your text has not gone out")
        assert "changes photo.heic and scan.png" in shown["text"] and "stay as they are" in shown["text"]
        assert buttons(shown) == WAYS
        nudge = await line(world, ts, "photo.heic is HEIC")
        assert buttons(nudge) == WAYS and not spooled(world) and not received(world)
        where = {"channel": SUPPORT, "ts": nudge["ts"], "action_id": "refusal.convert"}
        await world.slack.act("join", user=DORA, channel=SUPPORT)
        await presses(world, DORA, nudge["ts"], "refusal.convert")
        await told(world, DORA, "Only the support team")

        await asyncio.gather(*(world.slack.act("press", user=user, **where) for user in (ANA, BEN)))
        await converted(world, said)
        await line(world, ts, "photo.jpg as JPEG, 120 × 80, ")
        await line(world, ts, " let it be converted and sent.")
        await quiet(world)
        first, second, third = received(world)
        assert first == ("see these", ("a.jpg", picture()))
        assert [file and (file[0], seen(file[1])) for _, file in (second, third)] == [
            ("photo.jpg", ("JPEG", (120, 80))),
            ("scan.jpg", ("JPEG", (2_300, 2_300))),
        ]
        late = [e["text"] for user in (ANA, BEN) for e in world.slack.ephemerals(user)]
        assert sum("This went to the customer already." in words for words in late) == 1
        await world.until(lambda: not spooled(world))


async def test_a_choice_outlives_a_restart_and_a_part_that_fails(tmp_path: Path) -> None:
    options = {**ONLY_PICTURES, "links": True}
    async with the_world(
        tmp_path, database_url(tmp_path), public_url=PUBLIC, durations=SOON, options=options
    ) as world:
        ts = await world.conversation("mia", "Hello?")
        said = await hands_in(world, ts, "", HEIC)
        shown = await told(world, ANA, "photo.heic is HEIC; Fake takes JPG, PNG. “Send as JPEG” loses")
        assert buttons(shown) == ["refusal.convert", *WAYS[2:]]
        world.slack.fault("download", "500", times=None)
        await presses(world, ANA, shown["ts"], "refusal.convert")
        await world.app.__aexit__()
        world.slack.clear_faults()
        world.provider.fault("refused", verb="send")
        async with running(world):
            await world.until(lambda: lines(world, ts, "Not delivered to Mia"), timeout=60)
            failed = await line(world, ts, "Not delivered to Mia")
            await world.until(lambda: not spooled(world))
            await presses(world, ANA, failed["ts"], "delivery.retry")
            await converted(world, said)
            await line(world, ts, "Sent as JPEG, 120 × 80, ")
            ((_, file),) = received(world)
            assert file and (file[0], seen(file[1])) == ("photo.jpg", ("JPEG", (120, 80)))
            await world.until(lambda: not spooled(world))
            assert await fetched(world, "photo.jpg") == file[1]


async def test_what_cannot_be_converted_stays_inside_with_its_other_ways(tmp_path: Path) -> None:
    async with the_world(
        tmp_path, database_url(tmp_path), public_url=PUBLIC, durations=SOON, options=ONLY_PICTURES
    ) as world:
        ts = await world.conversation("mia", "Hello?")
        broken = {"name": "broken.bmp", "content": photo("BMP")[:4_000]}
        said = await hands_in(world, ts, "look", HEIC, broken)
        await presses(world, ANA, (await told(world, ANA, "photo.heic is HEIC"))["ts"], "refusal.convert")
        await world.until(lambda: "can't be converted" in whispered(world), timeout=60)
        why = await told(world, ANA, "broken.bmp can't be converted: it is damaged")
        assert "Nothing was sent to Mia" in why["text"] and buttons(why) == [WAYS[0], *WAYS[2:]]
        await marked(world, said, "warning")
        await world.until(lambda: not spooled(world))
        assert not received(world) and (await written(said)).state is MessageState.REFUSED
        await presses(world, ANA, why["ts"], "refusal.link")
        await marked(world, said, "white_check_mark")
        assert received(world)[-1][0].count(f"{PUBLIC}/files/") == 2

        gone = await hands_in(world, ts, "gone", BMP)
        shown = await told(world, ANA, "scan.bmp is BMP")
        file = (world.slack.message(SUPPORT, gone) or {})["files"][0]["id"]
        await world.slack.act("delete_file", user=ANA, file=file)
        await presses(world, ANA, shown["ts"], "refusal.convert")
        await told(world, ANA, "scan.bmp is kept outside Slack or was deleted")

        await hands_in(world, ts, "closed", HEIC)
        shown = await told(world, ANA, "photo.heic is HEIC")
        await closes(world, ANA, ts)
        await presses(world, ANA, shown["ts"], "refusal.convert")
        await told(world, ANA, "This is closed. Reopen it first")
        account = replace(
            world.config.desk.accounts[0], options={**world.config.desk.accounts[0].options, "kinds": ()}
        )
        await presses(world, ANA, ts, "conversation.reopen")
        await world.app.__aexit__()
        world.config = replace(world.config, desk=replace(world.config.desk, accounts=(account,)))
        async with running(world):
            await presses(world, ANA, shown["ts"], "refusal.convert")
            await told(world, ANA, "This can't be converted here.")
            assert len(received(world)) == 1

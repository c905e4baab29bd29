"""A file that can't go to the customer goes as a link, and whoever holds the link gets the file."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from desk import links
from desk.conversations import housekeeping
from desk.spool import human_size
from handlers.links import AT_ONCE_ADDRESS
from models import Attachment, Direction, Message, MessageState
from tests.recordings import film, picture, speech
from tests.samples import EXE, PDF, PNG
from tests.scenario.acts import buttons, changes, deletes, line, marked, presses, quiet, sends, told, written
from tests.scenario.files import hands_in, received, spooled
from tests.scenario.hands import actions, modal, open_menu
from tests.scenario.world import ANA, BEN, FAST, SUPPORT, World, database_url, running, the_world

PUBLIC = "https://chat.example.com"
SOON = replace(FAST, nudge_after=timedelta(milliseconds=200))
LARGE = PDF + b"\0\1\2\3" * 2_600_000
"""More than the fake network takes, and not the same everywhere."""
LINK = re.compile(r"(.*): https://chat\.example\.com(/files/[A-Za-z0-9_-]{40}/\S+)")


async def get(
    world: World, path: str, method: str = "GET", **headers: str
) -> tuple[int, bytes, Mapping[str, str]]:
    """What a browser gets there, without following anything; `If_Range` is the header If-Range."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    where = world.app.url + path.removeprefix(PUBLIC)
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, where, allow_redirects=False, headers=given) as answer,
    ):
        assert "Set-Cookie" not in answer.headers
        return answer.status, await answer.read(), answer.headers


async def part_of(world: World, path: str, asked: str, **headers: str) -> tuple[int, bytes, str]:
    """The stretch of a file that is answered, and as what."""
    status, body, given = await get(world, path, Range=f"bytes={asked}", **headers)
    assert int(given["Content-Length"]) == len(body)
    return status, body, given.get("Content-Range", "")


async def status(world: World, path: str) -> tuple[int, str]:
    """The status and the sentence."""
    number, body, headers = await get(world, path)
    assert headers["Content-Type"].startswith("text/plain") and headers["Cache-Control"] == "no-store"
    return number, body.decode()


def linked(text: str) -> dict[str, str]:
    """The links of a message, by what stands before each."""
    return dict(m.groups() for m in map(LINK.fullmatch, text.split("\n")) if m)


async def sent_as_link(world: World, thread: str, text: str, *files: dict[str, Any]) -> tuple[str, list[str]]:
    """A refused message that Ana sends as a link; its ts, and where its files are."""
    before = len(received(world))
    said = await hands_in(world, thread, text, *files)
    shown = await told(world, ANA, "Nothing was sent to Mia")
    await presses(world, ANA, shown["ts"], "refusal.link")
    await world.provider.until(lambda: len(received(world)) > before)
    await quiet(world)
    return said, list(linked(received(world)[-1][0]).values())


def signed_now(world: World, file: int, until: datetime, **other: Any) -> str:
    """The path of a link, as whoever knows everything but the secret could make it."""
    ref = world.app.desk.workspace
    values = {"secret": ref.link_secret, "workspace": ref.id, "use": links.Use.CUSTOMER, **other}
    return f"/files/{links.sign(file=file, until=until, **values)}/a.pdf"


async def test_what_is_too_large_goes_as_a_link_and_is_fetched_byte_for_byte(
    tmp_path: Path, database: str
) -> None:
    async with the_world(tmp_path, database, public_url=PUBLIC) as world:
        ts = await world.conversation("mia", "Hello?")
        said = await hands_in(
            world,
            ts,
            "see both",
            {"name": "a b.png", "content": PNG},
            {"name": "large.bin", "content": LARGE},
        )
        shown = await told(world, ANA, "large.bin is 10.4 MB; Fake takes documents up to 10.0 MB.")
        assert "Nothing was sent to Mia" in shown["text"] and "text has not gone out either" in shown["text"]
        ways = ["refusal.text_only", "refusal.link", "refusal.note", "files.show"]
        assert buttons(shown) == ways
        await presses(world, ANA, shown["ts"], "refusal.link")
        await marked(world, said, "white_check_mark")
        await told(world, ANA, "On its way to the customer.")
        ((text, file),) = received(world)
        (small, where_small), (large, where_large) = linked(text).items()
        assert text.startswith("see both\n") and file is None
        assert (small, large) == (f"a b.png ({len(PNG)} bytes)", "large.bin (10 MB)")
        assert where_small.endswith("/a%20b.png") and not spooled(world)

        code, body, headers = await get(world, where_large)
        assert (code, body == LARGE) == (200, True)
        assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''large.bin"
        assert headers["Content-Type"] == "application/pdf"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in headers["Content-Security-Policy"] and headers["Cache-Control"] == "no-store"
        code, body, headers = await get(world, where_small.rpartition("/")[0] + "/anything")
        assert (code, body, headers["Content-Type"]) == (200, PNG, "image/png")
        assert headers["Content-Disposition"].endswith("a%20b.png")
        code, body, headers = await get(world, where_small, "HEAD")
        assert (code, body, headers["Content-Type"]) == (200, b"", "image/png")
        assert not spooled(world)

        await changes(world, ANA, said, "see these")
        await world.provider.until(lambda: received(world)[0][0] == text.replace("both", "these"))
        await deletes(world, ANA, said)
        await world.provider.until(lambda: not received(world))
        assert await status(world, where_small) == (
            404,
            "This file is no longer here. Please ask for it again.\n",
        )


async def test_two_who_press_at_once_send_one_link(tmp_path: Path, database: str) -> None:
    options = {"kinds": ("picture",)}
    async with the_world(tmp_path, database, public_url=PUBLIC, durations=SOON, options=options) as world:
        ts = await world.conversation("mia", "Hello?")
        said = await hands_in(world, ts, "", {"name": "holiday.png", "content": EXE, "mimetype": "image/png"})
        nudge = await line(world, ts, "Fake doesn't take files like holiday.png.")
        assert buttons(nudge) == ["refusal.link", "refusal.note", "files.show"]
        where = {"channel": SUPPORT, "ts": nudge["ts"], "action_id": "refusal.link"}
        await asyncio.gather(*(world.slack.act("press", user=user, **where) for user in (ANA, BEN)))
        await marked(world, said, "white_check_mark")
        await line(world, ts, " sent it as a link.")
        await quiet(world)
        ((text, _),) = received(world)
        ((name, path),) = linked(text).items()
        assert name == f"holiday.png ({len(EXE)} bytes)"
        late = [e["text"] for user in (ANA, BEN) for e in world.slack.ephemerals(user)]
        assert sum("This went to the customer already." in words for words in late) == 1
        code, body, headers = await get(world, path)
        assert (code, body) == (200, EXE)
        assert headers["Content-Disposition"].endswith("''holiday.png.exe")


async def test_the_menu_offers_it_and_send_to_customer_sends_the_text_only(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path), public_url=PUBLIC) as world:
        ts = await world.conversation("mia", "Hello?")
        large = {"name": "scans.pdf", "size": 118_000_000}
        text_only = await hands_in(world, ts, "text only", large)
        await marked(world, text_only, "warning")
        await sends(world, ANA, text_only)
        await marked(world, text_only, "white_check_mark")
        said = await hands_in(world, ts, "by link", large)
        await marked(world, said, "warning")
        await open_menu(world, ANA, ts, on=said)
        assert actions(modal(world, ANA))[:3] == ["refusal.text_only", "refusal.link", "refusal.note"]
        view = modal(world, ANA)["id"]
        await world.slack.act("press_view", user=ANA, view_id=view, action_id="refusal.link")
        await world.until(lambda: "On its way to the customer." in str(modal(world, ANA)["blocks"][0]))
        await world.provider.until(lambda: len(received(world)) == 2)
        assert received(world)[0] == ("text only", None)
        assert list(linked(received(world)[1][0])) == ["scans.pdf (118 MB)"]


async def test_no_link_is_offered_where_none_could_be_opened(tmp_path: Path) -> None:
    large = {"name": "scans.pdf", "size": 118_000_000}
    async with the_world(tmp_path, database_url(tmp_path), public_url=PUBLIC) as world:
        ts = await world.conversation("mia", "Hello?")
        gone = {
            "name": "plan.gdoc",
            "mode": "external",
            "is_external": True,
            "external_url": "https://x.example",
        }
        await hands_in(world, ts, "look", large, gone)
        shown = await told(world, ANA, "plan.gdoc is kept outside Slack")
        assert buttons(shown) == ["refusal.text_only", "refusal.note", "files.show"]
        await hands_in(world, ts, "look", large)
        shown = await told(world, ANA, "scans.pdf is 118 MB")
        await world.app.__aexit__()
        world.config = replace(world.config, desk=replace(world.config.desk, public_url=None))
        async with running(world):
            await presses(world, ANA, shown["ts"], "refusal.link")
            await told(world, ANA, "Files can't be sent as links here.")
            assert not received(world)


async def test_only_a_good_link_opens_and_every_refusal_is_a_sentence(tmp_path: Path) -> None:
    over = "This link is no longer valid. Please ask for the file again.\n"
    async with the_world(tmp_path, database_url(tmp_path), public_url=PUBLIC) as world:
        ts = await world.conversation("mia", "Hello?")
        said, (path,) = await sent_as_link(world, ts, "", {"name": "a.bin", "content": LARGE})
        file = await Attachment.get(message_id=(await written(said)).id)
        assert file.link_until is not None and file.link_until > datetime.now(UTC) + timedelta(days=6)
        soon, past = datetime.now(UTC) + timedelta(days=1), datetime.now(UTC) - timedelta(seconds=1)
        forged = [
            signed_now(world, file.id, past),
            signed_now(world, file.id, soon, secret="x" * 64),
            signed_now(world, file.id, soon, workspace=world.app.desk.workspace.id + 1),
            path.replace("/files/", "/files/A", 1),
            "/files/../a.bin",
            "/files/%00/a.bin",
        ]
        for wrong in forged[:-2]:
            assert await status(world, wrong) == (403, over)
        assert [(await get(world, wrong))[0] for wrong in forged[-2:]] == [404, 403]
        assert (await status(world, signed_now(world, 999_999, soon)))[0] == 404
        assert (await get(world, path, "POST"))[0] == 405

        whose = Message.filter(id=file.message_id)
        await whose.update(direction=Direction.INBOUND)
        assert (await status(world, path))[0] == 404
        await whose.update(direction=Direction.OUTBOUND)
        later = "The file can't be fetched just now. Please try again in a moment.\n"
        await Attachment.filter(id=file.id).update(path="../a.bin")
        assert await status(world, path) == (503, later)
        await Attachment.filter(id=file.id).update(path="")

        world.slack.fault("download", "500")
        code, body, headers = await get(world, path)
        assert (code, headers["Retry-After"]) == (503, "5")
        assert body.decode() == later
        world.slack.fault("download", "sign_in")
        assert (await status(world, path))[0] == 503
        world.slack.fault("download", "cut_off")
        with pytest.raises(aiohttp.ClientError):
            await get(world, path)
        assert (await get(world, path))[:2] == (200, LARGE)
        ref = (world.slack.message(SUPPORT, said) or {})["files"][0]["id"]
        await world.slack.act("delete_file", user=ANA, file=ref)
        assert (await status(world, path))[0] == 404
        codes = [(await get(world, forged[0]))[0] for _ in range(60)]
        assert codes[-1] == 429 and (await get(world, forged[0]))[2]["Retry-After"]
        assert not spooled(world)


async def test_a_link_that_failed_is_sent_again_as_it_was_or_with_new_words(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path), public_url=PUBLIC) as world:
        ts = await world.conversation("mia", "Hello?")
        said = await hands_in(world, ts, "take this", {"name": "scans.pdf", "size": 118_000_000})
        shown = await told(world, ANA, "scans.pdf is 118 MB")
        for _ in range(2):
            world.provider.fault("refused", verb="send")
        await presses(world, ANA, shown["ts"], "refusal.link")
        failed = await line(world, ts, "Not delivered to Mia")
        await presses(world, ANA, failed["ts"], "delivery.retry")
        failed = await line(world, ts, "Not delivered to Mia", times=2)
        await changes(world, ANA, said, "take that")
        file = await Attachment.get(message_id=(await written(said)).id)
        world.provider.fault("refused", verb="send")
        await presses(world, ANA, failed["ts"], "delivery.retry")
        failed = await line(world, ts, "Not delivered to Mia", times=3)
        await Attachment.filter(id=file.id).update(link_until=datetime.now(UTC))
        await presses(world, ANA, failed["ts"], "delivery.retry")
        await marked(world, said, "white_check_mark")
        tried = [body["text"] for verb, body in world.provider.calls if verb == "send"]
        assert tried[0] == tried[1] and tried[2] == tried[0].replace("this", "that")
        ((name, path),) = linked(tried[3]).items()
        assert name == "scans.pdf (118 MB)"
        ref, signed = world.app.desk.workspace, path.split("/")[2]
        found = links.read(ref.link_secret, ref.id, signed, datetime.now(UTC) + timedelta(days=6))
        assert found.file == file.id
        assert (await Message.get(slack_ts=said)).state is MessageState.SENT


async def test_stretches_of_a_file_come_from_slack_where_it_lies(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path), public_url=PUBLIC) as world:
        ts = await world.conversation("mia", "Hello?")
        _, (path,) = await sent_as_link(world, ts, "", {"name": "a.bin", "content": LARGE})
        size = len(LARGE)
        _, _, headers = await get(world, path, "HEAD", Range="bytes=0-9")
        assert (headers["Content-Length"], headers["Accept-Ranges"]) == (str(size), "bytes")
        for asked, first, end in (
            ("0-9", 0, 10),
            ("65530-65545", 65_530, 65_546),
            ("5000000-9000000", 5_000_000, 9_000_001),
            (f"{size - 7}-", size - 7, size),
            ("-7", size - 7, size),
        ):
            given = await part_of(world, path, asked)
            assert given == (206, LARGE[first:end], f"bytes {first}-{end - 1}/{size}"), asked
        same = await part_of(world, path, "0-9", If_Range=headers["ETag"])
        assert same == (206, LARGE[:10], f"bytes 0-9/{size}")
        assert await part_of(world, path, "0-9", If_Range='"another"') == (200, LARGE, "")
        assert await part_of(world, path, "0-1,5-6") == (200, LARGE, "")
        beyond = await part_of(world, path, f"{size}-")
        assert beyond == (416, b"The file has nothing there.\n", f"bytes */{size}")


@pytest.mark.parametrize("public", [True, False])
async def test_a_network_that_fetches_files_itself_gets_a_link(tmp_path: Path, public: bool) -> None:
    url = PUBLIC if public else None
    options = {"links": True}
    async with the_world(tmp_path, database_url(tmp_path), public_url=url, options=options) as world:
        ts = await world.conversation("mia", "Hello?")
        if not public:
            await hands_in(world, ts, "plan", {"name": "plan.pdf", "content": PDF})
            await line(world, ts, "Not delivered to Mia: no public link can be made for this file.")
            return
        world.provider.fault("held", verb="send")
        said = await hands_in(world, ts, "plan", {"name": "plan.pdf", "content": PDF})
        await world.provider.until(lambda: any(verb == "send" for verb, _ in world.provider.calls))
        link = next(body["file"]["link"] for verb, body in world.provider.calls if verb == "send")
        assert spooled(world)
        code, body, headers = await get(world, link)
        assert (code, body, headers["Content-Type"]) == (200, PDF, "application/pdf")
        assert headers["Content-Length"] == str(len(PDF))
        assert (await part_of(world, link, "3-5"))[:2] == (206, PDF[3:6])
        world.provider.release()
        await marked(world, said, "grey_question")
        await world.until(lambda: not spooled(world))
        assert (await get(world, link))[:2] == (200, PDF)


async def test_what_slack_does_not_have_is_fetched_for_as_long_as_the_link_says(tmp_path: Path) -> None:
    options = {"links": True}
    async with the_world(tmp_path, database_url(tmp_path), public_url=PUBLIC, options=options) as world:
        ts = await world.conversation("mia", "Hello?")
        photo, clip = picture(), film(2)
        said = await hands_in(world, ts, "", {"name": "box.jpeg", "content": photo})
        await marked(world, said, "white_check_mark")
        filmed = await hands_in(world, ts, "", {"name": "how to.png", "content": clip})
        await marked(world, filmed, "white_check_mark")
        spoken = {"name": "audio_message.m4a", "content": speech(2, "m4a"), "subtype": "slack_audio"}
        await marked(world, await hands_in(world, ts, "", spoken), "white_check_mark")
        await world.until(lambda: not spooled(world))
        first, second, voice = (body["file"] for verb, body in world.provider.calls if verb == "send")
        ends = [each["link"].rpartition("/")[2] for each in (first, second, voice)]
        assert ends == ["box.jpeg", "how%20to.png.mp4", "audio_message.ogg"]
        assert [second["plays"], voice["plays"]] == [pytest.approx(2, abs=0.1)] * 2
        for each, content in ((first, photo), (second, clip)):
            assert (await get(world, each["link"]))[:2] == (200, content)
            code, small, headers = await get(world, each["preview"])
            assert (code, headers["Content-Type"]) == (200, "image/jpeg")
            assert headers["Content-Length"] == str(len(small)) and len(small) < 100_000
            assert small[:3] == b"\xff\xd8\xff" and each["preview"].endswith("/preview.jpg")
        code, sound, headers = await get(world, voice["link"])
        assert (code, headers["Content-Type"], sound[:4]) == (200, "audio/ogg", b"OggS")

        codes = {(await get(world, first["preview"], "HEAD"))[0] for _ in range(70)}
        assert codes == {200}, "a network fetches for many"
        desk = world.app.desk
        await housekeeping.sweep(desk, everything=True)
        assert (await get(world, first["preview"]))[0] == 200
        await desk.copies.sweep(datetime.now(UTC) + timedelta(seconds=1))
        assert (await status(world, first["preview"]))[0] == 404
        file = await Attachment.get(message_id=(await written(said)).id)
        ended = signed_now(world, file.id, datetime.now(UTC) - timedelta(seconds=1), use=links.Use.NETWORK)
        assert (await status(world, ended))[0] == 403
        await deletes(world, ANA, filmed)
        await world.until(lambda: len(received(world)) == 2)
        for address in (second["link"], second["preview"]):
            assert (await status(world, address))[0] == 404


async def test_files_that_nobody_takes_hold_only_so_many_places(tmp_path: Path) -> None:
    spans = replace(FAST, slack_answers=timedelta(seconds=0.75))
    async with (
        the_world(tmp_path, database_url(tmp_path), public_url=PUBLIC, durations=spans) as world,
        aiohttp.ClientSession(read_bufsize=1024) as http,
    ):
        ts = await world.conversation("mia", "Hello?")
        _, (path,) = await sent_as_link(world, ts, "", {"name": "a.bin", "content": LARGE * 2})
        async with AsyncExitStack() as open_ones:
            url, places = world.app.url + path, range(AT_ONCE_ADDRESS)
            answers = [await open_ones.enter_async_context(http.get(url)) for _ in places]
            assert [answer.status for answer in answers] == [200 for _ in places]
            code, sentence = await status(world, path)
            assert (code, sentence[:32]) == (503, "Many files are being fetched jus")
            await _until_there_is_room(world, path)  # though nobody let go: one took nothing for too long
            assert any([await _is_cut_off(answer) for answer in answers])
        assert (await get(world, path))[:2] == (200, LARGE * 2)


async def _until_there_is_room(world: World, path: str) -> None:
    async with asyncio.timeout(10):
        while (await get(world, path, "HEAD"))[0] == 503:  # noqa: ASYNC110 - only the answer tells
            await asyncio.sleep(0.1)


async def _is_cut_off(answer: aiohttp.ClientResponse) -> bool:
    """Whether the end is missing, and the reader learns of it."""
    try:
        await answer.read()
    except aiohttp.ClientError:
        return True
    return False


async def test_a_recording_that_became_a_voice_note_is_linked_as_slack_has_it(tmp_path: Path) -> None:
    options = {"kinds": ("picture",)}
    async with the_world(tmp_path, database_url(tmp_path), public_url=PUBLIC, options=options) as world:
        ts = await world.conversation("mia", "Hello?")
        recorded = speech(1, "m4a")
        clip = {"name": "audio_message.m4a", "mimetype": "audio/mp4", "subtype": "slack_audio"}
        said = await hands_in(world, ts, "", {**clip, "content": recorded}, {"name": "a.pdf", "content": PDF})
        refused = await told(world, ANA, "a.pdf")
        await presses(world, ANA, refused["ts"], "refusal.link")
        await marked(world, said, "white_check_mark")
        ((words, _),) = received(world)
        assert f"audio_message.m4a ({human_size(len(recorded))})" in words
        link = re.findall(r"https://\S+", words)[0]
        code, content, headers = await get(world, link)
        assert (code, content, headers["Content-Type"]) == (200, recorded, "audio/mp4")

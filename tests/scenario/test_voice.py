"""Recordings and stickers, both ways: in a form that the other side plays and shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from models import Attachment
from tests.recordings import length, moving_sticker, speech, sticker
from tests.samples import VOICE
from tests.scenario.acts import line, marked
from tests.scenario.files import content, files_from, hands_in, spooled
from tests.scenario.test_files_in import sends
from tests.scenario.test_hostile import flat
from tests.scenario.world import database_url, the_world

NOTE = {"voice": True, "name": None}


def words(post: dict[str, Any]) -> str:
    return " ".join(flat(block) for block in post.get("blocks") or ())


async def test_a_customers_recording_plays_on_phones_and_is_kept(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        world.provider.files["first"] = speech(1.4)
        await world.writes("mia", files=[{"ref": "first", "duration": 14.2, **NOTE}])
        await world.until(world.cards)
        card = world.cards()[0]["ts"]
        assert "Voice message, 0:14" in str(world.cards()[0])
        assert "audio" not in str(world.cards()[0]["blocks"]), "it is not counted as a file as well"
        (post,) = await files_from(world, card, 1)
        assert words(post) == "Voice message, 0:14"
        assert [f["name"] for f in post["files"]] == ["Voice message.m4a", "Original recording.ogg"]
        played, original = content(world, post)
        assert original == speech(1.4)
        assert length(played) == pytest.approx(1.4, abs=0.1)
        await sends(world, "listen", second={"data": speech(2.4), **NOTE})
        _, post = await files_from(world, card, 2)
        assert words(post) == "Voice message, 0:02listen", "the recording itself tells how long it is"
        await sends(world, **{"song.ogg": speech(1.0)})
        await sends(world, broken={"data": VOICE, "duration": 3.0, **NOTE})
        _, _, song, broken = await files_from(world, card, 4)
        assert [f["name"] for f in song["files"]] == ["song.m4a", "song.ogg"]
        assert content(world, broken) == [VOICE], "what can't be turned into another form comes as it is"
        assert words(broken) == "Voice message, 0:03"

        await sends(
            world,
            still={"data": sticker(), "sticker": True},
            moving={"data": moving_sticker(), "sticker": True},
        )
        shown = (await files_from(world, card, 5))[-1]
        assert [f["name"] for f in shown["files"]] == ["still.png", "moving.gif"]
        assert [data[:4] for data in content(world, shown)] == [b"\x89PNG", b"GIF8"]
        assert await Attachment.filter(voice=True).count() == 3


async def test_what_an_agent_records_goes_as_a_voice_message(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path)) as world:
        card = await world.conversation()
        clip = {"name": "audio_message.m4a", "mimetype": "audio/mp4", "subtype": "slack_audio"}
        ts = await hands_in(world, card, "Listen", {**clip, "content": speech(1.5, "m4a")})
        await marked(world, ts, "white_check_mark")
        (sent,) = world.provider.shown
        assert (sent.text, sent.voice) == ("Listen", pytest.approx(1.5, abs=0.1))
        assert sent.file is not None
        assert sent.file[0] == "audio_message.ogg"
        assert sent.file[1].startswith(b"OggS")

        file = {"name": "song.m4a", "mimetype": "audio/mp4", "content": speech(1.5, "m4a")}
        song = await hands_in(world, card, "", file)
        await marked(world, song, "white_check_mark")
        assert world.provider.shown[1].voice is None
        assert world.provider.shown[1].file == ("song.m4a", speech(1.5, "m4a"))
        broken = await hands_in(world, card, "", {**clip, "content": b"\0\0\0\x18ftypM4A " + b"\0" * 400})
        await marked(world, broken, "white_check_mark")
        assert world.provider.shown[2].voice is None, "what can't be turned into a note goes as a file"
        await world.until(lambda: not spooled(world))


async def test_without_voice_messages_a_recording_goes_as_a_file(tmp_path: Path) -> None:
    async with the_world(tmp_path, database_url(tmp_path), bare=True) as world:
        card = await world.conversation()
        clip = {"name": "clip.m4a", "mimetype": "audio/mp4", "subtype": "slack_audio"}
        ts = await hands_in(world, card, "", {**clip, "content": speech(1.5, "m4a")})
        await marked(world, ts, "white_check_mark")
        assert world.provider.shown[0].file == ("clip.m4a", speech(1.5, "m4a"))
        await line(world, card, "Ana took this.")

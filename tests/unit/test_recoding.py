"""Media in another form: which, and what becomes of what can't be turned into one."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest
from PIL import Image

from desk import recode
from desk.recoding import LARGEST, Recoding, for_slack
from networks.capabilities import MediaKind
from tests.recordings import film, length, moving_sticker, pictures, speech, sticker
from tests.samples import FILM, JPEG, VOICE


@pytest.mark.parametrize(
    ("mime", "claimed", "form"),
    [
        ("audio/ogg", MediaKind.AUDIO, "m4a"),
        ("application/ogg", None, "m4a"),
        ("audio/amr", None, "m4a"),
        ("audio/mpeg", MediaKind.AUDIO, None),
        ("audio/mp4", None, None),
        ("audio/midi", None, None),
        ("image/webp", MediaKind.PICTURE, "png"),
        ("image/webp", None, None),
        ("video/webm", MediaKind.PICTURE, "gif"),
        ("video/webm", MediaKind.VIDEO, None),
        ("image/png", MediaKind.PICTURE, None),
    ],
)
def test_only_what_slacks_apps_do_not_show_is_changed(
    mime: str, claimed: MediaKind | None, form: str | None
) -> None:
    assert for_slack(mime, claimed) == form


def made_of(folder: Path, data: bytes, container: str, form: str) -> tuple[bytes, float]:
    """The other form, made by the program's code in this process; and how long it plays."""
    source, target = folder / "source", folder / form
    source.write_bytes(data)
    seconds = recode.main(str(source), container, form, str(target))
    return target.read_bytes(), seconds


@pytest.mark.parametrize(("form", "container", "other"), [("ogg", "ogg", "m4a"), ("m4a", "mp4", "ogg")])
def test_recordings_keep_their_length(tmp_path: Path, form: str, container: str, other: str) -> None:
    recording = speech(2.5, form)
    made, seconds = made_of(tmp_path, recording, container, other)
    assert seconds == pytest.approx(length(recording), abs=0.1)
    assert length(made) == pytest.approx(length(recording), abs=0.1)


def test_stickers_become_pictures(tmp_path: Path) -> None:
    still, _ = made_of(tmp_path, sticker(), "webp_pipe", "png")
    assert still.startswith(b"\x89PNG\r\n")
    moving, seconds = made_of(tmp_path, moving_sticker(), "matroska", "gif")
    assert moving.startswith(b"GIF89a")
    assert pictures(moving) > 5
    assert 0.5 < seconds < 1


async def glanced(folder: Path, data: bytes, mime: str) -> tuple[Image.Image | None, float | None]:
    """The preview, and how long it plays, made by the program as a process of its own."""
    source, recoding = folder / "source", Recoding()
    source.write_bytes(data)
    async with recoding.made(source, mime, "jpg") as made:
        picture = Image.open(io.BytesIO(made.path.read_bytes()), formats=["JPEG"]) if made else None
    return picture, await recoding.seconds(source, mime)


async def test_pictures_and_films_have_a_small_preview(tmp_path: Path) -> None:
    turned, clear = io.BytesIO(), io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # held upright
    Image.new("RGB", (3000, 1000), "red").save(turned, "JPEG", exif=exif)
    Image.new("RGBA", (100, 50), (0, 0, 0, 0)).save(clear, "PNG")
    upright, _ = await glanced(tmp_path, turned.getvalue(), "image/jpeg")
    white, _ = await glanced(tmp_path, clear.getvalue(), "image/png")
    still, seconds = await glanced(tmp_path, film(2), "video/mp4")
    assert upright and white and still
    assert (upright.size, white.size, still.size) == ((133, 400), (100, 50), (320, 240))
    assert white.getpixel((5, 5)) == (255, 255, 255)
    assert seconds == pytest.approx(2, abs=0.1)


async def test_of_what_is_none_there_is_no_preview_and_no_length(tmp_path: Path) -> None:
    for data, mime in ((JPEG, "image/jpeg"), (b"", "video/mp4"), (FILM, "video/mp4"), (b"x", "text/plain")):
        assert await glanced(tmp_path, data, mime) == (None, None)
    _, seconds = await glanced(tmp_path, speech(3, "m4a"), "audio/mp4")
    assert seconds == pytest.approx(3, abs=0.1)


async def remade(folder: Path, data: bytes, mime: str, form: str, within: float = 60) -> bytes | None:
    """The other form, made by the program as a process of its own."""
    source = folder / "source"
    source.write_bytes(data)
    async with Recoding(within).made(source, mime, form) as made:
        return made.path.read_bytes() if made else None


async def test_what_cannot_be_changed_is_left(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(speech(1))
    lists_others = f"ffconcat version 1.0\nfile {secret}\n".encode()
    for data, mime in (
        (VOICE, "audio/ogg"),
        (b"", "audio/ogg"),
        (speech(1)[:200], "audio/ogg"),
        (lists_others, "audio/ogg"),
        (speech(1), "audio/midi"),
    ):
        assert await remade(tmp_path, data, mime, "m4a") is None, (data[:30], mime)
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(LARGEST + 1)
    async with Recoding().made(large, "audio/ogg", "m4a") as made:
        assert made is None


async def test_one_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    async with asyncio.timeout(5):
        assert await remade(tmp_path, speech(2.5), "audio/ogg", "m4a", within=0.01) is None

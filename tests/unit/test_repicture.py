"""Pictures made to fit: upright, in common colours, without where they were taken, as large as may be."""

from __future__ import annotations

import asyncio
import io
import struct
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import Image, ImageCms

from desk import repicture
from desk.recoding import Cannot, Fitted, Recoding
from tests.samples import PDF

pillow_heif.register_heif_opener()

GPS = 0x8825
ORIENTATION = 0x0112


def written(picture: Image.Image, form: str, **how: Any) -> bytes:
    made = io.BytesIO()
    picture.save(made, form, **how)
    return made.getvalue()


def taken_somewhere(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif.get_ifd(GPS).update({1: "N", 2: (52.0, 31.0, 12.0)})
    return exif


@cache
def photo(width: int = 600, height: int = 450) -> Image.Image:
    """Left red, right noise, so that it can be told how it lies."""
    made = Image.effect_noise((width, height), 80).convert("RGB")
    made.paste((220, 20, 20), (0, 0, width // 2, height))
    return made


def made_of(
    folder: Path, data: bytes, form: str, forms: str = "jpg,png", most: int = 5_000_000
) -> Image.Image:
    """The picture that fits, made by the program's code in this process."""
    source, target = folder / "source", folder / "made"
    source.write_bytes(data)
    said = repicture.main(str(source), form, forms, str(most), str(target)).split()
    content = target.read_bytes()
    made = Image.open(io.BytesIO(content))
    made.load()
    assert len(content) <= most
    assert said == ["png" if made.format == "PNG" else "jpg", str(made.width), str(made.height)]
    assert made.mode in ("RGB", "RGBA") and not made.getexif()
    assert not {"exif", "xmp", "icc_profile", "comment"} & made.info.keys()
    assert b"Exif" not in content and b"at home" not in content
    return made


def near(found: object, wanted: tuple[int, ...]) -> bool:
    assert isinstance(found, tuple)
    return all(abs(a - b) <= 6 for a, b in zip(found, wanted, strict=True))


RED = (220, 20, 20)


@pytest.mark.parametrize(
    ("form", "how"),
    [
        ("HEIF", {"exif": taken_somewhere(), "quality": 90}),
        ("AVIF", {"exif": taken_somewhere(), "quality": 90}),
        ("WEBP", {"exif": taken_somewhere(), "quality": 95}),
        ("BMP", {}),
        ("TIFF", {"compression": "tiff_lzw", "exif": taken_somewhere()}),
        ("PNG", {"exif": taken_somewhere()}),
        ("JPEG", {"exif": taken_somewhere(), "comment": b"at home", "xmp": b"<x>52</x>"}),
    ],
)
def test_every_kind_becomes_a_jpeg_that_tells_nothing_else(
    tmp_path: Path, form: str, how: dict[str, Any]
) -> None:
    made = made_of(tmp_path, written(photo(120, 80), form, **how), form)
    assert (made.format, made.size) == ("JPEG", (120, 80))
    assert near(made.getpixel((20, 40)), RED)


def test_it_is_upright(tmp_path: Path) -> None:
    for form in ("JPEG", "WEBP", "TIFF"):
        held = written(photo(120, 80), form, exif=taken_somewhere(6))
        made = made_of(tmp_path, held, form)
        assert made.size == (80, 120) and near(made.getpixel((40, 20)), RED), form


def test_grey_and_print_colours_are_what_they_were(tmp_path: Path) -> None:
    deep = made_of(tmp_path, written(Image.new("I;16", (40, 40), 40_000), "PNG"), "PNG")
    assert near(deep.getpixel((9, 9)), (156,) * 3)
    real = made_of(tmp_path, written(Image.new("F", (40, 40), 0.5), "TIFF"), "TIFF")
    assert near(real.getpixel((9, 9)), (128,) * 3)
    cmyk = written(Image.new("CMYK", (40, 40), (0, 255, 255, 0)), "JPEG")
    assert near(made_of(tmp_path, cmyk, "JPEG").getpixel((9, 9)), (254, 0, 0))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for own in (profile, b"no profile"):
        made = made_of(tmp_path, written(photo(40, 40), "PNG", icc_profile=own), "PNG")
        assert near(made.getpixel((5, 5)), RED)


def clear_palette() -> Image.Image:
    made = Image.new("P", (60, 40), 1)
    made.putpalette([0, 0, 0, 220, 20, 20])
    made.paste(0, (0, 0, 30, 40))
    return made


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (written(clear_palette(), "PNG", transparency=0), "PNG"),
        (written(clear_palette().convert("RGB"), "PNG", transparency=(0, 0, 0)), "PNG"),
        (written(Image.merge("RGBA", (*photo(60, 40).split(), Image.linear_gradient("L").resize((60, 40)))),
                 "WEBP", lossless=True), "WEBP"),
        (written(Image.new("LA", (60, 40), (90, 0)), "PNG"), "PNG"),
    ],
)  # fmt: skip
def test_what_is_transparent_stays_so_or_becomes_white(tmp_path: Path, data: bytes, form: str) -> None:
    clear = made_of(tmp_path, data, form)
    assert (clear.format, clear.mode) == ("PNG", "RGBA")
    assert near((clear.getchannel("A").getpixel((2, 0)),), (0,))
    white = made_of(tmp_path, data, form, "jpg")
    assert white.format == "JPEG" and near(white.getpixel((2, 0)), (255,) * 3)


def test_what_could_be_transparent_and_is_not_becomes_a_jpeg(tmp_path: Path) -> None:
    assert made_of(tmp_path, written(photo(60, 40).convert("RGBA"), "PNG"), "PNG").format == "JPEG"
    assert made_of(tmp_path, written(photo(60, 40), "PNG"), "PNG", "png").format == "PNG"


def test_quality_goes_before_size_and_there_is_an_end(tmp_path: Path) -> None:
    data = written(photo(), "BMP")
    best = len(written(photo(), "JPEG", quality=92))
    least = len(written(photo(), "JPEG", quality=75))
    sizes = [made_of(tmp_path, data, "BMP", most=most).size for most in (best, least, least - 1)]
    assert sizes == [(600, 450), (600, 450), (480, 360)]
    with pytest.raises(repicture.Cannot, match="small"):
        made_of(tmp_path, data, "BMP", most=9_000)
    assert made_of(tmp_path, written(Image.new("L", (70_000, 4)), "PNG"), "PNG").size == (56_000, 3)
    clear = Image.merge("RGBA", (*photo().split(), Image.linear_gradient("L").resize((600, 450))))
    large = written(clear, "PNG")
    assert made_of(tmp_path, large, "PNG", most=len(large) // 3).format == "JPEG"
    assert made_of(tmp_path, large, "PNG", "png", most=len(large) - 1000).size < (600, 450)


def test_of_several_pictures_none_is_chosen(tmp_path: Path) -> None:
    one, two = Image.new("RGB", (30, 30), "red"), Image.new("RGB", (30, 30), "blue")
    for form in ("WEBP", "TIFF", "PNG", "AVIF"):
        with pytest.raises(repicture.Cannot, match="several"):
            made_of(tmp_path, written(one, form, save_all=True, append_images=[two]), form)
    for form, as_read in (("MPO", "JPEG"), ("HEIF", "HEIF")):  # the others only serve the first
        data = written(one, form, save_all=True, append_images=[two])
        assert near(made_of(tmp_path, data, as_read).getpixel((9, 9)), (254, 0, 0)), form


def huge_png(side: int) -> bytes:
    """What promises so many pixels in a few bytes, and keeps it."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checked = kind + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((side // 8 + 1) * side), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_more_pixels_than_there_is_room_for_are_never_unpacked(tmp_path: Path) -> None:
    with pytest.raises(repicture.Cannot, match="pixels"):
        made_of(tmp_path, huge_png(8_000), "PNG")
    large = Image.new("L", (9_600, 6_400), 128)
    assert made_of(tmp_path, written(large, "JPEG"), "JPEG").size == (4_800, 3_200)


async def fitted(
    folder: Path, data: bytes, mime: str, most: int = 5_000_000, within: float = 60
) -> tuple[Fitted | Cannot, bytes]:
    """The same by the program as a process of its own, and its bytes."""
    source = folder / "source"
    source.write_bytes(data)
    async with Recoding(within).fitted(source, mime, ("jpg", "png"), most) as made:
        return made, made.path.read_bytes() if isinstance(made, Fitted) else b""


async def test_the_process_says_what_it_made_or_why_not(tmp_path: Path) -> None:
    photographed = written(photo(120, 80), "HEIF", exif=taken_somewhere())
    made, content = await fitted(tmp_path, photographed, "image/heic")
    assert isinstance(made, Fitted) and (made.form, made.width, made.height) == ("jpg", 120, 80)
    assert content.startswith(b"\xff\xd8\xff") and not made.path.exists()
    assert near(Image.open(io.BytesIO(content)).getpixel((20, 40)), RED)
    whole = written(photo(), "TIFF")
    cases: list[tuple[bytes, str, Cannot]] = [
        (whole[: len(whole) // 2], "image/tiff", Cannot.BROKEN),
        (PDF, "image/heic", Cannot.BROKEN),
        (huge_png(8_000), "image/png", Cannot.PIXELS),
    ]
    for data, mime, why in cases:
        assert (await fitted(tmp_path, data, mime))[0] is why, (data[:20], mime)
    assert (await fitted(tmp_path, PDF, "application/pdf"))[0] is Cannot.BROKEN
    async with asyncio.timeout(5):
        assert (await fitted(tmp_path, whole, "image/tiff", within=0.01))[0] is Cannot.SLOW

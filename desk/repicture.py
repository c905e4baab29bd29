"""Makes a picture fit: in another form, and as large as there is room for. Run by `desk/bounded.py`.

It is shown as its camera was held, in the colours of every screen, and without what else stood in the
file, such as where it was taken. Arguments: the source, what Pillow calls its format, the forms it may
become ("jpg,png"), for how many bytes there is room, and the file to write. Prints the form, the width
and the height; or why it can't be done, which is one word of `desk.recoding.Cannot`.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pillow_heif
from PIL import Image, ImageCms, ImageOps

_PIXELS = 50_000_000
"""What a phone's best camera takes; a larger JPEG is read at half its size."""
_JPEG_SIDE = 65_500
_QUALITIES = (75, 85, 92)
_SHRINK = 0.8
_SMALLEST = 480
"""Pixels of the longer side under which nothing is left to see; what was smaller before stays as it is."""
_ONE_OF_MANY = frozenset({"JPEG", "HEIF"})
"""Formats in which further pictures only serve the first one."""


class Cannot(Exception):
    """It can't be made to fit; the argument is the word that says why."""


class _Room(io.BytesIO):
    """Takes so many bytes and no more."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, data: Any, /) -> int:
        """Raises `OverflowError` once there is no more room."""
        if self.tell() + len(data) > self._most:
            raise OverflowError
        return super().write(data)


def main(source: str, form: str, forms: str, most: str, target: str) -> str:
    """Write the picture in the first form, size and quality that fits; returns what it has become.

    Raises `Cannot`, and whatever the libraries raise for what is no such picture.
    """
    found = _fitting(_seen(source, form), forms.split(","), int(most))
    if found is None:
        raise Cannot("small")
    name, picture, made = found
    Path(target).write_bytes(made)
    return f"{name} {picture.width} {picture.height}"


def _seen(source: str, form: str) -> Image.Image:
    """The picture as it is to be seen: upright, RGB or RGBA. Raises `Cannot`."""
    if form == "HEIF":
        pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)
    Image.MAX_IMAGE_PIXELS = None  # `_bound` counts them
    found = Image.open(source, formats=(form,))
    if getattr(found, "n_frames", 1) > 1 and form not in _ONE_OF_MANY:
        raise Cannot("several")
    _bound(found)
    found.load()
    ImageOps.exif_transpose(found, in_place=True)
    seen = _in_common_colours(_levelled(found))
    seen.info = {}
    return seen


def _bound(found: Image.Image) -> None:
    """Unpack nothing that is larger than there is memory for. Raises `Cannot`."""
    if found.width * found.height > _PIXELS:
        found.draft(found.mode, (found.width // 2, found.height // 2))
    if found.width * found.height > _PIXELS:
        raise Cannot("pixels")


def _levelled(found: Image.Image) -> Image.Image:
    """Grey of more than 8 bits as one of 8."""
    if found.mode[0] not in "IF":
        return found
    lightest = float(cast(tuple[float, float], found.getextrema())[1])
    usual = 1.0 if found.mode == "F" else 255.0 if lightest <= 255 else 65_535.0
    scale = 255 / max(lightest, usual)
    return found.convert("F").point(lambda value: value * scale).convert("L")


def _in_common_colours(found: Image.Image) -> Image.Image:
    """The same in sRGB, with what is transparent where anything may be."""
    mode = "RGBA" if found.has_transparency_data else "RGB"
    if own := found.info.get("icc_profile"):
        found = found if found.mode in ("L", "CMYK", mode) else found.convert(mode)
        with contextlib.suppress(ImageCms.PyCMSError, OSError):  # one that doesn't fit is of no use
            profile, common = ImageCms.ImageCmsProfile(io.BytesIO(own)), ImageCms.createProfile("sRGB")
            there = found.mode == mode
            made = ImageCms.profileToProfile(found, profile, common, outputMode=mode, inPlace=there)
            found = made or found
    return found if found.mode == mode else found.convert(mode)


def _fitting(picture: Image.Image, forms: list[str], most: int) -> tuple[str, Image.Image, bytes] | None:
    """The largest and best there is room for: its form, the picture itself, and the bytes."""
    if "png" in forms and _shows_through(picture) and (made := _png(picture, most)):
        return "png", picture, made
    form, write = ("jpg", _jpeg) if "jpg" in forms else ("png", _png)
    for each in _sizes(_on_white(picture) if form == "jpg" else picture):
        if made := write(each, most):
            return form, each, made
    return None


def _png(picture: Image.Image, most: int) -> bytes:
    return _written(picture, most, format="PNG")


def _jpeg(picture: Image.Image, most: int) -> bytes:
    """In the best quality there is room for; the lowest is tried first, since most sizes are too large
    in any."""
    if max(picture.size) > _JPEG_SIDE:
        return b""
    lowest, *better = _QUALITIES
    made = _written(picture, most, format="JPEG", quality=lowest)
    for quality in reversed(better if made else ()):
        if best := _written(picture, most, format="JPEG", quality=quality):
            return best
    return made


def _shows_through(picture: Image.Image) -> bool:
    return picture.mode == "RGBA" and picture.getchannel("A").getextrema()[0] != 255


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def _sizes(picture: Image.Image) -> Iterator[Image.Image]:
    """The picture, and then smaller and smaller ones."""
    yield picture
    longer = max(picture.size) * _SHRINK
    while longer >= _SMALLEST:
        share = longer / max(picture.size)
        size = max(round(picture.width * share), 1), max(round(picture.height * share), 1)
        yield picture.resize(size, Image.Resampling.LANCZOS)
        longer *= _SHRINK


def _written(picture: Image.Image, most: int, **how: Any) -> bytes:
    """The file's bytes; none where there is no room for them."""
    made = _Room(most)
    try:
        picture.save(made, **how)
    except OverflowError:
        return b""
    return made.getvalue()


if __name__ == "__main__":
    try:
        said = main(*sys.argv[1:6])
    except Cannot as reason:
        said = str(reason)
    except MemoryError:
        said = "pixels"
    sys.stdout.write(f"{said}\n")

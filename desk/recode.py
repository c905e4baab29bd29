"""Turns one media file into another form, and prints its length in seconds. Run by `desk/bounded.py`.

Arguments: the source, its container's format, what to make of it, and the file to write.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.filter import Graph
from av.video.codeccontext import VideoCodecContext
from PIL import Image, ImageOps

_LONGEST_FILM = 10.0
"""Seconds of a moving sticker that are shown."""


_PREVIEW = 400
"""Pixels of a preview's longer side; such a JPEG has well under 100 kB."""
_PIXELS = 200_000_000
_STILL = {"jpeg_pipe": "JPEG", "png_pipe": "PNG", "gif": "GIF", "webp_pipe": "WEBP"}
"""Containers of a picture, and what Pillow calls them: it turns them as their camera was held."""

_WRITING = {"ipod": {"movflags": "faststart"}}
"""What is needed to play it stands at its beginning."""


def main(source: str, container: str, form: str, target: str) -> float:
    """Write the other form of the file; returns how long it is, in seconds."""
    if form == "jpg" and container in _STILL:
        return _small(_picture_of(source, _STILL[container]), target)
    with av.open(source, format=container, options={"protocol_whitelist": "file"}) as found:
        return FORMS[form](found, target)


def _audio(codec: str, muxer: str, rate: int) -> Callable[[InputContainer, str], float]:
    def make(found: InputContainer, target: str) -> float:
        stream = found.streams.audio[0]
        with av.open(target, "w", format=muxer, options=_WRITING.get(muxer, {})) as made:
            out = cast(AudioStream, made.add_stream(codec, rate=48_000, layout="mono", bit_rate=rate))
            samples = 0
            for frame in _mono(found, stream.index, out.format.name):
                samples += frame.samples
                made.mux(out.encode(frame))
            made.mux(out.encode(None))
        return samples / 48_000

    return make


def _mono(found: InputContainer, index: int, form: str) -> Iterator[av.AudioFrame]:
    """The sound, mixed down as recordings of a voice are, in the form its encoder takes."""
    resampler = AudioResampler(format=form, layout="mono", rate=48_000)
    for frame in found.decode(audio=index):
        yield from resampler.resample(frame)
    yield from resampler.resample(None)


def _picture(found: InputContainer, target: str) -> float:
    """The first picture as a PNG."""
    frame = next(found.decode(video=0)).reformat(format="rgba")
    encoder = av.CodecContext.create("png", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "rgba"
    encoder.time_base = Fraction(1, 25)
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    Path(target).write_bytes(b"".join(bytes(packet) for packet in packets))
    return 0.0


def _moving(found: InputContainer, target: str) -> float:
    """A short film as a GIF that keeps what is transparent."""
    stream = found.streams.video[0]
    with av.open(target, "w", format="gif") as made:
        out = made.add_stream("gif", rate=15)
        out.width, out.height, out.pix_fmt = stream.width // 2, stream.height // 2, "pal8"
        graph = _palette(stream.width, stream.height, stream.time_base or Fraction(1, 1000))
        last = 0.0
        for frame in _with_alpha(found):
            last = frame.time or 0.0
            if last > _LONGEST_FILM:
                break
            graph.push(frame)
        graph.push(None)
        with contextlib.suppress(av.error.EOFError, av.error.BlockingIOError):
            while True:
                made.mux(out.encode(cast(av.VideoFrame, graph.pull())))
        made.mux(out.encode(None))
    return last


def _with_alpha(found: InputContainer) -> Iterator[av.VideoFrame]:
    """The pictures of a VP8 or VP9 film; only this decoder sees what is transparent."""
    name = {"vp8": "libvpx", "vp9": "libvpx-vp9"}.get(found.streams.video[0].codec_context.name, "")
    decoder = cast(VideoCodecContext, av.CodecContext.create(name, "r"))
    for packet in found.demux(video=0):
        for frame in decoder.decode(packet):
            yield frame.reformat(format="rgba")


def _palette(width: int, height: int, time_base: Fraction) -> Graph:
    """Half as large, fifteen pictures a second, 256 colours chosen for this film."""
    graph = Graph()
    source = graph.add_buffer(width=width, height=height, format=av.VideoFormat("rgba"), time_base=time_base)
    fps, scale = graph.add("fps", "15"), graph.add("scale", f"{width // 2}:{height // 2}")
    split, choose = graph.add("split"), graph.add("palettegen", "reserve_transparent=1")
    use, sink = graph.add("paletteuse", "alpha_threshold=128"), graph.add("buffersink")
    source.link_to(fps)
    fps.link_to(scale)
    scale.link_to(split)
    split.link_to(use, 0, 0)
    split.link_to(choose, 1, 0)
    choose.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    return graph


def _frame(found: InputContainer, target: str) -> float:
    """A film's first picture, small, as a JPEG; how long the film is."""
    frame = next(found.decode(video=0))
    picture = cast(Image.Image, cast(Any, frame).to_image())
    return _small(picture.rotate(frame.rotation, expand=True), target) or _length(found, target)


def _picture_of(source: str, form: str) -> Image.Image:
    """A picture as it is to be seen, no larger in memory than it has to be."""
    Image.MAX_IMAGE_PIXELS = _PIXELS
    found = Image.open(source, formats=(form,))
    found.draft("RGB", (2 * _PREVIEW, 2 * _PREVIEW))
    return ImageOps.exif_transpose(found)


def _small(picture: Image.Image, target: str) -> float:
    """Write the picture as a small JPEG, what is transparent in white."""
    picture.thumbnail((_PREVIEW, _PREVIEW))
    seen = picture.convert("RGBA")
    ground = Image.new("RGB", seen.size, "white")
    ground.paste(seen, mask=seen.getchannel("A"))
    ground.save(target, "JPEG", quality=80)
    return 0.0


def _length(found: InputContainer, target: str) -> float:
    """How long it plays, as its container says; nothing is written."""
    return (found.duration or 0) / av.time_base


FORMS: dict[str, Callable[[InputContainer, str], float]] = {
    "m4a": _audio("aac", "ipod", 64_000),
    "ogg": _audio("libopus", "ogg", 32_000),
    "png": _picture,
    "gif": _moving,
    "jpg": _frame,
    "length": _length,
}


if __name__ == "__main__":
    sys.stdout.write(f"{main(*sys.argv[1:5])}\n")

"""Real recordings, pictures and short films, as customers' and agents' devices make them."""

from __future__ import annotations

import array
import io
import math
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import cast

import av
from av.audio.stream import AudioStream
from av.video.stream import VideoStream
from PIL import Image

RATE = 48_000


@cache
def speech(seconds: float, form: str = "ogg") -> bytes:
    """A tone of that length: `ogg` with Opus, as phones record notes, or `m4a`, as Slack does."""
    codec, muxer = {"ogg": ("libopus", "ogg"), "m4a": ("aac", "ipod")}[form]
    made = io.BytesIO()
    with av.open(made, "w", format=muxer) as container:
        stream = cast(AudioStream, container.add_stream(codec, rate=RATE, layout="mono"))
        resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=RATE)
        for frame in _tone(seconds):
            for each in resampler.resample(frame):
                container.mux(stream.encode(each))
        container.mux(stream.encode(None))
    return made.getvalue()


def _tone(seconds: float) -> Iterator[av.AudioFrame]:
    wave = array.array("h", (int(8000 * math.sin(math.tau * 440 * n / RATE)) for n in range(RATE)))
    for second in range(math.ceil(seconds)):
        samples = round(min(seconds - second, 1) * RATE)
        frame = av.AudioFrame(format="s16", layout="mono", samples=samples)
        frame.sample_rate, frame.pts, frame.time_base = RATE, second * RATE, Fraction(1, RATE)
        frame.planes[0].update(wave[:samples].tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
        yield frame


@cache
def film(seconds: int) -> bytes:
    """A film of 320 by 240, as phones record them."""
    made = io.BytesIO()
    with av.open(made, "w", format="mp4") as container:
        stream = cast(VideoStream, container.add_stream("mpeg4", rate=5))
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number in range(5 * seconds):
            frame = av.VideoFrame(320, 240, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([100 + number]) * plane.buffer_size)
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return made.getvalue()


@cache
def picture() -> bytes:
    """A photograph's worth of JPEG."""
    made = io.BytesIO()
    Image.effect_noise((900, 600), 90).convert("RGB").save(made, "JPEG")
    return made.getvalue()


@cache
def sticker() -> bytes:
    """A WebP picture."""
    encoder = av.CodecContext.create("libwebp", "w")
    encoder.width = encoder.height = 32
    encoder.pix_fmt, encoder.time_base = "bgra", Fraction(1, 25)
    picture = av.VideoFrame(32, 32, "bgra")
    picture.planes[0].update(bytes([10, 200, 30, 128]) * 32 * 32)
    picture.pts = 0
    return b"".join(bytes(packet) for packet in [*encoder.encode(picture), *encoder.encode(None)])


@cache
def moving_sticker() -> bytes:
    """A second of transparent VP9 film."""
    made = io.BytesIO()
    with av.open(made, "w", format="webm") as container:
        stream = cast(VideoStream, container.add_stream("libvpx-vp9", rate=15))
        stream.width = stream.height = 32
        stream.pix_fmt = "yuva420p"
        for number in range(15):
            frame = av.VideoFrame(32, 32, "rgba")
            frame.planes[0].update(bytes([number * 16, 90, 30, 255 * (number % 2)]) * 32 * 32)
            frame = frame.reformat(format="yuva420p")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return made.getvalue()


def length(recording: bytes) -> float:
    """How long a recording plays, in seconds."""
    with av.open(io.BytesIO(recording)) as container:
        stream = container.streams.audio[0]
        return sum(frame.samples for frame in container.decode(stream)) / stream.rate


def pictures(file: bytes) -> int:
    """How many pictures a file shows."""
    with av.open(io.BytesIO(file)) as container:
        return sum(1 for _ in container.decode(video=0))

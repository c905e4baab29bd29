"""Numbers in words: sizes, counts, durations. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from networks.capabilities import MediaKind

KIND_PLURAL: Mapping[MediaKind, str] = {
    MediaKind.PICTURE: "pictures",
    MediaKind.VIDEO: "video",
    MediaKind.AUDIO: "audio",
    MediaKind.DOCUMENT: "documents",
}
_COUNTED: Mapping[MediaKind, tuple[str, str]] = {
    MediaKind.PICTURE: ("picture", "pictures"),
    MediaKind.VIDEO: ("video", "videos"),
    MediaKind.AUDIO: ("audio file", "audio files"),
    MediaKind.DOCUMENT: ("document", "documents"),
}


def named(kind: MediaKind) -> str:
    """What a file is called that came without a name."""
    return "audio" if kind is MediaKind.AUDIO else _COUNTED[kind][0]


def size(count: int) -> str:
    """A number of bytes for people: "34 MB". One MB is a million bytes, as on every network's page."""
    for unit, name in ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "KB")):
        if count >= unit * 0.9995:
            return f"{_short(count / unit)} {name}"
    return f"{count} byte" if count == 1 else f"{count} bytes"


def _short(number: float) -> str:
    return str(int(number + 0.5)) if number >= 9.95 else f"{number:.1f}".removesuffix(".0")


def sizes(count: int, limit: int) -> tuple[str, str]:
    """A size and the limit it breaks, exact enough that they differ."""
    if size(count) != size(limit):
        return size(count), size(limit)
    for digits in (1, 2, 3):
        both = f"{count / 1_000_000:.{digits}f} MB", f"{limit / 1_000_000:.{digits}f} MB"
        if both[0] != both[1]:
            return both
    return f"{count:,} bytes", f"{limit:,} bytes"


def counted(files: Sequence[tuple[MediaKind, int]]) -> str:
    """How many of each kind: "1 picture, 2 documents"; empty for none."""
    return ", ".join(f"{n} {_COUNTED[kind][0 if n == 1 else 1]}" for kind, n in files if n > 0)


def listed(words: Sequence[str], last: str = "and") -> str:
    """Words in a row: "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def duration(span: timedelta) -> str:
    """A span in its largest fitting unit: "5 s", "2 min", "3 hours", "7 days"."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3_600:
        return f"{seconds // 60} min"
    number, word = (seconds // 3_600, "hour") if seconds <= 172_800 else (seconds // 86_400, "day")
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def clock(seconds: float) -> str:
    """The length of a recording: "0:14"."""
    whole = max(0, int(seconds + 0.5))
    return f"{whole // 60}:{whole % 60:02d}"

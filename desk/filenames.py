"""Names of files: made harmless before they stand anywhere. Pure."""

from __future__ import annotations

import mimetypes
import re
import unicodedata

_LONGEST = 150
"""In bytes of UTF-8: every file system and network takes that."""
_LONGEST_EXTENSION = 12

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}
)

_EXTENSIONS = {
    "application/vnd.microsoft.portable-executable": "exe",
    "audio/aac": "aac",
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "image/avif": "avif",
    "image/heic": "heic",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "text/plain": "txt",
}


def extension_of(name: str) -> str:
    """The extension in small letters without its dot; empty where there is none."""
    stem, dot, extension = name.rpartition(".")
    plain = extension.isascii() and extension.isalnum() and len(extension) <= _LONGEST_EXTENSION
    return extension.lower() if dot and stem.strip(". ") and plain else ""


def safe_name(name: str | None, mime: str = "") -> str:
    """A name to show and to send: the last part of a path, without what is invisible, turns
    the reading direction or means something to a file system; at most 150 bytes with its
    extension kept; never empty. A name without an extension gets that of `mime`."""
    last = re.split(r"[/\\]", (name or "")[:10_000].rstrip("/\\ "))[-1]
    shown = "".join(c for c in last if c.isspace() or unicodedata.category(c) not in _HIDDEN)
    clean = _FORBIDDEN.sub("_", " ".join(shown.split())).strip(". ")
    extension = extension_of(clean)
    kept = clean[len(clean) - len(extension) :] if extension else ""
    stem = clean[: -len(kept) - 1] if kept else clean
    if not kept:
        kept = _extension_for(mime)
    return _joined(stem, kept)


def _joined(stem: str, extension: str) -> str:
    tail = f".{extension}" if extension else ""
    stem = _cut(stem, _LONGEST - len(tail)).strip(". ") or "file"
    if stem.split(".")[0].strip().lower() in _RESERVED:
        stem = f"_{_cut(stem, _LONGEST - len(tail) - 1)}"
    return stem + tail


def _extension_for(mime: str) -> str:
    guessed = _EXTENSIONS.get(mime) or (mimetypes.guess_extension(mime) or "").removeprefix(".")
    return "" if mime in ("", "application/octet-stream") else guessed


def _cut(text: str, most_bytes: int) -> str:
    return text.encode("utf-8")[:most_bytes].decode("utf-8", "ignore")

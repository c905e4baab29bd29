"""Pictures that a network doesn't take as they are: whether another form would go, and which. Pure.

What would be changed is only offered; an agent decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from desk import media
from desk.filetypes import kind_of
from networks.capabilities import MediaKind, MediaRule

LARGEST = 100_000_000
"""Bytes of a picture that is converted."""

NAMES = {
    "image/heic": "HEIC",
    "image/heif": "HEIF",
    "image/avif": "AVIF",
    "image/webp": "WebP",
    "image/bmp": "BMP",
    "image/tiff": "TIFF",
    "image/png": "PNG",
    "image/jpeg": "JPEG",
}
"""The pictures that can be converted, as people call them. Of a GIF only the first picture would be left."""

_MAYBE_CLEAR = frozenset({"image/png", "image/webp", "image/avif", "image/tiff"})

FORMS = {"jpg": "image/jpeg", "png": "image/png"}
"""What they can become, the smaller one first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a picture could be made to go: in one of these forms (keys of `FORMS`), in so many bytes."""

    forms: tuple[str, ...]
    max_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One file of an answer: what it is as far as it is known, and how large."""

    name: str
    mime: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What an agent may choose, so that all files of an answer go."""

    names: tuple[str, ...]
    """Those that would be changed, in order."""
    others: bool
    """There are more, which go as they are."""
    form: str = ""
    """What they would become: "JPEG"; empty: none is of a wrong kind, all are only too large."""
    was: str = ""
    """What the first of them is: "HEIC"; empty: it is only too large."""
    takes: str = ""
    """The formats of pictures that the network takes."""
    size: int = 0
    limit: int = 0
    """Bytes: those of the first one, and those that a picture may have."""
    clear: bool = False
    """Something may be transparent in one of them."""


def way(rules: Mapping[MediaKind, MediaRule], mime: str, size: int) -> Way | None:
    """How a file could go that is refused as it is; None: it goes, or is no picture we could help with."""
    rule = rules.get(MediaKind.PICTURE)
    if rule is None or mime not in NAMES or size > LARGEST:
        return None
    forms = _forms(rule)
    return None if not forms or _goes(rules, mime, size) else Way(forms=forms, max_bytes=rule.max_bytes)


def _forms(rule: MediaRule) -> tuple[str, ...]:
    return tuple(form for form, mime in FORMS.items() if media.takes(rule, mime))


def offer(rules: Mapping[MediaKind, MediaRule], files: Sequence[Given]) -> Offer | None:
    """What could be done so that these files go, all of them; None: nothing, or nothing needs to be done."""
    refused = [file for file in files if not _goes(rules, file.mime, file.size)]
    if not refused or not all(way(rules, file.mime, file.size) for file in refused):
        return None
    rule = rules[MediaKind.PICTURE]
    wrong = [not media.takes(rule, file.mime) for file in refused]
    return Offer(
        names=tuple(file.name for file in refused),
        others=len(refused) < len(files),
        form=NAMES[FORMS[_forms(rule)[0]]] if any(wrong) else "",
        was=NAMES[refused[0].mime] if wrong[0] else "",
        takes=rule.formats,
        size=refused[0].size,
        limit=rule.max_bytes,
        clear=any(file.mime in _MAYBE_CLEAR for file in refused),
    )


def convertible(rules: Mapping[MediaKind, MediaRule]) -> list[str]:
    """The kinds of pictures that don't go as they are, but could in another form: "HEIC"."""
    return [name for mime, name in NAMES.items() if way(rules, mime, 0)]


def _goes(rules: Mapping[MediaKind, MediaRule], mime: str, size: int) -> bool:
    return media.decide(rules, mime, kind_of(mime), size).ok

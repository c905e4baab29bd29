"""Files on their way: what they are by their content, whether they may pass, where they wait.

A file's name and the type its sender claims are never believed: the bytes decide.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pylibmagic  # noqa: F401 - makes its libmagic the one that python-magic finds

# isort: split
import magic

from desk.containers import has_pictures
from desk.filenames import extension_of, safe_name
from desk.filetypes import UNKNOWN, correct, kind_of
from desk.spool import Spool, Spooled, SpoolFull, TooLarge, human_size
from networks.capabilities import MediaKind, MediaRule

__all__ = [
    "Outcome",
    "Sniffed",
    "Spool",
    "SpoolFull",
    "Spooled",
    "TooLarge",
    "Verdict",
    "decide",
    "human_size",
    "kind_of",
    "largest",
    "safe_name",
    "sniff",
    "sniff_head",
]


class Outcome(StrEnum):
    """What comparing a file with a network's rules says."""

    FITS = "fits"
    TOO_LARGE = "too_large"
    WRONG_KIND = "wrong_kind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sniffed:
    """What a file is, by its content."""

    mime: str
    kind: MediaKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a file may pass, with both numbers in bytes for the sentence.

    `kind` is what it passes as: a picture that a network takes only as a document is one
    there. `limit` is None where the network takes no such file, whatever its size.
    """

    outcome: Outcome
    kind: MediaKind
    size: int | None
    limit: int | None
    formats: str = ""

    @property
    def ok(self) -> bool:
        """Whether it may pass."""
        return self.outcome is Outcome.FITS


def decide(
    rules: Mapping[MediaKind, MediaRule], mime: str, kind: MediaKind, size: int | None, name: str = ""
) -> Verdict:
    """Compare a file with the rules of one direction, sending or receiving.

    `size` None: not known yet, so only the type and the ending of its name are judged. What does not fit
    as what it is may fit as a document, where the rule for documents takes its type.
    """
    ways = [(k, rules[k]) for k in dict.fromkeys((kind, MediaKind.DOCUMENT)) if k in rules]
    ending = extension_of(name)
    ways = [(k, rule) for k, rule in ways if takes(rule, mime) and ending not in rule.refused]
    if not ways:
        formats = rules[kind].formats if kind in rules else _all_formats(rules)
        return Verdict(outcome=Outcome.WRONG_KIND, kind=kind, size=size, limit=None, formats=formats)
    fitting = [(k, rule) for k, rule in ways if size is None or size <= rule.max_bytes]
    outcome = Outcome.FITS if fitting else Outcome.TOO_LARGE
    passes_as, rule = fitting[0] if fitting else max(ways, key=lambda way: way[1].max_bytes)
    return Verdict(outcome=outcome, kind=passes_as, size=size, limit=rule.max_bytes, formats=rule.formats)


def _all_formats(rules: Mapping[MediaKind, MediaRule]) -> str:
    return ", ".join(dict.fromkeys(rule.formats for rule in rules.values() if rule.formats))


def largest(rules: Mapping[MediaKind, MediaRule], claimed: str = "") -> tuple[MediaKind, int] | None:
    """As what the largest file of all may pass, and its size; None where no file passes.

    Of kinds that may be equally large it is that of the `claimed` type, else documents.
    """
    ways = [
        (rule.max_bytes, kind is kind_of(claimed), kind is MediaKind.DOCUMENT, kind)
        for kind, rule in rules.items()
    ]
    if not ways:
        return None
    most, _, _, kind = max(ways, key=lambda way: way[:3])
    return kind, most


def takes(rule: MediaRule, mime: str) -> bool:
    """Whether the rule takes this type; a rule without types takes any."""
    family = f"{mime.partition('/')[0]}/*"
    return not rule.mime_types or mime in rule.mime_types or family in rule.mime_types


async def sniff(path: Path, name: str = "") -> Sniffed:
    """What the file is, by its bytes; `name` only tells apart what bytes can't. In a thread."""
    return await asyncio.to_thread(_sniff, path, name)


async def sniff_head(head: bytes, name: str = "") -> str:
    """The type of a file of which only the beginning is here. In a thread."""
    return await asyncio.to_thread(lambda: correct(_magic_of(head), extension_of(name)))


def _magic_of(head: bytes) -> str:
    try:
        return str(magic.from_buffer(head, mime=True))
    except magic.MagicException:
        return UNKNOWN


def _sniff(path: Path, name: str) -> Sniffed:
    mime = correct(_magic(path), extension_of(name))
    if has_pictures(path, mime) is False:
        mime = mime.replace("video/", "audio/", 1)
    return Sniffed(mime=mime, kind=kind_of(mime))


def _magic(path: Path) -> str:
    try:
        found = str(magic.from_file(str(path), mime=True))
    except magic.MagicException:
        found = UNKNOWN
    return "application/zip" if found == UNKNOWN and _starts(path, b"PK\x03\x04") else found


def _starts(path: Path, with_bytes: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(with_bytes)) == with_bytes

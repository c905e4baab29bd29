"""A message as the parts a network takes: one part, one visible call. Pure.

Put together, the parts of a text are the text again, to the character. A cut falls after a
blank line, a line, a word; only a word longer than a part is cut inside, and then never
inside what the reader sees as one character.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from networks.capabilities import Capabilities, LengthUnit, MediaKind, TextLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class FileToSend:
    """A file that has passed the check: the id of its attachment, and what it goes as. `size` in bytes."""

    id: int
    kind: MediaKind
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPart:
    """One call to be."""

    text: str = ""
    attachment_id: int | None = None
    others: tuple[int, ...] = ()
    """Files that go with the first."""


def plan(text: str, files: Sequence[FileToSend], capabilities: Capabilities) -> tuple[PlannedPart, ...]:
    """The parts of a message, in the order they go.

    The text is the first file's caption where the network has captions for its kind and it fits
    there; otherwise it goes before the files. Parts of nothing but white space are left out. Files go
    together as far as the network carries them so.
    """
    wanted = text if text.strip() else ""
    caption = capabilities.caption_limit if files and files[0].kind in capabilities.captioned else None
    bundles = _bundles(files, capabilities.together)
    if wanted and caption and measure(wanted, caption.unit) <= caption.length:
        return (_of_files(bundles[0], wanted), *map(_of_files, bundles[1:]))
    words = [PlannedPart(text=piece) for piece in split(wanted, capabilities.text_limit) if piece.strip()]
    return (*words, *map(_of_files, bundles))


def _bundles(files: Sequence[FileToSend], most: int) -> list[list[FileToSend]]:
    """The files in order, as many together as `most` bytes hold."""
    bundles: list[list[FileToSend]] = []
    room = 0
    for file in files:
        if not bundles or file.size > room:
            bundles.append([])
            room = most
        bundles[-1].append(file)
        room = max(room - file.size, 0) if most else -1
    return bundles


def _of_files(files: Sequence[FileToSend], text: str = "") -> PlannedPart:
    return PlannedPart(text=text, attachment_id=files[0].id, others=tuple(file.id for file in files[1:]))


def measure(text: str, unit: LengthUnit) -> int:
    """The length of a text as a provider counts it."""
    if unit is LengthUnit.CODE_POINTS:
        return len(text)
    if unit is LengthUnit.UTF16:
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    return len(text.encode("utf-8", "surrogatepass"))


def split(text: str, limit: TextLimit) -> list[str]:
    """Cut a text into pieces of at most `limit`; joined they are the text.

    A piece has at least one character, even where the limit is too small for it.
    """
    pieces: list[str] = []
    start = 0
    while start < len(text):
        ahead = text[start : start + limit.length + 1]
        end = _reach(ahead, limit)
        cut = end if end == len(ahead) else _best_cut(ahead, end)
        pieces.append(ahead[:cut])
        start += cut
    return pieces


def _reach(text: str, limit: TextLimit) -> int:
    """How many characters from the start fit."""
    window = text[: limit.length]
    if limit.unit is LengthUnit.CODE_POINTS:
        return max(len(window), 1)
    if limit.unit is LengthUnit.UTF16:
        return max(_reach_utf16(window, limit.length), 1)
    return max(_reach_bytes(window, limit.length), 1)


def _reach_utf16(window: str, most: int) -> int:
    raw = window.encode("utf-16-le", "surrogatepass")
    if len(raw) <= 2 * most:
        return len(window)
    units = raw[: 2 * most]
    inside_pair = 0xD8 <= units[-1] <= 0xDB and 0xDC <= raw[2 * most + 1] <= 0xDF
    return len((units[:-2] if inside_pair else units).decode("utf-16-le", "surrogatepass"))


def _reach_bytes(window: str, most: int) -> int:
    raw = window.encode("utf-8", "surrogatepass")
    end = min(most, len(raw))
    while end and end < len(raw) and raw[end] & 0xC0 == 0x80:
        end -= 1
    return len(raw[:end].decode("utf-8", "surrogatepass"))


def _best_cut(text: str, end: int) -> int:
    """Where to cut, at most at `end`: a paragraph or line in the second half, else a word."""
    window = text[:end]
    for mark in ("\n\n", "\n"):
        found = window.rfind(mark)
        cut = found + len(mark)
        if found >= 0 and cut >= end // 2 and _whole(text, cut):
            return cut
    return _word_cut(text, end) or _character_cut(text, end)


def _word_cut(text: str, end: int) -> int:
    """After the last white space that ends a character, or 0."""
    cut = end
    for _ in range(_MOST_SPACES):
        cut = _after_last_space(text[:cut]) if cut > 0 else 0
        if cut == 0 or _whole(text, cut):
            return cut
        cut -= 1
    return 0


def _after_last_space(window: str) -> int:
    if window[-1].isspace():
        return len(window)
    words = window.rsplit(None, 1)
    return len(window) - len(words[-1])


_MOST_SPACES = 8
_LONGEST_CHARACTER = 64
"""In code points. What is longer is no character anybody reads, and may be cut."""


def _character_cut(text: str, end: int) -> int:
    for cut in range(end, max(end - _LONGEST_CHARACTER, 0), -1):
        if _whole(text, cut):
            return cut
    return end


_ZERO_WIDTH_JOINER = "\u200d"
_FLAG_LETTERS = "".join(chr(n) for n in range(0x1F1E6, 0x1F200))


def _whole(text: str, cut: int) -> bool:
    """Whether no visible character is cut apart between `cut - 1` and `cut`."""
    before, after = text[cut - 1], text[cut]
    if before == _ZERO_WIDTH_JOINER or _extends(after):
        return False
    if before == "\r" and after == "\n":
        return False
    if before in _FLAG_LETTERS and after in _FLAG_LETTERS:
        letters = cut - len(text[:cut].rstrip(_FLAG_LETTERS))
        return letters % 2 == 0
    return not (_is_jamo(before) and _is_jamo(after))


def _extends(char: str) -> bool:
    """Marks, joiners, skin tones, tags: they belong to the character before them."""
    if char < "\u0300":
        return False
    code = ord(char)
    tone_or_tag = 0x1F3FB <= code <= 0x1F3FF or 0xE0020 <= code <= 0xE007F
    low_half = 0xDC00 <= code <= 0xDFFF
    return tone_or_tag or low_half or char == _ZERO_WIDTH_JOINER or unicodedata.category(char)[0] == "M"


def _is_jamo(char: str) -> bool:
    return "\u1100" <= char <= "\u11ff"

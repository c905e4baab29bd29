"""Sentences about a wrong configuration: where it stands, what is wrong, what would be right."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from bot.exits import ConfigError

_HEADER = re.compile(r"^\s*\[(\[?)\s*([A-Za-z0-9_.\"'-]+)\s*\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A table of the configuration file: the n-th of its name, or the top of the file."""

    file: str
    text: str
    """The file's content, for the line numbers."""
    table: str | None = None
    number: int = 0
    label: str = ""
    """What people call the table: `[[accounts]] "shop"`."""

    def wrong(self, key: str | None, words: str) -> ConfigError:
        """The error that says where and what, in one sentence."""
        line = line_of(self.text, self.table, self.number, key)
        parts = [self.file, f"line {line}" if line else "", self.label]
        return ConfigError(f"{', '.join(part for part in parts if part)}: {sentence(words)}")

    def unknown(self, key: str, known: Iterable[str]) -> ConfigError:
        """The error for a key that means nothing here, with the nearest one that does."""
        return self.wrong(key, f'unknown key "{key}"{suggestion(key, known)}')


def sentence(words: str) -> str:
    """The words with the mark that ends them."""
    return words if words.endswith("?") else f"{words}."


def suggestion(word: str, known: Iterable[str]) -> str:
    """`; did you mean "…"?`, or what there is where nothing is near."""
    names = sorted(known)
    near = get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    if near:
        return f'; did you mean "{near[0]}"?'
    return f"; known are {', '.join(names)}" if names else ""


def shown(value: object) -> str:
    """A wrong value as a sentence quotes it, at most 40 characters."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else text[:39] + "…"


def line_of(text: str, table: str | None, number: int, key: str | None) -> int | None:
    """The line of `key` in the `number`-th table of that name, else of the table's header. At the top
    of the file a table's name is a key, too.

    Counts from 1. A best effort for people: what looks like a header or key inside a
    multi-line string counts, too.
    """
    current: str | None = None
    seen = -1
    header: int | None = None
    for count, line in enumerate(text.splitlines(), start=1):
        match = _HEADER.match(line)
        if match:
            current = match[2]
            if key == current and table is None:
                return count
            seen += current == table
            if current == table and seen == number:
                header = count
        elif key and current == table and (table is None or seen == number) and _sets(line, key):
            return count
    return header


def _sets(line: str, key: str) -> bool:
    name = line.partition("=")[0].strip().strip("\"'")
    return "=" in line and name == key

"""Which list somebody asked for, which page of it, and whose names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from desk.names import LONGEST
from desk.slack.text import clip_bytes, one_line

_MOST_DIGITS = 6


class ListKind(StrEnum):
    """Which list."""

    INBOX = "inbox"
    UNASSIGNED = "unassigned"
    ALL = "all"
    CLOSED = "closed"
    ARCHIVED = "archived"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A page of a list; with `name` only customers whose name has these words."""

    kind: ListKind = ListKind.INBOX
    page: int = 1
    name: str = ""

    @property
    def value(self) -> str:
        """What a button carries; `read` gives it back."""
        return f"{self.kind.value}:{self.page}:{self.name}"

    def turned(self, pages: int) -> Asked:
        """Another page of the same."""
        return replace(self, page=max(self.page + pages, 1))


def typed(words: object) -> str:
    """What somebody typed to find a name, on one line."""
    return clip_bytes(one_line(words, LONGEST), LONGEST) if isinstance(words, str) else ""


def page_number(text: str) -> int:
    """A page's number; the first for what is none."""
    good = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return max(int(text), 1) if good else 1


def read(value: str) -> Asked | None:
    """What a button carries; None for what none of ours does."""
    kind, _, rest = value.partition(":")
    page, _, name = rest.partition(":")
    if kind not in set(ListKind):
        return None
    return Asked(kind=ListKind(kind), page=page_number(page), name=typed(name))

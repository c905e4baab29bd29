"""What every side was told and what every side was shown, and the comparison of the two. Pure.

A token stands for one thing that was said (words or a file) in one room; it is unique in the
whole run. A room is what one person reads: a thread, or a customer's chat.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Flaw(StrEnum):
    """What may be wrong with a token."""

    LOST = "lost"
    DOUBLED = "doubled"
    SWAPPED = "swapped"
    WRONG_ROOM = "wrong room"
    UNTOLD = "never told"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong."""

    flaw: Flaw
    room: str
    token: str


Rooms = Mapping[str, Sequence[str]]
"""The tokens of each room, in order."""


def compare(told: Rooms, shown: Rooms, doubted: Collection[str] = ()) -> list[Finding]:
    """Everything that was lost, doubled, swapped, or shown in another room than it was told for.

    `doubted`: tokens of which somebody was told that their fate is not certain. They may be
    missing, and that is right; shown twice or elsewhere they are still wrong.
    """
    home = {token: room for room, tokens in told.items() for token in tokens}
    findings = [*_strays(home, shown), *_missing(told, shown, doubted)]
    for room, tokens in shown.items():
        findings += _doubles(room, tokens)
        findings += _inversions(room, told.get(room, ()), tokens)
    return sorted(findings)


def _strays(home: Mapping[str, str], shown: Rooms) -> Iterator[Finding]:
    for room, tokens in shown.items():
        for token in tokens:
            if token not in home:
                yield Finding(Flaw.UNTOLD, room, token)
            elif home[token] != room:
                yield Finding(Flaw.WRONG_ROOM, room, token)


def _missing(told: Rooms, shown: Rooms, doubted: Collection[str]) -> Iterator[Finding]:
    for room, tokens in told.items():
        there = {*shown.get(room, ()), *doubted}
        yield from (Finding(Flaw.LOST, room, token) for token in tokens if token not in there)


def _doubles(room: str, tokens: Iterable[str]) -> Iterator[Finding]:
    yield from (Finding(Flaw.DOUBLED, room, token) for token, times in Counter(tokens).items() if times > 1)


def _inversions(room: str, told: Sequence[str], shown: Sequence[str]) -> Iterator[Finding]:
    """Tokens shown after one that was told later; a double is only judged where it first stands."""
    place = {token: number for number, token in enumerate(told)}
    latest = -1
    for token in dict.fromkeys(shown):
        number = place.get(token, latest)
        if number < latest:
            yield Finding(Flaw.SWAPPED, room, token)
        latest = max(latest, number)

"""The test of the checker: each thing it exists to find is found, and nothing else."""

from __future__ import annotations

import random

import pytest

from tests.torture.ledger import Finding, Flaw, compare

TOLD = {f"room {r}": [f"r{r}m{m}" for m in range(20)] for r in range(5)}


def _shown() -> dict[str, list[str]]:
    return {room: list(tokens) for room, tokens in TOLD.items()}


def test_what_was_told_is_what_was_shown() -> None:
    assert compare(TOLD, _shown()) == []


@pytest.mark.parametrize("seed", range(20))
def test_one_dropped(seed: int) -> None:
    shown, at = _shown(), random.Random(seed).randrange(20)
    lost = shown["room 2"].pop(at)
    assert compare(TOLD, shown) == [Finding(Flaw.LOST, "room 2", lost)]


def test_a_whole_room_dropped() -> None:
    shown = _shown()
    del shown["room 1"]
    assert {f.token for f in compare(TOLD, shown)} == set(TOLD["room 1"])


@pytest.mark.parametrize("seed", range(20))
def test_one_doubled(seed: int) -> None:
    shown, chance = _shown(), random.Random(seed)
    at = chance.randrange(20)
    twice = shown["room 3"][at]
    shown["room 3"].insert(chance.randrange(at + 1, 21), twice)
    assert compare(TOLD, shown) == [Finding(Flaw.DOUBLED, "room 3", twice)]


@pytest.mark.parametrize("seed", range(20))
def test_two_swapped(seed: int) -> None:
    shown, at = _shown(), random.Random(seed).randrange(19)
    room = shown["room 0"]
    room[at], room[at + 1] = room[at + 1], room[at]
    assert compare(TOLD, shown) == [Finding(Flaw.SWAPPED, "room 0", room[at + 1])]


@pytest.mark.parametrize("seed", range(20))
def test_one_sent_to_another_room(seed: int) -> None:
    shown, chance = _shown(), random.Random(seed)
    strayed = shown["room 4"].pop(chance.randrange(20))
    shown["room 0"].insert(chance.randrange(20), strayed)
    assert compare(TOLD, shown) == [
        Finding(Flaw.LOST, "room 4", strayed),
        Finding(Flaw.WRONG_ROOM, "room 0", strayed),
    ]


def test_one_nobody_told() -> None:
    shown = _shown()
    shown["room 0"].append("made up")
    assert compare(TOLD, shown) == [Finding(Flaw.UNTOLD, "room 0", "made up")]


def test_a_doubted_one_may_be_missing_or_there_but_not_twice() -> None:
    without, twice = _shown(), _shown()
    without["room 2"].remove("r2m7")
    twice["room 2"].append("r2m7")
    assert compare(TOLD, without, {"r2m7"}) == []
    assert compare(TOLD, _shown(), {"r2m7"}) == []
    assert compare(TOLD, twice, {"r2m7"}) == [Finding(Flaw.DOUBLED, "room 2", "r2m7")]


def test_a_doubt_about_one_excuses_no_other() -> None:
    shown = _shown()
    shown["room 2"].remove("r2m8")
    assert compare(TOLD, shown, {"r2m7"}) == [Finding(Flaw.LOST, "room 2", "r2m8")]

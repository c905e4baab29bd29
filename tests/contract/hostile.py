"""What nobody sends who means well: values to put where others are expected, and bytes where a body is."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any

from hypothesis import strategies as st

from networks.errors import PayloadInvalid
from tests.contract.kit import Kit
from tests.contract.kits import KITS

Place = tuple[str | int, ...]

_MARK = "ORATIOMARK"

UNSTORABLE = ("\x00", "a\x00b", "\ud800", "a\udfffb")
VALUES: tuple[Any, ...] = (
    *UNSTORABLE,
    *(None, True, False, [], {}, [[]], [{}], [None], [0], {"id": [1]}, "", " ", "\n", "0", "1", "-1", "NaN"),
    *("\u202e", "👍", "../../etc/passwd", "http://[", "x" * 300),
    *("x" * 50_000, "é" * 700, "1793610000", "1e400", "9" * 400, "١٢٣", "²"),
    *(0, -1, 1, 0.5, 10**18, 10**30, -(10**18), 2**53, 2**63, 2**64, 10**4_000, float("nan"), float("inf")),
    *(-62_135_596_801, -62_135_596_800, 253_402_300_800, 253_402_300_800_000, 4_102_444_799, -0.0),
)
"""Times out of range, huge numbers, booleans and texts as numbers, empty and endless texts."""

TEXTS: tuple[bytes, ...] = (
    *(b"1e400", b"-1e400", b"1" * 5_000, b"1.5e18", b'"\\u0000"', b'"\\ud800"', b"tru", b'"', b"{", b"]"),
    *(b"[" * 10_000, b"[" * 2_000 + b"]" * 2_000, b'{"a":' * 2_000 + b"1" + b"}" * 2_000),
    *(b"[" * 940 + b"]" * 940, b"[" * 90 + b"]" * 90),
    *(b'{"id":1,"id":{}}', b'{"type":"text","type":null}', b"\xff\xfe", b"\x00", b'1,"id":"other"'),
)
"""What a reader of JSON may stumble over, put there as it is."""

WORST = (*VALUES, *TEXTS, "x" * 1_000_000)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
ANYTHING = JSON | st.sampled_from(VALUES) | st.sampled_from(TEXTS)
PICKS = st.integers(0, 2**40)


@cache
def spots(name: str) -> tuple[tuple[int, Place], ...]:
    """Every field of every recorded payload of a network."""
    return tuple((number, at) for number, case in enumerate(KITS[name].cases) for at in places(case.payload))


def at_a_spot(kit: Kit, pick: int, value: Any) -> bytes:
    """The body of a recorded payload with a value, or bytes as they are, in place of one of its fields."""
    every = spots(kit.name)
    number, where = every[pick % len(every)]
    payload = kit.cases[number].payload
    if not isinstance(value, bytes):
        with suppress(PayloadInvalid):  # a mail's lines are text
            return kit.body(planted(payload, where, value))
        value = json.dumps(value).encode()
    body = kit.body(planted(payload, where, _MARK))
    return body.replace(f'"{_MARK}"'.encode(), value).replace(_MARK.encode(), value)


def mangled(kit: Kit, pick: int, junk: bytes, length: int) -> bytes:
    """The body of a recorded payload in which some bytes are others."""
    body = kit.body(kit.cases[pick % len(kit.cases)].payload)
    at = pick // len(kit.cases) % (len(body) + 1)
    return body[:at] + junk + body[at + length :]


def places(payload: Any, at: Place = ()) -> Iterator[Place]:
    """The path of every value, the whole first."""
    yield at
    pairs: Any = ()
    if isinstance(payload, dict):
        pairs = payload.items()
    if isinstance(payload, list):
        pairs = enumerate(payload)
    for key, value in pairs:
        yield from places(value, (*at, key))


def planted(payload: Any, where: Place, value: Any) -> Any:
    """The payload with another value there; what is not on the way to it is shared."""
    if not where:
        return value
    changed = copy.copy(payload)
    changed[where[0]] = planted(payload[where[0]], where[1:], value)
    return changed


def without(payload: Any, where: Place) -> Any:
    """The payload without that field."""
    changed = copy.copy(payload)
    if len(where) == 1:
        del changed[where[0]]
    else:
        changed[where[0]] = without(payload[where[0]], where[1:])
    return changed


def as_text(value: Any) -> str:
    """A value as a failing test shows it."""
    shown = repr(value) if isinstance(value, bytes) else json.dumps(value)
    return shown if len(shown) < 300 else f"{shown[:300]}… ({len(shown)} characters)"

"""Which stretch of a file is asked for: RFC 9110, section 14."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.ranges import Stretch, Unsatisfiable, asked


@pytest.mark.parametrize(
    ("header", "first", "length"),
    [
        ("bytes=0-", 0, 1000),
        ("bytes=0-0", 0, 1),
        ("bytes=200-299", 200, 100),
        ("bytes=200-99999", 200, 800),
        ("bytes=-1", 999, 1),
        ("bytes=-5000", 0, 1000),
        ("bytes = 10 - 19", 10, 10),
    ],
)
def test_one_stretch_is_given(header: str, first: int, length: int) -> None:
    found = asked(header, 1000)
    assert found == Stretch(first=first, length=length, size=1000)
    assert found.content_range == f"bytes {first}-{first + length - 1}/1000"


@pytest.mark.parametrize(
    "header",
    [None, "", "bytes=", "bytes=-", "items=0-1", "bytes=0-1,5-6", "bytes=9-1", "bytes=a-b", "bytes=٣-٤"],
)
def test_what_nobody_understands_is_the_whole(header: str | None) -> None:
    assert asked(header, 1000) is None


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=1000-", 1000), ("bytes=-0", 1000), ("bytes=0-", 0), ("bytes=-5", 0)]
)
def test_beyond_the_end_there_is_nothing(header: str, size: int) -> None:
    with pytest.raises(Unsatisfiable):
        asked(header, size)


@given(st.text(max_size=60) | st.from_regex(r"bytes=[0-9]{0,25}-[0-9]{0,25}"), st.integers(0, 2**60))
def test_a_stretch_always_lies_within_the_file(header: str, size: int) -> None:
    try:
        found = asked(header, size)
    except Unsatisfiable:
        return
    assert found is None or (found.first >= 0 and 0 < found.length <= size - found.first)

"""A place in words, whoever tells it."""

from __future__ import annotations

import pytest

from networks._places import location

MAP = "https://www.google.com/maps?q="


@pytest.mark.parametrize(
    ("pair", "named", "told"),
    [
        ((48.137154, 11.5), "", f"Location: 48.137154, 11.5 {MAP}48.137154,11.5"),
        ((-33, 151.00000049), "", f"Location: -33, 151 {MAP}-33,151"),
        ((48.1, 11.5), "Shop, Main St 1", f"Location: Shop, Main St 1 (48.1, 11.5 {MAP}48.1,11.5)"),
        ((None, 11.5), "Shop", "Location: Shop"),
        ((True, 11.5), "", "Location: not readable"),
        (("48", 11.5), "", "Location: not readable"),
        ((float("nan"), 11.5), "", "Location: not readable"),
        ((1e400, 10**400), "", "Location: not readable"),
        ((), "", "Location: not readable"),
    ],
)
def test_all_networks_say_it_alike(pair: tuple[object, ...], named: str, told: str) -> None:
    assert location(pair, named) == told


def test_one_that_moves_says_so() -> None:
    assert location((1, 2), label="Live location") == f"Live location: 1, 2 {MAP}1,2"

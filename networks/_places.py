"""A place that a customer sent, in words: all networks say it alike. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def location(pair: Sequence[object], named: str = "", label: str = "Location") -> str:
    """What it is called, its latitude and longitude, and where to see them on a map; what is no pair of
    numbers is left out."""
    at = _coordinates(pair)
    told = f"{named} ({at})" if named and at else named or at
    return f"{label}: {told or 'not readable'}"


def _coordinates(pair: Sequence[object]) -> str:
    """Both numbers with their map; empty for what is no pair of numbers."""
    numbers = [n for n in pair if isinstance(n, int | float) and type(n) is not bool and abs(n) <= 180]
    if len(pair) != 2 or len(numbers) != 2:
        return ""
    latitude, longitude = (f"{float(n):.6f}".rstrip("0").rstrip(".") for n in numbers)
    return f"{latitude}, {longitude} https://www.google.com/maps?q={latitude},{longitude}"

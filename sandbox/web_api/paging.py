"""Cursors, as Slack makes them."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from sandbox.refusal import Json, Refusal

T = TypeVar("T")


def cursor_of(word: str, value: str) -> str:
    """Return the cursor for a place in a list."""
    return base64.b64encode(f"{word}:{value}".encode()).decode()


def place_of(cursor: str, word: str) -> str:
    """Return the place a cursor stands for, empty for none. Raises Refusal `invalid_cursor`."""
    if not cursor:
        return ""
    try:
        found, _, value = base64.b64decode(cursor, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise Refusal("invalid_cursor") from None
    if found != word or not value:
        raise Refusal("invalid_cursor")
    return value


def page(entries: Sequence[T], cursor: str, limit: int) -> tuple[Sequence[T], Json]:
    """Return one page of a list and its `response_metadata`."""
    place = place_of(cursor, "next")
    if place and not place.isdigit():
        raise Refusal("invalid_cursor")
    start = int(place or 0)
    chunk = entries[start : start + limit]
    more = start + limit < len(entries)
    return chunk, {"next_cursor": cursor_of("next", str(start + limit)) if more else ""}

"""Which stretch of a file somebody asks for. Pure; RFC 9110, section 14."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes=(?:(\d{1,18})-(\d{1,18})?|-(\d{1,18}))", re.ASCII)


class Unsatisfiable(Exception):
    """There is nothing of the file where it is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """`length` bytes from the byte `first` on, of a file of `size`."""

    first: int
    length: int
    size: int

    @property
    def content_range(self) -> str:
        """The header that says so."""
        return f"bytes {self.first}-{self.first + self.length - 1}/{self.size}"


def asked(header: str | None, size: int) -> Stretch | None:
    """The one stretch a Range header names; None: the whole, as for what nobody understands.

    Raises `Unsatisfiable`.
    """
    found = _ONE.fullmatch((header or "").replace(" ", ""))
    if found is None:
        return None
    first, last, tail = (None if number is None else int(number) for number in found.groups())
    if tail is not None:
        first, last = max(size - tail, 0), size - 1
    if last is None or last >= size:
        last = size - 1
    if first is None or first >= size:
        raise Unsatisfiable
    return Stretch(first=first, length=last - first + 1, size=size) if first <= last else None

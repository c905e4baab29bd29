"""The pieces of a provider's JSON, whatever stands where they should be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from networks.errors import PayloadInvalid

Raw = Mapping[str, Any]

_DEEPEST = 100
_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]')


def as_object(value: object) -> Raw:
    """The value where it is an object; else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> list[Raw]:
    """The objects in a list; none where it is no list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def needed(raw: Raw, key: str) -> Raw:
    """The object under this key. Raises `PayloadInvalid` where there is none."""
    value = raw.get(key)
    if not isinstance(value, dict):
        raise PayloadInvalid(f"no usable {key}")
    return value


def whole_number(raw: Raw, key: str) -> int | None:
    """A count or size; None where there is none to believe."""
    value = raw.get(key)
    return value if type(value) is int and 0 <= value < 2**53 else None


def line(raw: Raw, key: str, most: int) -> str:
    """A short text on one line; empty where there is none."""
    value = raw.get(key)
    return " ".join(sendable(value[:most]).split()) if isinstance(value, str) else ""


def sendable(text: str) -> str:
    """The text without half characters, which no request can carry, and NULs, which nothing can store."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "")


def shallow(body: bytes) -> bytes:
    """The same JSON with `null` for whatever lies a hundred levels deep: our reader takes no more than some
    hundreds, and what is within reach of one customer must not keep the rest of an answer from being read.
    """
    return b"".join(_shallow(body))


def _shallow(body: bytes) -> Iterator[bytes]:
    depth = done = 0
    for found in _BRACKET.finditer(body):
        if found[0] in b"[{":
            depth += 1
            if depth == _DEEPEST:
                yield body[done : found.start()] + b"null"
        elif found[0] in b"]}":
            if depth == _DEEPEST:
                done = found.end()
            depth -= 1
    if depth < _DEEPEST:
        yield body[done:]

"""How an agent's words are set, kept beside them. Only an ornament: of other words it says nothing."""

from __future__ import annotations

import zlib
from typing import Any

from desk.slack.styles import within
from models import Message
from networks.base import Style, StyleKind


def kept(text: str, styles: tuple[Style, ...]) -> dict[str, Any]:
    """What is stored of the styles of a text."""
    runs = [[style.start, style.length, style.kind.value] for style in styles]
    return {"of": _digest(text), "runs": runs} if runs else {}


def of(message: Message, text: str, words: str, piece: str) -> tuple[Style, ...]:
    """The styles of `piece`, which is cut from `words`, which begin with `text`; none where what is kept
    is of another text."""
    at = words.find(piece)
    if at < 0 or not words.startswith(text) or message.styles.get("of") != _digest(text):
        return ()
    runs = (Style(start=a, length=b, kind=StyleKind(kind)) for a, b, kind in message.styles["runs"])
    return within(tuple(runs), at, len(piece))


def _digest(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))

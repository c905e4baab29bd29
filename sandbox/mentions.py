"""Who a message mentions, as Slack reads it: what counts is what it draws, and context blocks ping nobody."""

import re
from collections.abc import Iterator
from typing import Any

from sandbox.refusal import Json

_MARK = re.compile(r"<(@[UW][A-Z0-9]+|!subteam\^S[A-Z0-9]+|!here|!channel|!everyone)(?:\|[^<>]*)?>")
_BARE = re.compile(r"(?<![\w@<&])@(here|channel|everyone)\b")
_INLINE = {"user": ("user_id", "@"), "usergroup": ("usergroup_id", "!subteam^"), "broadcast": ("range", "!")}


def of_message(body: Json) -> set[str]:
    """Return the marks of a message (`@U…`, `!subteam^S…`, `!here` …); `text` counts only without blocks."""
    blocks = body.get("blocks") or []
    found = set(_of_blocks(blocks)) if blocks else set(_of_text(str(body.get("text", "")), False))
    if comment := body.get("text") if body.get("files") else None:
        found |= set(_of_text(str(comment), False))
    return found


def _of_text(text: str, bare: bool) -> Iterator[str]:
    for match in _MARK.finditer(text):
        yield match[1]
    if bare:
        for match in _BARE.finditer(text):
            yield f"!{match[1]}"


def _of_blocks(blocks: list[Any]) -> Iterator[str]:
    for block in blocks:
        kind = block.get("type")
        if kind == "rich_text":
            yield from _of_rich(block)
        elif kind == "section":
            for text in (block.get("text"), *(block.get("fields") or ())):
                if text and text.get("type") == "mrkdwn":
                    yield from _of_text(str(text.get("text", "")), not text.get("verbatim", False))
        elif kind == "markdown":
            yield from _of_text(str(block.get("text", "")), False)


def _of_rich(element: Json) -> Iterator[str]:
    if found := _INLINE.get(str(element.get("type"))):
        yield f"{found[1]}{element.get(found[0], '')}"
    for inner in element.get("elements") or ():
        if isinstance(inner, dict):
            yield from _of_rich(inner)

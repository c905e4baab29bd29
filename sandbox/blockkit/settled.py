"""Blocks as Slack gives them back: with the ids and defaults an app left out."""

import random
from typing import Any

from sandbox.blockkit.elements import INTERACTIVE
from sandbox.refusal import Json

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def short_id(source: random.Random) -> str:
    """Return an id as Slack makes them for blocks and actions."""
    return "".join(source.choices(_LETTERS, k=5))


def settled(blocks: list[Json], source: random.Random) -> list[Json]:
    """Return a copy of checked blocks, every block with its id and every text object with its defaults."""
    return [_block(block, source) for block in blocks]


def _block(block: Json, source: random.Random) -> Json:
    made: Json = {"type": block["type"], "block_id": block.get("block_id") or short_id(source)}
    for key, value in block.items():
        if key not in made and value is not None:
            plain = block["type"] == "rich_text"
            made[key] = value if plain else _inner(value, source)
    return made


def _inner(value: Any, source: random.Random) -> Any:
    if isinstance(value, list):
        return [_inner(v, source) for v in value]
    if not isinstance(value, dict):
        return value
    made = {k: _inner(v, source) for k, v in value.items() if v is not None}
    kind = value.get("type")
    if kind == "plain_text":
        made.setdefault("emoji", True)
    elif kind == "mrkdwn":
        made.setdefault("verbatim", False)
    elif kind in INTERACTIVE and not made.get("action_id"):
        made["action_id"] = short_id(source)
    return made

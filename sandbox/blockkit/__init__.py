"""Slack's checks of Block Kit: messages, attachments and views, refused as Slack refuses them."""

import json
from collections.abc import Iterator
from typing import Any

from sandbox.blockkit.blocks import BLOCKS, Surface
from sandbox.blockkit.composition import IDENTIFIER, plain
from sandbox.blockkit.elements import INTERACTIVE
from sandbox.blockkit.rules import Problem, anything, flag, items, one_of, record, string, url
from sandbox.refusal import Json, Refusal

MOST_TEXT = 13_000  # all text of a message's blocks: reports put the undocumented limit at 11,300 to 13,300
LARGEST_VIEW = 250_000
__all__ = ["Surface", "check_attachments", "check_blocks", "check_view", "interactive"]


def _refusal(code: str, problems: list[Problem]) -> Refusal:
    found = [f"{words} [json-pointer:{at}]" for words, at in problems]
    return Refusal(code, errors=found, response_metadata={"messages": [f"[ERROR] {f}" for f in found]})


def problems_of(blocks: Any, surface: Surface, at: str = "/blocks") -> list[Problem]:
    """Return what is wrong with blocks, ids that appear twice included."""
    problems = list(BLOCKS[surface](blocks, at))
    return problems or list(_twice(blocks, at))


def _twice(blocks: list[Json], at: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        block_id = block.get("block_id")
        if block_id and block_id in seen:
            yield f'`block_id` "{block_id}" already exists', f"{at}/{index}/block_id"
        seen.add(block_id or "")
        actions: set[str] = set()
        for where, element in _elements(block):
            action = element.get("action_id")
            if action and action in actions:
                yield (
                    f'`action_id` "{action}" already exists for `block_id`',
                    f"{at}/{index}/{where}/action_id",
                )
            actions.add(action or "")


def _elements(block: Json) -> Iterator[tuple[str, Json]]:
    kind = block.get("type")
    if kind in {"actions", "context_actions"}:
        for index, element in enumerate(block["elements"]):
            yield f"elements/{index}", element
    elif kind == "section" and block.get("accessory"):
        yield "accessory", block["accessory"]
    elif kind == "input":
        yield "element", block["element"]
    elif kind == "card":
        for index, element in enumerate(block.get("actions") or ()):
            yield f"actions/{index}", element
    for name in ("child_blocks", "elements"):
        if kind in {"container", "carousel"}:
            for index, inner in enumerate(block.get(name) or ()):
                for where, element in _elements(inner):
                    yield f"{name}/{index}/{where}", element


def interactive(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Yield (block, element) for everything a person can press, choose or type into."""
    for block in blocks:
        for _, element in _elements(block):
            if element.get("type") in INTERACTIVE:
                yield block, element


def check_blocks(blocks: Any, surface: Surface = Surface.MESSAGE) -> None:
    """Raise Refusal `invalid_blocks`, `msg_blocks_too_long` or `only_one_table_allowed` as Slack would."""
    if not isinstance(blocks, list):
        raise Refusal("invalid_blocks_format")
    if problems := problems_of(blocks, surface):
        raise _refusal("invalid_blocks", problems)
    if sum(1 for b in blocks if b["type"] == "table") > 1:
        raise Refusal("only_one_table_allowed")
    markdown = sum(len(b["text"]) for b in blocks if b["type"] == "markdown")
    if markdown > 12_000 or _weight(blocks) > MOST_TEXT:
        raise Refusal("msg_blocks_too_long")


def _weight(value: Any) -> int:
    """Return the characters of all text, with an allowance for each block and each container."""
    if isinstance(value, list):
        return sum(_weight(v) for v in value)
    if not isinstance(value, dict):
        return 0
    own = len(value["text"]) if isinstance(value.get("text"), str) else 0
    return (
        own + 20 * ("block_id" in value) + sum(_weight(v) for v in value.values() if not isinstance(v, str))
    )


_STRING = string(40_000)
_ATTACHMENT = record(
    {},
    {
        **dict.fromkeys(("fallback", "pretext", "title", "text", "author_name", "author_subname"), _STRING),
        "color": string(20),
        "footer": string(300),
        **{k: url(3000) for k in ("author_link", "author_icon", "title_link", "image_url", "thumb_url")},
        "footer_icon": url(3000),
        "ts": anything,
        "mrkdwn_in": items(one_of("text", "pretext", "fields"), 0, 3),
        "fields": items(record({}, {"title": _STRING, "value": _STRING, "short": flag}), 0, 100),
        "blocks": anything,
        "callback_id": IDENTIFIER,
        "id": anything,
    },
)


def _beside_blocks(attachment: Json, at: str) -> Iterator[Problem]:
    """Yield the older fields Slack does not take beside blocks (bolt-js #717)."""
    for name, value in attachment.items():
        if value is not None and name not in {"blocks", "color", "fallback", "id"}:
            yield f"invalid additional property: {name}", at


def check_attachments(attachments: Any) -> None:
    """Raise Refusal `invalid_attachments` or `too_many_attachments` as Slack would."""
    if not isinstance(attachments, list):
        raise Refusal("invalid_attachments")
    if len(attachments) > 100:
        raise Refusal("too_many_attachments")
    problems = list(items(_ATTACHMENT, 0, 100)(attachments, "/attachments"))
    for index, attachment in enumerate(attachments if not problems else ()):
        if attachment.get("blocks"):
            problems += _beside_blocks(attachment, f"/attachments/{index}")
            problems += problems_of(attachment["blocks"], Surface.MESSAGE, f"/attachments/{index}/blocks")
    if problems:
        raise _refusal("invalid_attachments", problems)
    if _weight([a.get("blocks") for a in attachments]) > MOST_TEXT:
        raise Refusal("msg_blocks_too_long")


_VIEW_FIELDS = {
    "callback_id": IDENTIFIER,
    "external_id": string(255),
    "private_metadata": string(3000),
}
_BLOCKS = {"type": anything, "blocks": anything}
_MODAL = record(
    {**_BLOCKS, "title": plain(24)},
    {
        **_VIEW_FIELDS,
        "submit": plain(24),
        "close": plain(24),
        "clear_on_close": flag,
        "notify_on_close": flag,
        "submit_disabled": flag,
    },
)
_HOME = record(_BLOCKS, {**_VIEW_FIELDS, "title": anything, "close": anything, "submit": anything})


def check_view(view: Any, surface: Surface) -> None:
    """Raise Refusal `invalid_arguments` or `view_too_large` for a view Slack would not show."""
    if not isinstance(view, dict):
        raise _refusal("invalid_arguments", [("must provide an object", "/view")])
    if view.get("type") != surface.value:
        raise _refusal("invalid_arguments", [(f"must be of type {surface.value}", "/view/type")])
    problems = list((_MODAL if surface is Surface.MODAL else _HOME)(view, "/view"))
    if not problems:
        problems = problems_of(view["blocks"], surface, "/view/blocks")
    has_input = not problems and any(b["type"] == "input" for b in view["blocks"])
    if surface is Surface.MODAL and has_input and not view.get("submit"):
        problems.append(("submit is required when an input block is within blocks array", "/view/submit"))
    if problems:
        raise _refusal("invalid_arguments", problems)
    if _size(view) > LARGEST_VIEW:
        raise Refusal("view_too_large")


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode())

"""Blocks: what each may hold, and on which surface it may stand."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from sandbox.blockkit.composition import IDENTIFIER, plain, text
from sandbox.blockkit.elements import (
    ACCESSORIES,
    BUTTON,
    ELEMENTS,
    IMAGE,
    IN_ACTIONS,
    INPUTS,
    SLACK_FILE,
    only,
)
from sandbox.blockkit.richtext import CONTENT, RICH_TEXT
from sandbox.blockkit.rules import (
    Problem,
    Rule,
    anything,
    both,
    by_type,
    flag,
    items,
    number,
    one_of,
    picture,
    record,
    string,
)


class Surface(StrEnum):
    """Where blocks are shown."""

    MESSAGE = "message"
    MODAL = "modal"
    HOME = "home"


MOST_BLOCKS = {Surface.MESSAGE: 50, Surface.MODAL: 100, Surface.HOME: 100}


def _block(required: Mapping[str, Rule], optional: Mapping[str, Rule] | None = None) -> Rule:
    return record({"type": anything, **required}, {"block_id": IDENTIFIER, **(optional or {})})


def _section(value: Any, at: str) -> Iterator[Problem]:
    if not value.get("text") and not value.get("fields"):
        yield "must provide either text or fields", at


def _picture(value: Any, at: str) -> Iterator[Problem]:
    if ("image_url" in value) == ("slack_file" in value):
        yield "must provide either image_url or slack_file", at


_CONTEXT_TEXT = text(3000)
_CONTEXT: Mapping[str, Rule] = {
    "image": IMAGE,
    "mrkdwn": _CONTEXT_TEXT,
    "plain_text": _CONTEXT_TEXT,
}
_CELL = by_type(
    {
        "raw_text": record({"type": anything, "text": string(3000, 1)}, {}),
        "raw_number": record({"type": anything, "value": anything}, {"text": string(3000)}),
        "rich_text": RICH_TEXT,
    },
    "cell type",
)
_COLUMN = record({}, {"align": one_of("left", "center", "right"), "is_wrapped": flag})
_CARD = _block(
    {},
    {
        "title": text(150),
        "subtitle": text(150),
        "subtext": text(200),
        "body": text(200),
        "hero_image": IMAGE,
        "icon": IMAGE,
        "slack_icon": anything,
        "actions": items(BUTTON, 1, 5),
    },
)
_TASK_STATUS = one_of("pending", "in_progress", "complete", "error")
_TASK = _block(
    {"task_id": string(255, 1), "title": string(255, 1)},
    {"status": _TASK_STATUS, "details": RICH_TEXT, "output": RICH_TEXT, "sources": anything},
)


def _input(surface: Surface) -> Rule:
    names = (*INPUTS, "file_input") if surface is Surface.MODAL else INPUTS
    return _block(
        {"label": plain(2000), "element": by_type(only(names), "element type")},
        {"hint": plain(2000), "optional": flag, "dispatch_action": flag},
    )


def _everywhere(surface: Surface) -> dict[str, Rule]:
    accessory = by_type(only(ACCESSORIES), "accessory type")
    section = _block(
        {}, {"text": text(3000), "fields": items(text(2000), 1, 10), "accessory": accessory, "expand": flag}
    )
    source = {"image_url": picture, "slack_file": SLACK_FILE, "title": plain(2000)}
    return {
        "section": both(section, _section),
        "divider": _block({}),
        "header": _block({"text": plain(150)}, {"level": number(1, 6)}),
        "context": _block({"elements": items(by_type(_CONTEXT, "element type"), 1, 10)}),
        "actions": _block({"elements": items(by_type(only(IN_ACTIONS), "element type"), 1, 25)}),
        "image": both(_block({"alt_text": string(2000)}, source), _picture),
        "input": _input(surface),
        "rich_text": _block(CONTENT),
        "card": _CARD,
    }


def _in_messages() -> dict[str, Rule]:
    kinds = _everywhere(Surface.MESSAGE)
    feedback = by_type({k: ELEMENTS[k] for k in ("feedback_buttons", "icon_button")}, "element type")
    rows = items(items(_CELL, 1, 20), 1, 100)
    kinds |= {
        "context_actions": _block({"elements": items(feedback, 1, 5)}),
        "markdown": _block({"text": string(12_000, 1)}),
        "table": _block({"rows": rows}, {"column_settings": items(_COLUMN, 0, 20)}),
        "data_table": _block(
            {"caption": anything, "rows": items(items(_CELL, 1, 20), 2, 101)},
            {"page_size": number(1, 100), "row_header_column_index": number(0, 19)},
        ),
        "carousel": _block({"elements": items(by_type({"card": _CARD}), 1, 10)}),
        "task_card": _TASK,
        "plan": _block({"title": string(255, 1)}, {"tasks": items(anything, 0, 50)}),
    }
    children = items(by_type(dict(kinds), "block type"), 1, 10)
    kinds["container"] = _block(
        {"child_blocks": children},
        {"title": text(150), "subtitle": text(150), "width": anything, "is_collapsible": flag, "icon": IMAGE},
    )
    return kinds


def _in_modals() -> dict[str, Rule]:
    alert = _block({"text": text(200)}, {"level": one_of("default", "info", "warning", "error", "success")})
    return {**_everywhere(Surface.MODAL), "alert": alert}


def _in_home() -> dict[str, Rule]:
    carousel = _block({"elements": items(by_type({"card": _CARD}), 1, 10)})
    return {**_everywhere(Surface.HOME), "carousel": carousel}


BLOCKS: Mapping[Surface, Rule] = {
    surface: items(by_type(kinds, "block type"), 0, MOST_BLOCKS[surface])
    for surface, kinds in (
        (Surface.MESSAGE, _in_messages()),
        (Surface.MODAL, _in_modals()),
        (Surface.HOME, _in_home()),
    )
}

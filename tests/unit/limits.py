"""What Slack refuses: every limit of docs/slack.md that a drawing can break, checked by hand.

`message_problems` and `view_problems` return sentences; an empty list means that Slack takes
the drawing. The SDK's own classes are asked, too: they know rules of single elements.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

MAX_BYTES = 13_000
MAX_VIEW_BYTES = 250_000
LABEL = 18
_LONG_NAME = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_CONTROL = re.compile(r"<[^<>]*>")
_ALLOWED = re.compile(r"<@[UW][A-Z0-9]+>|<!date\^\d+\^[^<>|]+\|[^<>|]+>|<https?://[^\s<>|]+\|[^<>|]+>")
_ELEMENTS = {
    "button": {"action_id", "text", "value", "style", "url", "confirm", "accessibility_label", "type"},
    "overflow": {"action_id", "options", "type"},
    "static_select": {"type", "action_id", "placeholder", "options", "option_groups", "initial_option"},
    "url_text_input": {"type", "action_id", "placeholder"},
    "external_select": {"action_id", "placeholder", "min_query_length", "initial_option", "type"},
    "radio_buttons": {"action_id", "options", "initial_option", "type"},
    "datetimepicker": {"action_id", "type"},
    "plain_text_input": {
        "action_id",
        "multiline",
        "max_length",
        "placeholder",
        "initial_value",
        "dispatch_action_config",
        "type",
    },
}


def message_problems(
    text: str, blocks: Sequence[Mapping[str, Any]] = (), attachments: Sequence[Mapping[str, Any]] = ()
) -> list[str]:
    """What keeps Slack from taking this as a message."""
    body = {"text": text, "blocks": list(blocks), "attachments": list(attachments)}
    found = [*_size(body), *_length("text", text, 1, 4_000), *_mrkdwn("text", text)]
    found += _blocks(blocks, 50)
    inner = [b for a in attachments for b in a.get("blocks", ())]
    found += _unique("block_id", [str(b["block_id"]) for b in [*blocks, *inner] if "block_id" in b])
    for attachment in attachments:
        found += _attachment(attachment)
    return found


def home_problems(view: Mapping[str, Any]) -> list[str]:
    """What keeps Slack from showing this Home."""
    return _view(view, MAX_VIEW_BYTES)


def view_problems(view: Mapping[str, Any]) -> list[str]:
    """What keeps Slack from opening this modal."""
    found = _view(view, MAX_VIEW_BYTES)
    for name in ("title", "submit", "close"):
        if name in view:
            found += _plain(name, view[name], 24)
    found += _length("callback_id", view["callback_id"], 1, 255)
    if any(b["type"] == "input" for b in view["blocks"]) and "submit" not in view:
        found.append("an input without submit")
    try:
        View(**view).validate_json()
    except (SlackObjectFormationError, TypeError) as error:
        found.append(f"slack_sdk: {error}")
    return found


def _view(view: Mapping[str, Any], most: int) -> list[str]:
    found = [*_size(view, most), *_blocks(view["blocks"], 100)]
    found += _unique("block_id", [str(b["block_id"]) for b in view["blocks"] if "block_id" in b])
    return found + _length("private_metadata", view.get("private_metadata", "-"), 1, 3_000)


def strings(value: object) -> Iterator[str]:
    """Every string anywhere in a drawing."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from strings(inner)


def _size(body: object, most: int = MAX_BYTES) -> list[str]:
    size = len(json.dumps(body, ensure_ascii=False).encode())
    found = [f"{size} bytes in all"] if size >= most else []
    return found + [f"unsendable character in {s[:30]!r}" for s in strings(body) if _LONG_NAME.search(s)]


def _length(where: str, text: object, least: int, most: int) -> list[str]:
    if not isinstance(text, str):
        return [f"{where} is not a text"]
    return [] if least <= len(text) <= most else [f"{where} has {len(text)} characters"]


def _plain(where: str, value: Mapping[str, Any], most: int) -> list[str]:
    found = _length(where, value.get("text"), 1, most)
    if value.get("type") != "plain_text" or set(value) - {"type", "text", "emoji"}:
        found.append(f"{where} is no plain_text")
    if not str(value.get("text", "")).strip():
        found.append(f"{where} is blank")
    return found


def _text_object(where: str, value: Mapping[str, Any], most: int) -> list[str]:
    if value.get("type") == "plain_text":
        return _plain(where, value, most)
    found = [*_length(where, value.get("text"), 1, most), *_mrkdwn(where, str(value.get("text")))]
    return found if value.get("verbatim") is True else [*found, f"{where} is not verbatim"]


def _mrkdwn(where: str, text: str) -> list[str]:
    """Only our own forms may be left: mentions of people, dates, links with a label."""
    found = [f"{where} holds {form}" for form in _CONTROL.findall(text) if not _ALLOWED.fullmatch(form)]
    rest = _ALLOWED.sub("", text)
    return found + ([f"{where} holds a bare < or >"] if "<" in rest or ">" in rest else [])


def _unique(what: str, values: Sequence[str]) -> list[str]:
    return [f"{what} {v} stands twice" for v in sorted(set(values)) if values.count(v) > 1]


def _blocks(blocks: Sequence[Mapping[str, Any]], most: int) -> list[str]:
    found = [f"{len(blocks)} blocks"] if len(blocks) > most else []
    for block in blocks:
        found += _block(block)
    return found


def _block(block: Mapping[str, Any]) -> list[str]:
    found = _length("block_id", block.get("block_id", "-"), 1, 255)
    parsed = Block.parse(dict(block))
    if parsed is None:
        return [*found, f"slack_sdk does not know {block.get('type')}"]
    try:
        parsed.validate_json()
    except (SlackObjectFormationError, TypeError) as error:
        found.append(f"slack_sdk: {error}")
    return found + _KINDS[block["type"]](block)


def _section(block: Mapping[str, Any]) -> list[str]:
    found = _text_object("section", block["text"], 3_000)
    return found + (_element(block["accessory"]) if "accessory" in block else [])


def _context(block: Mapping[str, Any]) -> list[str]:
    found = [] if 1 <= len(block["elements"]) <= 10 else ["context elements"]
    for element in block["elements"]:
        found += _text_object("context", element, 3_000)
    return found


def _actions(block: Mapping[str, Any]) -> list[str]:
    found = [] if 1 <= len(block["elements"]) <= 25 else ["actions elements"]
    found += _unique("action_id", [e["action_id"] for e in block["elements"]])
    for element in block["elements"]:
        found += _element(element)
    return found


def _input(block: Mapping[str, Any]) -> list[str]:
    hint = _plain("hint", block["hint"], 2_000) if "hint" in block else []
    return [*_plain("label", block["label"], 2_000), *hint, *_element(block["element"])]


def _rich(block: Mapping[str, Any]) -> list[str]:
    found = [] if block["elements"] else ["empty rich text"]
    for part in block["elements"]:
        if not part["elements"]:
            found.append(f"empty {part['type']}")
        for leaf in part["elements"]:
            if leaf["type"] == "text":
                found += _length("rich text", leaf["text"], 1, 3_000)
    return found


_KINDS = {
    "section": _section,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "rich_text": _rich,
    "header": lambda b: _plain("header", b["text"], 150),
    "divider": lambda _: [],
}


def _element(element: Mapping[str, Any]) -> list[str]:
    kind = element["type"]
    found = _length("action_id", element.get("action_id"), 1, 255)
    found += [f"{kind} with {extra}" for extra in sorted(set(element) - _ELEMENTS[kind])]
    if kind == "button":
        found += [*_plain("button", element["text"], LABEL), *_length("value", element["value"], 1, 2_000)]
        found += _length("url", element.get("url", "-"), 1, 3_000)
        found += _length("accessibility_label", element.get("accessibility_label", "-"), 1, 75)
        if element.get("style", "primary") not in {"primary", "danger"}:
            found.append("style")
    if kind == "radio_buttons" and not 1 <= len(element["options"]) <= 10:
        found.append("radio options")
    groups = element.get("option_groups", ())
    lists = [group["options"] for group in groups] or [element.get("options", ())]
    if kind == "static_select" and not (len(groups) <= 100 and all(1 <= len(each) <= 100 for each in lists)):
        found.append("select options")
    found += [problem for group in groups for problem in _plain("group", group["label"], 75)]
    if kind == "overflow" and not 1 <= len(element["options"]) <= 5:
        found.append("overflow options")
    for option in [
        *(option for each in lists for option in each),
        *([element["initial_option"]] if "initial_option" in element else []),
    ]:
        found += [*_plain("option", option["text"], 75), *_length("option value", option["value"], 1, 150)]
    if "placeholder" in element:
        found += _plain("placeholder", element["placeholder"], 150)
    if "initial_value" in element:
        found += _length("initial_value", element["initial_value"], 1, element["max_length"])
    return found + (_confirm(element["confirm"]) if "confirm" in element else [])


def _confirm(confirm: Mapping[str, Any]) -> list[str]:
    limits = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
    return [
        problem for name, most in limits.items() for problem in _plain(f"confirm {name}", confirm[name], most)
    ]


def _attachment(attachment: Mapping[str, Any]) -> list[str]:
    found = [] if re.fullmatch(r"#[0-9a-fA-F]{6}", attachment["color"]) else ["color"]
    found += _length("fallback", attachment.get("fallback"), 1, 4_000)
    for name in ("author_name", "title", "footer"):
        if name in attachment:
            found += [*_length(name, attachment[name], 1, 600), *_mrkdwn(name, attachment[name])]
    for field in attachment.get("fields", ()):
        found += [*_length("field title", field["title"], 1, 300), *_mrkdwn("field title", field["title"])]
        found += [*_length("field value", field["value"], 1, 600), *_mrkdwn("field value", field["value"])]
    if not str(attachment.get("thumb_url", "https://")).startswith("https://"):
        found.append("thumb_url")
    return found + _blocks(attachment.get("blocks", ()), 50)

"""Interactive elements and pictures, and which of them a place may hold."""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.blockkit.composition import CONFIRM, GROUPS, IDENTIFIER, OPTION, OPTIONS, STYLE, option, plain
from sandbox.blockkit.rules import (
    Problem,
    Rule,
    anything,
    both,
    flag,
    items,
    number,
    one_of,
    picture,
    record,
    string,
    url,
)

_ACTION: Mapping[str, Rule] = {"action_id": IDENTIFIER}
_ASKS: Mapping[str, Rule] = {**_ACTION, "confirm": CONFIRM, "focus_on_load": flag}
_PLACEHOLDER: Mapping[str, Rule] = {"placeholder": plain(150)}
_ID = string(20, 1)
_IDS = items(_ID, 0, 100)


def _element(required: Mapping[str, Rule], optional: Mapping[str, Rule]) -> Rule:
    return record({"type": anything, **required}, optional)


def _one_source(value: Any, at: str) -> Iterator[Problem]:
    if ("options" in value) == ("option_groups" in value):
        yield "must provide either options or option_groups", at


def _initial_exists(value: Any, at: str) -> Iterator[Problem]:
    chosen = [value["initial_option"]] if value.get("initial_option") else value.get("initial_options") or []
    groups = value.get("option_groups") or [{"options": value.get("options") or []}]
    offered = [(o["text"]["text"], o["value"]) for g in groups for o in g["options"]]
    for entry in chosen:
        if (entry["text"]["text"], entry["value"]) not in offered:
            yield "initial_option must match one of the options", at


def _static(many: bool) -> Rule:
    initial: dict[str, Rule] = {
        "initial_options": items(OPTION, 1, 100),
        "max_selected_items": number(1, 100),
    }
    fields = {**_ASKS, **_PLACEHOLDER, "options": OPTIONS, "option_groups": GROUPS}
    fields |= initial if many else {"initial_option": OPTION}
    return both(_element({}, fields), _one_source, _initial_exists)


def _external(many: bool) -> Rule:
    initial: dict[str, Rule] = {
        "initial_options": items(OPTION, 1, 100),
        "max_selected_items": number(1, 100),
    }
    fields = {**_ASKS, **_PLACEHOLDER, "min_query_length": number(0, 3000)}
    return _element({}, fields | (initial if many else {"initial_option": OPTION}))


def _picker(name: str, many: bool, more: Mapping[str, Rule]) -> Rule:
    initial: dict[str, Rule] = {f"initial_{name}s": _IDS, "max_selected_items": number(1, 100)}
    fields = {**_ASKS, **_PLACEHOLDER, **more}
    return _element({}, fields | (initial if many else {f"initial_{name}": _ID}))


_FILTER = record(
    {},
    {
        "include": items(one_of("im", "mpim", "private", "public"), 1, 4),
        "exclude_bot_users": flag,
        "exclude_external_shared_channels": flag,
    },
)
_CONVERSATION: Mapping[str, Rule] = {"default_to_current_conversation": flag, "filter": _FILTER}
_RESPONSE: Mapping[str, Rule] = {"response_url_enabled": flag}
_DISPATCH = record(
    {"trigger_actions_on": items(one_of("on_enter_pressed", "on_character_entered"), 1, 2)}, {}
)
_TYPED: Mapping[str, Rule] = {
    **_ACTION,
    **_PLACEHOLDER,
    "dispatch_action_config": _DISPATCH,
    "focus_on_load": flag,
}
_RICH_OPTIONS = items(option(rich=True), 1, 10)


def _boxes(initial: str, rule: Rule) -> Rule:
    return both(_element({"options": _RICH_OPTIONS}, {**_ASKS, initial: rule}), _initial_exists)


def _image(value: Any, at: str) -> Iterator[Problem]:
    if ("image_url" in value) == ("slack_file" in value):
        yield "must provide either image_url or slack_file", at


SLACK_FILE = record({}, {"id": string(20, 1), "url": url()})
IMAGE = both(_element({"alt_text": string(2000)}, {"image_url": picture, "slack_file": SLACK_FILE}), _image)
BUTTON = _element(
    {"text": plain(75)},
    {
        **_ACTION,
        "value": string(2000),
        "url": url(3000),
        "style": STYLE,
        "confirm": CONFIRM,
        "accessibility_label": string(75),
        "visible_to_user_ids": _IDS,
    },
)

ELEMENTS: Mapping[str, Rule] = {
    "button": BUTTON,
    "image": IMAGE,
    "overflow": _element(
        {"options": items(option(rich=False, link=True), 1, 5)}, {**_ACTION, "confirm": CONFIRM}
    ),
    "static_select": _static(False),
    "multi_static_select": _static(True),
    "external_select": _external(False),
    "multi_external_select": _external(True),
    "users_select": _picker("user", False, {}),
    "multi_users_select": _picker("user", True, {}),
    "conversations_select": _picker("conversation", False, {**_CONVERSATION, **_RESPONSE}),
    "multi_conversations_select": _picker("conversation", True, _CONVERSATION),
    "channels_select": _picker("channel", False, _RESPONSE),
    "multi_channels_select": _picker("channel", True, {}),
    "checkboxes": _boxes("initial_options", items(option(rich=True), 1, 10)),
    "radio_buttons": _boxes("initial_option", option(rich=True)),
    "datepicker": _element({}, {**_ASKS, **_PLACEHOLDER, "initial_date": string(10, 10)}),
    "timepicker": _element(
        {}, {**_ASKS, **_PLACEHOLDER, "initial_time": string(5, 5), "timezone": string(100)}
    ),
    "datetimepicker": _element({}, {**_ASKS, "initial_date_time": number(0, 9_999_999_999)}),
    "plain_text_input": _element(
        {},
        {
            **_TYPED,
            "initial_value": string(3000),
            "multiline": flag,
            "min_length": number(0, 3000),
            "max_length": number(1, 3000),
        },
    ),
    "email_text_input": _element({}, {**_TYPED, "initial_value": string(3000)}),
    "url_text_input": _element({}, {**_TYPED, "initial_value": string(3000)}),
    "number_input": _element(
        {"is_decimal_allowed": flag},
        {**_TYPED, "initial_value": string(50), "min_value": string(50), "max_value": string(50)},
    ),
    "rich_text_input": _element({}, {**_TYPED, "initial_value": anything}),
    "file_input": _element(
        {}, {**_ACTION, "filetypes": items(string(50, 1), 0, 50), "max_files": number(1, 10)}
    ),
    "feedback_buttons": _element({"positive_button": anything, "negative_button": anything}, _ACTION),
    "icon_button": _element(
        {"icon": one_of("trash"), "text": plain(75)},
        {
            **_ACTION,
            "value": string(2000),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
            "visible_to_user_ids": _IDS,
        },
    ),
}

_SELECTS = tuple(name for name in ELEMENTS if name.endswith("_select"))
_PICKERS = ("datepicker", "timepicker")
ACCESSORIES = ("button", "image", "overflow", *_SELECTS, *_PICKERS, "checkboxes", "radio_buttons")
IN_ACTIONS = ("button", "overflow", *_SELECTS, *_PICKERS, "datetimepicker", "checkboxes", "radio_buttons")
_TYPES = ("plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input")
INPUTS = (*_SELECTS, *_PICKERS, "datetimepicker", "checkboxes", "radio_buttons", *_TYPES)
INTERACTIVE = frozenset(ELEMENTS) - {"image"}


def only(names: tuple[str, ...]) -> Mapping[str, Rule]:
    """Return the elements of these names."""
    return {name: ELEMENTS[name] for name in names}

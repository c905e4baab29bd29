"""What people put into inputs, in the form Slack's payloads have it."""

from typing import Any

from sandbox.blockkit import interactive
from sandbox.refusal import Json, Refusal

_KEYS: dict[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "file_input": ("files", "initial_files"),
}
_LISTS = {"selected_options", "selected_users", "selected_conversations", "selected_channels", "files"}


def keeps_value(element: Json) -> bool:
    """Whether an element has a value of its own (buttons and overflow menus have none)."""
    return element["type"] in _KEYS


def initial_values(blocks: list[Json]) -> dict[str, dict[str, Json]]:
    """Return `state.values` of freshly drawn blocks."""
    values: dict[str, dict[str, Json]] = {}
    for block, element in interactive(blocks):
        if keeps_value(element):
            values.setdefault(block["block_id"], {})[element["action_id"]] = _initial(element)
    return values


def _initial(element: Json) -> Json:
    key, initial = _KEYS[element["type"]]
    return {"type": element["type"], key: element.get(initial) or ([] if key in _LISTS else None)}


def chosen(element: Json, value: Any, offered: list[Json] | None = None) -> Json:
    """Return an element's state with `value` put there. Raises Refusal for what is not offered."""
    kind = element["type"]
    if kind not in _KEYS and kind != "overflow":
        raise Refusal("not_an_input", "Nothing can be put there.")
    key = "selected_option" if kind == "overflow" else _KEYS[kind][0]
    if key == "value":
        return {"type": kind, "value": _typed(element, value)}
    if key in {"selected_option", "selected_options"}:
        options = _options(element) if offered is None else offered
        return {"type": kind, key: _pick(options, value, key in _LISTS)}
    if key in _LISTS:
        value = list(value or ())
    return {"type": kind, key: value}


def _typed(element: Json, value: Any) -> str | None:
    text = "" if value is None else str(value)
    if len(text) > element.get("max_length", 3000):
        raise Refusal("too_long", "This text is too long for the field.")
    return text or None


def _options(element: Json) -> list[Json]:
    if "option_groups" in element:
        return [o for group in element["option_groups"] for o in group["options"]]
    return list(element.get("options", ()))


def _pick(options: list[Json], value: Any, many: bool) -> Any:
    if many:
        return [_pick(options, one, False) for one in value or ()]
    if value is None:
        return None
    picked = next((option for option in options if option.get("value") == value), None)
    if picked is None:
        raise Refusal("option_not_found", "This is not among the options.")
    return picked


def is_empty(state: Json) -> bool:
    """Whether an input holds nothing."""
    return all(value in (None, "", []) for key, value in state.items() if key != "type")

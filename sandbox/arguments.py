"""The arguments of a Web API call, from a query, a form or JSON."""

import json
from collections.abc import Mapping
from typing import Any

from sandbox.refusal import Json, Refusal, invalid_arguments


class Arguments:
    """Reads arguments as Slack does: strings in forms, typed values in JSON."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values: Json = {k: v for k, v in values.items() if v is not None}

    def has(self, name: str) -> bool:
        """Whether the call gave this argument, empty or not."""
        return name in self.values

    def text(self, name: str) -> str:
        """Return a string argument, empty when missing. Raises Refusal `invalid_arguments`."""
        value = self.values.get(name, "")
        if isinstance(value, bool | dict | list):
            raise invalid_arguments(f"must be a string [json-pointer:/{name}]")
        return str(value)

    def required(self, name: str) -> str:
        """Return a string argument that must not be empty. Raises Refusal `invalid_arguments`."""
        value = self.text(name)
        if not value:
            raise invalid_arguments(f"missing required field: {name}")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a yes-or-no argument."""
        value = self.values.get(name, default)
        return value if isinstance(value, bool) else str(value).lower() in {"1", "true", "t", "yes"}

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Return a whole number. Raises Refusal `invalid_arguments` outside its bounds."""
        try:
            value = int(self.values.get(name, default))
        except (TypeError, ValueError):
            raise invalid_arguments(f"must be an integer [json-pointer:/{name}]") from None
        if not least <= value <= most:
            raise invalid_arguments(f"must be between {least} and {most} [json-pointer:/{name}]")
        return value

    def structure(self, name: str, code: str) -> Any:
        """Return a list or object, given as such or as a JSON string. Raises Refusal with `code`."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise Refusal(code) from None

"""What Slack answers when it does not do as asked."""

from typing import Any

Json = dict[str, Any]


class Refusal(Exception):
    """Slack's no: an error code, the words a person would read, and further fields of the answer."""

    def __init__(self, code: str, words: str = "", **extra: Any) -> None:
        super().__init__(f"{code}: {words}" if words else code)
        self.code = code
        self.words = words
        self.extra: Json = extra


def invalid_arguments(*messages: str) -> Refusal:
    """Return the refusal of a call whose arguments are wrong, one sentence each."""
    return Refusal("invalid_arguments", response_metadata={"messages": [f"[ERROR] {m}" for m in messages]})

"""What LINE's reference demands of messages: …/en/reference/messaging-api/#message-objects"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tests.networks.line.answers import wrong

Message = Mapping[str, Any]


def check_messages(given: object, quotable: Collection[str]) -> list[Message]:
    """The messages of a call. Raises `Refused`."""
    if not isinstance(given, list) or not 1 <= len(given) <= 5:
        raise wrong(("messages", "Size must be between 1 and 5"))
    faults = [fault for at, each in enumerate(given) for fault in _faults(at, each, quotable)]
    if faults:
        raise wrong(*faults)
    return given


def _faults(at: int, message: Message, quotable: Collection[str]) -> Iterator[tuple[str, str]]:
    where = f"messages[{at}]"
    kind = message.get("type")
    known = {
        "text": {"text", "quoteToken"},
        "image": {"originalContentUrl", "previewImageUrl"},
        "video": {"originalContentUrl", "previewImageUrl"},
        "audio": {"originalContentUrl", "duration"},
    }.get(str(kind))
    if known is None:
        yield f"{where}.type", "Must be one of the following values: [audio, image, text, video]"
        return
    for key in set(message) - known - {"type", "sender"}:
        yield f"{where}.{key}", "Unknown property"
    if kind == "text":
        yield from _text(where, message, quotable)
    else:
        yield from _file(where, message, known)
    yield from _sender(where, message.get("sender"))


def _text(where: str, message: Message, quotable: Collection[str]) -> Iterator[tuple[str, str]]:
    units = len(str(message.get("text", "")).encode("utf-16-le")) // 2
    if not units:
        yield f"{where}.text", "May not be empty"
    if units > 5_000:
        yield f"{where}.text", "Length must be between 0 and 5000"
    if "quoteToken" in message and message["quoteToken"] not in quotable:
        yield f"{where}.quoteToken", "Invalid quote token"


def _file(where: str, message: Message, known: Collection[str]) -> Iterator[tuple[str, str]]:
    for key in known - {"duration"}:
        address = message.get(key)
        if not isinstance(address, str) or not address.startswith("https://") or len(address) > 2_000:
            yield f"{where}.{key}", "Must be a valid HTTPS URL"
    duration = message.get("duration")
    if "duration" in known and (type(duration) is not int or duration < 1):
        yield f"{where}.duration", "Must be a positive number"


def _sender(where: str, sender: object) -> Iterator[tuple[str, str]]:
    if sender is None:
        return
    name = str(sender.get("name", "")) if isinstance(sender, dict) else ""
    if not 1 <= len(name) <= 20 or "line" in name.lower():
        yield f"{where}.sender.name", "Invalid sender name"
    icon = sender.get("iconUrl", "https://") if isinstance(sender, dict) else ""
    if not str(icon).startswith("https://"):
        yield f"{where}.sender.iconUrl", "Must be a valid HTTPS URL"

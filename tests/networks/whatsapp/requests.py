"""A message as the Cloud API reads it: what is missing, too long or unknown is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.networks.whatsapp.answers import Refused

_KEYS = frozenset(
    {"messaging_product", "recipient_type", "to", "recipient", "type", "context", "biz_opaque_callback_data"}
)
_CONTENT = {
    "text": ({"body"}, {"preview_url"}),
    "image": ({"id"}, {"caption"}),
    "video": ({"id"}, {"caption"}),
    "audio": ({"id"}, {"voice"}),
    "document": ({"id"}, {"caption", "filename"}),
    "reaction": ({"message_id", "emoji"}, set()),
    "template": ({"name", "language"}, {"components"}),
}
MIMES = {
    "image": ({"image/jpeg", "image/png"}, 5_000_000),
    "video": ({"video/mp4", "video/3gpp"}, 16_000_000),
    "audio": ({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}, 16_000_000),
}
DOCUMENTS = {
    "text/plain",
    "application/pdf",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}


def recipient(body: Mapping[str, Any]) -> str:
    """To whom it goes: a number with its plus, or an id."""
    to, user = body.get("to"), body.get("recipient")
    if isinstance(to, str) and re.fullmatch(r"\+\d{5,20}", to):
        return to[1:]
    if to is None and isinstance(user, str) and re.fullmatch(r"[A-Z]{2}\.[A-Za-z0-9.]{1,128}", user):
        return user
    raise Refused(131009, "Parameter value is not valid")


def content(body: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Its kind, and what it holds, with every key known and every needed one there."""
    if body.get("messaging_product") != "whatsapp":
        raise Refused(100, "The parameter messaging_product is required.")
    kind = body.get("type")
    if kind not in _CONTENT or set(body) - _KEYS - {kind}:
        raise Refused(100, f"Unexpected key in {sorted(body)}")
    needed, more = _CONTENT[kind]
    held = body.get(kind)
    if not isinstance(held, dict) or not needed <= set(held) or set(held) - needed - more:
        raise Refused(131008, f"Unexpected or missing key in {kind}")
    if len(body.get("biz_opaque_callback_data", "")) > 512:
        raise Refused(100, "biz_opaque_callback_data is too long")
    text, caption = held.get("body"), held.get("caption", "")
    if kind == "text" and not (isinstance(text, str) and len(text.strip()) > 0 and len(text) <= 4_096):
        raise Refused(100, "Param text['body'] must be at most 4096 characters long.")
    if len(caption) > 1_024:
        raise Refused(100, "Param caption must be at most 1024 characters long.")
    return kind, held


def filled(template: Mapping[str, Any], held: Mapping[str, Any]) -> None:
    """Whether a template was sent with exactly what it wants."""
    given = {each["type"]: each for each in held.get("components", [])}
    for component in template["components"]:
        place, text = component["type"].lower(), component.get("text", "")
        wanted = re.findall(r"\{\{(\w+)\}\}", text)
        parameters = given.get(place, {}).get("parameters", [])
        if component.get("format", "TEXT") != "TEXT":
            kind = component["format"].lower()
            if [each["type"] for each in parameters] != [kind] or not parameters[0][kind].get("link"):
                raise Refused(132012, f"header: Format mismatch, expected {kind.upper()}")
            continue
        if len(parameters) != len(wanted):
            raise Refused(132000, f"{place}: number of localizable_params does not match")
        for name, parameter in zip(wanted, parameters, strict=True):
            if not name.isdigit() and parameter.get("parameter_name") != name:
                raise Refused(132000, f"{place}: Parameter name is missing or empty")
            if re.search(r"[\n\t]| {5}", parameter["text"]) or not parameter["text"]:
                raise Refused(132018, "There is an issue with the parameters in your template.")


def upload(kind: str, size: int) -> None:
    """Whether a file of this type and size is taken."""
    if not size:
        raise Refused(131053, "Media file is empty")
    rules = [*MIMES.values(), (DOCUMENTS, 100_000_000)]
    found = [most for mimes, most in rules if kind in mimes]
    if not found:
        raise Refused(100, f"Param file must be a file with one of the following types, not {kind}")
    if size > found[0]:
        raise Refused(131053, "Media file size too big")

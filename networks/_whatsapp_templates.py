"""Approved templates: what an agent fills in, and how one is sent. Pure.

https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/components

A field's key says where its value goes: `body:1`, `header:name`, `button:0:url`. So a template is sent by its
id and its values alone, without being asked for again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from networks._names import language_name
from networks._pieces import Raw, as_object, line, objects, sendable
from networks.base import FilledTemplate, Template, TemplateField

ASKED = {
    "fields": "name,language,status,category,parameter_format,components",
    "status": "APPROVED",
    "limit": "100",
}
_VARIABLE = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,60})\s*\}\}")
_MEDIA = {"IMAGE": "picture", "VIDEO": "video", "GIF": "GIF", "DOCUMENT": "document"}
_PLAIN_BUTTONS = frozenset({"QUICK_REPLY", "PHONE_NUMBER", "URL", "COPY_CODE", "VOICE_CALL"})


def template_of(raw: Raw) -> Template | None:
    """A template that can be sent by filling in words; None for one that isn't approved or wants more."""
    name, language = line(raw, "name", 512), line(raw, "language", 20)
    parts = {line(each, "type", 20).upper(): each for each in objects(raw.get("components"))}
    known = set(parts) <= {"HEADER", "BODY", "FOOTER", "BUTTONS"} and "BODY" in parts
    approved = line(raw, "status", 40).upper() == "APPROVED"
    if (
        not (name and language and known and approved)
        or line(raw, "category", 40).upper() == "AUTHENTICATION"
    ):
        return None
    buttons = objects(parts.get("BUTTONS", {}).get("buttons"))
    head = parts.get("HEADER", {})
    kinds = {line(each, "type", 40).upper() for each in buttons}
    if line(head, "format", 20).upper() not in ("", "TEXT", *_MEDIA) or not kinds <= _PLAIN_BUTTONS:
        return None
    fields = (*_header_fields(head), *_fields("body", parts["BODY"]), *_button_fields(buttons))
    drawn = [_header(head), _drawn("body", parts["BODY"]), _text(parts.get("FOOTER", {}))]
    text = "\n\n".join([part for part in drawn if part] + _buttons(buttons))
    spoken = language_name(language)
    return Template(id=f"{language}:{name}", name=name, language=spoken, text=text, fields=fields)


def sent_as(filled: FilledTemplate) -> dict[str, Any]:
    """The value of `template` in a call."""
    language, _, name = filled.id.partition(":")
    components = [
        *_filled("header", filled.values),
        *_filled("body", filled.values),
        *_pressed(filled.values),
    ]
    return {
        "name": name,
        "language": {"code": language},
        **({"components": components} if components else {}),
    }


# What is filled in


def _fields(place: str, component: Raw) -> Iterator[TemplateField]:
    names = dict.fromkeys(_VARIABLE.findall(_text(component)))
    examples = _examples(place, component)
    for name in names:
        label = f"Value {name}" if name.isdigit() else name.replace("_", " ").capitalize()
        label = label if place == "body" else f"{label} (heading)"
        yield TemplateField(key=f"{place}:{name}", label=label, example=examples.get(name, ""))


def _header_fields(head: Raw) -> Iterator[TemplateField]:
    kind = line(head, "format", 20).upper()
    if kind in _MEDIA:
        label = f"Address of the {_MEDIA[kind]} (https)"
        yield TemplateField(key=f"header:{kind.lower()}", label=label, address=True)
    else:
        yield from _fields("header", head)


def _button_fields(buttons: list[Raw]) -> Iterator[TemplateField]:
    for at, button in enumerate(buttons):
        kind, label = line(button, "type", 40).upper(), line(button, "text", 60) or "button"
        if kind == "URL" and _VARIABLE.search(line(button, "url", 2_000)):
            yield TemplateField(key=f"button:{at}:url", label=f"End of the address behind “{label}”")
        if kind == "COPY_CODE":
            yield TemplateField(key=f"button:{at}:copy_code", label="Code to copy")


def _examples(place: str, component: Raw) -> dict[str, str]:
    """What whoever made the template gave as examples, by variable."""
    given = as_object(component.get("example"))
    named = objects(given.get(f"{place}_text_named_params"))
    if named:
        return {line(each, "param_name", 60): line(each, "example", 200) for each in named}
    listed = given.get(f"{place}_text")
    first = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], list) else listed
    values = first if isinstance(first, list) else []
    return {str(at): line({"x": each}, "x", 200) for at, each in enumerate(values, 1)}


# What is read


def _text(component: Raw) -> str:
    value = component.get("text")
    return sendable(value) if isinstance(value, str) else ""


def _drawn(place: str, component: Raw) -> str:
    """The words, each variable by its field's key."""
    return _VARIABLE.sub(lambda found: f"{{{{{place}:{found[1]}}}}}", _text(component))


def _header(head: Raw) -> str:
    kind = line(head, "format", 20).upper()
    return f"{{{{header:{kind.lower()}}}}}" if kind in _MEDIA else _drawn("header", head)


def _buttons(buttons: list[Raw]) -> list[str]:
    labels = [line(button, "text", 60) or "Copy code" for button in buttons]
    return [" ".join(f"[{label}]" for label in labels)] if labels else []


# What is sent


def _filled(place: str, values: Mapping[str, str]) -> list[dict[str, Any]]:
    """One component with its values, in the order of their numbers."""
    mine = [(key.partition(":")[2], said) for key, said in values.items() if key.startswith(f"{place}:")]
    mine.sort(key=lambda each: int(each[0]) if each[0].isdigit() else 0)
    parameters = [_parameter(place, name, said) for name, said in mine]
    return [{"type": place, "parameters": parameters}] if parameters else []


def _parameter(place: str, name: str, said: str) -> dict[str, Any]:
    """Values are of one line: https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes"""
    if place == "header" and name.upper() in _MEDIA:
        return {"type": name, name: {"link": said.strip()}}
    named = {} if name.isdigit() else {"parameter_name": name}
    return {"type": "text", **named, "text": _one_line(said)}


def _pressed(values: Mapping[str, str]) -> list[dict[str, Any]]:
    found = sorted((key.split(":"), said) for key, said in values.items() if key.startswith("button:"))
    return [_button(at, kind, _one_line(said)) for (_, at, kind), said in found]


def _button(at: str, kind: str, said: str) -> dict[str, Any]:
    value = (
        {"type": "coupon_code", "coupon_code": said}
        if kind == "copy_code"
        else {"type": "text", "text": said}
    )
    return {"type": "button", "sub_type": kind, "index": at, "parameters": [value]}


def _one_line(said: str) -> str:
    return " ".join(sendable(said).split())

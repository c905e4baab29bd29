"""The modal in which an approved message is chosen and filled in. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from desk.slack import literal, wording
from desk.slack.drawing import Block, View
from desk.slack.modals import asked, modal
from desk.slack.text import clean, clean_name
from networks.base import Template

LONGEST_VALUE = 1_000
_A_LIST = 100
"""Choices that Slack takes in one list."""
_BYTES = 80_000
"""What all of them may take of a modal."""
_MOST_FIELDS = 40
_ROOM = 2_900
"""Characters of what Slack remembers for a modal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the modal remembers of the template that was chosen."""

    id: str
    text: str
    fields: Mapping[str, str]
    """By each field's key, in their order, its label; once they are filled in, its value."""


def only(conversation_id: int, words: str) -> View:
    """A sentence alone: that it is being looked for, or why there is nothing to choose."""
    said = [literal.plain_section(words, block_id="template.note")]
    private = {"conversation": conversation_id}
    return modal("template", wording.templates.TITLE, said, private=private, close="Cancel")


def choosing(conversation_id: int, name: str, templates: Sequence[Template], chosen: str = "") -> View:
    """Choose one; once it is chosen, fill it in. `chosen` is a `key_of`.

    Values: `value_block(template, n)` / `words`, in the order of the fields.
    """
    fitting = [each for each in templates if fits(each)]
    options = dict(_with_room(fitting))
    if not options:
        return only(conversation_id, wording.templates.NONE)
    picked = next((each for each in fitting if key_of(each) == chosen), None)
    select = _select(list(options.values()), options.get(chosen))
    blocks = [literal.actions([select], block_id="template.choice")]
    if chosen and picked is None:
        blocks.append(literal.plain_section(wording.templates.GONE, block_id="template.note"))
    if len(fitting) > len(options):
        blocks.append(literal.context(wording.templates.some(len(options)), block_id="template.some"))
    if picked is None:
        return _view(conversation_id, name, blocks)
    return _view(conversation_id, name, [*blocks, *_filling(name, picked)], _private(picked))


def _with_room(listed: Sequence[Template]) -> Iterator[tuple[str, Block]]:
    """Their options by key, from the first on, for as many as a modal holds."""
    room = _BYTES
    for each in listed:
        option = literal.option(_label(each), key_of(each))
        room -= len(json.dumps(option, ensure_ascii=False).encode())
        if room < 0:
            return
        yield key_of(each), option


def _select(options: Sequence[Block], chosen: Block | None) -> Block:
    """More than a list holds stand in groups, each headed by its first one."""
    hint = wording.templates.CHOOSE_HINT
    if len(options) <= _A_LIST:
        return literal.select("template.choose", hint, options, chosen)
    groups = [options[at : at + _A_LIST] for at in range(0, len(options), _A_LIST)]
    names = [part[0]["text"]["text"].rpartition(" · ")[0] for part in groups]
    heads = [wording.templates.from_here(at, name) for at, name in enumerate(names, 1)]
    return literal.grouped_select("template.choose", hint, dict(zip(heads, groups, strict=True)), chosen)


def _filling(name: str, picked: Template) -> list[Block]:
    reads = [
        literal.plain_section(wording.templates.reads(name), block_id="template.reads"),
        _set_apart(picked.filled({})),
    ]
    return [*reads, *(_field(picked, at) for at in range(len(picked.fields)))]


def _set_apart(words: str) -> Block:
    """What the customer will read, not to be taken for ours."""
    return literal.rich(literal.quote(words), block_id="template.preview")


def _field(picked: Template, at: int) -> Block:
    field = picked.fields[at]
    plain = literal.text_input("words", field.label, longest=LONGEST_VALUE)
    element = literal.address_input("words", field.label) if field.address else plain
    block = asked(value_block(picked.id, at), clean_name(field.label, 150, "Value"), element)
    hint = wording.templates.example(field.example) if field.example.strip() else ""
    return block | ({"hint": literal.plain(hint, 2_000)} if hint else {})


def value_block(template_id: str, at: int) -> str:
    """Another template's fields are other blocks: what was typed there does not stay."""
    return f"template.{_short(template_id)}.{at}"


def key_of(template: Template) -> str:
    """What the select carries: ids may be longer than Slack allows."""
    return _short(template.id)


def _short(template_id: str) -> str:
    return hashlib.sha256(template_id.encode("utf-8", "replace")).hexdigest()[:24]


def fits(template: Template) -> bool:
    """Whether a modal has room for it, and Slack can carry it."""
    room = (
        len(json.dumps(_private(template), ensure_ascii=False)) <= _ROOM and clean(template.id) == template.id
    )
    return room and len(template.fields) <= _MOST_FIELDS and len(template.filled({})) <= _ROOM


def _label(template: Template) -> str:
    """As the list shows it: as much of the name as Slack has room for, and the language."""
    tail = f" · {template.language[:30]}"
    return template.name.replace("_", " ")[: 75 - len(tail)] + tail


def _private(picked: Template) -> dict[str, object]:
    fields = {field.key: clean(field.label) for field in picked.fields}
    return {"id": picked.id, "text": clean(picked.text), "fields": fields}


def kept(private: object) -> Kept | None:
    """What was chosen; None where nothing was, or it is not of ours."""
    match private:
        case {"id": str(name), "text": str(text), "fields": dict(fields)}:
            whole = all(isinstance(label, str) for label in fields.values())
            return Kept(id=name, text=text, fields=fields) if whole else None
        case _:
            return None


def preview(conversation_id: int, name: str, chosen: Kept, values: Mapping[str, str]) -> View | None:
    """What the customer will read, to be sent or gone back from; None where Slack has no room for it."""
    text = filled(chosen, values)
    private = {"conversation": conversation_id, "id": chosen.id, "text": text, "fields": dict(values)}
    if len(json.dumps(private, ensure_ascii=False)) > _ROOM:
        return None
    blocks = [
        literal.plain_section(wording.templates.reads(name), block_id="template.reads"),
        _set_apart(text),
    ]
    return modal(
        "template_preview", wording.templates.TITLE, blocks, private=private, submit="Send", close="Back"
    )


def filled(chosen: Kept, values: Mapping[str, str]) -> str:
    """What the customer reads."""
    return Template(id=chosen.id, name="", language="", text=chosen.text).filled(values)


def _view(
    conversation_id: int, name: str, blocks: Sequence[Block], private: Mapping[str, object] | None = None
) -> View:
    head = literal.plain_section(wording.templates.explained(name), block_id="template.why")
    known = {"conversation": conversation_id, **(private or {})}
    shown = [head, *blocks]
    if private is None:
        return modal("template", wording.templates.TITLE, shown, private=known, close="Cancel")
    label = "Preview" if private["fields"] else "Send"
    return modal("template", wording.templates.TITLE, shown, private=known, submit=label, close="Cancel")

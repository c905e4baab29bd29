"""Pieces of Block Kit in which foreign text is only ever text.

A customer's words stand in `plain_text` objects or in `text` elements of rich text, which
Slack shows as they are; what must be mrkdwn (date tokens, mentions) is `verbatim`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from desk.slack.drawing import Block
from desk.slack.text import clean, clip, clip_bytes, escape

_USER = re.compile(r"[UW][A-Z0-9]{1,30}")
_GROUP = re.compile(r"S[A-Z0-9]{1,30}")
_TOKEN = re.compile(r"\{[a-z_]+\}")
LABEL = 18
"""The longest label a thumb can read on a phone."""


def plain(text: str, limit: int = 3_000) -> Block:
    """A `plain_text` object: never empty, at most `limit` characters, no emoji names read."""
    shown = clip(clean(text).strip(), limit)
    return {"type": "plain_text", "text": shown or "–", "emoji": False}


def mrkdwn(text: str) -> Block:
    """A `mrkdwn` object of escaped text; `verbatim`, so that nothing bare is linked or pinged."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def text(words: str, *, bold: bool = False) -> Block:
    """A literal piece of rich text."""
    element: Block = {"type": "text", "text": clean(words) or " "}
    return element | {"style": {"bold": True}} if bold else element


def emoji(name: str) -> Block:
    """An emoji by Slack's name."""
    return {"type": "emoji", "name": name}


def user(user_id: str) -> Block:
    """A mention that notifies; a word where the id is none of Slack's."""
    return {"type": "user", "user_id": user_id} if _USER.fullmatch(user_id) else text("@someone")


def usergroup(group_id: str) -> Block:
    """A mention that notifies a user group; a word where the id is none of Slack's."""
    if not _GROUP.fullmatch(group_id):
        return text("@someone")
    return {"type": "usergroup", "usergroup_id": group_id}


def mention(user_id: str | None, name: str = "@someone") -> str:
    """The same in mrkdwn; `name` stands where the id is none of Slack's."""
    return f"<@{user_id}>" if user_id and _USER.fullmatch(user_id) else escape(name)


def date_element(at: datetime, tokens: str) -> Block:
    """A time inside rich text, in the reader's own zone."""
    return {
        "type": "date",
        "timestamp": int(at.timestamp()),
        "format": tokens,
        "fallback": in_utc(at, tokens),
    }


def date(at: datetime, tokens: str) -> str:
    """A time inside mrkdwn, with our own words around it: "Wrote {ago}"."""
    return f"<!date^{int(at.timestamp())}^{escape(tokens)}|{escape(in_utc(at, tokens))}>"


def in_utc(at: datetime, tokens: str) -> str:
    """What stands there where dates cannot be shown: the same words, in UTC."""
    moment = at.astimezone(UTC)
    day = f"{moment.day} {moment:%b}"
    found = set(_TOKEN.findall(tokens))
    with_time = bool(found & {"{ago}", "{time}"})
    full = f"{day}, {moment:%H:%M} UTC" if with_time else day
    if found == {"{time}"}:
        full = f"{moment:%H:%M} UTC"
    head = _TOKEN.sub("\x00", tokens)
    before, _, rest = head.partition("\x00")
    return before + full + rest.rpartition("\x00")[2]


def italic(words: str) -> Block:
    """Words in italics, for what is said about something."""
    return text(words) | {"style": {"italic": True}}


def link(url: str, words: str) -> Block:
    """An address that is ours to offer, behind words in italics."""
    return {"type": "link", "url": url, "text": words, "style": {"italic": True}}


def section(*elements: Block) -> Block:
    """One paragraph of rich text."""
    return {"type": "rich_text_section", "elements": list(elements)}


def quote(words: str) -> Block:
    """A literal quotation in rich text."""
    return {"type": "rich_text_quote", "elements": [text(words)]}


def bullets(*lines: Block) -> Block:
    """A list in rich text; each line is a `section`."""
    return {"type": "rich_text_list", "style": "bullet", "elements": list(lines)}


def rich(*parts: Block, block_id: str | None = None) -> Block:
    """A rich text block."""
    return _named({"type": "rich_text", "elements": list(parts)}, block_id)


def context(*lines: str, block_id: str | None = None) -> Block:
    """Small grey lines of escaped mrkdwn."""
    elements = [mrkdwn(clip_bytes(line, 2_900)) for line in lines[:10]]
    return _named({"type": "context", "elements": elements}, block_id)


def paragraph(words: str, *, block_id: str | None = None, accessory: Block | None = None) -> Block:
    """A section of escaped mrkdwn."""
    block: Block = {"type": "section", "text": mrkdwn(words)}
    return _named(block | ({"accessory": accessory} if accessory else {}), block_id)


def plain_section(words: str, *, block_id: str | None = None, accessory: Block | None = None) -> Block:
    """A section of literal text."""
    block: Block = {"type": "section", "text": plain(words)}
    return _named(block | ({"accessory": accessory} if accessory else {}), block_id)


def header(words: str, *, block_id: str | None = None) -> Block:
    """A large line."""
    return _named({"type": "header", "text": plain(words, 150)}, block_id)


def actions(elements: Sequence[Block], *, block_id: str | None = None) -> Block:
    """A row of buttons and selects."""
    return _named({"type": "actions", "elements": list(elements)}, block_id)


def _named(block: Block, block_id: str | None) -> Block:
    return {**block, "block_id": block_id[:255]} if block_id else block


def button(
    action_id: str,
    label: str,
    value: str,
    *,
    style: str | None = None,
    says: str | None = None,
    url: str | None = None,
    confirm: Block | None = None,
) -> Block:
    """A button. `says` is what a screen reader reads instead of the label."""
    element: Block = {
        "type": "button",
        "action_id": action_id,
        "text": plain(label, LABEL),
        "value": clip(value, 2_000),
    }
    optional = {
        "style": style,
        "accessibility_label": clip(says, 75) if says else None,
        "url": url if url and len(url) <= 3_000 else None,
        "confirm": confirm,
    }
    return element | {key: chosen for key, chosen in optional.items() if chosen}


def confirm(title: str, words: str, *, yes: str, no: str, danger: bool = False) -> Block:
    """The question before something happens."""
    asked: Block = {
        "title": plain(title, 100),
        "text": plain(words, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
    }
    return asked | {"style": "danger"} if danger else asked


def option(label: str, value: str) -> Block:
    """One choice of a menu."""
    return {"text": plain(label, 75), "value": value[:150]}


def select(action_id: str, placeholder: str, options: Sequence[Block], chosen: Block | None = None) -> Block:
    """A select of up to a hundred choices, which tells us at once what is chosen."""
    element: Block = {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": plain(placeholder, 150),
        "options": list(options),
    }
    return element | {"initial_option": chosen} if chosen else element


def grouped_select(
    action_id: str, placeholder: str, groups: Mapping[str, Sequence[Block]], chosen: Block | None = None
) -> Block:
    """The same with up to a hundred choices in each of up to a hundred groups, by their headings."""
    element = select(action_id, placeholder, (), chosen)
    del element["options"]
    listed = [{"label": plain(head, 75), "options": list(options)} for head, options in groups.items()]
    return element | {"option_groups": listed}


def people_select(action_id: str, placeholder: str) -> Block:
    """A select whose options we are asked for; nobody is chosen at first."""
    return {
        "type": "external_select",
        "action_id": action_id,
        "placeholder": plain(placeholder, 150),
        "min_query_length": 0,
    }


def text_input(
    action_id: str, placeholder: str, *, initial: str = "", longest: int, on_return: bool = False
) -> Block:
    """A field for one line of text. `on_return`: the return key tells us, as a button does."""
    element: Block = {
        "type": "plain_text_input",
        "action_id": action_id,
        "placeholder": plain(placeholder, 150),
        "max_length": longest,
    }
    optional = {
        "initial_value": initial[:longest],
        "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]} if on_return else None,
    }
    return element | {key: chosen for key, chosen in optional.items() if chosen}


def address_input(action_id: str, placeholder: str) -> Block:
    """A field for the address of something on the web: Slack takes nothing else in it."""
    return {"type": "url_text_input", "action_id": action_id, "placeholder": plain(placeholder, 150)}


def overflow(action_id: str, choices: Iterable[tuple[str, str]]) -> Block:
    """The menu behind the three dots: up to five (label, value)."""
    return {
        "type": "overflow",
        "action_id": action_id,
        "options": [option(label, value) for label, value in choices],
    }

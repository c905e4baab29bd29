"""Slack's messages as the plain text a customer gets. Pure; never raises on what Slack may send."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from desk.slack import styles
from desk.slack.emojis import picture, tinted
from desk.slack.text import clean, clean_name, escape, split_words, unescape
from networks.base import Style

__all__ = [
    "Said",
    "clean",
    "clean_name",
    "command_of",
    "escape",
    "mentioned",
    "note_of",
    "read_message",
    "split_words",
    "unescape",
]

Names = Callable[[str], str | None]
"""The display name of a user, group or channel id; None if unknown."""

_CONTROL = re.compile(r"<([^<>]*)>")
_EMOJI = re.compile(r":([a-z0-9_+'-]{1,100}):(?::skin-tone-([2-6]):)?")
_HIDDEN = r"[\s*_~`\u200b-\u200f\u2060\ufeff]*"
_NOTE = re.compile(
    _HIDDEN + r"(?:(?:note|n)[\s*_~`]*[:：]|(?:📝|:(?:memo|pencil):)\ufe0f?[ \t]*[:：]?)[*_~`]*",
    re.IGNORECASE,
)
_COMMAND = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]*[!！]([ \t\u00a0]*)([^\W_][\w-]{0,60})")
_SPACES = re.compile(r"[ \t]{2,}")
_BEFORE_STOP = re.compile(r"(?<=\S) (?=[,.;:!?)])")
_MAX_DEPTH = 8
_MENTION = "\x00"
"""Stands before and after a mention while a text is put together: no message can hold it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody wrote in Slack, as plain text."""

    text: str
    """Mentions are names: "@Ben", "#support"."""
    without_mentions: str
    """The same with every mention of a person or group left out."""
    styles: tuple[Style, ...] = ()
    """What stands out in `text`."""
    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    broadcast: bool = False
    """It holds @here, @channel or @everyone."""
    is_forward: bool = False
    """It shares another message of Slack; that message's words are not in `text`."""

    @property
    def mentions(self) -> bool:
        """Whether it calls a colleague."""
        return bool(self.users or self.groups or self.broadcast)


@dataclass(slots=True)
class _Heard:
    """Who was mentioned, collected while reading."""

    names: Names
    users: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    channels: set[str] = field(default_factory=set)
    broadcast: bool = False
    shown: dict[str, str] = field(default_factory=dict)

    def user(self, user_id: str, label: str = "") -> str:
        self.users.add(user_id)
        return self._called(self.names(user_id) or label or "someone")

    def group(self, group_id: str, label: str = "") -> str:
        self.groups.add(group_id)
        return self._called((self.names(group_id) or label or "the team").removeprefix("@"))

    def everyone(self, reach: str) -> str:
        self.broadcast = True
        return self._called(reach if reach in {"here", "channel", "everyone"} else "everyone")

    def channel(self, channel_id: str, label: str = "") -> str:
        self.channels.add(channel_id)
        return "#" + clean_name(
            (label or self.names(channel_id) or "channel").removeprefix("#"), 80, "channel"
        )

    def _called(self, name: str) -> str:
        if name not in self.shown:
            self.shown[name] = f"{_MENTION}@{clean_name(name)}{_MENTION}"
        return self.shown[name]


def read_message(event: Mapping[str, Any], names: Names) -> Said:
    """Read a message event, or the `message` of an edit: its rich text first, otherwise `text`."""
    heard = _Heard(names)
    rich = [b for b in _dicts(event.get("blocks")) if b.get("type") == "rich_text"]
    raw = "\n".join(_rich_text(block, heard) for block in rich)
    if not raw.strip() and isinstance(event.get("text"), str):
        raw = _from_text(event["text"], heard)
    plain = styles.unmarked(raw)
    text = clean(plain).strip()
    return Said(
        text=text,
        without_mentions=_unmentioned(plain) if _MENTION in plain else text,
        styles=styles.read(raw, text),
        users=frozenset(heard.users),
        groups=frozenset(heard.groups),
        channels=frozenset(heard.channels),
        broadcast=heard.broadcast,
        is_forward=any(a.get("is_share") for a in _dicts(event.get("attachments"))),
    )


def mentioned(event: Mapping[str, Any]) -> frozenset[str]:
    """The ids of the people, groups and channels a message names: what `names` will be asked."""
    asked: set[str] = set()

    def note(slack_id: str) -> None:
        asked.add(slack_id)

    read_message(event, note)
    return frozenset(asked)


def _unmentioned(raw: str) -> str:
    """Leave out every second part: the mentions."""
    kept = raw.split(_MENTION)[::2]
    joined = " ".join(part.strip(" ") if 0 < at < len(kept) - 1 else part for at, part in enumerate(kept))
    lines = [_BEFORE_STOP.sub("", _SPACES.sub(" ", line)).strip() for line in clean(joined).split("\n")]
    return "\n".join(lines).strip().lstrip(",;: ")


def _dicts(value: object) -> list[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list | tuple) else []


def _word(element: Mapping[str, Any], name: str) -> str:
    value = element.get(name)
    return styles.RESERVED.sub("", value) if isinstance(value, str) else ""


# From rich text


def _rich_text(block: Mapping[str, Any], heard: _Heard) -> str:
    counters: dict[int, int] = {}
    parts = []
    for element in _dicts(block.get("elements")):
        if element.get("type") != "rich_text_list":
            counters.clear()
        parts.append(_container(element, heard, counters, 0))
    return _paragraphs(parts)


def _paragraphs(parts: Iterable[str]) -> str:
    """Each container on lines of its own; the line end many sections carry is not doubled."""
    out = [part.removesuffix("\n") for part in parts]
    return "\n".join(out)


def _container(element: Mapping[str, Any], heard: _Heard, counters: dict[int, int], depth: int) -> str:
    if depth > _MAX_DEPTH:
        return ""
    kind = element.get("type")
    if kind == "rich_text_list":
        return _list(element, heard, counters, depth)
    if kind == "rich_text_quote":
        quoted = _inside(element, heard, depth).removesuffix("\n")
        return "\n".join(f"> {line}".rstrip() for line in quoted.split("\n"))
    if kind == "rich_text_preformatted":
        return styles.code(_inside(element, heard, depth))
    if kind == "rich_text_section":
        return _inside(element, heard, depth)
    return _leaf(element, heard)


def _inside(element: Mapping[str, Any], heard: _Heard, depth: int) -> str:
    return "".join(_container(e, heard, {}, depth + 1) for e in _dicts(element.get("elements")))


def _list(element: Mapping[str, Any], heard: _Heard, counters: dict[int, int], depth: int) -> str:
    indent = min(_number(element, "indent"), 10)
    ordered = element.get("style") == "ordered"
    for deeper in [level for level in counters if level > indent]:
        del counters[deeper]
    at = max(counters.get(indent, 0), _number(element, "offset")) if ordered else 0
    lines = []
    for item in _dicts(element.get("elements")):
        at += 1
        mark = f"{at}." if ordered else "•"
        words = _container(item, heard, {}, depth + 1).removesuffix("\n")
        lines.append(f"{'  ' * indent}{mark} {words}")
    if ordered:
        counters[indent] = at
    return "\n".join(lines)


def _number(element: Mapping[str, Any], name: str) -> int:
    value = element.get(name)
    return value if isinstance(value, int) and 0 <= value < 100_000 else 0


def _leaf(element: Mapping[str, Any], heard: _Heard) -> str:
    kind = element.get("type")
    reader = _LEAVES.get(kind) if isinstance(kind, str) else None
    words = reader(element, heard) if reader else _word(element, "text") or _word(element, "fallback")
    return styles.marked(words, element.get("style")) if kind in _STYLED else words


def _emoji(element: Mapping[str, Any], _: _Heard) -> str:
    tone = _number(element, "skin_tone")
    shown = _from_hex(_word(element, "unicode")) or picture(_word(element, "name"))
    return tinted(shown, tone) if shown else f":{_word(element, 'name')}:"


def _from_hex(code: str) -> str:
    try:
        shown = "".join(chr(int(part, 16)) for part in code.split("-")) if code else ""
    except (ValueError, OverflowError):
        return ""
    return shown if clean(shown) == shown else ""


def _date(element: Mapping[str, Any], _: _Heard) -> str:
    return _word(element, "fallback") or _day(_number_of_seconds(element.get("timestamp")))


def _number_of_seconds(value: object) -> float | None:
    return float(value) if isinstance(value, int) and 0 <= value < 4_102_444_800 else None


def _day(seconds: float | None) -> str:
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


_STYLED = ("text", "link")

_LEAVES: Mapping[str, Callable[[Mapping[str, Any], _Heard], str]] = {
    "text": lambda e, _: _word(e, "text"),
    "link": lambda e, _: _link(_word(e, "url"), _word(e, "text")),
    "user": lambda e, h: h.user(_word(e, "user_id")),
    "usergroup": lambda e, h: h.group(_word(e, "usergroup_id")),
    "channel": lambda e, h: h.channel(_word(e, "channel_id")),
    "broadcast": lambda e, h: h.everyone(_word(e, "range")),
    "emoji": _emoji,
    "date": _date,
    "color": lambda e, _: _word(e, "value"),
    "team": lambda e, _: "",
}


def _link(url: str, label: str) -> str:
    """`label (address)`, or the address alone where the label says the same.

    Slack puts `http://` before a bare "acme.com": then the label is what was written.
    """
    bare = url.removeprefix("mailto:").removeprefix("tel:")
    shown = label.strip()
    if url == f"http://{shown}":
        return shown
    if not shown or shown in {url, bare} or shown.rstrip("/") == bare.split("://", 1)[-1].rstrip("/"):
        return bare
    return f"{label} ({bare})"


# From text


def _from_text(text: str, heard: _Heard) -> str:
    """Read Slack's markup: control forms, then emoji names; unescaped last, once."""
    parts = _CONTROL.split(styles.RESERVED.sub("", text))
    return "".join(_control(part, heard) if at % 2 else _words(part) for at, part in enumerate(parts))


def _words(text: str) -> str:
    return unescape(_EMOJI.sub(_named_emoji, text))


def _named_emoji(found: re.Match[str]) -> str:
    shown = picture(found[1])
    return tinted(shown, int(found[2] or 0)) if shown else found[0]


def _control(form: str, heard: _Heard) -> str:
    target, _, raw = form.partition("|")
    label = unescape(raw)
    if target.startswith(("@U", "@W")):
        return heard.user(target[1:], label)
    if target.startswith("#"):
        return heard.channel(target[1:], label)
    if target.startswith("!"):
        return _special(target[1:], label, heard)
    return _link(unescape(target), label)


def _special(target: str, label: str, heard: _Heard) -> str:
    if target.startswith("subteam^"):
        return heard.group(target.removeprefix("subteam^"), label)
    if target.startswith("date^"):
        return label or _day(_seconds(target.split("^")[1]))
    return heard.everyone(target) if target in {"here", "channel", "everyone"} else label or target


def _seconds(text: str) -> float | None:
    return _number_of_seconds(int(text)) if text.isascii() and text.isdigit() and len(text) < 12 else None


# What the first word means


def note_of(text: str) -> str | None:
    """The words after `note:`, `n:` or 📝 at the start, in any case and spacing; None: no note."""
    found = _NOTE.match(text)
    return text[found.end() :].strip() if found else None


def command_of(text: str) -> tuple[str, str, bool] | None:
    """The word after "!" at the start, what follows it, and whether a space came between, as phones put
    it there; None: the text begins otherwise."""
    found = _COMMAND.match(text)
    return (found[2], text[found.end() :], bool(found[1])) if found else None

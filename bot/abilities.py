"""docs/networks.md: what each network can do, as its capabilities say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from desk.slack import amounts
from networks.capabilities import (
    Capabilities,
    LengthUnit,
    Markup,
    MediaKind,
    MediaRule,
    Support,
)
from networks.registry import NETWORKS, described

PATH = Path(__file__).resolve().parent.parent / "docs" / "networks.md"

_HEAD = """\
# What each network can do

`make networks` writes this page from the networks' capabilities, which the program keeps to: change those,
not this page. Sizes are of one file, a MB is a million bytes, “–” is where there is no such thing. In
UTF-16 units an emoji counts as two or more, in bytes letters beyond plain English do, too; longer texts go
in several parts. An account's own keys may change what it takes (`mms` of SMS, a Bot API server of your own,
`human_agent`): `/oratio files` shows it in Slack. A network's own page says how to connect it in ten minutes,
what it cannot do, and where each limit is documented.
"""
_NO = "–"
_SUPPORT: Mapping[Support, str] = {
    Support.NATIVE: "yes",
    Support.FALLBACK: "in another form",
    Support.REJECTED: _NO,
}
_UNITS: Mapping[LengthUnit, str] = {
    LengthUnit.CODE_POINTS: "characters",
    LengthUnit.UTF16: "UTF-16 units",
    LengthUnit.BYTES: "bytes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One network: its title, the page about it (None: there is none), and what it can do."""

    title: str
    page: str | None
    can: Capabilities


def page() -> str:
    """The page about the networks there are, each with a link to its own where that is written."""
    return text(_described(name) for name in NETWORKS)


def _described(name: str) -> Described:
    title, can = described(name)
    own = f"networks/{name}.md"
    return Described(title=title, page=own if (PATH.parent / own).is_file() else None, can=can)


def text(networks: Iterable[Described]) -> str:
    """The page about these networks. Pure."""
    every = sorted(networks, key=lambda each: each.title)
    return "\n".join([_HEAD, *(_table(title, columns, every) for title, columns in _TABLES.items())])


Columns = Mapping[str, Callable[[Capabilities], str]]


def _table(title: str, columns: Columns, networks: Iterable[Described]) -> str:
    head = f"| {' | '.join(['network', *columns])} |"
    rows = [[_name(each), *(cell(each.can) for cell in columns.values())] for each in networks]
    lines = [head, f"|{'---|' * (len(columns) + 1)}", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join([f"## {title}", "", *lines, ""])


def _name(network: Described) -> str:
    return f"[{network.title}]({network.page})" if network.page else network.title


def _length(can: Capabilities) -> str:
    return f"{can.text_limit.length:,} {_UNITS[can.text_limit.unit]}"


def _below(can: Capabilities) -> str:
    """The text of a file, and of which, where not all have one."""
    if can.caption_limit is None:
        return _NO
    kinds = [amounts.KIND_PLURAL[kind] for kind in MediaKind if kind in can.captioned]
    only = f", {amounts.listed(kinds)} only" if len(kinds) < len(MediaKind) else ""
    return f"{can.caption_limit.length:,}{only}"


def _markup(can: Capabilities) -> str:
    return _NO if can.markup is Markup.PLAIN else "yes"


def _window(can: Capabilities) -> str:
    if can.reply_window is None:
        return "at any time"
    later = ", then templates" if can.templates else ""
    return f"{amounts.duration(can.reply_window)} after theirs{later}"


def _reactions(can: Capabilities) -> str:
    some = can.reactions is Support.NATIVE and can.emojis
    return f"{len(can.emojis)} emoji" if some else _SUPPORT[can.reactions]


def _rule(rule: MediaRule | None) -> str:
    return f"{amounts.size(rule.max_bytes)}: {rule.formats}" if rule else _NO


def _sent(kind: MediaKind) -> Callable[[Capabilities], str]:
    return lambda can: _rule(can.send.get(kind))


def _received(kind: MediaKind) -> Callable[[Capabilities], str]:
    return lambda can: amounts.size(can.receive[kind].max_bytes) if kind in can.receive else _NO


_TABLES: Mapping[str, Columns] = {
    "Words to customers": {
        "length": _length,
        "below a file": _below,
        "bold, italic": _markup,
        "as an answer to one message": lambda can: _SUPPORT[can.replies],
        "changed later": lambda can: _SUPPORT[can.edits],
        "taken back": lambda can: _SUPPORT[can.deletions],
        "answers go": _window,
    },
    "Files to customers": {
        **{amounts.KIND_PLURAL[kind]: _sent(kind) for kind in MediaKind},
        "voice messages": lambda can: _rule(can.voice),
    },
    "Files from customers": {amounts.KIND_PLURAL[kind]: _received(kind) for kind in MediaKind},
    "Beside messages": {
        "our reactions": _reactions,
        "typing": lambda can: _SUPPORT[can.typing],
        "tells what was delivered or read": lambda can: _SUPPORT[can.receipts],
        "shows that we read": lambda can: _SUPPORT[can.marks_read],
        "asked for profiles": lambda can: "yes" if can.profiles else _NO,
    },
}

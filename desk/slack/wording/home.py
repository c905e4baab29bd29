"""What App Home says."""

from __future__ import annotations

from collections.abc import Sequence

from desk.asked import ListKind
from desk.slack.amounts import listed
from desk.slack.text import clean_name
from desk.slack.wording.lists import EMPTY

NOBODY_WAITS = EMPTY[ListKind.UNASSIGNED]
TAKE_NEXT = "Assign to me whoever has waited longest"


def title(waiting: int) -> str:
    """The first line: who waits for the viewer."""
    if not waiting:
        return "Nobody is waiting for you"
    return "1 customer is waiting for you" if waiting == 1 else f"{waiting} customers are waiting for you"


def waiting_unassigned(waiting: str) -> str:
    """Beside `Take next`: how many wait for anybody."""
    return "1 customer waits in Unassigned." if waiting == "1" else f"{waiting} customers wait in Unassigned."


def tab(name: str, count: str, *, active: bool) -> str:
    """What a screen reader says of a tab."""
    return f"{name}, {count} conversation{'' if count == '1' else 's'}{', shown now' if active else ''}"


def filtered(name: str, found: str, total: str) -> str:
    """The active filter: `Names with “mi”: 1 of 3`."""
    return f"Names with “{name}”: {found} of {total}"


def empty(kind: ListKind, channels: Sequence[str], closed: str) -> str:
    """A list without conversations."""
    if kind is ListKind.CLOSED:
        return closed
    return EMPTY[kind] if kind is ListKind.INBOX else f"{EMPTY[kind]} {_appear(channels)}"


def _appear(channels: Sequence[str]) -> str:
    where = listed(["#" + clean_name(name, 80) for name in channels[:3]])
    return f"New customers appear here and in {where}." if where else "New customers appear here."


def taken(name: str, place: str) -> str:
    """After `Take next`; `place` is network and account."""
    return f"{clean_name(name)} ({place}) is assigned to you now."

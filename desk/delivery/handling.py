"""How a kind of delivery is carried out, and what may come of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from desk.context import Desk
from desk.delivery.outbox import Along
from models import Delivery

Follow = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The effect happened. `follow` runs in the transaction that settles the row."""

    follow: Follow | None = None
    learned: Mapping[str, Any] = field(default_factory=dict)
    receipt_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotThere:
    """A look-up did not find what an uncertain attempt may have left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """It happened, but nobody can see it yet: the row keeps its lane and is looked for at `due_at`."""

    due_at: datetime
    learned: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """Nothing happened, since something else must be there first. `first` writes that, in the
    transaction that puts the row back, and returns its row (None: it is there by now)."""

    first: Callable[[], Awaitable[int | None]]


Outcome = Done | NotThere | Awaited | Blocked


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """How one kind of delivery is carried out.

    `look` settles an attempt of unknown fate by asking (None: it can't be asked, and
    `repeatable` says whether doing it again is harmless). `failed` and `uncertain` write
    what people must know, in the transaction that ends the row.
    """

    carry_out: Callable[[Desk, Delivery], Awaitable[Outcome]]
    look: Callable[[Desk, Delivery], Awaitable[Outcome]] | None = None
    repeatable: Callable[[Desk, Delivery], bool] = lambda _desk, _row: True
    failed: Callable[[Desk, Delivery, str], Awaitable[None]] | None = None
    uncertain: Callable[[Desk, Delivery, str], Awaitable[None]] | None = None
    along: Along | None = None
    """Which rows leave with it while its channel is behind its pace."""
    slow: Callable[[Desk, Delivery, str], Awaitable[None]] | None = None
    parked: Callable[[Desk, Delivery, str], Awaitable[None]] | None = None
    """Writes, once, what people must know while the row waits for somebody's repair."""

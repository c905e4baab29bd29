"""What was taken before: the keys that make repeats and stragglers harmless."""

from __future__ import annotations

from desk.context import Desk
from models import SeenEvent
from models.lookup import Statement

_LATEST = "9" * 12 + ".999999"
_REMEMBERED = Statement(
    "INSERT INTO seen_event (workspace_id, key, at) VALUES (?, ?, ?)"
    " ON CONFLICT (key) DO NOTHING RETURNING id"
)


async def first_time(desk: Desk, key: str) -> bool:
    """Remember an event's key; False if it was taken before.

    Who takes it at the same moment waits for the other's transaction, and finds it then.
    """
    return bool(await _REMEMBERED.run(desk.workspace.id, key, desk.clock.now()))


async def newest(desk: Desk, series: str, mark: str) -> bool:
    """Remember a step of a series; False if it, or one with a later mark, was taken before.

    Marks sort as text, like `keys.order_of`. Repeats do nothing, and neither does what comes
    after that which replaced it.
    """
    later = SeenEvent.filter(key__gte=f"{series}:{mark}", key__lte=f"{series}:{_LATEST}")
    return not await later.exists() and await first_time(desk, f"{series}:{mark}")

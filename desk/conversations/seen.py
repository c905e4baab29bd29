"""What was taken before: the keys that make repeats and stragglers harmless."""

from __future__ import annotations

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from desk.context import Desk
from models import SeenEvent

_LATEST = "9" * 12 + ".999999"


async def first_time(desk: Desk, key: str) -> bool:
    """Remember an event's key; False if it was taken before."""
    if await SeenEvent.exists(key=key):
        return False
    try:
        async with in_transaction():  # a savepoint: PostgreSQL refuses all that follows an error
            await SeenEvent.create(workspace_id=desk.workspace.id, key=key, at=desk.clock.now())
    except IntegrityError:
        return False
    return True


async def newest(desk: Desk, series: str, mark: str) -> bool:
    """Remember a step of a series; False if it, or one with a later mark, was taken before.

    Marks sort as text, like `plan.order_of`. Repeats do nothing, and neither does what comes
    after that which replaced it.
    """
    later = SeenEvent.filter(key__gte=f"{series}:{mark}", key__lte=f"{series}:{_LATEST}")
    return not await later.exists() and await first_time(desk, f"{series}:{mark}")

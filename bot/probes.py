"""What /readyz asks: is the database there, is Slack, does the outbox move? None: all is well."""

from __future__ import annotations

from bot import database
from bot.sockets import Sockets
from desk.context import Desk
from desk.delivery.worker import Worker
from models import Delivery, Workspace

_STILL = 60.0
"""Seconds without a turn of the worker until that counts as a fault."""


async def of_database() -> str | None:
    """Whether a query is answered."""
    try:
        await Delivery.filter(id=0).exists()
    except database.FAULTS:
        return "The database does not answer."
    return None


async def of_slack(desk: Desk, sockets: Sockets | None) -> str | None:
    """Whether the workspace lets us work, and a socket is open where we use them."""
    row = await Workspace.get(id=desk.workspace.id)
    if row.reason:
        return row.reason
    if sockets is not None and not await sockets.alive():
        return "No Socket Mode connection to Slack is open."
    return None


async def of_worker(desk: Desk, worker: Worker) -> str | None:
    """Whether the outbox is looked at."""
    idle = desk.clock.monotonic() - worker.alive_at
    return f"The outbox's worker has not turned for {idle:.0f} s." if idle > _STILL else None

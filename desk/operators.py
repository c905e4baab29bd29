"""Those who run the program, and where they are told what concerns them."""

from __future__ import annotations

from desk.context import Desk
from desk.delivery import plan
from desk.slack.drawing import Drawing
from models import Account, AccountState


async def place(desk: Desk, account_id: int | None = None) -> str | None:
    """The admin channel; without one, the account's intake channel, else that of another account.

    None as long as nothing can be posted anywhere.
    """
    if desk.settings.admin_channel:
        return desk.settings.admin_channel
    rows = await Account.filter(
        workspace_id=desk.workspace.id,
        channel__isnull=False,
        state__in=[AccountState.READY, AccountState.BROKEN],
    ).order_by("id")
    rows.sort(key=lambda row: row.id != account_id)
    return rows[0].channel if rows else None


async def tell(
    desk: Desk, drawing: Drawing, account_id: int | None = None, *, once: str | None = None
) -> None:
    """Post it for them; call inside the transaction of what happened. `once`: see `plan.admin`."""
    channel = await place(desk, account_id)
    if channel:
        await plan.admin(desk.workspace.id, channel, drawing, desk.clock.now(), once=once)

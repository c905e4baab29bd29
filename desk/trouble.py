"""A fault that a person has to mend: of an account, a channel or the workspace.

What waits for the repair stays in the outbox. Those who run the program are told once;
the first delivery that gets through again ends it, and the rest follow.
"""

from __future__ import annotations

from desk.context import Desk
from desk.delivery import outbox, plan
from desk.slack import posts
from models import (
    Account,
    AccountState,
    Delivery,
    DeliveryKind,
    Workspace,
    WorkspaceState,
)


async def report(desk: Desk, what: str, words: str) -> None:
    """Note the fault and tell the admins, once per outage."""
    scope, _, name = what.partition(":")
    if scope == "workspace":
        await Workspace.filter(id=desk.workspace.id).update(state=WorkspaceState.BROKEN, reason=words)
    elif scope == "account":
        await _account(desk, int(name), words)
    else:
        await _channel(desk, name, words)


async def _account(desk: Desk, account_id: int, words: str) -> None:
    won = (
        await Account.filter(id=account_id)
        .exclude(state=AccountState.BROKEN)
        .update(state=AccountState.BROKEN, reason=words)
    )
    row = await Account.get(id=account_id)
    channel = desk.settings.admin_channel or row.channel
    if not won or not channel:
        return
    account = desk.accounts.get(account_id)
    waiting = await Delivery.filter(
        workspace_id=desk.workspace.id, account_id=account_id, unfinished=True, kind=DeliveryKind.PART
    ).count()
    now = desk.clock.now()
    view = posts.TroubleView(
        account_id=account_id,
        network=account.network.title if account else row.network,
        account=row.title,
        reason=words,
        stopped_at=now,
        waiting=waiting,
    )
    await plan.admin(desk.workspace.id, channel, posts.account_broken(view), now)


async def _channel(desk: Desk, channel: str, words: str) -> None:
    """The accounts of that channel wait; the admin channel hears why, if it is another one."""
    rows = await Account.filter(workspace_id=desk.workspace.id, channel=channel, state=AccountState.READY)
    for row in rows:
        await Account.filter(id=row.id).update(state=AccountState.WAITING, reason=words)
        elsewhere = desk.settings.admin_channel
        if elsewhere and elsewhere != channel:
            account = desk.accounts.get(row.id)
            drawing = posts.needs_invite(
                row.id,
                account.network.title if account else row.network,
                row.title,
                row.channel_name or channel,
            )
            await plan.admin(desk.workspace.id, elsewhere, drawing, desk.clock.now())


async def over(desk: Desk, what: str) -> None:
    """Something got through again: everything that waited for the repair leaves."""
    scope, _, name = what.partition(":")
    await outbox.unpark(desk.workspace.id, what)
    if scope == "workspace":
        await Workspace.filter(id=desk.workspace.id).update(state=WorkspaceState.READY, reason="")
    elif scope == "account":
        await Account.filter(id=int(name), state=AccountState.BROKEN).update(
            state=AccountState.READY, reason=""
        )
    elif scope == "channel":
        await Account.filter(workspace_id=desk.workspace.id, channel=name, state=AccountState.WAITING).update(
            state=AccountState.READY, reason=""
        )


async def probe(desk: Desk) -> int:
    """Let the oldest waiting row of each fault try whether it is mended; returns how many."""
    waiting = await Delivery.filter(
        workspace_id=desk.workspace.id, unfinished=True, parked_by__isnull=False
    ).order_by("id")
    first: dict[str, int] = {}
    for row in waiting:
        if row.parked_by and not row.parked_by.startswith("ready:"):
            first.setdefault(row.parked_by, row.id)
    for delivery_id in first.values():
        await Delivery.filter(id=delivery_id).update(parked_by=None, due_at=desk.clock.now())
    return len(first)

"""A fault that a person has to mend: of an account, a channel or the workspace.

What waits for the repair stays in the outbox. Those who run the program are told once;
the first delivery that gets through again ends it, and the rest follow.
"""

from __future__ import annotations

from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from desk import intake, operators
from desk.context import Desk
from desk.delivery import outbox
from desk.slack import posts
from models import (
    Account,
    AccountState,
    Delivery,
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


async def told(desk: Desk, what: str, words: str) -> None:
    """`report` as a transaction of its own, for a fault that concerns no single delivery."""
    async with in_transaction():
        await report(desk, what, words)


async def answers(desk: Desk, account_id: int) -> bool:
    """An account's provider answers again; whether there is something to deliver now.

    Deliveries that wait for the repair know better whether it is one: the first of them tries at once.
    """
    what = f"account:{account_id}"
    async with in_transaction():
        row = await Account.get(id=account_id)
        waiting = Delivery.filter(workspace_id=desk.workspace.id, unfinished=True, parked_by=what)
        if row.state is not AccountState.BROKEN:
            return False
        if not await waiting.exists():
            await over(desk, what)
            return True
    return await probe(desk) > 0


async def _account(desk: Desk, account_id: int, words: str) -> None:
    won = (
        await Account.filter(id=account_id)
        .exclude(state=AccountState.BROKEN)
        .update(state=AccountState.BROKEN, reason=words)
    )
    if not won:
        return
    row = await Account.get(id=account_id)
    account = desk.accounts.get(account_id)
    waiting = await operators.waiting_answers(desk, account_id)
    now = desk.clock.now()
    view = posts.TroubleView(
        account_id=account_id,
        network=account.network.title if account else row.network_title,
        account=row.title,
        reason=words,
        stopped_at=now,
        waiting=waiting,
    )
    await operators.tell(desk, posts.account_broken(view), account_id)


async def _channel(desk: Desk, channel: str, words: str) -> None:
    """The accounts of that channel wait; those who run the program hear why, in another one."""
    await intake.lost(desk, channel, words)
    rows = await Account.filter(workspace_id=desk.workspace.id, channel=channel, state=AccountState.READY)
    await Account.filter(id__in=[row.id for row in rows]).update(state=AccountState.WAITING, reason=words)
    if await operators.place(desk) == channel:
        return
    for row in rows:
        account = desk.accounts.get(row.id)
        network = account.network.title if account else row.network_title
        drawing = posts.account_waits(row.id, network, row.title, words)
        await operators.tell(desk, drawing, row.id)


async def over(desk: Desk, what: str) -> None:
    """Something got through again: everything that waited for the repair leaves."""
    scope, _, name = what.partition(":")
    await outbox.unpark(desk.workspace.id, what)
    if scope == "workspace":
        await Workspace.filter(id=desk.workspace.id).update(state=WorkspaceState.READY, reason="")
    elif scope == "account":
        await _mended(desk, Account.filter(id=int(name), state=AccountState.BROKEN))
    elif scope == "channel":
        await _mended(desk, Account.filter(channel=name, state=AccountState.WAITING))
        await intake.mended(desk, name)


async def _mended(desk: Desk, mended: QuerySet[Account]) -> None:
    """These accounts work again, which is said where their fault was."""
    for row in await mended.filter(workspace_id=desk.workspace.id):
        won = await Account.filter(id=row.id, state=row.state).update(state=AccountState.READY, reason="")
        if won:
            account = desk.accounts.get(row.id)
            network = account.network.title if account else row.network_title
            await operators.tell(desk, posts.account_works(network, row.title), row.id)


async def probe(desk: Desk, *, patient: bool = False) -> int:
    """Let one waiting row of each fault try whether it is mended; returns how many. `patient`: nobody asks
    for it, so that what a network takes and fails later is tried seldom."""
    now = desk.clock.now()
    since = now - desk.settings.durations.people_every if patient else None
    return await outbox.try_one(desk.workspace.id, now, since)

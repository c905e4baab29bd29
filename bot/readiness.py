"""Making accounts ready: their rows, their channels, their welcome."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from tortoise.transactions import in_transaction

from desk import people
from desk.context import ConnectedAccount, Desk
from desk.delivery import outbox, plan
from desk.settings import AccountConfig
from desk.slack import posts
from desk.slack.errors import SlackError
from models import Account, AccountState, Conversation, Delivery

log = structlog.get_logger("oratio.accounts")


async def account_rows(workspace_id: int, configured: tuple[AccountConfig, ...]) -> dict[str, int]:
    """One row for each configured account; those no longer configured become absent."""
    async with in_transaction():
        ids: dict[str, int] = {}
        for config in configured:
            key = f"{workspace_id}:{config.name}"
            values = {"network": config.network, "title": config.title}
            row = await Account.get_or_none(key=key)
            if row is None:
                row = Account(workspace_id=workspace_id, key=key, name=config.name, **values)
                await row.save()
            else:
                await Account.filter(id=row.id).update(**values)
                await Account.filter(id=row.id, state=AccountState.ABSENT).update(state=AccountState.WAITING)
            ids[config.name] = row.id
        gone = Account.filter(workspace_id=workspace_id).exclude(id__in=list(ids.values()))
        await gone.update(state=AccountState.ABSENT)
        return ids


async def make_ready(desk: Desk) -> None:
    """See to it that we are in each account's channel; say what is missing. One account's
    fault leaves the others alone."""
    for account in desk.accounts.values():
        try:
            await _one(desk, account)
        except SlackError as error:
            await _waits(desk, account, error.words)
    try:
        await people.refresh(desk)
    except SlackError as error:
        log.warning("people.refresh", code=error.code)


async def _one(desk: Desk, account: ConnectedAccount) -> None:
    found = await _find(desk, account.config.channel)
    if found is None:
        await _waits(desk, account, f"There is no channel {account.config.channel} that Oratio can see.")
        return
    channel = str(found["id"])
    if found.get("is_ext_shared"):
        await _waits(
            desk, account, "Its channel is shared with another company, which would read the customers."
        )
        return
    if not found.get("is_member"):
        if found.get("is_private"):
            await _waits(desk, account, f"Type /invite @Oratio in #{found.get('name', channel)}.")
            return
        await desk.gateway.join(channel)
    await desk.units.run(lambda: _ready(desk, account, channel, str(found.get("name") or channel)))
    desk.wake()


async def _find(desk: Desk, wanted: str) -> Mapping[str, object] | None:
    if wanted.startswith("#"):
        return await desk.gateway.find_channel(wanted)
    return await desk.gateway.channel(wanted)


async def _waits(desk: Desk, account: ConnectedAccount, why: str) -> None:
    """No card is posted until the channel is there; the reason is kept, shown and told once."""
    log.warning("account.waiting", account=account.config.name, why=why)

    async def unit() -> None:
        async with in_transaction():
            await Account.filter(id=account.id).update(state=AccountState.WAITING, reason=why)
            admin = desk.settings.admin_channel
            if admin:
                network = account.network.title
                drawing = posts.needs_invite(
                    account.id, network, account.config.title, account.config.channel
                )
                once = f"waiting:{account.id}:{admin}:{account.config.channel}"
                await plan.admin(desk.workspace.id, admin, drawing, desk.clock.now(), once=once)

    await desk.units.run(unit)
    desk.wake()


async def _ready(desk: Desk, account: ConnectedAccount, channel: str, name: str) -> None:
    """The channel is there: the welcome once, and whatever waited for it."""
    now = desk.clock.now()
    async with in_transaction():
        row = await Account.get(id=account.id)
        await (
            Account.filter(id=account.id)
            .exclude(state=AccountState.BROKEN)
            .update(state=AccountState.READY, reason="")
        )
        await Account.filter(id=account.id).update(channel=channel, channel_name=name)
        if row.welcomed_at is None:
            await Account.filter(id=account.id).update(welcomed_at=now)
            view = posts.WelcomeView(
                account_id=account.id,
                network=account.network.title,
                account=account.config.title,
                undo_seconds=int(account.config.undo_hold.total_seconds()),
            )
            await plan.admin(
                desk.workspace.id, channel, posts.welcome(view), now, once=f"welcome:{account.id}"
            )
        await Conversation.filter(account_id=account.id, channel="").update(channel=channel)
        await Delivery.filter(account_id=account.id, pace_key=plan.post_pace("")).update(
            pace_key=plan.post_pace(channel)
        )
        await outbox.unpark(desk.workspace.id, f"ready:{account.id}")
        await outbox.unpark(desk.workspace.id, f"channel:{channel}")

"""Making accounts ready: their rows, their channels, their welcome."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

import structlog
from tortoise.transactions import in_transaction

from bot import channels, routes
from desk import operators, people
from desk.context import ConnectedAccount, Desk
from desk.delivery import keys, outbox, plan
from desk.settings import AccountConfig
from desk.slack import posts, wording
from desk.slack.errors import SlackError
from desk.slack.gateway import Gateway
from models import Account, AccountState, Conversation

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


async def name_networks(accounts: Iterable[ConnectedAccount]) -> None:
    """Keep what people call each account's network: cards say it also when the account is gone."""
    for account in accounts:
        await Account.filter(id=account.id).update(network_title=account.network.title)


async def admin_channel(gateway: Gateway, wanted: str | None) -> str | None:
    """The id of the admin channel, joined where it is public.

    None where there is none, or nothing could be posted there: operators are then told in the
    accounts' own channels.
    """
    if not wanted:
        return None
    try:
        found = await (gateway.find_channel(wanted) if wanted.startswith("#") else gateway.channel(wanted))
        if found and not found.get("is_member") and not found.get("is_private"):
            await gateway.join(str(found["id"]))
        elif not found or not found.get("is_member"):
            log.warning("admin_channel.unseen", channel=wanted)
            return None
    except SlackError as error:
        log.warning("admin_channel.unseen", channel=wanted, code=error.code)
        return None if wanted.startswith("#") else wanted
    return str(found["id"])


async def make_ready(desk: Desk) -> bool:
    """See to it that we are in each account's channel and know who answers there.

    One account's fault leaves the others alone: it is kept, shown and told once. False when
    Slack could not be asked for something, so that it is worth asking again soon.
    """
    settled = [await _settled(desk, account, _place) for account in desk.accounts.values()]
    await desk.units.transact(lambda: _welcome(desk))
    settled.append(await routes.make_ready(desk))
    try:
        await people.refresh(desk)
    except SlackError as error:
        log.warning("people.refresh", code=error.code)
        if not error.retry:
            for account in desk.accounts.values():
                await _unanswered(desk, account, error.words)
        return False
    settled += [await _settled(desk, account, _appoint) for account in desk.accounts.values()]
    return all(settled)


Step = Callable[[Desk, ConnectedAccount], Awaitable[None]]


async def _settled(desk: Desk, account: ConnectedAccount, step: Step) -> bool:
    """Take one step for one account. False if it is to be tried again."""
    try:
        await step(desk, account)
    except SlackError as error:
        if error.retry:
            log.warning("account.unasked", account=account.config.name, code=error.code)
            return False
        if step is _appoint:
            await _unanswered(desk, account, error.words)
        else:
            await _waits(desk, account, error.words)
    return True


async def _appoint(desk: Desk, account: ConnectedAccount) -> None:
    """Know who answers there, or say why nobody does."""
    fault = await people.appoint(desk, account) or await people.know_group(desk, account)
    fault = fault or await people.know_lead(desk, account)
    if fault:
        await _tell(desk, account, fault)
    else:
        await Account.filter(id=account.id, state=AccountState.READY).exclude(reason="").update(reason="")


async def _unanswered(desk: Desk, account: ConnectedAccount, why: str) -> None:
    """Nobody answers there until that is mended. Customers are seen all the same."""
    await _tell(desk, account, wording.operators.nobody_answers(why))
    await desk.units.transact(lambda: people.appointed(desk, account.id))
    desk.wake()


async def _place(desk: Desk, account: ConnectedAccount) -> None:
    """Be in the account's channel, or say why we are not."""
    wanted = account.config.channel
    row = await Account.get(id=account.id)
    found = await channels.find(desk, wanted, row.channel, row.channel_name)
    why = channels.unusable(found, wanted)
    if found is None or why:
        await _waits(desk, account, why)
        return
    channel = await channels.enter(desk, found)
    name = channels.name_of(wanted, found)
    await desk.units.transact(lambda: _ready(desk, account, channel, name))
    desk.wake()


async def _waits(desk: Desk, account: ConnectedAccount, why: str) -> None:
    """No card is posted until the channel is there."""
    await _tell(desk, account, why, state=AccountState.WAITING)


async def _tell(
    desk: Desk, account: ConnectedAccount, why: str, *, state: AccountState | None = None
) -> None:
    """Keep the reason; tell those who run the program when it is news."""
    log.warning("account.waiting", account=account.config.name, why=why)

    async def unit() -> None:
        async with in_transaction():
            row = await Account.get(id=account.id)
            after = state or row.state
            if (row.state, row.reason) == (after, why):
                return
            await Account.filter(id=account.id).update(state=after, reason=why)
            says = posts.account_waits if after is AccountState.WAITING else posts.account_fault
            drawing = says(account.id, account.network.title, account.config.title, why)
            await operators.tell(desk, drawing, account.id)

    await desk.units.transact(unit)
    desk.wake()


async def _ready(desk: Desk, account: ConnectedAccount, channel: str, name: str) -> None:
    """The channel is there. The cards that waited for it are posted as soon as it is known who answers."""
    async with in_transaction():
        for placeless in await Conversation.filter(account_id=account.id, channel="").order_by("id"):
            await Conversation.held(placeless.id)
        row = await Account.get(id=account.id)
        mended = (
            await Account.filter(id=account.id)
            .exclude(state__in=[AccountState.BROKEN, AccountState.READY])
            .update(state=AccountState.READY, reason="", appointed=False)
        )
        await Account.filter(id=account.id).update(channel=channel, channel_name=name)
        if mended and row.reason and row.welcomed_at:
            drawing = posts.account_works(account.network.title, account.config.title)
            await operators.tell(desk, drawing, account.id)
        await Conversation.filter(account_id=account.id, channel="").update(channel=channel)
        old, new = keys.post_pace(""), keys.post_pace(channel)
        await outbox.repace(desk.workspace.id, account.id, old, new)
        await outbox.unpark(desk.workspace.id, keys.its_channel(account.id), keys.its_agents(account.id))
        await outbox.unpark(desk.workspace.id, f"channel:{channel}")


async def _welcome(desk: Desk) -> None:
    """Once for each account whose channel is there: what arrives in it. Those that are new there together,
    and answered alike, have one post."""
    now = desk.clock.now()
    async with in_transaction():
        known = {account.id: account for account in desk.accounts.values()}
        fresh = Account.filter(id__in=list(known), welcomed_at=None, channel__gt="").order_by("id")
        alike: dict[tuple[str, int, bool], list[ConnectedAccount]] = {}
        for row in await fresh:
            config = known[row.id].config
            hold = int(config.undo_hold.total_seconds())
            alike.setdefault((row.channel or "", hold, config.notes_first), []).append(known[row.id])
        for (channel, hold, notes_first), accounts in alike.items():
            await Account.filter(id__in=[each.id for each in accounts]).update(welcomed_at=now)
            places = tuple((each.network.title, each.config.title) for each in accounts)
            first = accounts[0].id
            view = posts.WelcomeView(
                account_id=first, places=places, undo_seconds=hold, notes_first=notes_first
            )
            once = f"welcome:{first}"
            await plan.admin(desk.workspace.id, channel, posts.welcome(view), now, once=once)
    desk.wake()

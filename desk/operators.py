"""Those who run the program, and where they are told what concerns them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from desk import people
from desk.context import Desk
from desk.delivery import plan
from desk.routing import Route
from desk.slack import lines, posts, wording
from desk.slack.drawing import Drawing
from models import Account, AccountState, Delivery, DeliveryKind, RoutedChannel


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


async def is_one(desk: Desk, user: str) -> bool:
    """Whether this person runs the program: named in `admins`, else an admin of the workspace."""
    if desk.settings.admins:
        return user in desk.settings.admins
    person = await people.person(desk, user)
    return person is not None and person.is_admin and not person.deleted


async def faults(desk: Desk, user: str, served: Iterable[int]) -> list[Drawing]:
    """What is wrong with the accounts this person serves, or with any if they run the program; and with
    the rules that bring customers to other channels."""
    ids = list(desk.accounts) if await is_one(desk, user) else list(served)
    rules = [lines.told(words) for words in await rules_at_fault(desk)] if ids else []
    return [*await _of_accounts(desk, ids), *rules]


async def rules_at_fault(desk: Desk) -> list[str]:
    """What is wrong with the rules of routing, a sentence each."""
    routes = desk.settings.routes
    accounts = {account.config.name: account.config.network for account in desk.accounts.values()}
    rows = await RoutedChannel.filter(
        workspace_id=desk.workspace.id, wanted__in=[route.channel for route in routes], ready=False
    ).exclude(reason="")
    unusable = [wording.routing.channel_waits(called(row.wanted, row.name), row.reason) for row in rows]
    return [*idle(routes, accounts), *unusable]


def idle(routes: Sequence[Route], accounts: Mapping[str, str]) -> Iterator[str]:
    """The rules that can fit nobody, a sentence each. `accounts`: each name and its network. Pure."""
    for number, route in enumerate(routes, start=1):
        account, network = route.account, route.network
        if account is not None and account not in accounts:
            yield wording.routing.unknown_account(number, account)
        elif network is not None and network not in accounts.values():
            yield wording.routing.unknown_network(number, network)
        elif account is not None and network is not None and accounts[account] != network:
            yield wording.routing.not_together(number, account, network)


def called(wanted: str, name: str) -> str:
    """A channel as people know it; `name` is empty as long as that is not known."""
    return f"#{name}" if name else wanted


async def fault(desk: Desk, account_id: int) -> Drawing | None:
    """What is wrong with an account, with `Check again`; None: it works."""
    return next(iter(await _of_accounts(desk, [account_id])), None)


async def _of_accounts(desk: Desk, ids: Iterable[int]) -> list[Drawing]:
    """What is wrong with those of these accounts that don't work."""
    rows = await Account.filter(id__in=list(ids)).exclude(reason="").order_by("id")
    return [await _fault(desk, row) for row in rows]


async def _fault(desk: Desk, row: Account) -> Drawing:
    network = desk.accounts[row.id].network.title
    if row.state is AccountState.BROKEN:
        waiting = await waiting_answers(desk, row.id)
        return posts.account_stopped(row.id, network, row.title, row.reason, waiting)
    says = posts.account_waits if row.state is AccountState.WAITING else posts.account_fault
    return says(row.id, network, row.title, row.reason)


async def waiting_answers(desk: Desk, account_id: int) -> int:
    """How many parts of answers wait until the account works."""
    return await Delivery.filter(
        workspace_id=desk.workspace.id, account_id=account_id, unfinished=True, kind=DeliveryKind.PART
    ).count()

"""How the accounts are doing, and what they take: read for `/oratio`."""

from __future__ import annotations

from collections.abc import Iterable

from desk import operators, people
from desk.asked import ListKind
from desk.context import ConnectedAccount, Desk
from desk.conversations.listing import CAP, Scope, lined, waiting
from desk.slack.answers import AccountStatus, Supported
from desk.slack.wording.lists import amount
from models import Account


async def may_see(desk: Desk, user: str) -> list[int]:
    """The accounts somebody may ask about: those they serve; all of them for whoever runs the program."""
    if await operators.is_one(desk, user):
        return sorted(desk.accounts)
    return sorted(await people.accounts_of(desk, user))


async def status(desk: Desk, user: str) -> list[AccountStatus]:
    """Each of these accounts, in the order of the configuration."""
    return [await _account(desk, user, number) for number in await may_see(desk, user)]


async def _account(desk: Desk, user: str, account_id: int) -> AccountStatus:
    row, account = await Account.get(id=account_id), desk.accounts[account_id]
    scope = Scope(workspace_id=desk.workspace.id, viewer=user, accounts=(account_id,))
    found = await lined(scope, ListKind.UNASSIGNED)
    return AccountStatus(
        network=account.network.title,
        account=row.title,
        fault=row.reason,
        unassigned=amount(len(found), more=len(found) >= CAP),
        waiting=waiting(found),
        answers=await operators.waiting_answers(desk, account_id),
    )


async def supported(desk: Desk, user: str, words: str) -> tuple[list[Supported], list[str]]:
    """What the accounts of that network take that somebody may ask about; and the networks there are.

    `words` begin the name of a network or an account; none mean the only account, where there is one.
    """
    accounts = [desk.accounts[number] for number in await may_see(desk, user)]
    wanted = words.casefold().strip()
    found = [each for each in accounts if _is_called(each, wanted)] if wanted or len(accounts) == 1 else []
    titles = list(dict.fromkeys(each.network.title for each in accounts))
    return [_supported(each) for each in _different(found)], titles


def _is_called(account: ConnectedAccount, wanted: str) -> bool:
    known = (account.network.title, account.network.name, account.config.title, account.config.name)
    return any(name.casefold().startswith(wanted) for name in known)


def _different(accounts: Iterable[ConnectedAccount]) -> list[ConnectedAccount]:
    """One of those of a network that take the same."""
    kept: list[ConnectedAccount] = []
    for account in accounts:
        if not any(k.network is account.network and k.capabilities == account.capabilities for k in kept):
            kept.append(account)
    return kept


def _supported(account: ConnectedAccount) -> Supported:
    return Supported(
        network=account.network.title, account=account.config.title, capabilities=account.capabilities
    )

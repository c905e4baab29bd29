"""Asking a network that does not call us: whose turn it is, and taking what came.

What came and where it ended are committed together, so a crash or a fault of the database
in between means only that the same is asked for, and given, once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from tortoise.expressions import Q
from tortoise.transactions import in_transaction

from desk import metrics, storable, unreadable
from desk.context import ConnectedAccount, Desk
from desk.conversations import inbound
from desk.units import after_commit
from models import Account
from networks.base import Polled, Unreadable
from networks.events import InboundEvent


async def cursor_of(account: ConnectedAccount) -> str | None:
    """Where the last answer that was taken ended; None: nothing was asked for yet."""
    return (await Account.get(id=account.id)).cursor


async def take(desk: Desk, account: ConnectedAccount, polled: Polled) -> None:
    """Take one answer, all of it or nothing; one transaction.

    The caller runs it as a unit of work and wakes the worker after the commit.
    """
    events, flawed = storable.sifted(polled.events)
    aside = [*polled.unreadable, *(_as_it_is(event, why) for event, why in flawed)]
    async with in_transaction():
        await inbound.receive(desk, account.id, events)
        await _set_aside(desk, account, aside)
        await Account.filter(id=account.id).update(cursor=polled.cursor)
    _count("taken", len(events))
    _count("unreadable", len(aside))


async def take_one(desk: Desk, account: ConnectedAccount, event: InboundEvent) -> None:
    """Take one event of an answer that could not be taken whole; one transaction."""
    if why := storable.flaw(event):
        await _set_aside(desk, account, [_as_it_is(event, why)])
        _count("unreadable", 1)
        return
    await inbound.receive(desk, account.id, [event])


async def pass_over(desk: Desk, account: ConnectedAccount, event: InboundEvent) -> None:
    """Keep an event that we fail to take, as what cannot be read is kept: it must not stop the rest."""
    await _set_aside(desk, account, [_as_it_is(event, "Oratio failed to take it")])
    _count("unreadable", 1)


def _as_it_is(event: InboundEvent, why: str) -> Unreadable:
    return Unreadable(body=repr(event).encode("utf-8", "replace"), why=why)


async def _set_aside(desk: Desk, account: ConnectedAccount, found: Sequence[Unreadable]) -> None:
    source = account.network.title
    for each in found:
        await unreadable.keep(desk, each.body, source=source, why=each.why, account=account)


def _count(outcome: str, number: int) -> None:
    """Count what was taken, once it is."""
    if number:
        counter = metrics.EVENTS.labels(source="network", kind="poll", outcome=outcome)
        after_commit(partial(counter.inc, number))


async def seize(
    account: ConnectedAccount, owner: str, now: datetime, until: datetime, *, alone: bool
) -> bool:
    """Let this process be the one that asks, until then; False: another one is.

    `alone`: there can be no other process, whatever the row says.
    """
    free = Q(poller__isnull=True) | Q(poller=owner) | Q(poller_until__lt=now)
    rows = Account.filter(id=account.id)
    return bool(await (rows if alone else rows.filter(free)).update(poller=owner, poller_until=until))


async def let_go(account: ConnectedAccount, owner: str) -> None:
    """Another process may ask now."""
    await Account.filter(id=account.id, poller=owner).update(poller=None, poller_until=None)

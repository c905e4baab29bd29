"""What a person's Home shows, read from the tables."""

from __future__ import annotations

from desk import operators
from desk.asked import Asked, ListKind
from desk.context import Desk
from desk.conversations import queries
from desk.conversations.listing import CAP, Scope, counted, lined, scope_of, waiting
from desk.conversations.rows import rows
from desk.slack.home import TABS, HomeView
from desk.slack.wording.lists import amount
from models import Account


async def look(desk: Desk, user: str, asked: Asked, note: str = "") -> HomeView:
    """The viewer's list, the tabs' numbers, and what is wrong with the accounts they care for."""
    scope = await scope_of(desk, user)
    faults = tuple(await operators.faults(desk, user, scope.accounts))
    if not scope.accounts:
        contact = desk.settings.help_contact
        return HomeView(asked=asked, served=False, help_contact=contact, faults=faults, note=note)
    whole = {ListKind.INBOX, ListKind.UNASSIGNED} | (set() if asked.name else {asked.kind})
    read = {kind: await lined(scope, kind) for kind in whole}
    page = await queries.page(scope, asked) if asked.name else queries.paged(asked, read[asked.kind])
    totals = {kind: len(read[kind]) if kind in read else await counted(scope, kind) for kind in TABS}
    unassigned = waiting(read[ListKind.UNASSIGNED])
    return HomeView(
        asked=page.asked,
        counts={kind: amount(total, more=total >= CAP) for kind, total in totals.items()},
        waiting=waiting(read[ListKind.INBOX]),
        unassigned=amount(unassigned, more=unassigned >= CAP) if unassigned else "",
        rows=tuple(await rows(desk, user, page.ids)),
        pages=page.pages,
        found=amount(page.total, more=page.more),
        more=page.more,
        channels=() if page.ids else await _channels(scope),
        kept=desk.settings.durations.kept_closed,
        prefix=desk.settings.command_prefix,
        faults=faults,
        note=note,
    )


async def _channels(scope: Scope) -> tuple[str, ...]:
    """The names of the intake channels, in the order of their accounts."""
    named = Account.filter(id__in=list(scope.accounts)).exclude(channel_name="").order_by("id")
    return tuple(dict.fromkeys([row.channel_name for row in await named]))

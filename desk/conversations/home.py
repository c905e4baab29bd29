"""What a person's Home shows, read from the tables."""

from __future__ import annotations

from desk import operators
from desk.asked import Asked, ListKind
from desk.context import Desk
from desk.conversations import queries
from desk.conversations.listing import CAP, Scope, Turn, counted, lined, scope_of
from desk.conversations.rows import rows
from desk.slack.home import HomeView
from desk.slack.wording.lists import amount
from models import Account


async def look(desk: Desk, user: str, asked: Asked, note: str = "") -> HomeView:
    """The viewer's list, the tabs' numbers, and what is wrong with the accounts they care for."""
    scope = await scope_of(desk, user)
    faults = tuple(await operators.faults(desk, user, scope.accounts))
    if not scope.accounts:
        contact = desk.settings.help_contact
        return HomeView(asked=asked, served=False, help_contact=contact, faults=faults, note=note)
    inbox, unassigned = await lined(scope, ListKind.INBOX), await lined(scope, ListKind.UNASSIGNED)
    waiting = sum(line.turn is Turn.WAITS for line in unassigned)
    page = await queries.page(desk, asked, user)
    totals = {
        ListKind.INBOX: len(inbox),
        ListKind.UNASSIGNED: len(unassigned),
        ListKind.ALL: await counted(scope, ListKind.ALL),
        ListKind.CLOSED: await counted(scope, ListKind.CLOSED),
    }
    return HomeView(
        asked=page.asked,
        counts={kind: amount(total, more=total >= CAP) for kind, total in totals.items()},
        waiting=sum(line.turn is Turn.WAITS for line in inbox),
        unassigned=amount(waiting, more=waiting >= CAP) if waiting else "",
        rows=tuple(await rows(desk, user, page.ids)),
        pages=page.pages,
        found=amount(page.total, more=page.more),
        more=page.more,
        channels=await _channels(scope),
        kept=desk.settings.durations.kept_closed,
        prefix=desk.settings.command_prefix,
        faults=faults,
        note=note,
    )


async def _channels(scope: Scope) -> tuple[str, ...]:
    """The names of the intake channels, in the order of their accounts."""
    named = Account.filter(id__in=list(scope.accounts)).exclude(channel_name="").order_by("id")
    return tuple(dict.fromkeys([row.channel_name for row in await named]))

"""The lines of a list, read from the tables: a few queries for all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from desk import people
from desk.context import Desk
from desk.conversations import queries
from desk.conversations.scene import Case, window_ends
from desk.conversations.views import files_of, network_title, permalink
from desk.slack.amounts import counted
from desk.slack.cardview import CardView
from desk.slack.drawing import Teammate
from desk.slack.rows import Row
from models import Account, Contact, Conversation, Message
from networks.capabilities import MediaKind


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """What the conversations of a page have to do with."""

    names: dict[str, str]
    said: dict[int, Message]
    files: dict[int, Counter[MediaKind]]
    undelivered: Counter[int]
    under_way: Counter[int]

    def person(self, user: str | None) -> Teammate | None:
        """Somebody by name."""
        return Teammate(user_id=user, name=self.names.get(user, "Someone")) if user else None


async def rows(desk: Desk, viewer: str, ids: Sequence[int]) -> list[Row]:
    """These conversations in this order, as the viewer sees them."""
    cases = {found.conversation.id: found for found in await _cases(desk, ids)}
    around = await _around(desk, cases.values())
    return [_row(desk, viewer, cases[number], around) for number in ids if number in cases]


async def _cases(desk: Desk, ids: Sequence[int]) -> list[Case]:
    """The conversations that there are, with everybody in them."""
    found = await Conversation.filter(workspace_id=desk.workspace.id, id__in=ids)
    contacts = {c.id: c for c in await Contact.filter(id__in=[row.contact_id for row in found])}
    accounts = {a.id: a for a in await Account.filter(id__in=[row.account_id for row in found])}
    return [
        Case(
            conversation=row,
            contact=contacts[row.contact_id],
            account=desk.accounts.get(row.account_id),
            row=accounts[row.account_id],
        )
        for row in found
    ]


async def _around(desk: Desk, cases: Collection[Case]) -> _Around:
    ids = [found.conversation.id for found in cases]
    said = await queries.last_said(ids)
    undelivered, under_way = await queries.troubles(desk, ids)
    return _Around(
        names=await people.names(desk, {user for found in cases for user in _people(found) if user}),
        said=said,
        files=await files_of([message for message in said.values() if not _words(message)]),
        undelivered=undelivered,
        under_way=under_way,
    )


def _people(found: Case) -> tuple[str | None, ...]:
    row = found.conversation
    return row.assignee, row.closed_by, row.snoozed_by, found.contact.blocked_by


def _words(message: Message | None) -> str:
    return queries.words_of(message).strip() if message else ""


def _row(desk: Desk, viewer: str, found: Case, around: _Around) -> Row:
    row, contact, said = found.conversation, found.contact, around.said.get(found.conversation.id)
    card = CardView(
        conversation_id=row.id,
        version=row.version,
        status=row.status,
        name=contact.name,
        network=network_title(found),
        account=found.row.title,
        waiting_since=row.waiting_since,
        answer_by=window_ends(found),
        assignee=around.person(row.assignee),
        undelivered=around.undelivered[row.id],
        under_way=around.under_way[row.id],
        closed_by=around.person(row.closed_by),
        closed_at=contact.blocked_at or row.closed_at,
        not_a_request=row.not_a_request,
        blocked_by=around.person(contact.blocked_by),
        reason=contact.block_reason if contact.blocked_by else row.close_reason,
        snoozed_by=around.person(row.snoozed_by),
        snoozed_until=row.snoozed_until,
    )
    return Row(
        card=card,
        words=_words(said),
        files=counted(sorted(around.files[said.id].items())) if said and said.id in around.files else "",
        url=permalink(desk, row.channel, row.card_ts) if row.card_ts else None,
        mine=row.assignee == viewer,
    )

"""The lines of a list, read from the tables: a few queries for all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from desk import people
from desk.context import ConnectedAccount, Desk
from desk.conversations import queries
from desk.conversations.views import files_of, permalink
from desk.slack.amounts import counted
from desk.slack.cardview import CardView
from desk.slack.drawing import Teammate
from desk.slack.rows import Row
from models import Account, Contact, Conversation, Direction, Message, MessageState

_LOST = (MessageState.FAILED, MessageState.UNCERTAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """Whom and what the conversations of a page belong to."""

    contacts: dict[int, Contact]
    accounts: dict[int, Account]
    names: dict[str, str]
    undelivered: Counter[int]
    under_way: Counter[int]

    def person(self, user: str | None) -> Teammate | None:
        """Somebody by name."""
        return Teammate(user_id=user, name=self.names.get(user, "Someone")) if user else None


async def rows(desk: Desk, viewer: str, ids: Sequence[int]) -> list[Row]:
    """These conversations in this order, as the viewer sees them."""
    found = {c.id: c for c in await Conversation.filter(workspace_id=desk.workspace.id, id__in=list(ids))}
    conversations = [found[number] for number in ids if number in found]
    around = await _around(desk, conversations)
    return [await _row(desk, viewer, conversation, around) for conversation in conversations]


async def _around(desk: Desk, conversations: Sequence[Conversation]) -> _Around:
    contacts = {c.id: c for c in await Contact.filter(id__in=[row.contact_id for row in conversations])}
    accounts = {a.id: a for a in await Account.filter(id__in=[row.account_id for row in conversations])}
    users = {user for row in conversations for user in (row.assignee, row.closed_by, row.snoozed_by) if user}
    users |= {contact.blocked_by for contact in contacts.values() if contact.blocked_by}
    undelivered, under_way = await _troubles(desk, [row.id for row in conversations])
    return _Around(
        contacts=contacts,
        accounts=accounts,
        names=await people.names(desk, users),
        undelivered=undelivered,
        under_way=under_way,
    )


async def _troubles(desk: Desk, ids: Sequence[int]) -> tuple[Counter[int], Counter[int]]:
    """How many answers of each conversation did not arrive, and how many should have by now."""
    late = desk.clock.now() - desk.settings.durations.slow_notice
    answers = Message.filter(
        conversation_id__in=list(ids), direction=Direction.OUTBOUND, deleted_at__isnull=True
    ).filter(state__in=[*_LOST, MessageState.QUEUED])
    undelivered: Counter[int] = Counter()
    under_way: Counter[int] = Counter()
    for number, state, hold in await answers.values_list("conversation_id", "state", "hold_until"):
        if state in _LOST:
            undelivered[number] += 1
        elif hold and hold < late:
            under_way[number] += 1
    return undelivered, under_way


async def _row(desk: Desk, viewer: str, row: Conversation, around: _Around) -> Row:
    contact, account = around.contacts[row.contact_id], around.accounts[row.account_id]
    connected = desk.accounts.get(row.account_id)
    card = CardView(
        conversation_id=row.id,
        version=row.version,
        status=row.status,
        name=contact.name,
        network=connected.network.title if connected else account.network,
        account=account.title,
        waiting_since=row.waiting_since,
        answer_by=_answer_by(row, connected),
        assignee=around.person(row.assignee),
        undelivered=around.undelivered[row.id],
        under_way=around.under_way[row.id],
        closed_by=around.person(row.closed_by),
        closed_at=row.closed_at,
        not_a_request=row.not_a_request,
        blocked_by=around.person(contact.blocked_by),
        reason=contact.block_reason if contact.blocked_by else row.close_reason,
        snoozed_by=around.person(row.snoozed_by),
        snoozed_until=row.snoozed_until,
    )
    said = await queries.last_said(row)
    words = (said.text or said.placeholder) if said else ""
    return Row(
        card=card,
        words=words,
        files=counted(await files_of([said])) if said and not words.strip() else "",
        url=permalink(desk, row.channel, row.card_ts) if row.card_ts else None,
        mine=row.assignee == viewer,
    )


def _answer_by(row: Conversation, account: ConnectedAccount | None) -> datetime | None:
    """When the time to answer freely is over, where the network has such a time."""
    window = account.capabilities.reply_window if account else None
    return row.last_inbound_at + window if window else None

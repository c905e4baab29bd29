"""Looking at who waits, and having those reminded whose turn it is.

A look decides about every conversation whose moment is here. What is written is a row of the
outbox, drawn when it is posted: who was answered by then is left out. The step is noted with
the conversation, so that it comes once, also over a stop.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from desk.context import ConnectedAccount, Desk
from desk.delivery import plan
from desk.reminders import Due, Look, Reminders, Step, Waiting, decide
from models import Account, ChannelQueue, Conversation, DeliveryKind, Status

FEW = 3
"""More than this many at once in a channel are said in one post."""

_CHUNK = 50
"""So many are looked at together: after a start that is everybody who waits, and others have to go on."""
OPEN = (Status.UNASSIGNED, Status.INBOX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Somebody whose customer has waited long enough for this step."""

    row: Conversation
    account: ConnectedAccount
    due: Due

    @property
    def reminders(self) -> Reminders:
        """The account's; it has some, or nothing would be due."""
        return self.account.config.reminders or Reminders(after={})


async def look_at_all(desk: Desk) -> None:
    """At the start: the configuration may be another, and nobody looked for a while."""
    if not _anybody(desk):
        return
    waiting = Conversation.filter(
        workspace_id=desk.workspace.id, status__in=list(OPEN), waiting_since__isnull=False
    )
    await waiting.update(remind_at=desk.clock.now())


async def look(desk: Desk) -> bool:
    """Remind whoever's turn it is. Whether anything was written."""
    if not _anybody(desk):
        return False
    now = desk.clock.now()
    due = Conversation.filter(workspace_id=desk.workspace.id, remind_at__lte=now)
    ids = await due.order_by("remind_at", "id").values_list("id", flat=True)
    turns: list[Turn] = []
    for start in range(0, len(ids), _CHUNK):
        turns += await _whose_turn(desk, due.filter(id__in=list(ids[start : start + _CHUNK])), now)
    for channel, there in _by_channel(turns).items():
        await _in_channel(desk, channel, there, now)
    for lead, theirs in _by_lead(turns).items():
        await _to_lead(desk, lead, theirs, now)
    return bool(turns)


def _anybody(desk: Desk) -> bool:
    """Whether anybody is ever reminded."""
    return any(account.config.reminders for account in desk.accounts.values())


def _found(desk: Desk, row: Conversation, now: datetime) -> Turn | Look | None:
    """Whose turn it is, or when that can be; None: not before something happens."""
    account, waiting = desk.accounts.get(row.account_id), waits(row)
    if not account or not account.config.reminders or not waiting:
        return None
    found = decide(waiting, account.config.reminders, account.config.hours, now)
    return Turn(row=row, account=account, due=found) if isinstance(found, Due) else found


async def _whose_turn(desk: Desk, due: QuerySet[Conversation], now: datetime) -> list[Turn]:
    """Those of a few whose turn it is; with the others it is noted when to look again."""
    found = [(row, _found(desk, row, now)) for row in await due.order_by("remind_at", "id")]
    later = [(row, what.at if what else None) for row, what in found if not isinstance(what, Turn)]
    if later:
        await desk.units.transact(partial(_look_again, later))
    return [what for _, what in found if isinstance(what, Turn)]


async def _look_again(later: Sequence[tuple[Conversation, datetime | None]]) -> None:
    """None: nobody has to look until something happens."""
    async with in_transaction():
        for row, at in later:
            await _unchanged(row).update(remind_at=at)


def waits(row: Conversation) -> Waiting | None:
    """The customer as somebody who waits; None: nobody has to be reminded of them."""
    if row.waiting_since is None or row.snoozed_by is not None or row.status not in OPEN:
        return None
    return Waiting(
        since=max(row.waiting_since, row.remind_from or row.waiting_since),
        assigned_at=row.changed_at if row.status is Status.INBOX else None,
        reminded=row.reminded,
    )


def _unchanged(row: Conversation) -> QuerySet[Conversation]:
    return Conversation.filter(id=row.id, remind_at=row.remind_at, reminded=row.reminded)


def _by_channel(turns: Sequence[Turn]) -> dict[str, list[Turn]]:
    found: dict[str, list[Turn]] = defaultdict(list)
    for turn in turns:
        if turn.due.step is not Step.LEAD:
            found[turn.row.channel].append(turn)
    return found


def _by_lead(turns: Sequence[Turn]) -> dict[str, list[Turn]]:
    found: dict[str, list[Turn]] = defaultdict(list)
    for turn in turns:
        if turn.due.step is Step.LEAD and turn.reminders.lead:
            found[turn.reminders.lead].append(turn)
    return found


async def _in_channel(desk: Desk, channel: str, turns: Sequence[Turn], now: datetime) -> None:
    """A few assignees are reminded in their threads; all others in one post."""
    own = [turn for turn in turns if turn.due.step is Step.ASSIGNEE]
    crowd = turns if len(turns) > FEW else [turn for turn in turns if turn not in own]
    for turn in own if len(turns) <= FEW else ():
        await desk.units.transact(lambda turn=turn: _in_thread(turn, now))  # type: ignore[misc]  # bound now
    if not crowd:
        return
    later = await desk.units.transact(lambda: _in_one_post(desk, channel, crowd, now))
    for turn in crowd:
        await (_unchanged(turn.row).update(remind_at=later) if later else _noted(turn, now))


async def _in_thread(turn: Turn, now: datetime) -> None:
    async with in_transaction():
        if await Conversation.held(turn.row.id) and await _noted(turn, now):
            payload = {"step": int(Step.ASSIGNEE), "ids": [turn.row.id], "assignee": turn.row.assignee}
            await plan.remind(turn.row, payload, now)


async def _in_one_post(desk: Desk, channel: str, turns: Sequence[Turn], now: datetime) -> datetime | None:
    """Write the post; or say until when there is none, since the channel was reminded just before."""
    async with in_transaction():
        queue = await queue_of(desk, channel)
        free = queue.reminded_at and queue.reminded_at + desk.settings.durations.remind_apart
        if free and free > now:
            return free
        await ChannelQueue.filter(id=queue.id).update(reminded_at=now)
        payload = {"step": int(Step.GROUP), "ids": [turn.row.id for turn in turns], "channel": channel}
        payload["groups"] = await _groups(turns)
        about = turns[0].row.id if len(turns) == 1 else None
        workspace, kind = desk.workspace.id, DeliveryKind.REMINDER
        await plan.aside(workspace, kind, channel, now, payload, conversation_id=about)
        return None


async def _groups(turns: Sequence[Turn]) -> list[str]:
    """The groups of the accounts for whose customers it is their turn."""
    ids = {turn.account.id for turn in turns if turn.due.step is Step.GROUP}
    rows = await Account.filter(id__in=list(ids), notify_group__isnull=False).order_by("id")
    return list(dict.fromkeys(str(row.notify_group) for row in rows))


async def _to_lead(desk: Desk, lead: str, turns: Sequence[Turn], now: datetime) -> None:
    payload = {"step": int(Step.LEAD), "ids": [turn.row.id for turn in turns], "user": lead}
    workspace = desk.workspace.id
    await desk.units.transact(lambda: plan.aside(workspace, DeliveryKind.REMINDER, lead, now, payload))
    for turn in turns:
        await _noted(turn, now)


async def _noted(turn: Turn, now: datetime) -> bool:
    """The step is done, and the ones after it have as long to come as they would have had in time.
    False if something happened to the conversation meanwhile."""
    waiting = waits(turn.row)
    since = waiting.since if waiting else now
    done = await _unchanged(turn.row).update(
        reminded=int(turn.row.reminded | turn.due.step),
        remind_from=turn.account.config.hours.after(since, turn.due.late) or since,
        remind_at=now,
    )
    return bool(done)


async def queue_of(desk: Desk, channel: str) -> ChannelQueue:
    """The row of a channel in which customers wait. Runs in a transaction."""
    key = f"{desk.workspace.id}:{channel}"
    found = await ChannelQueue.get_or_none(key=key)
    return found or await ChannelQueue.create(workspace_id=desk.workspace.id, key=key, channel=channel)

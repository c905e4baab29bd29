"""Reminders of customers who wait, and the post about a crowd: drawn from who still does."""

from __future__ import annotations

from datetime import datetime

from tortoise.queryset import QuerySet

from desk import people
from desk.context import Desk
from desk.conversations import crowding, views
from desk.conversations.reminding import waits
from desk.conversations.scene import case
from desk.delivery import plan
from desk.delivery.effects.posting import Place, posting
from desk.delivery.handling import Done, Handling, Outcome
from desk.reminders import Step
from desk.slack import waiting
from desk.slack.errors import Pointless
from models import ChannelQueue, Conversation, Delivery, DeliveryKind, Post, PostKind


async def _reminder(desk: Desk, row: Delivery) -> Place | None:
    """Only of those who were not answered meanwhile."""
    match Step(row.payload["step"]):
        case Step.ASSIGNEE:
            return await _in_thread(desk, row)
        case Step.LEAD:
            late = await _late(desk, row)
            if not late:
                return None
            channel = await desk.gateway.open_dm(str(row.payload["user"]))
            return Place(channel=channel, drawing=waiting.for_lead(late))
        case _:
            late = await _late(desk, row)
            drawing = waiting.in_channel(late, row.payload["groups"]) if late else None
            return Place(channel=str(row.payload["channel"]), drawing=drawing) if drawing else None


async def _in_thread(desk: Desk, row: Delivery) -> Place | None:
    """Only as long as this assignee has it."""
    late = await _late(desk, row)
    conversation = await Conversation.get(id=row.conversation_id)
    if not late or conversation.assignee != row.payload["assignee"]:
        return None
    where = conversation.card_ts or ""
    return Place(channel=conversation.channel, thread_ts=where, drawing=waiting.in_thread(late[0]))


async def _late(desk: Desk, row: Delivery) -> list[waiting.Late]:
    """Those of the reminder who still wait, longest first; nobody once business is over."""
    rows = await Conversation.filter(workspace_id=desk.workspace.id, id__in=row.payload["ids"])
    still = [each for each in rows if waits(each) and _within_hours(desk, each)]
    return [await _one(desk, each) for each in sorted(still, key=lambda each: (_since(each), each.id))]


def _within_hours(desk: Desk, row: Conversation) -> bool:
    account = desk.accounts.get(row.account_id)
    return account is not None and account.config.hours.within(desk.clock.now())


def _since(row: Conversation) -> datetime:
    return row.waiting_since or row.last_inbound_at


async def _one(desk: Desk, row: Conversation) -> waiting.Late:
    found = await case(desk, row)
    return waiting.Late(
        conversation_id=row.id,
        version=row.version,
        name=found.contact.name,
        network=views.network_title(found),
        account=found.row.title,
        since=_since(row),
        url=views.permalink(desk, row.channel, row.card_ts) if row.card_ts else None,
        assignee=await people.teammate(desk, row.assignee) if row.assignee else None,
    )


async def _crowd(desk: Desk, row: Delivery) -> Place | None:
    """Unless nobody waits there any more, or another post says so."""
    channel = str(row.payload["channel"])
    if not await _unsaid(desk, channel).exists():
        return None
    count, first = await _queue(desk, channel)
    return Place(channel=channel, drawing=waiting.crowd(channel, count, first, row.id)) if count else None


def _unsaid(desk: Desk, channel: str) -> QuerySet[ChannelQueue]:
    """The channel's queue, if it is crowded and no post says so yet."""
    return ChannelQueue.filter(key=f"{desk.workspace.id}:{channel}", crowded=True, crowd_ts__isnull=True)


async def _queue(desk: Desk, channel: str) -> tuple[int, datetime | None]:
    """How many wait there, and since when the first does."""
    there = crowding.waiting(desk).filter(channel=channel)
    first = await there.order_by("waiting_since").first()
    return await there.count(), first.waiting_since if first else None


async def _crowd_posted(desk: Desk, row: Delivery, post: Post) -> None:
    """It is to be renewed from now on; what is over by now is said at once."""
    if not await _unsaid(desk, post.channel).update(crowd_ts=post.ts):
        await plan.refresh_crowd(desk.workspace.id, post.channel, post.ts, desk.clock.now(), over=True)


async def _refresh_crowd(desk: Desk, row: Delivery) -> Outcome:
    channel, ts = str(row.payload["channel"]), str(row.payload["ts"])
    count, first = (0, None) if row.payload["over"] else await _queue(desk, channel)
    drawing = waiting.crowd(channel, count, first, row.id)
    try:
        await desk.gateway.update(channel, ts, drawing.text, drawing.blocks)
    except Pointless:
        return Done(learned={"gone": True})
    return Done()


KINDS: dict[DeliveryKind, Handling] = {
    DeliveryKind.REMINDER: posting(PostKind.LINE, _reminder),
    DeliveryKind.CROWD: posting(PostKind.NOTICE, _crowd, _crowd_posted),
    DeliveryKind.REFRESH_CROWD: Handling(carry_out=_refresh_crowd),
}

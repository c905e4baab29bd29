"""The card, the profile and what announces a conversation: drawn from the present state."""

from __future__ import annotations

from dataclasses import replace

from desk.context import Desk
from desk.conversations import aftermath, lost_card, replies, ringing, snoozing, views
from desk.conversations.scene import Case
from desk.delivery import plan
from desk.delivery.effects.posting import Place, posting
from desk.delivery.handling import Done, Handling, Outcome
from desk.slack import cards, posts, profile
from desk.slack.drawing import Drawing
from desk.slack.errors import BadRequest, Pointless
from models import Conversation, Delivery, DeliveryKind, Post, PostKind, Status


async def _card(desk: Desk, row: Delivery) -> Place | None:
    found = await views.of(desk, row.conversation_id)
    if found is None:
        return None
    channel = await _channel(found)
    return Place(channel=channel, drawing=cards.card(await views.card(desk, found), row.id))


async def _channel(found: Case) -> str:
    """The intake channel; a conversation that came before the account had one gets it now."""
    if not found.conversation.channel and found.row.channel:
        await Conversation.filter(id=found.conversation.id).update(channel=found.row.channel)
        found.conversation.channel = found.row.channel
    return found.conversation.channel


async def _card_posted(desk: Desk, row: Delivery, post: Post) -> None:
    await Conversation.filter(id=row.conversation_id).update(card_ts=post.ts, channel=post.channel)
    conversation = await Conversation.get(id=row.conversation_id)
    aftermath.offer(desk, await replies.take_early(desk, post.channel, post.ts))
    await ringing.announce(desk, conversation)
    if conversation.version != 1 or conversation.waiting_since is None:
        await plan.refresh(conversation, desk.clock.now())


async def _profile(desk: Desk, row: Delivery) -> Place | None:
    found = await views.of(desk, row.conversation_id)
    view = await views.profile(desk, found) if found else None
    if found is None or view is None or found.conversation.profile_ts:
        return None
    return Place(
        channel=found.conversation.channel,
        thread_ts=found.conversation.card_ts or "",
        drawing=profile.profile(view, row.id),
    )


async def _profile_posted(desk: Desk, row: Delivery, post: Post) -> None:
    """One that got into the thread of a card that is deleted by now is not the one to be renewed."""
    here = Conversation.filter(id=row.conversation_id, card_ts=row.result["thread"])
    await here.update(profile_ts=post.ts)


async def _notice(desk: Desk, row: Delivery) -> Place | None:
    """Only while nobody has the conversation, and once; of a new one only where it rings for somebody."""
    found = await views.of(desk, row.conversation_id)
    if found is None or found.conversation.status is not Status.UNASSIGNED or not found.conversation.card_ts:
        return None
    if found.conversation.notice_ts or found.conversation.snoozed_by:
        return None
    view = await views.returned(desk, found.conversation)
    view = replace(view, new=found.conversation.version == 1, ring=ringing.group(desk, found))
    if view.new and view.ring is None:
        return None
    return Place(channel=found.conversation.channel, drawing=posts.returned(view))


async def _notice_stood(desk: Desk, row: Delivery) -> Place | None:
    """Wherever the conversation is by now: a notice that got there has to go once it is taken."""
    conversation = await Conversation.get(id=row.conversation_id)
    return Place(channel=conversation.channel, drawing=Drawing(text=""))


async def _notice_posted(desk: Desk, row: Delivery, post: Post) -> None:
    conversation = await Conversation.get(id=row.conversation_id)
    await Conversation.filter(id=conversation.id).update(notice_ts=post.ts)
    if conversation.status is not Status.UNASSIGNED:
        conversation.notice_ts = post.ts
        await plan.retract_notice(conversation, desk.clock.now())


async def _refresh(desk: Desk, row: Delivery) -> Outcome:
    found = await views.of(desk, row.conversation_id)
    if found is None or found.conversation.card_ts is None:
        return Done()
    drawing = cards.card(await views.card(desk, found), row.id)
    conversation = found.conversation
    try:
        await desk.gateway.update(
            conversation.channel,
            conversation.card_ts or "",
            drawing.text,
            drawing.blocks,
            drawing.attachments,
        )
    except BadRequest:
        await desk.gateway.update(conversation.channel, conversation.card_ts or "", drawing.text)
    except Pointless as error:
        return _card_gone(desk, conversation, error)
    return Done()


def _card_gone(desk: Desk, conversation: Conversation, error: Pointless) -> Done:
    """Without a card nobody sees the conversation; an archived one needs none."""

    async def settled() -> None:
        await lost_card.another(desk, conversation.id, conversation.card_ts)

    too_old = error.code == "edit_window_closed"
    missed = not too_old and conversation.status is not Status.ARCHIVED
    return Done(follow=settled if missed else None, learned={"gone": True})


async def _refresh_profile(desk: Desk, row: Delivery) -> Outcome:
    found = await views.of(desk, row.conversation_id)
    view = await views.profile(desk, found) if found else None
    if found is None or view is None or found.conversation.profile_ts is None:
        return Done()
    drawing = profile.profile(view, row.id)
    try:
        await desk.gateway.update(
            found.conversation.channel, found.conversation.profile_ts, drawing.text, (), drawing.attachments
        )
    except Pointless:
        return Done(learned={"gone": True})
    return Done()


async def _retract(desk: Desk, row: Delivery) -> Outcome:
    try:
        await desk.gateway.delete(row.payload["channel"], row.payload["ts"])
    except Pointless:
        return Done(learned={"gone": True})
    return Done()


async def _mark(desk: Desk, row: Delivery) -> Outcome:
    channel, ts, name = (row.payload[key] for key in ("channel", "ts", "name"))
    try:
        await (desk.gateway.unreact if row.payload.get("remove") else desk.gateway.react)(channel, ts, name)
    except Pointless:
        return Done(learned={"pointless": True})
    return Done()


async def _wake(desk: Desk, row: Delivery) -> Outcome:
    return Done(follow=lambda: snoozing.wake_on_time(desk, row))


KINDS: dict[DeliveryKind, Handling] = {
    DeliveryKind.CARD: posting(PostKind.CARD, _card, _card_posted),
    DeliveryKind.PROFILE: posting(PostKind.PROFILE, _profile, _profile_posted),
    DeliveryKind.NOTICE: posting(PostKind.NOTICE, _notice, _notice_posted, stood=_notice_stood),
    DeliveryKind.REFRESH: Handling(carry_out=_refresh),
    DeliveryKind.REFRESH_PROFILE: Handling(carry_out=_refresh_profile),
    DeliveryKind.RETRACT: Handling(carry_out=_retract),
    DeliveryKind.MARK: Handling(carry_out=_mark),
    DeliveryKind.WAKE: Handling(carry_out=_wake),
}

"""An agent changed or deleted what they wrote: within the undo hold, or after it.

Within the hold, or as long as nothing has left, an edit restarts it and a deletion or an
added `note:` cancels it. Later it is carried out where the network can; elsewhere the thread
says what the customer still reads. Editing never turns a note into a reply.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tortoise.transactions import in_transaction

from desk import people
from desk.context import Desk
from desk.conversations import answering, linked, seen, sending, spooled, styled, turns
from desk.conversations.aftermath import Passed
from desk.conversations.heard import Heard, hear, renewed, time_of
from desk.conversations.judge import Reason, judge_edit
from desk.conversations.keeping import told, turn_inside
from desk.conversations.scene import Case, case, held, slack_key
from desk.conversations.views import network_title
from desk.delivery import keys, outward, parts, plan
from desk.slack import fates
from desk.slack.drawing import Drawing
from desk.slack.text import clean
from models import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    Direction,
    EarlyChange,
    Message,
    MessageState,
)
from models.database import take_turns
from networks.capabilities import Support

ON_ITS_WAY = (MessageState.QUEUED, MessageState.SENT, MessageState.UNCERTAIN)


async def take_edit(desk: Desk, channel: str, ts: str, new: Mapping[str, Any]) -> list[Passed]:
    """A thread message was changed; `new` is the message as it is now."""
    key = slack_key(desk, channel, ts)
    async with in_transaction():
        message = await _there(key)
        if message is None:
            await _keep_early(desk, key, channel, new, {"what": "edit", "event": dict(new)})
            return []
        found, message = await case_of(desk, message)
        return await edit(desk, found, message, new) if await _is_news(desk, key, new) else []


async def _is_news(desk: Desk, key: str, new: Mapping[str, Any]) -> bool:
    """Whether this edit is later than those taken; Slack repeats events and may send them in any order."""
    when = (new.get("edited") or {}).get("ts")
    return not isinstance(when, str) or await seen.newest(desk, f"slack:edit:{key}", keys.order_of(when))


async def take_deletion(desk: Desk, channel: str, ts: str, thread_ts: str | None) -> list[Passed]:
    """A thread message was deleted."""
    key = slack_key(desk, channel, ts)
    async with in_transaction():
        message = await _there(key)
        if message is None:
            await _keep_early(desk, key, channel, {"thread_ts": thread_ts}, {"what": "delete"})
            return []
        return await delete(desk, *await case_of(desk, message))


async def _there(key: str) -> Message | None:
    """The message, or None for good: one that is just being taken is waited for."""
    if found := await Message.get_or_none(slack_key=key):
        return found
    await take_turns(key)
    return await Message.get_or_none(slack_key=key)


async def _keep_early(
    desk: Desk, key: str, channel: str, message: Mapping[str, Any], body: dict[str, Any]
) -> None:
    """The change came before the message: keep it, if the message can still come to a thread of ours."""
    if message.get("thread_ts"):
        await EarlyChange.create(workspace_id=desk.workspace.id, key=key, body=body, at=desk.clock.now())


async def case_of(desk: Desk, message: Message) -> tuple[Case, Message]:
    """The message's conversation, held, and the message as it is then."""
    conversation = await held(desk, message.conversation_id)
    if conversation is None:
        raise LookupError(f"message {message.id} has no conversation")
    return await case(desk, conversation), await Message.get(id=message.id)


async def edit(desk: Desk, found: Case, message: Message, new: Mapping[str, Any]) -> list[Passed]:
    """Carry a change of words out, as far as it still can be; one that a later change overtook is
    left out."""
    heard, answered = await answering.aimed(found, await hear(desk, new))
    text = clean(heard.text)
    if message.deleted_at or not await _is_later(message, new):
        return []
    message.reply_to_id = answered
    await Message.filter(id=message.id).update(styles=styled.kept(text, heard.styles), reply_to_id=answered)
    if message.direction is Direction.NOTE or message.state is MessageState.WITHDRAWN:
        return await _of_what_stays(desk, found, message, heard)
    reason = judge_edit(heard.words)
    if text == message.text and reason is None:
        await _as_before(message)
        return []
    if message.state is MessageState.QUEUED and await sending.withdraw(desk, message):
        return await _within_hold(desk, found, message, heard, reason)
    if message.state is MessageState.FAILED and not await sending.left(message):
        return await _before_retry(desk, found, message, heard, reason)
    if reason is not None:
        await _stays_inside(desk, found, message, reason)
        return []
    return await _after_hold(desk, found, message, text)


_ABOUT_A_WORD = (Reason.COMMAND, Reason.UNKNOWN_COMMAND)


async def _of_what_stays(desk: Desk, found: Case, message: Message, heard: Heard) -> list[Passed]:
    """Other words stay inside like those before. Nothing is done for an order that they became; its
    author is told."""
    reason = message.reason
    if heard.words.command:
        reason = Reason.COMMAND
    elif reason in _ABOUT_A_WORD:
        reason = Reason.UNKNOWN_COMMAND if heard.words.unknown_command else Reason.NOTE
    news = reason == Reason.COMMAND and clean(heard.text) != message.text
    message.text, message.detail, message.reason = clean(heard.text), renewed(message.detail, heard), reason
    await message.save(update_fields=["text", "detail", "reason"])
    agent = news and await people.is_agent(desk, found.conversation.account_id, message.author)
    return [await told(desk, found, message)] if agent else []


async def _is_later(message: Message, new: Mapping[str, Any]) -> bool:
    """Whether this change is newer than the last one we took; if so it is the last one now."""
    ts = (new.get("edited") or {}).get("ts")
    if not ts:
        return True
    at = time_of(str(ts))
    if message.edited_at and at <= message.edited_at:
        return False
    await Message.filter(id=message.id).update(edited_at=at)
    return True


async def _as_before(message: Message) -> None:
    """The words are what the customer has again: there is nothing left to correct."""
    if message.detail.get("correction"):
        await Message.filter(id=message.id).update(detail={**message.detail, "correction": ""})


async def _before_retry(
    desk: Desk, found: Case, message: Message, heard: Heard, reason: Reason | None
) -> list[Passed]:
    """Nothing of a failed message is there: `Retry` sends the new words, unless they stay inside."""
    if reason is not None:
        return await _goes_inside(desk, found, message, heard, reason)
    await Message.filter(id=message.id).update(text=clean(heard.text))
    return []


async def _goes_inside(
    desk: Desk, found: Case, message: Message, heard: Heard, reason: Reason
) -> list[Passed]:
    """Nothing of the message left, and its new words don't leave."""
    message.text, message.detail = clean(heard.text), renewed(message.detail, heard)
    return await turn_inside(desk, found, message, reason)


async def _within_hold(
    desk: Desk, found: Case, message: Message, heard: Heard, reason: Reason | None
) -> list[Passed]:
    """The new words take the old ones' place: they start their hold, or stay inside."""
    if found.account is None:
        reason = reason or Reason.ABSENT
    if reason is not None:
        return await _goes_inside(desk, found, message, heard, reason)
    values = {**sending.queued(message, sending.until(desk, found.account)), "text": clean(heard.text)}
    await message.update_from_dict(values).save(update_fields=list(values))
    files, order = await linked.files_of(message), keys.order_of(message.slack_ts or "0")
    return await sending.accept(desk, found, message, files, order_key=order, first=False)


async def _stays_inside(desk: Desk, found: Case, message: Message, reason: Reason) -> None:
    """What was sent stays sent; words that would have stayed inside don't follow it out."""
    drawing = fates.change_kept(found.contact.name, message.text, mention=reason is Reason.MENTION)
    await plan.line(found.conversation, drawing, desk.clock.now(), message=message)


async def _after_hold(desk: Desk, found: Case, message: Message, text: str) -> list[Passed]:
    """Change what the customer has, or say what they still read."""
    now = desk.clock.now()
    before = message.text
    sent = await Delivery.filter(message_id=message.id, kind=DeliveryKind.PART).order_by("id")
    words = [d for d in sent if d.payload.get("text") and d.state is not DeliveryState.CANCELLED]
    account = found.account
    if (
        account
        and message.state in (MessageState.QUEUED, MessageState.SENT)
        and account.capabilities.edits is Support.NATIVE
        and len(words) == 1
        and len(parts.plan(await linked.words_of(desk, message, text), (), account.capabilities)) == 1
    ):
        await Message.filter(id=message.id).update(text=text)
        await outward.to_network(
            found.conversation,
            DeliveryKind.EDIT_PART,
            now,
            order_key=keys.order_at(now),
            message=message,
            payload={"text": text, "before": before, "part": words[0].id},
        )
        return []
    await offer_correction(desk, found, message, text)
    return []


async def offer_correction(desk: Desk, found: Case, message: Message, text: str) -> None:
    """The thread says what the customer still reads, and offers to send the new words as well."""
    await Message.filter(id=message.id).update(detail={**message.detail, "correction": text})
    drawing = correction_line(found, message)
    await plan.line(found.conversation, drawing, desk.clock.now(), rank=keys.Rank.FAILURE, message=message)


def correction_line(found: Case, message: Message, settled: str = "") -> Drawing:
    """That line, or with what was chosen in place of its buttons."""
    name, unsure = found.contact.name, message.state is MessageState.UNCERTAIN
    return fates.cannot_change(
        network_title(found), name, message.text, message.id, unsure=unsure, settled=settled
    )


async def delete(desk: Desk, found: Case, message: Message) -> list[Passed]:
    """Take a message back, as far as it still can be."""
    now = desk.clock.now()
    if message.deleted_at:
        return []
    await Message.filter(id=message.id).update(deleted_at=now)
    if message.direction is Direction.NOTE:
        return []
    if message.state is MessageState.QUEUED and await sending.withdraw(desk, message):
        await Message.filter(id=message.id).update(state=MessageState.WITHDRAWN)
        await spooled.release(desk, message.id)
        await turns.recount(found.conversation, now)
        await plan.refresh(found.conversation, now)
        return [sending.typing(found, on=False)]
    if message.state in ON_ITS_WAY or await sending.left(message):
        await sending.stop(desk, message)
        await _delete_parts(desk, found, message)
    await plan.refresh(found.conversation, now)
    return []


async def _delete_parts(desk: Desk, found: Case, message: Message) -> None:
    now = desk.clock.now()
    unsure = message.state is MessageState.UNCERTAIN
    if unsure or found.account is None or found.account.capabilities.deletions is not Support.NATIVE:
        drawing = fates.cannot_delete(network_title(found), found.contact.name, message.text, unsure=unsure)
        await plan.line(found.conversation, drawing, now, rank=keys.Rank.FAILURE, message=message)
        return
    for part in await Delivery.filter(message_id=message.id, kind=DeliveryKind.PART).order_by("id"):
        if part.state is DeliveryState.CANCELLED:
            continue
        await outward.to_network(
            found.conversation,
            DeliveryKind.DELETE_PART,
            now,
            order_key=keys.order_at(now),
            message=message,
            payload={"part": part.id},
        )

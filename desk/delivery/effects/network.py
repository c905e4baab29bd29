"""What leaves for the customer's network: parts, edits, deletions, read marks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from desk import people
from desk.context import ConnectedAccount, Desk
from desk.conversations import (
    aftermath,
    changed_reply,
    changes,
    linked,
    profiles,
    reacting,
    refusing,
    reply_tokens,
    styled,
    views,
)
from desk.conversations.scene import Case
from desk.delivery import keys, outbox, plan
from desk.delivery.effects import doubting, handing
from desk.delivery.handling import Done, Handling, Outcome
from desk.slack import emojis, fates
from models import Contact, Delivery, DeliveryKind, DeliveryState, Message
from models.database import take_turns
from models.lookup import Lookup
from models.message import HANDLE
from networks.base import (
    Author,
    Deletes,
    Discards,
    Edits,
    FilledTemplate,
    MarksRead,
    OutboundPart,
    Reacts,
    Style,
)
from networks.errors import AccountBroken, DeliveryError, WindowClosed

T = TypeVar("T")

_MESSAGE = Lookup(Message, "id = ?")


async def _found(desk: Desk, row: Delivery) -> tuple[Case, ConnectedAccount]:
    """The conversation and its account. Raises `AccountBroken` when the account is gone."""
    found = await views.of(desk, row.conversation_id)
    if found is None or found.account is None:
        raise AccountBroken("the account is no longer connected")
    return found, found.account


async def _part(desk: Desk, row: Delivery) -> Outcome:
    """One visible call; the receipt is all we know of it."""
    found, account = await _found(desk, row)
    message = await _MESSAGE.get(row.message_id)
    text = row.payload.get("text") or ""
    answered = await _answered(message) if row.payload.get("answers") else None
    files = await handing.of(desk, account, row, message)
    part = OutboundPart(
        idempotency_key=str(row.payload.get("key") or row.idempotency_key),
        contact_id=found.contact.external_id,
        text=text,
        styles=await _styles(desk, message, message.text, text),
        attachment=files[0] if files else None,
        others=tuple(files[1:]),
        reply_to=_external_id(answered),
        reply_to_handle=answered.detail.get(HANDLE) if answered else None,
        reply_handle=await reply_tokens.handle_for(desk, account, row, found),
        author=await _author(desk, message),
        template=_template(row.payload.get("template")),
    )
    try:
        receipt = await account.network.send(account.settings, part)
    except DeliveryError as error:
        if error.without_token:
            await reply_tokens.unspent(desk, row)
        if isinstance(error, WindowClosed):
            await outbox.note(row, too_late=True)
        raise
    key = f"{account.id}:{receipt.external_id}"

    async def settled() -> None:
        await take_turns(key)
        part = await refusing.look(row, key)
        tick = await refusing.sent(desk, row, part)
        for who, why in receipt.missed:
            now = desk.clock.now()
            drawing = fates.missed(who, why)
            await plan.line(found.conversation, drawing, now, rank=keys.Rank.FAILURE, message=message)
        failed_already = part.reported and await changes.apply_early_reports(desk, message, key)
        if tick and not failed_already:
            aftermath.offer(desk, [tick])

    return Done(follow=settled, learned={"external_id": receipt.external_id}, receipt_key=key)


def _template(kept: Mapping[str, Any] | None) -> FilledTemplate | None:
    return FilledTemplate(id=kept["id"], values=kept["values"]) if kept else None


async def _styles(desk: Desk, message: Message, text: str, piece: str) -> tuple[Style, ...]:
    """How the words of a part are set."""
    if not message.styles:
        return ()
    return styled.of(message, text, await linked.words_of(desk, message, text), piece)


async def _answered(message: Message) -> Message | None:
    """The message that this one answers."""
    return await _MESSAGE.one(message.reply_to_id) if message.reply_to_id else None


def _external_id(message: Message | None) -> str | None:
    """The provider's id of a customer's message."""
    key = message.external_key if message else None
    return key.partition(":")[2] if key else None


async def _author(desk: Desk, message: Message) -> Author:
    person = await people.person(desk, message.author)
    return Author(name=person.name, avatar_url=person.avatar_url) if person else Author(name="Support")


async def _sent_part(row: Delivery) -> str | None:
    """The provider's id of the part an edit or deletion is about; None if it never arrived."""
    part = await Delivery.get_or_none(id=row.payload["part"])
    return part.result.get("external_id") if part and part.state is DeliveryState.DELIVERED else None


async def _edit(desk: Desk, row: Delivery) -> Outcome:
    found, account = await _found(desk, row)
    external_id = await _sent_part(row)
    if external_id and isinstance(account.network, Edits):
        message = await Message.get(id=row.message_id)
        words = await linked.words_of(desk, message, row.payload["text"])
        await account.network.edit(
            account.settings,
            found.contact.external_id,
            external_id,
            words,
            row.idempotency_key,
            await _styles(desk, message, row.payload["text"], words),
        )
    return Done()


async def _delete(desk: Desk, row: Delivery) -> Outcome:
    found, account = await _found(desk, row)
    external_id = await _sent_part(row)
    if external_id and isinstance(account.network, Deletes):
        await account.network.delete(
            account.settings, found.contact.external_id, external_id, row.idempotency_key
        )
    return Done()


async def _not_changed(desk: Desk, row: Delivery, words: str, *, deletion: bool) -> None:
    """The network refused the change: the thread says what the customer still reads."""
    found = await views.of(desk, row.conversation_id)
    message = await Message.get_or_none(id=row.message_id)
    if found is None or message is None:
        return
    if not deletion:
        await _not_edited(desk, found, message, row)
        return
    drawing = fates.cannot_delete(views.network_title(found), found.contact.name, message.text)
    await plan.line(found.conversation, drawing, desk.clock.now(), rank=keys.Rank.FAILURE, message=message)


async def _not_edited(desk: Desk, found: Case, message: Message, row: Delivery) -> None:
    """The words are what they were before; a later change that waits is still to come."""
    if message.text != row.payload["text"]:
        return
    message.text = row.payload["before"]
    await Message.filter(id=message.id).update(text=message.text)
    await changed_reply.offer_correction(desk, found, message, row.payload["text"])


async def _read(desk: Desk, row: Delivery) -> Outcome:
    found, account = await _found(desk, row)
    if isinstance(account.network, MarksRead):
        handle = row.payload.get(HANDLE)
        await account.network.mark_read(
            account.settings,
            found.contact.external_id,
            row.payload["external_id"],
            row.idempotency_key,
            **({"handle": handle} if handle else {}),
        )
    return Done()


async def _react(desk: Desk, row: Delivery) -> Outcome:
    """Set the reaction that stands now. A refusal is told to nobody: it was no word of ours."""
    found, account = await _found(desk, row)
    message = await Message.get(id=row.message_id)
    shown = emojis.allowed(reacting.newest(message.detail), account.capabilities.emojis)
    if isinstance(account.network, Reacts):
        await _unless_refused(
            account.network.react(
                account.settings,
                found.contact.external_id,
                row.payload["external_id"],
                shown or "",
                row.idempotency_key,
            )
        )
    return Done()


async def _unless_refused(call: Awaitable[T]) -> T | None:
    """The call's answer; None where the provider refuses what nobody has to hear of."""
    try:
        return await call
    except DeliveryError as error:
        if error.retry or not error.certain or isinstance(error, AccountBroken):
            raise
        return None


async def _ask_profile(desk: Desk, row: Delivery) -> Outcome:
    """Learn who the customer is; what can't be learnt is asked another day."""
    found, account = await _found(desk, row)
    asked = account.network.profile(account.settings, found.contact.external_id)
    profile = await _unless_refused(asked)
    if profile is None:
        return Done()

    async def settled() -> None:
        contact = await Contact.get(id=found.contact.id)
        await profiles.renew(desk, contact, profile, whole=False)

    return Done(follow=settled)


async def _discard(desk: Desk, row: Delivery) -> Outcome:
    """Delete at the provider what is in Slack. That it may not be deleted there is told to nobody."""
    _, account = await _found(desk, row)
    if isinstance(account.network, Discards):
        for ref in row.payload["refs"]:
            await _unless_refused(account.network.discard(account.settings, ref))
    return Done()


def _idempotent(desk: Desk, row: Delivery) -> bool:
    account = desk.accounts.get(row.account_id or 0)
    return bool(account and account.capabilities.idempotent_send and not reply_tokens.by_token(row))


_Failed = Callable[[Desk, Delivery, str], Awaitable[None]]
_edit_failed: _Failed = partial(_not_changed, deletion=False)
_delete_failed: _Failed = partial(_not_changed, deletion=True)

KINDS: dict[DeliveryKind, Handling] = {
    DeliveryKind.PART: Handling(
        carry_out=_part,
        repeatable=_idempotent,
        failed=refusing.fail,
        uncertain=doubting.doubtful,
        slow=refusing.slow,
    ),
    DeliveryKind.EDIT_PART: Handling(carry_out=_edit, failed=_edit_failed),
    DeliveryKind.DELETE_PART: Handling(carry_out=_delete, failed=_delete_failed),
    DeliveryKind.READ: Handling(carry_out=_read),
    DeliveryKind.REACT: Handling(carry_out=_react),
    DeliveryKind.ASK_PROFILE: Handling(carry_out=_ask_profile),
    DeliveryKind.DISCARD: Handling(carry_out=_discard),
}

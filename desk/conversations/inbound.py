"""A customer wrote, changed, took back or reacted: from the network to Slack.

`receive` is one transaction. Repeats meet unique keys and do nothing; what came before
the message it belongs to is kept and applied when that arrives.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tortoise.transactions import in_transaction

from desk import intake, people, storable
from desk.context import ConnectedAccount, Desk
from desk.conversations import changes, echoes, known, naming, profiles, showing, snoozing, withheld
from desk.conversations.apply import Change, apply
from desk.conversations.scene import live_of
from desk.conversations.seen import first_time
from desk.delivery import keys, plan
from desk.slack import lines
from models import (
    Account,
    AccountState,
    Attachment,
    Contact,
    Conversation,
    DeliveryKind,
    Direction,
    Message,
    MessageState,
    Status,
    Trigger,
)
from models.lookup import Update
from models.message import HANDLE
from networks.events import (
    ContactGone,
    DeliveryReport,
    InboundDeletion,
    InboundEdit,
    InboundEvent,
    InboundMessage,
    InboundReaction,
    Profile,
    ProfileChanged,
)

_LATE = timedelta(minutes=1)
"""What comes sooner came when it was written: providers count in seconds, and clocks differ."""
_SUBJECT = "subject"
_TURN = Update(Conversation, "id = ?")


async def receive(desk: Desk, account_id: int, events: Sequence[InboundEvent]) -> None:
    """Take what a network delivered, all of it or nothing. Joins an outer transaction.

    The caller runs it as a unit of work and wakes the worker after the commit.
    """
    account = desk.accounts[account_id]
    async with in_transaction():
        for event in events:
            if await first_time(desk, f"{account_id}:{event.event_id}"):
                await _take(desk, account, storable.cleaned(event))


async def _take(desk: Desk, account: ConnectedAccount, event: InboundEvent) -> None:
    match event:
        case InboundMessage(echo=True):
            await echoes.take(desk, account, event)
        case InboundMessage():
            await _message(desk, account, event)
        case InboundEdit() | InboundDeletion() | InboundReaction() | DeliveryReport():
            await changes.take(desk, account, event)
        case ProfileChanged():
            await _profile(desk, account, event)
        case ContactGone():
            await _gone(desk, account, event)


async def _message(desk: Desk, account: ConnectedAccount, event: InboundMessage) -> None:
    """One message: contact, conversation, lifecycle, row, deliveries."""
    before = await changes.before(f"{account.id}:{event.external_id}")
    if before.taken:
        return
    message = await (_automatic if event.automatic else _asked)(desk, account, event)
    if message is not None and before.changed:
        await changes.apply_early(desk, message)


async def _asked(desk: Desk, account: ConnectedAccount, event: InboundMessage) -> Message:
    """What a person wrote: it asks for an answer."""
    contact = await contact_of(desk, account, event.contact_id, event.profile, event.known_as)
    live = await live_of(contact)
    if (unseen := await withheld.standing(contact, live)) is not None:
        message = await _store(desk, account, contact, event, unseen, MessageState.WITHHELD)
    else:
        first = _first_words(event.subject, event.text)
        conversation, new = await _conversation(desk, account, contact, live, first)
        message = await _store(desk, account, contact, event, conversation, MessageState.TAKEN)
        await showing.deliver(desk, conversation, message, files=bool(event.attachments))
        await _note_turn(desk, conversation, message, message, new=new)
        await profiles.ask(desk, account, contact, conversation)
    await _note_contact(contact, event)
    return message


async def _automatic(desk: Desk, account: ConnectedAccount, event: InboundMessage) -> Message | None:
    """What a program wrote for a customer: a word in their newest thread, whatever its state, and no turn.
    Who has none is no customer yet."""
    contact = await known.contact(account, event.contact_id, event.known_as)
    if contact is None or contact.blocked_at is not None:
        return None
    newest = await live_of(contact) or await _last_of(contact)
    if newest is None:
        return None
    message = await _store(desk, account, contact, event, newest, MessageState.AUTOMATIC)
    await showing.deliver(desk, newest, message, files=bool(event.attachments))
    return message


async def _last_of(contact: Contact) -> Conversation | None:
    """The contact's newest conversation, held."""
    last = await Conversation.filter(contact_id=contact.id).order_by("-id").first()
    return await Conversation.held(last.id) if last else None


async def show(desk: Desk, account: ConnectedAccount, contact: Contact, waiting: Sequence[Message]) -> None:
    """Take messages that were withheld, oldest first, as if they came now: patience with them begins."""
    live = await live_of(contact)
    first = _first_words(waiting[0].detail.get(_SUBJECT, ""), waiting[0].text)
    conversation, new = await _conversation(desk, account, contact, live, first)
    for message in waiting:
        message.conversation_id, message.state = conversation.id, MessageState.TAKEN
        await message.save(update_fields=["conversation_id", "state"])
        files = await Attachment.exists(message_id=message.id)
        await showing.deliver(desk, conversation, message, files=files)
    await _note_turn(desk, conversation, waiting[0], waiting[-1], new=new)
    await Conversation.filter(id=conversation.id).update(remind_from=desk.clock.now())


async def _store(
    desk: Desk,
    account: ConnectedAccount,
    contact: Contact,
    event: InboundMessage,
    conversation: Conversation,
    state: MessageState,
) -> Message:
    """The row of a message, and of its files."""
    message = await Message.new(
        workspace_id=desk.workspace.id,
        conversation_id=conversation.id,
        direction=Direction.INBOUND,
        state=state,
        external_key=f"{account.id}:{event.external_id}",
        author=contact.external_id,
        text=event.text,
        placeholder=event.placeholder or showing.spoken(event.attachments),
        detail=_detail(event),
        group=event.group,
        reply_to_id=await changes.answered(account, event.reply_to),
        sent_at=event.sent_at,
        created_at=desk.clock.now(),
    )
    await showing.keep_files(message, event.attachments)
    return message


def _detail(event: InboundMessage) -> dict[str, Any]:
    """What is remembered of a message beside its words. Pure."""
    told = {HANDLE: event.handle, _SUBJECT: event.subject}
    return {name: value for name, value in told.items() if value}


def _first_words(subject: str, text: str) -> str:
    """What rules read of a conversation's first message. Pure."""
    return f"{subject}\n{text}".strip()


async def contact_of(
    desk: Desk,
    account: ConnectedAccount,
    external_id: str,
    profile: Profile | None,
    known_as: str | None = None,
) -> Contact:
    """The contact, made or brought up to date."""
    contact = await known.contact(account, external_id, known_as)
    if contact is None:
        contact = await Contact.create(
            workspace_id=desk.workspace.id,
            account_id=account.id,
            key=f"{account.id}:{external_id}",
            external_id=external_id,
            first_seen=desk.clock.now(),
            **profiles.values_of(profile or Profile(name=""), account.network.title),
        )
        await naming.named(contact)
        await known.note(account, contact, known_as)
    elif profile is not None:
        await profiles.renew(desk, contact, profile, whole=not account.capabilities.profiles)
    return contact


async def _conversation(
    desk: Desk, account: ConnectedAccount, contact: Contact, live: Conversation | None, text: str
) -> tuple[Conversation, bool]:
    """The contact's live conversation, held, opened again if it was closed; a new one otherwise."""
    if live is None:
        return await _open(desk, account, contact, text), True
    if live.status is Status.CLOSED:
        return await _reopen(desk, account, contact, live), False
    if live.status is Status.INBOX and live.waiting_since is None:
        live = await _unless_left(desk, account, contact, live)
    if live.snoozed_by:
        live = await snoozing.wake_for_customer(desk, live)
    return live, False


async def _open(desk: Desk, account: ConnectedAccount, contact: Contact, text: str) -> Conversation:
    """A new conversation with its card and profile, linked to the one before; in which channel, its first
    words may decide."""
    now = desk.clock.now()
    row = await Account.get(id=account.id)
    routed = await intake.routed(desk, account, contact, text)
    if _awaited(row, routed):  # nobody makes it ready until we committed: they would miss our card
        row = await Account.select_for_update().get(id=account.id)
    earlier = await Conversation.filter(contact_id=contact.id).order_by("-id").first()
    conversation = await Conversation.create(
        workspace_id=desk.workspace.id,
        account_id=account.id,
        contact_id=contact.id,
        open_key=str(contact.id),
        channel=routed or row.channel or "",
        previous_id=earlier.id if earlier else None,
        changed_at=now,
        created_at=now,
        last_inbound_at=now,
    )
    card = await plan.card(conversation, now, parked_by=_awaited(row, routed))
    await plan.profile(conversation, now, after=card)
    return conversation


def _awaited(row: Account, routed: str | None) -> str | None:
    """What a card has to wait for: a channel to post it to, and somebody who may answer it. Pure."""
    if not routed and (row.state is AccountState.WAITING or not row.channel):
        return keys.its_channel(row.id)
    return None if row.appointed else keys.its_agents(row.id)


async def _reopen(
    desk: Desk, account: ConnectedAccount, contact: Contact, closed: Conversation
) -> Conversation:
    """The customer wrote again: back to the last assignee if here, else Unassigned."""
    now = desk.clock.now()
    last = closed.last_assignee
    here = bool(last) and await people.is_agent(desk, account.id, last or "")
    conversation = await apply(closed, Change(trigger=Trigger.CUSTOMER_WRITES, here=here), now)
    drawing = lines.wrote_again(contact.name, conversation.assignee)
    await plan.line(conversation, drawing, now, rank=keys.Rank.HANDOVER)
    if conversation.status is Status.UNASSIGNED:
        await plan.thread(conversation, DeliveryKind.NOTICE, now, rank=keys.Rank.LINE)
    await plan.refresh(conversation, now)
    return conversation


async def _unless_left(
    desk: Desk, account: ConnectedAccount, contact: Contact, row: Conversation
) -> Conversation:
    """The turn is an assignee's who may not be here any more: then nobody would hear of it, and it is
    everybody's."""
    if await people.is_agent(desk, account.id, row.assignee or ""):
        return row
    now = desk.clock.now()
    after = await apply(row, Change(trigger=Trigger.RELEASE), now)
    who = await people.name_of(desk, row.assignee)
    await plan.line(after, lines.assignee_left(contact.name, who), now)
    await plan.thread(after, DeliveryKind.NOTICE, now, rank=keys.Rank.LINE)
    await plan.refresh(after, now, rank=keys.Rank.CARD)
    return after


async def _note_turn(
    desk: Desk, conversation: Conversation, message: Message, newest: Message, *, new: bool
) -> None:
    """The customer waits now; the card says so at once where nobody has them, else sparingly."""
    now = desk.clock.now()
    turned = conversation.waiting_since is None
    values = {"waiting_since": message.created_at, "remind_at": now} if turned else {}
    wrote = _wrote_at(desk, conversation, newest, now)
    last = wrote if new else max(wrote, conversation.last_inbound_at)
    await _TURN.set(conversation.id, last_inbound_at=last, **values)
    if new:
        return
    unassigned = conversation.status is Status.UNASSIGNED
    if turned:
        wait = desk.settings.durations.card_turn_within
        await plan.refresh(conversation, now, wait=timedelta() if unassigned else wait)
    elif unassigned:
        await plan.refresh(conversation, now, wait=desk.settings.durations.card_words_every)


def _wrote_at(desk: Desk, conversation: Conversation, newest: Message, now: datetime) -> datetime:
    """When the customer wrote, where the time to answer depends on it: after an outage words come late."""
    account = desk.accounts[conversation.account_id]
    timed = account.capabilities.reply_window or account.capabilities.token_life
    return newest.sent_at if timed and now - newest.sent_at > _LATE else now


async def _note_contact(contact: Contact, event: InboundMessage) -> None:
    """Whoever writes is there; and what the network wants back with an answer."""
    values: dict[str, Any] = {}
    if event.reply_handle:
        values["reply_handle"] = event.reply_handle
    if contact.gone_at is not None:
        values["gone_at"] = None
    if values:
        await Contact.filter(id=contact.id).update(**values)


async def _profile(desk: Desk, account: ConnectedAccount, event: ProfileChanged) -> None:
    """What is known anew. Of one that tells no name, the rest stays as it was known."""
    contact = await known.renamed(account, event.contact_id, event.known_as)
    if contact:
        await profiles.renew(desk, contact, event.profile, whole=bool(event.profile.name))


async def _gone(desk: Desk, account: ConnectedAccount, event: ContactGone) -> None:
    """The customer blocked the account, or came back."""
    contact = await known.contact(account, event.contact_id, event.known_as)
    if contact is None or (contact.gone_at is None) is event.back:
        return
    now = desk.clock.now()
    live = await live_of(contact)
    how = "" if event.back else event.words
    await Contact.filter(id=contact.id).update(gone_at=None if event.back else now, gone_how=how)
    if live and not event.back and contact.blocked_at is None:
        await plan.line(live, lines.gone(contact.name, how), now)

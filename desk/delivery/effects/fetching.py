"""A customer's files, fetched from the network at once: its links expire.

Bytes go through the spool, streamed; the kind is what their content says.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from desk import media
from desk.context import ConnectedAccount, Desk
from desk.delivery import outbox, plan
from desk.delivery.effects import presenting
from desk.delivery.handling import Done, Handling, Outcome
from desk.slack import amounts, wording
from desk.spool import TooLarge
from models import Attachment, AttachmentState, Conversation, Delivery, DeliveryKind, Message
from networks.capabilities import MediaKind
from networks.errors import AccountBroken, DeliveryError, ProviderFault


async def files_of(row: Delivery) -> list[Attachment]:
    """The files of the row's message, in the order they stand in it."""
    return await Attachment.filter(workspace_id=row.workspace_id, message_id=row.message_id).order_by(
        "position"
    )


def beside(files: Sequence[Attachment], file: Attachment) -> int:
    """How many bytes of a message's other files lie here: all of them do until the last can go."""
    return sum(f.size or 0 for f in files if f.state is AttachmentState.SPOOLED and f.id != file.id)


async def _fetch(desk: Desk, row: Delivery) -> Outcome:
    """Fetch every file of a message; one that can't be had is said so, the others come."""
    account = desk.accounts.get(row.account_id or 0)
    if account is None:
        raise AccountBroken("the account is no longer connected")
    for file in await files_of(row):
        if file.state is AttachmentState.WANTED:
            await _fetch_one(desk, account, file, beside(await files_of(row), file))
    return Done(follow=partial(_fetched, row, desk.clock.now()))


async def _fetched(row: Delivery, now: datetime) -> None:
    """What comes after the thread went on without it is shown now."""
    late = await Attachment.filter(message_id=row.message_id).exclude(state=AttachmentState.DONE).exists()
    if late and not await _waits_for(row):
        await show_late(row, [row.message_id or 0], now)


async def _waits_for(row: Delivery) -> bool:
    """Whether the post that is to show the files of the row's message is still to come."""
    coming = Delivery.filter(conversation_id=row.conversation_id, kind=DeliveryKind.FILES, unfinished=True)
    return any(row.message_id in each.payload["messages"] for each in await coming)


async def show_late(row: Delivery, messages: Sequence[int], now: datetime, *, aside: bool = False) -> None:
    """Show what the thread doesn't yet show of these messages."""
    conversation = await Conversation.get(id=row.conversation_id)
    message = await Message.get(id=messages[0])
    payload = {"messages": list(messages), "texts": []}
    await plan.thread(conversation, DeliveryKind.FILES, now, message=message, payload=payload, aside=aside)


async def under_way(messages: Sequence[int]) -> int | None:
    """A fetch of these messages' files that is worth waiting for: it has not been long yet."""
    rows = Delivery.filter(message_id__in=list(messages), kind=DeliveryKind.FETCH, unfinished=True)
    return next((row.id for row in await rows if not row.result.get("told")), None)


async def _long_in_coming(desk: Desk, row: Delivery, words: str) -> None:
    """Nobody's words wait for a file that takes long: the thread goes on, and says why it isn't there."""
    wanted = Attachment.filter(message_id=row.message_id, state=AttachmentState.WANTED)
    await wanted.update(reason=json.dumps({"reason": words}))
    await outbox.let_pass(row)


async def _fetch_one(desk: Desk, account: ConnectedAccount, file: Attachment, others: int) -> None:
    limit = max((r.max_bytes for r in account.capabilities.receive.values()), default=0)
    if file.claimed_size and file.claimed_size > limit:
        await _not_had(file, "too_large", file.claimed_size, limit)
        return
    most = desk.settings.spool_max_bytes
    try:
        spooled = await desk.spool.take(
            account.network.download(account.settings, file.ref), min(limit, most - others)
        )
    except TooLarge as error:
        no_room = error.at_least <= limit
        await _not_had(file, "no_room" if no_room else "too_large", error.size, most if no_room else limit)
        return
    except DeliveryError as error:
        if error.retry or isinstance(error, AccountBroken):
            raise
        if not error.certain:  # a question: it may simply be asked again
            raise ProviderFault(error.words, code=error.code) from error
        await _not_had(file, error.words, file.claimed_size, limit)
        return
    claimed = MediaKind(file.kind) if file.kind else None
    await keep_spooled(desk, file, spooled.name, spooled.size)
    await presenting.present(desk, file.id, claimed)


async def _not_had(file: Attachment, reason: str, size: int | None, limit: int) -> None:
    detail = json.dumps({"reason": reason, "size": size, "limit": limit})
    failed = Attachment.filter(id=file.id, ref=file.ref)
    await failed.update(state=AttachmentState.FAILED, reason=detail)


async def keep_spooled(desk: Desk, file: Attachment, name: str, size: int) -> None:
    """Note where the bytes are and what they are; not of a file that was forgotten while it came."""
    found = await media.sniff(desk.spool.path(name), file.name)
    called = file.name or (wording.thread.VOICE if file.voice else amounts.named(found.kind))
    await Attachment.filter(id=file.id, ref=file.ref).update(
        state=AttachmentState.SPOOLED,
        path=name,
        size=size,
        mime_type=found.mime,
        kind=found.kind.value,
        name=media.safe_name(called, found.mime),
    )


async def _fetch_failed(desk: Desk, row: Delivery, words: str) -> None:
    for file in await files_of(row):
        if file.state is AttachmentState.WANTED:
            await _not_had(file, words, file.claimed_size, 0)
    await _fetched(row, desk.clock.now())


KINDS: dict[DeliveryKind, Handling] = {
    DeliveryKind.FETCH: Handling(
        carry_out=_fetch, failed=_fetch_failed, slow=_long_in_coming, parked=_long_in_coming
    ),
}

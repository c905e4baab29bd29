"""Files on their way: fetched from the network, shown in Slack; fetched from Slack, checked, sent.

Bytes go through the spool, streamed; the kind is what their content says.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from tortoise.transactions import in_transaction

from desk import media
from desk.context import ConnectedAccount, Desk
from desk.conversations import aftermath, refusing, sending, views
from desk.conversations.aftermath import Passed
from desk.conversations.judge import Reason
from desk.conversations.scene import Case
from desk.delivery import outbox, plan
from desk.delivery.effects.posting import keep_post
from desk.delivery.effects.thread import piece, to_ring, voice
from desk.delivery.worker import Awaited, Done, Handling, NotThere, Outcome, Replaced
from desk.slack import lines
from desk.slack.errors import Pointless
from desk.spool import TooLarge
from models import (
    Attachment,
    AttachmentState,
    Contact,
    Conversation,
    Delivery,
    DeliveryKind,
    Message,
    MessageState,
    PostKind,
)
from networks.base import MediaKind
from networks.errors import DeliveryError


async def _files_of(row: Delivery) -> list[Attachment]:
    return await Attachment.filter(workspace_id=row.workspace_id, message_id=row.message_id).order_by(
        "position"
    )


# From the network


async def _fetch(desk: Desk, row: Delivery) -> Outcome:
    """Fetch every file of a message; one that can't be had is said so, the others come."""
    account = desk.accounts.get(row.account_id or 0)
    for file in await _files_of(row):
        if file.state is AttachmentState.WANTED and account:
            await _fetch_one(desk, account, file)
    return Done()


async def _fetch_one(desk: Desk, account: ConnectedAccount, file: Attachment) -> None:
    limit = max((r.max_bytes for r in account.capabilities.receive.values()), default=0)
    if file.claimed_size and file.claimed_size > limit:
        await _not_had(file, "too_large", file.claimed_size, limit)
        return
    try:
        spooled = await desk.spool.take(account.network.download(account.settings, file.ref), limit)
    except TooLarge as error:
        await _not_had(file, "too_large", error.at_least, limit)
        return
    except DeliveryError as error:
        if error.retry:
            raise
        await _not_had(file, error.words, file.claimed_size, limit)
        return
    await _spooled(desk, file, spooled.name, spooled.size)


async def _not_had(file: Attachment, reason: str, size: int | None, limit: int) -> None:
    detail = json.dumps({"reason": reason, "size": size, "limit": limit})
    await Attachment.filter(id=file.id).update(state=AttachmentState.FAILED, reason=detail)


async def _spooled(desk: Desk, file: Attachment, name: str, size: int) -> media.Sniffed:
    """Note where the bytes are and what they are."""
    found = await media.sniff(desk.spool.path(name), file.name)
    await Attachment.filter(id=file.id).update(
        state=AttachmentState.SPOOLED,
        path=name,
        size=size,
        mime_type=found.mime,
        kind=found.kind.value,
        name=media.safe_name(file.name, found.mime),
    )
    return found


async def _fetch_failed(desk: Desk, row: Delivery, words: str) -> None:
    for file in await _files_of(row):
        if file.state is AttachmentState.WANTED:
            await _not_had(file, words, file.claimed_size, 0)


# Into Slack


async def _show(desk: Desk, row: Delivery) -> Outcome:
    """Upload what is here as one message, under the customer's name; say what is not."""
    found = await views.of(desk, row.conversation_id)
    message = await Message.get_or_none(id=row.message_id)
    if found is None or message is None:
        return Done()
    files = await _files_of(row)
    here = [f for f in files if f.state is AttachmentState.SPOOLED and f.size]
    if not here:
        return _shown(desk, row, found, message, files, None)
    uploaded = await _upload(desk, row, here)
    caption = await _caption(desk, row, found, message)
    voice_ = await voice(desk, found)
    await outbox.note(row, uploaded=uploaded)
    ts = await desk.gateway.complete_upload(
        [(file_id, name) for file_id, name in uploaded],
        found.conversation.channel,
        thread_ts=found.conversation.card_ts,
        blocks=caption,
        **voice_,
    )
    if ts is None:
        return _soon(desk, completed_at=desk.clock.now().isoformat())
    return _shown(desk, row, found, message, files, ts)


def _soon(desk: Desk, **learned: Any) -> Awaited:
    """Slack shows the files in a moment. What comes after them in the thread waits for that;
    our own `file_share` event ends it at once."""
    return Awaited(due_at=desk.clock.now() + desk.settings.durations.retry_base, learned=learned)


async def _upload(desk: Desk, row: Delivery, files: list[Attachment]) -> list[tuple[str, str]]:
    """Send the bytes; nobody sees them yet."""
    uploaded: list[tuple[str, str]] = []
    for file in files:
        name = file.name or "file"
        url, file_id = await desk.gateway.upload_slot(name, file.size or 0)
        await desk.gateway.put_file(url, desk.spool.open(file.path), file.size or 0)
        uploaded.append((file_id, _title(file, name)))
    return uploaded


def _title(file: Attachment, name: str) -> str:
    """What stands above the file: for a voice message how long it is."""
    if file.kind == MediaKind.AUDIO and file.duration:
        minutes, seconds = divmod(round(file.duration), 60)
        return f"Voice message, {minutes}:{seconds:02d}"
    return name


async def _caption(desk: Desk, row: Delivery, found: Case, message: Message) -> tuple[Mapping[str, Any], ...]:
    """The message's words, literal; and the mention of an assignee who hasn't written here yet."""
    shown = await piece(desk, found, message, 0) if row.payload.get("with_text") else lines.Piece()
    ring = to_ring(found)
    if not (shown.text.strip() or shown.quote or ring):
        return ()
    return lines.caption(shown, ring).blocks


def _shown(
    desk: Desk, row: Delivery, found: Case, message: Message, files: list[Attachment], ts: str | None
) -> Done:
    async def settled() -> None:
        now = desk.clock.now()
        for file in files:
            if not (file.state is AttachmentState.SPOOLED and file.size):
                await plan.line(found.conversation, _missing(found, file), now, rank=plan.Rank.WORDS)
        if row.payload.get("with_text") and not any(f.size for f in files) and message.text:
            await plan.thread(
                found.conversation, DeliveryKind.WORDS, now, message=message, payload={"chunk": 0}
            )
        if ts:
            post = await keep_post(row, PostKind.FILES, found.conversation.channel, ts)
            await Message.filter(id=message.id, post_id__isnull=True).update(post_id=post.id)
        await refusing.discard(desk, message.id)

    return Done(follow=settled, learned={"ts": ts})


def _missing(found: Case, file: Attachment) -> Any:
    """Why a file isn't there, and what to ask the customer for."""
    name = found.contact.name
    detail = json.loads(file.reason) if file.reason.startswith("{") else {"reason": file.reason}
    if detail.get("reason") == "too_large":
        network = views.network_title(found)
        size = detail.get("size")
        limit = int(detail.get("limit") or 0)
        return lines.too_large_inside(name, file.name, int(size) if size else None, network, limit)
    reason = str(detail.get("reason") or "") or ("it is empty" if file.size == 0 else "it didn't arrive")
    return lines.not_fetched(name, file.name, reason)


async def _look_for_files(desk: Desk, row: Delivery) -> Outcome:
    """A completed upload shows where it was shared; one that never was, is done again."""
    found = await views.of(desk, row.conversation_id)
    message = await Message.get_or_none(id=row.message_id)
    uploaded = row.result.get("uploaded") or []
    if found is None or message is None:
        return Done()
    if not uploaded:
        return NotThere()
    completed_at = row.result.get("completed_at")
    place = (found.conversation.channel, found.conversation.card_ts)
    try:
        ts = await desk.gateway.file_shares(uploaded[0][0], *place)
        still = ts is None and completed_at is not None and _still(desk, completed_at)
    except Pointless:
        ts, still = None, False
    if still:
        return _soon(desk)
    if ts is None and completed_at is None:
        return NotThere()
    return _shown(desk, row, found, message, await _files_of(row), ts)


def _still(desk: Desk, completed_at: str) -> bool:
    """Whether a completed upload may yet appear."""
    waited = desk.clock.now() - datetime.fromisoformat(completed_at)
    return waited < desk.settings.durations.shown_within


async def _show_failed(desk: Desk, row: Delivery, words: str) -> None:
    """Slack takes the files under no circumstances: the thread says so, and the words still come."""
    conversation = await Conversation.get(id=row.conversation_id)
    contact = await Contact.get(id=conversation.contact_id)
    now = desk.clock.now()
    for file in await _files_of(row):
        await plan.line(
            conversation, lines.not_fetched(contact.name, file.name, words), now, rank=plan.Rank.WORDS
        )
    message = await Message.get(id=row.message_id)
    if row.payload.get("with_text"):
        await plan.thread(conversation, DeliveryKind.WORDS, now, message=message, payload={"chunk": 0})
    await refusing.discard(desk, message.id)


async def shared(desk: Desk, event: Mapping[str, Any]) -> list[Passed]:
    """Our own files appeared in a thread: where, Slack tells by this event alone.

    An upload of unknown fate is looked at again now; one that is settled learns its `ts`.
    """
    ids = {str(f.get("id")) for f in event.get("files") or ()}
    async with in_transaction():
        conversation = await Conversation.get_or_none(
            workspace_id=desk.workspace.id, channel=str(event["channel"]), card_ts=str(event["thread_ts"])
        )
        rows = (
            await Delivery.filter(
                conversation_id=conversation.id if conversation else 0, kind=DeliveryKind.FILES
            )
            .order_by("-id")
            .limit(20)
        )
        for row in rows:
            if not ids & {str(each[0]) for each in row.result.get("uploaded") or ()}:
                continue
            await outbox.look_now(row, desk.clock.now())
            post = await keep_post(row, PostKind.FILES, str(event["channel"]), str(event["ts"]))
            await Message.filter(id=row.message_id, post_id__isnull=True).update(post_id=post.id)
    return []


# From Slack, before anything leaves


async def _prepare(desk: Desk, row: Delivery) -> Outcome:
    """Fetch an answer's files from Slack and compare them with what the network takes.

    Text and files go together or not at all: one file that doesn't fit refuses the message.
    """
    found = await views.of(desk, row.conversation_id)
    message = await Message.get_or_none(id=row.message_id)
    if found is None or message is None or found.account is None:
        return Done()
    aftermath.offer(desk, [sending.typing(found)])
    for file in await _files_of(row):
        verdict = await _check(desk, found.account, file)
        if verdict is not None:
            return Replaced(follow=partial(refusing.refuse, desk, found, message, *verdict))
    files = await _files_of(row)
    account = found.account

    async def leave() -> None:
        now = desk.clock.now()
        fresh = await Message.get(id=message.id)
        if fresh.state is not MessageState.QUEUED:
            return
        for effect in sending.part_effects(
            account, found.conversation, fresh, files, order_key=row.order_key, now=now
        ):
            await outbox.enqueue(effect, now)

    return Replaced(follow=leave)


async def _check(
    desk: Desk, account: ConnectedAccount, file: Attachment
) -> tuple[Reason, dict[str, Any]] | None:
    """Spool one file and judge its content; None: it may go."""
    rules = account.capabilities.send
    largest = max((r.max_bytes for r in rules.values()), default=0)
    if file.state is AttachmentState.WANTED:
        try:
            spooled = await desk.spool.take(_download(desk, file), largest)
        except TooLarge as error:
            return Reason.TOO_LARGE, _detail(file, error.at_least, largest, "document")
        except Pointless:
            return Reason.NO_BYTES, _detail(file, 0, 0, None)
        await _spooled(desk, file, spooled.name, spooled.size)
        file = await Attachment.get(id=file.id)
    verdict = media.decide(rules, file.mime_type, MediaKind(file.kind), file.size)
    if verdict.outcome is media.Outcome.FITS:
        return None
    detail = _detail(file, file.size or 0, verdict.limit or 0, verdict.kind.value) | {
        "formats": verdict.formats
    }
    too_large = verdict.outcome is media.Outcome.TOO_LARGE
    return (Reason.TOO_LARGE if too_large else Reason.WRONG_KIND), detail


def _detail(file: Attachment, size: int, limit: int, kind: str | None) -> dict[str, Any]:
    return {"file": file.name or "file", "size": size, "limit": limit, "kind": kind}


async def _download(desk: Desk, file: Attachment) -> AsyncIterator[bytes]:
    """Slack's bytes; the address comes with the event, or from Slack for shared channels."""
    ref = json.loads(file.ref)
    url = ref.get("url") or ""
    if not url:
        details = await desk.gateway.file_details(ref["id"])
        url = str(details.get("url_private_download") or details.get("url_private") or "")
    async for chunk in desk.gateway.download(url, mimetype=file.claimed_type):
        yield chunk


async def _prepare_failed(desk: Desk, row: Delivery, words: str) -> None:
    await refusing.fail(desk, row, words)


KINDS: dict[DeliveryKind, Handling] = {
    DeliveryKind.FETCH: Handling(carry_out=_fetch, failed=_fetch_failed),
    DeliveryKind.FILES: Handling(carry_out=_show, look=_look_for_files, failed=_show_failed),
    DeliveryKind.PREPARE: Handling(carry_out=_prepare, failed=_prepare_failed),
}

"""A customer's files in the thread: shown, or said why not. Either way they are DONE then."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from tortoise.transactions import in_transaction

from desk.context import Desk
from desk.conversations import ringing, spooled, views
from desk.conversations.aftermath import Passed
from desk.conversations.scene import Case, by_thread, threads
from desk.delivery import keys, outbox, outward, plan
from desk.delivery.effects import thread
from desk.delivery.effects.fetching import show_late, under_way
from desk.delivery.effects.posting import cardless, keep_post
from desk.delivery.effects.thread import piece, voice
from desk.delivery.handling import Awaited, Blocked, Done, Handling, NotThere, Outcome
from desk.filenames import extension_of
from desk.filetypes import disguise
from desk.slack import lines, voices
from desk.slack.drawing import Drawing
from desk.slack.errors import Pointless, ThreadGone, WorkspaceFault
from models import (
    Attachment,
    AttachmentState,
    Contact,
    Conversation,
    Delivery,
    DeliveryKind,
    Message,
    Post,
    PostKind,
)
from networks.base import Discards

_WORDS = thread.KINDS[DeliveryKind.WORDS]


async def _show(desk: Desk, row: Delivery) -> Outcome:
    """Upload what is here as one message, under the customer's name; say what is not."""
    found = await views.of(desk, row.conversation_id)
    messages = await _messages(row)
    if found is None or not messages:
        return Done()
    if not found.conversation.card_ts:
        return cardless(desk, row, None)
    ids = [message.id for message in messages]
    if await under_way(ids):
        return Blocked(first=lambda: under_way(ids))
    files = await _files(messages)
    here = [f for f in files if f.state is AttachmentState.SPOOLED and f.size]
    if not here:
        return await _without_files(desk, row, found, messages, files)
    try:
        uploaded = await _upload(desk, row, here)
    except WorkspaceFault as fault:
        if row.lane is None or not fault.needed:
            raise
        return await _without_files(desk, row, found, messages, files, fault.words)
    caption = await _caption(desk, row, found, messages)
    voice_ = await voice(desk, found, messages[0])
    await outbox.note(row, uploaded=uploaded, shown=[f.id for f in here], alone=False)
    try:
        ts = await desk.gateway.complete_upload(
            [(file_id, name) for file_id, name in uploaded],
            found.conversation.channel,
            thread_ts=found.conversation.card_ts,
            blocks=caption,
            **voice_,
        )
    except ThreadGone:
        return cardless(desk, row, found.conversation.card_ts)
    if ts is None:
        return _soon(desk, completed_at=desk.clock.now().isoformat())
    return _shown(desk, row, found, files, {f.id for f in here}, ts=ts)


async def _messages(row: Delivery) -> list[Message]:
    """The messages whose files the row shows, as they are now: more may have joined until it was claimed."""
    fresh = await Delivery.get(id=row.id)
    row.payload = fresh.payload
    return await Message.filter(id__in=row.payload["messages"]).order_by("id")


async def _files(messages: Sequence[Message]) -> list[Attachment]:
    ids = [message.id for message in messages]
    found = await Attachment.filter(message_id__in=ids).order_by("position", "id")
    return sorted(found, key=lambda file: ids.index(file.message_id))


def _worded(row: Delivery, messages: Sequence[Message]) -> list[Message]:
    """Those whose words stand with the files."""
    told = [message for message in messages if message.id in row.payload["texts"]]
    return [message for message in told if message.text.strip() or message.placeholder]


async def _without_files(
    desk: Desk,
    row: Delivery,
    found: Case,
    messages: Sequence[Message],
    files: list[Attachment],
    why: str = "",
) -> Outcome:
    """No file can be shown (yet): the words take the place that both would have had."""
    for file in files:
        file.reason = json.dumps({"reason": why}) if why and _waits(file) else file.reason
    said = Done()
    worded = _worded(row, messages)
    if worded:
        await outbox.note(row, alone=True)
        posted = await _WORDS.carry_out(desk, row)
        if isinstance(posted, Blocked):
            return posted
        said = posted if isinstance(posted, Done) else said
    return _shown(desk, row, found, files, set(), said=said)


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
        uploaded.append((file_id, name))
    return uploaded


async def _caption(
    desk: Desk, row: Delivery, found: Case, messages: Sequence[Message]
) -> tuple[Mapping[str, Any], ...]:
    """The messages' words, literal; and the mention of an assignee who hasn't written here yet.

    What they answer stands above them once: an album answers as a whole.
    """
    told = [m for m in messages if m.id in row.payload["texts"]]
    shown = [await piece(desk, found, message, 0) for message in told]
    shown = [each if n == 0 else replace(each, quote=None) for n, each in enumerate(shown)]
    ring = ringing.assignee(found.conversation)
    if not (ring or any(each.text.strip() or each.placeholder or each.quote for each in shown)):
        return ()
    return voices.caption(shown, ring).blocks


def _shown(
    desk: Desk,
    row: Delivery,
    found: Case,
    files: list[Attachment],
    here: set[int],
    *,
    ts: str | None = None,
    said: Done | None = None,
) -> Done:
    """What follows: the post is remembered, and every file that isn't in it is accounted for.

    `here` are the files that were uploaded, `said` the words that were posted without any.
    """
    posted = bool(ts or (said and said.follow))

    async def settled() -> None:
        if said and said.follow:
            await said.follow()
        if ts:
            post = await keep_post(row, PostKind.FILES, found.conversation.channel, ts)
            await _stand_in(row, post)
        ring = None if posted else ringing.assignee(found.conversation)
        for drawing in _said_of(found, files, here, ring):
            await plan.line(found.conversation, drawing, desk.clock.now(), rank=keys.Rank.WORDS)
        await _account_for(desk, row, files, here)
        await _discard(desk, found, [f for f in files if f.id in here])

    return Done(follow=settled, learned={"ts": ts or (said.learned.get("ts") if said else None)})


async def _stand_in(row: Delivery, post: Post) -> None:
    """The row's messages stand in that post."""
    shown = Message.filter(id__in=row.payload["messages"], post_id__isnull=True)
    await shown.update(post_id=post.id)


def _said_of(found: Case, files: list[Attachment], here: set[int], ring: str | None) -> list[Drawing]:
    """A line for every file that isn't there, or isn't what it is called. The last one rings."""
    name = found.contact.name
    absent = [f for f in files if f.id not in here and f.state is not AttachmentState.DONE]
    said = [_missing(found, f, ring if f is absent[-1] else None) for f in absent]
    for file in files:
        what = disguise(file.mime_type, extension_of(file.name)) if file.id in here else None
        if what:
            said.append(lines.disguised(name, file.name, what))
    return said


async def _account_for(desk: Desk, row: Delivery, files: list[Attachment], here: set[int]) -> None:
    """Whatever was shown or said to be lost is done with; what arrived meanwhile is shown next."""
    waiting = {f.id for f in files if f.id not in here and _waits(f)}
    await spooled.let_go(desk, [f for f in files if f.id not in waiting], AttachmentState.DONE)
    came = Attachment.filter(id__in=list(waiting)).exclude(state=AttachmentState.WANTED)
    if waiting and await came.exists():
        late = [f for f in files if f.id in waiting]
        whose = sorted({f.message_id for f in late})
        await show_late(row, whose, desk.clock.now(), aside=any(f.size for f in late))


async def _discard(desk: Desk, found: Case, shown: Sequence[Attachment]) -> None:
    """What is in Slack goes at the provider, where the account wants that."""
    account = found.account
    if (
        shown
        and account
        and isinstance(account.network, Discards)
        and account.network.discards(account.settings)
    ):
        await outward.discard(found.conversation, [file.ref for file in shown], desk.clock.now())


def _waits(file: Attachment) -> bool:
    """Whether the thread may show the file yet: it is to be fetched, or lies here."""
    return file.state is AttachmentState.WANTED or (file.state is AttachmentState.SPOOLED and bool(file.size))


def _missing(found: Case, file: Attachment, ring: str | None) -> Drawing:
    """Why a file isn't there, and what to ask the customer for."""
    name = found.contact.name
    detail = json.loads(file.reason) if file.reason.startswith("{") else {}
    reason = str(detail.get("reason") or "")
    if _waits(file):
        return lines.late_file(name, file.name, reason or "it is being fetched", ring)
    if reason == "too_large":
        size = detail.get("size")
        limit = int(detail.get("limit") or 0)
        network = views.network_title(found)
        return lines.too_large_inside(name, file.name, int(size) if size else None, network, limit, ring)
    if reason == "no_room":
        return lines.no_room_inside(name, file.name, detail.get("size"), int(detail["limit"]), ring)
    lost = "it is empty" if file.state is AttachmentState.SPOOLED else "it didn't arrive"
    return lines.not_fetched(name, file.name, reason or lost, ring)


async def _look_for_files(desk: Desk, row: Delivery) -> Outcome:
    """A completed upload shows where it was shared; one that never was, is done again."""
    found = await views.of(desk, row.conversation_id)
    messages = await _messages(row)
    if found is None or not messages:
        return Done()
    files, uploaded = await _files(messages), row.result.get("uploaded") or []
    if row.result.get("alone") and _WORDS.look:
        said = await _WORDS.look(desk, row)
        return _shown(desk, row, found, files, set(), said=said) if isinstance(said, Done) else said
    if not uploaded:
        return NotThere()
    completed_at = row.result.get("completed_at")
    try:
        ts = await _share(desk, uploaded[0][0], found.conversation)
        still = ts is None and completed_at is not None and _still(desk, completed_at)
    except Pointless:
        ts, still = None, False
    if still:
        return _soon(desk)
    if ts is None and completed_at is None:
        return NotThere()
    return _shown(desk, row, found, files, set(row.result.get("shown") or ()), ts=ts)


async def _share(desk: Desk, file_id: str, conversation: Conversation) -> str | None:
    """Where the file stands: the card may have been deleted since, and its thread be there still."""
    for place in await threads(conversation):
        if ts := await desk.gateway.file_shares(file_id, conversation.channel, place):
            return ts
    return None


def _still(desk: Desk, completed_at: str) -> bool:
    """Whether a completed upload may yet appear."""
    waited = desk.clock.now() - datetime.fromisoformat(completed_at)
    return waited < desk.settings.durations.shown_within


async def _show_failed(desk: Desk, row: Delivery, words: str) -> None:
    """Slack takes the files under no circumstances: the thread says so, and the words still come."""
    conversation = await Conversation.get(id=row.conversation_id)
    contact = await Contact.get(id=conversation.contact_id)
    now = desk.clock.now()
    messages = await _messages(row)
    files = [f for f in await _files(messages) if f.state is not AttachmentState.DONE]
    for file in files:
        drawing = lines.not_fetched(contact.name, file.name, words)
        await plan.line(conversation, drawing, now, rank=keys.Rank.WORDS)
    for message in _worded(row, messages):
        await plan.thread(conversation, DeliveryKind.WORDS, now, message=message, payload={"chunk": 0})
    await spooled.let_go(desk, files, AttachmentState.DONE)


async def shared(desk: Desk, event: Mapping[str, Any]) -> list[Passed]:
    """Our own files appeared in a thread: where, Slack tells by this event alone.

    An upload of unknown fate is looked at again now; one that is settled learns its `ts`.
    """
    ids = {str(f.get("id")) for f in event.get("files") or ()}
    async with in_transaction():
        conversation = await by_thread(desk, str(event["channel"]), str(event["thread_ts"]))
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
            await _stand_in(row, post)
    return []


KINDS: dict[DeliveryKind, Handling] = {
    DeliveryKind.FILES: Handling(carry_out=_show, look=_look_for_files, failed=_show_failed),
}

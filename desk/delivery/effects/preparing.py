"""An agent's files: fetched from Slack and compared with what the network takes, before anything leaves.

Text and files of one message go together or not at all.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from desk import media, originals, pictures
from desk.context import ConnectedAccount, Desk
from desk.conversations import aftermath, converting, lost_files, refusing, sending, spooled, views
from desk.conversations.converting import CANNOT, CONVERT
from desk.conversations.judge import LINKABLE, Reason
from desk.conversations.scene import Case
from desk.delivery import outbox
from desk.delivery.effects import fitting, presenting
from desk.delivery.effects.fetching import beside, files_of, keep_spooled
from desk.delivery.handling import Done, Handling, Outcome
from desk.slack.errors import Pointless
from desk.spool import TooLarge
from models import Attachment, AttachmentState, Delivery, DeliveryKind, Message, MessageState
from networks.capabilities import MediaKind, MediaRule

Refused = tuple[Reason, dict[str, Any]]


async def _prepare(desk: Desk, row: Delivery) -> Outcome:
    """Fetch an answer's files and judge them; one that doesn't fit, nor is made to, refuses the message."""
    found = await views.of(desk, row.conversation_id)
    message = await Message.get_or_none(id=row.message_id)
    if found is None or message is None or found.account is None or await _caught(row, message):
        return Done()
    aftermath.offer(desk, [sending.typing(found)])
    judged = await _judge(desk, row, found.account, message)
    if isinstance(judged, tuple):
        return Done(follow=partial(refusing.refuse, desk, found, message, *judged))
    return Done(follow=partial(_leave, desk, row, found, found.account, judged))


async def _judge(
    desk: Desk, row: Delivery, account: ConnectedAccount, message: Message
) -> list[fitting.Made] | Refused:
    """What takes the place of those of its files that were converted; or why the message can't go.

    All files are looked at, as long as converting could help: so is known which it would change.
    """
    wish = bool(message.detail.get(CONVERT))
    wanted: list[tuple[Attachment, pictures.Way, Refused]] = []
    for file in await files_of(row):
        refused = await check(desk, account, file, beside(await files_of(row), file), convert=wish)
        if refused is None:
            continue
        fresh = await Attachment.get(id=file.id)
        way = _way(account, fresh, refused[0], needed=wish)
        if way is None:
            return refused
        wanted.append((fresh, way, refused))
    if not wanted or not wish:
        return wanted[0][2] if wanted else []
    made = await fitting.fit_all(desk, [(file, way) for file, way, _ in wanted])
    if isinstance(made, list):
        return made
    lost, why = made
    reason, detail = next(refused for file, _, refused in wanted if file.id == lost.id)
    return reason, {**detail, CANNOT: why.value}


def _way(account: ConnectedAccount, file: Attachment, reason: Reason, *, needed: bool) -> pictures.Way | None:
    """How a file could go that is refused for this. `needed`: now, so that its bytes must be here."""
    if reason not in LINKABLE or (needed and file.state is not AttachmentState.SPOOLED):
        return None
    given = converting.given(file)
    return pictures.way(account.capabilities.send, given.mime, given.size)


async def _leave(
    desk: Desk, row: Delivery, found: Case, account: ConnectedAccount, made: list[fitting.Made]
) -> None:
    """Everything fits: the parts take this row's place, unless the message was caught meanwhile."""
    now = desk.clock.now()
    message = await Message.get(id=row.message_id)
    if message.state is not MessageState.QUEUED:
        await spooled.release(desk, message.id)
    if await _caught(row, message):
        fitting.drop(desk, made)
        return
    lost = next((file for file in await files_of(row) if file.reason == lost_files.DELETED), None)
    if lost is not None:
        fitting.drop(desk, made)
        await refusing.refuse(desk, found, message, Reason.NO_BYTES, {"file": lost.name})
        return
    await fitting.put(desk, message, made)
    files = await files_of(row)
    for effect in sending.part_effects(
        account, found.conversation, message, message.text, files, order_key=row.order_key, now=now
    ):
        await outbox.enqueue(effect, now)


async def _caught(row: Delivery, message: Message) -> bool:
    """Whether the message was withdrawn, or changed so that another row looks at its files."""
    again = Delivery.filter(message_id=message.id, kind=DeliveryKind.PREPARE, unfinished=True, id__gt=row.id)
    return message.state is not MessageState.QUEUED or await again.exists()


async def check(
    desk: Desk, account: ConnectedAccount, file: Attachment, others: int = 0, *, convert: bool = False
) -> Refused | None:
    """Spool one file and judge its content; None: it may go, and as what is noted.

    `others`: how many bytes of its message lie here already. `convert`: a picture that is refused is
    wanted here all the same.
    """
    rules = account.capabilities.send
    if file.state is AttachmentState.WANTED:
        room = desk.settings.spool_max_bytes - others
        refused = await _bring(desk, account, file, room, convert=convert)
        if refused is not None:
            return refused
        file = await Attachment.get(id=file.id)
    if file.voice and await _as_voice_note(desk, account.capabilities.voice, file):
        return None
    verdict = media.decide(rules, file.mime_type, MediaKind(file.kind), file.size, file.name)
    if verdict.ok:
        await Attachment.filter(id=file.id).update(kind=verdict.kind.value)
        return None
    detail = {"file": file.name, "size": file.size or 0, "limit": verdict.limit or 0}
    detail |= {"kind": verdict.kind.value, "formats": verdict.formats}
    too_large = verdict.outcome is media.Outcome.TOO_LARGE
    return (Reason.TOO_LARGE if too_large else Reason.WRONG_KIND), detail


async def _as_voice_note(desk: Desk, rule: MediaRule | None, file: Attachment) -> bool:
    """Have a recording in the form the network takes as a voice note. False: it goes as a file."""
    if rule is None:
        fits = False
    elif media.takes(rule, file.mime_type):
        fits = (file.size or 0) <= rule.max_bytes
    else:
        fits = await presenting.for_network(desk, file, rule)
    if not fits:
        await Attachment.filter(id=file.id).update(voice=False)
    return fits


async def _bring(
    desk: Desk, account: ConnectedAccount, file: Attachment, room: int, *, convert: bool
) -> Refused | None:
    """Bring the bytes here, up to what the network takes at most, or what is converted; or say why that
    can't be.

    What there never is `room` for is not waited for.
    """
    most = media.largest(account.capabilities.send, file.claimed_type)
    if most is None:
        return Reason.WRONG_KIND, {"file": file.name}
    kind, limit = most
    wanted = convert and converting.given(file).mime in pictures.NAMES
    room = min(room, max(limit, pictures.LARGEST) if wanted else limit)
    try:
        file = await originals.located(desk, file)
        taken = await desk.spool.take(originals.download(desk, file, room), room)
    except TooLarge as error:
        if error.size:
            await Attachment.filter(id=file.id).update(claimed_size=error.size)
        detail = {"file": file.name, "size": error.size or 0, "limit": limit, "kind": kind.value}
        ours = {"limit": desk.settings.spool_max_bytes, "ours": True}
        fits_network = error.at_least <= limit
        return Reason.TOO_LARGE, detail | (ours if fits_network else {})
    except Pointless:
        return Reason.NO_BYTES, {"file": file.name}
    await keep_spooled(desk, file, taken.name, taken.size)
    return None if taken.size else (Reason.NO_BYTES, {"file": file.name, "empty": True})


async def _prepare_failed(desk: Desk, row: Delivery, words: str) -> None:
    await refusing.fail(desk, row, words)


KINDS: dict[DeliveryKind, Handling] = {
    DeliveryKind.PREPARE: Handling(
        carry_out=_prepare, failed=_prepare_failed, slow=refusing.slow, parked=refusing.slow
    ),
}

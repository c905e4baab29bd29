"""What the drawings show, read from the tables at the time of drawing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime

from desk import people
from desk.context import Desk
from desk.conversations import converting, linked, queries
from desk.conversations.judge import LINKABLE, Reason
from desk.conversations.scene import Case, case, case_of, slack_key, takes_templates, window_ends
from desk.slack.cardview import CardView, Earlier
from desk.slack.drawing import Teammate
from desk.slack.posts import ReturnView
from desk.slack.profile import EarlierLink, ProfileView
from desk.slack.refusals import Refusal
from models import (
    Attachment,
    Conversation,
    Direction,
    Message,
    MessageState,
    Status,
)
from networks.capabilities import MediaKind
from networks.events import ProfileField


def permalink(desk: Desk, channel: str, ts: str) -> str:
    """The address of a message in Slack; needs no call."""
    return f"{desk.workspace.url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"


def network_title(found: Case) -> str:
    """What people call the network, also when the account is no longer configured."""
    return found.account.network.title if found.account else found.row.network_title


async def _person(desk: Desk, user: str | None) -> Teammate | None:
    return await people.teammate(desk, user) if user else None


async def card(desk: Desk, found: Case) -> CardView:
    """The card of a conversation as it is now."""
    row = found.conversation
    waiting, ends = await queries.unanswered(row), window_ends(found)
    files = await files_of(waiting)
    undelivered, under_way = await queries.troubles(desk, [row.id])
    kept = desk.settings.durations.kept_closed
    return CardView(
        conversation_id=row.id,
        version=row.version,
        status=row.status,
        name=found.contact.name,
        network=network_title(found),
        account=found.row.title,
        words=[words for words in map(queries.words_of, waiting) if words],
        files=sorted(sum(files.values(), Counter()).items()),
        waiting_since=row.waiting_since,
        answer_by=ends,
        too_late=ends is not None and ends <= desk.clock.now(),
        assignee=await _person(desk, row.assignee),
        last_agent=await people.name_of(desk, row.last_assignee) if row.last_assignee else None,
        earlier=await _earlier(desk, row),
        undelivered=undelivered[row.id],
        under_way=under_way[row.id],
        read_at=_read_at(row),
        closed_by=await _person(desk, row.closed_by),
        closed_at=row.closed_at,
        kept_until=row.closed_at + kept if row.closed_at else None,
        not_a_request=row.not_a_request,
        blocked_by=await _person(desk, found.contact.blocked_by),
        reason=found.contact.block_reason if found.contact.blocked_by else row.close_reason,
        snoozed_by=await _person(desk, row.snoozed_by),
        snoozed_until=row.snoozed_until,
        notes_first=found.account.config.notes_first if found.account else False,
        hide_words=found.account.config.hide_words if found.account else False,
        templates=takes_templates(found),
    )


def _read_at(row: Conversation) -> datetime | None:
    """When the customer read our last answer, if they did."""
    if row.read_up_to is None or row.last_reply_at is None or row.waiting_since is not None:
        return None
    return row.read_up_to if row.read_up_to >= row.last_reply_at else None


async def files_of(messages: Sequence[Message]) -> dict[int, Counter[MediaKind]]:
    """How many files of each kind came with each of these messages; recordings are told in words."""
    counted: defaultdict[int, Counter[MediaKind]] = defaultdict(Counter)
    for file in await Attachment.filter(message_id__in=[m.id for m in messages], voice=False).exclude(ref=""):
        counted[file.message_id][_kind(file)] += 1
    return counted


def _kind(file: Attachment) -> MediaKind:
    """The kind by content once known, else what the network says."""
    if file.kind:
        return MediaKind(file.kind)
    family = file.claimed_type.partition("/")[0]
    kinds = {"image": MediaKind.PICTURE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}
    return kinds.get(family, MediaKind.DOCUMENT)


async def _earlier(desk: Desk, row: Conversation) -> Earlier | None:
    before = await Conversation.get_or_none(id=row.previous_id) if row.previous_id else None
    if before is None:
        return None
    return Earlier(
        number=before.id,
        closed_by=await people.name_of(desk, before.closed_by) if before.closed_by else None,
        closed_at=before.closed_at,
    )


async def profile(desk: Desk, found: Case) -> ProfileView | None:
    """The profile of a conversation's customer; None when the account is gone."""
    if found.account is None:
        return None
    row = found.conversation
    before = Conversation.filter(contact_id=row.contact_id, id__lt=row.id)
    links = [await _link(desk, c) for c in await before.order_by("-id").limit(3)]
    return ProfileView(
        conversation_id=row.id,
        name=found.contact.name,
        network=found.account.network.title,
        account=found.row.title,
        colour=str(found.account.config.options.get("colour") or found.account.network.colour),
        capabilities=found.account.capabilities,
        fields=[ProfileField(label=f[0], value=f[1], sensitive=f[2]) for f in found.contact.fields_],
        avatar_url=linked.face(desk, found.contact),
        first_wrote=found.contact.first_seen,
        earlier=links,
        earlier_count=await before.count(),
        notes_first=found.account.config.notes_first,
        blocked_by=await people.name_of(desk, found.contact.blocked_by) if found.contact.blocked_at else None,
        block_reason=found.contact.block_reason,
    )


async def _link(desk: Desk, row: Conversation) -> EarlierLink:
    return EarlierLink(
        number=row.id,
        url=permalink(desk, row.channel, row.card_ts) if row.card_ts else None,
        closed_by=await people.name_of(desk, row.closed_by) if row.closed_by else None,
        archived=row.status is Status.ARCHIVED,
    )


async def returned(desk: Desk, conversation: Conversation) -> ReturnView:
    """A conversation that is announced with a link."""
    found = await case(desk, conversation)
    return ReturnView(
        conversation_id=conversation.id,
        version=conversation.version,
        name=found.contact.name,
        network=network_title(found),
        account=found.row.title,
        url=permalink(desk, conversation.channel, conversation.card_ts or "0"),
        last_agent=await people.name_of(desk, conversation.last_assignee)
        if conversation.last_assignee
        else None,
    )


async def refusal(desk: Desk, found: Case, message: Message) -> Refusal:
    """Why a message stayed inside, and what the sentence about it needs."""
    mentioned = message.detail.get("mentioned") or []
    known = await people.names(desk, mentioned)
    window = found.account.capabilities.reply_window if found.account else None
    detail = {
        **message.detail,
        "mentioned": [known.get(user, "a colleague") for user in mentioned],
        "window": window.total_seconds() if window else 0,
    }
    assignee = found.conversation.assignee
    return Refusal(
        reason=message.reason or Reason.NOTE,
        message_id=message.id,
        conversation_id=found.conversation.id,
        customer=found.contact.name,
        network=network_title(found),
        account=found.row.title,
        assignee=await people.name_of(desk, assignee) if assignee else None,
        author=message.author,
        has_text=bool(message.text.strip()),
        linkable=message.reason in LINKABLE and linked.possible(desk),
        offer=await converting.offer(found, message),
        templates=takes_templates(found),
        archived_at=found.conversation.archived_at,
        gone_how=found.contact.gone_how,
        detail=detail,
    )


async def refusal_of(desk: Desk, message_id: int) -> Refusal | None:
    """The same by the message's id; None for one that is not here."""
    message = await Message.get_or_none(workspace_id=desk.workspace.id, id=message_id)
    found = await of(desk, message.conversation_id) if message else None
    return await refusal(desk, found, message) if found and message else None


async def kept_message(desk: Desk, found: Case, channel: str, ts: str) -> Message | None:
    """The message an agent opened a menu on, if it stayed inside."""
    return _still_inside(found, await Message.get_or_none(slack_key=slack_key(desk, channel, ts)))


async def kept_by_id(desk: Desk, found: Case, message_id: int) -> Message | None:
    """The same message when the menu is drawn anew."""
    return _still_inside(found, await Message.get_or_none(workspace_id=desk.workspace.id, id=message_id))


def _still_inside(found: Case, message: Message | None) -> Message | None:
    inside = (MessageState.KEPT, MessageState.GUARDED, MessageState.REFUSED)
    if message is None or message.direction is not Direction.NOTE or message.state not in inside:
        return None
    if message.reason == Reason.COMMAND:
        return None
    return message if message.conversation_id == found.conversation.id else None


async def of(desk: Desk, conversation_id: int | None) -> Case | None:
    """A conversation with everybody in it, by id."""
    return await case_of(desk, conversation_id) if conversation_id else None

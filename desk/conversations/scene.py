"""Reading what a use case needs: the conversation, its contact, its account, its people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from desk import people
from desk.context import ConnectedAccount, Desk
from desk.conversations.judge import Reason, Scene
from models import Account, AccountState, Contact, Conversation, Direction, Message, Post, PostKind, Status
from models.lookup import Chain, Lookup, Pair
from networks.base import Templates

_WHOSE = Pair(Contact, Account, via="account_id", where="contact.id = ?")
_UNDER = "channel = ? AND card_ts = ? AND workspace_id + 0 = ?"
"""In whose thread. The sum keeps SQLite from an index that begins with the workspace: it leads to all."""
_STANDING, _HELD = Lookup(Conversation, _UNDER), Lookup(Conversation, _UNDER, held=True)
_BY_ID = Lookup(Conversation, "id = ? AND workspace_id = ?")
_CASE = Chain(
    Conversation,
    Contact,
    Account,
    via=("contact_id", "account_id"),
    where="conversation.id = ? AND conversation.workspace_id = ?",
)
_LIVE = Lookup(Conversation, "open_key = ?", held=True)
_NO_TALK = (Reason.BOT, Reason.WRONG_PLACE, Reason.COMMAND)
_LOOK = Pair(
    Contact,
    Account,
    via="account_id",
    where="contact.id = ?",
    beside={
        "known": "EXISTS (SELECT 1 FROM message WHERE slack_key = ?)",
        "early": "EXISTS (SELECT 1 FROM early_change WHERE key = ?)",
        "agent": "EXISTS (SELECT 1 FROM account_agent WHERE key = ? AND workspace_id = ?)",
        "note": "(SELECT CASE WHEN direction = ? THEN id END FROM message WHERE conversation_id = ?"
        " AND deleted_at IS NULL AND reason NOT IN (?, ?, ?) ORDER BY id DESC LIMIT 1)",
    },
)
"""What every message of an agent asks for, in one statement. `note` is what a person said last in the
thread, if that was a note; what an app posted there is no talk, nor is an order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A conversation with everybody in it. `account` is None when it is no longer configured."""

    conversation: Conversation
    contact: Contact
    account: ConnectedAccount | None
    row: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A conversation in whose thread somebody writes, as it is then."""

    found: Case
    known: bool
    """This message was taken before."""
    early: bool
    """It was changed or deleted before it came."""
    by_agent: bool
    """Its author answers the customers of this account."""
    newest_note: int | None
    """The newest words of the thread, if they are a note."""


def slack_key(desk: Desk, channel: str, ts: str) -> str:
    """The key under which a Slack message is known."""
    return f"{desk.workspace.id}:{channel}:{ts}"


async def case(desk: Desk, conversation: Conversation) -> Case:
    """Load what belongs to a conversation."""
    contact, row = await _WHOSE.get(conversation.contact_id)
    return Case(
        conversation=conversation,
        contact=contact,
        account=desk.accounts.get(conversation.account_id),
        row=row,
    )


async def case_of(desk: Desk, conversation_id: int) -> Case | None:
    """The same by the conversation's id."""
    found = await _CASE.one(conversation_id, desk.workspace.id)
    if found is None:
        return None
    conversation, contact, row = found
    account = desk.accounts.get(conversation.account_id)
    return Case(conversation=conversation, contact=contact, account=account, row=row)


async def look(desk: Desk, conversation: Conversation, author: str, key: str) -> Looked:
    """The same, and what there is to know of a message of `author` under this key."""
    contact, row, beside = await _LOOK.with_beside(
        key,
        key,
        people.agent_key(conversation.account_id, author),
        desk.workspace.id,
        Direction.NOTE,
        conversation.id,
        *_NO_TALK,
        conversation.contact_id,
    )
    account = desk.accounts.get(conversation.account_id)
    return Looked(
        found=Case(conversation=conversation, contact=contact, account=account, row=row),
        known=bool(beside["known"]),
        early=bool(beside["early"]),
        by_agent=bool(beside["agent"]),
        newest_note=beside["note"],
    )


async def held(desk: Desk, conversation_id: int) -> Conversation | None:
    """A conversation of this workspace, held: see `Conversation.held`."""
    found = await Conversation.held(conversation_id)
    return found if found and found.workspace_id == desk.workspace.id else None


async def by_thread(desk: Desk, channel: str, thread_ts: str) -> Conversation | None:
    """The conversation whose card stands there, or stood there until somebody deleted it."""
    if found := await _STANDING.one(channel, thread_ts, desk.workspace.id):
        return found
    post = await Post.get_or_none(key=slack_key(desk, channel, thread_ts), kind=PostKind.CARD)
    return await by_id(desk, post.conversation_id) if post and post.conversation_id else None


async def live_of(contact: Contact) -> Conversation | None:
    """The contact's conversation that is not archived, held."""
    return await _LIVE.one(str(contact.id))


async def held_by_thread(desk: Desk, channel: str, thread_ts: str) -> Conversation | None:
    """The same, held: see `Conversation.held`."""
    if found := await _HELD.one(channel, thread_ts, desk.workspace.id):
        return found
    earlier = await by_thread(desk, channel, thread_ts)
    return await held(desk, earlier.id) if earlier else None


async def threads(conversation: Conversation) -> list[str]:
    """The thread of the conversation's card, then those of its earlier cards, newest first."""
    posts = Post.filter(conversation_id=conversation.id, channel=conversation.channel, kind=PostKind.CARD)
    stood = [post.ts for post in await posts.order_by("-id")]
    now = [conversation.card_ts] if conversation.card_ts else []
    return [*now, *(ts for ts in stood if ts != conversation.card_ts)]


async def by_id(desk: Desk, conversation_id: int) -> Conversation | None:
    """A conversation of this workspace."""
    return await _BY_ID.one(conversation_id, desk.workspace.id)


def window_ends(found: Case) -> datetime | None:
    """When the time to answer freely is over, where the network has such a time."""
    if found.account is None or found.account.capabilities.reply_window is None:
        return None
    return found.conversation.last_inbound_at + found.account.capabilities.reply_window


def takes_templates(found: Case) -> bool:
    """Whether this customer's network has approved messages, and one may be sent to them now."""
    reachable = found.contact.gone_at is None and found.contact.blocked_at is None
    is_open = found.conversation.status in (Status.UNASSIGNED, Status.INBOX)
    return (
        reachable and is_open and found.account is not None and isinstance(found.account.network, Templates)
    )


async def scene(looked: Looked) -> Scene:
    """Where their message would stand."""
    found = looked.found
    conversation, config = found.conversation, found.account.config if found.account else None
    guards = config is not None and config.discussion_guard
    talk = await Message.get(id=looked.newest_note) if guards and looked.newest_note else None
    return Scene(
        status=conversation.status,
        assignee=conversation.assignee,
        author_is_agent=looked.by_agent,
        discussion_guard=guards,
        notes_first=config is not None and config.notes_first,
        account_absent=found.account is None or found.row.state is AccountState.ABSENT,
        contact_gone=found.contact.gone_at is not None,
        window_ends=window_ends(found),
        last_note_by=talk.author if talk else None,
        last_note_at=talk.sent_at if talk else None,
        last_inbound_at=conversation.last_inbound_at,
    )

"""Reading what a use case needs: the conversation, its contact, its account, its people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from desk import people
from desk.context import ConnectedAccount, Desk
from desk.conversations.judge import Reason, Scene
from models import Account, AccountState, Contact, Conversation, Direction, Message, Post, PostKind, Status
from models.lookup import Lookup, Pair, Statement
from networks.base import Templates

_WHOSE = Pair(Contact, Account, via="account_id", where="contact.id = ?")
_UNDER = Lookup(Conversation, "workspace_id = ? AND channel = ? AND card_ts = ?", held=True)
_BY_ID = Lookup(Conversation, "id = ? AND workspace_id = ?")
_LIVE = Lookup(Conversation, "open_key = ?", held=True)
_NO_TALK = (Reason.BOT, Reason.WRONG_PLACE, Reason.COMMAND)
_NEWEST_WORDS = Statement(
    "SELECT id, direction FROM message WHERE conversation_id = ? AND deleted_at IS NULL"
    " AND reason NOT IN (?, ?, ?) ORDER BY id DESC LIMIT 1"
)
"""What a person said last in the thread; what an app posted there is no talk, nor is an order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A conversation with everybody in it. `account` is None when it is no longer configured."""

    conversation: Conversation
    contact: Contact
    account: ConnectedAccount | None
    row: Account


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


async def held(desk: Desk, conversation_id: int) -> Conversation | None:
    """A conversation of this workspace, held: see `Conversation.held`."""
    found = await Conversation.held(conversation_id)
    return found if found and found.workspace_id == desk.workspace.id else None


async def by_thread(desk: Desk, channel: str, thread_ts: str) -> Conversation | None:
    """The conversation whose card stands there, or stood there until somebody deleted it."""
    found = await Conversation.get_or_none(workspace_id=desk.workspace.id, channel=channel, card_ts=thread_ts)
    if found:
        return found
    post = await Post.get_or_none(key=slack_key(desk, channel, thread_ts), kind=PostKind.CARD)
    return await by_id(desk, post.conversation_id) if post and post.conversation_id else None


async def live_of(contact: Contact) -> Conversation | None:
    """The contact's conversation that is not archived, held."""
    return await _LIVE.one(str(contact.id))


async def held_by_thread(desk: Desk, channel: str, thread_ts: str) -> Conversation | None:
    """The same, held: see `Conversation.held`."""
    if found := await _UNDER.one(desk.workspace.id, channel, thread_ts):
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


async def _newest_note(conversation: Conversation) -> Message | None:
    """The newest words of the thread, if they are a note."""
    for newest in await _NEWEST_WORDS.run(conversation.id, *_NO_TALK):
        if newest["direction"] == Direction.NOTE:
            return await Message.get(id=newest["id"])
    return None


async def scene(desk: Desk, found: Case, author: str) -> Scene:
    """Where a message of `author` would stand."""
    conversation, config = found.conversation, found.account.config if found.account else None
    guards = config is not None and config.discussion_guard
    talk = await _newest_note(conversation) if guards else None
    return Scene(
        status=conversation.status,
        assignee=conversation.assignee,
        author_is_agent=await people.is_agent(desk, conversation.account_id, author),
        discussion_guard=guards,
        notes_first=config is not None and config.notes_first,
        account_absent=found.account is None or found.row.state is AccountState.ABSENT,
        contact_gone=found.contact.gone_at is not None,
        window_ends=window_ends(found),
        last_note_by=talk.author if talk else None,
        last_note_at=talk.sent_at if talk else None,
        last_inbound_at=conversation.last_inbound_at,
    )

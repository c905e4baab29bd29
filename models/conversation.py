"""A conversation and what happened to it."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.lookup import Lookup


class Status(StrEnum):
    """Where a conversation stands. Only `desk.conversations.apply` writes it."""

    UNASSIGNED = "unassigned"
    INBOX = "inbox"
    CLOSED = "closed"
    ARCHIVED = "archived"


class Trigger(StrEnum):
    """What may move a conversation."""

    ASSIGN = "assign"
    RELEASE = "release"
    CUSTOMER_WRITES = "customer_writes"
    AGENT_REPLIES = "agent_replies"
    CLOSE = "close"
    SNOOZE = "snooze"
    WAKE = "wake"
    REOPEN = "reopen"
    ARCHIVE = "archive"


class Conversation(Model):
    """One customer's matter: a card in the intake channel and its thread."""

    id = fields.BigIntField(primary_key=True)
    workspace_id = fields.BigIntField()
    account_id = fields.BigIntField()
    contact_id = fields.BigIntField()
    open_key = fields.CharField(64, unique=True, null=True)
    """The contact's id until archived: a contact has one live conversation at most."""
    status = fields.CharEnumField(Status, max_length=32, default=Status.UNASSIGNED)
    version = fields.IntField(default=1)
    """Rises with each change of state, buttons carry it."""
    assignee = fields.CharField(32, null=True)
    last_assignee = fields.CharField(32, null=True)
    closed_by = fields.CharField(32, null=True)
    closed_at = fields.DatetimeField(null=True)
    archived_at = fields.DatetimeField(null=True)
    changed_by = fields.CharField(32, null=True)
    changed_at = fields.DatetimeField()
    created_at = fields.DatetimeField()
    previous_id = fields.BigIntField(null=True)
    """The archived conversation of the same contact before this one."""
    channel = fields.CharField(32)
    card_ts = fields.CharField(32, null=True)
    """Set once the card stands, it is the thread's `ts`."""
    profile_ts = fields.CharField(32, null=True)
    notice_ts = fields.CharField(32, null=True)
    """The linked post that announced a return to Unassigned, deleted once taken."""
    waiting_since = fields.DatetimeField(null=True)
    """When the customer's first unanswered message came, None: waiting for the customer."""
    last_inbound_at = fields.DatetimeField()
    last_reply_at = fields.DatetimeField(null=True)
    first_reply_at = fields.DatetimeField(null=True)
    assignee_wrote = fields.BooleanField(default=False)
    """The assignee has written in the thread, so Slack notifies them by itself."""
    snoozed_by = fields.CharField(32, null=True)
    """Who put it to sleep; None: it is awake. Cleared, with the time, by whatever wakes it."""
    snoozed_until = fields.DatetimeField(null=True)
    """When it wakes; None while it is asleep: only when the customer writes."""
    not_a_request = fields.BooleanField(default=False)
    """Closed as spam or the like: left out of all figures, and no automatic reply."""
    close_reason = fields.TextField(default="")
    """Why, in the words of who closed it as no request, or blocked the customer."""
    read_up_to = fields.DatetimeField(null=True)
    """How far the customer has read, where the network tells."""
    remind_at = fields.DatetimeField(null=True)
    """When to look whether somebody has to be reminded; None: not before something happens."""
    remind_from = fields.DatetimeField(null=True)
    """Patience is counted from here where that is later than `waiting_since`."""
    reminded = fields.IntField(default=0)
    """Who was reminded since the customer waits: the `Step`s of desk.reminders, added up."""

    class Meta:
        table = "conversation"
        indexes = [
            Index(
                fields=("workspace_id", "account_id", "status", "snoozed_by", "waiting_since", "id"),
                name="idx_conversation_turn",
            ),
            Index(
                fields=("workspace_id", "assignee", "snoozed_by", "waiting_since", "id"),
                name="idx_conversation_inbox",
            ),
            Index(
                fields=("workspace_id", "closed_by", "status", "closed_at", "id"),
                name="idx_conversation_closed",
            ),
            Index(
                fields=("workspace_id", "account_id", "archived_at", "id"), name="idx_conversation_archived"
            ),
            Index(fields=("workspace_id", "status", "closed_at"), name="idx_conversation_due"),
            Index(fields=("channel", "card_ts"), name="idx_conversation_thread"),
            Index(fields=("contact_id",), name="idx_conversation_contact"),
            Index(fields=("workspace_id", "snoozed_until"), name="idx_conversation_snoozed"),
            Index(fields=("workspace_id", "remind_at"), name="idx_conversation_remind"),
        ]

    @classmethod
    async def held(cls, conversation_id: int) -> Conversation | None:
        """The row as it is now, kept from other transactions until ours ends.

        What concerns one conversation is done one after the other: nothing is decided on a state
        that somebody is changing, and the rows of a lane get their numbers in the order in which
        they are committed. Whoever writes a conversation and its deliveries takes it first.
        """
        return await _HELD.one(conversation_id)


_HELD = Lookup(Conversation, "id = ?", held=True)


class ConversationEvent(Model):
    """One change of a conversation's state, for ever."""

    id = fields.BigIntField(primary_key=True)
    workspace_id = fields.BigIntField()
    conversation_id = fields.BigIntField(db_index=True)
    trigger = fields.CharEnumField(Trigger, max_length=32)
    actor = fields.CharField(32, null=True)
    before = fields.CharEnumField(Status, max_length=32)
    after = fields.CharEnumField(Status, max_length=32)
    assignee = fields.CharField(32, null=True)
    comment = fields.TextField(default="")
    at = fields.DatetimeField()

    class Meta:
        table = "conversation_event"

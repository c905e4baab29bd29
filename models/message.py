"""What was said, by whom, and what became of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.lookup import Insert


class Direction(StrEnum):
    """Inbound is from the customer, outbound to the customer, a note stays inside."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    NOTE = "note"


class MessageState(StrEnum):
    """The fate of a message.

    Inbound: `taken`, or `withheld` while the contact is blocked, or `automatic`: a program wrote it, and
    nobody waits for an answer. Notes: `kept`, or `guarded`
    (kept, and sendable), or `refused` (meant for the customer, but can't go as it is).
    Outbound: `queued` until every part has its receipt (`sent`), or one `failed` or is
    `uncertain`; `withdrawn` within the hold.
    """

    TAKEN = "taken"
    WITHHELD = "withheld"
    AUTOMATIC = "automatic"
    KEPT = "kept"
    GUARDED = "guarded"
    REFUSED = "refused"
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    WITHDRAWN = "withdrawn"


class AttachmentState(StrEnum):
    """Whether the bytes are here."""

    WANTED = "wanted"
    SPOOLED = "spooled"
    DONE = "done"
    FAILED = "failed"


HANDLE = "handle"
"""Under this a message's `detail` keeps what the network wants back with what is done to it."""


class Message(Model):
    """One message of the conversation."""

    id = fields.BigIntField(primary_key=True)
    workspace_id = fields.BigIntField()
    conversation_id = fields.BigIntField()
    direction = fields.CharEnumField(Direction, max_length=32)
    state = fields.CharEnumField(MessageState, max_length=32)
    external_key = fields.CharField(600, unique=True, null=True)
    """`account_id:external_id` of an inbound message."""
    slack_key = fields.CharField(120, unique=True, null=True)
    """`workspace_id:channel:ts` of a message an agent wrote."""
    slack_ts = fields.CharField(32, null=True)
    author = fields.CharField(255)
    """Slack user id of an agent, the contact's external id."""
    text = fields.TextField(default="")
    styles: Any = fields.JSONField(default=dict)
    """What stands out in the text of an agent, and of which text that is said."""
    placeholder = fields.TextField(default="")
    reason = fields.CharField(64, default="")
    """Why it was guarded or refused: a key of `desk.slack.wording`."""
    detail: Any = fields.JSONField(default=dict)
    """What the reason's sentence needs: sizes, names, mentioned people."""
    post_id = fields.BigIntField(null=True, db_index=True)
    group = fields.CharField(255, null=True)
    reply_to_id = fields.BigIntField(null=True)
    sent_at = fields.DatetimeField()
    created_at = fields.DatetimeField()
    hold_until = fields.DatetimeField(null=True)
    edited_at = fields.DatetimeField(null=True)
    """When its author last changed it; for an agent's message by Slack's clock."""
    deleted_at = fields.DatetimeField(null=True)
    revision = fields.IntField(default=0)
    marked = fields.CharField(32, default="")
    """The mark on the agent's own message: an emoji name, or empty."""

    class Meta:
        table = "message"
        indexes = [Index(fields=("conversation_id", "id"), name="idx_message_conversation")]

    @classmethod
    async def new(cls, **values: Any) -> Message:
        """Write a row; what is not named has its default."""
        return await _NEW.one(**values)


_NEW = Insert(Message)


class Attachment(Model):
    """A file of a message."""

    id = fields.BigIntField(primary_key=True)
    workspace_id = fields.BigIntField()
    message_id = fields.BigIntField(db_index=True)
    position = fields.IntField(default=0)
    name = fields.CharField(255)
    claimed_type = fields.CharField(255, default="")
    claimed_size = fields.BigIntField(null=True)
    ref = fields.TextField()
    """Where to fetch it: the network's reference, or Slack's file id."""
    mime_type = fields.CharField(255, default="")
    """By content, once fetched."""
    kind = fields.CharField(32, default="")
    size = fields.BigIntField(null=True)
    path = fields.CharField(255, default="")
    """File name in the spool folder."""
    duration = fields.FloatField(null=True)
    voice = fields.BooleanField(default=False)
    """A recording of a voice; an agent's goes as a voice note where the network has those."""
    link_until = fields.DatetimeField(null=True)
    """Set where the customer gets a link in place of the file: how long it works."""
    state = fields.CharEnumField(AttachmentState, max_length=32, default=AttachmentState.WANTED)
    reason = fields.TextField(default="")

    class Meta:
        table = "attachment"

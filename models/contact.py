"""A customer on one network."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Contact(Model):
    """One person as one account knows them."""

    id = fields.BigIntField(primary_key=True)
    workspace_id = fields.BigIntField()
    account_id = fields.BigIntField()
    key = fields.CharField(300, unique=True)
    """`account_id:external_id`."""
    external_id = fields.CharField(255)
    known_as = fields.CharField(300, null=True, unique=True)
    """`account_id:id` of another id of theirs, such as a phone number beside a lasting one."""
    name = fields.CharField(255)
    avatar_url = fields.CharField(1024, null=True)
    avatar_ref = fields.CharField(1024, null=True)
    """What their network hands the picture out for, where that has no public address."""
    locale = fields.CharField(64, null=True)
    fields_: Any = fields.JSONField(default=list, source_field="fields")
    """`[label, value, sensitive]` lines of the profile."""
    reply_handle = fields.TextField(null=True)
    gone_at = fields.DatetimeField(null=True)
    gone_how = fields.CharField(255, default="")
    """What they did then, as it follows their name."""
    blocked_at = fields.DatetimeField(null=True)
    """Since when what they write is kept, but not shown; the network is not told."""
    blocked_by = fields.CharField(32, null=True)
    block_reason = fields.TextField(default="")
    first_seen = fields.DatetimeField()
    profile_at = fields.DatetimeField(null=True)
    """When it last changed."""
    asked_at = fields.DatetimeField(null=True)
    """When the network was last asked for it."""

    class Meta:
        table = "contact"
        indexes = [
            Index(fields=("workspace_id", "account_id", "blocked_at", "id"), name="idx_contact_blocked")
        ]


class ContactWord(Model):
    """One word of a contact's name as it is searched for: folded, without accents."""

    id = fields.BigIntField(primary_key=True)
    workspace_id = fields.BigIntField()
    account_id = fields.BigIntField()
    contact_id = fields.BigIntField()
    word = fields.BinaryField()
    """UTF-8 bytes: every database compares those alike, whatever its language."""

    class Meta:
        table = "contact_word"
        indexes = [
            Index(fields=("account_id", "word", "contact_id"), name="idx_contact_word"),
            Index(fields=("contact_id", "word"), name="idx_contact_word_contact"),
        ]

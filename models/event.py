"""What came in: the keys that make repeats harmless, and what could not be read."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model


class SeenEvent(Model):
    """One event that was taken, a repeat meets its unique key."""

    id = fields.BigIntField(primary_key=True)
    workspace_id = fields.BigIntField()
    key = fields.CharField(600, unique=True)
    """`slack:<event_id>` or `account_id:<event_id>`."""
    at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "seen_event"


class EarlyChange(Model):
    """An edit or deletion that came before its message, applied when that arrives."""

    id = fields.BigIntField(primary_key=True)
    workspace_id = fields.BigIntField()
    key = fields.CharField(600, db_index=True)
    """The message's `external_key` or `slack_key`."""
    body: Any = fields.JSONField()
    at = fields.DatetimeField()
    due_at = fields.DatetimeField(null=True, db_index=True)
    """When it is shown all the same, where it is words."""

    class Meta:
        table = "early_change"


class RawPayload(Model):
    """Signed, but unreadable: kept as it came and shown as a placeholder."""

    id = fields.BigIntField(primary_key=True)
    workspace_id = fields.BigIntField()
    account_id = fields.BigIntField(null=True)
    key = fields.CharField(128, unique=True)
    """A digest of the body, so that a repeat is stored once."""
    source = fields.CharField(64)
    body = fields.BinaryField()
    reason = fields.TextField()
    at = fields.DatetimeField()

    class Meta:
        table = "raw_payload"

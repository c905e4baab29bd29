"""The website chat's own tables: there we are the provider."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model


class Visitor(Model):
    """One browser on one site."""

    id = fields.BigIntField(primary_key=True)
    workspace_id = fields.BigIntField()
    account_id = fields.BigIntField()
    key = fields.CharField(160, unique=True)
    """`account_id:visitor`."""
    visitor = fields.CharField(64)
    """Our random id for the browser, or the site's own id of a verified person."""
    last_seq = fields.BigIntField(default=0)
    profile: Any = fields.JSONField(default=dict)
    created_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()

    class Meta:
        table = "visitor"


class VisitorEvent(Model):
    """One thing the visitor's browser is told, replayed after `last_seq`."""

    id = fields.BigIntField(primary_key=True)
    workspace_id = fields.BigIntField()
    visitor_id = fields.BigIntField()
    seq = fields.BigIntField()
    key = fields.CharField(160, unique=True)
    """`visitor_id:<idempotency key>`."""
    place = fields.CharField(64, unique=True)
    """`visitor_id:seq`."""
    body: Any = fields.JSONField()
    at = fields.DatetimeField()

    class Meta:
        table = "visitor_event"


class VisitorFile(Model):
    """A file on its way from or to a visitor, kept as long as the history."""

    id = fields.BigIntField(primary_key=True)
    workspace_id = fields.BigIntField()
    visitor_id = fields.BigIntField(db_index=True)
    upload_id = fields.CharField(64, unique=True)
    name = fields.CharField(255)
    mime_type = fields.CharField(255)
    kind = fields.CharField(32)
    size = fields.BigIntField()
    path = fields.CharField(255)
    sent = fields.BooleanField(default=False)
    """It went with a message, so it stays as long as the history."""
    at = fields.DatetimeField()

    class Meta:
        table = "visitor_file"

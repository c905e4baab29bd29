"""Who owns what only one process may do at a time."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Lease(Model):
    """A named right with an end."""

    id = fields.BigIntField(primary_key=True)
    workspace_id = fields.BigIntField(default=0)
    name = fields.CharField(120, unique=True)
    owner = fields.CharField(64)
    until = fields.DatetimeField()

    class Meta:
        table = "lease"

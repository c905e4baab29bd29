"""The Slack workspace this database belongs to."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model


class WorkspaceState(StrEnum):
    """Whether Slack lets us work."""

    READY = "ready"
    BROKEN = "broken"


class Workspace(Model):
    """One Slack workspace, as `auth.test` named it."""

    id = fields.BigIntField(primary_key=True)
    team_id = fields.CharField(32, unique=True)
    name = fields.CharField(255)
    url = fields.CharField(255)
    """`https://acme.slack.com/`, the base of permalinks."""
    bot_user_id = fields.CharField(32)
    bot_id = fields.CharField(32)
    state = fields.CharEnumField(WorkspaceState, max_length=32, default=WorkspaceState.READY)
    reason = fields.TextField(default="")
    link_secret = fields.CharField(64)
    """Signs links to files; made at the first start, and never shown."""
    caught_up_to = fields.DatetimeField(null=True)
    """Everything written in Slack before this moment was taken, reading back starts here."""

    class Meta:
        table = "workspace"

"""People of the Slack workspace, and which of them serve which account."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Person(Model):
    """A member of the workspace as Slack last described them."""

    id = fields.BigIntField(primary_key=True)
    workspace_id = fields.BigIntField()
    key = fields.CharField(80, unique=True)
    """`workspace_id:user_id`."""
    user_id = fields.CharField(32)
    name = fields.CharField(255)
    """Display name, else real name."""
    search_name = fields.CharField(255, default="")
    avatar_url = fields.CharField(1024, null=True)
    time_zone = fields.CharField(64, default="")
    """An IANA name, as Slack tells it; empty: not known."""
    is_bot = fields.BooleanField(default=False)
    is_guest = fields.BooleanField(default=False)
    is_stranger = fields.BooleanField(default=False)
    is_admin = fields.BooleanField(default=False)
    deleted = fields.BooleanField(default=False)
    refreshed_at = fields.DatetimeField()

    class Meta:
        table = "person"


class AccountAgent(Model):
    """This person answers the customers of this account."""

    id = fields.BigIntField(primary_key=True)
    workspace_id = fields.BigIntField()
    account_id = fields.BigIntField(db_index=True)
    user_id = fields.CharField(32)
    key = fields.CharField(80, unique=True)
    """`account_id:user_id`."""

    class Meta:
        table = "account_agent"

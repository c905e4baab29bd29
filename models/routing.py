"""The intake channels beside the accounts' own, and who waits in a channel."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class RoutedChannel(Model):
    """A channel that a rule of routing names."""

    id = fields.BigIntField(primary_key=True)
    workspace_id = fields.BigIntField()
    key = fields.CharField(160, unique=True)
    """`workspace_id:wanted`."""
    wanted = fields.CharField(120)
    """What the rule calls it: an id, or `#name`."""
    channel = fields.CharField(32, null=True)
    """Its Slack id, once known."""
    name = fields.CharField(255, default="")
    ready = fields.BooleanField(default=False)
    """Cards can be posted there; otherwise the account's own channel gets them."""
    reason = fields.TextField(default="")
    """Why not."""

    class Meta:
        table = "routed_channel"


class ChannelQueue(Model):
    """An intake channel in which customers wait for somebody to take them."""

    id = fields.BigIntField(primary_key=True)
    workspace_id = fields.BigIntField()
    key = fields.CharField(80, unique=True)
    """`workspace_id:channel`."""
    channel = fields.CharField(32)
    crowded = fields.BooleanField(default=False)
    """Too many waited, and there has been no empty queue since."""
    crowd_ts = fields.CharField(32, null=True)
    """The post that says so, once it stands."""
    shown = fields.IntField(default=0)
    """How many it said were waiting."""
    drawn_at = fields.DatetimeField(null=True)
    reminded_at = fields.DatetimeField(null=True)
    """When the channel was last reminded of customers who wait."""

    class Meta:
        table = "channel_queue"

"""What the program learns about an account, `oratio.toml` says what it is."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model


class AccountState(StrEnum):
    """`waiting`: its channel is missing. `broken`: the network refuses it. `absent`: no longer configured."""

    READY = "ready"
    WAITING = "waiting"
    BROKEN = "broken"
    ABSENT = "absent"


class Account(Model):
    """One connected bot, number, mailbox or site."""

    id = fields.BigIntField(primary_key=True)
    workspace_id = fields.BigIntField()
    key = fields.CharField(160, unique=True)
    """`workspace_id:name`, the name never changes."""
    name = fields.CharField(120)
    network = fields.CharField(32)
    network_title = fields.CharField(64, default="")
    """What people call the network, also when the account is no longer configured."""
    title = fields.CharField(120)
    state = fields.CharEnumField(AccountState, max_length=32, default=AccountState.WAITING)
    reason = fields.TextField(default="")
    channel = fields.CharField(32, null=True)
    """Slack id of the intake channel, once known."""
    channel_name = fields.CharField(255, default="")
    cursor = fields.TextField(null=True)
    """How far a network that is polled was read."""
    poller = fields.CharField(64, null=True)
    """The process that polls, as long as `poller_until` lies ahead."""
    poller_until = fields.DatetimeField(null=True)
    welcomed_at = fields.DatetimeField(null=True)
    appointed = fields.BooleanField(default=False)
    """Who answers its customers was found out since its channel is there; no card is posted before."""
    notify_group = fields.CharField(32, null=True)
    """Slack id of the user group that hears of customers nobody has taken, once known."""

    class Meta:
        table = "account"

"""The outbox: every effect on the outside, written with what caused it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class DeliveryKind(StrEnum):
    """What a delivery does."""

    CARD = "card"
    WORDS = "words"
    FILES = "files"
    LINE = "line"
    PROFILE = "profile"
    NOTICE = "notice"
    REFRESH = "refresh"
    REFRESH_PROFILE = "refresh_profile"
    RETRACT = "retract"
    MARK = "mark"
    DIRECT = "direct"
    ADMIN = "admin"
    FETCH = "fetch"
    PREPARE = "prepare"
    PART = "part"
    EDIT_PART = "edit_part"
    DELETE_PART = "delete_part"
    NUDGE = "nudge"
    REMINDER = "reminder"
    CROWD = "crowd"
    REFRESH_CROWD = "refresh_crowd"
    WAKE = "wake"
    READ = "read"
    REACT = "react"
    ASK_PROFILE = "ask_profile"
    DISCARD = "discard"
    ECHO = "echo"
    FORGET = "forget"


class DeliveryState(StrEnum):
    """See docs/architecture.md for the moves between them."""

    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    DEAD = "dead"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"


class Delivery(Model):
    """One effect. Only `desk.delivery.outbox` writes this table."""

    id = fields.BigIntField(primary_key=True)
    workspace_id = fields.BigIntField()
    account_id = fields.BigIntField(null=True)
    conversation_id = fields.BigIntField(null=True, db_index=True)
    message_id = fields.BigIntField(null=True, db_index=True)
    kind = fields.CharEnumField(DeliveryKind, max_length=32)
    state = fields.CharEnumField(DeliveryState, max_length=32, default=DeliveryState.PENDING)
    unfinished = fields.BooleanField(default=True)
    """False once nothing more will happen by itself, an unfinished row holds its lane."""
    lane = fields.CharField(64, null=True)
    order_key = fields.CharField(64, default="")
    pace_key = fields.CharField(160)
    rank = fields.IntField(default=5)
    coalesce_key = fields.CharField(120, unique=True, null=True)
    idempotency_key = fields.CharField(120, unique=True)
    receipt_key = fields.CharField(600, unique=True, null=True)
    """`account_id:external_id` of a part that a network took."""
    blocked_by_id = fields.BigIntField(null=True, db_index=True)
    """A row that must be finished first."""
    parked_by = fields.CharField(64, null=True)
    """What must be repaired first: `account:3`, `channel:C01`, `workspace`."""
    due_at = fields.DatetimeField()
    attempts = fields.IntField(default=0)
    lease_owner = fields.CharField(64, null=True)
    lease_until = fields.DatetimeField(null=True)
    started_at = fields.DatetimeField(null=True)
    """When the latest attempt began, a look-up starts a minute before it."""
    payload: Any = fields.JSONField(default=dict)
    result: Any = fields.JSONField(default=dict)
    """What an attempt learned that a repeat needs: file ids, `ts`, `external_id`."""
    words = fields.TextField(default="")
    """Why it did not succeed, for people."""
    created_at = fields.DatetimeField()
    settled_at = fields.DatetimeField(null=True)

    class Meta:
        table = "delivery"
        indexes = [
            Index(fields=("unfinished", "state", "due_at"), name="idx_delivery_due"),
            Index(fields=("lane", "unfinished", "order_key", "id"), name="idx_delivery_lane"),
        ]

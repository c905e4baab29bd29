"""A message of ours that stands in Slack."""

from __future__ import annotations

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model


class PostKind(StrEnum):
    """What the post shows."""

    CARD = "card"
    PROFILE = "profile"
    WORDS = "words"
    FILES = "files"
    LINE = "line"
    NOTICE = "notice"
    ADMIN = "admin"


class Post(Model):
    """Where a post stands. Several messages may share one."""

    id = fields.BigIntField(primary_key=True)
    workspace_id = fields.BigIntField()
    key = fields.CharField(120, unique=True)
    """`workspace_id:channel:ts`."""
    channel = fields.CharField(32)
    ts = fields.CharField(32)
    kind = fields.CharEnumField(PostKind, max_length=32)
    conversation_id = fields.BigIntField(null=True, db_index=True)

    class Meta:
        table = "post"

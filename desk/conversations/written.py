"""The rows of what an agent wrote in Slack."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from desk.context import Desk
from desk.conversations import sending, styled
from desk.conversations.heard import author_of, time_of
from desk.conversations.judge import Reason
from desk.conversations.keeping import state_for
from desk.conversations.scene import Case, slack_key
from desk.media import safe_name
from desk.slack.files import address_of
from desk.slack.text import clean
from models import Attachment, Direction, Message
from networks.base import Style


async def store(
    desk: Desk,
    found: Case,
    event: Mapping[str, Any],
    text: str,
    reason: Reason | None,
    detail: Mapping[str, Any],
    styles: tuple[Style, ...] = (),
    answers: int | None = None,
) -> Message:
    """The row of what an agent wrote, with what became of it from the first second. `answers`: the id of
    the message that it quotes."""
    ts = str(event["ts"])
    return await Message.new(
        workspace_id=desk.workspace.id,
        conversation_id=found.conversation.id,
        direction=Direction.OUTBOUND if reason is None else Direction.NOTE,
        state=state_for(reason),
        slack_key=slack_key(desk, found.conversation.channel, ts),
        slack_ts=ts,
        author=author_of(event),
        text=clean(text),
        styles=styled.kept(clean(text), styles),
        reason=reason or "",
        detail=dict(detail),
        reply_to_id=answers,
        hold_until=sending.until(desk, found.account) if reason is None else None,
        sent_at=time_of(ts),
        created_at=desk.clock.now(),
    )


async def store_files(message: Message, files: Sequence[Mapping[str, Any]]) -> list[Attachment]:
    """The rows of its files, as Slack describes them."""
    return [
        await Attachment.create(
            workspace_id=message.workspace_id,
            message_id=message.id,
            position=position,
            name=name_of(file),
            claimed_type=clean(str(file.get("mimetype") or ""))[:255],
            claimed_size=size_of(file),
            ref=json.dumps({"id": str(file.get("id", "")), "url": address_of(file)}),
            duration=_seconds_of(file),
            voice=file.get("subtype") == "slack_audio",
        )
        for position, file in enumerate(files)
    ]


def _seconds_of(file: Mapping[str, Any]) -> float | None:
    """How long it plays, where Slack says so."""
    given = file.get("duration_ms")
    return given / 1000 if isinstance(given, int) and given > 0 else None


def size_of(file: Mapping[str, Any]) -> int:
    """How many bytes Slack says it has."""
    return int(file.get("size") or 0)


def name_of(file: Mapping[str, Any]) -> str:
    """What its author called it, harmless; empty where Slack doesn't tell it yet."""
    name = clean(str(file.get("name") or ""))
    return safe_name(name) if name else ""

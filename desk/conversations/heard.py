"""What somebody wrote in a thread, read for judging: its words, and what is remembered of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from desk import people
from desk.context import Desk
from desk.conversations.judge import Words
from desk.slack import mrkdwn
from desk.slack.text import clean


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A message of a thread. `text` is without the sign that makes it a note."""

    words: Words
    text: str
    detail: Mapping[str, Any]
    """Whom it mentions and how it reads without them; the unknown command; whether the whole
    channel saw it."""


_OF_THE_WORDS = ("word", "mentioned", "without_mentions")


def renewed(detail: Mapping[str, Any], heard: Heard) -> dict[str, Any]:
    """What is remembered of a message once its words are others."""
    return {key: value for key, value in detail.items() if key not in _OF_THE_WORDS} | dict(heard.detail)


def author_of(event: Mapping[str, Any]) -> str:
    """Who wrote it: a person, or an app."""
    return str(event.get("user") or event.get("bot_id") or "")[:255]


def time_of(ts: str) -> datetime:
    """Slack's `ts` as a time."""
    return datetime.fromtimestamp(float(ts), UTC)


async def hear(desk: Desk, event: Mapping[str, Any]) -> Heard:
    """Read a message, new or as it is after an edit."""
    said = await people.read(desk, event)
    note = mrkdwn.note_of(said.text)
    command = mrkdwn.unknown_command(said.text)
    detail: dict[str, Any] = {"word": command} if command is not None else {}
    if said.mentions:
        unnamed = mrkdwn.note_of(said.without_mentions) if note is not None else said.without_mentions
        detail |= {"mentioned": sorted(said.users), "without_mentions": clean(unnamed or "")}
    if event.get("subtype") == "thread_broadcast":
        detail["broadcast"] = True
    words = Words(
        author=author_of(event),
        text=said.text,
        note=note is not None,
        unknown_command=command is not None,
        mentions=said.mentions,
        has_files=bool(event.get("files")),
        sent_at=time_of(str(event["ts"])),
        forwards=said.is_forward,
        by_bot=bool(event.get("bot_id")),
    )
    return Heard(words=words, text=said.text if note is None else note, detail=detail)

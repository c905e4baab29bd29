"""What somebody wrote in a thread, read for judging: its words, and what is remembered of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from desk import people
from desk.context import Desk
from desk.conversations import commands
from desk.conversations.commands import Word
from desk.conversations.judge import Words
from desk.slack import mrkdwn, quotes
from desk.slack.styles import within
from desk.slack.text import clean
from networks.base import Style


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A message of a thread. `text` is without the sign that says for whom it is."""

    words: Words
    text: str
    detail: Mapping[str, Any]
    """Whom it mentions and how it reads without them; its `!word`; whether the whole
    channel saw it."""
    styles: tuple[Style, ...] = ()
    """What stands out in `text`."""
    typed: commands.Typed | None = None
    """The `!word` it begins with."""
    users: frozenset[str] = frozenset()
    """The people it mentions."""


_OF_THE_WORDS = ("word", "guess", "mentioned", "without_mentions")


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
    """Read a message, new or as it is after an edit. Its sign may stand behind what it quotes."""
    said = await people.read(desk, event)
    _, begins = quotes.after(said.text)
    note = mrkdwn.note_of(begins)
    command = commands.typed(begins)
    detail: dict[str, Any] = _of_command(command) if command else {}
    if said.mentions:
        unnamed = _bare(said.without_mentions, note is not None, command)
        detail |= {"mentioned": sorted(said.users), "without_mentions": clean(unnamed)}
    if event.get("subtype") == "thread_broadcast":
        detail["broadcast"] = True
    words = Words(
        author=author_of(event),
        text=said.text,
        note=note is not None or (command is not None and command.word is Word.NOTE),
        command=command is not None and command.does,
        unknown_command=command is not None and command.word is None,
        reply=command is not None and command.word is Word.REPLY,
        mentions=said.mentions,
        has_files=bool(event.get("files")),
        sent_at=time_of(str(event["ts"])),
        forwards=said.is_forward,
        by_bot=bool(event.get("bot_id")),
    )
    text = _bare(said.text, note is not None, command)
    if words.reply:
        words = replace(words, text=text)
    styles = within(said.styles, len(said.text) - len(text), len(text)) if said.text.endswith(text) else ()
    return Heard(words=words, text=text, detail=detail, styles=styles, typed=command, users=said.users)


def _of_command(command: commands.Typed) -> dict[str, Any]:
    if command.word in commands.TEXTS:
        return {}
    guess = {} if command.word else {"guess": commands.meant(command.said)}
    return {"word": command.said, **guess}


def _bare(text: str, note: bool, command: commands.Typed | None) -> str:
    """The text without the sign that says for whom it is."""
    quoted, words = quotes.after(text)
    if note:
        return quoted + (mrkdwn.note_of(words) or "")
    if command and command.word in commands.TEXTS:
        again = commands.typed(words)
        return quoted + (again.rest if again else words)
    return text

"""Note or reply? What an agent's message in a thread is, before anything leaves. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from models import Status

TALK = timedelta(minutes=10)


class Reason(StrEnum):
    """Why a message was kept inside."""

    NOTE = "note"
    COMMAND = "command"
    UNKNOWN_COMMAND = "unknown_command"
    NOT_AGENT = "not_agent"
    ARCHIVED = "archived"
    CLOSED = "closed"
    MENTION = "mention"
    FORWARD = "forward"
    NOT_YOURS = "not_yours"
    TALK = "talk"
    EMPTY = "empty"
    NOTES_FIRST = "notes_first"
    TOO_LARGE = "too_large"
    WRONG_KIND = "wrong_kind"
    NO_BYTES = "no_bytes"
    WINDOW = "window"
    GONE = "gone"
    ABSENT = "absent"
    BOT = "bot"
    WRONG_PLACE = "wrong_place"
    BLOCKED = "blocked"


SENDABLE = frozenset(
    {
        Reason.UNKNOWN_COMMAND,
        Reason.NOTES_FIRST,
        Reason.CLOSED,
        Reason.MENTION,
        Reason.FORWARD,
        Reason.NOT_YOURS,
        Reason.TALK,
        Reason.NOTE,
        Reason.WRONG_PLACE,
        Reason.BLOCKED,
    }
)
"""Kept now, but a person may still send it."""

MEANT = frozenset(
    {
        Reason.CLOSED,
        Reason.TOO_LARGE,
        Reason.WRONG_KIND,
        Reason.NO_BYTES,
        Reason.WINDOW,
        Reason.BLOCKED,
    }
)
"""Clearly meant for the customer: its author is reminded in the thread."""

LINKABLE = frozenset({Reason.TOO_LARGE, Reason.WRONG_KIND})
"""Refused for a file that could go as a link."""

REFUSED = frozenset(
    {Reason.TOO_LARGE, Reason.WRONG_KIND, Reason.NO_BYTES, Reason.WINDOW, Reason.GONE, Reason.ABSENT}
)
"""It was meant for the customer, and can't go as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What was written, as far as judging needs it."""

    author: str
    text: str
    note: bool
    unknown_command: bool
    mentions: bool
    has_files: bool
    sent_at: datetime
    command: bool = False
    """It is an order that somebody carries out here."""
    reply: bool = False
    """It says of itself that it is for the customer."""
    forwards: bool = False
    """It shares another message of Slack."""
    by_bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where it was written."""

    status: Status
    assignee: str | None
    author_is_agent: bool
    discussion_guard: bool
    notes_first: bool = False
    """Words stay inside here unless they are sent on purpose."""
    account_absent: bool = False
    contact_gone: bool = False
    window_ends: datetime | None = None
    last_note_by: str | None = None
    last_note_at: datetime | None = None
    last_inbound_at: datetime | None = None


def judge(words: Words, scene: Scene) -> Reason | None:
    """Why the message stays inside; None: it goes to the customer."""
    if words.by_bot:
        return Reason.BOT
    if not scene.author_is_agent:
        return Reason.NOT_AGENT
    return _of_the_words(words) or _of_the_scene(words, scene)


def judge_edit(words: Words) -> Reason | None:
    """Why the new words of an accepted reply may not go where the old ones were going."""
    return _of_the_words(words) or (Reason.MENTION if words.mentions else None)


def _of_the_words(words: Words) -> Reason | None:
    if words.note:
        return Reason.NOTE
    if words.command:
        return Reason.COMMAND
    if words.unknown_command:
        return Reason.UNKNOWN_COMMAND
    return None if words.text.strip() or words.has_files else Reason.EMPTY


def _of_the_scene(words: Words, scene: Scene) -> Reason | None:
    if scene.notes_first and not words.reply:
        return Reason.NOTES_FIRST
    if scene.status is Status.ARCHIVED:
        return Reason.ARCHIVED
    if scene.account_absent:
        return Reason.ABSENT
    if scene.status is Status.CLOSED:
        return Reason.CLOSED
    if words.mentions:
        return Reason.MENTION
    if words.forwards:
        return Reason.FORWARD
    if scene.assignee and scene.assignee != words.author:
        return Reason.NOT_YOURS
    if scene.discussion_guard and not words.reply and _inside_talk(words, scene):
        return Reason.TALK
    return blocked(gone=scene.contact_gone, window_ends=scene.window_ends, at=words.sent_at)


def blocked(*, gone: bool, window_ends: datetime | None, at: datetime) -> Reason | None:
    """What stops a reply however it is sent: the customer left, or the window is over."""
    if gone:
        return Reason.GONE
    if window_ends and at >= window_ends:
        return Reason.WINDOW
    return None


def _inside_talk(words: Words, scene: Scene) -> bool:
    """The newest message is someone else's fresh note, newer than the customer's last words."""
    if scene.last_note_at is None or scene.last_note_by == words.author:
        return False
    fresh = words.sent_at - scene.last_note_at < TALK
    return fresh and (scene.last_inbound_at is None or scene.last_note_at > scene.last_inbound_at)

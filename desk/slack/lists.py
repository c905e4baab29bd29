"""What the slash commands answer: lists with links and pages, help. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from desk.slack import literal, wording
from desk.slack.drawing import Block, Drawing
from desk.slack.posts import open_button
from desk.slack.text import clean_name, clip_bytes, fallback, one_line
from models import Status

PER_PAGE = 10
_DOTS = {Status.UNASSIGNED: "🔵", Status.INBOX: "🟢", Status.CLOSED: "⚪", Status.ARCHIVED: "🗄️"}


class ListKind(StrEnum):
    """Which list."""

    INBOX = "inbox"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One conversation of a list."""

    conversation_id: int
    version: int
    status: Status
    name: str
    network: str
    account: str
    words: str = ""
    """The newest thing said."""
    waiting_since: datetime | None = None
    closed_at: datetime | None = None
    url: str | None = None
    """The thread; None while the card does not stand yet."""


def list_reply(
    kind: ListKind,
    rows: Sequence[Row],
    *,
    page: int,
    pages: int,
    total: int,
    waiting: int = 0,
    kept: timedelta = timedelta(days=14),
) -> Drawing:
    """One page of a list, for the asker only.

    `waiting`: how many of all wait for the viewer; `kept`: how long closed ones stay.
    """
    inbox = kind is ListKind.INBOX
    title = wording.lists.inbox_title(total, waiting) if inbox else wording.lists.closed_title(total, kept)
    blocks: list[Block] = [
        literal.rich(literal.section(literal.text(title, bold=True)), block_id=f"list.{kind}.title")
    ]
    for row in rows[:PER_PAGE]:
        blocks += _row(row, kind)
    if pages > 1:
        blocks += _paging(kind, page, pages)
    return Drawing(text=fallback(title), blocks=tuple(blocks))


def _row(row: Row, kind: ListKind) -> list[Block]:
    place = f"{clean_name(row.network, 20)} · {clean_name(row.account, 30)}"
    head = f"{_DOTS[row.status]} {clip_bytes(clean_name(row.name, 40), 100)}  {clip_bytes(place, 120)}"
    words = clip_bytes(one_line(row.words, 80), 200)
    said = f"{head}\n“{words}”" if words else head
    button = open_button(row.conversation_id, row.version, row.url) if row.url else None
    ids = f"list.{kind}.{row.conversation_id}"
    return [
        literal.plain_section(said, block_id=f"{ids}.row", accessory=button),
        literal.context(_state(row), block_id=f"{ids}.state"),
    ]


def _state(row: Row) -> str:
    if row.status in {Status.CLOSED, Status.ARCHIVED}:
        said = (
            literal.date(row.closed_at, "Closed {date_short_pretty}, {time}") if row.closed_at else "Closed"
        )
    elif row.waiting_since:
        said = literal.date(row.waiting_since, "Waiting for you, wrote {ago}")
    else:
        said = "Waiting for the customer"
    return f"{said} · #{row.conversation_id}"


def _paging(kind: ListKind, page: int, pages: int) -> list[Block]:
    row = []
    if page > 1:
        row.append(literal.button("list.page.back", "Previous", f"{kind}:{page - 1}"))
    if page < pages:
        row.append(literal.button("list.page", "Next", f"{kind}:{page + 1}"))
    return [
        literal.context(wording.lists.page_of(page, pages), block_id=f"list.{kind}.page"),
        literal.actions(row, block_id=f"list.{kind}.pages"),
    ]


def usage(command: str) -> Drawing:
    """The usage line, for words a command does not take."""
    words = wording.lists.usage(command)
    return Drawing(text=fallback(words), blocks=(literal.rich(literal.section(literal.text(words))),))


def help_reply() -> Drawing:
    """`/oratio help`: what works here."""
    parts = [
        literal.section(literal.text(bold, bold=True), literal.text(rest))
        for bold, rest in wording.lists.HELP
    ]
    title = f"{wording.general.APP}: answer customers in Slack"
    return Drawing(
        text=fallback(title),
        blocks=(literal.header(title, block_id="help.title"), literal.rich(*parts, block_id="help.words")),
    )

"""What the slash commands answer: lists with links, actions and pages. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from desk.asked import Asked, ListKind
from desk.slack import cards, literal, rows, wording
from desk.slack.cardview import key
from desk.slack.drawing import Block, Drawing
from desk.slack.rows import Row
from desk.slack.text import fallback

PER_PAGE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView:
    """One page of a list, for the asker only."""

    asked: Asked
    rows: Sequence[Row] = ()
    pages: int = 1
    total: int = 0
    """How many are listed."""
    more: bool = False
    """There are more than these."""
    waiting: int = 0
    """How many of them wait for an answer."""
    kept: timedelta = timedelta(days=14)
    """How long closed ones stay."""
    prefix: str = ""
    """Of our commands."""
    note: str = ""
    """Why a press did nothing."""


def list_reply(view: ListView) -> Drawing:
    """The page as a message."""
    kind, said = view.asked.kind, title(view)
    blocks: list[Block] = [
        literal.rich(literal.section(literal.text(said, bold=True)), block_id=f"list.{kind}.title")
    ]
    if view.note:
        blocks.insert(0, literal.plain_section(view.note, block_id=f"list.{kind}.note"))
    for row in view.rows[:PER_PAGE]:
        blocks += _row(view, row)
    if not view.rows and view.asked.name:
        blocks.append(literal.actions(_instead(view), block_id=f"list.{kind}.instead"))
    if view.pages > 1:
        blocks += _paging(view)
    return Drawing(text=fallback(said), blocks=tuple(blocks))


def title(view: ListView) -> str:
    """What is listed, or why nothing is."""
    asked = view.asked
    if asked.name:
        found = wording.lists.amount(view.total, more=view.more)
        return wording.lists.named_title(asked.kind, asked.name, found if view.total else "")
    match asked.kind:
        case ListKind.INBOX:
            return wording.lists.inbox_title(view.total, view.waiting)
        case ListKind.CLOSED:
            return wording.lists.closed_title(
                view.total, view.kept, wording.lists.slash("archived", view.prefix)
            )
    total = wording.lists.amount(view.total, more=view.more)
    return wording.lists.title(asked.kind, total if view.total else "", view.waiting)


def _row(view: ListView, row: Row) -> list[Block]:
    """Two blocks, for ten of them have to fit into one message: with `Assign to me` or `Unblock`, and a link;
    or with `Open`."""
    number, value = row.card.conversation_id, f"{key(row.card)}:{view.asked.value}"
    if view.asked.kind is ListKind.BLOCKED:
        button = literal.button("list.unblock", "Unblock", value, says=cards.unblock_says(row.card))
    elif rows.can_be_taken(row):
        button = literal.button("list.take", "Assign to me", value, says=rows.take_says(row))
    else:
        return [rows.head(row, f"row.{number}", rows.opener(row)), rows.state(row, f"state.{number}")]
    return [rows.head(row, f"row.{number}", button), rows.state(row, f"state.{number}", link=True)]


def _instead(view: ListView) -> list[Block]:
    """What to look for where nobody of that name was found."""
    asked = view.asked
    everything = replace(asked, kind=ListKind.ALL, page=1)
    buttons = [literal.button("list.clear", "Clear filter", replace(asked, page=1, name="").value)]
    if asked.kind not in (ListKind.ALL, ListKind.ARCHIVED, ListKind.BLOCKED):
        buttons.insert(0, literal.button("list.all", "Search All", everything.value))
    return buttons


def _paging(view: ListView) -> list[Block]:
    asked, row = view.asked, []
    if asked.page > 1:
        row.append(literal.button("list.page.back", "Previous", asked.turned(-1).value))
    if asked.page < view.pages:
        row.append(literal.button("list.page", "Next", asked.turned(1).value))
    where = wording.lists.page_of(asked.page, view.pages, more=view.more)
    return [
        literal.context(where, block_id=f"list.{asked.kind}.page"),
        literal.actions(row, block_id=f"list.{asked.kind}.pages"),
    ]


def usage(command: str, prefix: str = "") -> Drawing:
    """The usage line, for words a command does not take."""
    words = wording.lists.usage(command, prefix)
    return Drawing(text=fallback(words), blocks=(literal.rich(literal.section(literal.text(words))),))


def help_reply(prefix: str = "") -> Drawing:
    """`/oratio help`: what works here."""
    lines = [
        literal.section(literal.text(bold, bold=True), literal.text(rest))
        for bold, rest in wording.lists.help_lines(prefix)
    ]
    title = f"{wording.general.APP}: answer customers in Slack"
    return Drawing(
        text=fallback(title),
        blocks=(
            literal.header(title, block_id="help.title"),
            literal.rich(literal.bullets(*lines), block_id="help.words"),
        ),
    )

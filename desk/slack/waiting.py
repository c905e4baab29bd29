"""Reminders of customers who wait, and the post about a crowd. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from desk.slack import literal, wording
from desk.slack.drawing import Block, Drawing, Teammate
from desk.slack.posts import inbox_button, open_button
from desk.slack.text import clean_name, fallback

_SHOWN = 5
_GROUPS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A customer who has waited too long."""

    conversation_id: int
    version: int
    name: str
    network: str
    account: str
    since: datetime
    url: str | None
    assignee: Teammate | None = None


def in_thread(late: Late) -> Drawing:
    """`Mia has waited for an answer since today, 10:40. @ana`"""
    words, who = wording.waiting.long(clean_name(late.name)), late.assignee
    parts = [literal.text(words), literal.date_element(late.since, wording.waiting.WHEN), literal.text(". ")]
    said = f"{fallback(words)} {literal.date(late.since, wording.waiting.WHEN)}."
    if who:
        parts.append(literal.user(who.user_id))
        said += f" {literal.mention(who.user_id)}"
    return Drawing(text=said, blocks=(literal.rich(literal.section(*parts)),))


def in_channel(late: Sequence[Late], groups: Sequence[str]) -> Drawing:
    """One customer who has waited too long, or how many have; rings for the groups, and for those who
    have the conversations."""
    ringing = [literal.usergroup(group) for group in groups[:_GROUPS]]
    return _one(late[0], ringing) if len(late) == 1 else _many(late, ringing)


def for_lead(late: Sequence[Late]) -> Drawing:
    """The same for one person alone."""
    return _one(late[0], []) if len(late) == 1 else _many(late, [])


def _one(late: Late, ringing: Sequence[Block]) -> Drawing:
    place = f" ({clean_name(late.network, 40)}, {clean_name(late.account, 60)})"
    head = [
        literal.emoji("hourglass_flowing_sand"),
        literal.text(" "),
        literal.text(clean_name(late.name), bold=True),
        literal.text(place + wording.waiting.LONG),
        literal.date_element(late.since, wording.waiting.WHEN),
        literal.text(". "),
        *_whose(late.assignee),
        literal.text(f" #{late.conversation_id}"),
    ]
    ids = f"late.{late.conversation_id}.{late.version}"
    blocks = [literal.rich(literal.section(*head, *_apart(ringing)), block_id=f"{ids}.words")]
    if late.url:
        button = open_button(late.conversation_id, late.version, late.url)
        blocks.append(literal.actions([button], block_id=f"{ids}.actions"))
    said = f"{fallback(wording.waiting.long(clean_name(late.name) + place))} "
    said += literal.date(late.since, wording.waiting.WHEN)
    return Drawing(text=f"{said}. #{late.conversation_id}", blocks=tuple(blocks))


def _whose(who: Teammate | None) -> list[Block]:
    if who is None:
        return [literal.text(wording.waiting.NOBODYS)]
    return [literal.text(wording.waiting.ASSIGNED), literal.user(who.user_id), literal.text(".")]


def _many(late: Sequence[Late], ringing: Sequence[Block]) -> Drawing:
    title = wording.waiting.many(len(late))
    head = [
        literal.emoji("hourglass_flowing_sand"),
        literal.text(" "),
        literal.text(title, bold=True),
        *_apart(ringing),
    ]
    lines = [literal.section(*_line(each)) for each in late[:_SHOWN]]
    rest = [literal.section(*_rest(late[_SHOWN:]))] if len(late) > _SHOWN else []
    listed = literal.bullets(*lines, *rest)
    ids = f"late.{late[0].conversation_id}.{len(late)}"
    buttons = [next_button()] if any(each.assignee is None for each in late) else []
    return Drawing(
        text=fallback(title),
        blocks=(
            literal.rich(literal.section(*head), listed, block_id=f"{ids}.words"),
            literal.actions([*buttons, inbox_button()], block_id=f"{ids}.actions"),
        ),
    )


def _line(late: Late) -> list[Block]:
    place = f" ({clean_name(late.network, 40)}, {clean_name(late.account, 60)}), "
    whose = [literal.text(wording.waiting.OF), literal.user(late.assignee.user_id)] if late.assignee else []
    return [
        literal.text(clean_name(late.name, 40), bold=True),
        literal.text(place),
        literal.date_element(late.since, wording.waiting.WHEN),
        literal.text(", "),
        *(whose or [literal.text(wording.waiting.OF_NOBODY)]),
    ]


def _rest(late: Sequence[Late]) -> list[Block]:
    """How many more there are; those who have them hear of it, too."""
    people = dict.fromkeys(each.assignee.user_id for each in late if each.assignee)
    return [
        literal.text(wording.waiting.more(len(late))),
        *_apart([literal.user(u) for u in list(people)[:30]]),
    ]


def _apart(mentions: Sequence[Block]) -> list[Block]:
    return [piece for mention in mentions for piece in (literal.text(" "), mention)]


def crowd(channel: str, count: int, first: datetime | None, drawing: int) -> Drawing:
    """How many wait in a channel for somebody to take them, with `Take next`; nobody: that it is over."""
    ids = f"crowd.{channel}.{drawing}"
    if not count:
        words = wording.waiting.CROWD_OVER
        return Drawing(
            text=fallback(words),
            blocks=(literal.rich(literal.section(literal.text(words)), block_id=f"{ids}.words"),),
        )
    words = wording.waiting.crowd(count)
    head = literal.section(
        literal.emoji("large_blue_circle"), literal.text(" "), literal.text(words, bold=True)
    )
    blocks = [literal.rich(head, block_id=f"{ids}.words")]
    if first:
        since = literal.date(first, wording.waiting.FIRST)
        blocks.append(literal.context(since, block_id=f"{ids}.since"))
    blocks.append(literal.actions([next_button()], block_id=f"{ids}.actions"))
    return Drawing(text=fallback(words), blocks=tuple(blocks))


def next_button() -> Block:
    """`Take next`: whoever has waited longest."""
    says = "Take the customer who has waited longest"
    return literal.button("queue.next", "Take next", "next", style="primary", says=says)

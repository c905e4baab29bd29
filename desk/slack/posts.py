"""Posts of our own outside the threads: returns, direct messages, welcome, what admins are told. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from desk.slack import literal, wording
from desk.slack.amounts import listed
from desk.slack.drawing import Block, Drawing
from desk.slack.text import clean_name, fallback, one_line

_NAMED = 20
"""Of so many accounts the welcome names each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnView:
    """A conversation that nobody has any more, or yet. `why` is one of our own sentences, or empty."""

    conversation_id: int
    version: int
    name: str
    network: str
    account: str
    url: str
    why: str = ""
    last_agent: str | None = None
    new: bool = False
    ring: str | None = None
    """A user group that is to hear of it."""


def returned(view: ReturnView) -> Drawing:
    """The linked post in the channel: a conversation came back to Unassigned, or is new."""
    place = f"{clean_name(view.network, 40)}, {clean_name(view.account, 60)}"
    said = wording.waiting.NEW if view.new else wording.waiting.AGAIN
    tail = f" ({place}) {said} {view.why}".rstrip()
    if view.last_agent:
        tail += f" Last: {clean_name(view.last_agent, 40)}."
    head = literal.rich(
        literal.section(
            literal.emoji("large_blue_circle"),
            literal.text(" "),
            literal.text(clean_name(view.name), bold=True),
            literal.text(f"{tail} #{view.conversation_id}"),
            *([literal.text(" "), literal.usergroup(view.ring)] if view.ring else []),
        ),
        block_id=f"returned.{view.conversation_id}.{view.version}.words",
    )
    row = literal.actions(
        [open_button(view.conversation_id, view.version, view.url)],
        block_id=f"returned.{view.conversation_id}.{view.version}.actions",
    )
    return Drawing(
        text=fallback(f"{clean_name(view.name)}{tail} #{view.conversation_id}"), blocks=(head, row)
    )


def open_button(conversation_id: int, version: int, url: str) -> Block:
    """`Open`: a link to the thread."""
    says = f"Open the thread of conversation {conversation_id}"
    return literal.button("conversation.open", "Open", f"{conversation_id}:{version}", url=url, says=says)


@dataclass(frozen=True, slots=True, kw_only=True)
class WelcomeView:
    """Accounts that were just connected."""

    account_id: int
    """Of the first of them."""
    places: Sequence[tuple[str, str]]
    """The network's title and the account's of each."""
    undo_seconds: int = 5
    notes_first: bool = False
    """Words in a thread stay inside unless they are sent on purpose."""


def welcome(view: WelcomeView) -> Drawing:
    """Once in the intake channel: what arrives here, and the four things to do."""
    places = [f"{clean_name(network, 40)} · {clean_name(account, 60)}" for network, account in view.places]
    one = len(places) == 1
    title = f"Messages to {places[0] if one else f'{len(places)} accounts'} arrive here"
    drawn = _welcome(title, f"welcome.{view.account_id}", view.undo_seconds, notes_first=view.notes_first)
    if one:
        return drawn
    more = [f"{len(places) - _NAMED} more"] if len(places) > _NAMED else []
    named = f"{listed([*places[:_NAMED], *more])}."
    head, *rest = drawn.blocks
    said = literal.plain_section(named, block_id=f"welcome.{view.account_id}.places")
    return replace(drawn, blocks=(head, said, *rest))


def welcome_routed(channel: str) -> Drawing:
    """The same in a channel that rules of routing bring customers to."""
    return _welcome(wording.routing.WELCOME, f"welcome.{channel}", 0, notes_first=False)


def _welcome(title: str, ids: str, undo_seconds: int, *, notes_first: bool) -> Drawing:
    hold = f"You have {undo_seconds} seconds to edit or delete it before it leaves. " if undo_seconds else ""
    steps = (
        ("Take it. ", "Each customer gets a card here. Press Assign to me."),
        ("Answer. ", f"{wording.thread.answering(notes_first=notes_first)} {hold}✅ means it went out."),
        (
            "Talk inside. ",
            f"{wording.thread.talking(notes_first=notes_first)} 📝 means the customer didn't get it.",
        ),
        ("Finish. ", "Press Close. If the customer writes again, the conversation opens again."),
    )
    parts = [literal.section(literal.text(bold, bold=True), literal.text(rest)) for bold, rest in steps]
    ring = "To make your phone ring for new customers, set this channel's notifications to all new posts."
    return Drawing(
        text=fallback(f"{title}. {wording.thread.in_short(notes_first=notes_first)}"),
        blocks=(
            literal.header(title, block_id=f"{ids}.title"),
            literal.rich(*parts, block_id=f"{ids}.steps"),
            literal.context(ring, block_id=f"{ids}.ring"),
            literal.actions([inbox_button()], block_id=f"{ids}.actions"),
        ),
    )


def inbox_button() -> Block:
    """`Open my inbox`."""
    return literal.button("inbox.open", "Open my inbox", "inbox")


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleView:
    """An account that stopped working. `reason` is a clause."""

    account_id: int
    network: str
    account: str
    reason: str
    stopped_at: datetime
    waiting: int = 0
    """Replies that wait until it works."""


def account_broken(view: TroubleView) -> Drawing:
    """`Telegram · Acme Shop stopped at 08:12: …. 3 answers are waiting and go out once it works.`"""
    head = f"{clean_name(view.network, 40)} · {clean_name(view.account, 60)}"
    tail = f": {one_line(view.reason, 400).rstrip('.')}. {wording.operators.waiting_answers(view.waiting)}"
    parts = [
        literal.emoji("warning"),
        literal.text(" "),
        literal.text(head, bold=True),
        literal.text(" stopped at "),
        literal.date_element(view.stopped_at, "{date_short_pretty}, {time}"),
        literal.text(tail),
    ]
    when = literal.date(view.stopped_at, "{date_short_pretty}, {time}")
    text = f"{fallback(head)} stopped at {when}{fallback(tail)}"
    how = literal.context(wording.operators.READ_AT_START, block_id=f"trouble.{view.account_id}.how")
    row = literal.actions([check_button(view.account_id)], block_id=f"trouble.{view.account_id}.actions")
    return Drawing(text=text, blocks=(literal.rich(literal.section(*parts)), how, row))


def account_works(network: str, account: str) -> Drawing:
    """The account was repaired."""
    words = f"{place(network, account)} works again."
    return Drawing(text=fallback(words), blocks=(literal.rich(literal.section(literal.text(words))),))


def account_waits(account_id: int, network: str, account: str, why: str) -> Drawing:
    """No card of the account can be posted; `why` is a sentence that says what to do."""
    return _account_says(account_id, f"{place(network, account)} has to wait. {one_line(why, 400)}")


def account_fault(account_id: int, network: str, account: str, why: str) -> Drawing:
    """What is wrong with an account whose cards are posted all the same; `why` is a sentence."""
    return _account_says(account_id, f"{place(network, account)} needs a hand. {one_line(why, 400)}")


def account_stopped(account_id: int, network: str, account: str, reason: str, waiting: int) -> Drawing:
    """`Telegram · Acme Shop stopped: …. 3 answers are waiting and go out once it works.`"""
    why = one_line(reason, 400).rstrip(".")
    words = f"{place(network, account)} stopped: {why}. {wording.operators.waiting_answers(waiting)}"
    return _account_says(account_id, words)


def _account_says(account_id: int, words: str) -> Drawing:
    ids = f"account.{account_id}"
    return Drawing(
        text=fallback(words),
        blocks=(
            literal.rich(literal.section(literal.text(words)), block_id=f"{ids}.words"),
            literal.actions([check_button(account_id)], block_id=f"{ids}.actions"),
        ),
    )


def place(network: str, account: str) -> str:
    """An account as people call it: "Telegram · Acme Shop"."""
    return f"{clean_name(network, 40)} · {clean_name(account, 60)}"


def unreadable(number: int, place: str, size: int) -> Drawing:
    """Something signed came that cannot be read."""
    words = wording.operators.kept_unread(clean_name(place, 120), number, size)
    return Drawing(text=fallback(words), blocks=(literal.rich(literal.section(literal.text(words))),))


def check_button(account_id: int) -> Block:
    """`Check again`."""
    return literal.button("account.check", "Check again", str(account_id))

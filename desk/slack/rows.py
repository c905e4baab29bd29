"""One conversation of a list, in Home and in what commands answer. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from desk.slack import literal, wording
from desk.slack.cards import closed_fact, deadline, snoozed_fact
from desk.slack.cardview import CardView, key
from desk.slack.drawing import Block, Teammate
from desk.slack.posts import open_button
from desk.slack.text import clean_name, clip_bytes, one_line
from desk.slack.text import literal as shown
from models import Status

_DOTS = {Status.UNASSIGNED: "🔵", Status.INBOX: "🟢", Status.CLOSED: "⚪", Status.ARCHIVED: "🗄️"}
_OPEN = (Status.UNASSIGNED, Status.INBOX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A conversation as the viewer sees it."""

    card: CardView
    words: str = ""
    """The newest thing said."""
    files: str = ""
    """Or what was sent without a word: "1 picture"."""
    url: str | None = None
    """The thread; None while the card does not stand yet."""
    mine: bool = False


def head(row: Row, block_id: str, button: Block | None, *, link: bool = False) -> Block:
    """Name, network, account and the newest words, with a button; `link`: the name leads to the thread."""
    card, name = row.card, shown(_short(row.card.name, 40))
    place = f"{_short(card.network, 20)} · {_short(card.account, 30)}"
    words = clip_bytes(one_line(row.words, 80), 100)
    newest = f"\n“{shown(words)}”" if words else f"\n📎 {row.files}" if row.files else ""
    if link and row.url:
        name = f"<{_address(row.url)}|{name}>"
    said = f"{_dot(card)} *{name}*  {shown(place)}{newest}"
    return literal.paragraph(said, block_id=block_id, accessory=button)


def opener(row: Row) -> Block | None:
    """`Open`, where the card stands."""
    return open_button(row.card.conversation_id, row.card.version, row.url) if row.url else None


def _dot(card: CardView) -> str:
    return "💤" if card.snoozed_by and card.status in _OPEN else _DOTS[card.status]


def _short(name: str, limit: int) -> str:
    """A name beside nine others: a message takes no more than some thousand bytes."""
    return clip_bytes(clean_name(name, limit), limit * 2)


def _shortened(card: CardView) -> CardView:
    """The card with names and reasons of the length of a line."""

    def person(who: Teammate | None) -> Teammate | None:
        return Teammate(user_id=who.user_id, name=_short(who.name, 20)) if who else None

    return replace(
        card,
        name=_short(card.name, 20),
        assignee=person(card.assignee),
        closed_by=person(card.closed_by),
        blocked_by=person(card.blocked_by),
        snoozed_by=person(card.snoozed_by),
        reason=clip_bytes(one_line(card.reason, 40), 60),
    )


def state(row: Row, block_id: str, *, link: bool = False) -> Block:
    """Whose it is, whose turn and since when; what did not arrive; with `link`, the way there."""
    card = _shortened(row.card)
    facts = _open(card, mine=row.mine) if card.status in _OPEN else [_over(card)]
    if card.undelivered:
        facts.append(f":warning: {wording.cards.undelivered(card.undelivered)}")
    facts.append(f"#{card.conversation_id}")
    if link and row.url:
        facts.append(f"<{_address(row.url)}|Open>")
    return literal.context(" · ".join(facts), block_id=block_id)


def _address(url: str) -> str:
    return url.replace("&", "&amp;")


def _open(card: CardView, *, mine: bool) -> list[str]:
    facts = []
    if card.assignee and not mine:
        facts.append("Assigned to " + shown(card.assignee.name))
    if card.snoozed_by:
        return [*facts, snoozed_fact(card)]
    if card.waiting_since is None:
        return [*facts, "Waiting for the customer"]
    waits = "Waiting for you, wrote {ago}" if mine else "Wrote {ago}"
    return [*facts, literal.date(card.waiting_since, waits), *deadline(card)]


def _over(card: CardView) -> str:
    when = literal.date(card.closed_at, "{date_short_pretty}, {time}") if card.closed_at else ""
    return " · ".join(part for part in (closed_fact(card), when) if part)


def take_button(row: Row) -> Block:
    """`Assign to me`, also where a colleague has it."""
    return literal.button("conversation.assign_me", "Assign to me", key(row.card), says=take_says(row))


def take_says(row: Row) -> str:
    """What a screen reader reads on it."""
    return f"Assign to me: conversation {row.card.conversation_id}"


def can_be_taken(row: Row) -> bool:
    """Whether `Assign to me` would do something."""
    return row.card.status in _OPEN and not row.mine

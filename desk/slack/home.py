"""App Home: the inbox, its lists, and what is wrong. Pure: views as `views.publish` takes them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from desk import asked as lists_asked
from desk.asked import Asked, ListKind
from desk.names import LONGEST
from desk.slack import cards, literal, rows, wording
from desk.slack.cardview import CardView
from desk.slack.drawing import Block, Drawing, View
from desk.slack.rows import Row
from models import Status

TABS = (ListKind.INBOX, ListKind.UNASSIGNED, ListKind.ALL, ListKind.CLOSED)
_FAULTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeState:
    """Where in Home somebody is; it lives in the view. `edition` rises with each press."""

    asked: Asked = field(default_factory=Asked)
    edition: int = 1

    def at(self, asked: Asked) -> HomeState:
        """The state after a press."""
        kind = asked.kind if asked.kind in TABS else ListKind.INBOX
        return HomeState(asked=replace(asked, kind=kind), edition=self.edition + 1)

    def to_json(self) -> str:
        """The same as `private_metadata`."""
        kept = {"tab": self.asked.kind, "page": self.asked.page, "name": self.asked.name}
        return json.dumps({**kept, "edition": self.edition}, separators=(",", ":"))


def typed_in(view: Mapping[str, Any]) -> str:
    """What stands in the field for a name."""
    values = (view.get("state") or {}).get("values") or {}
    fields = [block["home.filter.typed"] for block in values.values() if "home.filter.typed" in (block or {})]
    return lists_asked.typed(fields[0].get("value")) if fields and isinstance(fields[0], Mapping) else ""


def state_of(view: Mapping[str, Any]) -> HomeState:
    """The state that a view of ours carries; the first page of the inbox where it carries none."""
    try:
        kept = json.loads(view.get("private_metadata") or "{}")
    except (ValueError, TypeError):
        kept = {}
    if not isinstance(kept, dict):
        return HomeState()
    tab, edition = kept.get("tab"), kept.get("edition")
    kind = ListKind(tab) if isinstance(tab, str) and tab in set(TABS) else ListKind.INBOX
    name, page = lists_asked.typed(kept.get("name")), lists_asked.page_number(str(kept.get("page")))
    number = edition if type(edition) is int and 0 < edition < 10**9 else 1
    return HomeState(asked=Asked(kind=kind, page=page, name=name), edition=number)


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeView:
    """What a person's Home shows, but for the time of drawing. Equal views look alike."""

    asked: Asked
    served: bool = True
    """Whether they serve any account; others see one sentence."""
    help_contact: str | None = None
    counts: Mapping[ListKind, str] = field(default_factory=dict)
    """How many each tab holds: "3", "999+"."""
    waiting: int = 0
    """Customers who wait for the viewer."""
    unassigned: str = ""
    """How many wait for anybody; empty: nobody."""
    rows: Sequence[Row] = ()
    pages: int = 1
    found: str = "0"
    """How many are listed."""
    more: bool = False
    """There are more than are listed."""
    channels: Sequence[str] = ()
    """Where new customers appear, said where the list is empty."""
    kept: timedelta = timedelta(days=14)
    prefix: str = ""
    faults: Sequence[Drawing] = ()
    note: str = ""
    """What the last press did, or why it did nothing."""


def home(view: HomeView, edition: int, now: datetime) -> View:
    """The whole of it."""
    ids = f"home.{edition}"
    blocks = [*_note(view, ids), *(block for fault in view.faults[:_FAULTS] for block in fault.blocks)]
    if view.served:
        blocks += [*_top(view, ids), *_list(view, edition), *_end(view, ids, now)]
    else:
        blocks.append(
            literal.plain_section(wording.general.outsider(view.help_contact), block_id=f"{ids}.outside")
        )
    state = HomeState(asked=view.asked, edition=edition)
    return {"type": "home", "callback_id": "home", "private_metadata": state.to_json(), "blocks": blocks}


def _note(view: HomeView, ids: str) -> list[Block]:
    return [literal.plain_section(view.note, block_id=f"{ids}.note")] if view.note else []


def _top(view: HomeView, ids: str) -> list[Block]:
    """Who waits, the tabs, the filter."""
    blocks = [literal.header(wording.home.title(view.waiting), block_id=f"{ids}.title")]
    if view.unassigned:
        button = literal.button("home.next", "Take next", "next", says=wording.home.TAKE_NEXT)
        said = wording.home.waiting_unassigned(view.unassigned)
        blocks.append(literal.plain_section(said, block_id=f"{ids}.next", accessory=button))
    blocks.append(literal.actions(_tabs(view), block_id=f"{ids}.tabs"))
    blocks += [_field(view), literal.actions(_tools(view), block_id=f"{ids}.tools")]
    if view.asked.name:
        said = wording.home.filtered(view.asked.name, view.found, view.counts.get(view.asked.kind, "0"))
        blocks.append(literal.rich(literal.section(literal.text(said)), block_id=f"{ids}.filtered"))
    return [*blocks, {"type": "divider", "block_id": f"{ids}.line"}]


def _tabs(view: HomeView) -> list[Block]:
    return [
        literal.button("home.tab.inbox", **_tab(view, ListKind.INBOX)),
        literal.button("home.tab.unassigned", **_tab(view, ListKind.UNASSIGNED)),
        literal.button("home.tab.all", **_tab(view, ListKind.ALL)),
        literal.button("home.tab.closed", **_tab(view, ListKind.CLOSED)),
    ]


def _tab(view: HomeView, kind: ListKind) -> dict[str, Any]:
    """A tab's label, and where it leads: to the same filter."""
    name, count = wording.lists.name_of(kind), view.counts.get(kind, "0")
    active = kind is view.asked.kind
    return {
        "label": f"{name} ({count})",
        "value": Asked(kind=kind, name=view.asked.name).value,
        "style": "primary" if active else None,
        "says": wording.home.tab(name, count, active=active),
    }


def _field(view: HomeView) -> Block:
    """Its id changes with the filter alone: what somebody is typing stays while the rest is drawn anew."""
    element = literal.text_input(
        "home.filter.typed",
        "Part of a name",
        initial=view.asked.name,
        longest=LONGEST,
        on_return=True,
    )
    return {
        "type": "input",
        "block_id": f"home.filter.{zlib.crc32(view.asked.name.encode('utf-8', 'replace'))}",
        "optional": True,
        "dispatch_action": True,
        "label": literal.plain("Filter by name", 2_000),
        "element": element,
    }


def _tools(view: HomeView) -> list[Block]:
    buttons = [literal.button("home.filter", "Filter", view.asked.value)]
    return [*buttons, _clear(view)] if view.asked.name else buttons


def _clear(view: HomeView) -> Block:
    return literal.button("home.filter.clear", "Clear filter", Asked(kind=view.asked.kind).value)


def _list(view: HomeView, edition: int) -> list[Block]:
    blocks: list[Block] = []
    for row in view.rows[:10]:
        blocks += [
            *_row(row, edition),
            {"type": "divider", "block_id": f"home.{edition}.{row.card.conversation_id}.line"},
        ]
    return blocks or _empty(view, f"home.{edition}")


def _row(row: Row, edition: int) -> list[Block]:
    """The line of one conversation: with what opens it again, or with a card's buttons, heard as on the card.

    Its link and its three dots are no buttons of that row, which would take two rows on a phone.
    """
    card = row.card
    ids = f"home.{edition}.{card.conversation_id}"
    actions = _actions(row)
    beside = cards.more_menu(card) if actions else _opener(card)
    head = rows.head(row, f"{ids}.row", beside, link=True)
    drawn = [head, rows.state(row, f"{ids}.state", link=True)]
    block_id = f"card.{card.conversation_id}.{edition}.actions.{card.version}"
    return [*drawn, literal.actions(actions, block_id=block_id)] if actions else drawn


def _actions(row: Row) -> list[Block]:
    card = row.card
    if card.status not in (Status.UNASSIGNED, Status.INBOX):
        return []
    take = cards.release_button(card, "Assigned to me", own=True) if row.mine else rows.take_button(row)
    end = cards.wake_button(card) if card.snoozed_by else cards.close_button(card)
    return [take, cards.assign_select(), end]


def _opener(card: CardView) -> Block | None:
    return cards.opener(card) if card.status is Status.CLOSED else None


def _empty(view: HomeView, ids: str) -> list[Block]:
    asked = view.asked
    archived = wording.lists.slash("archived", view.prefix)
    said = wording.home.empty(asked.kind, view.channels, wording.lists.closed_title(0, view.kept, archived))
    if not asked.name:
        return [literal.plain_section(said, block_id=f"{ids}.empty")]
    nobody = literal.plain_section(
        wording.lists.named_title(asked.kind, asked.name, ""), block_id=f"{ids}.empty"
    )
    buttons = [_clear(view)]
    if asked.kind is not ListKind.ALL:
        everywhere = Asked(kind=ListKind.ALL, name=asked.name).value
        buttons.insert(0, literal.button("home.filter.all", "Search All", everywhere))
    return [nobody, literal.actions(buttons, block_id=f"{ids}.instead")]


def _end(view: HomeView, ids: str, now: datetime) -> list[Block]:
    """The pages; and how old this is."""
    asked, buttons, facts = view.asked, [], []
    if asked.page > 1:
        buttons.append(literal.button("home.page.back", "Previous", asked.turned(-1).value))
    if asked.page < view.pages:
        buttons.append(literal.button("home.page", "Next", asked.turned(1).value))
    if view.pages > 1:
        facts.append(wording.lists.page_of(asked.page, view.pages, more=view.more))
    buttons.append(literal.button("home.refresh", "Refresh", asked.value))
    facts.append(literal.date(now, "As of {time}"))
    return [
        literal.actions(buttons, block_id=f"{ids}.pages"),
        literal.context(" · ".join(facts), block_id=f"{ids}.as_of"),
    ]

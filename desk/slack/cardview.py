"""What a card shows, and how its customer and its place are called. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.slack.drawing import Teammate
from desk.slack.text import clean_name
from models import Status
from networks.capabilities import MediaKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The conversation before this one."""

    number: int
    closed_by: str | None = None
    """The name of who closed it."""
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """What a card shows. Names and words may be raw; drawing cleans them."""

    conversation_id: int
    version: int
    status: Status
    name: str
    """The customer's."""
    network: str
    """Titles, as people read them."""
    account: str
    words: Sequence[str] = ()
    """The customer's texts since the last answer, oldest first."""
    files: Sequence[tuple[MediaKind, int]] = ()
    """How many files of which kind came since the last answer."""
    waiting_since: datetime | None = None
    """When the first unanswered message came; None: waiting for the customer."""
    answer_by: datetime | None = None
    """The end of the reply window, where the network has one."""
    too_late: bool = False
    """That end was before this is drawn."""
    assignee: Teammate | None = None
    last_agent: str | None = None
    """Who had it before, while nobody has it."""
    earlier: Earlier | None = None
    undelivered: int = 0
    """Replies that failed or are uncertain."""
    under_way: int = 0
    """Replies that have neither arrived nor failed, though they should have by now."""
    read_at: datetime | None = None
    first_answer_after: timedelta | None = None
    closed_by: Teammate | None = None
    closed_at: datetime | None = None
    kept_until: datetime | None = None
    not_a_request: bool = False
    blocked_by: Teammate | None = None
    """Who blocked the customer; None: nobody did."""
    reason: str = ""
    """Why it is no request, or the customer is blocked."""
    snoozed_by: Teammate | None = None
    """Who put it to sleep; None: it is awake."""
    snoozed_until: datetime | None = None
    """None while it sleeps: until the customer writes."""
    notes_first: bool = False
    """Words in the thread stay inside unless they are sent on purpose."""
    templates: bool = False
    """An approved message can be sent, also when it is too late for other words."""
    hide_words: bool = False
    """Keep the customer's words out of the notification."""


def place(view: CardView) -> str:
    """Network and account: "WhatsApp · Acme Shop"."""
    return f"{clean_name(view.network, 40)} · {clean_name(view.account, 60)}"


def key(view: CardView) -> str:
    """What a card's buttons carry."""
    return f"{view.conversation_id}:{view.version}"


def name(view: CardView) -> str:
    """The customer's, fit to be shown."""
    return clean_name(view.name)


def whole_place(view: CardView) -> str:
    """The customer and where they write: "Mia (WhatsApp, Acme Shop)"."""
    return f"{name(view)} ({clean_name(view.network, 40)}, {clean_name(view.account, 60)})"

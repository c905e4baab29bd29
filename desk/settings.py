"""Settings as frozen values; the roof makes them, nothing below reads a file or the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from desk.hours import ALWAYS, Hours
from desk.reminders import Reminders
from desk.routing import Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """Every wait of the program, so that the real process can be tested fast."""

    kept_closed: timedelta = timedelta(days=14)
    """How long a closed conversation can be reopened before it is archived."""
    archive_every: timedelta = timedelta(minutes=1)
    lease: timedelta = timedelta(seconds=60)
    min_hold: timedelta = timedelta(milliseconds=300)
    """The least wait before an agent's words leave, so that late events still sort."""
    look_again: timedelta = timedelta(seconds=10)
    """Between the first and the second look for a post of uncertain fate."""
    shown_within: timedelta = timedelta(seconds=30)
    """How long a thread waits for Slack to show files it has taken, before it goes on."""
    nudge_after: timedelta = timedelta(seconds=60)
    """Until the author of a refused reply is mentioned in the thread."""
    card_words_every: timedelta = timedelta(seconds=30)
    """Between two redraws of a card for new words alone."""
    card_turn_within: timedelta = timedelta(seconds=5)
    """How soon a card says that it is the other side's turn; a quick exchange is drawn once."""
    retry_base: timedelta = timedelta(seconds=1)
    retry_cap: timedelta = timedelta(minutes=5)
    slack_answers: timedelta = timedelta(seconds=30)
    """How long a call to Slack may take; a file may be silent for twice as long."""
    retry_for: timedelta = timedelta(hours=24)
    album_wait: timedelta = timedelta(seconds=1)
    """How long the post of an album waits after each of its messages for more of them."""
    edit_waits: timedelta = timedelta(minutes=2)
    """How long a customer's change waits for its message, before its words are shown all the same."""
    slow_notice: timedelta = timedelta(seconds=60)
    people_every: timedelta = timedelta(minutes=10)
    socket_silence: timedelta = timedelta(seconds=60)
    catch_up: timedelta = timedelta(seconds=5)
    """How long answers wait at most for what was written while nobody listened."""
    gap_margin: timedelta = timedelta(seconds=60)
    """How much before the last caught-up moment reading back begins: clocks differ, and an
    event may be under way for a while."""
    shutdown: timedelta = timedelta(seconds=5)
    """How long what is under way may take to end when the program is stopped."""
    profile_every: timedelta = timedelta(days=1)
    """How often a network is asked at most for the profile of a customer who writes."""
    seen_events: timedelta = timedelta(days=3)
    poll_within: timedelta = timedelta(seconds=90)
    """How long one question to a network that is polled may take."""
    silent_after: timedelta = timedelta(minutes=5)
    """So long a network may fail to answer until those who run the program are told."""
    queue_every: timedelta = timedelta(seconds=30)
    """Between two looks at who waits: whom to remind, and where too many do."""
    remind_apart: timedelta = timedelta(minutes=10)
    """Between two reminders in one channel; what becomes due meanwhile comes in the next."""
    crowd_after: timedelta = timedelta(minutes=5)
    """How long customers must have waited for somebody to take them before they count as a crowd."""
    crowd_redrawn: timedelta = timedelta(minutes=1)
    """Between two changes of the number in the post about a crowd."""
    home_every: timedelta = timedelta(seconds=5)
    """Between two looks whether somebody's Home would show something else."""
    home_each: timedelta = timedelta(seconds=1.2)
    """The same for each of those who look at Home, where that is longer: Slack allows 100 views a minute."""
    home_watched: timedelta = timedelta(minutes=10)
    """How long Home follows for somebody who opened it, or pressed something in it."""
    link_life: timedelta = timedelta(days=7)
    """How long a customer can fetch a file by the link they were sent."""
    fetched_life: timedelta = timedelta(days=30)
    """How long a customer's network can fetch a file from us: some do when the chat is opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountConfig:
    """One `[[accounts]]` table of the configuration."""

    network: str
    name: str
    title: str
    channel: str
    """A channel id, or `#name`."""
    agents: tuple[str, ...] = ()
    """Slack user ids."""
    agents_group: str | None = None
    """A Slack user group: its id or `@handle`."""
    undo_hold: timedelta = timedelta(seconds=5)
    direct_message: bool = False
    """Tell the assignee by direct message, too."""
    hide_words: bool = False
    """Keep the customer's words out of notifications."""
    notify: str | None = None
    """A Slack user group that hears of customers whom nobody has: its id or `@handle`."""
    hours: Hours = ALWAYS
    reminders: Reminders | None = None
    discussion_guard: bool = True
    """Keep words inside that follow a colleague's fresh note."""
    notes_first: bool = False
    """Keep all words inside, except those that are sent on purpose."""
    emoji_actions: bool = False
    """Let an emoji on a card do what a button does."""
    options: Mapping[str, object] = field(default_factory=dict, repr=False)
    """The network's own keys, secrets resolved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSettings:
    """What the rules need to know."""

    accounts: tuple[AccountConfig, ...]
    data: Path
    routes: tuple[Route, ...] = ()
    """Which conversations appear in other channels than their account's; the first that fits."""
    public_url: str | None = None
    admin_channel: str | None = None
    admins: tuple[str, ...] = ()
    help_contact: str | None = None
    command_prefix: str = ""
    """Before each command's name, where another app has the plain one: "acme-" makes /acme-inbox."""
    durations: Durations = Durations()
    workers: int = 16
    """How many deliveries may be under way at once."""
    spool_max_bytes: int = 4_000_000_000

"""Who has Home open, and what it showed them last: drawn at once for a press, sparingly otherwise.

Slack allows 100 views a minute for all. So Home follows only for those who opened it, or pressed
something in it, lately; only when they would see something else; and for one of them at a time.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

from desk.context import Desk
from desk.conversations.home import look
from desk.slack.home import HomeState, HomeView, home

_PACE = "slack:views.publish"
_FRESH = 60.0
"""Seconds for which a Home that shows the present state is left alone when it is opened again."""


@dataclass(slots=True)
class _Watcher:
    """Somebody who looks at Home. Times are monotonic seconds."""

    state: HomeState
    active: float
    """When they last opened Home, or pressed something."""
    looked: float = 0.0
    """When we last looked whether they would see something else."""
    published: float = float("-inf")
    shown: HomeView | None = None
    pressed: bool = False
    """They pressed something, and what it did is not drawn yet."""
    note: str = ""
    """What it did, in words."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Homes:
    """Draws Home for whoever looks at it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._watchers: dict[str, _Watcher] = {}

    def opened(self, user: str) -> None:
        """Somebody opened Home: the inbox, or where they were a moment ago."""
        self._show(user, self._watching(user))

    def pressed(self, user: str, state: HomeState, note: str = "") -> None:
        """Somebody pressed something in Home, which is drawn at once; `note` stands at the top."""
        watcher = self._watching(user)
        watcher.state, watcher.pressed, watcher.note = state, True, note
        self._show(user, watcher)

    def acted(self, user: str) -> None:
        """Somebody did something elsewhere: if they look at Home, it is their turn next."""
        watcher = self._watchers.get(user)
        if watcher and not watcher.pressed:
            watcher.looked = float("-inf")

    async def turn(self) -> None:
        """Look whether whoever has waited longest would see something else; publish that."""
        now, spans = self._desk.clock.monotonic(), self._desk.settings.durations
        over = now - spans.home_watched.total_seconds()
        self._watchers = {user: each for user, each in self._watchers.items() if each.active >= over}
        if not self._watchers:
            return
        pause = max(spans.home_every.total_seconds(), spans.home_each.total_seconds() * len(self._watchers))
        user, watcher = min(self._watchers.items(), key=lambda each: each[1].looked)
        if now - watcher.looked < pause:
            return
        watcher.looked = now
        if not _same(await look(self._desk, user, watcher.state.asked), watcher):
            self._show(user, watcher)

    def _watching(self, user: str) -> _Watcher:
        """Their record; a new one begins with the inbox."""
        now = self._desk.clock.monotonic()
        span = self._desk.settings.durations.home_watched.total_seconds()
        watcher = self._watchers.get(user)
        if watcher is None or now - watcher.active > span:
            watcher = self._watchers[user] = _Watcher(state=HomeState(), active=now)
        watcher.active = watcher.looked = now
        return watcher

    def _show(self, user: str, watcher: _Watcher) -> None:
        """Publish after whatever is under way, if there is something to see."""

        async def publish() -> None:
            async with watcher.turn:
                await self._publish(user, watcher)

        self._desk.passing.offer(f"home:{user}", _PACE, publish)

    async def _publish(self, user: str, watcher: _Watcher) -> None:
        desk = self._desk
        state, pressed, note = watcher.state, watcher.pressed, watcher.note
        watcher.pressed, watcher.note = False, ""
        view = await look(desk, user, state.asked, note)
        fresh = desk.clock.monotonic() - watcher.published < _FRESH
        if not pressed and fresh and _same(view, watcher):
            return
        await desk.gateway.publish_home(user, home(view, state.edition, desk.clock.now()))
        watcher.shown, watcher.published = view, desk.clock.monotonic()


def _same(view: HomeView, watcher: _Watcher) -> bool:
    """Whether they see this already; a note stays until something else is to be seen."""
    return watcher.shown is not None and view == replace(watcher.shown, note="")

"""Passing effects of a use case: offered after its commit, at most once.

Nothing an agent must know exists only here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from desk.context import Desk
from desk.slack.drawing import Drawing
from networks.base import Types


@dataclass(frozen=True, slots=True, kw_only=True)
class Whisper:
    """A sentence only one person sees."""

    channel: str
    user: str
    drawing: Drawing
    thread_ts: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """✅ on an agent's message: this and every unmarked one above it went out."""

    conversation_id: int
    channel: str
    ts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Typing:
    """The customer sees that an answer is being written."""

    account_id: int
    contact: str
    on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Redraw:
    """Change a line of ours whose buttons have had their press."""

    channel: str
    ts: str
    drawing: Drawing


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Replace or remove the ephemeral message somebody pressed a button in; or answer a command."""

    url: str
    drawing: Drawing | None
    replace: bool = True


_TYPING_SHOWS = 4.0
"""Seconds: every network shows it for five at least."""

Passed = Whisper | Tick | Typing | Redraw | Answer


def offer(desk: Desk, effects: Sequence[Passed]) -> None:
    """Put passing effects into the queue."""
    for effect in effects:
        key, pace, work = _work(desk, effect)
        lasts = _TYPING_SHOWS if isinstance(effect, Typing) and effect.on else 0.0
        desk.passing.offer(key, pace, work, lasts=lasts)


def _work(desk: Desk, effect: Passed) -> tuple[str | None, str, Callable[[], Awaitable[None]]]:
    match effect:
        case Whisper():
            return None, "slack:chat.postEphemeral", lambda: _whisper(desk, effect)
        case Tick():
            return f"tick:{effect.conversation_id}", "slack:reactions.add", lambda: _tick(desk, effect)
        case Typing():
            return f"typing:{effect.account_id}:{effect.contact}", "typing", lambda: _typing(desk, effect)
        case Redraw():
            return None, "slack:chat.update", lambda: _redraw(desk, effect)
        case Answer():
            return None, "slack:response_url", lambda: _answer(desk, effect)


async def _whisper(desk: Desk, effect: Whisper) -> None:
    drawing = effect.drawing
    await desk.gateway.ephemeral(
        effect.channel, effect.user, drawing.text, drawing.blocks, thread_ts=effect.thread_ts
    )


async def _tick(desk: Desk, effect: Tick) -> None:
    await desk.gateway.react(effect.channel, effect.ts, "white_check_mark")


async def _redraw(desk: Desk, effect: Redraw) -> None:
    await desk.gateway.update(effect.channel, effect.ts, effect.drawing.text, effect.drawing.blocks)


async def _answer(desk: Desk, effect: Answer) -> None:
    if effect.drawing is None:
        await desk.gateway.respond(effect.url, "", delete_original=True)
    else:
        await desk.gateway.respond(
            effect.url, effect.drawing.text, effect.drawing.blocks, replace_original=effect.replace
        )


async def _typing(desk: Desk, effect: Typing) -> None:
    account = desk.accounts.get(effect.account_id)
    if account and isinstance(account.network, Types):
        await account.network.typing(account.settings, effect.contact, effect.on)

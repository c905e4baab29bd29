"""What every listener works with, and how a press is carried out and answered."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from desk.context import Desk
from desk.conversations.aftermath import Whisper, offer
from desk.conversations.assignment import Refusal
from desk.homes import Homes
from desk.slack import lines
from desk.slack.home import state_of

T = TypeVar("T")

Ack = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """The desk, and what only the roof can do for a listener."""

    desk: Desk
    homes: Homes
    make_ready: Callable[[], Awaitable[None]]
    """Look again whether each account's channel is there (in the background)."""
    look_now: Callable[[], Awaitable[None]]
    """The same at once; returns when it is done."""
    examine: Callable[[], Awaitable[Sequence[str]]]
    """What is wrong with the app and the configuration, each with its repair; asks Slack."""
    lost: Callable[[str], None]
    """Slack took our token back: the sentence that says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """Where somebody pressed, chose or submitted, read from Slack's payload."""

    user: str
    channel: str | None
    message_ts: str | None
    thread_ts: str | None
    action_id: str
    value: str
    block_id: str
    trigger_id: str
    response_url: str | None
    view: Mapping[str, Any] | None
    """The modal it was in."""
    ephemeral: bool
    home: Mapping[str, Any] | None = None
    """The presser's Home, if it was there."""


def user_of(body: Mapping[str, Any]) -> str:
    """Who pressed, chose or submitted."""
    return str((body.get("user") or {}).get("id", ""))


def pressed(body: Mapping[str, Any]) -> Pressed:
    """Read a `block_actions` payload; what is missing is empty."""
    action = (body.get("actions") or [{}])[0]
    container = body.get("container") or {}
    chosen = action.get("selected_option") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id")
    view = body.get("view")
    home = view if isinstance(view, Mapping) and view.get("type") == "home" else None
    return Pressed(
        user=user_of(body),
        channel=channel,
        message_ts=container.get("message_ts"),
        thread_ts=container.get("thread_ts") or (body.get("message") or {}).get("thread_ts"),
        action_id=str(action.get("action_id", "")),
        value=str(action.get("value") or chosen.get("value") or ""),
        block_id=str(action.get("block_id", "")),
        trigger_id=str(body.get("trigger_id", "")),
        response_url=body.get("response_url"),
        view=None if home else view,
        ephemeral=bool(container.get("is_ephemeral")),
        home=home,
    )


def numbers(value: str) -> list[int]:
    """The numbers of a button's value, "1042:4"; none at all where one of them is no number of ours."""
    parts = value.split(":")
    good = all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts)
    return [int(part) for part in parts] if good else []


def number(value: str) -> int:
    """The first of them: whatever the button is about; 0, which is nothing's, where there is none."""
    return next(iter(numbers(value)), 0)


def kept_numbers(view: Mapping[str, Any]) -> dict[str, int]:
    """What a modal of ours remembers: numbers by name; anything else is not ours."""
    try:
        found = json.loads(view.get("private_metadata") or "{}")
    except ValueError:
        return {}
    known = found if isinstance(found, dict) else {}
    return {name: value for name, value in known.items() if type(value) is int and 0 <= value < 2**63}


async def unit(front: Front, work: Callable[[], Awaitable[T]]) -> T:
    """One use case as a unit of work; the worker hears of its rows after the commit."""
    try:
        return await front.desk.units.transact(work)
    finally:
        front.desk.wake()


def whisper(front: Front, place: Pressed, words: str) -> None:
    """A sentence only the presser sees, where they pressed: in Home, which has no room of its own for
    that, at the top."""
    if place.home:
        draw_home(front, place, words)
    elif place.channel:
        note = Whisper(
            channel=place.channel, user=place.user, thread_ts=place.thread_ts, drawing=lines.told(words)
        )
        offer(front.desk, [note])


def draw_home(front: Front, place: Pressed, note: str = "") -> None:
    """Draw the presser's Home anew, on the page where they are."""
    state = state_of(place.home or {})
    front.homes.pressed(place.user, state.at(state.asked), note)


async def attempt(front: Front, place: Pressed, work: Callable[[], Awaitable[T]]) -> T | None:
    """Carry out a press; a refusal is told to the presser, changes nothing and gives None."""
    try:
        return await unit(front, work)
    except Refusal as refusal:
        whisper(front, place, refusal.words)
        return None

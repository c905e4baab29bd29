"""`Take next`, in Home and where customers wait: whoever has waited longest, for the presser."""

from __future__ import annotations

from desk.asked import Asked
from desk.conversations import taking
from desk.conversations.aftermath import Whisper, offer
from desk.conversations.assignment import Refusal
from desk.slack.home import state_of
from handlers.front import Front, Pressed, unit, whisper


async def take_next(front: Front, place: Pressed) -> None:
    """Assign it. In Home it stands in the presser's inbox then; elsewhere they alone see the way there."""
    desk = front.desk
    try:
        taken = await unit(front, lambda: taking.take_next(desk, place.user))
    except Refusal as refusal:
        whisper(front, place, refusal.words)
        return
    if place.home:
        said = await taking.said(desk, taken)
        front.homes.pressed(place.user, state_of(place.home).at(Asked()), said)
    elif place.channel:
        drawing = await taking.drawn(desk, taken)
        offer(
            desk,
            [Whisper(channel=place.channel, user=place.user, thread_ts=place.thread_ts, drawing=drawing)],
        )

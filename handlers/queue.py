"""`Take next`, where customers wait: whoever has waited longest, for the presser."""

from __future__ import annotations

from desk.conversations import taking, views
from desk.conversations.aftermath import Whisper, offer
from desk.conversations.assignment import Refusal
from desk.conversations.scene import case
from desk.slack import posts, waiting, wording
from handlers.front import Front, Pressed, unit, whisper


async def take_next(front: Front, place: Pressed) -> None:
    """Assign it, and show the presser alone the way there."""
    desk = front.desk
    try:
        taken = await unit(front, lambda: taking.take_next(desk, place.user))
    except Refusal as refusal:
        whisper(front, place, refusal.words)
        return
    if not place.channel:
        return
    found = await case(desk, taken)
    place_of = posts.place(views.network_title(found), found.row.title)
    words = wording.home.taken(found.contact.name, place_of)
    url = views.permalink(desk, taken.channel, taken.card_ts) if taken.card_ts else None
    drawing = waiting.taken(words, taken.id, taken.version, url)
    offer(desk, [Whisper(channel=place.channel, user=place.user, thread_ts=place.thread_ts, drawing=drawing)])

"""Finding the channels that the configuration names, and seeing whether cards can be posted there."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from desk.context import Desk
from desk.slack import wording
from desk.slack.errors import ChannelFault

Found = Mapping[str, object]
"""A channel as Slack describes it."""


async def find(desk: Desk, wanted: str, known: str | None, known_name: str) -> Found | None:
    """The channel by its id; by its name where that is all there is, or as long as it has it.

    A channel that was renamed since it became `known` stays the one that is meant.
    """
    if not wanted.startswith("#"):
        return await _known(desk, wanted)
    found = await desk.gateway.find_channel(wanted)
    if found is None and known and known_name == wanted.removeprefix("#"):
        return await _known(desk, known)
    return found


async def _known(desk: Desk, channel: str) -> Found | None:
    try:
        return await desk.gateway.channel(channel)
    except ChannelFault:
        return None


def unusable(
    found: Found | None, wanted: str, unseen: Callable[[str], str] = wording.operators.no_channel
) -> str:
    """Why no cards can be posted there, in a sentence with the repair; empty: they can. `unseen` says
    that Slack shows us no such channel."""
    if found is None or (found.get("is_private") and not found.get("is_member")):
        return unseen(wanted)
    if found.get("is_archived"):
        return wording.operators.CHANNEL_CLOSED
    return wording.operators.SHARED_CHANNEL if found.get("is_ext_shared") else ""


async def enter(desk: Desk, found: Found) -> str:
    """Be in a channel that can be used; returns its id."""
    channel = str(found["id"])
    if not found.get("is_member"):
        await desk.gateway.join(channel)
    return channel


def name_of(wanted: str, found: Found) -> str:
    """Its name: as the configuration has it, which a channel that was renamed no longer bears."""
    return wanted.removeprefix("#") if wanted.startswith("#") else str(found.get("name") or found["id"])

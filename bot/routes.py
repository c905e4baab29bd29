"""Seeing to the channels that rules of routing name: that we are there, and that they are welcomed."""

from __future__ import annotations

import structlog
from tortoise.transactions import in_transaction

from bot import channels
from desk import intake
from desk.context import Desk
from desk.delivery import plan
from desk.slack import posts, wording
from desk.slack.errors import SlackError
from models import Account, RoutedChannel

log = structlog.get_logger("oratio.routes")


async def make_ready(desk: Desk) -> bool:
    """See to each rule's channel; its fault is kept, shown and told once. False if Slack could not be
    asked for one, so that it is worth asking again soon."""
    return all([await _settled(desk, wanted) for wanted in intake.wanted_channels(desk)])


async def _settled(desk: Desk, wanted: str) -> bool:
    try:
        await _place(desk, wanted)
    except SlackError as error:
        if error.retry:
            log.warning("route.unasked", channel=wanted, code=error.code)
            return False
        await _waits(desk, wanted, error.words)
    return True


async def _place(desk: Desk, wanted: str) -> None:
    row = await RoutedChannel.get_or_none(key=intake.key_of(desk, wanted))
    found = await channels.find(desk, wanted, row.channel if row else None, row.name if row else "")
    why = channels.unusable(found, wanted, wording.routing.no_channel)
    if found is None or why:
        await _waits(desk, wanted, why)
        return
    channel = await channels.enter(desk, found)
    name = channels.name_of(wanted, found)
    await desk.units.transact(lambda: _ready(desk, wanted, channel, name))
    desk.wake()


async def _waits(desk: Desk, wanted: str, why: str) -> None:
    log.warning("route.waiting", channel=wanted, why=why)

    async def unit() -> None:
        async with in_transaction():
            await intake.waits(desk, wanted, why)

    await desk.units.transact(unit)
    desk.wake()


async def _ready(desk: Desk, wanted: str, channel: str, name: str) -> None:
    """The channel is there: the welcome once, unless it is an account's own and has its welcome."""
    async with in_transaction():
        if await intake.ready(desk, wanted, channel, name) and not await Account.exists(channel=channel):
            once = f"welcome:{channel}"
            drawing = posts.welcome_routed(channel)
            await plan.admin(desk.workspace.id, channel, drawing, desk.clock.now(), once=once)

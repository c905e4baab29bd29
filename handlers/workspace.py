"""What happens to the workspace: people come and go, channels open and close, tokens end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tortoise.transactions import in_transaction

from desk import intake, people, trouble
from desk.slack import wording
from handlers.front import Front, unit


async def on_membership(front: Front, event: Mapping[str, Any]) -> None:
    """Somebody joined or left an intake channel: who is an agent, or whether we can post, may change."""
    channels = await intake.channels(front.desk)
    ours = event.get("user") == front.desk.workspace.bot_user_id
    if ours or event.get("channel") in channels:
        await front.make_ready()


async def on_person(front: Front, event: Mapping[str, Any]) -> None:
    """A name, picture or right changed."""
    user = event.get("user")
    if not isinstance(user, Mapping):
        return
    desk = front.desk
    member = people.read_member(user, desk.workspace.team_id)

    async def work() -> bool:
        async with in_transaction():
            changed = await people.rights_changed(desk, member)
            await people.keep(desk, [member], desk.clock.now())
            await people.retire(desk, member)
            return changed

    if await unit(front, work):
        await front.make_ready()


async def on_group(front: Front, event: Mapping[str, Any]) -> None:
    """Somebody came into a user group or left it: who is an agent may change."""
    if any(account.config.agents_group for account in front.desk.accounts.values()):
        await front.make_ready()


async def on_channel_closed(front: Front, event: Mapping[str, Any]) -> None:
    """An intake channel was archived or deleted: its account waits, and the admins hear why."""
    channel = str(event.get("channel", ""))

    async def work() -> None:
        async with in_transaction():
            await trouble.report(front.desk, f"channel:{channel}", wording.operators.CHANNEL_CLOSED)

    await unit(front, work)


async def on_channel_open(front: Front, event: Mapping[str, Any]) -> None:
    """A channel came back, or has another name."""
    await front.make_ready()


async def on_token_lost(front: Front, event: Mapping[str, Any]) -> None:
    """The app was removed or its token revoked: nothing leaves until it is installed anew."""
    if event.get("type") == "tokens_revoked" and not (event.get("tokens") or {}).get("bot"):
        return

    async def work() -> None:
        async with in_transaction():
            await trouble.report(front.desk, "workspace", wording.operators.TOKEN_LOST)

    await unit(front, work)
    front.lost(wording.operators.TOKEN_LOST)


EVENTS = {
    "member_joined_channel": on_membership,
    "member_left_channel": on_membership,
    "user_change": on_person,
    "subteam_members_changed": on_group,
    "subteam_updated": on_group,
    "channel_archive": on_channel_closed,
    "channel_deleted": on_channel_closed,
    "group_archive": on_channel_closed,
    "group_deleted": on_channel_closed,
    "channel_unarchive": on_channel_open,
    "group_unarchive": on_channel_open,
    "channel_rename": on_channel_open,
    "app_uninstalled": on_token_lost,
    "tokens_revoked": on_token_lost,
}

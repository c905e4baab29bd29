"""Who is who in the workspace, and who answers the customers of which account."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tortoise.transactions import in_transaction

from desk.context import ConnectedAccount, Desk
from desk.delivery import keys, outbox
from desk.slack import mrkdwn, wording
from desk.slack.drawing import Teammate
from desk.slack.text import clean_name
from models import Account, AccountAgent, AccountState, Person
from models.lookup import Lookup

_ID = re.compile(r"[A-Z0-9]{1,32}")
"""What an id of Slack's looks like; no longer than our columns."""
_AGENT = Lookup(AccountAgent, "key = ? AND workspace_id = ?")
_PERSON = Lookup(Person, "key = ?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person as Slack describes them now."""

    user_id: str
    name: str
    search_name: str
    avatar_url: str | None
    time_zone: str
    is_bot: bool
    is_guest: bool
    is_stranger: bool
    is_admin: bool
    deleted: bool


def read_member(user: Mapping[str, Any], team_id: str) -> Member:
    """Read one entry of `users.list`. Never raises: what is missing is empty."""
    profile = user.get("profile") or {}
    real = str(profile.get("real_name") or user.get("real_name") or user.get("name") or "")
    shown = str(profile.get("display_name") or real)
    return Member(
        user_id=str(user.get("id", ""))[:32],
        name=clean_name(shown or "Someone"),
        search_name=f"{shown} {real}".casefold()[:255],
        avatar_url=_public(profile.get("image_192") or profile.get("image_72")),
        time_zone=str(user.get("tz") or "")[:64],
        is_bot=bool(user.get("is_bot")) or user.get("id") == "USLACKBOT",
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        is_stranger=bool(user.get("is_stranger")) or user.get("team_id", team_id) != team_id,
        is_admin=bool(user.get("is_admin") or user.get("is_owner")),
        deleted=bool(user.get("deleted")),
    )


def _public(url: object) -> str | None:
    return url if isinstance(url, str) and url.startswith("https://") and len(url) <= 1024 else None


def may_answer(member: Person | Member, *, named: bool) -> bool:
    """Guests, strangers, bots and deactivated people never answer, unless they are named."""
    if member.deleted or member.is_bot:
        return False
    return named or not (member.is_guest or member.is_stranger)


async def keep(desk: Desk, members: Iterable[Member], now: datetime) -> None:
    """Store people as Slack describes them."""
    workspace = desk.workspace.id
    for member in members:
        values: dict[str, Any] = {
            "name": member.name,
            "search_name": member.search_name,
            "avatar_url": member.avatar_url,
            "time_zone": member.time_zone,
            "is_bot": member.is_bot,
            "is_guest": member.is_guest,
            "is_stranger": member.is_stranger,
            "is_admin": member.is_admin,
            "deleted": member.deleted,
            "refreshed_at": now,
        }
        key = f"{workspace}:{member.user_id}"
        if not await Person.filter(key=key).update(**values):
            await Person.create(workspace_id=workspace, key=key, user_id=member.user_id, **values)


async def refresh(desk: Desk) -> None:
    """Ask Slack who is here; store it."""
    now = desk.clock.now()
    members = [read_member(u, desk.workspace.team_id) for u in await desk.gateway.users()]
    await desk.units.transact(lambda: _keep_all(desk, members, now))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whom the configuration makes agents, and what to say if that is nobody."""

    named: frozenset[str]
    """By name: guests count, too."""
    others: frozenset[str] = frozenset()
    """Members of the group, or of the private channel."""
    nobody: str = ""


async def appoint(desk: Desk, account: ConnectedAccount) -> str:
    """Find out who answers the customers of this account; store it.

    Returns a sentence about what is wrong with that, or nothing. Raises `SlackError`.
    """
    wanted = await _wanted(desk, account)
    if wanted is None:  # its channel is awaited; a route may show its customers elsewhere meanwhile
        await desk.units.transact(lambda: appointed(desk, account.id))
        desk.wake()
        return ""
    agents = await desk.units.transact(lambda: _set_agents(desk, account, wanted))
    desk.wake()
    return "" if agents else wanted.nobody


async def _keep_all(desk: Desk, members: list[Member], now: datetime) -> None:
    async with in_transaction():
        await keep(desk, members, now)


async def _wanted(desk: Desk, account: ConnectedAccount) -> Wanted | None:
    """The group's members, else those of the private channel; and who is named. None: not known now."""
    named = frozenset(account.config.agents)
    if account.config.agents_group:
        return await _of_group(desk, account.config.agents_group, named)
    row = await Account.get(id=account.id)
    if not row.channel or row.state is AccountState.WAITING:
        return Wanted(named=named, nobody=wording.operators.NOBODY_NAMED) if named else None
    channel = await desk.gateway.channel(row.channel)
    name = str(channel.get("name") or row.channel)
    if not channel.get("is_private"):
        return Wanted(
            named=named,
            nobody=wording.operators.NOBODY_NAMED if named else wording.operators.nobody_public(name),
        )
    members = frozenset(await desk.gateway.members(row.channel))
    return Wanted(named=named, others=members, nobody=wording.operators.nobody_private(name))


async def _of_group(desk: Desk, wanted: str, named: frozenset[str]) -> Wanted:
    group = await _group_id(desk, wanted)
    if group is None:
        return Wanted(named=named, nobody=wording.operators.no_group(wanted))
    members = frozenset(await desk.gateway.group_members(group))
    return Wanted(named=named, others=members, nobody=wording.operators.nobody_in_group(wanted))


async def _group_id(desk: Desk, name: str) -> str | None:
    if not name.startswith("@"):
        return name
    for group in await desk.gateway.groups():
        if group.get("handle") == name[1:]:
            return str(group["id"])
    return None


async def know_group(desk: Desk, account: ConnectedAccount) -> str:
    """Find out which group hears of this account's new customers; store it.

    Returns a sentence about what is wrong with that, or nothing. Raises `SlackError`.
    """
    wanted = account.config.notify
    groups = await desk.gateway.groups() if wanted else []
    names = {"@" + str(group.get("handle")): str(group.get("id")) for group in groups}
    group = names.get(wanted or "") or next((known for known in names.values() if known == wanted), None)
    await Account.filter(id=account.id).update(notify_group=group)
    return wording.operators.no_notify(wanted) if wanted and group is None else ""


async def know_lead(desk: Desk, account: ConnectedAccount) -> str:
    """A sentence about the person whom the last reminder reaches, where there is no such person."""
    reminders = account.config.reminders
    if reminders is None or reminders.lead is None:
        return ""
    lead = await person(desk, reminders.lead)
    gone = lead is None or lead.deleted or lead.is_bot
    return wording.operators.no_lead(reminders.lead) if gone else ""


async def appointed(desk: Desk, account_id: int) -> None:
    """Who answers there was found out, or told that nobody does: cards wait for that no more."""
    async with in_transaction():
        await Account.filter(id=account_id).update(appointed=True)
        await outbox.unpark(desk.workspace.id, keys.its_agents(account_id))


async def _set_agents(desk: Desk, account: ConnectedAccount, wanted: Wanted) -> int:
    """Store who answers; returns how many."""
    users = wanted.named | wanted.others
    async with in_transaction():
        people = await Person.filter(workspace_id=desk.workspace.id, user_id__in=list(users))
        here = {p.user_id for p in people if may_answer(p, named=p.user_id in wanted.named)}
        standing = set(
            await AccountAgent.filter(workspace_id=desk.workspace.id, account_id=account.id).values_list(
                "user_id", flat=True
            )
        )
        await AccountAgent.filter(account_id=account.id, user_id__in=list(standing - here)).delete()
        for user in here - standing:
            await AccountAgent.create(
                workspace_id=desk.workspace.id,
                account_id=account.id,
                user_id=user,
                key=f"{account.id}:{user}",
            )
        await appointed(desk, account.id)
    return len(here)


async def rights_changed(desk: Desk, member: Member) -> bool:
    """Whether what decides who may answer is different from what we know of this person."""
    known = await person(desk, member.user_id)
    now = (member.deleted, member.is_bot, member.is_guest, member.is_stranger)
    return known is None or (known.deleted, known.is_bot, known.is_guest, known.is_stranger) != now


async def retire(desk: Desk, member: Member) -> None:
    """Somebody who was deactivated answers nobody any more, from this moment."""
    if member.deleted:
        await AccountAgent.filter(workspace_id=desk.workspace.id, user_id=member.user_id).delete()


async def is_agent(desk: Desk, account_id: int, user: str) -> bool:
    """Whether this person answers the customers of this account."""
    return await _AGENT.exists(agent_key(account_id, user), desk.workspace.id)


def agent_key(account_id: int, user: str) -> str:
    """The key of the row that makes a person an agent of an account; none has it for what is no person."""
    return f"{account_id}:{user}" if _ID.fullmatch(user) else ""


async def accounts_of(desk: Desk, user: str) -> list[int]:
    """The accounts this person serves."""
    rows = await AccountAgent.filter(workspace_id=desk.workspace.id, user_id=user)
    return [row.account_id for row in rows if row.account_id in desk.accounts]


async def agents_of(desk: Desk, account_id: int, part_of_name: str = "", limit: int = 100) -> list[Person]:
    """The agents of an account whose name has this part, by name."""
    users = await AccountAgent.filter(workspace_id=desk.workspace.id, account_id=account_id).values_list(
        "user_id", flat=True
    )
    people = await Person.filter(workspace_id=desk.workspace.id, user_id__in=list(users)).order_by("name")
    wanted = part_of_name.casefold().strip()
    return [p for p in people if wanted in p.search_name][:limit]


async def person(desk: Desk, user: str) -> Person | None:
    """A person by Slack user id."""
    if not _ID.fullmatch(user):
        return None
    return await _PERSON.one(f"{desk.workspace.id}:{user}")


async def name_of(desk: Desk, user: str | None) -> str:
    """How to call a person in a sentence."""
    found = await person(desk, user) if user else None
    return found.name if found else "Someone"


async def zone_of(desk: Desk, user: str) -> tzinfo:
    """Where a person's clock stands; UTC where that is not known."""
    found = await person(desk, user)
    try:
        return ZoneInfo(found.time_zone) if found and found.time_zone else UTC
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return UTC


async def teammate(desk: Desk, user: str) -> Teammate:
    """A person to be mentioned."""
    return Teammate(user_id=user, name=await name_of(desk, user))


async def names(desk: Desk, users: Iterable[str]) -> dict[str, str]:
    """Names of several people."""
    rows = await Person.filter(workspace_id=desk.workspace.id, user_id__in=list(users))
    return {row.user_id: row.name for row in rows}


async def read(desk: Desk, event: Mapping[str, Any]) -> mrkdwn.Said:
    """What somebody wrote in Slack, with the people it names called by their names."""
    mentioned = mrkdwn.read_message(event, lambda _: None).users
    known = await names(desk, mentioned) if mentioned else {}
    return mrkdwn.read_message(event, known.get)

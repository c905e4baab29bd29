"""`check`: what the configuration needs, beside what Slack says; each fault with its repair."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bot import manifest
from bot.config import Config
from bot.exits import SlackRefused
from desk.settings import AccountConfig
from desk.slack.errors import ChannelFault, SlackError, WorkspaceFault
from desk.slack.gateway import Auth, Gateway

Found = Mapping[str, Any]
"""An object as Slack describes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One sentence. `wrong`: something must be repaired; otherwise all is well, or good to know."""

    words: str
    wrong: bool = False

    @property
    def line(self) -> str:
        """The sentence with its sign."""
        return f"{'✗' if self.wrong else '✓'} {self.words}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What Slack says about one account's channel and people."""

    account: AccountConfig
    channel: Found | None
    """None: it does not exist, or is private and the app is not in it."""
    members: frozenset[str] = frozenset()
    group_members: tuple[str, ...] | None = None
    """The user group's members; None where no group is configured, or it was not found."""
    people: Mapping[str, Found | None] = field(default_factory=dict)
    """The agents named in the configuration; None for one Slack does not know."""


async def inspect(config: Config) -> list[Finding]:
    """Ask Slack and judge. Raises `SlackRefused` where the bot token itself does not work."""
    needed = manifest.read()
    async with _gateways(config) as (gateway, sockets):
        try:
            auth = await gateway.auth_test()
            findings = [*judge_app(auth, needed), await _socket(sockets)]
            for account in config.desk.accounts:
                findings += judge_account(await _around(account, gateway, auth.user_id))
        except SlackError as error:
            raise SlackRefused(f"Slack could not be asked: {error.words}") from None
    return findings


def judge_app(auth: Auth, needed: Mapping[str, Any]) -> Iterator[Finding]:
    """The token, its scopes, and what Slack does not tell."""
    yield Finding(words=f"The bot token belongs to the workspace {auth.team}.")
    missing = sorted(manifest.bot_scopes(needed) - auth.scopes)
    if missing:
        yield Finding(
            wrong=True,
            words=f"The Slack app lacks the scopes {', '.join(missing)}: paste the manifest "
            "(python -m bot manifest) into the app's settings again and reinstall the app.",
        )
    else:
        yield Finding(words="The app has every scope it needs.")
    commands = ", ".join(manifest.commands(needed))
    yield Finding(
        words=f"Slack does not tell an app its commands; these must be in its manifest: {commands}."
    )


def judge_account(around: Surroundings) -> Iterator[Finding]:
    """The intake channel and who answers there."""
    title, name = around.account.title, _name(around)
    if around.channel is None:
        yield _wrong(title, f"{name} does not exist, or is private: then type /invite @Oratio there")
        return
    faults = list(_channel_faults(around, name))
    yield from (_wrong(title, words) for words in faults)
    yield from (_wrong(title, words) for words in _agent_faults(around, name))
    if not faults:
        yield Finding(words=f"{title}: new customers appear in {name}.")
    agents = _agents(around)
    if agents:
        yield Finding(words=f"{title}: {len(agents)} {'agent' if len(agents) == 1 else 'agents'} may answer.")


def _channel_faults(around: Surroundings, name: str) -> Iterator[str]:
    channel = around.channel or {}
    if channel.get("is_archived"):
        yield f"{name} is archived; unarchive it, or name another channel"
    if channel.get("is_ext_shared") or channel.get("is_org_shared"):
        yield f"{name} is shared with others, who would read your customers' words; name another channel"
    if not channel.get("is_member") and channel.get("is_private"):
        yield f"Oratio is not in {name}; type /invite @Oratio there"


def _agent_faults(around: Surroundings, name: str) -> Iterator[str]:
    account = around.account
    if account.agents_group and around.group_members is None:
        yield f"there is no user group {account.agents_group}; name one in agents_group, or people in agents"
    for user, person in around.people.items():
        if person is None:
            yield f"Slack does not know {user}, who is named in agents"
        elif person.get("deleted"):
            yield f"{person.get('real_name') or user}, who is named in agents, is deactivated"
        elif person.get("is_bot"):
            yield f"{person.get('real_name') or user}, who is named in agents, is an app"
    if not _agents(around):
        yield (
            f"nobody may answer: {name} is public, so name people in agents or a user group in agents_group"
            if not (around.channel or {}).get("is_private")
            else f"nobody may answer: invite the support team to {name}"
        )


def _agents(around: Surroundings) -> frozenset[str]:
    """Who may answer: those named, and the group's members, or else a private channel's."""
    named = frozenset(user for user, person in around.people.items() if person and not person.get("deleted"))
    if around.group_members is not None:
        return named | frozenset(around.group_members)
    private = bool((around.channel or {}).get("is_private"))
    return named | around.members if private else named


def _wrong(title: str, words: str) -> Finding:
    return Finding(words=f"{title}: {words}.", wrong=True)


def _name(around: Surroundings) -> str:
    known = (around.channel or {}).get("name")
    configured = around.account.channel
    return f"#{known}" if known else configured if configured.startswith("#") else f"the channel {configured}"


async def _around(account: AccountConfig, gateway: Gateway, own: str) -> Surroundings:
    channel = await _channel(account.channel, gateway)
    readable = channel is not None and (channel.get("is_member") or not channel.get("is_private"))
    return Surroundings(
        account=account,
        channel=channel,
        members=frozenset(await gateway.members(str(channel["id"]))) - {own}
        if channel and readable
        else frozenset(),
        group_members=await _group(account.agents_group, gateway) if account.agents_group else None,
        people={user: await _person(user, gateway) for user in account.agents},
    )


async def _channel(wanted: str, gateway: Gateway) -> Found | None:
    try:
        if not wanted.startswith("#"):
            return await gateway.channel(wanted)
        found = await gateway.find_channel(wanted)
        return await gateway.channel(str(found["id"])) if found else None
    except ChannelFault:
        return None


async def _group(wanted: str, gateway: Gateway) -> tuple[str, ...] | None:
    handle = wanted.removeprefix("@")
    for group in await gateway.groups():
        if wanted == group.get("id") or (wanted != handle and handle == group.get("handle")):
            return tuple(await gateway.group_members(str(group["id"])))
    return None


async def _person(user: str, gateway: Gateway) -> Found | None:
    try:
        return await gateway.user(user)
    except WorkspaceFault:
        raise
    except SlackError as error:
        if error.code != "user_not_found":
            raise
        return None


async def _socket(sockets: Gateway | None) -> Finding:
    if sockets is None:
        return Finding(words="Slack calls Oratio over HTTP: its manifest must name your address.")
    try:
        await sockets.socket_url()
    except WorkspaceFault:
        return Finding(
            wrong=True,
            words="Slack does not take SLACK_APP_TOKEN for Socket Mode: make an app-level token with the "
            "scope connections:write, and switch Socket Mode on.",
        )
    return Finding(words="The app-level token opens Socket Mode.")


@asynccontextmanager
async def _gateways(config: Config) -> AsyncIterator[tuple[Gateway, Gateway | None]]:
    patience = aiohttp.ClientTimeout(total=30, connect=5)
    async with aiohttp.ClientSession(timeout=patience) as session:
        token, url = config.app_token, config.slack_api_url
        yield Gateway(config.bot_token, url, session), Gateway(token, url, session) if token else None

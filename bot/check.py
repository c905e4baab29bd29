"""`check`: asks Slack what the configuration needs to know; `bot.findings` judges."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp

from bot import manifest
from bot.config import Config
from bot.connecting import hook_of, polled, settings_of
from bot.exits import NO_SOCKET, SlackRefused
from bot.findings import (
    Finding,
    Found,
    Surroundings,
    judge_account,
    judge_addresses,
    judge_app,
    judge_hours,
    judge_network,
    judge_operators,
    told_apart,
)
from bot.rulefindings import RuleChannel, judge_routes
from desk.clock import Clock
from desk.hub import Hub
from desk.people import Member, read_member
from desk.settings import AccountConfig
from desk.slack.errors import ChannelFault, SlackError, WorkspaceFault
from desk.slack.gateway import Auth, Gateway
from desk.slack.wording.operators import NO_ADDRESS
from desk.units import Units
from desk.visitors import Visitors
from networks.base import Checked, Checks, Closes, Connects, Network, Tools
from networks.errors import DeliveryError, Unreachable
from networks.registry import build

LOOK_THERE = " from this machine: look at the account's addresses in oratio.toml, and at the firewall"
Say = Callable[[str], None]
Make = Callable[[str, Tools], Network]


async def inspect(config: Config, say: Say = lambda _: None, *, make: Make = build) -> list[Finding]:
    """Ask Slack and the accounts' networks, and judge; `say` hears what is being asked.

    Raises `SlackRefused` where Slack is away, or the bot token itself does not work.
    """
    accounts = told_apart(config.desk.accounts)
    config = replace(config, desk=replace(config.desk, accounts=accounts))
    async with _gateways(config) as (gateway, sockets):
        try:
            auth = await gateway.auth_test()
            findings = [*judge_app(auth, manifest.read(config.desk.command_prefix)), *judge_addresses(config)]
            if sockets:
                say("Asking Slack for a socket …")
                findings.append(await _socket(sockets))
            findings += await _accounts(config, gateway, auth, say)
            return findings + await _networks(config, say, make)
        except SlackError as error:
            raise SlackRefused(f"Slack could not be asked: {error.words}") from None


async def _accounts(config: Config, gateway: Gateway, auth: Auth, say: Say) -> list[Finding]:
    """What is found about people and channels. A scope that is missing for that is said, too."""
    try:
        say("Asking Slack who is in the workspace …")
        people = _members(await gateway.users(), auth.team_id)
        admin = await _channel(config.desk.admin_channel, gateway)
    except WorkspaceFault as error:
        return [Finding(wrong=True, words=f"The accounts could not be checked: {error.words}")]
    findings = list(judge_operators(config, admin, people))
    arounds = []
    for account in config.desk.accounts:
        say(f"Asking Slack about {account.title} …")
        try:
            arounds.append(await _around(account, gateway, auth.user_id, people))
        except WorkspaceFault as error:
            words = f"{account.title}: could not be checked: {error.words}"
            findings.append(Finding(wrong=True, words=words))
            continue
        findings += judge_account(arounds[-1])
    findings += judge_hours(config.desk.accounts, Clock().now())
    return findings + await _routes(config, gateway, auth.user_id, arounds)


async def _routes(
    config: Config, gateway: Gateway, own: str, arounds: Sequence[Surroundings]
) -> list[Finding]:
    """What is found about rules of routing, and the channels they name."""
    routes = config.desk.routes
    there = {route.channel: await _rule_channel(route.channel, gateway, own) for route in routes}
    return list(judge_routes(routes, arounds, there))


async def _rule_channel(wanted: str, gateway: Gateway, own: str) -> RuleChannel:
    channel = await _channel(wanted, gateway)
    return RuleChannel(channel=channel, members=await _insiders(channel, gateway, own))


async def _insiders(channel: Found | None, gateway: Gateway, own: str) -> frozenset[str]:
    """Who else is in a private channel that we are in."""
    if channel is None or not (channel.get("is_private") and channel.get("is_member")):
        return frozenset()
    return frozenset(await gateway.members(str(channel["id"]))) - {own}


async def _networks(config: Config, say: Say, make: Make) -> list[Finding]:
    """What the networks that can be asked say of their accounts."""
    clock, units, folder = Clock(), Units(), config.desk.data / "media"
    hub = Hub()
    tools = Tools(visitors=Visitors(0, {}, folder, clock, units, hub=hub), signal=hub.tell)
    findings: list[Finding] = []
    for account in config.desk.accounts:
        network = make(account.network, tools)
        try:
            if isinstance(network, Checks):
                say(f"Asking {network.title} about {account.title} …")
            findings += judge_network(account, await _asked(config, account, network))
        finally:
            if isinstance(network, Closes):
                await network.close()
    return findings


async def _asked(config: Config, account: AccountConfig, network: Network) -> Sequence[Checked]:
    if not isinstance(network, Checks):
        return ()
    settings, hook = settings_of(config.desk, account), hook_of(config.desk, account)
    is_asked = polled(network, settings, hook)
    if hook is None and not is_asked and isinstance(network, Connects):
        return [Checked(words=NO_ADDRESS, wrong=True)]
    try:
        return await network.check(settings, None if is_asked else hook)
    except Unreachable as error:
        return [Checked(words=f"{error.words}{LOOK_THERE}", wrong=True)]
    except DeliveryError as error:
        return [Checked(words=error.words, wrong=True)]


async def _around(
    account: AccountConfig, gateway: Gateway, own: str, people: Mapping[str, Member]
) -> Surroundings:
    channel = await _channel(account.channel, gateway)
    return Surroundings(
        account=account,
        channel=channel,
        members=await _insiders(channel, gateway, own),
        group_members=await _group(account.agents_group, gateway) if account.agents_group else None,
        notify_known=not account.notify or await _group(account.notify, gateway) is not None,
        people=people,
    )


def _members(users: Iterable[Found], team_id: str) -> dict[str, Member]:
    return {member.user_id: member for member in (read_member(user, team_id) for user in users)}


async def _channel(wanted: str | None, gateway: Gateway) -> Found | None:
    if not wanted:
        return None
    try:
        if not wanted.startswith("#"):
            return await gateway.channel(wanted)
        found = await gateway.find_channel(wanted)
        return await gateway.channel(str(found["id"])) if found else None
    except ChannelFault:
        return None


async def _group(wanted: str, gateway: Gateway) -> frozenset[str] | None:
    handle = wanted.removeprefix("@")
    for group in await gateway.groups():
        if wanted == group.get("id") or (wanted != handle and handle == group.get("handle")):
            return frozenset(await gateway.group_members(str(group["id"])))
    return None


async def _socket(sockets: Gateway) -> Finding:
    try:
        await sockets.socket_url()
    except SlackError as error:
        if error.retry:
            raise
        return Finding(wrong=True, words=NO_SOCKET)
    return Finding(words="The app-level token opens Socket Mode.")


@asynccontextmanager
async def _gateways(config: Config) -> AsyncIterator[tuple[Gateway, Gateway | None]]:
    patience = aiohttp.ClientTimeout(total=30, connect=5)
    async with aiohttp.ClientSession(timeout=patience) as session:
        token, url = config.app_token, config.slack_api_url
        yield Gateway(config.bot_token, url, session), Gateway(token, url, session) if token else None

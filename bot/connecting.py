"""What the program connects to: Slack, as which app in which workspace, and the accounts' networks."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.config import Config
from bot.exits import NO_SOCKET, SlackRefused
from desk.clock import Clock
from desk.context import ConnectedAccount, WorkspaceRef
from desk.settings import AccountConfig, DeskSettings
from desk.slack.errors import SlackError
from desk.slack.gateway import Auth, Gateway, Patience
from models import Workspace
from networks.base import Network, PollingNetwork
from networks.capabilities import AccountSettings

log = structlog.get_logger("oratio")


def gateway_of(config: Config, session: aiohttp.ClientSession, clock: Clock) -> Gateway:
    """Slack's Web API with the bot token. A file's transfer may be silent twice as long as a call."""
    silence = config.desk.durations.slack_answers.total_seconds() * 2
    return Gateway(
        config.bot_token, config.slack_api_url, session, clock=clock, patience=Patience(silence=silence)
    )


async def authenticated(gateway: Gateway) -> Auth:
    """Who we are. Raises `SlackRefused`."""
    try:
        return await gateway.auth_test()
    except SlackError as error:
        away = (
            "Slack could not be asked" if error.retry else "Slack does not let Oratio in with SLACK_BOT_TOKEN"
        )
        raise SlackRefused(f"{away}: {error.words}") from error


async def try_app_token(gateway: Gateway) -> None:
    """See that Slack opens sockets for it: Bolt would try one it does not take for ever.

    Raises `SlackRefused`.
    """
    try:
        await gateway.socket_url()
    except SlackError as error:
        if not error.retry:
            raise SlackRefused(NO_SOCKET) from error
        log.warning("sockets.unasked", code=error.code)


async def workspace_of(auth: Auth) -> WorkspaceRef:
    """Our row of the workspace. Raises `SlackRefused` if the database belongs to another one."""
    values = {"name": auth.team, "url": auth.url, "bot_user_id": auth.user_id, "bot_id": auth.bot_id}
    other = await Workspace.exclude(team_id=auth.team_id).first()
    if other:
        raise SlackRefused(
            f"This database belongs to the workspace {other.name}, but the token is one of {auth.team}."
        )
    row = await Workspace.get_or_none(team_id=auth.team_id)
    if row is None:
        row = Workspace(team_id=auth.team_id, link_secret=secrets.token_hex(32), **values)
        await row.save()
    else:
        await Workspace.filter(id=row.id).update(**values, state="ready", reason="")
    return WorkspaceRef(
        id=row.id,
        team_id=auth.team_id,
        url=auth.url,
        bot_user_id=auth.user_id,
        bot_id=auth.bot_id,
        link_secret=row.link_secret,
    )


def hook_of(settings: DeskSettings, account: AccountConfig) -> str | None:
    """Where the account's provider can call us; None where the world doesn't reach us."""
    base = settings.public_url
    if not (base and base.startswith("https://")):
        return None
    return f"{base}/hooks/{account.network}/{account.name}"


def polled(network: Network, settings: AccountSettings, hook: str | None) -> bool:
    """Whether the account is asked for what happened."""
    return isinstance(network, PollingNetwork) and network.polls(settings, hook)


def settings_of(settings: DeskSettings, account: AccountConfig) -> AccountSettings:
    """The account as its network knows it."""
    return AccountSettings(
        network=account.network,
        name=account.name,
        title=account.title,
        options=account.options,
        hook=hook_of(settings, account),
    )


def connected(
    ids: Mapping[str, int], config: Config, make: Callable[[str], Network]
) -> dict[int, ConnectedAccount]:
    """Each account with its network; a network is made once."""
    made: dict[str, Network] = {}
    accounts: dict[int, ConnectedAccount] = {}
    for each in config.desk.accounts:
        if each.network not in made:
            made[each.network] = make(each.network)
        network = made[each.network]
        accounts[ids[each.name]] = ConnectedAccount(
            id=ids[each.name], config=each, settings=settings_of(config.desk, each), network=network
        )
    return accounts


def bolt_app(config: Config, gateway: Gateway, workspace: WorkspaceRef) -> AsyncApp:
    """Bolt, which acknowledges after the listener's commit and asks Slack nothing by itself."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=workspace.team_id,
            bot_token=config.bot_token,
            bot_id=workspace.bot_id,
            bot_user_id=workspace.bot_user_id,
        )

    return AsyncApp(
        name="oratio",  # without one Bolt reads the sources of all its callers to find a name
        signing_secret=config.signing_secret or "unused in Socket Mode",
        client=gateway.for_bolt(),
        authorize=authorize,
        process_before_response=True,
        ignoring_self_events_enabled=False,
        request_verification_enabled=not config.socket_mode,
    )

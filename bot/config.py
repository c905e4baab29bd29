"""One validated, frozen `Config`: oratio.toml for the accounts, the environment for secrets."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from pydantic import SecretStr

from bot.configfile import Account, FileKeys, place_of, read_file
from bot.environment import SLACK_API, Environment, read_environment
from bot.exits import ConfigError
from bot.places import Place, sentence, shown, suggestion
from bot.schedules import Schedule, read_routes, read_schedules
from desk.settings import AccountConfig, DeskSettings, Durations
from desk.slack.hosts import hosts

Wrong = Callable[[str | None, str], ConfigError]
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_SQLITE = {"synchronous": "FULL", "busy_timeout": "5000", "journal_size_limit": "67108864"}
_MAX_SECONDS = 10 * 365 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything the program is told. `repr` shows no secret.

    With `app_token` Slack is heard through Socket Mode; without it through HTTP, and then
    `signing_secret` is set.
    """

    bot_token: str = field(repr=False)
    app_token: str | None = field(default=None, repr=False)
    signing_secret: str | None = field(default=None, repr=False)
    slack_api_url: str = SLACK_API
    database_url: str = field(repr=False)
    """A URL Tortoise takes; SQLite ones carry their pragmas."""
    host: str = "127.0.0.1"
    port: int = 8080
    """0: any free one."""
    trusted_proxies: tuple[IPNetwork, ...] = ()
    """Whose X-Forwarded-For is believed."""
    metrics_allow: tuple[IPNetwork, ...] = ()
    """Who may read /metrics beside this machine."""
    log_level: str = "INFO"
    log_format: str = "auto"
    desk: DeskSettings

    @property
    def socket_mode(self) -> bool:
        """Whether Slack is heard through Socket Mode."""
        return self.app_token is not None


def load(environment: Environment | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """Read and check the whole configuration.

    `environ` is where `"env:NAME"` secrets come from. Raises `ConfigError`, whose words are
    one sentence that names the file, the table and the key, or the variable.
    """
    env = environment or read_environment()
    _require_slack(env)
    _refuse_plain_http(env)
    top = place_of(env.oratio_config)
    keys, accounts = read_file(top, environ)
    return Config(
        bot_token=_reveal(env.slack_bot_token) or "",
        app_token=_reveal(env.slack_app_token),
        signing_secret=_reveal(env.slack_signing_secret),
        slack_api_url=env.slack_api_url,
        database_url=database_url(_reveal(env.database_url), env.oratio_data),
        host=env.host,
        port=env.port,
        trusted_proxies=_networks("trusted_proxies", keys.trusted_proxies, top),
        metrics_allow=_networks("metrics_allow", keys.metrics_allow, top),
        log_level=env.log_level,
        log_format=env.log_format,
        desk=_desk(env, keys, accounts, top),
    )


def database_url(given: str | None, data: Path) -> str:
    """The URL for Tortoise: by default a SQLite file in `data`, its durability spelt out.

    Raises `ConfigError` for a database Oratio does not speak to.
    """
    url = given or f"sqlite://{data / 'oratio.db'}"
    scheme, _, rest = url.partition("://")
    if scheme in ("postgres", "postgresql", "asyncpg") and _names_server(f"asyncpg://{rest}"):
        return f"asyncpg://{rest}"
    if scheme != "sqlite" or not rest:
        raise ConfigError(
            "The environment variable DATABASE_URL must be sqlite://path or "
            "postgres://user:password@host/name (with %-escapes for what is special in a password)."
        )
    path, _, query = url.partition("?")
    return f"{path}?{urlencode({**_SQLITE, **dict(parse_qsl(query))})}"


def _names_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname and parts.path.strip("/")) and parts.port != 0
    except ValueError:
        return False


def _reveal(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def _require_slack(env: Environment) -> None:
    if env.slack_bot_token is None:
        raise ConfigError(
            "The environment variable SLACK_BOT_TOKEN is not set: it is the Slack app's bot token, xoxb-…."
        )
    if env.slack_app_token is None and env.slack_signing_secret is None:
        raise ConfigError(
            "Neither SLACK_APP_TOKEN (Socket Mode) nor SLACK_SIGNING_SECRET (events over HTTP) is set "
            "in the environment, so Slack could not be heard."
        )


def _refuse_plain_http(env: Environment) -> None:
    for name, url in (("SLACK_API_URL", env.slack_api_url), ("PUBLIC_URL", env.public_url or "")):
        parts = urlsplit(url)
        if parts.scheme == "http" and not _is_here(parts.hostname or ""):
            raise ConfigError(f"The environment variable {name} must be an https address, not {shown(url)}.")
    try:
        hosts(env.slack_api_url)
    except ValueError:
        raise ConfigError(
            f"The environment variable SLACK_API_URL must be an address such as {SLACK_API}, "
            "without user or query."
        ) from None


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _networks(key: str, given: Iterable[str], top: Place) -> tuple[IPNetwork, ...]:
    found = []
    for text in given:
        try:
            found.append(ipaddress.ip_network(text, strict=False))
        except ValueError:
            raise top.wrong(
                key, f'"{key}" must be a list of addresses or networks such as 10.0.0.0/8, not {shown(text)}'
            ) from None
    return tuple(found)


def _desk(env: Environment, keys: FileKeys, accounts: list[Account], top: Place) -> DeskSettings:
    return DeskSettings(
        accounts=_accounts(keys, accounts, top),
        routes=read_routes(keys.routes, top),
        data=env.oratio_data,
        public_url=env.public_url.rstrip("/") if env.public_url else None,
        admin_channel=keys.admin_channel,
        admins=tuple(keys.admins),
        help_contact=keys.help_contact,
        command_prefix=keys.command_prefix,
        durations=_durations(env, keys, top),
    )


def _accounts(keys: FileKeys, accounts: list[Account], top: Place) -> tuple[AccountConfig, ...]:
    schedules = read_schedules(keys, accounts, top)
    return tuple(_account(each, keys, found) for each, found in zip(accounts, schedules, strict=True))


def _account(account: Account, top: FileKeys, schedule: Schedule) -> AccountConfig:
    keys = account.keys
    hold = top.undo_hold if keys.undo_hold is None else keys.undo_hold
    return AccountConfig(
        network=keys.network,
        name=keys.name,
        title=keys.title,
        channel=keys.channel,
        agents=tuple(keys.agents),
        agents_group=keys.agents_group,
        undo_hold=timedelta(seconds=hold),
        direct_message=keys.direct_message,
        hide_words=keys.hide_words,
        notify=keys.notify,
        hours=schedule.hours,
        reminders=schedule.reminders,
        discussion_guard=keys.discussion_guard,
        notes_first=keys.notes_first,
        emoji_actions=keys.emoji_actions,
        options=account.options,
    )


def _durations(env: Environment, keys: FileKeys, top: Place) -> Durations:
    table = Place(file=top.file, text=top.text, table="durations", label="[durations]")
    base = Durations(kept_closed=timedelta(days=keys.kept_closed_days))
    base = replace(base, **_spans(keys.durations, table.wrong))
    return replace(base, **_spans(env.oratio_durations, _wrong_variable))


def _wrong_variable(key: str | None, words: str) -> ConfigError:
    return ConfigError(f"The environment variable ORATIO_DURATIONS: {sentence(words)}")


def _spans(given: Mapping[str, Any], wrong: Wrong) -> dict[str, timedelta]:
    known = {each.name for each in fields(Durations)}
    for key, seconds in given.items():
        if key not in known:
            raise wrong(key, f'unknown key "{key}"{suggestion(key, known)}')
        if type(seconds) not in (int, float) or not 0 <= seconds <= _MAX_SECONDS:
            raise wrong(key, f'"{key}" must be a number of seconds, not {shown(seconds)}')
    return {key: timedelta(seconds=seconds) for key, seconds in given.items()}

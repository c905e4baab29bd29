"""`oratio.toml`: the accounts, and whatever else is no secret."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from bot.exits import ConfigError
from bot.options import read_options
from bot.places import Place, shown, suggestion
from bot.tables import CHANNEL, USER, refuse_unknown, validated
from networks import registry

GROUP = r"^(S[A-Z0-9]{5,}|@\S{1,80})$"

UserId = Annotated[str, Field(pattern=USER)]
Seconds = Annotated[float, Field(ge=0, le=30)]


class FileKeys(BaseModel):
    """The keys at the top of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    admin_channel: str | None = Field(
        default=None, pattern=CHANNEL, description="a channel id such as C0123ABCD, or #name"
    )
    admins: list[UserId] = Field(default=[], description="a list of Slack user ids such as U0123ABCD")
    help_contact: str | None = Field(
        default=None, min_length=1, max_length=80, description="a name people know"
    )
    command_prefix: str = Field(
        default="", pattern=r"^([a-z0-9][a-z0-9_-]{0,14})?$", description="up to 15 of a-z, 0-9, - and _"
    )
    trusted_proxies: list[str] = Field(
        default=[], description="a list of addresses or networks such as 10.0.0.0/8"
    )
    metrics_allow: list[str] = Field(
        default=[], description="a list of addresses or networks such as 10.0.0.0/8"
    )
    kept_closed_days: float = Field(default=14, gt=0, le=3650, description="a number of days")
    undo_hold: Seconds = Field(default=5.0, description="a number of seconds from 0 to 30")
    durations: dict[str, Any] = Field(default={}, description="written as a [durations] table")
    hours: dict[str, Any] | None = Field(default=None, description="written as a [hours] table")
    reminders: dict[str, Any] | None = Field(default=None, description="written as a [reminders] table")
    routes: list[dict[str, Any]] = Field(default=[], description="written as [[routes]] tables")
    accounts: list[dict[str, Any]] = Field(default=[], description="written as [[accounts]] tables")


class AccountKeys(BaseModel):
    """The keys every account takes, whatever its network."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    network: str = Field(description="the name of a network")
    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]{0,39}$",
        description="up to 40 of a-z, 0-9 and hyphens; it never changes later",
    )
    title: str = Field(min_length=1, max_length=80, description="a title of up to 80 characters")
    channel: str = Field(pattern=CHANNEL, description="a channel id such as C0123ABCD, or #name")
    agents: list[UserId] = Field(default=[], description="a list of Slack user ids such as U0123ABCD")
    agents_group: str | None = Field(default=None, pattern=GROUP, description="a user group's id, or @handle")
    undo_hold: Seconds | None = Field(default=None, description="a number of seconds from 0 to 30")
    direct_message: bool = Field(default=False, description="true or false")
    hide_words: bool = Field(default=False, description="true or false")
    notify: str | None = Field(default=None, pattern=GROUP, description="a user group's id, or @handle")
    discussion_guard: bool = Field(default=True, description="true or false")
    notes_first: bool = Field(default=False, description="true or false")
    emoji_actions: bool = Field(default=False, description="true or false")
    hours: dict[str, Any] | None = Field(default=None, description="written as an [accounts.hours] table")
    reminders: dict[str, Any] | None = Field(
        default=None, description="written as an [accounts.reminders] table"
    )


TOP = {"at the top of the file, above its first table": FileKeys.model_fields}
"""Where keys belong that stand too far down."""


class Account(BaseModel):
    """One account: the common keys, and the network's own with secrets resolved."""

    model_config = ConfigDict(frozen=True)

    keys: AccountKeys
    options: dict[str, object] = Field(repr=False)
    """May hold secrets, so `repr` leaves it out."""


def place_of(path: Path) -> Place:
    """The top of the file, its text read. Raises `ConfigError` where it cannot be."""
    return Place(file=str(path), text=_text(path))


def command_prefix(path: Path) -> str:
    """The one key that the Slack app's manifest depends on; the file may not be there yet, or not whole.

    Raises `ConfigError` where it is wrong.
    """
    if not path.exists():
        return ""
    top = place_of(path)
    given = {key: value for key, value in _parse(top).items() if key == "command_prefix"}
    return validated(FileKeys, given, top).command_prefix


def read_file(top: Place, environ: Mapping[str, str]) -> tuple[FileKeys, list[Account]]:
    """The file's keys and accounts. Raises `ConfigError` for the first thing that is wrong."""
    tables = _parse(top)
    refuse_unknown(tables, FileKeys.model_fields, top)
    keys = validated(FileKeys, tables, top)
    accounts = [_account(table, place, environ) for table, place in _places(keys.accounts, top)]
    if not accounts:
        raise top.wrong(None, "no [[accounts]] table, so there is no customer to answer")
    _refuse_twins(accounts, top)
    return keys, accounts


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")  # Windows editors begin with a mark
    except FileNotFoundError:
        raise ConfigError(
            f"There is no {path}: copy oratio.example.toml there, or name another file in ORATIO_CONFIG."
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} cannot be read: it is no UTF-8 text.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from None


def _parse(top: Place) -> dict[str, Any]:
    try:
        return tomllib.loads(top.text)
    except tomllib.TOMLDecodeError as error:
        raise top.wrong(None, f"not valid TOML: {str(error).rstrip('.')}") from None


def _places(tables: list[dict[str, Any]], top: Place) -> Iterable[tuple[dict[str, Any], Place]]:
    for number, table in enumerate(tables):
        label = f"[[accounts]] {shown(table['name'])}" if "name" in table else f"[[accounts]] {number + 1}"
        yield table, Place(file=top.file, text=top.text, table="accounts", number=number, label=label)


def known_network(name: str, place: Place) -> None:
    """Raise `ConfigError` for a network that Oratio does not have."""
    if name not in registry.NETWORKS:
        raise place.wrong("network", f'unknown network "{name}"{suggestion(name, registry.NETWORKS)}')


def _account(table: dict[str, Any], place: Place, environ: Mapping[str, str]) -> Account:
    network = table.get("network")
    if isinstance(network, str):
        known_network(network, place)
    specs = registry.options(network) if isinstance(network, str) else {}
    if network is not None:
        refuse_unknown(table, {*AccountKeys.model_fields, *specs}, place, TOP)
    keys = validated(AccountKeys, table, place)
    own = {key: value for key, value in table.items() if key not in AccountKeys.model_fields}
    return Account(keys=keys, options=read_options(own, specs, place, environ))


def _refuse_twins(accounts: list[Account], top: Place) -> None:
    """Two accounts have not the same name, nor the same of what their network gives to one alone."""
    for number, account in enumerate(accounts):
        name, network = account.keys.name, account.keys.network
        place = Place(file=top.file, text=top.text, table="accounts", number=number, label="[[accounts]]")
        single = [key for key, spec in registry.options(network).items() if spec.single]
        for other in accounts[:number]:
            if other.keys.name == name:
                raise place.wrong("name", f'the name "{name}" is given to two accounts')
            for key in single:
                if other.keys.network == network and other.options[key] == account.options[key] is not None:
                    raise place.wrong(
                        key, f'"{name}" and "{other.keys.name}" have the same {key}; each needs its own'
                    )

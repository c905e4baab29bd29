"""What every use case is given: the workspace, its accounts, and the tools of the desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from desk.clock import Clock
from desk.copies import Copies
from desk.recoding import Recoding
from desk.settings import AccountConfig, DeskSettings
from desk.units import Units
from networks.base import Network
from networks.capabilities import AccountSettings, Capabilities

if TYPE_CHECKING:
    from desk.delivery.passing import Passing
    from desk.media import Spool
    from desk.slack.gateway import Gateway


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectedAccount:
    """An account of the configuration, its row and its network."""

    id: int
    config: AccountConfig
    settings: AccountSettings
    network: Network

    @property
    def capabilities(self) -> Capabilities:
        """The network's capabilities with this account's overrides."""
        return self.network.capabilities_for(self.settings)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceRef:
    """The workspace as `auth.test` named it, and our row of it."""

    id: int
    team_id: str
    url: str
    bot_user_id: str
    bot_id: str
    link_secret: str = field(repr=False)
    """Signs links to files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Made once by the roof, handed down everywhere."""

    workspace: WorkspaceRef
    accounts: Mapping[int, ConnectedAccount]
    settings: DeskSettings
    clock: Clock
    units: Units
    gateway: Gateway
    spool: Spool
    copies: Copies
    passing: Passing
    recoding: Recoding = field(default_factory=Recoding)
    wake: Callable[[], None] = field(repr=False)
    """Tell the worker that rows were committed."""

    def account(self, name: str) -> ConnectedAccount | None:
        """The account of that name, if it is configured."""
        return next((a for a in self.accounts.values() if a.config.name == name), None)

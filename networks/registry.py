"""The networks there are: one line each. Read by the roof alone."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from networks.base import Network, Tools
from networks.capabilities import Capabilities, OptionSpec

NETWORKS = {
    "email": "networks.mail:Email",
    "instagram": "networks.instagram:Instagram",
    "messenger": "networks.messenger:Messenger",
    "line": "networks.line:Line",
    "matrix": "networks.matrix:Matrix",
    "telegram": "networks.telegram:Telegram",
    "viber": "networks.viber:Viber",
    "twilio": "networks.twilio:Twilio",
    "webchat": "networks.webchat:WebChat",
    "whatsapp": "networks.whatsapp:WhatsApp",
}


def options(name: str) -> Mapping[str, OptionSpec]:
    """The keys a network's accounts take beside the common ones. Raises `KeyError` as `build` does."""
    declared: Mapping[str, OptionSpec] = _load(name).OPTIONS
    return declared


def described(name: str) -> tuple[str, Capabilities]:
    """A network's title, and what its accounts can do unless one says otherwise. Raises `KeyError` as
    `build` does.
    """
    network = _load(name)
    return network.title, network.capabilities


def build(name: str, tools: Tools) -> Network:
    """Import and make one network. Raises `KeyError` for a name that is not in `NETWORKS`."""
    network: Network = _load(name)(tools)
    return network


def _load(name: str) -> Any:
    module, _, cls = NETWORKS[name].partition(":")
    return getattr(import_module(module), cls)

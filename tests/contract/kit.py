"""What a network brings to the contract suite."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from networks.base import WebhookRequest
from networks.capabilities import AccountSettings
from networks.events import InboundEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A recorded payload and exactly what the desk gets of it."""

    name: str
    payload: Any
    events: tuple[InboundEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One thing the customer's side was told. What a verb has no use for is empty."""

    verb: str
    contact: str
    message: str = ""
    text: str = ""
    files: tuple[tuple[str, int], ...] = ()
    """Name and size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A network that works, with its other side."""

    network: Any
    """A `Network`; its optional verbs are found by their names."""
    account: AccountSettings
    contact: str
    effects: Callable[[], Awaitable[list[Effect]]]
    fault: Callable[[str], None] | None
    """Make the next call go wrong; None where there is no provider."""
    lay: Callable[[int], Awaitable[str]]
    """Have a file of so many bytes lie at the provider, made as it is fetched; its `ref`."""
    handle: str | None = None
    """The `handle` of a message of the customer's, where the network's messages have one."""


class Kit(Protocol):
    """One network's kit, found in `tests/networks`."""

    name: str
    cases: Sequence[Case]
    silent: Mapping[str, Any]
    """Own echoes and unknown kinds: no event."""
    faults: Mapping[str, type[Exception]]
    """What can go wrong at the provider, and the error it must become."""
    secrets: Sequence[str]
    """Never to be seen in a repr or an error."""

    def body(self, given: Any) -> bytes:
        """A payload as it travels: a call's body, a browser's frame, a homeserver's answer, a mail.
        Raises `PayloadInvalid` for what can't travel so."""
        ...

    def hears(self, body: bytes) -> Sequence[InboundEvent]:
        """Whatever bytes came so, correctly signed, through the network's parser."""
        ...

    def parse(self, given: Any) -> Sequence[InboundEvent]:
        """A payload through the network's parser."""
        ...

    def genuine(self) -> None:
        """A right signature passes."""
        ...

    def forgeries(self) -> Mapping[str, Callable[[], object]]:
        """Each must raise `SignatureInvalid`; none where the provider never calls."""
        ...

    def bench(self, tmp_path: Path) -> AbstractAsyncContextManager[Bench]:
        """The network at work."""
        ...


class CalledKit:
    """What the kits of networks whose provider calls us share. Beside it they have `account`, and `network`,
    which makes one.
    """

    network: Callable[[], Any]
    account: AccountSettings
    signs_body = True
    """Whether the signature is of the body; else a secret comes with each call."""

    def call(self, body: bytes) -> WebhookRequest:
        """A call with exactly this body as the provider makes it: signed, and with no other header."""
        raise NotImplementedError

    def body(self, given: Any) -> bytes:
        """JSON."""
        return json.dumps(given).encode()

    def hears(self, body: bytes) -> Sequence[InboundEvent]:
        """Verified and parsed."""
        network, call = self.network(), self.call(body)
        network.verify(self.account, call)
        events: Sequence[InboundEvent] = network.parse(self.account, call)
        return events

    def parse(self, given: Any) -> Sequence[InboundEvent]:
        """A payload, signed."""
        return self.hears(self.body(given))

"""The contract every messaging network keeps.

A network is one file that knows its provider's API and nothing of Slack, of our tables
or of other networks. It verifies and parses what comes in, and makes exactly one visible
provider call for each part that goes out. What it can do is data (`Capabilities`), so
that the pre-flight check, the info box agents see and the documentation say the same.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from networks.capabilities import AccountSettings, Capabilities, MediaKind
from networks.errors import Rejected
from networks.events import InboundEvent, Profile


async def _no_preview() -> str:
    raise Rejected("no preview can be made of this file", code="no_preview")


async def _untold() -> float | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file on its way to a customer. `open()` streams its bytes from the spool, any
    number of times; `link()` gives a signed, expiring public address for networks that
    fetch files themselves, and raises `DeliveryError` where there is no PUBLIC_URL. The address
    ends in the real extension, and is the same when it is asked for again on the same day."""

    name: str
    mime_type: str
    size: int
    kind: MediaKind
    open: Callable[[], AsyncIterator[bytes]]
    link: Callable[[], Awaitable[str]]
    voice: bool = False
    """To be sent as a voice note; only where `Capabilities.voice` takes it."""
    duration: float | None = None
    """Seconds, for what plays, where it is known."""
    preview: Callable[[], Awaitable[str]] = _no_preview
    """The same kind of address for a JPEG of at most 400 pixels a side, of a picture or film. Raises
    `DeliveryError` where none can be made."""
    seconds: Callable[[], Awaitable[float | None]] = _untold
    """How long a film or recording plays, by its content; None where that can't be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """The agent as the customer may see them."""

    name: str
    avatar_url: str | None = None


class StyleKind(StrEnum):
    """How words are set."""

    BOLD = "bold"
    ITALIC = "italic"
    STRIKE = "strike"
    CODE = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """Words of a text that stand out, counted in code points; styles may overlap.

    Only an ornament: the text says the same without it.
    """

    start: int
    length: int
    kind: StyleKind


_FIELD = re.compile(r"\{\{([^{}]{1,200})\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateField:
    """Something to fill in. `key` names it among the values, `label` to people."""

    key: str
    label: str
    example: str = ""
    address: bool = False
    """The value is the https address of something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A message the provider has approved beforehand. In `text` each field stands as `{{key}}`."""

    id: str
    name: str
    language: str
    """In words, as people read it."""
    text: str
    fields: tuple[TemplateField, ...] = ()

    def filled(self, values: Mapping[str, str]) -> str:
        """What the customer reads; what has no value yet stands as its label in angle brackets."""
        labels = {field.key: field.label for field in self.fields}

        def of(found: re.Match[str]) -> str:
            key = found[1]
            return values.get(key) or (f"‹{labels[key]}›" if key in labels else found[0])

        return _FIELD.sub(of, self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledTemplate:
    """A template's id, and a value for each of its fields."""

    id: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundPart:
    """One visible provider call. The core has planned its length; a network never splits."""

    idempotency_key: str
    contact_id: str
    text: str = ""
    styles: tuple[Style, ...] = ()
    """For networks whose `markup` is not plain; they escape the text themselves."""
    attachment: Attachment | None = None
    others: tuple[Attachment, ...] = ()
    """Further files of the part; only where `Capabilities.together` lets several go."""
    reply_to: str | None = None
    """The `external_id` of the message this answers."""
    reply_to_handle: str | None = None
    """The `handle` of that message."""
    reply_handle: str | None = None
    """That of the customer's last message that had one; see `Capabilities.token_life`."""
    author: Author | None = None
    template: FilledTemplate | None = None
    """Only for networks that have `Templates`; `text` is then what it says, for reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The provider took the part. `external_id` names it in later edits and reports."""

    external_id: str
    missed: tuple[tuple[str, str], ...] = ()
    """Whom else it was to reach and does not, and why, as a clause."""


UNKNOWN_TIME = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """A provider's call as it came in; `url` is the public address plus raw path and query.

    Names of headers are in lower case: proxies change how they are written.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    received_at: datetime = UNKNOWN_TIME
    """When it came, for providers that don't say when something happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAnswer:
    """What to answer a provider."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"


@runtime_checkable
class Network(Protocol):
    """One messaging network. Sending raises `networks.errors.DeliveryError` only."""

    name: str
    title: str
    colour: str
    """`#rrggbb`, the bar of the profile card."""
    icon: str
    """A Slack emoji name, without colons."""
    capabilities: Capabilities

    def capabilities_for(self, account: AccountSettings) -> Capabilities:
        """The capabilities with this account's overrides."""
        ...

    async def send(self, account: AccountSettings, part: OutboundPart) -> Receipt:
        """Make the one visible call. Raises `DeliveryError`."""
        ...

    def download(self, account: AccountSettings, ref: str) -> AsyncIterator[bytes]:
        """Stream a file the customer sent. Raises `DeliveryError`."""
        ...

    async def profile(self, account: AccountSettings, contact_id: str) -> Profile | None:
        """What the provider knows of the contact; None where it can't be asked."""
        ...


@runtime_checkable
class Closes(Protocol):
    """A network that holds connections of its own."""

    async def close(self) -> None:
        """Let go of them; the program ends."""
        ...


@runtime_checkable
class Edits(Protocol):
    """A network whose sent messages can be changed."""

    async def edit(
        self,
        account: AccountSettings,
        contact_id: str,
        external_id: str,
        text: str,
        key: str,
        styles: tuple[Style, ...] = (),
    ) -> None:
        """Replace the text of a sent part. `key` makes repeating harmless where it can be."""
        ...


@runtime_checkable
class Deletes(Protocol):
    """A network whose sent messages can be taken back."""

    async def delete(self, account: AccountSettings, contact_id: str, external_id: str, key: str) -> None:
        """Take a sent part back."""
        ...


@runtime_checkable
class Reacts(Protocol):
    """A network that shows reactions."""

    async def react(
        self, account: AccountSettings, contact_id: str, external_id: str, emoji: str, key: str
    ) -> None:
        """Set our reaction on a message; an empty `emoji` removes it."""
        ...


@runtime_checkable
class Types(Protocol):
    """A network that shows that somebody is typing. Passing: may be lost."""

    async def typing(self, account: AccountSettings, contact_id: str, on: bool) -> None:
        """Show or stop showing that an answer is being written."""
        ...


@runtime_checkable
class MarksRead(Protocol):
    """A network that shows that a message was read."""

    async def mark_read(self, account: AccountSettings, contact_id: str, external_id: str, key: str) -> None:
        """Show the customer that everything up to this message was read.

        A network whose messages have a `handle` takes that as well, as `handle`, and is given it.
        """
        ...


@runtime_checkable
class Templates(Protocol):
    """A network that takes approved messages where the time to answer freely is over."""

    async def templates(self, account: AccountSettings) -> Sequence[Template]:
        """Those that can be sent now, by name. Raises `DeliveryError`."""
        ...


@runtime_checkable
class Discards(Protocol):
    """A network whose provider keeps customers' files until they are deleted there."""

    def discards(self, account: AccountSettings) -> bool:
        """Whether this account's are to be deleted once they are in Slack."""
        ...

    async def discard(self, account: AccountSettings, ref: str) -> None:
        """Delete a file that was fetched; one that is gone is no fault. Raises `DeliveryError`."""
        ...


@runtime_checkable
class WebhookNetwork(Network, Protocol):
    """A network that calls us."""

    def verify(self, account: AccountSettings, request: WebhookRequest) -> None:
        """Check the signature on the raw bytes. Raises `SignatureInvalid`."""
        ...

    def parse(self, account: AccountSettings, request: WebhookRequest) -> Sequence[InboundEvent]:
        """Pure. Raises `PayloadInvalid` for what is signed but cannot be read."""
        ...

    def answer(self, account: AccountSettings, request: WebhookRequest) -> WebhookAnswer:
        """What to answer, for challenges and the like."""
        ...


@runtime_checkable
class SharesHook(Protocol):
    """A network whose provider calls one address for several accounts: its events say their `recipient`."""

    def serves(self, account: AccountSettings, recipient: str) -> bool:
        """Whether what is told of this recipient is the account's."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """An update that came but cannot be read: its bytes, and what is wrong, without its words."""

    body: bytes
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What one question brought. `cursor` stands after all of it, the unreadable too."""

    events: Sequence[InboundEvent] = ()
    cursor: str | None = None
    unreadable: Sequence[Unreadable] = ()


@runtime_checkable
class PollingNetwork(Network, Protocol):
    """A network that we ask. It keeps no state: the core stores events and cursor together.

    One that can be called as well is both this and a `WebhookNetwork`.
    """

    def polls(self, account: AccountSettings, hook: str | None) -> bool:
        """Whether this account is asked. `hook` is where the provider could call us; None: nowhere.

        Answers the same for as long as the program runs.
        """
        ...

    async def poll(self, account: AccountSettings, cursor: str | None, *, wait: bool = True) -> Polled:
        """Wait, for half a minute at most, for events after `cursor` (None: never asked before).

        Without `wait` what is there is given at once, so that it is known soon whether the account works.
        Asked again with the same cursor, it gives the same events again. May be cancelled at
        any time. Raises `DeliveryError`: `AccountBroken` when a person has to mend something,
        `Throttled`, or another, after which it is asked again.
        """
        ...


@runtime_checkable
class Connects(Protocol):
    """A network whose provider is told where to call us."""

    async def connect(self, account: AccountSettings, hook: str | None) -> None:
        """Have the provider call `hook`, https and public; None: no address, the account is polled.

        Called at every start before the first `poll`, and again until it succeeds, so repeating
        is harmless and loses nothing that waits at the provider. Raises `DeliveryError`: the
        words of `Rejected` and `AccountBroken` say what to mend.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One thing the provider says about an account: a clause, "the token belongs to @acme_bot".

    `wrong`: something must be repaired, and the words say how. `note`: a person should know it or may do
    something about it; the account works.
    """

    words: str
    wrong: bool = False
    note: bool = False


@runtime_checkable
class Checks(Protocol):
    """A network whose provider can be asked whether an account works."""

    async def check(self, account: AccountSettings, hook: str | None) -> Sequence[Checked]:
        """Ask for `oratio check`, changing nothing; `hook` as in `connect`. Raises `DeliveryError`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFile:
    """A file that stays with a visitor's history, and the address their browser loads it from."""

    upload_id: str
    name: str
    mime_type: str
    kind: MediaKind
    size: int


class VisitorStore(Protocol):
    """Where the website chat keeps what a visitor's browser is told. The roof gives it."""

    async def append(self, account: str, visitor: str, key: str, body: Mapping[str, object]) -> int:
        """Add one event to the visitor's history; return its `seq`. The same `key` twice adds once."""
        ...

    async def keep(self, account: str, visitor: str, key: str, attachment: Attachment) -> KeptFile:
        """Copy a file into the visitor's history, streamed. The same `key` twice keeps once."""
        ...

    def read(self, account: str, upload_id: str) -> AsyncIterator[bytes]:
        """Stream a file a visitor uploaded. Raises `FileNotFoundError`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a network is built with."""

    visitors: VisitorStore
    signal: Callable[[str, str, Mapping[str, object]], None]
    """Tell a visitor's open browser something passing (typing): account, visitor, body."""

"""What networks and their accounts can do, and how they are configured: data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class MediaKind(StrEnum):
    """What a file is to the person who gets it."""

    PICTURE = "picture"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"


class LengthUnit(StrEnum):
    """How a provider counts the length of a text."""

    CODE_POINTS = "code_points"
    UTF16 = "utf16"
    BYTES = "bytes"


class Support(StrEnum):
    """Whether the provider can do a thing, only in another form, or not at all."""

    NATIVE = "native"
    FALLBACK = "fallback"
    REJECTED = "rejected"


class Markup(StrEnum):
    """The markup a provider's text field takes."""

    PLAIN = "plain"
    HTML = "html"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLimit:
    """The longest text of one part, in the provider's own unit."""

    length: int
    unit: LengthUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRule:
    """Which files of one kind pass: at most `max_bytes`, of these MIME types.

    `mime_types` may hold exact types and `kind/*`; empty means any type of the kind.
    `formats` is what people read: "JPG, PNG".
    """

    max_bytes: int
    mime_types: frozenset[str] = frozenset()
    formats: str = ""
    refused: frozenset[str] = frozenset()
    """Endings of names that don't pass, whatever the type: "exe"; in small letters, without the dot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a network, or one of its accounts, can do."""

    text_limit: TextLimit
    caption_limit: TextLimit | None
    """None: a file carries no text of its own; the text goes as a part before it."""
    send: Mapping[MediaKind, MediaRule]
    receive: Mapping[MediaKind, MediaRule]
    reply_window: timedelta | None
    edits: Support
    deletions: Support
    reactions: Support
    typing: Support
    receipts: Support
    replies: Support
    idempotent_send: bool
    """Repeating a call with the same `idempotency_key` is seen only once."""
    token_life: timedelta | None = None
    """How long after the customer wrote an answer can go by their `reply_handle`, which one part spends
    and no other gets. Such a call is not idempotent, whatever the others are. None: the handle lasts."""
    read_marks: Support | None = None
    """Whether we can show that we read the customer's words; None: as `receipts`, which tell what became
    of ours."""
    captioned: frozenset[MediaKind] = frozenset(MediaKind)
    """The kinds of files that carry a text where `caption_limit` allows one; it goes before all others."""
    together: int = 0
    """So many bytes of files one part carries together; 0: each file is a part."""
    markup: Markup = Markup.PLAIN
    voice: MediaRule | None = None
    """What an agent's recording must be to go as a voice note; None: it goes as an audio file."""
    profiles: bool = False
    """`Network.profile` knows more than messages tell. It is asked when a new customer writes and once
    a day at most after that; what messages and answers leave out stays as it was known."""
    forgets: bool = False
    """The provider demands that what a customer takes back is kept nowhere: its words and files leave
    Slack, our tables and our disk."""
    templates: bool = False
    """Approved messages go on where `reply_window` is over: the network is one of `Templates`."""
    emojis: frozenset[str] = frozenset()
    """The reactions the provider takes from us; empty: any."""
    checked: str = ""
    """When the limits were compared with the provider's documentation: "November 2026"."""

    @property
    def marks_read(self) -> Support:
        """`read_marks`, with what it stands for where it is None."""
        return self.receipts if self.read_marks is None else self.read_marks


class OptionKind(StrEnum):
    """The form an account's own key takes in the configuration.

    A secret is never written there itself but as `"env:NAME"`; the network gets the value.
    """

    TEXT = "text"
    SECRET = "secret"  # noqa: S105 - the name of a kind, not a secret
    NUMBER = "number"
    FLAG = "flag"
    LIST = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionSpec:
    """One key of a network's own in an `[[accounts]]` table.

    A network class declares them as `OPTIONS: ClassVar[Mapping[str, OptionSpec]]`; the roof
    refuses unknown keys, missing required ones and wrong values before the network is made,
    and fills in defaults. A list is of texts and reaches the network as a tuple.
    """

    kind: OptionKind
    about: str
    """What it is for, in a clause: "signs the tokens visitors get"."""
    required: bool = False
    default: object = None
    pattern: str | None = None
    """Texts, secrets and the texts of a list must match this in full."""
    example: str = ""
    """What a right value looks like, for the sentence that refuses a wrong one: "such as" this; of a
    secret, whatever follows "must be"."""
    least: int | None = None
    """The smallest number, or the fewest characters of a text or secret."""
    most: int | None = None
    """The largest number, or the most characters of a text or secret."""
    single: bool = False
    """Whether two accounts of the network can't have the same: it is the account itself."""
    needs: str | None = None
    """The key without which this one is of no use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSettings:
    """One connected account as the configuration states it. `repr` shows no secret."""

    network: str
    name: str
    title: str
    options: Mapping[str, object] = field(default_factory=dict, repr=False)
    hook: str | None = None
    """Where the provider can call us about this account, https and public; None: nowhere."""

"""What networks tell us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from networks.capabilities import MediaKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileField:
    """One line of a profile; a sensitive one is masked until an agent asks for it."""

    label: str
    value: str
    sensitive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is known of a contact. `avatar_url` is public https without secrets, or None; `avatar_ref` is what
    `download` gives the picture for, where its address is for us alone."""

    name: str
    fields: tuple[ProfileField, ...] = ()
    avatar_url: str | None = None
    avatar_ref: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundAttachment:
    """A file a customer sent: where to fetch it (`ref`, opaque) and what the provider says of it.

    `name`, `mime_type` and `size` are claims; the core checks them on the bytes.
    """

    ref: str
    name: str | None = None
    mime_type: str | None = None
    size: int | None = None
    kind: MediaKind | None = None
    duration: float | None = None
    """Seconds, for voice, audio and video where known."""
    voice: bool = False
    """Spoken into the network's own app, not a file that was chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMessage:
    """A customer wrote or sent something.

    `placeholder` is a readable form of what is not text or a file ("Location: …"), or of
    a kind that cannot be shown yet. `group` joins several messages that the customer
    sent as one (an album).
    """

    event_id: str
    external_id: str
    contact_id: str
    sent_at: datetime
    text: str = ""
    attachments: tuple[InboundAttachment, ...] = ()
    placeholder: str | None = None
    profile: Profile | None = None
    reply_to: str | None = None
    reply_handle: str | None = None
    handle: str | None = None
    """What the network wants back when this very message is answered or marked as read; opaque."""
    subject: str = ""
    """What it is about, where that stands apart from its words: rules read it with them. To be seen, it
    stands in the `placeholder`, too."""
    group: str | None = None
    recipient: str | None = None
    known_as: str | None = None
    """Another id of the same contact: a phone number beside a lasting id. Whoever is kept under it is
    found, and kept under `contact_id` from then on."""
    echo: bool = False
    """True: a colleague wrote this in the network's own app."""
    automatic: bool = False
    """True: a program wrote it (an absence note). It is shown in the customer's newest thread; it opens no
    conversation, wakes none, and nobody waits for an answer to it. Of an `echo`: nor does it answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundEdit:
    """A customer changed the text of an earlier message."""

    event_id: str
    external_id: str
    contact_id: str
    sent_at: datetime
    text: str
    recipient: str | None = None
    known_as: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundDeletion:
    """A customer took an earlier message back."""

    event_id: str
    external_id: str
    contact_id: str
    sent_at: datetime
    recipient: str | None = None
    known_as: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundReaction:
    """A customer reacted to a message (theirs or ours), or took the reaction back."""

    event_id: str
    external_id: str
    contact_id: str
    sent_at: datetime
    emoji: str
    removed: bool = False
    recipient: str | None = None
    known_as: str | None = None


class ReportState(StrEnum):
    """How far a sent part got; only ever forward, and `failed` undoes nothing."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


class Cause(StrEnum):
    """What a part failed for, as far as that says more than its words."""

    PART = "part"
    WINDOW = "window"
    """It is too late to answer freely."""
    ACCOUNT = "account"
    """A person has to mend the account: the part goes again once it works."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """The provider tells what became of a part we sent (`external_id` from its receipt)."""

    event_id: str
    external_id: str
    contact_id: str
    sent_at: datetime
    state: ReportState
    words: str = ""
    cause: Cause = Cause.PART
    """Of a failure."""
    recipient: str | None = None
    known_as: str | None = None
    key: str = ""
    """The `idempotency_key` of the part, where the provider gives it back: it ends the doubt about one whose
    receipt was lost."""
    up_to: bool = False
    """Of everything we sent this contact until `sent_at`; `external_id` is empty then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChanged:
    """The contact's profile is known anew."""

    event_id: str
    contact_id: str
    sent_at: datetime
    profile: Profile
    recipient: str | None = None
    known_as: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactGone:
    """The contact blocked the account or left; `back` is the reverse.

    `words` say what they did, as it follows their name ("left the room"); empty: they blocked the account.
    """

    event_id: str
    contact_id: str
    sent_at: datetime
    back: bool = False
    words: str = ""
    recipient: str | None = None
    known_as: str | None = None


InboundEvent = (
    InboundMessage
    | InboundEdit
    | InboundDeletion
    | InboundReaction
    | DeliveryReport
    | ProfileChanged
    | ContactGone
)

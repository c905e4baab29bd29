"""What the workspace holds: people, channels, messages, files, groups. Plain state."""

from dataclasses import dataclass, field
from enum import StrEnum

from sandbox.refusal import Json

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Kind(StrEnum):
    """The kinds of conversations."""

    PUBLIC = "public"
    PRIVATE = "private"
    IM = "im"


@dataclass(slots=True, kw_only=True)
class Person:
    """A member of the workspace, the app's bot user included."""

    id: str
    name: str
    real_name: str
    display_name: str
    team_id: str
    email: str = ""
    tz: str = "Europe/Berlin"
    tz_label: str = "Central European Time"
    tz_offset: int = 3600
    deleted: bool = False
    is_admin: bool = False
    is_owner: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    active: bool = True
    updated: int = 0
    keywords: list[str] = field(default_factory=list)

    @property
    def called(self) -> str:
        """The name shown beside messages."""
        return self.display_name or self.real_name


@dataclass(slots=True, kw_only=True)
class Message:
    """One message as Slack would return it (`body`), with what Slack keeps beside it."""

    channel: str
    ts: str
    body: Json
    by_app: bool = False
    metadata: Json | None = None
    shown_at: float = 0.0

    @property
    def thread(self) -> str | None:
        """The parent's `ts`, for a reply as for a parent with replies."""
        value = self.body.get("thread_ts")
        return str(value) if value is not None else None

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread below its parent."""
        return self.thread is not None and self.thread != self.ts

    @property
    def author(self) -> str | None:
        """The user id of who wrote it; none for a message with a customised name."""
        value = self.body.get("user")
        return str(value) if value is not None else None


@dataclass(slots=True, kw_only=True)
class Channel:
    """A conversation with all its messages; `timeline` and `replies` are in the order of `ts`."""

    id: str
    name: str
    kind: Kind
    creator: str
    created: int
    members: dict[str, None] = field(default_factory=dict)
    archived: bool = False
    shared: bool = False
    restricted: str | None = None
    messages: dict[str, Message] = field(default_factory=dict)
    timeline: list[str] = field(default_factory=list)
    replies: dict[str, list[str]] = field(default_factory=dict)
    followers: dict[str, dict[str, None]] = field(default_factory=dict)
    last_read: dict[str, str] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    mentions: dict[str, int] = field(default_factory=dict)
    thread_unread: dict[str, dict[str, int]] = field(default_factory=dict)
    thread_mentions: dict[str, dict[str, int]] = field(default_factory=dict)
    preferences: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class FileRecord:
    """A file: what is known of it; its bytes lie in the files folder under its id."""

    id: str
    name: str
    title: str
    mimetype: str
    size: int
    owner: str
    created: int
    alt_text: str = ""
    received: bool = False
    completed: bool = False
    deleted: bool = False
    shares: dict[str, list[Json]] = field(default_factory=dict)
    extra: Json = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Group:
    """A user group (`@handle`)."""

    id: str
    handle: str
    name: str
    members: list[str] = field(default_factory=list)
    disabled: bool = False


@dataclass(slots=True, kw_only=True)
class Team:
    """The workspace itself."""

    id: str
    name: str
    domain: str


@dataclass(slots=True, kw_only=True)
class World:
    """All state that outlives a restart."""

    team: Team
    people: dict[str, Person] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    files: dict[str, FileRecord] = field(default_factory=dict)
    direct: dict[str, str] = field(default_factory=dict)
    homes: dict[str, Json] = field(default_factory=dict)
    notifications: dict[str, list[Json]] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    scopes: list[str] = field(default_factory=list)
    scopes_asked: list[str] = field(default_factory=list)
    upload_slots: dict[str, str] = field(default_factory=dict)
    revoked: str = ""
    last_micros: int = 0

    def next_id(self, prefix: str) -> str:
        """Return a new id such as `F0000000012`: unique, also after a restart."""
        count = self.counters.get(prefix, 0) + 1
        self.counters[prefix] = count
        digits = ""
        while count:
            count, rest = divmod(count, 36)
            digits = _DIGITS[rest] + digits
        return f"{prefix}1{digits.rjust(9, '0')}"

    def next_ts(self, now: float) -> str:
        """Return a new message `ts`: strictly after every earlier one, whatever the clock does."""
        self.last_micros = max(int(now * 1_000_000), self.last_micros + 1)
        return f"{self.last_micros // 1_000_000}.{self.last_micros % 1_000_000:06d}"

    def direct_key(self, one: str, other: str) -> str:
        """Return the key of the direct conversation of two people."""
        return "|".join(sorted((one, other)))

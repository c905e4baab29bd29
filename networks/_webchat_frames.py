"""What a visitor's browser may say, read into events. Pure.

The socket has checked who speaks; here nothing is believed of what they say.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from networks._names import language_name
from networks.capabilities import AccountSettings, MediaKind
from networks.errors import PayloadInvalid
from networks.events import (
    DeliveryReport,
    InboundAttachment,
    InboundDeletion,
    InboundEdit,
    InboundEvent,
    InboundMessage,
    InboundReaction,
    Profile,
    ProfileField,
    ReportState,
)

MAX_TEXT = 8_000
MAX_FILES = 10
_MAX_EMOJI = 32
_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_NOTHING: Mapping[str, object] = MappingProxyType({})

Frame = Mapping[str, object]


class FrameRefused(PayloadInvalid):
    """A frame that cannot be taken. `words` is a sentence for the visitor, `code` for their widget."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words


def parse_frame(
    account: AccountSettings,
    visitor: str,
    frame: object,
    *,
    now: datetime,
    identity: Mapping[str, object] = _NOTHING,
) -> InboundEvent | None:
    """The event a frame stands for; None where it is nothing the desk needs to know.

    `visitor` comes from the checked token, `identity` from what their site said of them.
    The same frame gives the same ids. Raises `FrameRefused`, a `PayloadInvalid`.
    """
    if not isinstance(frame, Mapping):
        raise FrameRefused("malformed", "That could not be read.")
    if frame.get("v", 1) != 1:
        raise FrameRefused("version", "This chat is out of date. Please reload the page.")
    kind = frame.get("type")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    return reader(visitor, frame, now, identity) if reader else None


def clean(text: str) -> str:
    """The text as it can be stored anywhere: no NUL, no half characters, plain line ends."""
    text = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def client_id(frame: Frame) -> str:
    """The browser's own id of a message. Raises `FrameRefused`."""
    given = frame.get("client_id")
    if not isinstance(given, str) or not _CLIENT_ID.fullmatch(given):
        raise FrameRefused("client_id", "That message carried no usable id.")
    return given


def message_key(frame: Frame) -> str:
    """The id a visitor's new message gets."""
    return "m_" + client_id(frame)


def target(frame: Frame, field: str = "id") -> str:
    """The id of the message a frame speaks of. Raises `FrameRefused`."""
    given = frame.get(field)
    if not isinstance(given, str) or not _ID.fullmatch(given):
        raise FrameRefused("target", "It isn't clear which message that belongs to.")
    return given


def change_key(frame: Frame) -> str:
    """The key that lets a change be taken once: the browser's id of it, else its content."""
    given = frame.get("client_id")
    if isinstance(given, str) and _CLIENT_ID.fullmatch(given):
        return "c_" + given
    told = (frame.get(k) for k in ("type", "id", "text", "emoji", "op"))
    content = json.dumps([each if isinstance(each, str) else "" for each in told])
    return "c_" + hashlib.sha256(content.encode()).hexdigest()[:32]


def text_of(frame: Frame) -> str:
    """A frame's text, cleaned. Raises `FrameRefused` when it is too long or no text."""
    given = frame.get("text", "")
    if not isinstance(given, str):
        raise FrameRefused("malformed", "That could not be read.")
    text = clean(given).strip()
    if len(text) > MAX_TEXT:
        raise FrameRefused(
            "too_long",
            f"That has {len(text):,} characters; a message may have {MAX_TEXT:,}. Please split it.",
        )
    return text


def emoji_of(frame: Frame) -> tuple[str, bool]:
    """The emoji and whether it is taken back. Raises `FrameRefused`."""
    given, op = frame.get("emoji"), frame.get("op", "add")
    if not isinstance(given, str) or op not in ("add", "remove"):
        raise FrameRefused("malformed", "That could not be read.")
    emoji = clean(given).strip()
    if not 0 < len(emoji) <= _MAX_EMOJI or emoji.isascii():
        raise FrameRefused("emoji", "Only an emoji can be a reaction.")
    return emoji, op == "remove"


def uploads(frame: Frame) -> tuple[Mapping[str, object], ...]:
    """The files a frame names, at most ten. Raises `FrameRefused`."""
    given = frame.get("files") or ()
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise FrameRefused("malformed", "That could not be read.")
    if len(given) > MAX_FILES:
        raise FrameRefused("too_many_files", f"A message may have {MAX_FILES} files.")
    for file in given:
        if not isinstance(file, Mapping):
            raise FrameRefused("malformed", "That could not be read.")
        target(file, "upload_id")
    return tuple(given)


def _create(visitor: str, frame: Frame, now: datetime, identity: Mapping[str, object]) -> InboundEvent:
    key, text, files = message_key(frame), text_of(frame), uploads(frame)
    if not text and not files:
        raise FrameRefused("empty", "There was nothing in that message.")
    answered = frame.get("reply_to")
    return InboundMessage(
        event_id=f"{visitor}:{key}",
        external_id=f"{visitor}:{key}",
        contact_id=visitor,
        sent_at=now,
        text=text,
        attachments=tuple(_attachment(file) for file in files),
        profile=profile_of(visitor, identity, _mapping(frame.get("context"))),
        reply_to=f"{visitor}:{target(frame, 'reply_to')}" if answered is not None else None,
    )


def _attachment(file: Mapping[str, object]) -> InboundAttachment:
    name, mime, size, kind = (file.get(k) for k in ("name", "mime", "size", "kind"))
    return InboundAttachment(
        ref=target(file, "upload_id"),
        name=short(name, 255) or None,
        mime_type=short(mime, 255) or None,
        size=size if isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 2**53 else None,
        kind=MediaKind(kind) if isinstance(kind, str) and kind in set(MediaKind) else None,
    )


def _update(visitor: str, frame: Frame, now: datetime, identity: Mapping[str, object]) -> InboundEvent:
    text = text_of(frame)
    if not text:
        raise FrameRefused("empty", "A message can't become empty. You can delete it instead.")
    return InboundEdit(
        event_id=f"{visitor}:{change_key(frame)}",
        external_id=f"{visitor}:{target(frame)}",
        contact_id=visitor,
        sent_at=now,
        text=text,
    )


def _delete(visitor: str, frame: Frame, now: datetime, identity: Mapping[str, object]) -> InboundEvent:
    return InboundDeletion(
        event_id=f"{visitor}:{change_key(frame)}",
        external_id=f"{visitor}:{target(frame)}",
        contact_id=visitor,
        sent_at=now,
    )


def _react(visitor: str, frame: Frame, now: datetime, identity: Mapping[str, object]) -> InboundEvent:
    emoji, removed = emoji_of(frame)
    return InboundReaction(
        event_id=f"{visitor}:{change_key(frame)}",
        external_id=f"{visitor}:{target(frame)}",
        contact_id=visitor,
        sent_at=now,
        emoji=emoji,
        removed=removed,
    )


def _read(visitor: str, frame: Frame, now: datetime, identity: Mapping[str, object]) -> InboundEvent:
    message = target(frame, "up_to")
    return DeliveryReport(
        event_id=f"{visitor}:read:{message}",
        external_id=f"{visitor}:{message}",
        contact_id=visitor,
        sent_at=now,
        state=ReportState.READ,
    )


_READERS: Mapping[str, Callable[[str, Frame, datetime, Mapping[str, object]], InboundEvent]] = {
    "message.create": _create,
    "message.update": _update,
    "message.delete": _delete,
    "reaction": _react,
    "read": _read,
}


def profile_of(
    visitor: str, identity: Mapping[str, object], context: Mapping[str, object] = _NOTHING
) -> Profile:
    """What agents are shown of a visitor. What their site did not vouch for says so."""
    verified = identity.get("verified") is True
    mark = "" if verified else " (unverified)"
    id_mark = "" if identity.get("user_verified") is True else mark
    name = short(identity.get("name"), 80)
    known = [
        (f"Name{mark}", "" if verified else name),
        (f"E-mail{mark}", short(identity.get("email"), 254)),
        (f"Customer id{id_mark}", short(identity.get("user_id"), 200)),
        *((short(k, 60) + mark, short(v, 300)) for k, v in _mapping(identity.get("attributes")).items()),
    ]
    told = [
        ("Page", _page(context)),
        ("Came from", short(context.get("referrer"), 300)),
        ("Language", language_name(short(context.get("locale"), 35))),
        ("Time zone", short(context.get("timezone"), 60)),
    ]
    lines = [(label, value) for label, value in (*known, *told) if value]
    return Profile(
        name=name or f"Visitor {visitor[-4:].upper()}",
        fields=tuple(ProfileField(label=label, value=value) for label, value in lines),
        locale=short(context.get("locale"), 35) or None,
    )


def _page(context: Mapping[str, object]) -> str:
    title, url = short(context.get("title"), 100), short(context.get("url"), 300)
    return f"{title} ({url})" if title and url else title or url


def short(value: object, length: int) -> str:
    """A text, number or flag as one cleaned line of at most `length` characters; else nothing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value)[:length] if abs(value) < 1e15 else ""
    if not isinstance(value, str):
        return ""
    return " ".join(clean(value[: length * 4]).split())[:length]


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else _NOTHING

"""One visible call of LINE's: what a part is made of, how it goes, and what to try when it is refused."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from networks._calling import Answer
from networks._line_content import identifier
from networks._line_errors import is_dead_token, names
from networks._line_reading import token_in
from networks._pieces import as_object, sendable
from networks.base import Attachment, Author, OutboundPart
from networks.capabilities import AccountSettings, MediaKind
from networks.errors import Rejected

_OURS = uuid.UUID("5f1c1f0e-8a52-5a57-9a0e-6c4f2d6a1f10")
_SMALL = 1_000_000
"""Bytes of a picture that is its own preview: …/en/reference/messaging-api/#image-message"""
_LONGEST_NAME = 20
"""Characters of a sender's name: …/reference/messaging-api/#icon-nickname-switch"""

Message = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a part is given to LINE; the first is the best. Each change is made once at most."""

    token: str | None
    """What answers for nothing, for about a minute and once: …/reference/messaging-api/#send-reply-message"""
    sender: Mapping[str, str] | None
    quote: str | None

    def instead(self, refused: Answer) -> Way | None:
        """The way to try after a refusal, of which nothing was shown; None: there is no other."""
        if self.token and is_dead_token(refused):
            return replace(self, token=None)
        if refused.status != 400:
            return None
        if self.sender and names(refused, "sender"):
            return replace(self, sender=None)
        if self.quote and (names(refused, "quoteToken") or "quote token" in _said(refused)):
            return replace(self, quote=None)
        return None


def first_way(part: OutboundPart, *, shows_agent: bool) -> Way:
    """The best way for a part."""
    return Way(
        token=part.reply_handle,
        sender=_sender(part.author) if shows_agent else None,
        quote=token_in(part.reply_to_handle, "quote"),
    )


async def messages_of(part: OutboundPart) -> list[Message]:
    """What the customer sees, by one call: the words, and the file below them. Raises `DeliveryError`."""
    shown: list[Message] = []
    if part.text.strip():
        shown.append({"type": "text", "text": sendable(part.text)})
    if part.attachment is not None:
        shown.append(await _file(part.attachment))
    if not shown:
        raise Rejected("there is nothing to read in this message", code="empty")
    return shown


def dressed(messages: list[Message], way: Way) -> list[Message]:
    """The messages in the form of this way; a quote stands above the words."""
    sender = {"sender": way.sender} if way.sender else {}
    quoted = {"quoteToken": way.quote} if way.quote and messages[0]["type"] == "text" else {}
    return [{**each, **sender, **(quoted if at == 0 else {})} for at, each in enumerate(messages)]


def retry_key(account: AccountSettings, part: OutboundPart) -> str:
    """The same for every repeat of the part, and a UUID, as LINE wants it."""
    return str(uuid.uuid5(_OURS, f"{account.name}\n{part.idempotency_key}"))


def accepted_id(answer: Answer) -> str:
    """The id of the first message that was sent; of a repeat whose answer tells none, that of the call."""
    sent = answer.fields().get("sentMessages")
    first = as_object(sent[0]) if isinstance(sent, list) and sent else {}
    before = identifier(answer.headers.get("x-line-accepted-request-id"))
    named = identifier(first.get("id"))
    return named or (f"request:{before}" if answer.status == 409 and before else "")


async def _file(file: Attachment) -> Message:
    """developers.line.biz/en/reference/messaging-api/#image-message, #video-message, #audio-message"""
    address = await file.link()
    if file.kind is MediaKind.AUDIO:
        return {"type": "audio", "originalContentUrl": address, "duration": await _milliseconds(file)}
    if file.kind not in (MediaKind.PICTURE, MediaKind.VIDEO):
        raise Rejected("LINE takes no files of this kind", code="kind")
    small = file.kind is MediaKind.PICTURE and file.size <= _SMALL
    kind = "image" if file.kind is MediaKind.PICTURE else "video"
    preview = address if small else await file.preview()
    return {"type": kind, "originalContentUrl": address, "previewImageUrl": preview}


async def _milliseconds(file: Attachment) -> int:
    seconds = file.duration or await file.seconds()
    if not seconds:
        raise Rejected(
            f"it can't be told how long “{file.name[:40]}” plays, which LINE asks for", code="length"
        )
    return math.ceil(seconds * 1000)


def _sender(author: Author | None) -> Mapping[str, str] | None:
    """The agent as the customer sees them."""
    name = " ".join(sendable(author.name).split())[:_LONGEST_NAME].strip() if author else ""
    if author is None or not name:
        return None
    picture = author.avatar_url or ""
    usable = picture.startswith("https://") and picture.isascii() and len(picture) <= 2_000
    return {"name": name, "iconUrl": picture} if usable else {"name": name}


def _said(answer: Answer) -> str:
    return str(answer.fields().get("message", "")).lower()

"""The one call that shows a part: creators.viber.com/docs/bots-api/data-models/message. Pure but for the
link to a file, which Viber's apps fetch by themselves.
"""

from __future__ import annotations

import contextlib
import math
import mimetypes
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from networks.base import Attachment, Author, OutboundPart
from networks.capabilities import AccountSettings, MediaKind
from networks.errors import DeliveryError, Rejected

LONGEST_NAME = 28
"""Characters of a sender's name: #text-message"""
LONGEST_VIDEO = 180
"""Seconds: #video-message"""
_LONGEST_FILE_NAME = 256
_LINK = re.compile(r"https?://[!-~]{1,1990}")
"""A text that is a link and nothing else, of at most 2,000 characters: #url-message"""


async def message_of(account: AccountSettings, part: OutboundPart) -> Mapping[str, Any]:
    """The body of `send_message`. Raises `DeliveryError` where Viber would take no such message."""
    content = _text(part.text) if part.attachment is None else await _file(part.attachment, part.text)
    sender = sender_of(account, part.author)
    return {"receiver": part.contact_id, "min_api_version": 1, "sender": sender, **content}


def welcome_of(account: AccountSettings) -> Mapping[str, Any] | None:
    """What whoever opens the chat reads before they write; None where the account says nothing."""
    text = str(account.options.get("welcome") or "").strip()
    return {"min_api_version": 1, "sender": sender_of(account, None), **_text(text)} if text else None


def sender_of(account: AccountSettings, author: Author | None) -> Mapping[str, str]:
    """Who is shown: the name the account gives everybody, or the agent with their picture."""
    fixed = str(account.options.get("sender_name") or "")
    if fixed or author is None:
        return {"name": _name(fixed) or _name(account.title) or "Support"}
    shown = {"name": _name(author.name) or _name(account.title) or "Support"}
    return shown | ({"avatar": author.avatar_url} if author.avatar_url else {})


def _name(name: str) -> str:
    return " ".join(name.split())[:LONGEST_NAME].rstrip()


def _text(text: str) -> Mapping[str, Any]:
    if _LINK.fullmatch(text):
        return {"type": "url", "media": text}
    return {"type": "text", "text": text}


async def _file(file: Attachment, text: str) -> Mapping[str, Any]:
    """The file as what it is to the customer; what Viber doesn't play, to be opened."""
    if file.kind is MediaKind.PICTURE:
        return {"type": "picture", "text": text, "media": await file.link()}
    if text:
        raise Rejected("on Viber only pictures carry a text", code="caption")
    if file.kind is MediaKind.VIDEO:
        seconds = file.duration or await file.seconds() or 0.0
        if seconds <= LONGEST_VIDEO:
            return await _video(file, math.ceil(seconds))
    return await _document(file)


async def _video(file: Attachment, seconds: int) -> Mapping[str, Any]:
    """A film, with its length where that is known, and a picture of it where one can be made."""
    body = {"type": "video", "media": await file.link(), "size": file.size}
    more: dict[str, Any] = {"duration": seconds} if seconds else {}
    with contextlib.suppress(DeliveryError):
        more["thumbnail"] = await file.preview()
    return body | more


async def _document(file: Attachment) -> Mapping[str, Any]:
    return {"type": "file", "media": await file.link(), "size": file.size, "file_name": _file_name(file)}


def _file_name(file: Attachment) -> str:
    """With an extension, by which a phone knows what opens it."""
    path = PurePosixPath(file.name.replace("/", "_") or "file")
    suffix = path.suffix or mimetypes.guess_extension(file.mime_type) or ""
    return path.stem[: _LONGEST_FILE_NAME - len(suffix)] + suffix

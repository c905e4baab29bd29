"""What a message of Viber's holds, as text, as files or in words. Pure.

creators.viber.com/docs/bots-api/data-models/message: its `type` says which fields count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from networks._pieces import Raw, as_object, line, sendable, whole_number
from networks._places import location
from networks.capabilities import MediaKind
from networks.events import InboundAttachment

_DIGITS = re.compile(r"[0-9]{1,20}")
_ADDRESS = re.compile(r"https?://[!-~]{1,4000}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a message brings."""

    text: str = ""
    attachments: tuple[InboundAttachment, ...] = ()
    placeholder: str = ""


def content_of(message: Raw) -> Content:
    """What the message holds; of a kind we don't know, its words and a placeholder that names it."""
    kind = message.get("type")
    read = _READERS.get(kind) if isinstance(kind, str) else None
    found = read(message) if read else Content(text=words(message, "text"), placeholder=_unknown(kind))
    return (
        found
        if found.text or found.attachments or found.placeholder
        else Content(placeholder="An empty message")
    )


def _unknown(kind: object) -> str:
    named = " ".join(sendable(kind[:60]).replace("_", " ").split()) if isinstance(kind, str) else ""
    return f"Sent something that can't be shown here ({named})" if named else "Sent something unknown"


def _text(message: Raw) -> Content:
    text = words(message, "text")
    return Content(text=text if text.strip() else "")


def _url(message: Raw) -> Content:
    """A link, which Viber's own apps send of web pages and of moving pictures."""
    parts = [line(message, "text", 2_000), line(message, "media", 4_000)]
    text = "\n".join(dict.fromkeys(part for part in parts if part))
    return Content(text=text, placeholder="" if text else "Link: not readable")


def _file(message: Raw, *, label: str, kind: MediaKind | None, name: str | None = None) -> Content:
    """A file with its text; a placeholder where there is no address to fetch it from."""
    ref, text = _address(message), words(message, "text")
    if not ref:
        return Content(text=text, placeholder=f"{label}: a file that Viber did not hand out")
    seconds = whole_number(message, "duration") if kind is MediaKind.VIDEO else None
    file = InboundAttachment(
        ref=ref,
        name=line(message, "file_name", 255) or name,
        size=whole_number(message, "size"),
        kind=kind,
        duration=float(seconds) if seconds else None,
    )
    return Content(text=text if text.strip() else "", attachments=(file,))


def _sticker(message: Raw) -> Content:
    """Its picture, where Viber says where that is."""
    ref = _address(message)
    file = InboundAttachment(ref=ref, name="sticker.png", kind=MediaKind.PICTURE)
    return Content(placeholder="Sticker", attachments=(file,) if ref else ())


def _contact(message: Raw) -> Content:
    given = as_object(message.get("contact"))
    told = ", ".join(part for part in (line(given, "name", 100), line(given, "phone_number", 40)) if part)
    return Content(placeholder=f"Contact: {told or 'not readable'}")


def _location(message: Raw) -> Content:
    given = as_object(message.get("location"))
    return Content(placeholder=location((given.get("lat"), given.get("lon"))))


_READERS: Mapping[str, Callable[[Raw], Content]] = MappingProxyType(
    {
        "text": _text,
        "url": _url,
        "picture": partial(_file, label="Picture", kind=MediaKind.PICTURE, name="picture.jpg"),
        "video": partial(_file, label="Video", kind=MediaKind.VIDEO, name="video.mp4"),
        "file": partial(_file, label="File", kind=None),
        "sticker": _sticker,
        "contact": _contact,
        "location": _location,
    }
)


# The pieces


def words(raw: Raw, key: str) -> str:
    """A text as it was written; empty where there is none."""
    value = raw.get(key)
    return sendable(value) if isinstance(value, str) else ""


def token_of(raw: Raw) -> str:
    """A message's token, 64 bits that no float could hold; empty where there is none."""
    value = raw.get("message_token")
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    return str(value) if type(value) is int and 0 <= value < 2**64 else ""


def secure(url: str) -> str:
    """The address over https: Viber's documents write http, and nothing is fetched or shown over that."""
    return "https://" + url.removeprefix("http://") if url.startswith("http://") else url


def _address(message: Raw) -> str:
    """Where the file lies, for an hour or so; empty where that is no address."""
    value = message.get("media")
    return value if isinstance(value, str) and _ADDRESS.fullmatch(value) else ""

"""What a message of Messenger or Instagram holds beside its text: files, or words that say it. Pure.

developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messages
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urlsplit

from networks._pieces import Raw, as_object, line, objects, sendable
from networks._places import location
from networks.capabilities import MediaKind
from networks.events import InboundAttachment

_MOST = 30
_LONGEST_REF = 4_000
_CDN = ("fbsbx.com", "fbcdn.net", "cdninstagram.com")
_UNSUPPORTED = "Sent something that Meta doesn't pass on: it can be seen in the app only"
_LIKES = frozenset({369_239_263_222_822, 369_239_343_222_814, 369_239_383_222_810})
"""The thumb of three sizes, which is a sticker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Files, and words for the rest."""

    attachments: tuple[InboundAttachment, ...] = ()
    placeholders: tuple[str, ...] = ()


def content_of(attachments: object) -> Content:
    """What a message's attachments hold; of a kind we don't know, a placeholder that names it."""
    files: list[InboundAttachment] = []
    told: list[str] = []
    for each in objects(attachments)[:_MOST]:
        found = _one(each)
        files += found.attachments
        told += found.placeholders
    return Content(attachments=tuple(files), placeholders=tuple(dict.fromkeys(told)))


def media(url: object, *, kind: MediaKind | None = None, **more: Any) -> tuple[InboundAttachment, ...]:
    """The file at an address; nothing where that is none."""
    if not isinstance(url, str) or not 0 < len(url) <= _LONGEST_REF or not url.isprintable():
        return ()
    return (InboundAttachment(ref=sendable(url), kind=kind, **more),)


def _one(attachment: Raw) -> Content:
    kind, payload = line(attachment, "type", 60), as_object(attachment.get("payload"))
    # A link's preview had its title and address beside its payload, in older versions.
    read = _READERS.get(kind, partial(_unknown, kind))
    return read({**{key: attachment[key] for key in ("title", "url") if key in attachment}, **payload})


def _file(payload: Raw, *, kind: MediaKind | None, label: str, **more: Any) -> Content:
    found = media(payload.get("url"), kind=kind, **more)
    return Content(attachments=found) if found else Content(placeholders=(f"{label} that can't be fetched",))


def _picture(payload: Raw) -> Content:
    """Stickers came as pictures until August 2026."""
    if payload.get("sticker_id") is not None:
        return _sticker(payload)
    return _file(payload, kind=MediaKind.PICTURE, label="A picture")


def _audio(payload: Raw) -> Content:
    """People's apps send what they speak so; a chosen file comes as `file`."""
    return _file(payload, kind=MediaKind.AUDIO, label="A recording", voice=True)


def _document(payload: Raw) -> Content:
    """Its name is the last part of its address."""
    url = payload.get("url")
    name = unquote(_path(url).rpartition("/")[2]) if isinstance(url, str) else ""
    named = sendable(name[:255]) if "." in name.strip(".") else None
    return _file(payload, kind=None, label="A file", name=named)


def _sticker(payload: Raw) -> Content:
    number = payload.get("sticker_id")
    if type(number) is int and number in _LIKES:
        return Content(placeholders=("👍",))
    files = media(payload.get("url"), kind=MediaKind.PICTURE, name="sticker.png")
    return Content(attachments=files, placeholders=("Sticker",))


def _place(payload: Raw) -> Content:
    at = as_object(payload.get("coordinates"))
    return Content(placeholders=(location((at.get("lat"), at.get("long"))),))


def _shared(payload: Raw, *, label: str) -> Content:
    """Somebody's post: the file itself where the address is of one, else the address."""
    url, title = line(payload, "url", 1_000), line(payload, "title", 300)
    files = media(payload.get("url")) if _is_file(url) else ()
    said = " ".join(part for part in (title, "" if files else url) if part)
    return Content(attachments=files, placeholders=(f"{label}: {said}" if said else label,))


def _story(payload: Raw) -> Content:
    return Content(attachments=media(payload.get("url")), placeholders=("Mentioned you in their story",))


def _ephemeral(payload: Raw) -> Content:
    told = "Sent a picture or film that can be seen once: it can be opened in the app only"
    return Content(placeholders=(told,))


def _titled(payload: Raw, *, label: str) -> Content:
    title = line(payload, "title", 300) or line(payload, "template_type", 60)
    return Content(placeholders=(f"{label}: {title}" if title else label,))


def _unknown(kind: str, payload: Raw) -> Content:
    words = kind.replace("_", " ").strip()
    told = f"Sent something that can't be shown here ({words})" if words else "Sent something unknown"
    url = line(payload, "url", 1_000)
    return Content(attachments=media(payload.get("url")) if _is_file(url) else (), placeholders=(told,))


_READERS: Mapping[str, Callable[[Raw], Content]] = MappingProxyType(
    {
        "image": _picture,
        "video": partial(_file, kind=MediaKind.VIDEO, label="A film"),
        "audio": _audio,
        "file": _document,
        "sticker": _sticker,
        "location": _place,
        "fallback": partial(_shared, label="Link"),
        "share": partial(_shared, label="Shared a post"),
        "post": partial(_shared, label="Shared a post"),
        "ig_post": partial(_shared, label="Shared a post"),
        "reel": partial(_shared, label="Shared a reel"),
        "ig_reel": partial(_shared, label="Shared a reel"),
        "ig_story": partial(_shared, label="Shared a story"),
        "story_mention": _story,
        "ephemeral": _ephemeral,
        "template": partial(_titled, label="A card with buttons"),
        "appointment_booking": partial(_titled, label="An appointment"),
    }
)


# What stands around it


def around(message: Raw, story: Raw) -> Iterator[str]:
    """What the message says beside its text and files."""
    if story:
        yield "Answers your story"
    if message.get("is_unsupported") is True:
        yield _UNSUPPORTED
    yield referral_of(as_object(message.get("referral")))


def referral_of(referral: Raw) -> str:
    """How the customer came to write."""
    ad = line(as_object(referral.get("ads_context_data")), "ad_title", 200)
    product = line(as_object(referral.get("product")), "id", 60)
    if ad or line(referral, "source", 30).upper() == "ADS":
        return f"Came from the ad “{ad}”" if ad else "Came from an ad"
    if product:
        return f"About the product {product} of your shop"
    carried = line(referral, "ref", 200)
    return f"Opened the chat through a link: {carried}" if carried else ""


# The pieces


def _is_file(url: str) -> bool:
    """Whether Meta keeps it as a file; all else is an address of a page."""
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:
        return False
    return any(host == cdn or host.endswith(f".{cdn}") for cdn in _CDN)


def _path(url: str) -> str:
    try:
        return urlsplit(url[:_LONGEST_REF]).path
    except ValueError:
        return ""

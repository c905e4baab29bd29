"""What one message of LINE's holds, as files or as words. Pure; nothing is believed of its shape.

Shapes: github.com/line/line-openapi, webhook.yml, `MessageContent`
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from networks._pieces import Raw, as_object, line, sendable, whole_number
from networks._places import location
from networks.capabilities import MediaKind
from networks.events import InboundAttachment

_MOST_KEYWORDS = 5
_LONGEST_URL = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a message brings: a text, files, or words about what is neither."""

    text: str = ""
    attachments: tuple[InboundAttachment, ...] = ()
    placeholder: str = ""


def content_of(message: Raw) -> Content:
    """What the message holds; of a kind we don't know, a placeholder that names it."""
    kind = message.get("type")
    read = _READERS.get(kind) if isinstance(kind, str) else None
    found = read(message) if read else Content()
    if found.text.strip() or found.attachments or found.placeholder:
        return found
    named = line(message, "type", 60)
    return Content(placeholder=f"Sent something that can't be shown here ({named or 'unknown'})")


def _text(message: Raw) -> Content:
    """LINE's own emoji stand in the text in words: "(love)"."""
    text = message.get("text")
    return Content(text=sendable(text) if isinstance(text, str) else "")


# Files


def _picture(message: Raw) -> Content:
    return _file(message, "Picture", kind=MediaKind.PICTURE, mime="image/jpeg", name="picture.jpg")


def _video(message: Raw) -> Content:
    return _file(message, "Video", kind=MediaKind.VIDEO, mime="video/mp4", name="video.mp4")


def _audio(message: Raw) -> Content:
    """LINE's app sends what was spoken into it so, and files of sound as files."""
    return _file(message, "Voice message", kind=MediaKind.AUDIO, mime="audio/mp4", voice=True)


def _document(message: Raw) -> Content:
    name, size = line(message, "fileName", 255), whole_number(message, "fileSize")
    return _file(message, "File", kind=None, name=name or None, size=size)


def _file(
    message: Raw,
    label: str,
    *,
    kind: MediaKind | None,
    mime: str | None = None,
    name: str | None = None,
    size: int | None = None,
    voice: bool = False,
) -> Content:
    """A file that LINE keeps under the message's id, or that lies elsewhere; else words about it."""
    ref = _ref(message, prepared=kind in (MediaKind.VIDEO, MediaKind.AUDIO))
    if ref is None:
        return Content(placeholder=f"{label}: a file that LINE did not name")
    milliseconds = whole_number(message, "duration")
    return Content(
        attachments=(
            InboundAttachment(
                ref=ref,
                name=name,
                mime_type=mime,
                size=size,
                kind=kind,
                duration=milliseconds / 1000 if milliseconds else None,
                voice=voice,
            ),
        )
    )


def _ref(message: Raw, *, prepared: bool) -> str | None:
    """`content:` or, for what LINE prepares before it can be had, `prepared:` and an id; or an address."""
    provider = as_object(message.get("contentProvider"))
    if provider.get("type") == "external":
        url = provider.get("originalContentUrl")
        usable = isinstance(url, str) and url.isascii() and url.startswith("https://")
        return str(url) if usable and len(str(url)) <= _LONGEST_URL else None
    name = identifier(message.get("id"))
    return f"{'prepared' if prepared else 'content'}:{name}" if name else None


# What is told in words


def _sticker(message: Raw) -> Content:
    """The words of a sticker: LINE documents no address where its picture could be had."""
    moving = message.get("stickerResourceType") in ("ANIMATION", "ANIMATION_SOUND", "POPUP", "POPUP_SOUND")
    told = "Moving sticker" if moving else "Sticker"
    written = line(message, "text", 100)
    words = message.get("keywords")
    listed = [line({"": word}, "", 40) for word in words] if isinstance(words, list) else []
    meaning = ", ".join([word for word in listed if word][:_MOST_KEYWORDS])
    said = f"“{written}”" if written else meaning
    return Content(placeholder=f"{told}: {said}" if said else told)


def _location(message: Raw) -> Content:
    place = ", ".join(part for part in (line(message, "title", 200), line(message, "address", 300)) if part)
    return Content(placeholder=location((message.get("latitude"), message.get("longitude")), place))


_READERS: Mapping[str, Callable[[Raw], Content]] = MappingProxyType(
    {
        "text": _text,
        "image": _picture,
        "video": _video,
        "audio": _audio,
        "file": _document,
        "location": _location,
        "sticker": _sticker,
    }
)


# The pieces


def identifier(value: object, most: int = 200) -> str:
    """An id as LINE makes them; empty for what is none."""
    plain = isinstance(value, str) and value.isascii() and value.isprintable() and " " not in value
    return str(value) if plain and 0 < len(str(value)) <= most else ""


def token(value: object) -> str:
    """What LINE wants back; nothing is known of its form."""
    return identifier(value, 2_000)

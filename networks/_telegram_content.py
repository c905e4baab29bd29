"""The one thing a Telegram message holds, as files or as words. Pure.

core.telegram.org/bots/api#message: exactly one content field, but three of them come
together with an older one, which is therefore looked at later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from networks._pieces import Raw, as_object, line, objects, sendable, whole_number
from networks._places import location
from networks.capabilities import MediaKind
from networks.events import InboundAttachment

_FILE_ID = re.compile(r"[!-~]{1,300}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a message brings beside its text."""

    attachments: tuple[InboundAttachment, ...] = ()
    placeholder: str = ""
    replaces_text: bool = False
    """The placeholder says what the text did."""
    phone: str = ""
    phone_of: object = None


def content_of(message: Raw) -> Content:
    """What the message holds; of a kind we don't know, a placeholder that names it."""
    for kind, read in _READERS.items():
        if message.get(kind) is not None:
            return read(message[kind])
    if isinstance(message.get("text"), str) or isinstance(message.get("caption"), str):
        return Content()
    kind = next((key for key, value in message.items() if value and key not in _ENVELOPE), "")
    return Content(placeholder=_unknown(kind))


def is_service(message: Raw) -> bool:
    """Whether it only tells of a change to the chat: who came, a new title."""
    return any(message.get(key) for key in _SERVICE)


def _unknown(kind: str) -> str:
    words = sendable(kind[:60]).replace("_", " ").strip()
    return f"Sent something that can't be shown here ({words})" if words else "Sent something unknown"


# Files


def _photo(sizes: object) -> Content:
    """The largest of the sizes."""
    largest = max(objects(sizes), key=_area, default=None)
    return _file(largest, label="Picture", name="picture.jpg", mime="image/jpeg", kind=MediaKind.PICTURE)


def _area(size: Raw) -> int:
    return (whole_number(size, "width") or 0) * (whole_number(size, "height") or 0)


def _video_note(note: object) -> Content:
    made = _file(note, label="Round video", name="video message.mp4", mime="video/mp4", kind=MediaKind.VIDEO)
    seconds = whole_number(as_object(note), "duration")
    told = f"Video message, {_clock(seconds)}" if seconds is not None else "Video message"
    return Content(attachments=made.attachments, placeholder=told)


def _sticker(sticker: object) -> Content:
    """A picture, still or a short film; what is drawn by a player of Telegram's own is told."""
    raw = as_object(sticker)
    emoji = line(raw, "emoji", 16)
    drawn, film = raw.get("is_animated"), raw.get("is_video")
    told = " ".join(part for part in ("Moving sticker" if drawn or film else "Sticker", emoji) if part)
    if drawn:
        return Content(placeholder=told)
    name, mime = ("sticker.webm", "video/webm") if film else ("sticker.webp", "image/webp")
    made = _file(raw, label=told, name=name, mime=mime, kind=MediaKind.PICTURE)
    return Content(attachments=made.attachments, placeholder=told)


def _file(
    given: object,
    *,
    label: str,
    kind: MediaKind | None,
    name: str | None = None,
    mime: str | None = None,
    voice: bool = False,
) -> Content:
    """A file by its `file_id`; a placeholder where it has none that could be fetched."""
    raw = as_object(given)
    ref = raw.get("file_id")
    if not isinstance(ref, str) or not _FILE_ID.fullmatch(ref):
        return Content(placeholder=f"{label}: a file that Telegram did not name")
    seconds = whole_number(raw, "duration")
    return Content(
        attachments=(
            InboundAttachment(
                ref=ref,
                name=line(raw, "file_name", 255) or name,
                mime_type=line(raw, "mime_type", 120) or mime,
                size=whole_number(raw, "file_size"),
                kind=kind,
                duration=float(seconds) if seconds is not None else None,
                voice=voice,
            ),
        )
    )


# What is told in words


def _venue(venue: object) -> Content:
    raw = as_object(venue)
    place = ", ".join(part for part in (line(raw, "title", 200), line(raw, "address", 200)) if part)
    return Content(placeholder=location(_pair(raw.get("location")), place))


def _location(given: object) -> Content:
    label = "Live location" if whole_number(as_object(given), "live_period") else "Location"
    return Content(placeholder=location(_pair(given), label=label))


def _pair(given: object) -> tuple[object, object]:
    raw = as_object(given)
    return raw.get("latitude"), raw.get("longitude")


def _contact(contact: object) -> Content:
    raw = as_object(contact)
    name = " ".join(part for part in (line(raw, "first_name", 100), line(raw, "last_name", 100)) if part)
    phone = line(raw, "phone_number", 40)
    told = ", ".join(part for part in (name, phone) if part) or "not readable"
    return Content(placeholder=f"Contact: {told}", phone=phone, phone_of=raw.get("user_id"))


def _poll(poll: object) -> Content:
    raw = as_object(poll)
    listed = [line(option, "text", 100) for option in objects(raw.get("options"))]
    answers = " / ".join(answer for answer in listed[:12] if answer)
    return Content(placeholder=f"Poll: {line(raw, 'question', 300)} {answers}".strip())


def _dice(dice: object) -> Content:
    raw = as_object(dice)
    return Content(
        placeholder=f"Threw {line(raw, 'emoji', 16) or 'a die'}: {whole_number(raw, 'value') or '?'}"
    )


def _titled(thing: object, *, label: str) -> Content:
    """What may have a title of its own."""
    title = line(as_object(thing), "title", 200)
    return Content(placeholder=f"{label}: {title}" if title else label)


def _rich(message: object) -> Content:
    """A kind of text in blocks; what is text in it is kept."""
    words = " ".join(_texts(message, 0))[:2_000].strip()
    return Content(
        placeholder=f"A message with parts that can't be shown: {words}" if words else _unknown("rich")
    )


def _texts(value: object, depth: int) -> list[str]:
    if depth > 8:
        return []
    if isinstance(value, list):
        return [text for each in value[:100] for text in _texts(each, depth + 1)]
    if not isinstance(value, dict):
        return []
    own = line(value, "text", 1_000)
    inner = [text for each in list(value.values())[:50] for text in _texts(each, depth + 1)]
    return [own, *inner] if own else inner


_START = "/start"


def _text(text: object) -> Content:
    """`/start` is what pressing Start says, with what the link that was followed carries."""
    words = text.strip() if isinstance(text, str) else ""
    if words == _START:
        return Content(placeholder="Opened the chat", replaces_text=True)
    if words.startswith(f"{_START} "):
        carried = " ".join(sendable(words.removeprefix(_START)[:200]).split())
        return Content(placeholder=f"Opened the chat through a link: {carried}", replaces_text=True)
    return Content() if words else Content(placeholder=_unknown(""))


_READERS: Mapping[str, Callable[[object], Content]] = MappingProxyType(
    {
        "venue": _venue,  # also sets location
        "animation": partial(  # also document
            _file, label="GIF", kind=MediaKind.VIDEO, name="animation.mp4", mime="video/mp4"
        ),
        "live_photo": partial(
            _file, label="Live photo", kind=MediaKind.VIDEO, mime="video/mp4"
        ),  # also photo
        "photo": _photo,
        "video": partial(_file, label="Video", kind=MediaKind.VIDEO, mime="video/mp4"),
        "audio": partial(_file, label="Audio", kind=MediaKind.AUDIO),
        "voice": partial(_file, label="Voice message", kind=MediaKind.AUDIO, mime="audio/ogg", voice=True),
        "video_note": _video_note,
        "document": partial(_file, label="File", kind=None),
        "sticker": _sticker,
        "location": _location,
        "contact": _contact,
        "poll": _poll,
        "dice": _dice,
        "rich_message": _rich,
        "game": partial(_titled, label="Game"),
        "checklist": partial(_titled, label="Checklist"),
        "invoice": partial(_titled, label="Invoice"),
        "story": partial(_titled, label="A story"),
        "text": _text,
    }
)

_SERVICE = frozenset(
    {
        "new_chat_members",
        "left_chat_member",
        "new_chat_title",
        "new_chat_photo",
        "delete_chat_photo",
        "group_chat_created",
        "supergroup_chat_created",
        "channel_chat_created",
        "message_auto_delete_timer_changed",
        "migrate_to_chat_id",
        "migrate_from_chat_id",
        "pinned_message",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "general_forum_topic_hidden",
        "general_forum_topic_unhidden",
        "video_chat_scheduled",
        "video_chat_started",
        "video_chat_ended",
        "video_chat_participants_invited",
        "boost_added",
        "chat_background_set",
        "proximity_alert_triggered",
    }
)

_ENVELOPE = frozenset(
    {
        "message_id",
        "message_thread_id",
        "from",
        "sender_chat",
        "sender_boost_count",
        "sender_business_bot",
        "date",
        "edit_date",
        "chat",
        "forward_origin",
        "is_topic_message",
        "is_automatic_forward",
        "reply_to_message",
        "external_reply",
        "quote",
        "reply_to_story",
        "via_bot",
        "has_protected_content",
        "is_from_offline",
        "media_group_id",
        "author_signature",
        "effect_id",
        "entities",
        "caption_entities",
        "show_caption_above_media",
        "has_media_spoiler",
        "link_preview_options",
        "reply_markup",
        "caption",
        "text",
    }
)
"""What a message carries around its content."""


# The pieces


def _clock(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02}"

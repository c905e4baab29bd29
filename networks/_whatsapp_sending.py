"""A part as the one call that shows it: its body, and how a file gets there before.

https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from networks._pieces import sendable
from networks._whatsapp_markup import to_markup
from networks._whatsapp_people import is_user_id
from networks._whatsapp_reading import OURS
from networks._whatsapp_templates import sent_as
from networks.base import Attachment, OutboundPart, Style
from networks.capabilities import MediaKind

LONGEST = 4_096
"""https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/text-messages"""
LONGEST_CAPTION = 1_024
"""https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/image-messages"""

_TYPES = {MediaKind.PICTURE: "image", MediaKind.VIDEO: "video", MediaKind.AUDIO: "audio"}


def addressed(contact_id: str) -> dict[str, str]:
    """Whom a call is for: https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids"""
    to = {"recipient": contact_id} if is_user_id(contact_id) else {"to": f"+{contact_id}"}
    return {"messaging_product": "whatsapp", "recipient_type": "individual", **to}


def body_of(part: OutboundPart, media_id: str | None) -> dict[str, Any]:
    """The message, with its file by the id that its upload was given."""
    kind, content = _content(part, media_id)
    answers = {"context": {"message_id": part.reply_to}} if part.reply_to else {}
    reference = {"biz_opaque_callback_data": f"{OURS}{part.idempotency_key}"[:512]}
    return {**addressed(part.contact_id), "type": kind, kind: content, **answers, **reference}


def reaction(contact_id: str, message_id: str, emoji: str) -> dict[str, Any]:
    """Our reaction to a message; an empty emoji removes it."""
    content = {"message_id": message_id, "emoji": emoji}
    return {**addressed(contact_id), "type": "reaction", "reaction": content}


def upload(file: Attachment) -> Mapping[str, str]:
    """The fields of an upload beside the file itself."""
    return {"messaging_product": "whatsapp", "type": file.mime_type}


def _content(part: OutboundPart, media_id: str | None) -> tuple[str, Mapping[str, Any]]:
    if part.template is not None:
        return "template", sent_as(part.template)
    if part.attachment is None or media_id is None:
        return "text", {"body": _words(part.text, part.styles, LONGEST), "preview_url": False}
    return _file(part, part.attachment, media_id)


def _file(part: OutboundPart, file: Attachment, media_id: str) -> tuple[str, Mapping[str, Any]]:
    """As what it is. Sound carries no words: with some it goes as a document, so that they aren't lost."""
    kind = "document" if part.text and file.kind is MediaKind.AUDIO else _TYPES.get(file.kind, "document")
    content: dict[str, Any] = {"id": media_id}
    if part.text:
        content["caption"] = _words(part.text, part.styles, LONGEST_CAPTION)
    if kind == "document":
        content["filename"] = sendable(file.name)
    if kind == "audio" and file.voice:
        content["voice"] = True
    return kind, content


def _words(text: str, styles: Sequence[Style], most: int) -> str:
    return sendable(to_markup(text, styles, most))

"""What a part looks like as the content of an event. Pure.

spec.matrix.org/v1.19/client-server-api/#instant-messaging
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from networks._matrix_markup import sendable, to_html
from networks._matrix_reading import MAIN
from networks._pieces import Raw, as_object
from networks.base import Attachment, OutboundPart, Style
from networks.capabilities import MediaKind

_MOST = 58_000
"""Bytes of a content. An event has 65,536 with all that the homeserver adds:
spec.matrix.org/v1.19/client-server-api/#size-limits"""
_OLD_CLIENTS = 1_000
"""So many characters of a change are repeated for clients that know no changes."""
_KINDS = {
    MediaKind.PICTURE: "m.image",
    MediaKind.VIDEO: "m.video",
    MediaKind.AUDIO: "m.audio",
    MediaKind.DOCUMENT: "m.file",
}


def content_of(part: OutboundPart, place: str | None, seconds: float | None = None) -> Raw:
    """The content of a part whose file lies at `place`, and plays so long."""
    words = _words(part.text, part.styles)
    file = _file(part.attachment, place, seconds) if part.attachment and place else {"msgtype": "m.text"}
    relation = _relation(part.reply_to, part.reply_handle)
    # m.mentions says that nobody is rung for whatever the words hold
    return _fitting({**file, **words, "m.mentions": {}, **({"m.relates_to": relation} if relation else {})})


def changed(before: Raw, event: str, text: str, styles: Sequence[Style]) -> Raw:
    """The content that replaces another's words; a file stays what it is.

    spec.matrix.org/v1.19/client-server-api/#event-replacements
    """
    file = {key: before[key] for key in ("msgtype", "filename", "url", "info") if key in before}
    new = _fitting({"msgtype": "m.text", **file, **_words(text, styles), "m.mentions": {}})
    shown = sendable(text)[:_OLD_CLIENTS]
    return {
        "msgtype": new["msgtype"],
        **file,
        "body": f"* {shown}",
        "m.mentions": {},
        "m.new_content": new,
        "m.relates_to": {"rel_type": "m.replace", "event_id": event},
    }


def reaction(event: str, emoji: str) -> Raw:
    """spec.matrix.org/v1.19/client-server-api/#event-annotations-and-reactions"""
    return {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": emoji}}


def ours(found: Raw, own_id: str) -> Mapping[str, str]:
    """Our reactions among those to a message: emoji by event."""
    chunk = found.get("chunk")
    each = [as_object(event) for event in chunk] if isinstance(chunk, list) else []
    return {
        str(event.get("event_id")): bare(_key(event))
        for event in each
        if event.get("sender") == own_id and _key(event)
    }


def bare(emoji: str) -> str:
    """An emoji without the sign that asks for its coloured form: some clients add it, some don't."""
    return emoji.replace("\ufe0f", "")


def _key(event: Raw) -> str:
    key = as_object(as_object(event.get("content")).get("m.relates_to")).get("key")
    return key if isinstance(key, str) else ""


def _words(text: str, styles: Sequence[Style]) -> Raw:
    html = to_html(text, styles)
    body = {"body": sendable(text)} if text else {}
    return {**body, "format": "org.matrix.custom.html", "formatted_body": html} if html else body


def _file(file: Attachment, place: str, seconds: float | None) -> Raw:
    name = " ".join(sendable(file.name[:255]).split()) or "file"
    info: dict[str, Any] = {"mimetype": file.mime_type, "size": file.size}
    content: dict[str, Any] = {
        "msgtype": _KINDS[file.kind],
        "body": name,
        "filename": name,
        "url": place,
        "info": info,
    }
    if seconds:
        info["duration"] = round(seconds * 1_000)
    if file.voice:  # MSC3245, which clients show as a voice message
        content["org.matrix.msc3245.voice"] = {}
        content["org.matrix.msc1767.audio"] = {"duration": info.get("duration", 0)}
    return content


def _relation(reply_to: str | None, handle: str | None) -> Raw:
    """Where a part belongs: in the thread the customer wrote in last, and below what it answers."""
    answered = {"m.in_reply_to": {"event_id": reply_to}} if reply_to else {}
    if not handle or handle == MAIN:
        return answered
    fallback = answered or {"m.in_reply_to": {"event_id": handle}}
    return {"rel_type": "m.thread", "event_id": handle, "is_falling_back": not answered, **fallback}


def _fitting(content: dict[str, Any]) -> dict[str, Any]:
    """The content, without its ornament where that makes it too large."""
    if len(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")) > _MOST:
        return {key: content[key] for key in content if key not in ("format", "formatted_body")}
    return content

"""What one Matrix message holds, as words, files or a placeholder. Pure; nothing is believed of its shape.

spec.matrix.org/v1.19/client-server-api/#instant-messaging
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from networks._matrix_markup import sendable, unquoted, with_links
from networks._matrix_wire import MXC
from networks._pieces import Raw, as_object, whole_number
from networks._places import location
from networks.capabilities import MediaKind
from networks.events import InboundAttachment

_GEO = re.compile(r"geo:(-?\d{1,3}(?:\.\d{1,12})?),(-?\d{1,3}(?:\.\d{1,12})?)(?:[,;].{0,100})?")
_KINDS = {
    "m.image": MediaKind.PICTURE,
    "m.video": MediaKind.VIDEO,
    "m.audio": MediaKind.AUDIO,
    "m.file": MediaKind.DOCUMENT,
}
_VOICE = ("org.matrix.msc3245.voice", "org.matrix.msc3245.voice.v2", "m.voice")
_CALLED = "Called; calls can't be taken here"
_ENCRYPTED = "An encrypted message, which can't be read here. Ask for a room without encryption"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a message brings. `emote`: the words say what its author does; `automatic`: a program's, says
    spec.matrix.org/latest/client-server-api/#mnotice.
    """

    text: str = ""
    attachments: tuple[InboundAttachment, ...] = ()
    placeholder: str | None = None
    emote: bool = False
    automatic: bool = False


def content_of(kind: str, content: Raw) -> Content | None:
    """What an event of this type holds; None where it is none of the customer's words."""
    if read := _READERS.get(kind):
        return read(content)
    if kind in _SILENT or kind.startswith(_SILENT_KINDS):
        return None
    return _unknown(kind, content)


def message(content: Raw) -> Content:
    """A message, or what it became by an edit."""
    kind = str(content.get("msgtype") or "")
    if kind in _KINDS:
        return _file(content, _KINDS[kind])
    if kind == "m.location":
        return _location(content)
    text = words(content)
    if kind not in ("m.text", "m.notice", "m.emote"):
        return _unknown(kind, content)
    return (
        Content(text=text, emote=kind == "m.emote", automatic=kind == "m.notice")
        if text.strip()
        else Content(placeholder="An empty message")
    )


def words(content: Raw) -> str:
    """The words of a text, or below a file."""
    body = content.get("body")
    text = body if isinstance(body, str) else ""
    if as_object(content.get("m.relates_to")).get("m.in_reply_to"):
        text = unquoted(text)
    return sendable(with_links(text, content.get("formatted_body")))


def _file(content: Raw, kind: MediaKind) -> Content:
    """Where `filename` is given and another, `body` is what stands below."""
    name, body = line(content, "filename", 255), line(content, "body", 255)
    caption = words(content) if name and name != body else ""
    place = content.get("url")
    if not isinstance(place, str) or not re.fullmatch(MXC, place):
        told = "An encrypted file" if content.get("file") else "A file that wasn't uploaded"
        return Content(text=caption, placeholder=f"{told}: {name or body}" if name or body else told)
    info = as_object(content.get("info"))
    milliseconds = whole_number(info, "duration")
    spoken = kind is MediaKind.AUDIO and any(key in content for key in _VOICE)
    attachment = InboundAttachment(
        ref=place,
        name=None if spoken else name or body or None,  # what clients call a recording says nothing
        mime_type=line(info, "mimetype", 120) or None,
        size=whole_number(info, "size"),
        kind=kind,
        duration=milliseconds / 1_000 if milliseconds is not None else None,
        voice=spoken,
    )
    return Content(text=caption, attachments=(attachment,))


def _sticker(content: Raw) -> Content:
    """A picture; its `body` says what it shows."""
    shows = line(content, "body", 200)
    told = f"Sticker: {shows}" if shows else "Sticker"
    made = _file({**content, "body": None, "filename": None}, MediaKind.PICTURE)
    return Content(attachments=made.attachments, placeholder=told)


def _location(content: Raw) -> Content:
    """What clients write themselves in place of a name is no name."""
    uri = content.get("geo_uri")
    found = _GEO.fullmatch(uri) if isinstance(uri, str) else None
    pair = (float(found[1]), float(found[2])) if found else ()
    place = line(content, "body", 200)
    return Content(placeholder=location(pair, "" if "geo:" in place else place))


def _poll(content: Raw) -> Content:
    """spec.matrix.org, MSC3381; its names are still those of the proposal in most clients."""
    poll = as_object(content.get("m.poll") or content.get("org.matrix.msc3381.poll.start"))
    answers = poll.get("answers")
    listed = [_said(as_object(each)) for each in answers[:12]] if isinstance(answers, list) else []
    told = f"{_said(as_object(poll.get('question')))} {' / '.join(each for each in listed if each)}".strip()
    return Content(placeholder=f"Poll: {told or _said(content)}".rstrip(": "))


def _said(block: Raw) -> str:
    """A text of an extensible event."""
    texts = block.get("m.text")
    first = as_object(texts[0]) if isinstance(texts, list) and texts else {}
    return line(first, "body", 300) or line(block, "org.matrix.msc1767.text", 300) or line(block, "body", 300)


def _unknown(kind: str, content: Raw) -> Content:
    """Of a kind we don't know; most say in words what it is."""
    told = " ".join(sendable(kind[:60]).split())
    shown = f"Sent something that can't be shown here ({told})" if told else "Sent something unknown"
    return Content(text=words(content), placeholder=shown)


_READERS: Mapping[str, Callable[[Raw], Content]] = MappingProxyType(
    {
        "m.room.message": message,
        "m.sticker": _sticker,
        "m.room.encrypted": lambda _: Content(placeholder=_ENCRYPTED),
        "m.poll.start": _poll,
        "org.matrix.msc3381.poll.start": _poll,
        "m.call.invite": lambda _: Content(placeholder=_CALLED),
        "m.rtc.notification": lambda _: Content(placeholder=_CALLED),
        "org.matrix.msc4075.rtc.notification": lambda _: Content(placeholder=_CALLED),
    }
)

_SILENT = frozenset({"m.beacon", "org.matrix.msc3672.beacon"})
_SILENT_KINDS = (
    "m.call.",
    "m.key.",
    "m.poll.",
    "org.matrix.call.",
    "org.matrix.msc3381.poll.",
    "io.element.",
)
"""The steps of a call or of a key exchange, votes, each place of somebody on the way."""


# The pieces


def line(raw: Raw, key: str, most: int) -> str:
    """A short text on one line; empty where there is none."""
    value = raw.get(key)
    return " ".join(sendable(value[:most]).split()) if isinstance(value, str) else ""

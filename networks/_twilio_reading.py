"""What Twilio tells, read into events. Pure; nothing is believed of its shape.

Messages and what became of ours come to one address. Twilio says no time of its own, so an event
is as old as its call. Shapes: twilio.com/docs/messaging/guides/webhook-request, and
/outbound-message-status-in-status-callbacks
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from networks._places import location
from networks._twilio_errors import cause_of, words_of
from networks._twilio_people import Fields, line, profile_of
from networks._twilio_tapbacks import tapback
from networks.capabilities import MediaKind
from networks.errors import PayloadInvalid
from networks.events import (
    Cause,
    ContactGone,
    DeliveryReport,
    InboundAttachment,
    InboundEvent,
    InboundMessage,
    ReportState,
)

SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
NUMBER = re.compile(r"\+[1-9]\d{4,14}")
OPTED_OUT = "21610"

_STATES: Mapping[str, ReportState] = {
    "sent": ReportState.SENT,
    "delivered": ReportState.DELIVERED,
    "partially_delivered": ReportState.DELIVERED,
    "read": ReportState.READ,
    "undelivered": ReportState.FAILED,
    "failed": ReportState.FAILED,
    "canceled": ReportState.FAILED,
}
_COMING_IN = frozenset({"", "received", "receiving"})
_OPTED_OUT = "opted out of text messages"
_CANCELLED = "somebody cancelled it at Twilio before it left"

# twilio.com/docs/messaging/tutorials/advanced-opt-out: the type comes with that switched on. Without
# it Twilio obeys these words all the same; others, as CANCEL, may be an answer to a question.
_OUT = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "OPTOUT", "REVOKE"})
_BACK = frozenset({"START", "UNSTOP"})
_KEYWORDS = {
    "STOP": "Opted out: nothing reaches them until they write START",
    "START": "Opted in again",
    "HELP": "Twilio has answered this with the help text",
}

_MOST_FILES = 30
_LAYOUT = "application/smil"
_CARDS = {
    "text/vcard": ("contact.vcf", "Contact card"),
    "text/x-vcard": ("contact.vcf", "Contact card"),
    "text/directory": ("contact.vcf", "Contact card"),
    "text/x-vlocation": ("location.loc.vcf", "Location, as a card"),
}
_KINDS = {"image": MediaKind.PICTURE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}
_NAMES = {MediaKind.PICTURE: "picture", MediaKind.VIDEO: "video", MediaKind.AUDIO: "audio"}
_ENDINGS = {
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/heic": ".heic",
    "video/3gpp": ".3gp",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "audio/amr": ".amr",
    "audio/3gpp": ".3gp",
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
    "audio/ogg": ".ogg",
    "application/pdf": ".pdf",
    "text/plain": ".txt",
    "text/csv": ".csv",
    "text/calendar": ".ics",
}


def events_of(fields: Fields, at: datetime, part: str = "") -> list[InboundEvent]:
    """The events of one call that came at that time; none for what says nothing new. `part` is the key of the
    part that it reports on.

    Raises `PayloadInvalid` for what is no message and tells of none.
    """
    sid = next((fields[key] for key in ("MessageSid", "SmsSid", "SmsMessageSid") if key in fields), "")
    if not SID.fullmatch(sid):
        raise PayloadInvalid("a call that names no message")
    status = line(fields, "MessageStatus", 40).lower() or line(fields, "SmsStatus", 40).lower()
    told = _message(sid, fields, at) if status in _COMING_IN else _report(sid, status, fields, at, part)
    return list(told)


def contact_of(fields: Fields, name: str) -> str:
    """Who it is: the number, also of one who wrote by RCS. Raises `PayloadInvalid`."""
    found = line(fields, name, 120).removeprefix("rcs:")
    if not found:
        raise PayloadInvalid(f"a message without {name}")
    return found


def _message(sid: str, fields: Fields, at: datetime) -> Iterator[InboundEvent]:
    contact = contact_of(fields, "From")
    written = fields.get("Body", "").replace("\0", "")
    reaction = tapback(written)
    text = "" if reaction else written or line(fields, "ButtonText", 500)
    attachments, cards = _files(fields)
    keyword = _keyword(fields, text)
    parts = [reaction, _location(fields), *cards, _KEYWORDS.get(keyword, "")]
    placeholder = " · ".join(part for part in parts if part)
    yield InboundMessage(
        event_id=sid,
        external_id=sid,
        contact_id=contact,
        sent_at=at,
        text=text,
        attachments=attachments,
        placeholder=placeholder or (None if text.strip() or attachments else "An empty message"),
        profile=profile_of(fields, contact),
        reply_handle=_handle(fields),
    )
    if keyword in ("STOP", "START"):
        back = keyword == "START"
        named = f"{sid}:{keyword.lower()}"
        yield ContactGone(
            event_id=named, contact_id=contact, sent_at=at, back=back, words="" if back else _OPTED_OUT
        )


def _report(sid: str, status: str, fields: Fields, at: datetime, part: str) -> Iterator[InboundEvent]:
    state = _STATES.get(status)
    if state is None:
        return
    contact, code = contact_of(fields, "To"), line(fields, "ErrorCode", 10)
    failed = _CANCELLED if status == "canceled" else words_of(code)
    yield DeliveryReport(
        event_id=f"{sid}:{status}",
        external_id=sid,
        contact_id=contact,
        sent_at=at,
        state=state,
        words=failed if state is ReportState.FAILED else "",
        cause=cause_of(code) if state is ReportState.FAILED else Cause.PART,
        key=part,
    )
    if state is ReportState.FAILED and code == OPTED_OUT:
        yield ContactGone(event_id=f"{sid}:gone", contact_id=contact, sent_at=at, words=_OPTED_OUT)


def _keyword(fields: Fields, text: str) -> str:
    """What they asked of Twilio itself, if anything: STOP, START or HELP."""
    told = line(fields, "OptOutType", 20).upper()
    if told:
        return told
    said = text.strip().upper()
    return "STOP" if said in _OUT else "START" if said in _BACK else ""


def _handle(fields: Fields) -> str | None:
    """Which of our numbers they wrote to."""
    ours = line(fields, "To", 40)
    return ours if NUMBER.fullmatch(ours) else None


def _location(fields: Fields) -> str:
    """A place, which RCS carries in fields of its own."""
    try:
        latitude, longitude = (float(line(fields, name, 20)) for name in ("Latitude", "Longitude"))
    except ValueError:
        return ""
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        return ""
    named = ", ".join(part for part in (line(fields, "Label", 200), line(fields, "Address", 200)) if part)
    return location((latitude, longitude), named)


def _files(fields: Fields) -> tuple[tuple[InboundAttachment, ...], list[str]]:
    """The files, and in words what is known of those that are cards, or that have no address."""
    found: list[InboundAttachment] = []
    told: list[str] = []
    for place in range(_MOST_FILES):
        ref = fields.get(f"MediaUrl{place}")
        if ref is None:
            break
        mime = line(fields, f"MediaContentType{place}", 120).partition(";")[0].lower()
        if mime == _LAYOUT:
            continue
        if not ref.startswith(("https://", "http://")) or not ref.isascii() or len(ref) > 2_000:
            told.append("A file that can't be fetched")
            continue
        name, card = _CARDS.get(mime, (_name(mime), ""))
        told += [card] if card else []
        found.append(InboundAttachment(ref=ref, name=name, mime_type=mime or None, kind=_kind(mime)))
    if "MediaUrl0" not in fields and line(fields, "NumMedia", 3).strip("0"):
        told.append("A file that Twilio did not name")
    return tuple(found), list(dict.fromkeys(told))


def _kind(mime: str) -> MediaKind | None:
    return MediaKind.DOCUMENT if mime in _CARDS else _KINDS.get(mime.partition("/")[0])


def _name(mime: str) -> str:
    """Text messages carry no names of files."""
    kind = _KINDS.get(mime.partition("/")[0])
    return f"{_NAMES[kind] if kind else 'file'}{_ENDINGS.get(mime, '')}"

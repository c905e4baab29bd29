"""What the desk hears of a mail. Pure; whatever the bytes are, it never raises.

Whose conversation it belongs to: an address of ours that it was sent to says so, or a mail of ours that it
answers, both signed by us; else whoever wrote it. Never its subject.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from networks import _mail_ids as ids
from networks import _mail_senders as senders
from networks._mail_content import Content, content_of
from networks._mail_decoding import addresses, readable
from networks._mail_refs import Place
from networks._mail_scan import Scanned, every, first_word, raw
from networks.errors import SignatureInvalid
from networks.events import (
    DeliveryReport,
    InboundEvent,
    InboundMessage,
    Profile,
    ProfileField,
    ReportState,
)

NOBODY = "nobody@invalid"
"""The contact of mails that don't say who wrote them."""
MOST_REFERENCES = 20

_WRITTEN_TO = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")
_LATE, _EARLY = timedelta(days=7), timedelta(minutes=10)
_EPOCH, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_SHOWN_CC = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """The mailbox a mail came to."""

    address: str
    key: bytes = field(repr=False)
    """Signs our ids and addresses."""
    authserv_id: str = ""
    copies: bool = False
    """Whether answers also go to others than the contact."""


@dataclass(frozen=True, slots=True)
class Came:
    """A mail, where it is, and when the server got it."""

    mail: Scanned
    place: Place
    at: datetime | None = None

    def header(self, name: str) -> str:
        return raw(self.mail.headers, name)


@dataclass(frozen=True, slots=True)
class _People:
    """Who wrote it (`sender`), to whom answers go (`writer`), and whose conversation it is."""

    name: str
    sender: str
    writer: str
    contact: str


def events_of(came: Came, box: Box) -> list[InboundEvent]:
    """What happened by this mail; nothing for what no person wrote to us."""
    headers = came.mail.headers
    people, own = _people(came, box), message_id(came.mail)
    reports = list(_reports(came, box, people))
    if reports:
        return reports
    if ids.is_signed(box.key, own) or people.writer == box.address or senders.is_bulk(headers, box.address):
        return []
    if first_word(headers, "auto-submitted") == "auto-generated" and people.writer != people.sender:
        return [_message(came, box, people, automatic=False)]  # a form on a website, sent for somebody
    automatic = senders.is_automatic(headers) or senders.is_report(came.mail, people.sender)
    return [_message(came, box, people, automatic=automatic)]


def sent_of(came: Came, box: Box) -> list[InboundEvent]:
    """A colleague's answer from another program, out of the folder with what was sent; nothing for ours, and
    for what no person wrote to somebody."""
    headers, own = came.mail.headers, message_id(came.mail)
    ours = ids.is_ours(own) or came.header("x-mailer").strip() == ids.MAILER
    if ours or senders.is_bulk(headers, box.address):
        return []
    to, contact = [address for _, address in _others(came, box)], _conversation_of(came, box)
    if not to or senders.is_automatic(headers) or senders.is_report(came.mail, ""):
        return []
    content, named = content_of(came.mail, Place(0, 0, own)), external_id(came.mail)
    answered = _answered_by_it(came, box)
    return [
        InboundMessage(
            event_id=named,
            external_id=named,
            contact_id=contact if contact in to else to[0],
            sent_at=_sent_at(came),
            text=content.text,
            attachments=tuple(content.files),
            placeholder=None if content.text or content.files else "An empty mail",
            reply_to=answered.message_id if answered else None,
            echo=True,
        )
    ]


def message_id(mail: Scanned) -> str:
    """Its Message-ID without brackets; empty where there is none that can be used."""
    found = ids.ids_in(raw(mail.headers, "message-id"))
    return found[0] if found and len(found[0]) <= ids.LONGEST_ID and found[0].isascii() else ""


def external_id(mail: Scanned) -> str:
    """Names the mail: its Message-ID, and what tells it from others that wrongly bear the same."""
    own = message_id(mail)
    return f"{own}#{mail.digest[:12]}" if own else f"#{mail.digest}"


def id_behind(external: str) -> str:
    """The Message-ID in an `external_id`."""
    return external.rpartition("#")[0] if "#" in external else external


def _people(came: Came, box: Box) -> _People:
    wrote = addresses(every(came.mail.headers, "from"), 1) or addresses(every(came.mail.headers, "sender"), 1)
    name, sender = wrote[0] if wrote else ("", NOBODY)
    answer = addresses(every(came.mail.headers, "reply-to"), 3)
    if len(answer) == 1 and answer[0][1] not in (sender, box.address):
        name, writer = answer[0][0] or name, answer[0][1]
    else:
        writer = sender
    return _People(name, sender, writer, _conversation_of(came, box) or writer)


def _conversation_of(came: Came, box: Box) -> str:
    marked = f"{box.address.partition('@')[0]}+"
    named = [value for name in _WRITTEN_TO for value in every(came.mail.headers, name)]
    for _, written_to in addresses([value for value in named if marked in value.lower()]):
        try:
            if found := ids.contact_behind(box.key, box.address, written_to):
                return found
        except SignatureInvalid:
            continue
    answered = _answered_by_it(came, box)
    return answered.contact if answered else ""


def _answered_by_it(came: Came, box: Box) -> ids.Ours | None:
    """The mail of ours that it answers."""
    return ids.ours(box.key, box.address.rpartition("@")[2], _answered(came))


def _answered(came: Came) -> list[str]:
    """The mails it answers, the nearest first."""
    nearest = ids.ids_in(came.header("in-reply-to"))
    return [*nearest, *reversed(ids.ids_in(came.header("references")))]


def _reports(came: Came, box: Box, people: _People) -> Iterator[InboundEvent]:
    """What became of mails of ours: one came back, or its way takes long."""
    for number, told in enumerate(senders.returned(came.mail, people.sender)):
        named = f"{external_id(came.mail)}:{number}"
        whose = ids.contact_of(told.message_id) or told.contact or people.contact
        others = box.copies and told.contact not in ("", whose)
        if told.action in ("failed", "delivered") and not others:
            failed = told.action == "failed"
            yield DeliveryReport(
                event_id=named,
                external_id=told.message_id,
                contact_id=whose,
                sent_at=_sent_at(came),
                state=ReportState.FAILED if failed else ReportState.DELIVERED,
                words=told.words if failed else "",
            )
        elif told.action in ("failed", "delayed"):
            delayed = "Not delivered yet; the mail servers go on trying"
            yield InboundMessage(
                event_id=named,
                external_id=named,
                contact_id=whose,
                sent_at=_sent_at(came),
                placeholder=f"Not delivered to {told.contact}: {told.words}" if others else delayed,
                reply_to=told.message_id,
                automatic=True,
            )


def _message(came: Came, box: Box, people: _People, *, automatic: bool) -> InboundMessage:
    content = content_of(came.mail, came.place)
    answered = _answered_by_it(came, box)
    notes = list(_notes(came, box, people, content, answered, automatic=automatic))
    if not (content.text or content.files or notes):
        notes = ["An empty mail"]
    named = external_id(came.mail)
    return InboundMessage(
        event_id=named,
        external_id=named,
        contact_id=people.contact,
        sent_at=_sent_at(came),
        text=content.text,
        attachments=tuple(content.files),
        placeholder=" · ".join(notes) or None,
        profile=_profile(came, people) if people.contact == people.writer else None,
        reply_to=answered.message_id if answered else None,
        reply_handle=None if automatic else _handle(came, box, people),
        subject=readable(came.header("subject"), 200),
        automatic=automatic,
    )


def _notes(
    came: Came, box: Box, people: _People, content: Content, answered: ids.Ours | None, *, automatic: bool
) -> Iterator[str]:
    """What stands above its words."""
    if senders.is_doubtful(came.mail.headers, box.authserv_id):
        yield "⚠ Perhaps forged: the sender's server doesn't vouch for this mail"
    if automatic:
        yield "Automatic mail"
    if people.writer != people.contact:
        yield f"From {_shown((people.name, people.writer))}, not {people.contact}"
    if people.sender != people.writer:
        yield f"Sent by {people.sender}"
    subject = readable(came.header("subject"), 200)
    if subject and not (answered and answered.subject == ids.subject_tag(subject)):
        yield f"Subject: {subject}"
    if others := _others(came, box, people.writer, people.contact, people.sender):
        more = f" and {len(others) - _SHOWN_CC} more" if len(others) > _SHOWN_CC else ""
        yield f"Cc: {', '.join(map(_shown, others[:_SHOWN_CC]))}{more}"
    yield from content.notes


def _others(came: Came, box: Box, *but: str) -> list[tuple[str, str]]:
    """Who got it besides us and these."""
    local, _, domain = box.address.partition("@")
    known = {box.address, *but}
    found: dict[str, tuple[str, str]] = {}
    for name, address in addresses([*every(came.mail.headers, "to"), *every(came.mail.headers, "cc")]):
        marked = address.startswith(f"{local}+") and address.endswith(f"@{domain}")
        if address not in known and not marked:
            found.setdefault(address, (name, address))
    return list(found.values())


def _shown(person: tuple[str, str]) -> str:
    name, address = person
    return f"{name} <{address}>" if name and name != address else address


def _profile(came: Came, people: _People) -> Profile:
    fields = [ProfileField(label="E-mail", value=people.contact)]
    if zone := _zone(came.header("date")):
        fields.append(ProfileField(label="Time zone", value=zone))
    return Profile(name=people.name or people.contact.partition("@")[0], fields=tuple(fields))


def _handle(came: Came, box: Box, people: _People) -> str:
    """What an answer needs of this mail."""
    own = message_id(came.mail)
    references = ids.ids_in(came.header("references")) or ids.ids_in(came.header("in-reply-to"))[:1]
    usable = [each for each in references if each.isascii() and len(each) <= ids.LONGEST_ID]
    theirs = _others(came, box, people.writer, people.contact, people.sender)
    others = [address for _, address in theirs]
    if people.writer != people.contact:
        others = [people.writer, *others]
    return json.dumps(
        {
            "subject": readable(came.header("subject"), 300),
            "id": own,
            "references": [*usable[:1], *usable[1:][-(MOST_REFERENCES - 2) :]],
            "cc": others[:20],
        }
    )


def _sent_at(came: Came) -> datetime:
    """When it was written, as far as that can be so; else when it came."""
    said = _date(came.header("date"))
    if came.at is None or not _EPOCH <= came.at < _LATEST:
        return said or _EPOCH
    return said if said and came.at - _LATE <= said <= came.at + _EARLY else came.at


def _date(value: str) -> datetime | None:
    """The moment a header names; None for what is none of this century's."""
    try:
        found = parsedate_to_datetime(value[:100])
        zoned = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        return zoned if _EPOCH <= zoned < _LATEST else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _zone(value: str) -> str:
    """The sender's distance from UTC; empty where it isn't told."""
    try:
        found = parsedate_to_datetime(value[:100]).utcoffset()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""
    return str(timezone(found)) if found is not None and abs(found) < timedelta(hours=15) else ""


def words_of_all(mail: Scanned) -> str:
    """All its words, with what is quoted and signed."""
    return content_of(mail, Place(0, 0)).words

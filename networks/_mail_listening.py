"""A mailbox that is listened to: what came after the cursor, read mail by mail while it streams by.

The cursor is `UIDVALIDITY:UID` of the last mail that was looked at, and behind it the same of the folder with
what colleagues sent. Runs in the line's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime, localtime

from imap_tools import BaseMailBox

from networks import _mail_folder as mails
from networks import _mail_imap as imap
from networks._mail_reading import Box, Came, events_of, message_id, sent_of
from networks._mail_refs import Place
from networks._mail_scan import MOST_BYTES, scan
from networks.base import Polled, Unreadable
from networks.events import InboundEvent, InboundMessage

_BATCH, _MOST_AT_ONCE = 20, 40_000_000
_AT_FIRST = 200
"""So many mails are taken up at a first start, or when a mailbox is numbered anew."""
_UNREAD_SINCE, _AGAIN_SINCE = timedelta(days=1), timedelta(days=7)


@dataclass(slots=True)
class _Read:
    """What some mails of a folder told, which of them told something, and how far it is looked at."""

    events: list[InboundEvent] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    shown: list[int] = field(default_factory=list)
    cursor: str = ""


@dataclass(slots=True)
class Listening:
    """One mailbox, and which of its mails were given but not put away yet."""

    line: imap.Line
    box: Box
    move_to: str = ""
    sent: str = ""
    """The folder with what was sent in the mailbox's name; empty: it isn't looked at."""
    idle: float = 25.0
    """Seconds to wait for a mail."""
    every: float = 20.0
    """The same where the server doesn't tell of new ones: then it is asked again."""
    _given: tuple[str, list[int]] = field(default=("", []))

    def look(self, box: BaseMailBox, cursor: str | None, *, wait: bool) -> Polled:
        """What came after the cursor; what was given with that cursor is stored by now, and put away."""
        if cursor and self._given[0] == cursor:
            given, self._given = self._given[1], ("", [])
            mails.put_away(box, given, self.move_to)
        came, _, sent = (cursor or "").partition(" ")
        answers = self._answers(box, sent) if self.sent else _Read()
        uids, last = self._new(box, came)
        if not uids and wait and came and not answers.events:
            self._rest(box)
            uids, last = self._new(box, came)
        found = self._read(box, uids, last, events_of, self.line.validity)
        upto = f"{found.cursor} {answers.cursor}".rstrip()
        self._given = (upto, found.shown)
        return Polled(
            events=[*found.events, *answers.events],
            cursor=upto,
            unreadable=[*found.unreadable, *answers.unreadable],
        )

    def _answers(self, box: BaseMailBox, cursor: str) -> _Read:
        """What colleagues sent from other programs after the cursor; nothing of before the first look."""
        home = self.line.door.folder
        validity = imap.opened(box, self.sent, otherwise=home)
        begun, _, uid = cursor.partition(":")
        goes_on = uid.isdigit() and begun == str(validity)
        last = int(uid) if goes_on else mails.newest(box)
        uids = mails.uids_after(box, last)[:_BATCH] if goes_on else []
        found = self._read(box, uids, last, sent_of, validity)
        box.folder.set(home)
        return found

    def _new(self, box: BaseMailBox, cursor: str | None) -> tuple[list[int], int]:
        """The mails to read, and how far the mailbox is looked at without them."""
        validity, _, uid = (cursor or "").partition(":")
        if uid.isdigit() and validity == str(self.line.validity):
            found = mails.uids_after(box, int(uid))
            return found[:_BATCH], int(uid)
        last = mails.newest(box)
        since = _day_before(_AGAIN_SINCE if cursor else _UNREAD_SINCE)
        return mails.recent_uids(box, since, unseen=not cursor)[-_AT_FIRST:], last

    def _rest(self, box: BaseMailBox) -> None:
        if mails.idles(box):
            mails.idle(box, self.idle)
        else:
            self.line.rest(self.every)

    def _read(
        self,
        box: BaseMailBox,
        uids: Sequence[int],
        last: int,
        events_in: Callable[[Came, Box], list[InboundEvent]],
        validity: int,
    ) -> _Read:
        found = _Read()
        read = 0
        for uid in uids:
            if read > _MOST_AT_ONCE:
                break
            envelope = mails.envelope(box, uid)
            last = max(last, uid)
            if envelope is None:
                continue
            read += min(envelope.size, MOST_BYTES)
            came = self._came(box, envelope)
            try:
                events = events_in(came, self.box)
            except Exception as error:  # a mail that nobody foresaw must not stop those behind it
                body = mails.piece_of(box, uid, 0, mails.PIECE)
                found.unreadable.append(
                    Unreadable(body=body, why=f"a mail that can't be read: {type(error).__name__}")
                )
                continue
            found.events += events
            found.shown += [uid] if events and not _unasked(events) else []
        found.cursor = f"{validity}:{last}"
        return found

    def _came(self, box: BaseMailBox, envelope: mails.Envelope) -> Came:
        mail = scan(mails.pieces_of(box, envelope.uid, 0, min(envelope.size, MOST_BYTES + 1)))
        place = Place(self.line.validity, envelope.uid, message_id(mail))
        return Came(mail, place, envelope.at)


def _unasked(events: Sequence[InboundEvent]) -> bool:
    """Whether a program wrote it, and in answer to nothing of ours: it may be shown nowhere, so that whoever
    looks after the mailbox should find it unread."""
    return all(isinstance(e, InboundMessage) and e.automatic and e.reply_to is None for e in events)


def _day_before(span: timedelta) -> str:
    """The day so long ago, as IMAP writes it, in English whatever the system speaks."""
    _, day, month, year, *_ = format_datetime(localtime() - span).split()
    return f"{int(day)}-{month}-{year}"

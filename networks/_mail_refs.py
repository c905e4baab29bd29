"""Where a mail's files are, written down so that they are found again, also in another folder. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote

WHOLE_TEXT = "text"
"""In place of an encoding: not bytes of the mail, but all its words."""


@dataclass(frozen=True, slots=True)
class Place:
    """A mail in a mailbox. `message_id` finds it in another folder."""

    validity: int
    uid: int
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Ref:
    """Some bytes of a mail, and how they are wrapped."""

    place: Place
    start: int
    length: int
    encoding: str

    def __str__(self) -> str:
        place = self.place
        numbers = f"{place.validity}/{place.uid}/{self.start}/{self.length}"
        return f"{numbers}/{quote(self.encoding[:30], safe='')}/{quote(place.message_id, safe='@.<>')}"


def parsed(ref: str) -> Ref | None:
    """What `str(Ref)` wrote; None for anything else."""
    pieces = ref.split("/")
    if len(pieces) != 6 or not all(each.isascii() and each.isdigit() for each in pieces[:4]):
        return None
    validity, uid, start, length = (int(each) for each in pieces[:4])
    return Ref(Place(validity, uid, unquote(pieces[5])), start, length, unquote(pieces[4]))

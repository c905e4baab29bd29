"""Who is in a Matrix room, and what is known of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from networks._matrix_content import line
from networks._matrix_markup import sendable
from networks._matrix_wire import MXC
from networks._pieces import Raw
from networks.events import Profile, ProfileField


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A room as it is now: its name, and the customers in it, with the names they have there."""

    id: str
    own_id: str
    title: str = ""
    people: Mapping[str, str] = field(default_factory=dict)
    colleagues: Mapping[str, str] = field(default_factory=dict)
    """Those of the team, whether they are there or not."""
    left: bool = False
    """We are no longer in it, or can't look."""

    @property
    def is_group(self) -> bool:
        """Whether an answer is read by several people."""
        return len(self.people) > 1

    def name_of(self, user: str) -> str:
        """What somebody is called here, or else what their id begins with."""
        known = self.people.get(user) or self.colleagues.get(user, "")
        told = " ".join(sendable(known[:255]).split())
        return told or sendable(user[1:].partition(":")[0][:255]) or "Someone"


def profile_of(room: Room, user: str, more: Raw | None = None) -> Profile:
    """What is known of a customer, who is called as in the room; `more` is what their homeserver tells:
    spec.matrix.org/v1.19/client-server-api/#profiles. To read their picture takes the access token.
    """
    if room.is_group:
        return _group(room)
    zone = line(more or {}, "m.tz", 100) or line(more or {}, "us.cloke.msc4175.tz", 100)
    known = [("Matrix ID", sendable(user[:255])), ("Time zone", zone)]
    fields = tuple(ProfileField(label=label, value=value) for label, value in known if value)
    picture = line(more or {}, "avatar_url", 500)
    shown = picture if re.fullmatch(MXC, picture) else None
    return Profile(name=room.name_of(user), fields=fields, avatar_ref=shown)


def _group(room: Room) -> Profile:
    title = " ".join(sendable(room.title[:255]).split()) or "A room"
    kind = ProfileField(label="Kind", value="a group: everybody in it reads the answers")
    return Profile(name=f"{title} (group)", fields=(kind,))

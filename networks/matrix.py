"""Matrix: one account is one user of any homeserver, whom customers invite into a room.

What happens comes by asking (`/sync`), which needs no public address; an application service, the way for
those who run a homeserver of their own, is left out: this way does the same there. A room is a contact.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import ClassVar

from networks import _matrix_sending
from networks._calling import ANSWER, Caller
from networks._matrix_check import findings
from networks._matrix_errors import UNKNOWN_CALL
from networks._matrix_people import profile_of
from networks._matrix_rooms import Known, asked, heard, room_of
from networks._matrix_wire import MXC, Wire
from networks.base import Attachment, Checked, OutboundPart, Polled, Receipt, Style, Tools, Unreadable
from networks.capabilities import (
    AccountSettings,
    Capabilities,
    LengthUnit,
    Markup,
    MediaKind,
    MediaRule,
    OptionKind,
    OptionSpec,
    Support,
    TextLimit,
)
from networks.errors import AccountBroken, ContactUnreachable, Rejected
from networks.events import Profile

LONG_POLL = 25
"""Seconds."""
TYPING = 30_000
"""Milliseconds for which clients show that somebody types."""
USUAL_UPLOAD = 50_000_000
"""Bytes: what Synapse takes unless it is told otherwise. Nobody says that it is the same elsewhere, so each
homeserver is asked: element-hq.github.io/synapse/latest/usage/configuration/config_documentation.html"""


def _capabilities(largest: int = USUAL_UPLOAD) -> Capabilities:
    # https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1mediaconfig
    files = {kind: MediaRule(max_bytes=largest, formats="any type") for kind in MediaKind}
    # https://spec.matrix.org/v1.19/client-server-api/#size-limits: 65,536 bytes for an event, which holds the
    # words twice where they are styled, escaped, beside what the homeserver adds
    text = TextLimit(length=28_000, unit=LengthUnit.BYTES)
    return Capabilities(
        text_limit=text,
        # https://spec.matrix.org/v1.19/client-server-api/#media-captions
        caption_limit=text,
        send=files,
        receive=files,
        reply_window=None,  # whoever is in a room can be written to
        edits=Support.NATIVE,  # https://spec.matrix.org/v1.19/client-server-api/#event-replacements
        deletions=Support.NATIVE,  # https://spec.matrix.org/v1.19/client-server-api/#redactions
        reactions=Support.NATIVE,
        typing=Support.NATIVE,
        receipts=Support.NATIVE,  # https://spec.matrix.org/v1.19/client-server-api/#receipts
        replies=Support.NATIVE,
        # https://spec.matrix.org/v1.19/client-server-api/#transaction-identifiers
        idempotent_send=True,
        markup=Markup.HTML,
        # https://github.com/matrix-org/matrix-spec-proposals/pull/3245
        voice=MediaRule(max_bytes=largest, mime_types=frozenset({"audio/ogg"}), formats="OGG with Opus"),
        profiles=True,
        checked="November 2026",
    )


class Matrix:
    """Users of Matrix's homeservers, with every optional verb."""

    OPTIONS: ClassVar[Mapping[str, OptionSpec]] = {
        "homeserver": OptionSpec(
            kind=OptionKind.TEXT,
            about="is the address of the homeserver's client API",
            required=True,
            pattern=r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?(/[A-Za-z0-9._~/-]*)?",
            example="https://matrix.example.com",
        ),
        "token": OptionSpec(
            kind=OptionKind.SECRET,
            about="is the access token of the user whom customers invite",
            required=True,
            pattern=r"[\x21-\x7e]{8,4000}",
            example="an access token, such as syt_aGVscGRlc2s_MnBKqVfXyRtL_2b3cD4",
            single=True,
        ),
        "colleagues": OptionSpec(
            kind=OptionKind.LIST,
            about="are Matrix IDs of others of the team: their words in customers' rooms are answers",
            pattern=r"@[\x21-\x39\x3b-\x7e]{1,200}:[A-Za-z0-9.:\[\]-]{1,230}",
            example="@tom:example.com",
        ),
    }

    name = "matrix"
    title = "Matrix"
    colour = "#0dbd8b"
    icon = "globe_with_meridians"
    capabilities = _capabilities()

    def __init__(self, tools: Tools | None = None, *, answer: float = ANSWER) -> None:
        self._answer = answer
        self._caller = Caller(self.title)
        self._accounts: dict[str, Known] = {}

    async def close(self) -> None:
        """Let go of the connections."""
        await self._caller.close()

    def capabilities_for(self, account: AccountSettings) -> Capabilities:
        """The capabilities; how large files may be is the homeserver's to say, once it was asked."""
        largest = self._known(account).largest_upload
        return _capabilities(largest) if largest else self.capabilities

    # What goes out

    async def send(self, account: AccountSettings, part: OutboundPart) -> Receipt:
        """Show the part in the room. Repeating it with the same key shows nothing more."""
        wire = self._wire(account)
        place = await wire.upload(part.attachment) if part.attachment else None
        seconds = await _seconds(part.attachment) if part.attachment else None
        content = _matrix_sending.content_of(part, place, seconds)
        sent = await wire.say(part.contact_id, "m.room.message", part.idempotency_key, content)
        return Receipt(external_id=sent)

    async def edit(
        self,
        account: AccountSettings,
        contact_id: str,
        external_id: str,
        text: str,
        key: str,
        styles: tuple[Style, ...] = (),
    ) -> None:
        """Replace the text of a message, or what stands below its file."""
        wire = self._wire(account)
        before = (await wire.in_room("GET", contact_id, "event", external_id)).get("content")
        content = _matrix_sending.changed(
            before if isinstance(before, dict) else {}, external_id, text, styles
        )
        await wire.say(contact_id, "m.room.message", key, content)

    async def delete(self, account: AccountSettings, contact_id: str, external_id: str, key: str) -> None:
        """Take a message back; one that is gone already is fine."""
        await self._redact(account, contact_id, external_id, key)

    async def react(
        self, account: AccountSettings, contact_id: str, external_id: str, emoji: str, key: str
    ) -> None:
        """Have this be our one reaction; an empty `emoji` removes it."""
        wire, own_id = self._wire(account), await self._own_id(account)
        there = _matrix_sending.ours(await self._reactions(wire, contact_id, external_id), own_id)
        wanted = _matrix_sending.bare(emoji)
        for event, shown in there.items():
            if shown != wanted:
                digest = hashlib.sha256(f"{key} {event}".encode()).hexdigest()
                await self._redact(account, contact_id, event, digest)
        if emoji and wanted not in there.values():
            await self._annotate(wire, contact_id, external_id, emoji, key)

    async def typing(self, account: AccountSettings, contact_id: str, on: bool) -> None:
        """Show it for half a minute, or no longer."""
        content = {"typing": True, "timeout": TYPING} if on else {"typing": False}
        own_id = await self._own_id(account)
        await self._wire(account).in_room("PUT", contact_id, "typing", own_id, content=content)

    async def mark_read(self, account: AccountSettings, contact_id: str, external_id: str, key: str) -> None:
        """Show that everything up to this message was read."""
        await self._wire(account).in_room("POST", contact_id, "receipt", "m.read", external_id, content={})

    # What is fetched

    async def download(self, account: AccountSettings, ref: str) -> AsyncIterator[bytes]:
        """Stream a file by its mxc address."""
        place = re.fullmatch(MXC, ref)
        if place is None:
            raise Rejected("Matrix no longer has this file", code="address")
        async for piece in self._wire(account).download(place[1], place[2]):
            yield piece

    async def profile(self, account: AccountSettings, contact_id: str) -> Profile | None:
        """Whoever is in the room with us; of one person, what their homeserver tells, too."""
        wire = self._wire(account)
        await self._own_id(account)
        room = await room_of(wire, self._known(account), contact_id)
        user = next(iter(room.people), None)
        if user is None or room.is_group:
            return profile_of(room, "") if room.is_group else None
        try:
            return profile_of(room, user, await wire.call("GET", "profile", user))
        except (Rejected, ContactUnreachable):
            return profile_of(room, user)  # some homeservers keep profiles to themselves

    # What comes in

    def polls(self, account: AccountSettings, hook: str | None) -> bool:
        """Always: a homeserver calls nobody."""
        return True

    async def connect(self, account: AccountSettings, hook: str | None) -> None:
        """Learn whose the token is, and how large files may be."""
        await self._own_id(account)
        self._known(account).largest_upload = await self._wire(account).largest_upload()

    async def poll(self, account: AccountSettings, cursor: str | None, *, wait: bool = True) -> Polled:
        """Ask for what happened after `cursor`, the homeserver's own token."""
        wire, known = self._wire(account), self._known(account)
        await self._own_id(account)
        try:
            answer = await asked(wire, known, cursor, LONG_POLL if wait else 0)
        except Rejected as refused:
            if cursor is None or refused.code == UNKNOWN_CALL or not refused.code.startswith("M_"):
                raise  # that may be a proxy's, while the homeserver is away
            return await self._anew(account, cursor, refused)
        return await heard(wire, known, cursor, answer)

    async def _anew(self, account: AccountSettings, cursor: str, refused: Rejected) -> Polled:
        """Begin again where the homeserver no longer knows the place, as after it lost its database."""
        polled = await self.poll(account, None, wait=False)
        why = f"the homeserver no longer knows where we were: {refused.words}"
        lost = Unreadable(body=cursor.encode(), why=why)
        return Polled(events=polled.events, cursor=polled.cursor, unreadable=[*polled.unreadable, lost])

    async def check(self, account: AccountSettings, hook: str | None) -> Sequence[Checked]:
        """Whose the token is, how customers get there, and how large files may be."""
        return await findings(self._caller, self._wire(account))

    # The pieces

    async def _redact(self, account: AccountSettings, room: str, event: str, key: str) -> None:
        try:
            await self._wire(account).in_room("PUT", room, "redact", event, key, content={})
        except Rejected as refused:
            if refused.code != "M_NOT_FOUND":
                raise

    async def _annotate(self, wire: Wire, room: str, event: str, emoji: str, key: str) -> None:
        """One that is there already is fine."""
        try:
            await wire.say(room, "m.reaction", key, _matrix_sending.reaction(event, emoji))
        except Rejected as refused:
            if refused.code != "M_DUPLICATE_ANNOTATION":
                raise

    async def _reactions(self, wire: Wire, room: str, event: str) -> Mapping[str, object]:
        """Reactions to a message; none where the homeserver can't say or knows of none."""
        path = ("rooms", room, "relations", event, "m.annotation", "m.reaction")
        try:
            return await wire.call("GET", *path, params={"limit": "100"}, root="_matrix/client/v1")
        except Rejected:
            return {}

    async def _own_id(self, account: AccountSettings) -> str:
        """Whose the token is. Raises `AccountBroken` where nobody knows."""
        known = self._known(account)
        if not known.own_id:
            try:
                user = (await self._wire(account).whoami()).get("user_id")
            except Rejected as refused:
                if refused.code != UNKNOWN_CALL:
                    raise
                raise AccountBroken(
                    "there is no Matrix homeserver at its address", code=refused.code
                ) from None
            if not isinstance(user, str) or not user.startswith("@"):
                raise AccountBroken("there is no Matrix homeserver at its address", code="whoami")
            known.own_id = user
        return known.own_id

    def _known(self, account: AccountSettings) -> Known:
        if account.name not in self._accounts:
            given = account.options.get("colleagues")
            named = frozenset(map(str, given)) if isinstance(given, tuple) else frozenset[str]()
            self._accounts[account.name] = Known(colleagues=named)
        return self._accounts[account.name]

    def _wire(self, account: AccountSettings) -> Wire:
        homeserver, token = (str(account.options.get(key) or "") for key in ("homeserver", "token"))
        return Wire(self._caller, homeserver, token, answer=self._answer)


async def _seconds(file: Attachment) -> float | None:
    """How long something plays, which clients show before they fetch it."""
    plays = file.kind in (MediaKind.AUDIO, MediaKind.VIDEO)
    return file.duration or (await file.seconds() if plays else None)

"""What a visitor says, taken: one frame, one transaction, then the acknowledgement."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tortoise.transactions import in_transaction

from desk.visitors import Added
from handlers.webchat_site import Chat, Refusal, Site, require_rate
from networks.base import KeptFile
from networks.events import InboundEvent
from networks.webchat import (
    change_key,
    emoji_of,
    file_entry,
    message_key,
    parse_frame,
    target,
    text_of,
    uploads,
)

_CUSTOMER = {"kind": "customer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a frame adds to the visitor's history, and under which key."""

    key: str
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """One visitor at one address."""

    chat: Chat
    site: Site
    visitor: str
    address: str

    def count_frame(self) -> None:
        """Raises `Refusal` when frames come too fast."""
        require_rate(
            self.chat, ("frame", f"{self.site.name}|{self.visitor}", self.chat.limits.frames_visitor)
        )

    async def say(self, frame: Mapping[str, Any]) -> Mapping[str, object] | None:
        """Take a frame; return its acknowledgement, None where there is nothing to acknowledge.

        Raises `Refusal` or `FrameRefused`; then nothing is stored.
        """
        match frame.get("type"):
            case "message.create":
                return await self._create(frame)
            case "message.update" | "message.delete":
                return await self._change(frame, own=True)
            case "reaction":
                return await self._change(frame, own=False)
            case "read":
                await self._read(frame)
                return None
            case _:
                raise Refusal(400, "unknown", "This chat is out of date. Please reload the page.")

    async def _create(self, frame: Mapping[str, Any]) -> Mapping[str, object]:
        self._count_message()
        frame = {**frame, "files": [file_entry(kept) for kept in await self._own_files(frame)]}
        identity = await self.chat.visitors.identity(self.site.name, self.visitor)
        event = self._event(frame, identity)
        key = message_key(frame)
        body: dict[str, object] = {
            "v": 1,
            "type": "message",
            "id": key,
            "author": _CUSTOMER,
            "client_id": frame["client_id"],
            "text": text_of(frame),
        }
        if frame["files"]:
            body["files"] = frame["files"]
        if frame.get("reply_to") is not None:
            body["reply_to"] = target(frame, "reply_to")
        added = await self._commit(Entry(key=key, body=body), event)
        return _ack(frame, added, key)

    async def _own_files(self, frame: Mapping[str, Any]) -> list[KeptFile]:
        """The visitor's own uploads the frame names, as we know them. Raises `Refusal`."""
        wanted = [target(file, "upload_id") for file in uploads(frame)]
        found = await self.chat.visitors.own_files(self.site.name, self.visitor, wanted) if wanted else []
        if found is None:
            raise _no_file()
        return found

    async def _keep_files(self, entry: Entry) -> None:
        """What goes with a message stays. Raises `Refusal`."""
        files = entry.body.get("files")
        try:
            if isinstance(files, list):
                await self.chat.visitors.files.went([str(file["upload_id"]) for file in files])
        except FileNotFoundError:
            raise _no_file() from None

    async def _change(self, frame: Mapping[str, Any], *, own: bool) -> Mapping[str, object]:
        """An edit, a deletion or a reaction: of a message there is, and an edit only of one's own."""
        self._count_message()
        if not isinstance(frame.get("client_id"), str):  # without an id of its own it is a new one each time
            frame = {**frame, "client_id": secrets.token_hex(12)}
        event = self._event(frame, {})
        key, message = change_key(frame), target(frame)
        if await self.chat.visitors.event(self.site.name, self.visitor, key) is None:
            await self._require_message(message, own=own)
        body: dict[str, object] = {
            "v": 1,
            "type": frame["type"],
            "id": message,
            "author": _CUSTOMER,
            "client_id": frame["client_id"],
        }
        if frame["type"] == "message.update":
            body["text"] = text_of(frame)
        if frame["type"] == "reaction":
            emoji, removed = emoji_of(frame)
            body |= {"emoji": emoji, "op": "remove" if removed else "add"}
        added = await self._commit(Entry(key=key, body=body), event)
        return _ack(frame, added, message)

    async def _read(self, frame: Mapping[str, Any]) -> None:
        """The visitor saw the team's messages up to this one. Nothing of it is kept in the history."""
        event = self._event(frame, {})
        found = await self.chat.visitors.event(self.site.name, self.visitor, target(frame, "up_to"))
        if event is not None and found is not None and found.get("author", {}).get("kind") == "agent":
            await self._commit(None, event)

    async def _require_message(self, message: str, *, own: bool) -> None:
        found = await self.chat.visitors.event(self.site.name, self.visitor, message)
        if found is None or found.get("type") != "message":
            raise Refusal(404, "unknown_message", "That message is not here any more.")
        if own and found.get("author", {}).get("kind") != "customer":
            raise Refusal(403, "not_yours", "Only your own messages can be changed.")
        if own and found.get("deleted"):
            raise Refusal(404, "unknown_message", "That message was deleted.")

    def _event(self, frame: Mapping[str, Any], identity: Mapping[str, Any]) -> InboundEvent:
        now = self.chat.desk.clock.now()
        event = parse_frame(self.site.account.settings, self.visitor, frame, now=now, identity=identity)
        if event is None:
            raise Refusal(400, "unknown", "This chat is out of date. Please reload the page.")
        return event

    def _count_message(self) -> None:
        limits = self.chat.limits
        require_rate(
            self.chat,
            ("message", f"{self.site.name}|{self.visitor}", limits.messages_visitor),
            ("message address", self.address, limits.messages_address),
            ("message site", self.site.name, limits.messages_site),
        )

    async def _commit(self, entry: Entry | None, event: InboundEvent) -> Added:
        """The visitor's own event and what it means for the desk, together or not at all."""
        visitors, desk = self.chat.visitors, self.chat.desk

        async def work() -> Added:
            async with in_transaction():
                added = Added(seq=0, new=True)
                if entry is not None:
                    await visitors.enter(self.site.name, self.visitor)
                    added = await visitors.add(self.site.name, self.visitor, entry.key, entry.body)
                    await self._keep_files(entry)
                if added.new:
                    await self.chat.receive(desk, self.site.account.id, [event])
                return added

        added = await desk.units.transact(work)
        if added.new:
            visitors.hub.wake(self.site.name, self.visitor)
            desk.wake()
        return added


def _no_file() -> Refusal:
    words = "A file of this message is no longer here. Please attach it again."
    return Refusal(400, "unknown_file", words)


def _ack(frame: Mapping[str, Any], added: Added, message: str) -> Mapping[str, object]:
    return {"v": 1, "type": "ack", "seq": added.seq, "client_id": frame["client_id"], "id": message}


def file_path(account: str, signed: str, name: str) -> str:
    """The address of a file on this server."""
    return f"/webchat/{account}/file/{signed}/{quote(name, safe='')}"

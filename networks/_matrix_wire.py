"""How calls travel to one account's homeserver: spec.matrix.org/v1.19/client-server-api

Each is an HTTP call with JSON and the access token; a room, event or key that stands in its path is quoted.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote

from networks._addresses import host_of
from networks._calling import ANSWER, Caller
from networks._matrix_errors import UNKNOWN_CALL, refusal
from networks._pieces import Raw
from networks.base import Attachment
from networks.errors import ContactUnreachable, NoAnswer, ProviderFault, Rejected, UnexpectedResponse

_LONGEST_PLACE = 4_000
_CLIENT = "_matrix/client/v3"
_SERVER = r"[A-Za-z0-9.:\[\]-]{1,230}"
MXC = rf"mxc://({_SERVER})/([A-Za-z0-9_-]{{1,200}})"
"""Where a file lies: spec.matrix.org/v1.19/client-server-api/#matrix-content-mxc-uris"""


class Wire:
    """Calls as one account. Raises `DeliveryError` only."""

    def __init__(self, caller: Caller, homeserver: str, token: str, *, answer: float = ANSWER) -> None:
        self._caller = caller
        self._answer = answer
        self._headers = {"Authorization": f"Bearer {token}"}
        self.homeserver = homeserver.rstrip("/")

    async def call(
        self,
        method: str,
        *path: str,
        content: Raw | None = None,
        params: Mapping[str, str] | None = None,
        body: Attachment | None = None,
        root: str = _CLIENT,
        wait: float = 0,
    ) -> dict[str, Any]:
        """One call, answered with an object. `wait` is how many seconds the server may hold it."""
        answer = await self._caller.call(
            method,
            "/".join([self.homeserver, root, *(quote(each, safe="", errors="replace") for each in path)]),
            headers=self._headers,
            params=params,
            json=content,
            body=body,
            answer=self._answer + wait,
        )
        found = answer.fields()
        if answer.status != 200:
            raise refusal(self._caller, answer)
        if not found and answer.body.strip() != b"{}":
            raise self._caller.unreadable(answer)
        return dict(found)

    async def in_room(self, method: str, room: str, *path: str, content: Raw | None = None) -> dict[str, Any]:
        """One call about a room."""
        return await self.call(method, "rooms", room, *path, content=content)

    async def say(self, room: str, kind: str, key: str, content: Raw) -> str:
        """Send an event; its id. Repeated with the same `key` it is there once only.

        spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid
        """
        return _named(await self.in_room("PUT", room, "send", kind, key, content=content), "event_id")

    async def upload(self, file: Attachment) -> str:
        """Bring a file to the homeserver; where it lies. Nobody sees it yet, so it may be done again."""
        params = {"filename": " ".join(file.name.encode("utf-8", "replace").decode().split()) or "file"}
        try:
            found = await self.call("POST", "upload", params=params, body=file, root="_matrix/media/v3")
            return _named(found, "content_uri")
        except (NoAnswer, UnexpectedResponse) as error:
            raise ProviderFault("the homeserver gave no clear answer to the file", code=error.code) from None

    async def download(self, server: str, media: str) -> AsyncIterator[bytes]:
        """Stream a file, from where it lies since v1.11 or where older servers have it."""
        place = f"{quote(server, safe=':[]')}/{quote(media, safe='')}"
        trusted = {host_of(self.homeserver)}
        try:
            url = f"{self.homeserver}/_matrix/client/v1/media/download/{place}"
            async for piece in self._caller.fetch(url, headers=self._headers, trusted=trusted):
                yield piece
        except Rejected as refused:
            if refused.code not in ("http_404", "http_400", "http_405"):
                raise
            url = f"{self.homeserver}/_matrix/media/v3/download/{place}"
            async for piece in self._caller.fetch(url, headers=self._headers, trusted=trusted):
                yield piece

    async def whoami(self) -> dict[str, Any]:
        """Whose the token is."""
        return await self.call("GET", "account", "whoami")

    async def largest_upload(self) -> int | None:
        """How many bytes a file may have; None: the server doesn't say."""
        try:
            found = await self.call("GET", "media", "config", root="_matrix/client/v1")
        except Rejected as refused:
            if refused.code != UNKNOWN_CALL:
                raise
            found = await self.call("GET", "config", root="_matrix/media/v3")
        most = found.get("m.upload.size")
        return most if isinstance(most, int) and most > 0 else None

    async def encrypts(self, user: str) -> bool:
        """Whether a device of the user has keys, for which others' clients then encrypt.

        spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysquery
        """
        found = await self.call("POST", "keys", "query", content={"device_keys": {user: []}})
        devices = found.get("device_keys")
        return bool(devices.get(user)) if isinstance(devices, dict) else False

    async def sync(self, since: str | None, limit: int, seconds: int) -> dict[str, Any]:
        """What happened after `since`; at first only where that is.

        spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3sync
        """
        params = {"timeout": str(seconds * 1_000), "filter": json.dumps(_filter(limit if since else 0))}
        found = await self.call(
            "GET", "sync", params=params | ({"since": since} if since else {}), wait=seconds
        )
        place = found.get("next_batch")
        if not isinstance(place, str) or not 0 < len(place) <= _LONGEST_PLACE or not place.isprintable():
            raise UnexpectedResponse("the homeserver's answer can't be read")
        return found

    async def before(self, room: str, start: str, end: str | None) -> dict[str, Any]:
        """Up to a hundred events before `start`, the newest first, back to `end`."""
        params = {"dir": "b", "from": start, "limit": "100"} | ({"to": end} if end else {})
        return await self.call("GET", "rooms", room, "messages", params=params)

    async def members(self, room: str) -> dict[str, str]:
        """Who is in a room: their ids, and the names they have there."""
        found = (await self.in_room("GET", room, "joined_members")).get("joined")
        people = found.items() if isinstance(found, dict) else ()
        return {who: _display(told) for who, told in people}

    async def title(self, room: str) -> str:
        """A room's name; empty where it has none."""
        try:
            name = (await self.in_room("GET", room, "state", "m.room.name", "")).get("name")
        except (Rejected, ContactUnreachable):
            return ""
        return name if isinstance(name, str) else ""


def _filter(limit: int) -> Raw:
    """What is asked for: spec.matrix.org/v1.19/client-server-api/#filtering"""
    nothing = {"not_types": ["*"]}
    return {
        "presence": nothing,
        "account_data": nothing,
        "room": {
            "account_data": nothing,
            "ephemeral": {"types": ["m.receipt"]},
            "state": {"types": ["m.room.encryption"]},
            "timeline": {"limit": limit},
        },
    }


def _display(told: object) -> str:
    name = told.get("display_name") if isinstance(told, dict) else None
    return name if isinstance(name, str) else ""


def _named(found: Raw, key: str) -> str:
    """Raises `UnexpectedResponse`."""
    value = found.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= 255:
        raise UnexpectedResponse("the homeserver's answer can't be read")
    return value

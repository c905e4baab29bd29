"""A Matrix homeserver on this machine: a real server that answers as one does, and refuses what one refuses.

What we send is read with mautrix, another client's library, so that it is what others read.
"""

from __future__ import annotations

import asyncio
import copy
import itertools
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from mautrix.types import EventType, MessageEvent

from tests.networks.matrix.rooms import LENA, OWN, Room
from tests.networks.standin import LATER, StandIn

TOKEN = "syt_aGVscGRlc2s_fakeTokenOfTheTests_0000"
ROOM = "!Kq3vZbExample:hs.example"
LARGEST = 52_428_800
_KEPT = 200_000
"""Bytes of what was uploaded that can be fetched again."""
_NAMES = {OWN: "Acme Help", LENA: "Lena"}
_CLIENT = "/_matrix/client/v3"
CONTENT = web.RequestKey("content", Any)
Handler = Callable[[web.Request], Awaitable[Any]]


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, code: str, **more: Any) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"errcode": code, "error": "…", **more}


@dataclass(frozen=True, slots=True)
class Asked:
    """A call as it came."""

    verb: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    content: Any


class Homeserver(StandIn):
    """`async with Homeserver() as hs:` serves until the end of the block.

    Faults beside those of every stand-in are answers: `"403 M_FORBIDDEN"`, `"html 502"`, `"204"`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.token = TOKEN
        self.rooms: dict[str, Room] = {}
        self.calls: list[Asked] = []
        self.done: list[tuple[str, str, str, str, tuple[tuple[str, int], ...]]] = []
        """Verb, room, message, words and files of what was carried out."""
        self.uploads: dict[str, tuple[str, str, int]] = {}
        """Name, type and size by mxc address."""
        self.profiles: dict[str, dict[str, Any]] = {}
        self.old = False
        """It knows nothing of what is newer than v1.2."""
        self.well_known: dict[str, Any] | None = None
        self.guest = False
        self.devices: dict[str, Any] = {}
        """Ours that have keys."""
        self.tells: Any = None
        """What `/sync` is answered in place of what happened."""
        self._at = 0
        self._taken: dict[str, dict[str, str]] = {}
        self._media = itertools.count(1)
        self._stirred = asyncio.Event()

    def routes(self) -> list[web.RouteDef]:
        """The client API, as far as anybody asks for it."""
        room = f"{_CLIENT}/rooms/{{room}}"
        new, media = "/_matrix/client/v1", "/_matrix/media/v3"
        served: list[tuple[str, str, str, Handler]] = [
            ("GET", f"{_CLIENT}/account/whoami", "whoami", self._whoami),
            ("POST", f"{_CLIENT}/keys/query", "keys", self._keys),
            ("GET", f"{_CLIENT}/sync", "sync", self._sync),
            ("GET", f"{_CLIENT}/profile/{{user}}", "profile", self._profile),
            ("GET", f"{room}/joined_members", "members", self._members),
            ("GET", f"{room}/messages", "messages", self._messages),
            ("GET", f"{room}/event/{{event}}", "event", self._event),
            ("GET", f"{room}/state/{{kind}}/", "state", self._state),
            ("POST", f"{room}/join", "join", self._join),
            ("POST", f"{room}/leave", "leave", self._leave),
            ("PUT", f"{room}/send/{{kind}}/{{key}}", "send", self._send),
            ("PUT", f"{room}/redact/{{event}}/{{key}}", "redact", self._redact),
            ("PUT", f"{room}/typing/{{user}}", "typing", self._typing),
            ("POST", f"{room}/receipt/m.read/{{event}}", "read", self._read),
            (
                "GET",
                f"{new}/rooms/{{room}}/relations/{{event}}/m.annotation/m.reaction",
                "new",
                self._relations,
            ),
            ("GET", f"{new}/media/config", "new", self._config),
            ("GET", f"{media}/config", "config", self._config),
            ("POST", f"{media}/upload", "upload", self._upload),
        ]
        defs = [web.route(method, path, self._serving(verb, act)) for method, path, verb, act in served]
        files = [f"{new}/media/download/{{server}}/{{media}}", f"{media}/download/{{server}}/{{media}}"]
        return [
            *defs,
            *(web.get(path, self._download) for path in files),
            web.get("/.well-known/matrix/client", self._discover),
            web.route("*", "/{rest:.*}", self._serving("unknown", self._unknown)),
        ]

    def options(self) -> dict[str, object]:
        """The options of an account whose homeserver this is."""
        return {"homeserver": self.url, "token": self.token}

    def asked(self, verb: str) -> list[Asked]:
        return [call for call in self.calls if call.verb == verb]

    def release(self) -> None:
        super().release()
        self._stir()

    # What customers do

    def invites(self, room: str = ROOM, *, by: str = LENA, encrypted: bool = False, **state: Any) -> Room:
        """A customer makes a room and asks us there."""
        made = self.rooms[room] = Room(room)
        self.joins(room, by)
        if encrypted:
            self._add(made, "m.room.encryption", by, {"algorithm": "m.megolm.v1.aes-sha2"}, "")
        for kind, content in state.items():
            self._add(made, f"m.room.{kind}", by, content, "")
        self._add(made, "m.room.member", by, {"membership": "invite", "displayname": "Acme Help"}, OWN)
        return made

    def opened(self, room: str = ROOM, *others: str) -> Room:
        """A room with a customer in which we are already, whose past was told."""
        made = self.invites(room)
        for user in (OWN, *others):
            self.joins(room, user)
        return made

    def joins(self, room: str, user: str, **more: Any) -> str:
        name = {"displayname": _NAMES[user]} if user in _NAMES else {}
        return self._add(
            self.rooms[room], "m.room.member", user, {"membership": "join", **name, **more}, user
        )

    def leaves(self, room: str = ROOM, user: str = LENA, *, by: str = "") -> str:
        return self._add(self.rooms[room], "m.room.member", by or user, {"membership": "leave"}, user)

    def writes(self, body: str = "", room: str = ROOM, *, who: str = LENA, **content: Any) -> str:
        """A customer sends a message; its id."""
        told = {"msgtype": "m.text", "body": body, **content}
        return self._add(self.rooms[room], "m.room.message", who, told)

    def happens(self, kind: str, content: Any, room: str = ROOM, *, who: str = LENA, **state: Any) -> str:
        """Another event; its id."""
        return self._add(self.rooms[room], kind, who, content, state.get("state_key"))

    def takes_back(self, event: str, room: str = ROOM, *, who: str = LENA) -> str:
        because = self._add(self.rooms[room], "m.room.redaction", who, {"redacts": event})
        self.rooms[room].redact(event, because)
        return because

    def reads(self, event: str, room: str = ROOM, who: str = LENA) -> None:
        self._at += 1
        self.rooms[room].receipts.append((self._at, {event: {"m.read": {who: {"ts": 1_793_610_060_000}}}}))
        self._stir()

    def sent(self, room: str = ROOM) -> list[dict[str, Any]]:
        """What we have sent there: whole contents, as they stand."""
        events = [event for _, event in self.rooms[room].events]
        return [e["content"] for e in events if e["sender"] == OWN and e["type"] == "m.room.message"]

    def texts(self, room: str = ROOM) -> list[str]:
        return [str(content.get("body", "")) for content in self.sent(room)]

    def _add(self, room: Room, kind: str, sender: str, content: Any, state_key: str | None = None) -> str:
        self._at += 1
        event = room.happens(self._at, kind, sender, content, state_key)
        self._stir()
        return event

    def _stir(self) -> None:
        self._changed.set()
        self._stirred.set()

    # The API

    def _serving(self, verb: str, act: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            content = None
            if request.content_type == "application/json" and request.can_read_body and verb != "upload":
                content = json.loads(await request.read())
            asked = Asked(
                verb,
                request.method,
                request.rel_url.raw_path,
                dict(request.query),
                dict(request.headers),
                content,
            )
            self.calls.append(asked)
            request[CONTENT] = content
            fault = self.strike(verb)
            try:
                self._admit(request)
                if fault and fault not in LATER:
                    return failed(fault)
                result = None if fault in ("no_answer", "held") else await act(request)
            except Refused as refused:
                return web.json_response(refused.body, status=refused.status)
            finally:
                self._stir()
            await self.keep_back(request, fault)
            return web.json_response(result)

        return serve

    def _admit(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "")
        if not given:
            raise Refused(401, "M_MISSING_TOKEN")
        if given != f"Bearer {self.token}":
            raise Refused(401, "M_UNKNOWN_TOKEN", soft_logout=False)

    async def _unknown(self, request: web.Request) -> Any:
        raise Refused(404, "M_UNRECOGNIZED")

    async def _whoami(self, request: web.Request) -> Any:
        return {"user_id": OWN, "device_id": "ORATIO", "is_guest": self.guest}

    async def _keys(self, request: web.Request) -> Any:
        asked = request[CONTENT]["device_keys"]
        return {"device_keys": {user: self.devices if user == OWN else {} for user in asked}}

    async def _config(self, request: web.Request) -> Any:
        if self.old and "client/v1" in request.path:
            raise Refused(404, "M_UNRECOGNIZED")
        return {"m.upload.size": LARGEST}

    async def _sync(self, request: web.Request) -> Any:
        if self.tells is not None:
            return self.tells
        since = self._place(request.query.get("since", "s-1"))
        limit = json.loads(request.query["filter"])["room"]["timeline"]["limit"]
        until = asyncio.get_running_loop().time() + int(request.query["timeout"]) / 1_000
        while since >= self._at and not self._released.is_set():
            self._stirred.clear()
            self._changed.set()  # whoever waits for the question to come
            left = until - asyncio.get_running_loop().time()
            try:
                await asyncio.wait_for(self._stirred.wait(), max(left, 0))
            except TimeoutError:
                break
            if self.faults_left:
                break
        return {"next_batch": f"s{self._at}", "rooms": self._rooms(since, limit)}

    def _place(self, token: str) -> int:
        try:
            return int(token[1:])
        except ValueError:
            raise Refused(400, "M_UNKNOWN") from None

    def _rooms(self, since: int, limit: int) -> dict[str, Any]:
        found: dict[str, Any] = {"join": {}, "invite": {}, "leave": {}}
        for room in self.rooms.values():
            how, told = room.membership(OWN), room.told(since, limit)
            if how == "invite" and told:
                shown = [
                    e for e in room.state.values() if e["type"] in ("m.room.member", "m.room.encryption")
                ]
                bare = [{k: e[k] for k in ("type", "sender", "state_key", "content")} for e in shown]
                found["invite"][room.id] = {"invite_state": {"events": bare}}
            elif how == "join" and told:
                found["join"][room.id] = told
            elif how in ("leave", "ban") and told and since >= 0:
                found["leave"][room.id] = told
        return found

    def _room(self, request: web.Request, *memberships: str) -> Room:
        room = self.rooms.get(request.match_info["room"])
        if room is None or room.membership(OWN) not in (memberships or ("join",)):
            raise Refused(403, "M_FORBIDDEN")
        return room

    async def _messages(self, request: web.Request) -> Any:
        room = self._room(request, "join", "leave")
        end = self._place(request.query["to"]) if "to" in request.query else -1
        return room.before(self._place(request.query["from"]), end, int(request.query["limit"]))

    async def _members(self, request: web.Request) -> Any:
        return {"joined": self._room(request).members()}

    async def _state(self, request: web.Request) -> Any:
        found = self._room(request).state.get((request.match_info["kind"], ""))
        if found is None:
            raise Refused(404, "M_NOT_FOUND")
        return found["content"]

    async def _profile(self, request: web.Request) -> Any:
        user = request.match_info["user"]
        if user not in self.profiles:
            raise Refused(404, "M_NOT_FOUND")
        return self.profiles[user]

    async def _join(self, request: web.Request) -> Any:
        room = self._room(request, "invite", "join")
        if room.membership(OWN) != "join":
            self.joins(room.id, OWN)
        return {"room_id": room.id}

    async def _leave(self, request: web.Request) -> Any:
        self.leaves(self._room(request, "join", "invite").id, OWN)
        return {}

    async def _send(self, request: web.Request) -> Any:
        room, kind, content = self._room(request), request.match_info["kind"], request[CONTENT]
        if request.path in self._taken:
            return self._taken[request.path]
        if len(json.dumps(content, ensure_ascii=False).encode()) > 64_000:
            raise Refused(413, "M_TOO_LARGE")
        relation = content.get("m.relates_to") or {}
        if kind == "m.reaction":
            self._check_reaction(room, relation)
        event = self._add(room, kind, OWN, content)
        self._taken[request.path] = {"event_id": event}
        if kind == "m.room.message":
            self._note(room, event, content, relation)
        else:
            self.done.append(("react", room.id, relation["event_id"], relation["key"], ()))
        return self._taken[request.path]

    def _check_reaction(self, room: Room, relation: dict[str, Any]) -> None:
        same = [e for e in room.reactions(relation["event_id"]) if e["sender"] == OWN]
        if any(e["content"]["m.relates_to"]["key"] == relation["key"] for e in same):
            raise Refused(400, "M_DUPLICATE_ANNOTATION")

    def _note(self, room: Room, event: str, content: dict[str, Any], relation: dict[str, Any]) -> None:
        """What was shown, as mautrix reads it."""
        kept = room.find(event) or {}
        read = MessageEvent.deserialize(copy.deepcopy({**kept, "room_id": room.id}))
        assert read.type is EventType.ROOM_MESSAGE
        assert str(read.content.msgtype) == content["msgtype"]
        if relation.get("rel_type") == "m.replace":
            words = content["m.new_content"]["body"]
            self.done.append(("edit", room.id, relation["event_id"], words, ()))
            return
        files: tuple[tuple[str, int], ...] = ()
        words = content["body"]
        if "url" in content:
            name, _, size = self.uploads[content["url"]]
            files = ((name, size),)
            assert (content["filename"], content["info"]["size"]) == files[0]
            words = "" if words == content["filename"] else words
        self.done.append(("send", room.id, event, words, files))

    async def _redact(self, request: web.Request) -> Any:
        room, event = self._room(request), request.match_info["event"]
        if request.path not in self._taken:
            found = room.find(event)
            if found is None:
                raise Refused(404, "M_NOT_FOUND")
            verb = "unreact" if found["type"] == "m.reaction" else "delete"
            self._taken[request.path] = {"event_id": self.takes_back(event, room.id, who=OWN)}
            self.done.append((verb, room.id, event, "", ()))
        return self._taken[request.path]

    async def _event(self, request: web.Request) -> Any:
        found = self._room(request).find(request.match_info["event"])
        if found is None:
            raise Refused(404, "M_NOT_FOUND")
        return found

    async def _relations(self, request: web.Request) -> Any:
        if self.old:
            raise Refused(404, "M_UNRECOGNIZED")
        return {"chunk": list(self._room(request).reactions(request.match_info["event"]))}

    async def _typing(self, request: web.Request) -> Any:
        room, content = self._room(request), request[CONTENT]
        assert request.match_info["user"] == OWN
        assert not content["typing"] or content["timeout"] > 0
        self.done.append(("typing", room.id, "", str(content["typing"]), ()))
        return {}

    async def _read(self, request: web.Request) -> Any:
        self.done.append(("mark_read", self._room(request).id, request.match_info["event"], "", ()))
        return {}

    async def _upload(self, request: web.Request) -> Any:
        size, kept = 0, b""
        if request.content_length is None or request.content_length > LARGEST:
            raise Refused(413, "M_TOO_LARGE")
        async for piece in request.content.iter_chunked(65_536):
            size += len(piece)
            kept += piece if size < _KEPT else b""
        media = f"upload{next(self._media)}"
        self.files[media], place = kept, f"mxc://hs.example/{media}"
        self.uploads[place] = (request.query["filename"], request.content_type, size)
        return {"content_uri": place}

    async def _download(self, request: web.Request) -> web.StreamResponse:
        fault = self.strike("download")
        if fault:
            return failed(fault)
        media, new = request.match_info["media"], "client/v1" in request.path
        try:
            self._admit(request)
        except Refused as refused:
            return web.json_response(refused.body, status=refused.status)
        if media not in self.files or (new and self.old):
            code = "M_UNRECOGNIZED" if new and self.old else "M_NOT_FOUND"
            return web.json_response({"errcode": code, "error": "…"}, status=404)
        return await self.hand_out(request, media)

    async def _discover(self, request: web.Request) -> web.Response:
        return web.json_response(self.well_known) if self.well_known else web.Response(status=404)


def failed(fault: str) -> web.Response:
    """What a server, or a proxy before it, answers when a call goes wrong."""
    status, _, code = fault.partition(" ")
    if status == "html":
        return web.Response(text="<h1>Busy</h1>", content_type="text/html", status=int(code))
    headers = {"Retry-After": "3"} if code == "M_LIMIT_EXCEEDED" else {}
    older = {"retry_after_ms": 2_000} if code == "older" else {}
    body = {"errcode": "M_LIMIT_EXCEEDED" if older else code, "error": "…", **older}
    if status == "302":
        return web.Response(status=302, headers={"Location": "https://elsewhere.example/"})
    return web.json_response(body if code else {}, status=int(status), headers=headers)

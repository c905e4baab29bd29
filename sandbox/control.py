"""The stand-in's own HTTP interface: acting as people, looking on, switching faults on."""

import json
import mimetypes
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import BodyPartReader, web

from sandbox import acting, files, reading
from sandbox.core import Core
from sandbox.faults import Fault
from sandbox.file_routes import chunks_of
from sandbox.refusal import Json, Refusal

_STATIC = Path(__file__).parent / "static"
_KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@web.middleware
async def own_pages_only(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer 403 where a page of another site calls: it must not act as people on somebody's machine."""
    origin = request.headers.get("Origin")
    if origin is not None and origin.partition("://")[2] != request.host:
        return web.Response(status=403, text="Only the stand-in's own pages may call it.")
    return await handler(request)


class Control:
    """Serves `/sandbox/…`, the avatars and the browser client."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to serve."""
        return [
            web.post("/sandbox/act", self.act),
            web.post("/sandbox/upload", self.upload),
            web.get("/sandbox/state", self.state),
            web.get("/sandbox/live", self.live),
            web.get("/sandbox/calls", self.calls),
            web.get("/sandbox/messages", self.messages),
            web.get("/sandbox/notifications", self.notifications),
            web.get("/sandbox/file/{file}/{name}", self.file),
            web.post("/sandbox/fault", _sensible(self.fault)),
            web.post("/sandbox/limits", _sensible(self.limits)),
            web.post("/sandbox/events_fault", _sensible(self.events_fault)),
            web.post("/sandbox/cut_sockets", _sensible(self.cut_sockets)),
            web.post("/sandbox/history_delay", _sensible(self.history_delay)),
            web.post("/sandbox/advance", _sensible(self.advance)),
            web.post("/sandbox/request_url", self.request_url),
            web.get("/avatars/{user}.svg", self.avatar),
            web.get("/archives/{channel}/{message}", self.page),
            web.get("/", self.page),
            web.get("/{name:[a-z0-9_/-]+\\.(?:html|js|css|svg)}", self.asset),
        ]

    async def act(self, request: web.Request) -> web.Response:
        """Carry out a verb as a person."""
        given = await _json(request)
        verb = str(given.pop("verb", ""))
        return web.json_response(await acting.act(self._core, verb, given))

    async def upload(self, request: web.Request) -> web.Response:
        """Take a file for a later `say`, streamed to disk."""
        core = self._core
        name, mimetype = request.query.get("name", ""), request.query.get("mimetype", "")
        record = files.create(core, name=name or "file", owner="", size=0)
        if request.content_type.startswith("multipart/"):
            name, mimetype = await self._part(request, record.id, name, mimetype)
        else:
            record.size = await files.receive(files.path_of(core, record), chunks_of(request), files.LARGEST)
        record.name = record.title = name or "file"
        record.mimetype = mimetype or mimetypes.guess_type(record.name)[0] or "application/octet-stream"
        record.received = True
        made = {"upload_id": record.id, "name": record.name, "size": record.size, "mimetype": record.mimetype}
        return web.json_response({"ok": True, **made})

    async def _part(self, request: web.Request, file_id: str, name: str, mimetype: str) -> tuple[str, str]:
        """Store the first file part of a multipart body; return its name and type."""
        record = self._core.world.files[file_id]
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if isinstance(part, BodyPartReader) and part.filename is not None:
                chunks = files.pieces(part)
                record.size = await files.receive(files.path_of(self._core, record), chunks, files.LARGEST)
                return name or part.filename, mimetype or part.headers.get("Content-Type", "")
        return name, mimetype

    async def state(self, request: web.Request) -> web.Response:
        """Return everything a person can see."""
        try:
            return web.json_response(reading.state_of(self._core, request.query.get("as", "")))
        except Refusal as refusal:
            return _refused(refusal)

    async def live(self, request: web.Request) -> web.StreamResponse:
        """Send a person's browser every change."""
        return await self._core.live.route(request, request.query.get("as", ""))

    async def calls(self, request: web.Request) -> web.Response:
        """Return the Web API calls seen so far."""
        wanted = request.query.get("method")
        found = [c for c in self._core.calls if wanted in {None, c["method"]}]
        return web.json_response({"ok": True, "calls": found})

    async def messages(self, request: web.Request) -> web.Response:
        """Return a channel's messages, or a thread's."""
        try:
            found = messages_of(self._core, request.query.get("channel", ""), request.query.get("thread_ts"))
        except Refusal as refusal:
            return _refused(refusal)
        return web.json_response({"ok": True, "messages": found})

    async def notifications(self, request: web.Request) -> web.Response:
        """Return what somebody would have been notified of."""
        kept = self._core.world.notifications.get(request.query.get("as", ""), [])
        return web.json_response({"ok": True, "notifications": kept})

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Give a file to a browser of somebody who may see it."""
        record = self._core.world.files.get(request.match_info["file"])
        user = request.query.get("as", "")
        if record is None or record.deleted or not files.visible_to(self._core, record, user):
            return web.Response(status=404, text="Not Found")
        safe = record.mimetype.startswith(("image/", "video/", "audio/")) and "svg" not in record.mimetype
        kind = record.mimetype if safe else "application/octet-stream"
        headers = {"Content-Type": kind, "X-Content-Type-Options": "nosniff"}
        if not safe:
            headers["Content-Disposition"] = "attachment"
        return web.FileResponse(files.path_of(self._core, record), headers=headers)

    async def fault(self, request: web.Request) -> web.Response:
        """Switch a fault on; `{"clear": true}` switches all off."""
        given = await _json(request)
        if given.pop("clear", False):
            self._core.faults.clear()
        else:
            self._core.faults.add(Fault(**given))
        return web.json_response({"ok": True})

    async def limits(self, request: web.Request) -> web.Response:
        """Switch Slack's rate limits on or off."""
        given = await _json(request)
        self._core.limits.switch(bool(given.get("on", True)), float(given.get("scale", 1.0)))
        return web.json_response({"ok": True})

    async def events_fault(self, request: web.Request) -> web.Response:
        """Disturb the delivery of events."""
        disturb(self._core, **await _json(request))
        return web.json_response({"ok": True})

    async def cut_sockets(self, request: web.Request) -> web.Response:
        """Cut the app's sockets."""
        await self._core.sockets.cut(**await _json(request))
        return web.json_response({"ok": True})

    async def history_delay(self, request: web.Request) -> web.Response:
        """Let history show new messages late."""
        self._core.faults.history_delay = float((await _json(request)).get("seconds", 0))
        return web.json_response({"ok": True})

    async def advance(self, request: web.Request) -> web.Response:
        """Put the clock forward."""
        self._core.clock.advance(float((await _json(request)).get("seconds", 0)))
        return web.json_response({"ok": True})

    async def request_url(self, request: web.Request) -> web.Response:
        """Say where the app listens, in place of the manifest's addresses."""
        self._core.app.request_url = str((await _json(request)).get("url", "")) or None
        return web.json_response({"ok": True})

    async def avatar(self, request: web.Request) -> web.Response:
        """Draw a person's initial on a colour of theirs."""
        person = self._core.world.people.get(request.match_info["user"])
        letter = person.called[:1].upper() if person else "?"
        hue = sum(map(ord, request.match_info["user"])) * 47 % 360
        letter = {"<": "&lt;", "&": "&amp;"}.get(letter, letter)
        drawing = (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 72">'
            f'<rect width="72" height="72" fill="hsl({hue} 45% 45%)"/><text x="36" y="49" font-size="38" '
            f'font-family="sans-serif" fill="#fff" text-anchor="middle">{letter}</text></svg>'
        )
        return web.Response(text=drawing, content_type="image/svg+xml")

    async def page(self, request: web.Request) -> web.StreamResponse:
        """Serve the browser client."""
        return _static("index.html")

    async def asset(self, request: web.Request) -> web.StreamResponse:
        """Serve a part of the browser client."""
        return _static(request.match_info["name"])


def _static(name: str) -> web.StreamResponse:
    path = (_STATIC / name).resolve()
    if not path.is_relative_to(_STATIC) or not path.is_file():
        return web.Response(status=404, text="Not Found")
    headers = {"Cache-Control": "no-cache", "Content-Type": f"{_KINDS[path.suffix]}; charset=utf-8"}
    return web.Response(body=path.read_bytes(), headers=headers)


async def _json(request: web.Request) -> Json:
    try:
        given: Any = json.loads(await request.read() or b"{}")
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise web.HTTPBadRequest(text="The body must be one JSON object.")
    return given


def _sensible(
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Answer 400 for settings that there are not, or of another kind."""

    async def set_(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except (TypeError, ValueError) as error:
            raise web.HTTPBadRequest(text=f"The stand-in has no such setting: {error}") from error

    return set_


def _refused(refusal: Refusal) -> web.Response:
    return web.json_response({"ok": False, "error": refusal.code, "words": refusal.words}, status=404)


def messages_of(core: Core, channel_id: str, thread_ts: str | None) -> list[Json]:
    """Return what stands in a channel (broadcast replies included), or a thread with its parent."""
    channel = core.channel(channel_id)
    if thread_ts is None:
        return [channel.messages[ts].body for ts in channel.timeline]
    parent = [thread_ts] if thread_ts in channel.messages else []
    return [channel.messages[ts].body for ts in (*parent, *channel.replies.get(thread_ts, ()))]


def disturb(core: Core, *, duplicate: int = 0, reorder: bool = False, drop: bool = False) -> None:
    """Deliver events `duplicate` times more, in another order, or not at all."""
    core.faults.duplicate, core.faults.reorder, core.faults.drop = duplicate, reorder, drop
    if not reorder:
        core.events.release()

"""The addresses files are put to and fetched from."""

from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import BodyPartReader, web

from sandbox import files
from sandbox.core import Core
from sandbox.faults import Fault
from sandbox.refusal import Refusal
from sandbox.spoilt import SIGN_IN, after, before
from sandbox.world import FileRecord

_CHUNK = 256 * 1024


class FileRoutes:
    """Slack's own file addresses: `/upload/v1/…`, `/files-pri/…` and the sign-in page."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to serve."""
        return [
            web.post("/upload/v1/{token}", self.put),
            web.get("/files-pri/{place}/download/{name}", self.fetch),
            web.get("/files-pri/{place}/{name}", self.fetch),
            web.get("/signin", self.sign_in),
        ]

    async def put(self, request: web.Request) -> web.StreamResponse:
        """Take a file's bytes, raw or as multipart. The address works once and wants the announced length."""
        core = self._core
        fault = core.faults.strike("upload")
        if fault is not None and not fault.carried_out:
            return await before(core, request, fault)
        answer = await self._put(request)
        return await after(core, request, fault, answer) if fault is not None else answer

    async def _put(self, request: web.Request) -> web.Response:
        core = self._core
        record = core.world.files.get(core.world.upload_slots.get(request.match_info["token"], ""))
        if record is None:
            return web.Response(status=404, text="upload_not_found")
        if record.received:
            return web.Response(status=400, text="already_uploaded")
        path = files.path_of(core, record)
        try:
            written = await files.receive(path, chunks_of(request), record.size)
        except Refusal:
            path.unlink(missing_ok=True)
            return web.Response(status=400, text="length_mismatch")
        if written != record.size:
            path.unlink(missing_ok=True)
            return web.Response(status=400, text="length_mismatch")
        record.received = True
        core.changed()
        return web.Response(text=f"OK - {written}")

    async def fetch(self, request: web.Request) -> web.StreamResponse:
        """Give a file's bytes to the app's token; anybody else is sent to the sign-in page."""
        core = self._core
        fault: Fault | None = core.faults.strike("download")
        if fault is not None and not fault.carried_out:
            return await before(core, request, fault)
        record = core.world.files.get(request.match_info["place"].rpartition("-")[2])
        if record is None or "url_private_download" not in files.object_of(core, record):
            return web.Response(status=404, text="Not Found")
        allowed = self._bears_token(request) and files.visible_to(core, record, core.app.bot_user_id)
        if not allowed or "files:read" not in core.world.scopes:
            location = f"{core.url}/signin?redir={request.path}"
            raise web.HTTPFound(location)
        if fault is not None and fault.kind == "cut_off":
            return await _half(request, record, files.path_of(core, record))
        headers = {"Content-Type": record.mimetype, "Content-Disposition": "attachment"}
        answer = web.FileResponse(files.path_of(core, record), chunk_size=_CHUNK, headers=headers)
        return await after(core, request, fault, answer) if fault is not None else answer

    def _bears_token(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "")
        return given == f"Bearer {self._core.app.bot_token}" and not self._core.world.revoked

    async def sign_in(self, request: web.Request) -> web.Response:
        """Answer the sign-in page, with 200 as Slack does."""
        return web.Response(text=SIGN_IN, content_type="text/html")


async def _half(request: web.Request, record: FileRecord, path: Path) -> web.StreamResponse:
    """Hand out the first half of a file, then cut the connection."""
    answer = web.StreamResponse(headers={"Content-Type": record.mimetype})
    answer.content_length = record.size
    await answer.prepare(request)
    await answer.write(_beginning(path, record.size // 2))
    if request.transport is not None:
        request.transport.close()
    return answer


def _beginning(path: Path, length: int) -> bytes:
    with path.open("rb") as file:
        return file.read(length)


async def chunks_of(request: web.Request) -> AsyncIterator[bytes]:
    """Yield a request's file in pieces: the raw body, or the first file part of a multipart body."""
    if not request.content_type.startswith("multipart/"):
        async for chunk in request.content.iter_chunked(_CHUNK):
            yield chunk
        return
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if isinstance(part, BodyPartReader) and part.filename is not None:
            async for chunk in files.pieces(part):
                yield chunk
            return

"""A visitor's file, streamed to disk and counted while it comes."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import BodyPartReader, ClientPayloadError, MultipartReader, web

from desk.media import TooLarge, human_size
from desk.visitor_files import Empty
from handlers.webchat_site import (
    Chat,
    Refusal,
    Site,
    answered,
    bearer,
    require_origin,
    require_rate,
    visitor_of,
    whose,
)
from networks.webchat import file_entry

_ENVELOPE = 16_384
"""What the multipart form may add to the file's own bytes."""
_CHUNK = 65_536
_UNREADABLE = (
    ValueError,
    AssertionError,
    KeyError,
    RuntimeError,
    ConnectionError,
    ClientPayloadError,
    web.HTTPException,
)
"""What aiohttp raises for forms that are none."""


async def upload(chat: Chat, site: Site, request: web.Request) -> web.StreamResponse:
    """Take one file (multipart, field `file`); the answer names it for a later message."""
    require_origin(site, request)
    visitor = visitor_of(chat, site, bearer(request))
    require_rate(
        chat,
        ("upload", f"{site.name}|{visitor}", chat.limits.uploads_visitor),
        ("upload address", whose(chat, request, site), chat.limits.uploads_address),
    )
    if (request.content_length or 0) > site.max_upload + _ENVELOPE:
        raise _too_large(site)
    form, part = await _file_part(request)
    try:
        kept = await chat.visitors.upload(
            site.name, visitor, part.filename or "file", _bytes_of(form, part), site.max_upload
        )
    except TooLarge:
        raise _too_large(site) from None
    except Empty:
        raise Refusal(400, "empty", "This file is empty.") from None
    return answered({"v": 1, "type": "upload", **file_entry(kept)})


def _too_large(site: Site) -> Refusal:
    return Refusal(
        413, "too_large", f"This file is too large. Files may have up to {human_size(site.max_upload)}."
    )


async def _file_part(request: web.Request) -> tuple[MultipartReader, BodyPartReader]:
    """The form and its first part, which must be the file. Raises `Refusal` 400."""
    try:
        form = await request.multipart()
        part = await form.next()
    except _UNREADABLE:
        raise Refusal(400, "malformed", "The upload could not be read.") from None
    if not isinstance(part, BodyPartReader) or part.name != "file" or part.filename is None:
        raise Refusal(400, "malformed", "The upload could not be read.")
    return form, part


async def _bytes_of(form: MultipartReader, part: BodyPartReader) -> AsyncIterator[bytes]:
    """The file's bytes, to its closing boundary: what was cut off is refused."""
    try:
        while chunk := await part.read_chunk(_CHUNK):
            yield chunk
        await form.next()
    except _UNREADABLE:
        raise Refusal(400, "malformed", "The upload broke off. Please try again.") from None

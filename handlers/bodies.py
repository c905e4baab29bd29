"""Bodies that are not what their headers say."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web


@web.middleware
async def refuse_garbled(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answer 400 where a body can't be unpacked as it says it is packed: that is the sender's fault."""
    try:
        return await handler(request)
    except web.RequestPayloadError:
        return web.json_response({"error": "The body isn't packed as its headers say."}, status=400)

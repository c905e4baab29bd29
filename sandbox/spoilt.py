"""What a fault makes of an answer."""

import asyncio

from aiohttp import web

from sandbox.core import Core
from sandbox.faults import Fault
from sandbox.sockets import abort

SIGN_IN = (
    "<!DOCTYPE html><html><head><title>Slack</title></head>"
    "<body><h1>Sign in to your workspace</h1><form></form></body></html>"
)
_HTML = "<html><head><title>503 Service Unavailable</title></head><body>upstream connect error</body></html>"


async def before(core: Core, request: web.Request, fault: Fault) -> web.Response:
    """Answer in place of a call that is not carried out."""
    if fault.kind == "timeout":
        await core.closing.wait()
        abort(request)
        return web.Response(status=500)
    if fault.kind == "500":
        return web.Response(status=500, text="")
    if fault.kind == "html503":
        return web.Response(status=503, text=_HTML, content_type="text/html")
    if fault.kind == "sign_in":
        return web.Response(text=SIGN_IN, content_type="text/html")
    if fault.kind == "429":
        wait = str(max(1, int(fault.seconds)))
        return web.json_response(
            {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": wait}
        )
    return web.json_response({"ok": False, "error": fault.kind})


async def after(
    core: Core, request: web.Request, fault: Fault, answer: web.StreamResponse
) -> web.StreamResponse:
    """Spoil the answer of a call that was carried out."""
    if fault.kind == "lost_answer":
        abort(request)
        return web.Response(status=500)
    if fault.kind == "late_answer":
        await _later(core, fault.seconds)
        return answer
    return web.json_response({"ok": False, "error": "internal_error"})


async def _later(core: Core, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await core.closing.wait()
    except TimeoutError:
        return

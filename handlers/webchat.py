"""The website chat's addresses on our own server: the widget, its session, its files.

Wiring: `hub = Hub()`, `visitors = Visitors(..., hub=hub)`,
`Tools(visitors=visitors, signal=hub.tell)` for the network, then
`app.add_routes(routes(desk, visitors, receive, client_address=...))` and
`hub.close()` when the server stops taking connections.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import quote

from aiohttp import web
from tortoise.transactions import in_transaction

from desk.context import Desk
from desk.visitors import Visitors
from handlers import visitor_tokens, webchat_identity
from handlers.rates import Buckets, Limits
from handlers.webchat_site import (
    Chat,
    ClientAddress,
    Receive,
    Refusal,
    Site,
    answered,
    bounded_json,
    guarded,
    preflight,
    require_origin,
    require_rate,
    visitor_of,
    whose,
)
from handlers.webchat_socket import socket
from handlers.webchat_upload import upload
from handlers.webchat_widget import widget
from networks.base import KeptFile
from networks.errors import SignatureInvalid

_SESSION_BYTES = 16_384
_SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def routes(
    desk: Desk,
    visitors: Visitors,
    receive: Receive,
    *,
    client_address: ClientAddress,
    limits: Limits | None = None,
    look_every: timedelta = timedelta(seconds=5),
) -> list[web.RouteDef]:
    """The chat's routes for every account of its network.

    `receive` joins the transaction it is called in. `client_address` tells who calls,
    trusting proxies only as configured. `look_every`: how often an open socket looks into
    its table without being woken.
    """
    chat = Chat(
        desk=desk,
        visitors=visitors,
        receive=receive,
        client_address=client_address,
        limits=limits or Limits(),
        buckets=Buckets(desk.clock),
        look_every=look_every,
    )
    base = "/webchat/{account}"
    return [
        web.get(f"{base}/widget.js", guarded(chat, widget)),
        web.post(f"{base}/session", guarded(chat, session)),
        web.options(f"{base}/session", guarded(chat, preflight)),
        web.get(f"{base}/socket", guarded(chat, socket)),
        web.post(f"{base}/upload", guarded(chat, upload)),
        web.options(f"{base}/upload", guarded(chat, preflight)),
        web.get(f"{base}/file/{{signed}}/{{name}}", guarded(chat, file)),
    ]


async def session(chat: Chat, site: Site, request: web.Request) -> web.StreamResponse:
    """A token for a new browser, a newer one for a known one, and what the site says of who it is."""
    require_origin(site, request)
    require_rate(chat, ("session", whose(chat, request, site), chat.limits.sessions_address))
    body = await bounded_json(request, _SESSION_BYTES)
    current = _current(chat, site, body.get("token"))
    identity = webchat_identity.read(site, body.get("identify"))
    visitor = await _visitor(chat, site, current, identity)
    token, expires = visitor_tokens.issue(site.secret, site.name, visitor, chat.desk.clock.now())
    return answered(
        {
            "v": 1,
            "type": "session",
            "token": token,
            "visitor": visitor,
            "expires": int(expires.timestamp() * 1000),
            "verified": bool(identity and identity["user_verified"]),
        }
    )


def _current(chat: Chat, site: Site, token: object) -> str | None:
    if token is None:
        return None
    if not isinstance(token, str):
        raise Refusal(400, "malformed", "That could not be read.")
    return visitor_of(chat, site, token)


async def _visitor(chat: Chat, site: Site, current: str | None, identity: Mapping[str, object] | None) -> str:
    """Who this browser is; what its site says is stored and told to the desk."""
    if identity is None:
        return current or visitor_tokens.new_visitor()

    async def work() -> tuple[str, bool]:
        async with in_transaction():
            return await webchat_identity.store(chat, site, current, identity)

    visitor, news = await chat.desk.units.transact(work)
    if news:
        chat.desk.wake()
    return visitor


async def file(chat: Chat, site: Site, request: web.Request) -> web.StreamResponse:
    """A file of a history, to whoever holds its signed link; pictures show, all else is saved."""
    try:
        signed = request.match_info["signed"]
        upload_id = visitor_tokens.read_link(site.secret, site.name, signed, chat.desk.clock.now())
    except SignatureInvalid:
        raise Refusal(403, "link", "This link is no longer valid. Please open the chat again.") from None
    try:
        kept, path = await chat.visitors.locate(site.name, upload_id)
    except FileNotFoundError:
        raise Refusal(404, "file", "This file is no longer here.") from None
    if not path.is_file():
        raise Refusal(404, "file", "This file is no longer here.")
    return web.FileResponse(path, headers=_file_headers(kept))


def _file_headers(kept: KeptFile) -> dict[str, str]:
    shown = kept.mime_type in _SHOWN
    how = "inline" if shown else "attachment"
    return {
        "Content-Type": kept.mime_type if shown else "application/octet-stream",
        "Content-Disposition": f"{how}; filename*=UTF-8''{quote(kept.name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "private, max-age=86400",
    }

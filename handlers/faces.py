"""`/faces/{signed}/{name}`: a customer's picture, of a network that hands it out to us alone.

Slack fetches it to show it. It passes through memory, whole and small, and lies nowhere.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import structlog
from aiohttp import web

from desk import media
from desk.context import Desk
from desk.links import Use
from handlers.linked_files import PLAIN
from handlers.links import ClientAddress, Door, Listen, Refusal, door, read_link, refused
from handlers.rates import Limits
from models import Contact
from networks.errors import DeliveryError

_MOST = 3_000_000
"""Bytes of a picture."""
_PICTURES = frozenset({"image/gif", "image/jpeg", "image/png", "image/webp"})
_KEPT = {**PLAIN, "Cache-Control": "private, max-age=86400"}
_NONE = "There is no such picture."
_LATER = "The picture can't be fetched just now. Please try again in a moment."

log = structlog.get_logger("oratio.faces")


def routes(desk: Desk, *, client_address: ClientAddress, limits: Limits | None = None) -> list[web.RouteDef]:
    """GET and HEAD of a picture. `client_address` tells who calls, trusting proxies only as configured."""
    return [web.get("/faces/{signed}/{name}", _guarded(door(desk, client_address, limits)))]


def _guarded(at: Door) -> Listen:
    async def listen(request: web.Request) -> web.StreamResponse:
        try:
            contact = await _contact(at, request)
            with at.place(at.client_address(request), Use.FACE):
                return await _picture(at.desk, contact)
        except Refusal as refusal:
            return refused(refusal)
        except DeliveryError as error:
            log.info("face.not_handed_out", code=error.code)
            late = Refusal(503, _LATER, retry_after=30)
            return refused(late if error.retry or not error.certain else Refusal(404, _NONE))
        except Exception as error:
            log.error("face.failed", error=type(error).__name__)
            log.debug("face.failed", exc_info=error)
            return refused(Refusal(503, _LATER, retry_after=30))

    return listen


async def _contact(at: Door, request: web.Request) -> Contact:
    """Whose picture the address names. Raises `Refusal`."""
    desk, linked = at.desk, read_link(at.desk, request.match_info["signed"])
    if linked is None or linked.use is not Use.FACE:
        at.spend(at.client_address(request))
        raise Refusal(403, _NONE)
    contact = await Contact.get_or_none(workspace_id=desk.workspace.id, id=linked.file)
    if contact is None or not contact.avatar_ref or contact.account_id not in desk.accounts:
        raise Refusal(404, _NONE)
    return contact


async def _picture(desk: Desk, contact: Contact) -> web.Response:
    """The picture, if it is one and small enough. Raises `Refusal`, or `DeliveryError`."""
    account = desk.accounts[contact.account_id]
    raw = await _whole(account.network.download(account.settings, contact.avatar_ref or ""))
    mime = await media.sniff_head(raw)
    if mime not in _PICTURES:
        raise Refusal(404, _NONE)
    return web.Response(body=raw, content_type=mime, headers=_KEPT)


async def _whole(pieces: AsyncIterator[bytes]) -> bytes:
    raw = bytearray()
    async for piece in pieces:
        raw += piece
        if len(raw) > _MOST:
            raise Refusal(404, _NONE)
    return bytes(raw)

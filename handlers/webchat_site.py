"""What every call of the website chat goes through: which site, how often, and how it is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from aiohttp import web

from desk.context import ConnectedAccount, Desk
from desk.visitors import Visitors
from handlers import visitor_tokens
from handlers.rates import Buckets, Limits, Rate
from networks.errors import SignatureInvalid
from networks.events import InboundEvent

Receive = Callable[[Desk, int, Sequence[InboundEvent]], Awaitable[None]]
ClientAddress = Callable[[web.Request], str]

PROTOCOL = "oratio.v1"

log = structlog.get_logger("oratio.chat")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """What the routes are made with."""

    desk: Desk
    visitors: Visitors
    receive: Receive
    client_address: ClientAddress
    limits: Limits
    buckets: Buckets
    look_every: timedelta
    """How often an open socket looks at its table by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One account, as its calls need it. `repr` shows no secret."""

    account: ConnectedAccount

    @property
    def name(self) -> str:
        """The account's permanent key."""
        return self.account.config.name

    @property
    def secret(self) -> str:
        """Signs tokens and links."""
        return str(self.account.settings.options["secret"])

    @property
    def identify_secret(self) -> str | None:
        """What the site's server signs identities with."""
        secret = self.account.settings.options.get("identify_secret")
        return str(secret) if secret else None

    @property
    def max_upload(self) -> int:
        """The largest upload, in bytes."""
        return max(rule.max_bytes for rule in self.account.capabilities.receive.values())

    def allows(self, origin: str | None) -> bool:
        """Whether a page of this origin may show the chat."""
        allowed = self.account.settings.options.get("origins")
        origins = (
            {str(o).lower().rstrip("/") for o in allowed} if isinstance(allowed, tuple | list) else set()
        )
        return "*" in origins or (origin is not None and origin.lower() in origins)


class Refusal(Exception):
    """The call is refused with this status, for this reason."""

    def __init__(self, status: int, code: str, words: str, *, retry_after: float | None = None) -> None:
        super().__init__(words)
        self.status = status
        self.code = code
        self.words = words
        self.retry_after = retry_after


Endpoint = Callable[[Chat, Site, web.Request], Awaitable[web.StreamResponse]]


def site_of(chat: Chat, request: web.Request) -> Site:
    """The account an address names. Raises `Refusal` 404."""
    account = chat.desk.account(request.match_info["account"])
    if account is None or account.config.network != "webchat":
        raise Refusal(404, "unknown_site", "There is no chat at this address.")
    return Site(account=account)


def require_origin(site: Site, request: web.Request) -> None:
    """Refuse pages of other sites. Raises `Refusal` 403."""
    if not site.allows(request.headers.get("Origin")):
        raise Refusal(403, "origin", "This website may not show this chat.")


def require_rate(chat: Chat, *asked: tuple[str, str, Rate]) -> None:
    """Count the call. Raises `Refusal` 429 with the seconds to wait."""
    wait = chat.buckets.spend(*asked)
    if wait:
        raise Refusal(429, "too_fast", "That was a bit fast. Please wait a moment.", retry_after=wait)


def visitor_of(chat: Chat, site: Site, token: str | None) -> str:
    """Whose call this is. Raises `Refusal` 401."""
    try:
        if token is None:
            raise SignatureInvalid("no token")
        return visitor_tokens.read_token(site.secret, site.name, token, chat.desk.clock.now()).visitor
    except SignatureInvalid:
        raise Refusal(401, "token", "This chat session is no longer valid. Please reload the page.") from None


def bearer(request: web.Request) -> str | None:
    """The token of an `Authorization: Bearer` header; None when there is none, or more than one."""
    given = request.headers.getall("Authorization", [])
    scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    return token if scheme.lower() == "bearer" and token else None


def whose(chat: Chat, request: web.Request, site: Site) -> str:
    """The caller's address as a bucket's key: counted per site, so that sites do not share a limit."""
    return f"{site.name}|{chat.client_address(request)}"


def guarded(chat: Chat, endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The aiohttp listener of an endpoint: finds the site, turns refusals into answers, adds CORS."""

    async def listen(request: web.Request) -> web.StreamResponse:
        site: Site | None = None
        try:
            site = site_of(chat, request)
            answer = await endpoint(chat, site, request)
        except Refusal as refusal:
            answer = refused(refusal)
        except web.HTTPException:
            raise
        except web.RequestPayloadError:
            answer = refused(Refusal(400, "malformed", "That could not be read."))
        except Exception as error:
            failed("chat.call", error, site)
            words = "That didn't work just now. Please try again in a moment."
            answer = refused(Refusal(503, "try_again", words, retry_after=2))
        if not answer.prepared:
            answer.headers.update(cors(site, request))
        return answer

    return listen


def failed(what: str, error: Exception, site: Site | None) -> None:
    """Log a fault of ours. Its words may hold the visitor's, so they are for DEBUG alone."""
    log.error(what, error=type(error).__name__, account=site.name if site else None)
    log.debug(what, exc_info=error)


def refused(refusal: Refusal) -> web.Response:
    """A refusal as an HTTP answer: a code for the widget, a sentence for people."""
    headers = {}
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(math.ceil(refusal.retry_after))
    return answered(error_frame(refusal), status=refusal.status, headers=headers)


def error_frame(refusal: Refusal) -> dict[str, object]:
    """A refusal as a frame."""
    frame: dict[str, object] = {"v": 1, "type": "error", "code": refusal.code, "text": refusal.words}
    if refusal.retry_after is not None:
        frame["retry_after"] = round(refusal.retry_after, 2)
    return frame


def answered(body: object, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A JSON answer nobody caches or guesses at."""
    return web.json_response(
        body,
        status=status,
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **(headers or {})},
    )


def cors(site: Site | None, request: web.Request) -> dict[str, str]:
    """Headers that let an allowed site's page read the answer; no one else's."""
    origin = request.headers.get("Origin")
    if site is None or origin is None or not site.allows(origin):
        return {"Vary": "Origin"}
    return {
        "Vary": "Origin",
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": "Retry-After",
    }


async def preflight(chat: Chat, site: Site, request: web.Request) -> web.StreamResponse:
    """The browser asks whether a page may call."""
    require_origin(site, request)
    return web.Response(
        status=204,
        headers={
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "authorization, content-type",
            "Access-Control-Max-Age": "600",
        },
    )


async def bounded_json(request: web.Request, limit: int) -> dict[str, object]:
    """The body as a JSON object of at most `limit` bytes. Raises `Refusal` 413 or 400."""
    body = bytearray()
    async for chunk in request.content.iter_chunked(8_192):
        body += chunk
        if len(body) > limit:
            raise Refusal(413, "too_large", "That is too large.")
    return json_object(bytes(body))


def json_object(body: bytes | str) -> dict[str, object]:
    """The JSON object in `body`; an empty body is an empty one. Raises `Refusal` 400."""
    try:
        found = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        raise Refusal(400, "malformed", "That could not be read.") from None
    if not isinstance(found, dict):
        raise Refusal(400, "malformed", "That could not be read.")
    return found

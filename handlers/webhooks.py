"""`/hooks/{network}/{account}`: what providers call. Verify, parse, one transaction, answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from aiohttp import web

from desk import metrics, storable, unreadable
from desk.context import ConnectedAccount, Desk
from desk.conversations import inbound
from networks.base import SharesHook, WebhookNetwork, WebhookRequest
from networks.errors import PayloadInvalid, SignatureInvalid
from networks.events import InboundEvent

MAX_BYTES = 4_000_000
"""Meta puts up to 1,000 events and 3 MB into one call when it could not reach us for a while:
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview"""
_NOBODYS = "it is about an account of the provider's that is none here"


def routes(desk: Desk) -> list[web.RouteDef]:
    """One route for every network that calls us."""
    path = "/hooks/{network}/{account}"
    return [web.post(path, _receiver(desk)), web.get(path, _receiver(desk))]


def _receiver(desk: Desk) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def receive(request: web.Request) -> web.StreamResponse:
        account = desk.account(request.match_info["account"])
        if account is None or account.config.network != request.match_info["network"]:
            return web.json_response({"error": "There is no such account."}, status=404)
        network = account.network
        if not isinstance(network, WebhookNetwork):
            return web.json_response({"error": "There is no such account."}, status=404)
        return await _take(desk, account, network, await _read(desk, request))

    return receive


async def _read(desk: Desk, request: web.Request) -> WebhookRequest:
    """The call with its exact bytes; the address as the provider knows it.

    A header that came twice is both its values, as HTTP has it: no signature matches that.
    """
    base = desk.settings.public_url or f"{request.scheme}://{request.host}"
    return WebhookRequest(
        method=request.method,
        url=base + request.raw_path,
        headers={name.lower(): ", ".join(request.headers.getall(name)) for name in request.headers},
        query=dict(request.query),
        body=await request.clone(client_max_size=MAX_BYTES).read(),
        received_at=desk.clock.now(),
    )


async def _take(
    desk: Desk, account: ConnectedAccount, network: WebhookNetwork, request: WebhookRequest
) -> web.StreamResponse:
    try:
        network.verify(account.settings, request)
    except SignatureInvalid:
        metrics.EVENTS.labels(source="network", kind="webhook", outcome="refused").inc()
        return web.json_response({"error": "The signature is not valid."}, status=401)
    events, why = _read_events(account, network, request)
    if why:
        await _keep(desk, account, request, why)
    for owner, its in _shared_out(desk, account, request, events):
        if owner is None:
            await _keep(desk, account, request, _NOBODYS)
            continue
        await desk.units.transact(partial(inbound.receive, desk, owner.id, its))
        desk.wake()
        metrics.EVENTS.labels(source="network", kind="webhook", outcome="taken").inc(len(its))
    answer = network.answer(account.settings, request)
    return web.Response(status=answer.status, body=answer.body, content_type=answer.content_type)


def _read_events(
    account: ConnectedAccount, network: WebhookNetwork, request: WebhookRequest
) -> tuple[list[InboundEvent], str]:
    """What can be taken of a call, and what is wrong with the rest; empty: there is none."""
    given, why = _parsed(account, network, request)
    events, flawed = storable.sifted(given)
    return events, why or next((each for _, each in flawed), "")


def _parsed(
    account: ConnectedAccount, network: WebhookNetwork, request: WebhookRequest
) -> tuple[Sequence[InboundEvent], str]:
    try:
        return network.parse(account.settings, request), ""
    except PayloadInvalid as error:
        return error.events, str(error) or "not readable"


def _shared_out(
    desk: Desk, account: ConnectedAccount, request: WebhookRequest, events: Sequence[InboundEvent]
) -> list[tuple[ConnectedAccount | None, list[InboundEvent]]]:
    """The events of one call, by the account that each is for; None: of no account here."""
    found: dict[int | None, tuple[ConnectedAccount | None, list[InboundEvent]]] = {}
    owners = {to: _owner(desk, account, request, to) for to in dict.fromkeys(e.recipient for e in events)}
    for event in events:
        owner = owners[event.recipient]
        found.setdefault(owner.id if owner else None, (owner, []))[1].append(event)
    return list(found.values())


def _owner(
    desk: Desk, account: ConnectedAccount, request: WebhookRequest, recipient: str | None
) -> ConnectedAccount | None:
    """Where a provider calls one address for several accounts, the one that is named. It must know the secret
    that the call was proved with."""
    if recipient is None or not isinstance(account.network, SharesHook):
        return account
    others = (each for each in desk.accounts.values() if each.config.network == account.config.network)
    for each in (account, *others):
        serves = isinstance(each.network, SharesHook) and each.network.serves(each.settings, recipient)
        if serves and (each is account or _proved(each, request)):
            return each
    return None


def _proved(account: ConnectedAccount, request: WebhookRequest) -> bool:
    try:
        if isinstance(account.network, WebhookNetwork):
            account.network.verify(account.settings, request)
            return True
    except SignatureInvalid:
        pass
    return False


async def _keep(desk: Desk, account: ConnectedAccount, request: WebhookRequest, why: str) -> None:
    """Signed, but unreadable: no message is ever dropped."""
    metrics.EVENTS.labels(source="network", kind="webhook", outcome="unreadable").inc()
    source = account.network.title
    await desk.units.run(lambda: unreadable.keep(desk, request.body, source=source, why=why, account=account))
    desk.wake()

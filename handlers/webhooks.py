"""`/hooks/{network}/{account}`: what providers call. Verify, parse, one transaction, answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from desk import metrics, unreadable
from desk.context import ConnectedAccount, Desk
from desk.conversations import inbound
from networks.base import WebhookNetwork, WebhookRequest
from networks.errors import PayloadInvalid, SignatureInvalid


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
        body=await request.read(),
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
    try:
        events = network.parse(account.settings, request)
    except PayloadInvalid as error:
        await _keep(desk, account, request, str(error))
        events = []
    if events:
        await desk.units.transact(lambda: inbound.receive(desk, account.id, events))
        desk.wake()
        metrics.EVENTS.labels(source="network", kind="webhook", outcome="taken").inc(len(events))
    answer = network.answer(account.settings, request)
    return web.Response(status=answer.status, body=answer.body, content_type=answer.content_type)


async def _keep(desk: Desk, account: ConnectedAccount, request: WebhookRequest, why: str) -> None:
    """Signed, but unreadable: no message is ever dropped."""
    metrics.EVENTS.labels(source="network", kind="webhook", outcome="unreadable").inc()
    source = account.network.title
    await desk.units.run(lambda: unreadable.keep(desk, request.body, source=source, why=why, account=account))
    desk.wake()

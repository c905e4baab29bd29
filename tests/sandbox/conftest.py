"""A stand-in with a small app of its own: slack_sdk and Bolt alone, nothing of Oratio."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from slack_bolt import BoltResponse
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Sandbox
from tests.sandbox.workspace import QUICK, manifest


@pytest.fixture
async def slack() -> AsyncIterator[Sandbox]:
    async with Sandbox(manifest(), durations=QUICK) as running:
        await running.act("invite", user=running.bot_user_id, channel="C0SUPPORT1", by="U0ANA00001")
        running.events_lost.clear()
        yield running


@pytest.fixture
def client(slack: Sandbox) -> AsyncWebClient:
    return AsyncWebClient(slack.bot_token, base_url=slack.api_url, retry_handlers=[])


@pytest.fixture
def refused() -> Callable[[Awaitable[Any]], Awaitable[Any]]:
    """Await a call that must be refused; return Slack's answer."""

    async def call(awaitable: Awaitable[Any]) -> Any:
        with pytest.raises(SlackApiError) as caught:
            await awaitable
        return caught.value.response

    return call


class Heard:
    """A Bolt app that keeps the events it hears and has a listener for everything the tests press."""

    def __init__(self, slack: Sandbox, client: AsyncWebClient) -> None:
        self.slack = slack
        self.events: list[dict[str, Any]] = []
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, Any]] = []
        self.actions: list[dict[str, Any]] = []
        self.bolt = AsyncApp(
            client=client,
            signing_secret=slack.signing_secret,
            process_before_response=True,
            ignoring_self_events_enabled=False,
        )
        self.bolt.use(self._keep)

    async def _keep(self, body: dict[str, Any], request: Any, next: Any) -> Any:  # noqa: A002 - Bolt's name
        if "event" in body:
            self.bodies.append(body)
            self.events.append(body["event"])
            self.headers.append(dict(request.headers))
            self.slack.core.changes.touch()
            return BoltResponse(status=200)
        if body.get("type") == "app_rate_limited":
            self.bodies.append(body)
            return BoltResponse(status=200)
        self.actions.append(body)
        return await next()

    def heard(self, **wanted: Any) -> list[dict[str, Any]]:
        return [e for e in self.events if all(e.get(k) == v for k, v in wanted.items())]

    async def until(self, **wanted: Any) -> dict[str, Any]:
        await self.slack.until(lambda: self.heard(**wanted))
        return self.heard(**wanted)[0]


@pytest.fixture
async def app(slack: Sandbox, client: AsyncWebClient) -> AsyncIterator[Heard]:
    """The app, over Socket Mode."""
    heard = Heard(slack, client)
    handler = AsyncSocketModeHandler(heard.bolt, slack.app_token, ping_interval=0.2)
    await handler.connect_async()
    await slack.until(lambda: slack.sockets_open == 1)
    yield heard
    await handler.close_async()


@pytest.fixture
async def http_app(slack: Sandbox, client: AsyncWebClient) -> AsyncIterator[Heard]:
    """The app, over HTTP with signatures."""
    heard = Heard(slack, client)

    async def receive(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await heard.bolt.async_dispatch(await to_bolt_request(request)))

    served = web.Application()
    served.router.add_post("/slack/events", receive)
    runner = web.AppRunner(served)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    slack.socket_mode = False
    slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    yield heard
    await runner.cleanup()

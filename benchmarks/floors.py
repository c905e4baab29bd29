"""What nothing can be faster than: a bare handler, and Bolt's empty acknowledgement.

`python -m benchmarks.floors SECRET` serves both until it is ended; its first line says where.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult


async def bare(request: web.Request) -> web.Response:
    """Reads the body and answers."""
    await request.read()
    return web.Response()


def bolt(secret: str) -> AsyncApp:
    """Bolt as we use it, with a listener that does nothing: it checks the signature and acknowledges."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id="T0SANDBOX1",
            bot_token="xoxb-floor",  # noqa: S106 - nobody is asked with it
            bot_id="B0APPBOT01",
            bot_user_id="U0APPBOT01",
        )

    app = AsyncApp(
        signing_secret=secret,
        authorize=authorize,
        process_before_response=True,
        ignoring_self_events_enabled=False,
    )

    @app.event("message")
    async def nothing(event: dict[str, Any]) -> None:
        """The empty listener."""

    return app


async def serve(secret: str) -> None:
    """Both, on one free port."""
    app = bolt(secret)

    async def acknowledge(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    served = web.Application()
    served.add_routes([web.post("/bare", bare), web.post("/slack/events", acknowledge)])
    runner = web.AppRunner(served, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(json.dumps({"ready": f"http://127.0.0.1:{runner.addresses[0][1]}"}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))

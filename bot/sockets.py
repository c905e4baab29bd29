"""Socket Mode: two connections, a watchdog for silent ones, and news of every reconnection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackClientError

from desk import metrics
from desk.clock import Clock

log = structlog.get_logger("oratio.sockets")

CONNECTIONS = 2
FAULTS = (SlackClientError, aiohttp.ClientError, OSError)
"""What opening a connection raises when Slack is away."""
_CLOSING = 2.0
"""Seconds a connection may take to say goodbye."""


class Sockets:
    """Keeps Slack's sockets open. `connected` is called after every (re)connection."""

    def __init__(
        self, app: AsyncApp, app_token: str, clock: Clock, silence: float, connected: Callable[[], None]
    ) -> None:
        self._app = app
        self._token = app_token
        self._clock = clock
        self._silence = silence
        self._connected = connected
        self._handlers: list[AsyncSocketModeHandler] = []
        self._closed = False
        self._well_at: dict[AsyncSocketModeHandler, float] = {}
        """When each was last seen connected."""

    async def open(self) -> None:
        """Open all connections, trying for as long as it takes."""
        for _ in range(CONNECTIONS):
            handler = await self._connect()
            self._handlers.append(handler)
            await self._unless_closed(handler)
            metrics.SOCKETS.set(await self.alive())

    async def _connect(self) -> AsyncSocketModeHandler:
        handler = AsyncSocketModeHandler(self._app, self._token, ping_interval=self._silence / 6)
        handler.client.message_listeners.append(self._heard)
        try:
            await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
        except (asyncio.CancelledError, *FAULTS):
            await _close(handler)
            raise
        self._well_at[handler] = self._clock.monotonic()
        metrics.SOCKET_OPENINGS.inc()
        return handler

    async def _unless_closed(self, handler: AsyncSocketModeHandler) -> None:
        """A connection that was opened while all were closed is closed as well: the SDK's task that
        reads it would outlive the program's end."""
        if self._closed:
            await _close(handler)

    async def _heard(self, _client: Any, message: dict[str, Any], _raw: str | None = None) -> None:
        if message.get("type") == "hello":
            self._connected()

    async def watch(self) -> None:
        """Replace connections that were not there for too long. The SDK opens a lost one again by
        itself; but it can hang in that, trying an address that Slack takes no more."""
        for index, handler in enumerate(self._handlers):
            if self._closed or not await self._dead(handler):
                continue
            log.warning("socket.silent")
            await _close(handler)
            try:
                self._handlers[index] = await self._connect()
            except FAULTS as error:
                log.warning("socket.unreachable", error=type(error).__name__)
            else:
                self._well_at.pop(handler, None)
                await self._unless_closed(self._handlers[index])
        metrics.SOCKETS.set(await self.alive())

    async def _dead(self, handler: AsyncSocketModeHandler) -> bool:
        now = self._clock.monotonic()
        if await handler.client.is_connected():
            self._well_at[handler] = now
        return bool(handler.client.closed) or now - self._well_at[handler] > self._silence

    async def alive(self) -> int:
        """How many connections are open now."""
        return sum([await handler.client.is_connected() for handler in self._handlers])

    async def close(self) -> None:
        """Close all connections for good; those that are being opened are closed once they are."""
        self._closed = True
        await asyncio.gather(*map(_close, self._handlers))
        metrics.SOCKETS.set(0)


async def _close(handler: AsyncSocketModeHandler) -> None:
    """Close a connection; one that nobody answers at the other end is left to itself."""
    closing = asyncio.ensure_future(handler.close_async())  # type: ignore[no-untyped-call]  # Bolt's
    await asyncio.wait({closing}, timeout=_CLOSING)
    if not closing.done():
        closing.cancel()
    await asyncio.gather(closing, return_exceptions=True)

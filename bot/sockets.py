"""Socket Mode: two connections, a watchdog for silent ones, and news of every reconnection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackClientError

from desk import metrics
from desk.clock import Clock

log = structlog.get_logger("oratio.sockets")

CONNECTIONS = 2


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

    async def open(self) -> None:
        """Open all connections. Raises what Slack raises for a wrong app token."""
        for _ in range(CONNECTIONS):
            self._handlers.append(await self._connect())

    async def _connect(self) -> AsyncSocketModeHandler:
        handler = AsyncSocketModeHandler(self._app, self._token)
        handler.client.message_listeners.append(self._heard)
        await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
        metrics.SOCKET_OPENINGS.inc()
        return handler

    async def _heard(self, _client: Any, message: dict[str, Any], _raw: str | None = None) -> None:
        if message.get("type") == "hello":
            self._connected()

    async def watch(self) -> None:
        """Replace connections that were silent for too long, ping and pong included."""
        for index, handler in enumerate(self._handlers):
            if not await self._dead(handler):
                continue
            log.warning("socket.silent")
            await _close(handler)
            try:
                self._handlers[index] = await self._connect()
            except (SlackClientError, OSError) as error:
                log.warning("socket.unreachable", error=type(error).__name__)
        metrics.SOCKETS.set(await self.alive())

    async def _dead(self, handler: AsyncSocketModeHandler) -> bool:
        last = getattr(handler.client, "last_ping_pong_time", None)
        if last is not None and self._clock.now().timestamp() - last > self._silence:
            return True
        return bool(handler.client.closed)

    async def alive(self) -> int:
        """How many connections are open now."""
        return sum([await handler.client.is_connected() for handler in self._handlers])

    async def close(self) -> None:
        """Close all connections."""
        for handler in self._handlers:
            await _close(handler)
        metrics.SOCKETS.set(0)


async def _close(handler: AsyncSocketModeHandler) -> None:
    try:
        await handler.close_async()  # type: ignore[no-untyped-call]  # Bolt leaves it untyped
    except (SlackClientError, OSError) as error:
        log.info("socket.close", error=type(error).__name__)

"""Socket Mode: tickets, connections, envelopes and their acknowledgements."""

import asyncio
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

from aiohttp import WSMsgType, web

from sandbox.app import App
from sandbox.clock import Clock
from sandbox.durations import Durations
from sandbox.refusal import Json
from sandbox.tasks import Tasks

MOST_CONNECTIONS = 10


@dataclass(eq=False, slots=True)
class _Connection:
    socket: web.WebSocketResponse
    request: web.Request
    frozen: bool = False
    waiting: dict[str, asyncio.Future[Json]] = field(default_factory=dict)


class Sockets:
    """The app's open sockets. An envelope goes to one of them; without one it is gone."""

    def __init__(
        self, app: App, clock: Clock, durations: Durations, tasks: Tasks, touch: Callable[[], None]
    ) -> None:
        self._app, self._clock, self._durations = app, clock, durations
        self._tasks, self._touch = tasks, touch
        self._tickets: dict[str, float] = {}
        self._open: list[_Connection] = []
        self._turn = 0

    @property
    def is_open(self) -> bool:
        """Whether the app has a socket open."""
        return bool(self._open)

    @property
    def count(self) -> int:
        """How many sockets are open."""
        return len(self._open)

    def ticket(self) -> str:
        """Return a ticket that opens one socket, once, soon."""
        made = secrets.token_hex(16)
        self._tickets[made] = self._clock.now() + self._durations.socket_ticket
        return made

    async def route(self, request: web.Request) -> web.StreamResponse:
        """Serve one socket until it closes. 408 for a used or old ticket, 429 above ten sockets."""
        until = self._tickets.pop(request.query.get("ticket", ""), 0.0)
        if until < self._clock.now():
            return web.Response(status=408, text="Request Timeout")
        if len(self._open) >= MOST_CONNECTIONS:
            return web.Response(status=429, text="Too many websockets")
        socket = web.WebSocketResponse(autoping=False, compress=False)
        await socket.prepare(request)
        connection = _Connection(socket, request)
        self._open.append(connection)
        try:
            await socket.send_str(json.dumps(self._hello()))
            self._touch()
            await self._read(connection)
        finally:
            self._drop(connection)
        return socket

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "debug_info": {
                "host": "applink-sandbox",
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
            "connection_info": {"app_id": self._app.id},
        }

    async def _read(self, connection: _Connection) -> None:
        async for message in connection.socket:
            if connection.frozen:
                continue
            if message.type is WSMsgType.PING:
                await connection.socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                self._acknowledged(connection, message.data)

    def _acknowledged(self, connection: _Connection, data: str) -> None:
        try:
            frame = json.loads(data)
        except ValueError:
            return
        if isinstance(frame, dict):
            waiting = connection.waiting.pop(str(frame.get("envelope_id")), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(frame)

    def _drop(self, connection: _Connection) -> None:
        if connection in self._open:
            self._open.remove(connection)
        for waiting in connection.waiting.values():
            waiting.cancel()
        connection.waiting.clear()
        self._touch()

    async def send(self, kind: str, payload: Json, answers: bool, number: int, reason: str) -> Json | None:
        """Send an envelope down one socket; return its acknowledgement, or None when none came in 3 s."""
        if not self._open:
            return None
        self._turn += 1
        connection = self._open[self._turn % len(self._open)]
        envelope: Json = {"envelope_id": str(uuid4()), "payload": payload, "type": kind}
        envelope["accepts_response_payload"] = answers
        if kind == "events_api":
            envelope |= {"retry_attempt": number, "retry_reason": reason}
        waiting: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        connection.waiting[envelope["envelope_id"]] = waiting
        try:
            async with asyncio.timeout(self._durations.acknowledge):
                if not connection.frozen:
                    await connection.socket.send_str(json.dumps(envelope))
                return await self._settled(waiting)
        except (TimeoutError, ConnectionError):
            return None
        finally:
            connection.waiting.pop(envelope["envelope_id"], None)

    async def _settled(self, waiting: asyncio.Future[Json]) -> Json | None:
        """Await an acknowledgement; None when its socket was cut (which cancels the future, not us)."""
        await asyncio.wait([waiting])
        return None if waiting.cancelled() else waiting.result()

    async def cut(self, *, warning: bool = False, half_open: bool = False, reason: str = "warning") -> None:
        """Cut every socket: at once, after Slack's warning, or half open (nothing passes any more)."""
        for connection in list(self._open):
            if half_open:
                connection.frozen = True
            elif warning:
                await connection.socket.send_str(json.dumps(self._goodbye(reason)))
                self._tasks.start(self._close_later(connection))
            else:
                self._drop(connection)
                abort(connection.request)
        self._touch()

    def _goodbye(self, reason: str) -> Json:
        return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-sandbox"}}

    async def _close_later(self, connection: _Connection) -> None:
        await asyncio.sleep(self._durations.disconnect_warning)
        await connection.socket.close()

    async def close(self) -> None:
        """Close every socket with the stand-in."""
        for connection in list(self._open):
            self._drop(connection)
            if connection.frozen:
                abort(connection.request)
            else:
                await connection.socket.close()


def abort(request: web.Request) -> None:
    """Cut the connection under a request without an answer."""
    if request.transport is not None:
        request.transport.abort()

"""The browser clients that look on: one WebSocket each, told of every change their person can see."""

import json
from collections.abc import Iterable

from aiohttp import web

from sandbox.refusal import Json
from sandbox.tasks import Tasks


class Live:
    """Sends frames to the browsers of a person; nothing is made up while nobody looks."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._browsers: dict[str, list[web.WebSocketResponse]] = {}

    def watching(self, people: Iterable[str]) -> list[str]:
        """Return those of `people` who have a browser open."""
        return [p for p in people if p in self._browsers] if self._browsers else []

    def push(self, people: Iterable[str], frame: Json) -> None:
        """Send a frame to every browser of these people."""
        watching = self.watching(people)
        if not watching:
            return
        text = json.dumps(frame)
        for person in watching:
            for socket in self._browsers[person]:
                self._tasks.start(_send(socket, text))

    async def route(self, request: web.Request, person: str) -> web.StreamResponse:
        """Serve one browser until it goes."""
        socket = web.WebSocketResponse(heartbeat=20)
        await socket.prepare(request)
        self._browsers.setdefault(person, []).append(socket)
        try:
            async for _ in socket:
                pass
        finally:
            self._browsers[person].remove(socket)
            if not self._browsers[person]:
                del self._browsers[person]
        return socket

    async def close(self) -> None:
        """Close all browsers' sockets."""
        for sockets in list(self._browsers.values()):
            for socket in list(sockets):
                await socket.close()


async def _send(socket: web.WebSocketResponse, text: str) -> None:
    if not socket.closed:
        try:
            await socket.send_str(text)
        except ConnectionError:
            return

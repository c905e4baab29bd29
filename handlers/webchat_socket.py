"""A visitor's open socket: takes frames one by one, replays the history after `last_seq`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from desk.hub import Ear
from desk.visitors import Entry
from handlers import visitor_tokens, webchat_frames
from handlers.webchat_site import (
    PROTOCOL,
    Chat,
    Refusal,
    Site,
    bearer,
    error_frame,
    failed,
    json_object,
    require_origin,
    require_rate,
    visitor_of,
    whose,
)
from networks.webchat import FrameRefused

_FRAME_BYTES = 65_536
_HEARTBEAT = 25.0
_PAGE = 100


async def socket(chat: Chat, site: Site, request: web.Request) -> web.StreamResponse:
    """Open the socket after origin, token and number are checked; return when it has closed."""
    require_origin(site, request)
    visitor = visitor_of(chat, site, _token(request))
    address = whose(chat, request, site)
    require_rate(chat, ("socket", address, chat.limits.sockets_address))
    if chat.visitors.hub.count(site.name, visitor) >= chat.limits.sockets_per_visitor:
        raise Refusal(429, "too_many", "This chat is open in too many tabs.", retry_after=30)
    ws = web.WebSocketResponse(heartbeat=_HEARTBEAT, max_msg_size=_FRAME_BYTES, protocols=(PROTOCOL,))
    if not ws.can_prepare(request).ok:
        raise Refusal(400, "malformed", "This address is for the chat's own connection.")
    await ws.prepare(request)
    with chat.visitors.hub.listening(site.name, visitor) as ear:
        speaker = webchat_frames.Speaker(chat=chat, site=site, visitor=visitor, address=address)
        await Connection(speaker, ws, ear).run()
    return ws


def _token(request: web.Request) -> str | None:
    """Browsers cannot add headers to a socket: their token comes as a second sub-protocol."""
    if "Authorization" in request.headers:
        return bearer(request)
    offered = [
        each.strip()
        for line in request.headers.getall("Sec-WebSocket-Protocol", [])
        for each in line.split(",")
    ]
    tokens = [each.removeprefix("token.") for each in offered if each.startswith("token.")]
    return tokens[0] if len(tokens) == 1 else None


class Connection:
    """One browser's socket. Everything it shows comes from the table; `ear` only says when to look."""

    def __init__(self, speaker: webchat_frames.Speaker, ws: web.WebSocketResponse, ear: Ear) -> None:
        self._speaker = speaker
        self._chat = speaker.chat
        self._site = speaker.site
        self._visitor = speaker.visitor
        self._ws = ws
        self._ear = ear
        self._shown = 0
        self._writer: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Serve until either side closes."""
        try:
            async for message in self._ws:
                if message.type is WSMsgType.TEXT:
                    await self._take(message.data)
                elif message.type is WSMsgType.BINARY:
                    await self._send(error_frame(Refusal(400, "malformed", "That could not be read.")))
        finally:
            await self._stop_writing()

    async def _take(self, data: str) -> None:
        """One frame: refused with a sentence, or answered. Nothing a browser sends ends the program."""
        frame: Mapping[str, Any] = {}
        try:
            frame = json_object(data)
            self._speaker.count_frame()
            await self._answer(frame)
        except Refusal as refusal:
            await self._refuse(refusal, frame)
        except FrameRefused as refused:
            await self._refuse(Refusal(400, refused.code, refused.words), frame)
        except Exception as error:
            failed("chat.frame", error, self._site)
            words = "That didn't get through. It is tried again by itself."
            await self._refuse(Refusal(503, "try_again", words, retry_after=2), frame)

    async def _answer(self, frame: Mapping[str, Any]) -> None:
        match frame.get("type"):
            case "ping":
                await self._send({"v": 1, "type": "pong"})
            case "resume":
                await self._resume(frame.get("last_seq"))
            case "typing":
                pass  # agents are not shown who types
            case _:
                answer = await self._speaker.say(frame)
                if answer is not None:
                    await self._send(answer)

    async def _refuse(self, refusal: Refusal, frame: Mapping[str, Any]) -> None:
        answer = error_frame(refusal)
        if isinstance(frame.get("client_id"), str):
            answer["client_id"] = frame["client_id"][:80]
        await self._send(answer)

    async def _resume(self, last_seq: object) -> None:
        """Start, or start again, to show what came after `last_seq`."""
        if not isinstance(last_seq, int) or isinstance(last_seq, bool) or last_seq < 0:
            raise Refusal(400, "malformed", "That could not be read.")
        await self._stop_writing()
        known = await self._chat.visitors.last_seq(self._site.name, self._visitor)
        self._shown = last_seq if last_seq <= known else 0
        await self._send({"v": 1, "type": "resumed", "from": self._shown, "seq": known})
        self._writer = asyncio.create_task(self._write())

    async def _stop_writing(self) -> None:
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
            self._writer = None

    async def _write(self) -> None:
        """Show what is new, whenever woken and every few seconds, until the socket closes."""
        pause = self._chat.look_every.total_seconds()
        with suppress(ConnectionError):
            while not self._ws.closed and not self._ear.closing:
                if not await self._show_new():
                    await self._ear.wait(pause)
            await self._ws.close(code=WSCloseCode.GOING_AWAY)

    async def _show_new(self) -> bool:
        """Send what is waiting; True if there may be more."""
        for signal in self._ear.signals():
            await self._send(signal)
        try:
            found = await self._chat.visitors.after(self._site.name, self._visitor, self._shown, _PAGE)
        except Exception as error:
            failed("chat.history", error, self._site)
            return False
        for entry in found:
            await self._send(self._drawn(entry))
            self._shown = entry.seq
        return len(found) == _PAGE

    def _drawn(self, entry: Entry) -> dict[str, object]:
        """An event as the browser gets it: with its place, its time and fresh links."""
        frame = {**entry.body, "seq": entry.seq, "ts": int(entry.at.timestamp() * 1000)}
        if frame.get("files"):
            frame["files"] = [{**each, "url": self._link(each)} for each in frame["files"]]
        return frame

    def _link(self, kept: Mapping[str, Any]) -> str:
        now = self._chat.desk.clock.now()
        signed = visitor_tokens.sign_link(self._site.secret, self._site.name, kept["upload_id"], now)
        return webchat_frames.file_path(self._site.name, signed, str(kept["name"]))

    async def _send(self, frame: Mapping[str, object]) -> None:
        if not self._ws.closed:
            with suppress(ConnectionError):
                await self._ws.send_json(frame)

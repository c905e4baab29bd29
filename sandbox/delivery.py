"""The two ways to the app: signed HTTP requests with Slack's repeats, and Socket Mode."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

from sandbox.app import App
from sandbox.clock import Clock
from sandbox.durations import Durations
from sandbox.refusal import Json
from sandbox.sockets import Sockets
from sandbox.tasks import Tasks

_LARGEST_ANSWER = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the app answered at once: the status (0 for none in time) and the body, JSON or not."""

    status: int
    body: Any = None

    @property
    def ok(self) -> bool:
        """Whether the app acknowledged."""
        return 200 <= self.status < 300


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return `X-Slack-Signature` for a body as Slack computes it."""
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256)
    return f"v0={digest.hexdigest()}"


class Wire:
    """Carries events, interactions, commands and requests for options to the app."""

    def __init__(
        self,
        app: App,
        *,
        clock: Clock,
        durations: Durations,
        tasks: Tasks,
        sockets: Sockets,
        touch: Callable[[], None],
    ) -> None:
        self._app, self._clock, self._durations = app, clock, durations
        self._tasks, self._sockets, self._touch = tasks, sockets, touch
        self._http: aiohttp.ClientSession | None = None
        self.under_way = 0
        self.failed: list[Json] = []

    async def close(self) -> None:
        """Close the connections to the app."""
        if self._http is not None:
            await self._http.close()

    def deliver(self, event_id: str, body: str) -> None:
        """Start delivering an event; Slack repeats it when it is not acknowledged."""
        if self._app.socket_mode and not self._sockets.is_open:
            self.failed.append({"event_id": event_id, "reason": "no_socket"})
            return
        self.under_way += 1
        self._tasks.start(self._deliver(event_id, body))

    async def _deliver(self, event_id: str, body: str) -> None:
        try:
            reason = await self._try_event(body, 0, "")
            for number, delay in enumerate(self._durations.retries, start=1):
                if not reason:
                    return
                await asyncio.sleep(delay)
                reason = await self._try_event(body, number, reason)
            if reason:
                self.failed.append({"event_id": event_id, "reason": reason})
        finally:
            self.under_way -= 1
            self._touch()

    async def _try_event(self, body: str, number: int, reason: str) -> str:
        """Send once; return why it failed, empty when the app acknowledged or wants no repeat."""
        if self._app.socket_mode:
            sent = await self._sockets.send("events_api", json.loads(body), False, number, reason)
            return "" if sent is not None else "timeout"
        headers = {"Content-Type": "application/json"}
        if number:
            headers |= {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason}
        return await self._post_event(body.encode(), headers)

    async def _post_event(self, body: bytes, headers: dict[str, str]) -> str:
        url = self._app.events_url
        if not url:
            return ""
        try:
            async with self._request(url, body, headers) as response:
                done = 200 <= response.status < 300 or response.headers.get("X-Slack-No-Retry") == "1"
                return "" if done else "http_error"
        except TimeoutError:
            return "http_timeout"
        except aiohttp.TooManyRedirects:
            return "too_many_redirects"
        except aiohttp.ClientSSLError:
            return "ssl_error"
        except aiohttp.ClientError:
            return "connection_failed"

    def _request(self, url: str, body: bytes, headers: dict[str, str]) -> Any:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._durations.acknowledge)
            )
        timestamp = str(int(self._clock.unmoved()))
        signed = {
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self._app.signing_secret, timestamp, body),
            **headers,
        }
        return self._http.post(url, data=body, headers=signed, max_redirects=2)

    async def interact(self, payload: Json, *, url: str, answers: bool) -> Answer:
        """Send an interaction (or a request for options) and return what the app answers within 3 s."""
        if self._app.socket_mode:
            return await self._over_socket("interactive", payload, answers)
        return await self._form(url, {"payload": json.dumps(payload)})

    async def command(self, fields: dict[str, str], *, url: str) -> Answer:
        """Send a slash command and return what the app answers within 3 s."""
        if self._app.socket_mode:
            return await self._over_socket("slash_commands", dict(fields), True)
        return await self._form(url, fields)

    async def verify(self, challenge: str) -> bool:
        """Ask the events URL for its `url_verification` answer, as Slack does when a URL is saved."""
        body = json.dumps({"token": "sandbox", "type": "url_verification", "challenge": challenge}).encode()
        answer = await self._ask(self._app.events_url, body, {"Content-Type": "application/json"})
        given = answer.body.get("challenge") if isinstance(answer.body, dict) else answer.body
        return answer.ok and given == challenge

    async def _over_socket(self, kind: str, payload: Json, answers: bool) -> Answer:
        sent = await self._sockets.send(kind, payload, answers, 0, "")
        return Answer(status=0) if sent is None else Answer(status=200, body=sent.get("payload"))

    async def _form(self, url: str, fields: dict[str, str]) -> Answer:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self._ask(url, urlencode(fields).encode(), headers) if url else Answer(status=0)

    async def _ask(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        try:
            async with self._request(url, body, headers) as response:
                data = await response.content.read(_LARGEST_ANSWER)
                return Answer(status=response.status, body=_decoded(data))
        except (TimeoutError, aiohttp.ClientError):
            return Answer(status=0)


def _decoded(data: bytes) -> Any:
    text = data.decode("utf-8", "replace").strip()
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text

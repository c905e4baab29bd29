"""One call to Slack, and what its answer means. Nothing here knows a method.

Whether a broken call may have been carried out decides what becomes of a message, so it is
told apart with care: a connection that never stood is `Unreachable`; anything that breaks
after the call left is `Uncertain` for a write. The SDK's own retries are switched off: they
repeat a post whose answer was lost, and the customer's words would stand there twice.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from desk import metrics
from desk.clock import Clock
from desk.slack import errors
from desk.slack.hosts import hosts

_SDK_LOG = logging.getLogger("oratio.slack_sdk")
_SDK_LOG.setLevel(logging.INFO)  # below INFO the SDK writes whole bodies: customers' words

_MOST_PAGES = 200
_LONGEST_PAUSE = 60.0

Answer = Mapping[str, Any]
"""Slack's answer; it is always an object with `ok: true`."""

NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError)
"""No connection stood, so nothing left."""
BROKEN = (aiohttp.ClientError, TimeoutError, OSError)
"""The call left; who knows how far it got."""


class _Client(AsyncWebClient):
    """The SDK's client, without redirects: a customer's words go nowhere but to Slack."""

    async def _request(self, *, http_verb: str, api_url: str, req_args: dict[str, Any]) -> dict[str, Any]:
        unmoved = {**req_args, "allow_redirects": False}
        return await super()._request(http_verb=http_verb, api_url=api_url, req_args=unmoved)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a transfer of a file may take, in seconds. It has no total: files are large."""

    connect: float = 5.0
    silence: float = 60.0
    """Without a single byte in either direction."""


class Transport:
    """Makes the calls. `base_url` is checked at once: raises `ValueError` with a sentence.

    `session` is shared, closed by its maker, and carries the time-outs of ordinary calls.
    """

    def __init__(
        self,
        token: str,
        base_url: str,
        session: aiohttp.ClientSession,
        *,
        clock: Clock | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._hosts = hosts(base_url)
        self._token = token
        self._session = session
        self._clock = clock or Clock()
        self._patience = patience or Patience()
        self._base_url = base_url
        self._client = self._made(token)

    def for_bolt(self) -> AsyncWebClient:
        """A client for Bolt alone, which opens Socket Mode's connections with it. It bears no token:
        what Bolt may do, `authorize` says."""
        return self._made(None)

    def _made(self, token: str | None) -> AsyncWebClient:
        client = _Client(
            token=token,
            base_url=self._base_url,
            session=self._session,
            retry_handlers=[],
            logger=_SDK_LOG,
        )
        if self._hosts.local:
            client.proxy = None
        return client

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    async def _write(self, method: str, *, repeatable: bool = False, **args: Any) -> Answer:
        """A call that changes something, as JSON. Arguments that are None are left out."""
        body = {name: value for name, value in args.items() if value is not None}
        with self._counted(method), _told(write=True, repeatable=repeatable):
            return _read(await self._client.api_call(method, json=body))

    async def _form(self, method: str, *, repeatable: bool = False, **args: Any) -> Answer:
        """A call that changes something, for the methods that take forms only."""
        with self._counted(method), _told(write=True, repeatable=repeatable):
            return _read(await self._client.api_call(method, data=_plain(args)))

    async def _ask(self, method: str, **args: Any) -> Answer:
        """A question: it changes nothing, so whatever breaks is `Unreachable`."""
        with self._counted(method), _told(write=False):
            return _read(await self._client.api_call(method, http_verb="GET", params=_plain(args)))

    @contextmanager
    def _counted(self, method: str) -> Iterator[None]:
        """Count the call and its outcome."""
        start = self._clock.monotonic()
        outcome = "ok"
        try:
            yield
        except errors.SlackError as error:
            outcome = type(error).__name__.lower()
            if isinstance(error, errors.Throttled):
                metrics.SLACK_THROTTLED.labels(method=method).inc()
            raise
        finally:
            metrics.SLACK_CALLS.labels(method=method, outcome=outcome).inc()
            metrics.SLACK_SECONDS.labels(method=method).observe(self._clock.monotonic() - start)

    async def _pages(self, method: str, *, patient: bool = False, **args: Any) -> AsyncIterator[Answer]:
        """Ask page after page. `patient`: wait for Slack's pace instead of raising `Throttled`.

        Raises `Refused` when it doesn't end: an incomplete answer must not look complete.
        """
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            answer = await self._page(method, patient, {**args, "cursor": cursor})
            yield answer
            following = _cursor_of(answer)
            if not following or following == cursor:
                return
            cursor = following
        raise errors.Refused("Slack's list doesn't end.", code="too_many_pages")

    async def _page(self, method: str, patient: bool, args: Mapping[str, Any]) -> Answer:
        for _ in range(10 if patient else 0):
            try:
                return await self._ask(method, **args)
            except errors.Throttled as pause:
                if pause.retry_after > _LONGEST_PAUSE:
                    raise
                await self._clock.sleep(pause.retry_after)
        return await self._ask(method, **args)


def _plain(args: Mapping[str, Any]) -> dict[str, str]:
    """Arguments as query or form fields take them."""
    return {name: _field(value) for name, value in args.items() if value is not None}


def _field(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _cursor_of(answer: Answer) -> str | None:
    meta = answer.get("response_metadata")
    cursor = meta.get("next_cursor") if isinstance(meta, Mapping) else None
    return cursor if isinstance(cursor, str) else None


def _read(response: Any) -> Answer:
    data = response.data
    scopes = response.headers.get("x-oauth-scopes")
    return {**data, "x-oauth-scopes": scopes} if scopes is not None else dict(data)


@contextmanager
def _told(*, write: bool, repeatable: bool = False) -> Iterator[None]:
    """Turn whatever the SDK or the connection raises into one of our errors."""
    try:
        yield
    except SlackApiError as error:
        raise _of_answer(error.response, write=write, repeatable=repeatable) from None
    except NOT_SENT as error:
        raise errors.Unreachable("Slack can't be reached.", code=type(error).__name__) from None
    except BROKEN as error:
        raise errors.no_answer(type(error).__name__, write=write, repeatable=repeatable) from None
    except UnicodeEncodeError:
        raise errors.BadRequest("Slack could not read what Oratio wrote.", code="invalid_text") from None
    except (AttributeError, TypeError, ValueError):
        # The SDK stumbles over answers that are not a JSON object.
        raise errors.no_answer("unreadable_answer", write=write, repeatable=repeatable) from None


def _of_answer(response: Any, *, write: bool, repeatable: bool) -> errors.SlackError:
    """What an answer without `ok: true` means. The SDK hands over its own or aiohttp's response."""
    data = getattr(response, "data", None)
    data = data if isinstance(data, Mapping) else {}
    status: int = getattr(response, "status_code", 0) or getattr(response, "status", 0)
    retry_after = pause_of(getattr(response, "headers", {}))
    if status == 429:
        return errors.throttled(retry_after)
    code = data.get("error")
    if isinstance(code, str) and code and status < 500:
        return errors.from_code(
            code,
            write=write,
            repeatable=repeatable,
            retry_after=retry_after,
            needed=str(data.get("needed") or "")[:200],
            messages=_messages(data),
        )
    if 300 <= status < 500 and status != 408:
        words = "Something other than Slack answers at Slack's address."
        return errors.Unreachable(words, code=f"http_{status}")
    return errors.no_answer(f"http_{status}", write=write, repeatable=repeatable)


def pause_of(headers: Mapping[str, str]) -> float:
    """Seconds that `Retry-After` asks for; 1 where it is missing or unreadable."""
    value = headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() and len(value) < 7 else 1.0


def _messages(data: Mapping[str, Any]) -> tuple[str, ...]:
    meta = data.get("response_metadata")
    found = meta.get("messages") if isinstance(meta, Mapping) else None
    return tuple(str(line)[:500] for line in found[:20]) if isinstance(found, list) else ()

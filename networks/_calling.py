"""How calls travel to a provider's HTTP API, and whether it may have taken them.

Each failure says what is certain: nothing left, the provider took nothing, or nobody knows. Files
stream from the spool into a request and from a provider to the spool, never in whole through memory.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp.payload import AsyncIterablePayload
from yarl import URL

from networks import _addresses as addresses
from networks._pieces import shallow
from networks.base import Attachment
from networks.errors import (
    AccountBroken,
    DeliveryError,
    NoAnswer,
    ProviderFault,
    Rejected,
    Throttled,
    UnexpectedResponse,
    Unreachable,
)

CONNECT = 10.0
ANSWER = 30.0
"""Seconds."""
PAUSE = 5.0
"""Seconds, where a provider asks for a pause and does not say how long."""

_SLOWEST = 250_000
"""Bytes a second: so slowly a provider may digest a file before it answers."""
_MOST_ANSWER = 20_000_000
_LONGEST_PAUSE = 3_600.0
_PIECE = 256 * 1024
_SILENCE = 60.0
_TRICKLE = 16_000
"""Bytes a second: whoever hands a file out more slowly, for longer than that, means it never to arrive."""
_MOST_REDIRECTS = 5
_UNQUOTABLE = str.maketrans({'"': "'", ";": ",", "\\": "_"})
_NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
_BROKEN = (aiohttp.ClientError, TimeoutError, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a provider answered; names of headers are in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def fields(self) -> Mapping[str, Any]:
        """The JSON object it is; empty if it is none."""
        try:
            try:
                found = json.loads(self.body)
            except RecursionError:
                found = json.loads(shallow(self.body))
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def pause(self) -> float:
        """For how many seconds the provider asks to be left alone."""
        after = self.headers.get("retry-after", "").strip()
        asked = float(after) if after.isascii() and after.isdigit() else 0.0
        return min(asked, _LONGEST_PAUSE) or PAUSE


class Caller:
    """Calls to one network's provider over one session. `title` is what agents call it."""

    def __init__(self, title: str, *, answer: float = ANSWER, silence: float = _SILENCE) -> None:
        self._title = title
        self._answer = answer
        self._silence = silence
        self._session: aiohttp.ClientSession | None = None
        self._public: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Let go of the connections."""
        for session in (self._session, self._public):
            if session is not None:
                await session.close()

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
        files: Sequence[tuple[str, Attachment]] = (),
        body: Attachment | None = None,
        answer: float | None = None,
    ) -> Answer:
        """One call with JSON, with a form (and its files by field), or with one file as its body.

        Waits `answer` seconds, and longer for files. Follows no redirect. Whatever answer came is given
        back. Raises `Unreachable`, `NoAnswer`, or `ProviderFault` where a file can't be read.
        """
        given = [*files, *([("body", body)] if body else [])]
        patience = (self._answer if answer is None else answer) + sum(f.size for _, f in given) / _SLOWEST
        connect = min(patience, CONNECT)
        watch = asyncio.timeout(patience + connect)
        sending = [_Sending(name, file, watch, patience) for name, file in given]
        data = _Body(sending[0]) if body else _form(form or {}, sending) if form or files else None
        options: dict[str, Any] = {"headers": headers, "params": params, "json": json, "data": data}
        timeout = aiohttp.ClientTimeout(total=None, connect=connect)
        try:
            async with (
                watch,
                self._http().request(method, url, timeout=timeout, allow_redirects=False, **options) as came,
            ):
                return await _whole(came)
        except _NOT_SENT as error:
            raise Unreachable(f"{self._title} can't be reached", code=type(error).__name__) from None
        except _BROKEN as error:
            raise self._broken_off(error, sending) from None

    def not_taken(self, answer: Answer) -> DeliveryError | None:
        """The error of an answer that says nothing of the call's own content; None: it does."""
        code, status = f"http_{answer.status}", answer.status
        if status == 429:
            return Throttled(f"{self._title} asks for a pause", retry_after=answer.pause(), code=code)
        if status == 504 or (status == 502 and not answer.fields()):
            return NoAnswer(f"{self._title} is busy and gave no clear answer", code=code)
        if status >= 500:
            return ProviderFault(f"{self._title} has a problem of its own", code=code)
        if status == 413:
            return Rejected(f"the file is too large for {self._title}", code=code)
        return None

    def unreadable(self, answer: Answer) -> DeliveryError:
        """The error of an answer that can't be understood: the call may have been taken."""
        words = f"{self._title} gave an answer that {self._title}'s documentation doesn't know"
        return UnexpectedResponse(words, code=f"http_{answer.status}")

    async def fetch(
        self, url: str, *, headers: Mapping[str, str] | None = None, trusted: Collection[str] = ()
    ) -> AsyncIterator[bytes]:
        """Stream a file from where a payload says it lies.

        From `trusted` hosts, and from all others over https, its own port and public addresses only.
        "host:port" (`host_of` what the account's configuration names) is trusted whatever its address and
        scheme; "host", a name of the provider's own, over https. Redirects are checked alike, and `headers`
        go to trusted hosts only. The reader bounds the size. Raises `Rejected` for an address that is refused
        or a file that is gone, else `ProviderFault`.
        """
        where = addresses.parsed(url)
        try:
            for _ in range(_MOST_REDIRECTS):
                own = addresses.is_trusted(where, trusted)
                if not own and not addresses.may_be_public(where):
                    raise Rejected(addresses.NOT_OURS, code="address")
                async with self._get(where, own, headers) as came:
                    if came.status in (301, 302, 303, 307, 308):
                        where = where.join(addresses.parsed(came.headers.get("Location", "")))
                        continue
                    if came.status not in (200, 203):
                        raise self._not_handed_out(came.status, own)
                    async for piece in self._unhurried(came):
                        yield piece
                    return
        except _BROKEN as error:
            inside = isinstance(getattr(error, "os_error", None), addresses.NotPublic)
            if inside or isinstance(error, aiohttp.InvalidURL):
                raise Rejected(addresses.NOT_OURS, code="address") from None
            raise ProviderFault(f"{self._title} broke off the file", code=type(error).__name__) from None
        raise Rejected(f"{self._title} sends us in circles for the file", code="redirects")

    async def _unhurried(self, came: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        """The bytes, as long as they come at some pace; our own reader may take its time."""
        now = asyncio.get_running_loop().time
        patience, asked = self._silence, now()
        while piece := await came.content.read(_PIECE):
            patience = min(patience + len(piece) / _TRICKLE, self._silence) - (now() - asked)
            if patience < 0:
                raise ProviderFault(f"{self._title} hands out the file too slowly", code="trickle")
            yield piece
            asked = now()

    def _get(self, where: URL, own: bool, headers: Mapping[str, str] | None) -> Any:
        timeout = aiohttp.ClientTimeout(total=None, connect=CONNECT, sock_read=self._silence)
        asked = {"Accept-Encoding": "identity", **(headers or {} if own else {})}
        session = self._http() if own else self._outside()
        return session.get(where, timeout=timeout, headers=asked, allow_redirects=False)

    def _not_handed_out(self, status: int, own: bool) -> DeliveryError:
        code = f"http_{status}"
        if status == 401 and own:
            return AccountBroken(f"{self._title} no longer accepts this account's token", code=code)
        if status == 429:
            return Throttled(f"{self._title} asks for a pause", retry_after=PAUSE, code=code)
        if status == 202:
            return ProviderFault(f"{self._title} is still preparing the file", code=code)
        if status >= 500:
            return ProviderFault(f"{self._title} isn't handing out the file", code=code)
        return Rejected(f"{self._title} no longer has this file", code=code)

    def _broken_off(self, error: Exception, sending: Sequence[_Sending]) -> DeliveryError:
        """Nothing is taken of a file that did not wholly leave; else nobody knows."""
        code = type(error).__name__
        if any(each.fault for each in sending):
            return ProviderFault("the file can't be read from this server's disk just now", code=code)
        if any(not each.whole for each in sending):
            words = f"the connection to {self._title} broke before all of the file was sent"
            return Unreachable(words, code=code)
        return NoAnswer(f"{self._title} isn't answering", code=code)

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(), json_serialize=_as_json
            )
        return self._session

    def _outside(self) -> aiohttp.ClientSession:
        """Connects to public addresses only, whatever a name resolves to at that moment."""
        if self._public is None:
            connector = aiohttp.TCPConnector(resolver=addresses.PublicResolver(), use_dns_cache=False)
            self._public = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._public


def _as_json(value: object) -> str:
    """Letters as they are: escaped, those of most languages take three times the room that a provider
    allows a call. Half characters, which nothing can carry, become "?".
    """
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()


async def _whole(came: aiohttp.ClientResponse) -> Answer:
    raw = bytearray()
    async for piece in came.content.iter_any():
        raw += piece
        if len(raw) > _MOST_ANSWER:
            raise aiohttp.ClientPayloadError("an answer without end")
    headers = {name.lower(): value for name, value in came.headers.items()}
    return Answer(status=came.status, body=bytes(raw), headers=headers)


# Files on their way out


class _Sending:
    """A file on its way: whether all of it left, and the watch that each piece restarts."""

    def __init__(self, field: str, attachment: Attachment, watch: asyncio.Timeout, patience: float) -> None:
        self.field = field
        self.attachment = attachment
        self.whole = False
        self.fault: BaseException | None = None
        self._watch = watch
        self._patience = patience

    async def pieces(self) -> AsyncIterator[bytes]:
        left = self.attachment.size
        try:
            async for chunk in self.attachment.open():
                left -= len(chunk)
                self._watch.reschedule(asyncio.get_running_loop().time() + self._patience)
                yield chunk
            if left:
                raise EOFError("not as long as it was said to be")
        except (OSError, EOFError) as error:
            self.fault = error
            raise
        self.whole = True


class _Body(AsyncIterablePayload):
    """A stream whose length is known, so that the request says its own."""

    def __init__(self, sending: _Sending) -> None:
        super().__init__(sending.pieces(), content_type=sending.attachment.mime_type)
        self._size = sending.attachment.size


def _form(parameters: Mapping[str, str], sending: Sequence[_Sending]) -> aiohttp.FormData:
    """The parameters and files; names go in UTF-8."""
    form = aiohttp.FormData(quote_fields=False)
    for name, value in parameters.items():
        form.add_field(name, value)
    for each in sending:
        form.add_field(each.field, _Body(each), filename=_header_safe(each.attachment.name))
    return form


def _header_safe(name: str) -> str:
    """The name on one line and without what ends it early: many servers' readers know no escapes
    (github.com/tdlib/td, tdnet/td/net/HttpReader.cpp).
    """
    return " ".join(name.translate(_UNQUOTABLE).split()) or "file"

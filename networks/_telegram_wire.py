"""How calls travel to Telegram's Bot API, and what their answers mean.

The library's own transport reads files in whole or from open files of the disk; ours come
as streams. So it gets one of ours, through the door it has for that (`BaseRequest`): files
stream from the spool into the request, and every failure says whether Telegram may have
taken the call, which the library's time-outs don't tell.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, cast

import aiohttp
from aiohttp.payload import AsyncIterablePayload
from telegram import InputFile
from telegram.request import BaseRequest, RequestData

from networks._telegram_errors import UNREADABLE, Failed
from networks.base import Attachment
from networks.errors import (
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
LONG_POLL = 25
"""Seconds. The server itself holds a question for at most 50."""

_SLOWEST = 250_000
"""Bytes a second: so slowly Telegram may digest a file before it answers."""
_MOST_ANSWER = 20_000_000
_UNQUOTABLE = str.maketrans({'"': "'", ";": ",", "\\": "_"})
PAUSE = 5.0
"""Seconds, where Telegram asks for a pause and does not say how long."""
_NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
_BROKEN = (aiohttp.ClientError, TimeoutError, OSError)

SILENT = "Telegram isn't answering"


def upload(attachment: Attachment) -> InputFile:
    """The attachment as the library takes files; its bytes are read when they are sent."""
    return InputFile(cast(Any, attachment), filename=attachment.name, read_file_handle=False)


class Wire(BaseRequest):
    """Carries the library's calls over one session. `answer` is how many seconds one may take."""

    def __init__(self, session: Callable[[], aiohttp.ClientSession], answer: float = ANSWER) -> None:
        self._session = session
        self._answer = answer
        self._connect = min(answer, CONNECT)

    @property
    def read_timeout(self) -> float:
        """Seconds an answer is waited for."""
        return self._answer

    async def initialize(self) -> None:
        """Nothing to do: the session is made when it is needed."""

    async def shutdown(self) -> None:
        """Nothing to do: the session is its owner's."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = None,
        write_timeout: object = None,
        connect_timeout: object = None,
        pool_timeout: object = None,
    ) -> tuple[int, bytes]:
        """One call, with this wire's own patience.

        Raises `Failed` where there is no answer of the API's own to give back.
        """
        parts = request_data.multipart_data if request_data else {}
        files = {name: cast(Attachment, content) for name, (_, content, _) in parts.items()}
        patience = self._answer + sum(file.size for file in files.values()) / _SLOWEST
        watch = asyncio.timeout(patience + self._connect)
        sending = [_Sending(name, file, watch, patience) for name, file in files.items()]
        try:
            async with watch:
                status, body, after = await self._exchange(url, request_data, sending)
        except _NOT_SENT as error:
            raise Failed(Unreachable("Telegram can't be reached", code=type(error).__name__)) from None
        except _BROKEN as error:
            raise Failed(_broken_off(error, sending)) from None
        return _understood(status, body, after)

    async def _exchange(
        self, url: str, request_data: RequestData | None, sending: list[_Sending]
    ) -> tuple[int, bytes, str]:
        timeout = aiohttp.ClientTimeout(total=None, connect=self._connect)
        body = _form(request_data.json_parameters if request_data else {}, sending)
        async with self._session().post(url, data=body, timeout=timeout, allow_redirects=False) as answer:
            raw = bytearray()
            async for piece in answer.content.iter_any():
                raw += piece
                if len(raw) > _MOST_ANSWER:
                    raise aiohttp.ClientPayloadError("an answer without end")
            return answer.status, bytes(raw), answer.headers.get("Retry-After", "")


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
                self._watch.reschedule(_from_now(self._patience))
                yield chunk
            if left:
                raise EOFError("not as long as it was said to be")
        except (OSError, EOFError) as error:
            self.fault = error
            raise
        self.whole = True


def _from_now(seconds: float) -> float:
    """A moment by the event loop's own count, as its time-outs want it."""
    return asyncio.get_running_loop().time() + seconds


class _Body(AsyncIterablePayload):
    """A stream whose length is known, so that the request says its own."""

    def __init__(self, sending: _Sending) -> None:
        super().__init__(sending.pieces(), content_type=sending.attachment.mime_type)
        self._size = sending.attachment.size


def _form(parameters: Mapping[str, str], sending: list[_Sending]) -> aiohttp.FormData:
    """The parameters and files; names go in UTF-8, which the server wants."""
    form = aiohttp.FormData(quote_fields=False)
    for name, value in parameters.items():
        form.add_field(name, value)
    for each in sending:
        form.add_field(each.field, _Body(each), filename=_header_safe(each.attachment.name))
    return form


def _header_safe(name: str) -> str:
    """The name on one line and without what ends it early: the server's reader knows no escapes
    (github.com/tdlib/td, tdnet/td/net/HttpReader.cpp).
    """
    return " ".join(name.translate(_UNQUOTABLE).split()) or "file"


def _broken_off(error: Exception, sending: list[_Sending]) -> DeliveryError:
    """Nothing is taken of a file that did not wholly leave; else nobody knows."""
    code = type(error).__name__
    if any(each.fault for each in sending):
        return ProviderFault("the file can't be read from this server's disk just now", code=code)
    if any(not each.whole for each in sending):
        return Unreachable("the connection to Telegram broke before all of the file was sent", code=code)
    return NoAnswer(SILENT, code=code)


def _understood(status: int, body: bytes, after: str) -> tuple[int, bytes]:
    """The answer, where it is one of the API's own about this call. Raises `Failed`."""
    found = _json(body)
    code = f"http_{status}"
    if status == 429:
        raise Failed(Throttled("Telegram asks for a pause", retry_after=_pause(found, after), code=code))
    aborted = "aborted" in str(found.get("description")).lower()  # the server was stopped meanwhile
    if status == 504 or (status == 502 and not found) or (status == 500 and aborted):
        raise Failed(NoAnswer("Telegram's servers are busy and gave no clear answer", code=code))
    if status >= 500:
        raise Failed(ProviderFault("Telegram has a problem of its own", code=code))
    if status == 413:
        raise Failed(Rejected("the file is too large for Telegram", code=code))
    if not found or (status < 300 and not (found.get("ok") is True and "result" in found)):
        raise Failed(UnexpectedResponse(UNREADABLE, code=code))
    return status, body


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _pause(found: Mapping[str, Any], after: str) -> float:
    parameters = found.get("parameters")
    asked = parameters.get("retry_after") if isinstance(parameters, dict) else None
    if isinstance(asked, int | float) and asked > 0:
        return float(asked)
    return float(after) if after.isascii() and after.isdigit() and int(after) > 0 else PAUSE

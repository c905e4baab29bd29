"""How calls travel to Telegram's Bot API, and what their answers mean.

The library's own transport reads files in whole or from open files of the disk; ours come
as streams. So it gets one of ours, through the door it has for that (`BaseRequest`): files
stream from the spool into the request, and every failure says whether Telegram may have
taken the call, which the library's time-outs don't tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from telegram import InputFile
from telegram.request import BaseRequest, RequestData

from networks._calling import Answer, Caller
from networks._telegram_errors import UNREADABLE, Failed
from networks.base import Attachment
from networks.errors import DeliveryError, NoAnswer, Throttled, UnexpectedResponse

LONG_POLL = 25
"""Seconds. The server itself holds a question for at most 50."""


def upload(attachment: Attachment) -> InputFile:
    """The attachment as the library takes files; its bytes are read when they are sent."""
    return InputFile(cast(Any, attachment), filename=attachment.name, read_file_handle=False)


class Wire(BaseRequest):
    """Carries the library's calls. `answer` is how many seconds one may take."""

    def __init__(self, caller: Caller, answer: float) -> None:
        self._caller = caller
        self._answer = answer

    @property
    def read_timeout(self) -> float:
        """Seconds an answer is waited for."""
        return self._answer

    async def initialize(self) -> None:
        """Nothing to do: connections are made when they are needed."""

    async def shutdown(self) -> None:
        """Nothing to do: the connections are the caller's."""

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
        files = [(name, cast(Attachment, content)) for name, (_, content, _) in parts.items()]
        form = request_data.json_parameters if request_data else {}
        try:
            answer = await self._caller.call("POST", url, form=form, files=files, answer=self._answer)
        except DeliveryError as error:
            raise Failed(error) from None
        if (fault := self._not_taken(answer)) is not None:
            raise Failed(fault)
        return answer.status, answer.body

    def _not_taken(self, answer: Answer) -> DeliveryError | None:
        """Where it is none of the API's own about this call."""
        found, code = answer.fields(), f"http_{answer.status}"
        if answer.status == 429 and (asked := _pause(found)):
            return Throttled("Telegram asks for a pause", retry_after=asked, code=code)
        if answer.status == 500 and "aborted" in str(found.get("description")).lower():
            return NoAnswer("Telegram's servers were stopped meanwhile", code=code)
        if error := self._caller.not_taken(answer):
            return error
        if not found or (answer.status < 300 and not (found.get("ok") is True and "result" in found)):
            return UnexpectedResponse(UNREADABLE, code=code)
        return None


def _pause(found: Mapping[str, Any]) -> float:
    parameters = found.get("parameters")
    asked = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(asked) if isinstance(asked, int | float) and asked > 0 else 0.0

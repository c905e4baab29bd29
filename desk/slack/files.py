"""Files up to Slack and down from it, streamed: never a whole file in memory.

Up takes three steps: a slot, the bytes, and completing, which alone is visible. Keep the
`file_id`s before completing: afterwards `file_shares` tells whether it happened.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import Any

import aiohttp
from yarl import URL

from desk.media import TooLarge
from desk.slack import errors
from desk.slack.transport import BROKEN, NOT_SENT, Transport, pause_of

SLACK_MOST_BYTES = 1_100_000_000
"""Slack takes files up to 1 GB; nothing beyond this is ever read."""

_CHUNK = 256 * 1024
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-")
_SCOPE_WORDS = (
    "Slack doesn't let Oratio read this file. "
    "The app needs the permission files:read and has to be in the channel."
)


class Files(Transport):
    """Uploading and downloading."""

    async def upload_slot(self, name: str, length: int, alt_text: str | None = None) -> tuple[str, str]:
        """Ask for a place for `length` bytes; return (`upload_url`, `file_id`). Invisible.

        The address is a secret. Raises `BadRequest` for an empty file: Slack takes none.
        """
        if length < 1:
            raise errors.BadRequest("Slack doesn't take empty files.", code="empty_file")
        answer = await self._form(
            "files.getUploadURLExternal", repeatable=True, filename=name, length=length, alt_txt=alt_text
        )
        url, file_id = answer.get("upload_url"), answer.get("file_id")
        if not isinstance(url, str) or not isinstance(file_id, str):
            raise errors.no_answer("unreadable_answer", write=True, repeatable=True)
        return url, file_id

    async def delete_file(self, file_id: str) -> None:
        """Delete a file of ours, wherever it is shared. Raises `Pointless` when it is gone."""
        await self._write("files.delete", repeatable=True, file=file_id)

    async def put_file(self, upload_url: str, chunks: AsyncIterator[bytes], length: int) -> None:
        """Send exactly `length` bytes to a slot. Invisible: after a failure take a new slot.

        Raises `BadRequest` when `chunks` turn out longer or shorter.
        """
        url = self._allowed(upload_url)
        counted = _Counted(chunks, length)
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(length)}
        try:
            async with asyncio.timeout(self._patience.silence) as watch:
                body = counted.read(watch, self._patience.silence)
                async with self._session.post(
                    url, data=body, headers=headers, **self._transfer(watched=True)
                ) as answer:
                    _check_upload(answer)
        except BROKEN as error:
            if counted.wrong:
                words = "The file changed while it was being sent."
                raise errors.BadRequest(words, code="wrong_length") from None
            raise _repeatable(error) from None

    async def complete_upload(
        self,
        files: Sequence[tuple[str, str]],
        channel: str,
        *,
        thread_ts: str | None = None,
        blocks: Sequence[Mapping[str, Any]] = (),
        username: str | None = None,
        icon_url: str | None = None,
        icon_emoji: str | None = None,
    ) -> str | None:
        """Make one message of the uploaded (`file_id`, title)s. Its `ts` if Slack tells it already.

        Words go in as `blocks`, where they are literal; an `initial_comment` would be parsed.
        Once only for each file; after `Uncertain` ask `file_shares` before anything else.
        """
        listed = [{"id": file_id, "title": title} for file_id, title in files]
        answer = await self._form(
            "files.completeUploadExternal",
            files=json.dumps(listed),
            channel_id=channel,
            thread_ts=thread_ts,
            blocks=json.dumps(list(blocks)) if blocks else None,
            username=username,
            icon_url=icon_url,
            icon_emoji=icon_emoji,
        )
        found = answer.get("files")
        shares = [share_of(file, channel, thread_ts) for file in found] if isinstance(found, list) else []
        return next((ts for ts in shares if ts), None)

    async def file_details(self, file_id: str) -> dict[str, Any]:
        """A file as Slack describes it. Raises `Pointless` when it is gone."""
        answer = await self._ask("files.info", file=file_id)
        file = answer.get("file")
        if not isinstance(file, dict):
            raise errors.Unreachable("Slack's answer can't be read.", code="unreadable_answer")
        return file

    async def file_shares(self, file_id: str, channel: str, thread_ts: str | None = None) -> str | None:
        """The `ts` of the message that shows the file in this channel (and thread), if there is one."""
        return share_of(await self.file_details(file_id), channel, thread_ts)

    async def download(
        self,
        url: str,
        *,
        mimetype: str = "",
        limit: int = SLACK_MOST_BYTES,
        start: int = 0,
        told: Callable[[int], None] | None = None,
    ) -> AsyncGenerator[bytes, None]:
        """Stream a file from its byte `start` on. `mimetype` is what Slack calls it; `told` hears how many
        bytes the whole file has, where Slack says so, before the first of them comes.

        Raises `WorkspaceFault` naming `files:read` when Slack shows its sign-in page instead,
        `Pointless` when the file is gone, `TooLarge` beyond `limit` bytes, and `Refused` for
        an address that isn't Slack's: the token never goes there.
        """
        place = self._allowed(url)
        headers = {"Authorization": f"Bearer {self._token}", "Accept-Encoding": "identity"}
        headers |= {"Range": f"bytes={start}-"} if start else {}
        got = 0
        try:
            async with self._session.get(place, headers=headers, **self._transfer()) as answer:
                _check_download(answer, mimetype, limit)
                begins = _begins_at(answer, start)
                whole = None if "Content-Encoding" in answer.headers else answer.content_length
                if told and whole is not None:
                    told(begins + whole)
                async for chunk in answer.content.iter_chunked(_CHUNK):
                    got += len(chunk)
                    if got > limit:
                        raise TooLarge(limit, got)
                    if wanted := chunk[max(start - begins - got + len(chunk), 0) :]:
                        yield wanted
        except (aiohttp.ClientError, TimeoutError) as error:
            words = "Slack broke off while sending the file." if got else "Slack isn't handing out the file."
            raise errors.Unreachable(words, code=type(error).__name__) from None

    def _allowed(self, address: str) -> URL:
        url = self._hosts.file(address)
        if url is None:
            raise errors.Refused("This file doesn't lie with Slack.", code="foreign_file_address")
        return url

    def _transfer(self, *, watched: bool = False) -> dict[str, Any]:
        """How a file's bytes travel: no redirects, no total time-out, but none of silence either."""
        silence = None if watched else self._patience.silence
        timeout = aiohttp.ClientTimeout(total=None, connect=self._patience.connect, sock_read=silence)
        return {"allow_redirects": False, "timeout": timeout, "proxy": self._client.proxy}


class _Counted:
    """Chunks on their way up: counted, and each one restarts the watch."""

    def __init__(self, chunks: AsyncIterator[bytes], length: int) -> None:
        self._chunks = chunks
        self._length = length
        self.wrong = False

    async def read(self, watch: asyncio.Timeout, silence: float) -> AsyncIterator[bytes]:
        left = self._length
        async for chunk in self._chunks:
            left -= len(chunk)
            if left < 0:
                break
            watch.reschedule(_from_now(silence))
            yield chunk
        if left:
            self.wrong = True
            raise aiohttp.ClientPayloadError("wrong length")
        watch.reschedule(_from_now(silence))


def _from_now(seconds: float) -> float:
    """A moment by the event loop's own count, as its time-outs want it."""
    return asyncio.get_running_loop().time() + seconds


_ELSEWHERE = frozenset({"external", "tombstone", "hidden_by_limit"})
"""How Slack marks files whose bytes it doesn't have."""


def address_of(file: Mapping[str, Any]) -> str:
    """Where a file's bytes are, as Slack tells it; empty where it has none, or doesn't tell."""
    if file.get("mode") in _ELSEWHERE:
        return ""
    return str(file.get("url_private_download") or file.get("url_private") or "")


def share_of(file: Any, channel: str, thread_ts: str | None = None) -> str | None:
    """The `ts` under which a file object says that it is shown in `channel` (and thread)."""
    shares = file.get("shares") if isinstance(file, Mapping) else None
    if not isinstance(shares, Mapping):
        return None
    for share in _shares_in(shares.values(), channel):
        ts = share.get("ts")
        if isinstance(ts, str) and (thread_ts is None or share.get("thread_ts") == thread_ts):
            return ts
    return None


def _shares_in(visibilities: Iterable[Any], channel: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for channels in visibilities:
        there = channels.get(channel) if isinstance(channels, Mapping) else None
        found += [share for share in there or () if isinstance(share, Mapping)]
    return found


def _repeatable(error: Exception) -> errors.SlackError:
    """Bytes in a slot are seen by nobody: whatever broke, it may be done again."""
    if isinstance(error, NOT_SENT):
        return errors.Unreachable("Slack can't be reached.", code=type(error).__name__)
    return errors.no_answer(type(error).__name__, write=True, repeatable=True)


def _check_upload(answer: aiohttp.ClientResponse) -> None:
    if answer.status == 429:
        raise errors.throttled(pause_of(answer.headers))
    if answer.status != 200:
        raise errors.no_answer(f"http_{answer.status}", write=True, repeatable=True)


def _begins_at(answer: aiohttp.ClientResponse, start: int) -> int:
    """Which byte of the file comes first: Slack need not heed what was asked."""
    if answer.status == 200:
        return 0
    said = _CONTENT_RANGE.match(answer.headers.get("Content-Range", ""))
    if said is None or int(said[1]) > start:
        raise errors.Unreachable("Slack isn't handing out the file.", code="range")
    return int(said[1])


def _check_download(answer: aiohttp.ClientResponse, mimetype: str, limit: int) -> None:
    status = answer.status
    if status == 429:
        raise errors.throttled(pause_of(answer.headers))
    if status in (404, 410):
        raise errors.Pointless("This file is no longer in Slack.", code="file_not_found")
    if 300 <= status < 400 or status in (401, 403):
        raise errors.missing_scope("files:read", _SCOPE_WORDS)
    if status not in (200, 206):
        raise errors.Unreachable("Slack isn't handing out the file.", code=f"http_{status}")
    if answer.content_type == "text/html" and "html" not in mimetype.lower():
        raise errors.missing_scope("files:read", _SCOPE_WORDS)
    if answer.content_length is not None and answer.content_length > limit:
        raise TooLarge(limit, answer.content_length, exact=True)

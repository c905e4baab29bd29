"""A request as Telegram's server reads it: parameters in any form, files, and its HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import aiohttp
from aiohttp import web

from tests.networks.telegram.answers import Refused

_TAGS = frozenset({"b", "strong", "i", "em", "u", "s", "code", "pre", "a", "blockquote", "tg-spoiler"})


@dataclass(slots=True, kw_only=True)
class Upload:
    """A file of a request."""

    name: str
    mime: str
    size: int


@dataclass(slots=True)
class Asked:
    """A request as it came."""

    method: str
    values: dict[str, Any]
    files: dict[str, Upload] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


async def read(request: web.Request, method: str) -> Asked:
    """A request in any of the forms the API takes, its files counted and not kept."""
    asked = Asked(method, dict(request.query), headers=request.headers)
    if request.content_type == "multipart/form-data":
        reader = await request.multipart()
        async for part in reader:
            if not isinstance(part, aiohttp.BodyPartReader) or part.name is None:
                continue
            if part.filename is None:
                asked.values[part.name] = await part.text()
                continue
            mime = part.headers.get("Content-Type", "")
            asked.files[part.name] = Upload(name=part.filename, mime=mime, size=0)
            while chunk := await part.read_chunk(65_536):
                asked.files[part.name].size += len(chunk)
    elif request.content_type == "application/json":
        asked.values.update(await request.json())
    else:
        asked.values.update({name: str(value) for name, value in (await request.post()).items()})
    return asked


def check(kind: str, upload: Upload) -> None:
    if not upload.size:
        raise Refused(400, "Bad Request: file must be non-empty")
    if kind == "photo" and upload.size > 10_000_000:
        raise Refused(400, "Bad Request: too big file")
    if upload.size > 50_000_000:
        raise Refused(413, "Request Entity Too Large")


class _Html(HTMLParser):
    """Telegram's HTML: tags that are open at the end, or unknown, are refused."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in _TAGS:
            raise Refused(400, f'Bad Request: can\'t parse entities: unsupported start tag "{tag}"')
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise Refused(400, "Bad Request: can't parse entities: unexpected end tag")

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(words: str, mode: str | None) -> str:
    if mode is None:
        return words
    reader = _Html()
    reader.feed(words)
    reader.close()
    if reader.open:
        raise Refused(400, "Bad Request: can't parse entities: can't find end tag")
    return reader.text


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2

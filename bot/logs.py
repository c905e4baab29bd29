"""Logs: one JSON object a line, or a coloured line on a terminal; secrets never."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from secrets import token_hex
from typing import Any, TextIO

import structlog
from aiohttp import web

QUIET: Mapping[str, int] = {
    "slack_sdk": logging.INFO,  # at DEBUG it logs whole request bodies: customers' words
    "slack_bolt": logging.INFO,
    "aiohttp.access": logging.WARNING,
    "asyncio": logging.WARNING,
    "tortoise": logging.WARNING,  # at DEBUG: every statement with its values
    "aiosqlite": logging.INFO,
    "telegram": logging.INFO,  # at DEBUG: the token, and customers' words
    "httpx": logging.WARNING,  # at INFO: addresses, which hold Telegram's tokens
}
MEANT = ("As you gave `client` as well", "As `installation_store` or `authorize`")
"""What Bolt warns of at each start, though it is meant."""
MASK = "[secret]"

_TOKEN = re.compile(
    r"(?:xox[a-z]|xapp|xoxe\.xox[a-z])-[A-Za-z0-9-]+"
    r"|[0-9]{6,20}:[A-Za-z0-9_-]{30,60}"
    r"|(?<=Bearer )[^\s\"']+"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)
_SECRET_KEY = re.compile(r"token|secret|authorization|password|cookie", re.IGNORECASE)


def configure(level: str = "INFO", form: str = "auto", stream: TextIO | None = None) -> None:
    """Set up logging for the process; call once, first thing. `form`: auto, json or console."""
    out = stream or sys.stderr
    as_json = form == "json" or (form == "auto" and not out.isatty())
    shared = _shared()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    lines = logging.StreamHandler(out)
    lines.addFilter(lambda record: not str(record.msg).startswith(MEANT))
    lines.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                redact,
                structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [lines]
    root.setLevel(level)
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(max(least, root.level))


def redact(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: masks tokens wherever they stand and values whose key names a secret."""
    for key, value in event.items():
        event[key] = _clean(key, value)
    return event


def mask(text: str) -> str:
    """The text without Slack's and Telegram's tokens, bearer tokens and passwords of URLs."""
    return _TOKEN.sub(MASK, text)


@web.middleware
async def with_request_id(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Give each request an id that all its log lines carry."""
    with structlog.contextvars.bound_contextvars(request=token_hex(6)):
        return await handler(request)


def _clean(key: str, value: Any) -> Any:
    if _SECRET_KEY.search(key) and value:
        return MASK
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {name: _clean(str(name), each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean("", each) for each in value]
    return value if isinstance(value, int | float | None) else mask(repr(value))


def _shared() -> list[structlog.typing.Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]

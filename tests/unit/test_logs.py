"""Logs: their form, and that no secret reaches them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.logs import MASK, QUIET, configure, mask, with_request_id


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    levels = {name: logging.getLogger(name).level for name in QUIET}
    yield io.StringIO()
    root.handlers = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_one_json_object_a_line(stream: io.StringIO) -> None:
    configure("INFO", "json", stream)
    structlog.get_logger("desk.worker").info("settled", delivery=7, kind="part")
    logging.getLogger("handlers.webchat").warning("slow by %d ms", 30)
    first, second = lines(stream)
    assert (first["event"], first["delivery"], first["level"]) == ("settled", 7, "info")
    assert first["logger"] == "desk.worker"
    assert first["timestamp"].endswith("Z")
    assert (second["event"], second["level"]) == ("slow by 30 ms", "warning")


def test_not_on_a_terminal_it_is_json(stream: io.StringIO) -> None:
    configure("INFO", "auto", stream)
    structlog.get_logger("a").info("hello")
    assert lines(stream)[0]["event"] == "hello"


def test_a_console_line_for_people(stream: io.StringIO) -> None:
    configure("INFO", "console", stream)
    structlog.get_logger("a").info("hello", token="xoxb-1-2-canary")
    assert "hello" in stream.getvalue()
    assert "canary" not in stream.getvalue()


CANARY = "xoxb-1234-canary"


@pytest.mark.parametrize(
    "fields",
    [
        {"token": "canary"},
        {"bot_token": "canary"},
        {"headers": {"Authorization": "Bearer canary", "X": CANARY}},
        {"nested": [{"signing_secret": "canary"}]},
        {"url": "wss://x.example/?ticket=1", "error": f"failed with {CANARY}"},
        {"database": "postgres://me:canary@db/oratio"},
        {"thing": ValueError(CANARY)},
        {"request": "GET / Authorization: Bearer canary.x"},
        {"app": "xapp-1-A0-canary"},
        {"Cookie": "canary"},
    ],
)
def test_secrets_are_masked(stream: io.StringIO, fields: dict[str, Any]) -> None:
    configure("DEBUG", "json", stream)
    structlog.get_logger("a").info("hello", **fields)
    assert "canary" not in stream.getvalue()
    assert MASK in stream.getvalue()


def test_secrets_in_tracebacks_and_messages_are_masked(stream: io.StringIO) -> None:
    configure("INFO", "json", stream)
    try:
        raise RuntimeError(f"refused {CANARY}")
    except RuntimeError:
        logging.getLogger("slack_sdk.web").exception("call failed for %s", CANARY)
    assert "canary" not in stream.getvalue()
    assert "RuntimeError" in stream.getvalue()


def test_ordinary_values_stay(stream: io.StringIO) -> None:
    configure("INFO", "json", stream)
    structlog.get_logger("a").info(
        "hello", number=3, none=None, flag=True, ids=["C01", "U02"], empty_token=""
    )
    line = lines(stream)[0]
    assert (line["number"], line["none"], line["flag"], line["ids"]) == (3, None, True, ["C01", "U02"])
    assert (
        mask("#support at 10:30, https://shop.example.com/a@b")
        == "#support at 10:30, https://shop.example.com/a@b"
    )


def test_a_bots_token_is_masked_in_an_address_too() -> None:
    token = "6200990011:AAH-fake_token_of_the_tests_000000000"
    assert mask(f"POST https://api.telegram.org/bot{token}/sendMessage {token}") == (
        f"POST https://api.telegram.org/bot{MASK}/sendMessage {MASK}"
    )


def test_libraries_that_log_bodies_stay_at_info_even_when_we_debug(stream: io.StringIO) -> None:
    configure("DEBUG", "json", stream)
    logging.getLogger("slack_sdk.web.async_client").debug("a customer's words")
    logging.getLogger("slack_bolt.AsyncApp").debug("a customer's words")
    logging.getLogger("aiohttp.access").info("GET /webchat/shop/file/token")
    assert stream.getvalue() == ""


def test_what_is_meant_is_not_warned_of(stream: io.StringIO) -> None:
    configure("INFO", "json", stream)
    bolt = logging.getLogger("slack_bolt.AsyncApp")
    bolt.warning("As `installation_store` or `authorize` has been used, `token` will be ignored.")
    logging.getLogger("tortoise").info("Tortoise-ORM shutdown")
    bolt.warning("Unhandled request")
    assert [line["event"] for line in lines(stream)] == ["Unhandled request"]


async def test_lines_of_a_request_share_its_id(stream: io.StringIO) -> None:
    configure("INFO", "json", stream)

    async def handler(_request: web.Request) -> web.Response:
        structlog.get_logger("a").info("first")
        logging.getLogger("b").info("second")
        return web.Response()

    app = web.Application(middlewares=[with_request_id])
    app.router.add_get("/", handler)
    async with TestClient(TestServer(app)) as client:
        await client.get("/")
        await client.get("/")
    ids = [line.get("request") for line in lines(stream)]
    assert ids[0] == ids[1] != ids[2] == ids[3]
    assert all(ids)

"""`run` as a process: how it starts from what an operator writes, and how it ends when something is wrong."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from bot import database, manifest
from bot.app import Application
from bot.config import Config
from bot.exits import NO_SOCKET, DatabaseFault, PortTaken, SlackRefused, StartError
from desk.settings import AccountConfig
from sandbox import Sandbox
from tests.project.sources import ROOT
from tests.scenario.world import ANA, SUPPORT, configured, database_url
from tests.unit.test_cli import SETTINGS

PATIENCE = 60
FILE = f"""
[[accounts]]
network = "webchat"
name = "shop"
title = "Acme Shop"
channel = "{SUPPORT}"
agents = ["{ANA}"]
origins = ["https://shop.example.com"]
secret = "env:CHAT_SECRET"
"""
SHOP = AccountConfig(
    network="webchat",
    name="shop",
    title="Acme Shop",
    channel=SUPPORT,
    agents=(ANA,),
    options={"origins": ("*",), "secret": "0123456789abcdef"},
)


def slack(**app: object) -> Sandbox:
    return Sandbox(manifest=manifest.read(), seed={"app": app} if app else None)


def environ(slack: Sandbox, folder: Path, **more: str) -> dict[str, str]:
    (folder / "oratio.toml").write_text(FILE)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    return inherited | {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "ORATIO_CONFIG": str(folder / "oratio.toml"),
        "ORATIO_DATA": str(folder / "data"),
        "CHAT_SECRET": "0123456789abcdef",
        "PORT": "0",
        **more,
    }


async def oratio(given: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"),
        cwd=ROOT,
        env=given,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def running(given: dict[str, str]) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Oratio and the address it says it listens on; ended with SIGTERM."""
    child = await oratio(given)
    try:
        yield child, await asyncio.wait_for(_address(child), PATIENCE)
    finally:
        if child.returncode is None:
            child.send_signal(signal.SIGTERM)
        await asyncio.wait_for(child.communicate(), PATIENCE)


async def _address(child: asyncio.subprocess.Process) -> str:
    assert child.stderr is not None
    seen = []
    async for line in child.stderr:
        seen.append(line.decode())
        found = re.fullmatch(r"Oratio listens on (http://\S+)\n", seen[-1])
        if found:
            return found[1]
    raise AssertionError("it ended: " + "".join(seen))


async def ended(given: dict[str, str]) -> tuple[int, str]:
    """Run what cannot start: the exit code, and the one sentence on standard error."""
    child = await oratio(given)
    out, err = await asyncio.wait_for(child.communicate(), PATIENCE)
    assert out == b""
    assert child.returncode is not None
    words = err.decode()
    assert words.count("\n") == 1, words
    return child.returncode, words.removesuffix("\n")


async def get(url: str, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url + path) as answer:
        return answer.status, await answer.text()


@pytest.mark.parametrize("http", [False, True])
async def test_it_runs_from_what_an_operator_writes(tmp_path: Path, http: bool) -> None:
    async with slack(socket_mode=not http) as there:
        mode = {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": there.signing_secret} if http else {}
        async with running(environ(there, tmp_path, **mode)) as (child, url):
            assert await get(url, "/healthz") == (200, '{"alive": true}')
            assert (await get(url, "/readyz"))[0] == 200
            assert "oratio_outbox_depth" in (await get(url, "/metrics"))[1]
            assert "Acme Shop" in (await get(url, "/webchat/shop/widget.js"))[1]
            if http:
                there.request_url = f"{url}/slack/events"
                assert await there.verify_request_url()
            await there.until(lambda: any("arrive here" in m["text"] for m in there.messages(SUPPORT)))
            command = {"user": ANA, "channel": SUPPORT, "text": "/oratio help"}
            assert (await there.act("command", **command))["ok"], command
            await there.until(lambda: there.ephemerals(ANA))
        assert child.returncode == 0
    assert (tmp_path / "data" / "oratio.db").exists()


async def test_a_wrong_token_and_a_taken_port_end_it_with_one_sentence(tmp_path: Path) -> None:
    async with slack() as there:
        done, said = await ended(environ(there, tmp_path, SLACK_BOT_TOKEN="xoxb-canary"))
        assert done == 3
        assert said.startswith("Slack does not let Oratio in with SLACK_BOT_TOKEN: ")
        assert "canary" not in said
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            done, said = await ended(environ(there, tmp_path, PORT=port))
        assert done == 4
        assert said == f"Something listens on 127.0.0.1:{port} already: stop it, or set PORT to another port."


async def refused(config: Config, kind: type[StartError]) -> str:
    """Start in this process what cannot start: the sentence."""
    with pytest.raises(kind) as caught:
        async with Application(config):
            pass
    assert "canary" not in caught.value.words
    return caught.value.words


async def test_what_else_is_wrong_at_the_start_is_one_sentence(tmp_path: Path) -> None:
    url = database_url(tmp_path)
    async with slack() as there:
        good = configured(there, tmp_path, url, http=False)
        told = await refused(replace(good, app_token="xapp-canary"), SlackRefused)
        assert told == NO_SOCKET
        told = await refused(replace(good, slack_api_url="http://127.0.0.1:1/api/"), SlackRefused)
        assert told == "Slack could not be asked: Slack can't be reached."
        told = await refused(replace(good, host="203.0.113.9", port=81), PortTaken)
        assert told.startswith(
            "Oratio can't listen on 203.0.113.9:81: HOST must be an address of this machine"
        )
        away = replace(good, database_url="asyncpg://me:canary@127.0.0.1:1/oratio")
        told = await refused(away, DatabaseFault)
        assert told.startswith("The database 127.0.0.1:1/oratio cannot be used: ")
        async with Application(good):
            if database.is_sqlite(url):
                told = await refused(good, DatabaseFault)
                assert told.startswith("Another Oratio is using ")
    seed = {"team": {"id": "T0OTHER001", "name": "Other", "domain": "other"}}
    async with Sandbox(manifest=manifest.read(), seed=seed) as other:
        told = await refused(configured(other, tmp_path, url, http=False), SlackRefused)
    assert told == "This database belongs to the workspace Acme, but the token is one of Other."


@pytest.mark.parametrize(("wanted", "told_in"), [("#general", "C0GENERAL1"), ("#nowhere", SUPPORT)])
async def test_operators_are_told_in_their_channel_or_else_in_the_accounts_own(
    tmp_path: Path, wanted: str, told_in: str
) -> None:
    missing = replace(SHOP, name="lost", channel="#missing")
    async with slack() as there:
        config = configured(
            there, tmp_path, database_url(tmp_path), SHOP, missing, http=False, admin_channel=wanted
        )
        async with Application(config):
            await there.until(lambda: any("#missing" in str(m) for m in there.messages(told_in)))

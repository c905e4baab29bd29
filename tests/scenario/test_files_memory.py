"""A file of 100 MiB through the program, both ways: it is never in memory as a whole."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from desk.media import Spool
from sandbox import Sandbox
from tests.scenario.test_webchat_files import ORIGIN, Visitor
from tests.scenario.world import ANA, SUPPORT
from tests.torture.process import free_port

ROOT = Path(__file__).parent.parent.parent
SIZE = 100 * 1024 * 1024
MOST_ABOVE_IDLE = 40 * 1024 * 1024

CONFIG = f"""
undo_hold = 0
[[accounts]]
network = "webchat"
name = "shop"
title = "Acme Shop"
channel = "#support"
agents = ["{ANA}"]
origins = ["{ORIGIN}"]
secret = "env:CHAT_SECRET"
max_upload = {SIZE}
"""


@asynccontextmanager
async def program(folder: Path, slack: Sandbox) -> AsyncIterator[tuple[int, str]]:
    """The program as a process of its own: its pid and where it listens."""
    (folder / "oratio.toml").write_text(CONFIG)
    port = free_port()
    slack.request_url = f"http://127.0.0.1:{port}/slack/events"
    env = {
        **os.environ,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "SLACK_API_URL": slack.api_url,
        "ORATIO_CONFIG": str(folder / "oratio.toml"),
        "ORATIO_DATA": str(folder / "data"),
        "CHAT_SECRET": "s" * 32,
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot", "run", cwd=ROOT, env=env)
    try:
        await _listens(port)
        yield child.pid, f"http://127.0.0.1:{port}"
    finally:
        child.terminate()
        await child.wait()


async def _listens(port: int) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            return


def memory(pid: int, name: str) -> int:
    """`VmRSS` (now) or `VmHWM` (at most so far) in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


async def zeros(size: int) -> AsyncIterator[bytes]:
    for start in range(0, size, 262_144):
        yield bytes(min(262_144, size - start))


async def test_a_large_file_passes_both_ways_in_pieces(tmp_path: Path) -> None:
    assert max(await passes(tmp_path)) <= MOST_ABOVE_IDLE


async def passes(tmp_path: Path) -> tuple[int, int, int]:
    """The most memory above idle so far: once it came in, once it went out, once a link was used."""
    async with (
        Sandbox(manifest="app-manifest.yml", seed={"app": {"socket_mode": False}}) as slack,
        program(tmp_path, slack) as (pid, url),
        aiohttp.ClientSession() as http,
        http.post(f"{url}/webchat/shop/session", json={"v": 1}, headers={"Origin": ORIGIN}) as answer,
    ):
        visitor = Visitor(f"{url}/webchat/shop", http, (await answer.json())["token"])
        async with visitor.socket() as ws:
            await visitor.writes(ws, "Hello?")
            await slack.until(lambda: len(_threads(slack)) == 1 and len(_replies(slack)) == 2)
            idle = memory(pid, "VmRSS")

            upload_id = await _upload(visitor, http)
            await ws.send_json(
                {
                    "v": 1,
                    "type": "message.create",
                    "client_id": "the-large-one",
                    "files": [{"upload_id": upload_id}],
                }
            )
            await slack.until(lambda: any(m.get("files") for m in _replies(slack)), timeout=30)
            inward = memory(pid, "VmHWM") - idle
            file = next(m for m in _replies(slack) if m.get("files"))["files"][0]
            assert slack.file_path(file["id"]).stat().st_size == SIZE

            (thread,) = _threads(slack)
            large = {"name": "large.bin", "size": SIZE}
            await slack.act("say", user=ANA, channel=SUPPORT, thread_ts=thread, files=[large])
            (shown,) = await visitor.until(ws, 1)
            assert shown["files"][0]["size"] == SIZE
            assert await _fetched(http, url + shown["files"][0]["url"]) == SIZE
            outward = memory(pid, "VmHWM") - idle

            larger = {"name": "larger.bin", "size": SIZE + 10_000_000}
            await slack.act("say", user=ANA, channel=SUPPORT, thread_ts=thread, files=[larger])
            await slack.until(lambda: bool(slack.ephemerals(ANA)))
            pressed = {"channel": SUPPORT, "ts": slack.ephemerals(ANA)[0]["ts"], "action_id": "refusal.link"}
            await slack.act("press", user=ANA, **pressed)
            _, linked = await visitor.until(ws, 2)
            assert await _fetched(http, linked["text"].partition("): ")[2]) == SIZE + 10_000_000
            by_link = memory(pid, "VmHWM") - idle
    return inward, outward, by_link


def _threads(slack: Sandbox) -> list[str]:
    cards = [m for m in slack.messages(SUPPORT) if m.get("bot_id") and "New:" in (m.get("text") or "")]
    return [m["ts"] for m in cards]


def _replies(slack: Sandbox) -> list[dict[str, Any]]:
    (ts,) = _threads(slack)
    return [m for m in slack.messages(SUPPORT, ts) if m["ts"] != ts]


async def _fetched(http: aiohttp.ClientSession, url: str) -> int:
    async with http.get(url) as answer:
        assert answer.status == 200
        return sum([len(chunk) async for chunk in answer.content.iter_any()])


async def _upload(visitor: Visitor, http: aiohttp.ClientSession) -> str:
    form = aiohttp.MultipartWriter("form-data")
    part = form.append(zeros(SIZE))
    part.set_content_disposition("form-data", name="file", filename="large.bin")
    async with http.post(f"{visitor.url}/upload", data=form, headers=visitor.headers) as answer:
        assert answer.status == 200, await answer.text()
        return str((await answer.json())["upload_id"])


async def test_the_spool_holds_a_block_of_a_file_and_no_more(tmp_path: Path) -> None:
    """Whoever brings the bytes is asked for more only as fast as they are written."""
    spool = Spool(tmp_path, 10_000_000)
    on_disk: list[int] = []

    async def chunks() -> AsyncIterator[bytes]:
        for number in range(80):
            yield bytes(65_536)
            written = sum(path.stat().st_size for path in tmp_path.iterdir())
            on_disk.append((number + 1) * 65_536 - written)

    taken = await spool.take(chunks(), 10_000_000)
    assert max(on_disk) <= 1_048_576
    assert max([len(block) async for block in spool.open(taken.name)]) <= 524_288

"""`make demo` as a person runs it: one address, both sides, a clean end, and nothing forgotten."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import aiohttp

from bot.demo.guests import GUESTS
from tests.demo import PATIENCE, demo


async def frames(session: aiohttp.ClientSession, url: str) -> tuple[str, str]:
    """The addresses of the stand-in and of the widget, as the pages name them."""
    async with session.get(url) as answer:
        slack = re.search(r'<iframe src="(http[^"]+)"', await answer.text())
    async with session.get(url + "shop/") as answer:
        widget = re.search(r'src="(http[^"]+/widget\.js)"', await answer.text())
    assert slack
    assert widget
    return slack[1], widget[1]


async def test_the_demo_shows_both_sides_and_ends_cleanly(tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as session:
        async with demo(tmp_path) as (child, url):
            slack, widget = await frames(session, url)
            for address in (slack, widget):
                async with session.get(address) as answer:
                    assert answer.status == 200, address
            said = {"verb": "say", "user": "U0ANA00001", "channel": "C0GENERAL1", "text": "Good morning"}
            async with session.post(f"{slack}sandbox/act", json=said) as answer:
                assert (await answer.json())["ok"] is True
            names = [guest.name for guest in GUESTS]
            await _until_said(session, slack, "C0SUPPORT1", *names, "Assigned to* <@U0ANA00001>")
        assert child.returncode == 0
        assert await _refuses(session, slack)

        async with demo(tmp_path) as (_, url):
            slack, _ = await frames(session, url)
            await _until_said(session, slack, "C0GENERAL1", "Good morning")


async def _until_said(session: aiohttp.ClientSession, slack: str, channel: str, *words: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            async with session.get(f"{slack}sandbox/messages", params={"channel": channel}) as answer:
                said = json.dumps(await answer.json(), ensure_ascii=False)
            if all(each in said for each in words):
                return
            await asyncio.sleep(0.05)


async def _refuses(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url):
            return False
    except aiohttp.ClientConnectorError:
        return True

"""Every post there is, as it is drawn for one name: those too that no story here leads to."""

from __future__ import annotations

from pathlib import Path

import aiohttp
from playwright.async_api import Browser

from sandbox import Sandbox
from tests.browser.pictures.camera import Shot, take
from tests.scenario.world import ANA, SUPPORT
from tests.unit.surfaces import drawings

NAME = "Mia Krüger"
TOGETHER = 12
TALL = 2_400


async def show(browser: Browser, folder: Path) -> None:
    """Post them to a stand-in where nothing else happens; a picture for a dozen, `posts-01` and so on."""
    async with Sandbox(manifest="app-manifest.yml") as slack, aiohttp.ClientSession() as http:

        async def call(method: str, **values: object) -> None:
            headers = {"Authorization": f"Bearer {slack.bot_token}"}
            async with http.post(f"{slack.api_url}{method}", json=values, headers=headers) as answer:
                said = await answer.json()
            assert said["ok"], said

        await call("conversations.join", channel=SUPPORT)
        every = [drawing for _, drawing in drawings(NAME)]
        for number, start in enumerate(range(0, len(every), TOGETHER), start=1):
            for each in every[start : start + TOGETHER]:
                drawn = {"blocks": list(each.blocks), "attachments": list(each.attachments)}
                await call("chat.postMessage", channel=SUPPORT, text=each.text, **drawn)
            shot = Shot(
                name=f"posts-{number:02}",
                path=f"/?as={ANA}#{SUPPORT}",
                ready="#main article",
                height=TALL,
            )
            await take(browser, slack.url, [shot], folder)

"""Make the README's picture anew: `python -m tests.browser.picture` writes docs/images/demo.png.

The demo runs in a folder of its own, and what is seen is said in it as people say it.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Browser, FilePayload, expect
from rich.console import Console

from tests.browser.chromium import MOUSE, chromium
from tests.browser.sides import Sides, both_sides
from tests.demo import ROOT, demo

PICTURE = ROOT / "docs" / "images" / "demo.png"
LARGEST = 400_000
SCREEN = {
    "viewport": {"width": 1440, "height": 900},
    "locale": "en-GB",
    "timezone_id": "Europe/Zagreb",
    "color_scheme": "light",
    "reduced_motion": "reduce",
}

LAMP = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400" width="640" height="400">
<defs><radialGradient id="glow" cx=".5" cy=".42" r=".62">
<stop offset="0" stop-color="#ffe7a8"/><stop offset=".45" stop-color="#b98a4c"/>
<stop offset="1" stop-color="#3c342f"/></radialGradient></defs>
<rect width="640" height="400" fill="url(#glow)"/>
<rect y="318" width="640" height="82" fill="#5b3f29"/><rect y="318" width="640" height="5" fill="#7d5a3c"/>
<rect x="62" y="226" width="22" height="92" fill="#8c3f34"/>
<rect x="86" y="212" width="30" height="106" fill="#31596b"/>
<rect x="118" y="234" width="18" height="84" fill="#c9a24f"/>
<rect x="138" y="220" width="26" height="98" fill="#4d6b47"/>
<path d="M306 186h28v122h-28z" fill="#8a6239"/><path d="M262 304h116v14H262z" fill="#6b4a2b"/>
<path d="M236 190l36-108h96l36 108z" fill="#fff1c9"/>
<path d="M236 190l36-108h96l36 108z" fill="#2f6f4f" opacity=".55"/>
<path d="M230 190h180" stroke="#1f4d37" stroke-width="5"/>
<path d="M378 311c60 4 96-8 132-2s58 9 130 4" fill="none" stroke="#231a14" stroke-width="5"/>
<path d="M470 300h44v18h-44z" fill="#efe9dc"/></svg>"""


async def photograph(browser: Browser) -> bytes:
    """What the customer took a picture of."""
    page = await browser.new_page(viewport={"width": 640, "height": 400})
    await page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block }}</style>{LAMP}")
    taken = await page.screenshot()
    await page.close()
    return taken


async def converse(sides: Sides, photo: bytes) -> None:
    """A customer asks, Ana takes it and answers."""
    await sides.page.frame_locator("#shop iframe").locator("[data-customer]").click()
    await sides.open_chat()
    picture: FilePayload = {"name": "flicker.png", "mimeType": "image/png", "buffer": photo}
    await sides.chat("input[type=file]").set_input_files([picture])
    await expect(sides.chat(".chip.done")).to_have_count(1)
    await sides.write("Hi! My Moss lamp came today. When I dim it, it flickers 😕")
    await sides.find_card("My Moss lamp came today")
    await sides.press("conversation.assign_me")
    await expect(sides.card(".button.primary")).to_have_text("Assigned to Ana")
    await sides.open_thread()
    await expect(sides.written("Ana took this.")).to_be_visible()
    await answer(sides, "Hi Mia, sorry about that! Do you use the bulb from the box?")
    await sides.write("Yes, the one that came with it.")
    await expect(sides.written("Yes, the one that came with it.")).to_be_visible()
    await sides.say("note: the dimmer again, like last week")
    await sides.mark(sides.written("the dimmer again"), "memo")
    await answer(sides, "Then it is the dimmer. A new one leaves today, and nothing has to come back.")


async def answer(sides: Sides, text: str) -> None:
    await sides.say(text)
    await sides.mark(sides.written(text), "white_check_mark")
    await expect(sides.chat(".agent .text").last).to_have_text(text)


async def take(browser: Browser, url: str) -> bytes:
    """The page as it looks in the midst of work, with one more customer waiting."""
    async with both_sides(browser, url, **SCREEN) as sides:
        await converse(sides, await photograph(browser))
        async with both_sides(browser, url, **SCREEN) as other:
            await other.open_chat()
            await other.write("Do you ship the Harvest pendant to Croatia?")
            await expect(sides.slack("#main article").last).to_contain_text("Harvest pendant")
        await expect(sides.slack("#main article [data-open-thread]").last).to_contain_text("2 replies")
        await sides.page.mouse.move(720, 2)
        await sides.slack("#thread h2").click()
        return await sides.page.screenshot()


async def main() -> None:
    expect.set_options(timeout=30_000)
    console = Console()
    with tempfile.TemporaryDirectory() as folder, console.status("Saying what the picture shows …"):
        async with demo(Path(folder)) as (_, url), chromium(MOUSE) as browser:
            taken = await take(browser, url)
    if len(taken) > LARGEST:
        raise SystemExit(f"The picture has {len(taken)} bytes; at most {LARGEST} are wanted.")
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_bytes(taken)
    console.print(f"{PICTURE.relative_to(ROOT)}: {len(taken) // 1000} kB")


if __name__ == "__main__":
    asyncio.run(main())

"""The demo's page in the midst of work: the README's picture."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser, FilePayload, expect

from tests.browser.pictures.camera import LOOKS
from tests.browser.sides import Sides, both_sides
from tests.demo import demo

SCREEN = {**LOOKS, "viewport": {"width": 1440, "height": 900}}


async def take(browser: Browser, photo: bytes, path: Path, data: Path) -> None:
    """Run the demo in a folder of its own, say in it what people say, and keep the picture."""
    async with demo(data, "--empty") as (_, url), both_sides(browser, url, **SCREEN) as sides:
        await _converse(sides, photo)
        async with both_sides(browser, url, **SCREEN) as other:
            await other.open_chat()
            await other.write("Do you ship the Harvest pendant to Croatia?")
            await expect(sides.slack("#main article").last).to_contain_text("Harvest pendant")
        await expect(sides.slack("#main article [data-open-thread]").last).to_contain_text("2 replies")
        await expect(sides.card()).to_contain_text("Waiting for the customer", timeout=60_000)
        await sides.page.mouse.move(720, 2)
        await sides.slack("#thread h2").click()
        await sides.page.screenshot(path=path)


async def _converse(sides: Sides, photo: bytes) -> None:
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
    await _answer(sides, "Hi Mia, sorry about that! Do you use the bulb from the box?")
    await sides.write("Yes, the one that came with it.")
    await expect(sides.written("Yes, the one that came with it.")).to_be_visible()
    await sides.say("note: the dimmer again, like last week")
    await sides.mark(sides.written("the dimmer again"), "memo")
    await _answer(sides, "Then it is the dimmer. A new one leaves today, and nothing has to come back.")


async def _answer(sides: Sides, text: str) -> None:
    await sides.say(text)
    await sides.mark(sides.written(text), "white_check_mark")
    await expect(sides.chat(".agent .text").last).to_have_text(text)

"""Takes pictures of a page, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import PHONE

LOOKS: dict[str, Any] = {
    "locale": "en-GB",
    "timezone_id": "Europe/Zagreb",
    "color_scheme": "light",
    "reduced_motion": "reduce",
}
DESK: dict[str, Any] = {**LOOKS, "viewport": {"width": 1280, "height": 860}}
HAND: dict[str, Any] = {**LOOKS, **PHONE, "viewport": {"width": 375, "height": 760}, "device_scale_factor": 2}
SCREENS = {"desk": DESK, "phone": HAND}

KEEP_WHISPERS = "sessionStorage.setItem('sandbox.switched', 'picture')"
"""What only one person sees is gone after a reload, as in Slack; a first visit is none."""

CALL_IT = """() => {
  const call = () => {
    const all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (all.nextNode()) {
      const called = all.currentNode.data.replace(/\\bFake\\b/g, "Telegram");
      if (called !== all.currentNode.data) all.currentNode.data = called;
    }
  };
  call();
  new MutationObserver(call).observe(document.body, {childList: true, characterData: true, subtree: true});
}"""
"""The tests' made-up network, under a name that people know, also where the page is drawn anew."""

Step = Callable[[Page], Awaitable[None]]


async def nothing(_: Page) -> None:
    """No step before the picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One surface: `path` is opened, which shows `ready`; `step` goes on from there.

    `height`: of the page, where one screen is too little.
    """

    name: str
    path: str
    ready: str
    step: Step = nothing
    height: int = 0


async def take(browser: Browser, base: str, shots: list[Shot], folder: Path) -> None:
    """Write each surface as `{name}-desk.png` and `{name}-phone.png` into the folder."""
    for screen, values in SCREENS.items():
        context = await browser.new_context(**values)
        await context.add_init_script(KEEP_WHISPERS)
        for shot in shots:
            page = await context.new_page()
            if shot.height:
                await page.set_viewport_size({**values["viewport"], "height": shot.height})
            await page.goto(base + shot.path)
            await expect(page.locator(shot.ready).first).to_be_visible()
            await shot.step(page)
            await keep(page, folder / f"{shot.name}-{screen}.png")
            await page.close()
        await context.close()


async def keep(page: Page, path: Path) -> None:
    """The picture itself, once letters and images are there and nothing is hovered."""
    await page.mouse.move(2, 2)
    await page.evaluate("document.fonts.ready")
    await page.wait_for_function("[...document.images].every((image) => image.complete)")
    await page.evaluate(CALL_IT)
    await page.screenshot(path=path)

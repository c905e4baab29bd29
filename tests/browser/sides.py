"""Both sides of the demo's page, used as the customer and the team use them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, Locator, Page, expect

ANA, BEN, CHLOE, DORA = "U0ANA00001", "U0BEN00001", "U0CHLOE001", "U0DORA0001"
SUPPORT, GENERAL = "C0SUPPORT1", "C0GENERAL1"


@dataclass(slots=True, kw_only=True)
class Sides:
    """The demo's page in a browser of its own: a visitor nobody knows yet, and the team beside them."""

    page: Page
    problems: list[str] = field(default_factory=list)
    card_ts: str = ""

    # The customer's side.

    def chat(self, selector: str, **options: Any) -> Locator:
        """Something inside the widget."""
        return self.page.frame_locator("#shop iframe").locator(f"oratio-chat {selector}", **options)

    async def open_chat(self) -> None:
        await self.chat(".launcher").click()
        await expect(self.chat("textarea")).to_be_visible()

    async def write(self, text: str) -> None:
        """Write as the customer."""
        await self.chat("textarea").fill(text)
        await self.chat(".send").click()
        await expect(self.chat(".customer .bubble").last).to_contain_text(text)

    # The team's side.

    def slack(self, selector: str, **options: Any) -> Locator:
        """Something in the stand-in for Slack."""
        return self.page.frame_locator("#slack iframe").locator(selector, **options)

    async def be(self, user: str) -> None:
        """Go on as somebody else."""
        await self.slack("[data-acting-as]").click()
        await self.slack(f"[data-as={user}]").click()
        await expect(self.slack(f"body[data-ready] [data-acting-as={user}]")).to_be_visible()

    async def go(self, channel: str) -> None:
        await self.slack(f"a[data-channel={channel}]").click()
        await expect(self.slack(f"#main[data-drawn={channel}]")).to_be_visible()

    async def find_card(self, words: str) -> None:
        """Wait for the card that shows the customer's words; `card` is this one from then on."""
        card = self.slack("#main article", has_text=words)
        self.card_ts = await card.get_attribute("data-ts") or ""

    def card(self, selector: str = "") -> Locator:
        return self.slack(f'#main article[data-ts="{self.card_ts}"] {selector}')

    async def press(self, action: str, place: str = "#main") -> None:
        """Press what carries this action on the card, or in another place."""
        where = f'#main article[data-ts="{self.card_ts}"]' if place == "#main" else place
        await self.slack(f'{where} [data-action-id="{action}"]').click()

    async def open_thread(self) -> None:
        await self.card("[data-open-thread]").click()
        await expect(self.thread("textarea")).to_be_focused()

    def thread(self, selector: str) -> Locator:
        return self.slack(f"#thread {selector}")

    def written(self, text: str) -> Locator:
        """The reply in the open thread that says this; the card above quotes the customer's."""
        return self.thread("article + * ~ article:not([data-ephemeral])").filter(has_text=text)

    async def say(self, text: str, place: str = "#thread") -> None:
        """Write in the open thread, or in `#main`."""
        await self.slack(f"{place} textarea").fill(text)
        await self.slack(f"{place} textarea").press("Enter")

    async def menu(self, message: Locator, choice: str) -> None:
        """Choose something from a message's own menu; `choice` selects the item."""
        await message.hover()
        await message.locator("[data-tool=more]").click()
        await self.slack(f"[role=menuitem]{choice}").click()

    async def mark(self, message: Locator, name: str) -> None:
        """Wait for a mark on a message."""
        await expect(message.locator(f"[data-reaction={name}]")).to_be_visible()


@asynccontextmanager
async def both_sides(browser: Browser, url: str, **context: Any) -> AsyncIterator[Sides]:
    """The page, opened by somebody who was never there; fails on any error a script raised."""
    around = await browser.new_context(**context)
    page = await around.new_page()
    sides = Sides(page=page)
    page.on("pageerror", lambda error: sides.problems.append(str(error)))
    await page.goto(url)
    await expect(sides.slack("body[data-ready]")).to_be_attached()
    yield sides
    assert sides.problems == []
    await around.close()

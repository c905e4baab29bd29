"""What is pressed in the page before a picture is taken."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser.pictures.camera import Step

THREE_DOTS = "conversation.more"


def pressing(ts: str, action: str, then: str) -> Step:
    """Press something on the card; wait for what it opens."""

    async def step(page: Page) -> None:
        await page.locator(f'#main article[data-ts="{ts}"] [data-action-id="{action}"]').click()
        await expect(page.locator(then).first).to_be_visible()

    return step


def choosing(ts: str, option: str) -> Step:
    """Choose something behind the card's three dots, which opens a modal."""
    opened = pressing(ts, THREE_DOTS, "[role=menuitem]")

    async def step(page: Page) -> None:
        await opened(page)
        await page.locator(f"[role=menuitem][data-option^={option}]").click()
        await expect(page.locator(".modal")).to_be_visible()

    return step


async def message_menu(page: Page) -> None:
    """The menu of the thread's last message."""
    await page.locator("#thread .tool.more").last.dispatch_event("click")
    await expect(page.locator("[role=menuitem]").first).to_be_visible()


async def conversation_menu(page: Page) -> None:
    """The conversation's menu, from that message."""
    await message_menu(page)
    await page.locator("[data-shortcut=conversation_menu]").click()
    await expect(page.locator(".modal")).to_be_visible()


async def hand_over(page: Page) -> None:
    """Assign with a comment, from the conversation's menu."""
    await conversation_menu(page)
    await page.locator('.modal [data-action-id="conversation.hand_over"]').click()
    await expect(page.locator(".modal h2:text-is('Assign')")).to_be_visible()


async def to_the_top(page: Page) -> None:
    """The beginning of the thread."""
    await page.locator("#thread .scroller").evaluate("node => { node.scrollTop = 0 }")


def home_tab(name: str) -> Step:
    """Another tab of Home."""

    async def step(page: Page) -> None:
        await page.locator(f"[data-home=view] button:has-text('{name}')").first.click()
        await page.locator("[data-home=view] .button.primary", has_text=name).wait_for()

    return step


def command(words: str) -> Step:
    """Type a slash command into the channel's field; wait for the answer."""

    async def step(page: Page) -> None:
        await page.locator("#main textarea").fill(words)
        await page.locator("#main textarea").press("Enter")
        await expect(page.locator("#main article[data-ephemeral]").last).to_be_visible()

    return step

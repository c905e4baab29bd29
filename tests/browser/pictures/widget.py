"""What a customer sees of the website chat, in the demo's shop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import Browser, FilePayload, Locator, Page, expect
from tortoise.context import tortoise_test_context

from bot.demo.customer import MIA, vouched
from bot.demo.ports import next_free
from bot.demo.site import Addresses, Site
from models import VisitorFile
from networks.base import Author, OutboundPart
from networks.events import InboundMessage
from tests.browser.pictures.camera import SCREENS
from tests.demo import FIRST_PORT
from tests.networks.webchat.stage import IDENTIFY, MAX_UPLOAD, Stage, stage

GREETING = "Hello! Ask us anything about your order."
LINES = (
    "Thank you! Here is what I found:\n\n• the bulb is fine\n• the dimmer hums at 40 %\n"
    "• https://shop.example/parts/dimmer-7?colour=brass&fits=moss-table-lamp"
)
OFFER = (
    "We do, twice a week! Shall I add the pendant to the next parcel on Tuesday, "
    "or would you rather fetch it in the shop?"
)


@dataclass(slots=True, kw_only=True)
class Chat:
    """The widget on the shop's page, and the server it talks to."""

    stage: Stage
    page: Page
    photo: bytes
    answers: int = 0

    def inside(self, selector: str) -> Locator:
        return self.page.locator(f"oratio-chat {selector}")

    async def open(self) -> None:
        await self.inside(".launcher").click()
        await expect(self.inside(".panel")).to_be_visible()

    async def write(self, text: str, state: str = ".meta") -> None:
        await self.inside("textarea").fill(text)
        await self.inside(".send").click()
        await expect(self.inside(state).last).to_be_visible()

    async def attach(self, name: str, content: bytes, kind: str = "application/pdf") -> None:
        file: FilePayload = {"name": name, "mimeType": kind, "buffer": content}
        await self.inside("input[type=file]").set_input_files([file])

    def asked(self) -> InboundMessage:
        """What the customer wrote last."""
        return next(e for e in reversed(self.stage.told()) if isinstance(e, InboundMessage))

    async def answer(self, text: str, reply_to: str | None = None) -> None:
        self.answers += 1
        contact = self.asked().contact_id
        part = OutboundPart(
            idempotency_key=f"{contact}{self.answers}",
            contact_id=contact,
            text=text,
            author=Author(name="Ana Horvat"),
            reply_to=reply_to,
        )
        await self.stage.network.send(self.stage.account, part)


async def closed(chat: Chat) -> None:
    """The launcher alone."""


async def greeted(chat: Chat) -> None:
    await chat.open()


async def talk(chat: Chat) -> None:
    await chat.open()
    await chat.attach("flicker.png", chat.photo, "image/png")
    await expect(chat.inside(".chip.done")).to_have_count(1)
    await chat.write("Hi! My Moss lamp came today. When I dim it, it flickers 😕", ".meta.sent")
    await chat.answer("Hi Mia, sorry about that! Do you use the bulb from the box?")
    await chat.write(LINES, ".meta.sent")
    asked = chat.asked()
    await chat.answer(
        "Then it is the dimmer. A new one leaves today, and nothing has to come back.", asked.external_id
    )
    await expect(chat.inside(".agent .quote")).to_be_visible()
    await chat.inside(".agent .tool").last.click()
    await chat.page.get_by_role("button", name="React with 👍").click()
    await expect(chat.inside(".reactions")).to_be_visible()
    await chat.attach("invoice-4711.pdf", b"%PDF-1.7" + bytes(60_000))
    await expect(chat.inside(".chip.done")).to_have_count(1)
    await chat.write("Here is my invoice", ".meta.sent")
    await chat.stage.network.typing(chat.stage.account, asked.contact_id, True)
    await expect(chat.inside(".dots")).to_be_visible()


async def peek(chat: Chat) -> None:
    await chat.open()
    await chat.write("Do you ship to Split?", ".meta.sent")
    await chat.inside(".close:visible, .launcher:visible").first.click()
    await chat.answer(OFFER)
    await expect(chat.inside(".peek")).to_be_visible()


async def menu(chat: Chat) -> None:
    await chat.open()
    await chat.write("Helo, is anybody there?", ".meta.sent")
    await chat.inside(".customer .tool").click()
    await expect(chat.inside(".menu:visible")).to_be_visible()


async def palette(chat: Chat) -> None:
    await chat.open()
    await chat.write("Hello, is anybody there?", ".meta.sent")
    await chat.answer("Yes! How can I help?")
    await expect(chat.inside(".agent .text").last).to_have_text("Yes! How can I help?")
    await chat.inside(".agent .tool").last.click()
    await expect(chat.inside(".menu:visible")).to_be_visible()


async def editing(chat: Chat) -> None:
    await menu(chat)
    await chat.page.get_by_role("button", name="Edit", exact=True).click()
    await expect(chat.inside(".editing")).to_be_visible()


async def removing(chat: Chat) -> None:
    await menu(chat)
    await chat.page.get_by_role("button", name="Delete", exact=True).click()
    await expect(chat.inside(".bubble.gone")).to_be_visible()


async def offline(chat: Chat) -> None:
    await chat.open()
    await chat.write("Hello?", ".meta.sent")
    await chat.page.context.set_offline(True)
    await chat.write("Are you there?")
    await expect(chat.inside(".notice")).to_be_visible()


async def refused(chat: Chat) -> None:
    await chat.open()
    await chat.write("Hello?", ".meta.sent")
    await chat.attach("holiday-film-from-the-lake.mov", bytes(MAX_UPLOAD + 70_000), "video/quicktime")
    await expect(chat.inside(".alert")).to_be_visible()


async def files(chat: Chat) -> None:
    await chat.open()
    await chat.attach("flicker.png", chat.photo, "image/png")
    await chat.attach("a-very-long-name-of-an-invoice-from-last-year-2025-11-04.pdf", bytes(90_000))
    await expect(chat.inside(".chip.done")).to_have_count(2)
    await chat.inside("textarea").fill(
        "Two files: the lamp as it flickers, and the invoice it came with. I hope this is enough to find it!"
    )


async def failed(chat: Chat) -> None:
    await chat.open()
    await chat.write("Hello?", ".meta.sent")
    await chat.attach("invoice-4711.pdf", b"%PDF-1.7" + bytes(60_000))
    await expect(chat.inside(".chip.done")).to_have_count(1)
    await VisitorFile.filter(sent=False).delete()  # as if it lay there for a day
    await chat.write("Here is my invoice", ".meta.failed")


async def long(chat: Chat) -> None:
    await chat.open()
    await chat.inside("textarea").fill("word " * 1_605)
    await expect(chat.inside(".count")).to_be_visible()


Scene = Callable[[Chat], Awaitable[None]]

SCENES: dict[str, Scene] = {
    f"widget-{scene.__name__}": scene
    for scene in (
        closed,
        greeted,
        talk,
        peek,
        menu,
        palette,
        editing,
        removing,
        offline,
        refused,
        failed,
        files,
        long,
    )
}


@asynccontextmanager
async def _shop(folder: Path) -> AsyncIterator[tuple[Stage, str]]:
    port = next_free(FIRST_PORT)
    origin = f"http://127.0.0.1:{port}"
    async with (
        tortoise_test_context(["models"]),
        stage(folder, origins=(origin,), greeting=GREETING) as made,
        Site(Addresses(slack=origin, oratio=made.url), vouched(MIA, IDENTIFY), port=port),
    ):
        yield made, f"{origin}/shop/"


async def take(browser: Browser, photo: bytes, scenes: dict[str, Scene], folder: Path, place: Path) -> None:
    """Write these states of the widget into the folder, on both screens."""
    async with _shop(place) as (made, url):
        made.clock.at = datetime.now(UTC)
        for name, scene in scenes.items():
            for screen, values in SCREENS.items():
                context = await browser.new_context(**values)
                page = await context.new_page()
                await page.goto(url)
                chat = Chat(stage=made, page=page, photo=photo)
                await expect(chat.inside(".launcher")).to_be_visible()
                await scene(chat)
                await page.screenshot(path=folder / f"{name}-{screen}.png")
                await context.close()

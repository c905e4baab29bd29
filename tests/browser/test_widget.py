"""The widget in a real browser, on a page of another origin than Oratio's server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Locator, Page, expect
from tortoise.context import tortoise_test_context

from networks.base import Author, OutboundPart
from networks.events import InboundEdit, InboundMessage, ProfileChanged
from tests.browser.chromium import PHONE, chromium, needs_chromium
from tests.networks.webchat.stage import MAX_UPLOAD, Stage, stage

pytestmark = [needs_chromium, pytest.mark.asyncio(loop_scope="module")]

PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>A shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>* { color: red !important; font-size: 40px } button { display: none }</style></head>
<body><p>Lamps</p><a href="#">A link</a><script src="SCRIPT" async ATTRIBUTES></script></body></html>"""


@dataclass(slots=True, kw_only=True)
class Shop:
    """A page with the widget, and the server it talks to."""

    stage: Stage
    page: Page
    url: str

    def inside(self, selector: str) -> Locator:
        return self.page.locator(f"oratio-chat {selector}")

    async def open(self) -> None:
        await self.inside(".launcher").click()
        await expect(self.inside(".panel")).to_be_visible()

    async def write(self, text: str) -> None:
        await self.inside("textarea").fill(text)
        await self.page.keyboard.press("Enter")

    async def answer(self, text: str, key: str = "d1") -> str:
        contact = next(e for e in reversed(self.stage.told()) if isinstance(e, InboundMessage)).contact_id
        part = OutboundPart(
            idempotency_key=key, contact_id=contact, text=text, author=Author(name="Ana Horvat")
        )
        return (await self.stage.network.send(self.stage.account, part)).external_id


@asynccontextmanager
async def page_server() -> AsyncIterator[tuple[str, dict[str, str]]]:
    """A site of another origin; what it serves is changed by the test."""
    served = {"page": PAGE}

    async def home(request: web.Request) -> web.Response:
        return web.Response(text=served["page"], content_type="text/html")

    app = web.Application()
    app.router.add_get("/", home)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", served
    finally:
        await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as launched:
        yield launched


@asynccontextmanager
async def opened(
    browser: Browser, folder: Path, *, attributes: str = "", **context: Any
) -> AsyncIterator[Shop]:
    async with (
        page_server() as (url, served),
        tortoise_test_context(["models"]),
        stage(folder, origins=(url,)) as made,
    ):
        script = f"{made.url}/webchat/shop/widget.js"
        served["page"] = PAGE.replace("SCRIPT", script).replace("ATTRIBUTES", attributes)
        around = await browser.new_context(**context)
        page = await around.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto(url)
        await expect(page.locator("oratio-chat .launcher")).to_be_visible()
        yield Shop(stage=made, page=page, url=url)
        assert problems == []
        await around.close()


@pytest_asyncio.fixture(loop_scope="module")
async def shop(browser: Browser, tmp_path: Path) -> AsyncIterator[Shop]:
    async with opened(browser, tmp_path) as made:
        yield made


async def test_a_conversation_by_keyboard_alone(shop: Shop) -> None:
    keys = shop.page.keyboard
    await keys.press("Tab")
    await keys.press("Tab")
    await keys.press("Enter")
    await expect(shop.inside("textarea")).to_be_focused()
    await keys.type("Hello, is anybody there?")
    await keys.press("Shift+Enter")
    await keys.type("My lamp flickers.")
    await keys.press("Enter")
    await expect(shop.inside(".meta.sent")).to_contain_text("Sent")
    await shop.answer("Hi! Which one is it?")
    await expect(shop.inside(".row.agent .who").last).to_have_text("Ana Horvat")
    await expect(shop.inside(".subtitle")).to_have_text("Ana Horvat is answering you")
    for _ in range(12):
        await keys.press("Tab")
        assert await shop.page.evaluate("document.activeElement.localName") == "oratio-chat"
    await keys.press("Escape")
    await expect(shop.inside(".panel")).to_be_hidden()
    await expect(shop.inside(".launcher")).to_be_focused()
    (event,) = [e for e in shop.stage.told() if isinstance(e, InboundMessage)]
    assert event.text == "Hello, is anybody there?\nMy lamp flickers."
    assert event.profile is not None
    assert f"A shop ({shop.url}/)" in [each.value for each in event.profile.fields]


async def test_what_readers_are_told(shop: Shop) -> None:
    await expect(shop.page.get_by_role("button", name="Open chat")).to_be_visible()
    await shop.open()
    panel = shop.page.get_by_role("dialog", name="Acme Shop")
    await expect(panel).to_be_visible()
    for name in ("Close chat", "Attach a file", "Send"):
        await expect(panel.get_by_role("button", name=name)).to_be_visible()
    await expect(panel.get_by_role("textbox", name="Write a message …")).to_be_visible()
    await shop.write("Hello")
    await expect(shop.inside(".meta.sent")).to_be_visible()
    await expect(panel.get_by_role("log")).to_have_attribute("aria-live", "polite")


async def test_the_history_is_there_after_a_reload(shop: Shop) -> None:
    await shop.open()
    await shop.write("Hello")
    await expect(shop.inside(".meta.sent")).to_be_visible()
    await shop.page.keyboard.press("Escape")
    await shop.answer("Here I am")
    await expect(shop.inside(".badge")).to_have_text("1")
    await shop.page.reload()
    await expect(shop.inside(".peek")).to_contain_text("Here I am")
    await shop.inside(".peek").click()
    await expect(shop.inside(".badge")).to_be_hidden()
    await expect(shop.inside(".row:not(.dots) .bubble")).to_have_text(
        ["Hello </script><b>!", "Hello", "Here I am"]
    )


async def test_words_are_only_words_and_addresses_are_links(shop: Shop) -> None:
    await shop.open()
    await shop.write("<img src=x onerror=alert(1)>")
    await expect(shop.inside(".meta.sent")).to_be_visible()
    await shop.answer("See (https://shop.example/a_b?c=1&d=2), or javascript:alert(1) <b>now</b>.")
    links = shop.inside(".text a")
    await expect(links).to_have_count(1)
    await expect(links).to_have_attribute("href", "https://shop.example/a_b?c=1&d=2")
    await expect(links).to_have_attribute("rel", "noopener noreferrer nofollow ugc")
    await expect(shop.inside(".text img, .text b")).to_have_count(0)


async def test_what_was_written_without_a_connection_goes_out_once_when_it_is_back(
    browser: Browser, tmp_path: Path
) -> None:
    async with page_server() as (url, served), tortoise_test_context(["models"]):
        async with stage(tmp_path, origins=(url,)) as before:
            port = int(before.url.rpartition(":")[2])
            served["page"] = PAGE.replace("SCRIPT", f"{before.url}/webchat/shop/widget.js")
            page = await browser.new_page()
            await page.goto(url)
            shop = Shop(stage=before, page=page, url=url)
            await shop.open()
            await shop.write("One")
            await expect(shop.inside(".meta.sent")).to_be_visible()
        await shop.write("Two")
        await shop.write("Three")
        await expect(shop.inside(".notice")).to_have_text("Reconnecting …")
        await expect(shop.inside(".meta.sending")).to_be_visible()
        async with stage(tmp_path, origins=(url,), port=port) as after:
            await expect(shop.inside(".meta.sent")).to_be_visible(timeout=20_000)
            await expect(shop.inside(".notice")).to_be_hidden()
            await expect(shop.inside(".customer .bubble")).to_have_text(["One", "Two", "Three"])
            assert [e.text for e in after.told() if isinstance(e, InboundMessage)] == ["Two", "Three"]


async def test_what_was_not_acknowledged_survives_a_reload(shop: Shop) -> None:
    await shop.open()
    await shop.write("One")
    await expect(shop.inside(".meta.sent")).to_be_visible()
    shop.stage.failing = 1
    await shop.write("Two")
    await expect(shop.inside(".meta.sending")).to_be_visible()
    await shop.page.reload()
    await shop.open()
    await expect(shop.inside(".customer .bubble")).to_have_text(["One", "Two"])
    await expect(shop.inside(".meta.sent")).to_be_visible()
    assert [e.text for e in shop.stage.told() if isinstance(e, InboundMessage)] == ["One", "Two"]


async def test_files_are_shown_uploaded_and_can_be_removed(shop: Shop) -> None:
    await shop.open()
    picker = shop.inside("input[type=file]")
    await picker.set_input_files(
        [
            {"name": "note.txt", "mimeType": "text/plain", "buffer": b"hello"},
            {"name": "other.png", "mimeType": "image/png", "buffer": b"no picture"},
        ]
    )
    await expect(shop.inside(".chip.done")).to_have_count(2)
    await expect(shop.inside(".chip .file-icon")).to_have_count(2)
    await shop.page.get_by_role("button", name="Remove other.png").click()
    await expect(shop.inside(".chip")).to_have_count(1)
    await picker.set_input_files({"name": "big.bin", "mimeType": "", "buffer": b"x" * (MAX_UPLOAD + 1)})
    await expect(shop.inside(".alert")).to_contain_text(
        "big.bin is just over 100 KB, the most a file may have."
    )
    await shop.inside(".send").click()
    await expect(shop.inside(".meta.sent")).to_be_visible()
    await expect(shop.inside(".customer .file-name")).to_have_text("note.txt")
    (event,) = shop.stage.told()
    assert isinstance(event, InboundMessage)
    assert [(a.name, a.size) for a in event.attachments] == [("note.txt", 5)]


async def test_own_words_can_be_edited_deleted_and_answers_reacted_to(shop: Shop) -> None:
    await shop.open()
    await shop.write("Helo")
    await expect(shop.inside(".meta.sent")).to_be_visible()
    await shop.inside(".customer .tool").focus()
    await shop.page.keyboard.press("Enter")
    await shop.page.get_by_role("button", name="Edit", exact=True).press("Enter")
    await shop.inside("textarea").fill("Hello")
    await shop.page.keyboard.press("Enter")
    await expect(shop.inside(".customer .meta")).to_contain_text("edited")
    await shop.answer("Hi!")
    await shop.inside(".agent .tool").click()
    await shop.page.get_by_role("button", name="React with 👍").click()
    await expect(shop.inside(".reactions")).to_have_text("👍")
    await shop.inside(".customer .tool").click()
    await shop.page.get_by_role("button", name="Delete", exact=True).click()
    await expect(shop.inside(".customer .bubble")).to_have_text("This message was deleted.")
    await shop.page.reload()
    await shop.open()
    await expect(shop.inside(".customer .bubble")).to_have_text("This message was deleted.")
    await expect(shop.inside(".reactions")).to_have_text("👍")
    assert [e.text for e in shop.stage.told() if isinstance(e, InboundEdit)] == ["Hello"]


async def test_typing_and_read_are_seen(shop: Shop) -> None:
    await shop.open()
    await shop.write("Hello")
    await expect(shop.inside(".meta.sent")).to_be_visible()
    (event,) = shop.stage.told()
    assert isinstance(event, InboundMessage)
    network, account = shop.stage.network, shop.stage.account
    await network.typing(account, event.contact_id, True)
    await expect(shop.inside(".dots")).to_be_visible()
    await network.mark_read(account, event.contact_id, event.external_id, "r1")
    await expect(shop.inside(".meta.read")).to_contain_text("Read")
    await network.typing(account, event.contact_id, False)
    await expect(shop.inside(".dots")).to_be_hidden()


async def test_the_page_can_say_who_is_signed_in_and_that_they_left(shop: Shop) -> None:
    await shop.open()
    await shop.write("Hello")
    await expect(shop.inside(".meta.sent")).to_be_visible()
    await shop.page.evaluate(
        "OratioChat.identify({user_id: '1', name: 'Mia Krüger', attributes: {plan: 'gold'}})"
    )
    (changed,) = [e for e in shop.stage.told() if isinstance(e, ProfileChanged)]
    assert changed.profile.name == "Mia Krüger"
    await shop.answer("Hi Mia!")
    await expect(shop.inside(".subtitle")).to_have_text("Ana Horvat is answering you")
    await shop.page.evaluate("OratioChat.forget()")
    await expect(shop.inside(".customer .bubble, .agent .who")).to_have_count(1)  # the greeting's
    await expect(shop.inside(".subtitle")).to_have_text("We answer right here")
    await shop.write("Somebody else")
    await expect(shop.inside(".meta.sent")).to_be_visible()
    assert len({e.contact_id for e in shop.stage.told()}) == 2


async def test_the_page_and_the_chat_keep_out_of_each_others_looks(shop: Shop) -> None:
    await shop.open()
    size = await shop.inside("textarea").evaluate("node => getComputedStyle(node).fontSize")
    colour = await shop.inside(".greeting, .agent .bubble").first.evaluate(
        "node => getComputedStyle(node).color"
    )
    assert size == "15px"
    assert colour != "rgb(255, 0, 0)"


async def test_it_fits_a_phone(browser: Browser, tmp_path: Path) -> None:
    async with opened(browser, tmp_path, **PHONE) as shop:
        await shop.open()
        box = await shop.inside(".panel").bounding_box()
        assert box == {"x": 0, "y": 0, "width": 375, "height": 667}
        await shop.inside("textarea").fill("x" * 300)
        await shop.inside(".send").tap()
        await expect(shop.inside(".meta.sent")).to_be_visible()
        wide = await shop.inside(".log").evaluate("node => node.scrollWidth > node.clientWidth")
        assert not wide
        for name in ("Attach a file", "Send", "Close chat"):
            button = await shop.page.get_by_role("button", name=name, exact=True).last.bounding_box()
            assert button is not None
            assert min(button["width"], button["height"]) >= 40


async def test_the_script_tag_can_open_it_and_say_who_is_signed_in(browser: Browser, tmp_path: Path) -> None:
    said = (
        'data-open="true" data-position="left" data-user-id="1" data-name="Mia" data-email="mia@example.org"'
    )
    async with opened(browser, tmp_path, attributes=said) as shop:
        await expect(shop.inside(".frame.left .panel")).to_be_visible()
        await shop.write("Hello")
        await expect(shop.inside(".meta.sent")).to_be_visible()
        message = shop.stage.told()[-1]
        assert isinstance(message, InboundMessage)
        assert message.profile is not None
        assert message.profile.name == "Mia"


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    expect.set_options(timeout=10_000)
    yield

"""The demo as a person meets it: the customer and the team on one page, each doing their part."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, Locator, expect

from tests.browser.chromium import MOUSE, PHONE, chromium, needs_chromium
from tests.browser.sides import ANA, BEN, CHLOE, DORA, GENERAL, SUPPORT, Sides, both_sides
from tests.demo import demo
from tests.samples import PDF

pytestmark = [needs_chromium, pytest.mark.asyncio(loop_scope="module")]

DESKTOP = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}


@pytest.fixture(scope="module", autouse=True)
def _patience() -> Iterator[None]:
    expect.set_options(timeout=20_000)
    yield


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    async with demo(tmp_path_factory.mktemp("demo"), "--empty") as (_, address):
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium(MOUSE) as launched:
        yield launched


@pytest_asyncio.fixture(loop_scope="module")
async def sides(browser: Browser, url: str) -> AsyncIterator[Sides]:
    async with both_sides(browser, url, **DESKTOP) as opened:
        yield opened


def png(name: str, colour: tuple[int, int, int]) -> FilePayload:
    """A real picture of one colour."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", 64, 48, 8, 2, 0, 0, 0)
    rows = (b"\0" + bytes(colour) * 64) * 48
    drawn = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return {"name": name, "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n" + b"".join(drawn)}


async def shows(picture: Locator) -> None:
    """Wait until a picture is not only there but drawn."""
    await picture.scroll_into_view_if_needed()
    await expect(picture).to_be_visible()
    await expect(picture).to_have_js_property("naturalWidth", 64)


async def downloaded(sides: Sides, link: Locator) -> bytes:
    async with sides.page.expect_download() as started:
        await link.click()
    return Path(await (await started.value).path()).read_bytes()


async def taken(sides: Sides, words: str) -> None:
    """Let a customer write these words and Ana take them, with the thread open and complete: whoever
    is mentioned in it afterwards hears of all that still comes."""
    await sides.open_chat()
    await sides.write(words)
    await sides.find_card(words)
    await expect(sides.card()).to_contain_text("Unassigned")
    await sides.press("conversation.assign_me")
    await expect(sides.card(".button.primary")).to_have_text("Assigned to Ana")
    await sides.open_thread()
    await expect(sides.thread(".attachment").first).to_be_visible()
    await expect(sides.written(words).first).to_be_visible()
    await expect(sides.written("Ana took this.")).to_be_visible()


async def test_the_main_job_from_the_first_word_to_the_last(sides: Sides) -> None:
    await taken(sides, "My Moss lamp flickers")
    await expect(sides.chat(".customer .meta").last).to_contain_text("Read")
    profile = sides.thread(".attachment").first
    await expect(profile).to_contain_text("Acme Shop · Lamps")
    bar = await profile.evaluate("node => getComputedStyle(node, '::before').backgroundColor")
    assert bar == "rgb(47, 111, 79)"

    await sides.thread("input[type=file]").set_input_files(
        [
            png("wiring.png", (240, 90, 40)),
            {"name": "guide.pdf", "mimeType": "application/pdf", "buffer": PDF},
        ]
    )
    await expect(sides.thread(".chip.arrived")).to_have_count(2)
    await sides.say("This is how the dimmer is wired")
    await expect(sides.chat(".dots")).to_be_visible()
    await sides.chat("input[type=file]").set_input_files([png("lamp.png", (40, 90, 240))])
    await expect(sides.chat(".chip.done")).to_have_count(1)
    await sides.write("And this is my lamp")
    await shows(sides.written("And this is my lamp").locator("img[src*=lamp]"))

    await sides.mark(sides.written("This is how the dimmer"), "white_check_mark")
    await expect(sides.chat(".agent .who").last).to_have_text("Ana")
    await expect(sides.chat(".subtitle")).to_have_text("Ana is answering you")
    await expect(sides.chat(".agent .text").last).to_have_text("This is how the dimmer is wired")
    await shows(sides.chat(".agent img[src*=wiring], .agent .picture img").last)
    assert await downloaded(sides, sides.chat(".agent a", has_text="guide.pdf")) == PDF
    assert await downloaded(sides, sides.thread(".file-card")) == PDF

    await sides.say("Is it better now?")
    await sides.mark(sides.written("Is it better now?"), "white_check_mark")
    await sides.press("conversation.close")
    await expect(sides.card()).to_contain_text("Closed by @Ana")
    shop = next(frame for frame in sides.page.frames if "/shop/" in frame.url)
    await shop.goto(shop.url)
    await sides.open_chat()
    for said in ("My Moss lamp flickers", "And this is my lamp", "Is it better now?"):
        await expect(sides.chat(".bubble", has_text=said)).to_be_visible()
    await sides.write("Yes, thank you!")
    await expect(sides.written("wrote again, so this is open again")).to_be_visible()
    await expect(sides.card()).to_contain_text("Yes, thank you!")
    await expect(sides.card(".button.primary")).to_have_text("Assigned to Ana")


async def test_what_stays_inside_and_who_hears_of_it(sides: Sides) -> None:
    await taken(sides, "Do you ship to Split?")
    await sides.say("Note: I think we do")
    await sides.mark(sides.written("Note: I think we do"), "memo")
    await sides.thread("textarea").press_sequentially("Could @chl")
    await sides.slack("[data-suggestion=Chloe]").click()
    await sides.thread("textarea").press_sequentially("confirm?")
    await sides.thread("textarea").press("Enter")
    await sides.mark(sides.written("Could @Chloe confirm?"), "memo")
    whisper = sides.thread("[data-ephemeral]")
    await expect(whisper).to_contain_text("Kept as a note, because you mentioned @Chloe.")
    await expect(whisper.get_by_role("button")).to_have_text(["Send, no mention"])

    await sides.press("conversation.assign_to")
    await sides.slack("[data-select-search]").fill("chl")
    await expect(sides.slack("[data-option]")).to_have_count(1)
    await sides.slack(f"[data-option={CHLOE}]").click()
    await expect(sides.written("Ana handed this to @Chloe.")).to_be_visible()
    await sides.say("We do, twice a week")
    await expect(whisper.last).to_contain_text("Kept as a note: this is Chloe's conversation.")
    await expect(sides.chat(".row.agent .text")).to_have_count(0)

    await sides.go(GENERAL)
    await sides.be(CHLOE)
    threads, activity = sides.slack("[data-place=threads]"), sides.slack("[data-place=activity]")
    await expect(threads.locator(".badge")).to_have_text("2")
    await expect(activity.locator(".badge")).to_have_text("3")
    await activity.click()
    await expect(sides.slack("[data-notification]").first).to_contain_text("We do, twice a week")
    await sides.slack("[data-notification]").first.click()
    await expect(sides.written("We do, twice a week")).to_be_visible()
    await expect(sides.slack("#sidebar .badge")).to_have_count(0)
    await expect(whisper).to_have_count(0)
    await sides.be(ANA)
    await expect(whisper).to_have_count(2)
    await sides.page.reload()
    await sides.open_thread()
    await expect(sides.written("We do, twice a week")).to_be_visible()
    await expect(whisper).to_have_count(0)

    await sides.be(DORA)
    await sides.go(SUPPORT)
    await sides.slack(f"[data-join={SUPPORT}]").click()
    await sides.press("conversation.release")
    await expect(sides.slack("[data-confirm-dialog]")).to_contain_text("Move back to Unassigned?")
    await sides.slack("[data-confirm=yes]").click()
    await sides.card("[data-open-thread]").click()
    await expect(whisper.last).to_contain_text("Only the support team can do this.")
    await sides.say("May I help?")
    await sides.mark(sides.written("May I help?"), "memo")
    await expect(sides.card(".button.primary")).to_have_text("Assigned to Chloe")


async def test_menus_modals_commands_and_the_small_things(sides: Sides) -> None:
    await taken(sides, "How warm is the light?")
    modal = sides.slack(".modal")
    for item, words in (("files", "Documents up to"), ("profile", "Time zone")):
        await sides.press("conversation.more")
        await sides.slack(f"[role=menuitem][data-option^={item}]").click()
        await expect(modal).to_contain_text(words)
        await sides.page.keyboard.press("Escape")
        await expect(modal).to_have_count(0)

    await sides.say("It is 2700 kelvin")
    reply = sides.written("It is 27")
    await sides.menu(reply, "[data-menu=edit]")
    await sides.slack("[data-edit-input]").fill("It is 2700 K, dimmable")
    await sides.page.keyboard.press("Enter")
    await expect(reply.locator(".edited")).to_be_visible()
    await sides.menu(reply, "[data-menu=react]")
    await sides.slack("[data-emoji=tada]").click()
    await expect(reply.locator("[data-reaction=tada].mine")).to_be_visible()
    await reply.locator("[data-reaction=tada]").click()
    await expect(reply.locator("[data-reaction=tada]")).to_have_count(0)
    await sides.say("Oh, wrong window")
    await sides.menu(sides.written("Oh, wrong window"), "[data-menu=delete]")
    await sides.slack("[data-confirm=yes]").click()
    await expect(sides.written("Oh, wrong window")).to_have_count(0)
    await sides.mark(reply, "white_check_mark")
    await expect(sides.chat(".row.agent .text")).to_have_text(["It is 2700 K, dimmable"])

    await sides.menu(reply, "[data-menu=shortcut][data-shortcut=conversation_menu]")
    await modal.locator('[data-action-id="conversation.hand_over"]').click()
    await expect(modal.locator("h2")).to_have_text("Assign")
    await modal.locator(".select").click()
    await sides.slack(f"[data-option={BEN}]").click()
    await expect(modal.locator(".select")).not_to_have_class(re.compile("empty"))
    await modal.locator("textarea, input.field").fill("Is Tuesday right?")
    await modal.locator("[data-view-submit]").click()
    await expect(modal).to_have_count(0)
    await expect(sides.written("Ana handed this to @Ben: “Is Tuesday right?”")).to_be_visible()

    await sides.say("/inbox")
    refused = sides.slack(".toast.refusal")
    await expect(refused.last).to_contain_text("/inbox is not supported in threads")
    await sides.thread("textarea").fill("")
    await sides.be(BEN)
    await sides.go(GENERAL)
    lists = sides.slack("#main [data-ephemeral]")
    await sides.say("/closed", "#main")
    await expect(lists.first).to_contain_text("You closed nothing in the last 14 days.")
    await sides.say("/inbox", "#main")
    await expect(lists.last).to_contain_text("Inbox: 1 conversation")
    await sides.say("/nonsense", "#main")
    await expect(refused.last).to_contain_text("/nonsense is not a valid command.")
    await lists.last.locator(".button", has_text="Open").click()
    await expect(sides.slack("#thread[data-thread]")).to_contain_text("Is Tuesday right?")
    await sides.slack("[data-app]").click()
    await expect(sides.slack("[data-home=view]")).to_contain_text("Inbox (1)")
    await sides.slack("[aria-label='Write to someone']").click()
    await sides.slack(f"[data-person={DORA}]").click()
    await sides.say("Lunch? :pizza: at *noon*", "#main")
    await expect(sides.slack("#main article strong").last).to_have_text("noon")
    await sides.be(DORA)
    await expect(sides.slack("#sidebar a", has_text="Ben")).to_be_visible()


async def test_it_all_fits_a_phone(browser: Browser, url: str) -> None:
    async with both_sides(browser, url, **PHONE) as sides:
        await sides.chat(".launcher").tap()
        await sides.write("Pendants for a long table, please. " + "x" * 60)
        await sides.page.get_by_role("tab", name="Support team").tap()
        await sides.find_card("Pendants for a long table")
        await fits(sides)
        await sides.card('[data-action-id="conversation.assign_to"]').tap()
        await sides.slack(f"[data-option={ANA}]").tap()
        await expect(sides.card(".button.primary")).to_have_text("Assigned to Ana")
        await sides.card("[data-open-thread]").tap()
        await expect(sides.thread("article").nth(2)).to_be_visible()
        await fits(sides)
        await sides.thread(".tool.more").last.tap()
        await sides.slack("[data-shortcut=conversation_menu]").tap()
        await expect(sides.slack(".modal")).to_contain_text("Assigned to Ana")
        await fits(sides)
        await sides.slack("[data-view-close]").tap()
        await sides.thread("[data-back]").tap()
        await sides.slack("#main [data-back]").tap()
        await expect(sides.slack("[data-acting-as]")).to_be_visible()
        await fits(sides)


async def fits(sides: Sides) -> None:
    """Nothing is wider than the screen, in any of the frames."""
    wider = "[document.documentElement, ...document.querySelectorAll('.scroller, .view-body')]"
    for frame in sides.page.frames:
        found = await frame.evaluate(f"{wider}.filter(n => n.scrollWidth > n.clientWidth + 1).length")
        assert found == 0, frame.url

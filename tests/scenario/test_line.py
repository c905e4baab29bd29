"""LINE through the whole program: free answers, paid ones, files that LINE fetches, months that are over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from desk.settings import AccountConfig, Durations
from models import Attachment, Delivery, DeliveryKind
from sandbox import Sandbox
from tests.networks.fake_provider import FakeProvider
from tests.networks.line.messaging_api import BOT, CUSTOMER, MessagingApi, signature
from tests.recordings import film, picture, speech
from tests.samples import JPEG, PDF
from tests.scenario.acts import line, lines, marked, presses, quiet, says, stored, takes, told
from tests.scenario.files import content, files_from, hands_in, spooled
from tests.scenario.world import (
    ANA,
    FAST,
    SUPPORT,
    TEAM,
    World,
    configured,
    database_url,
    running,
    with_tables,
)

PUBLIC = "https://oratio.example"
HOOK = f"{PUBLIC}/hooks/line/help"
SOON = replace(
    FAST,
    slow_notice=timedelta(milliseconds=300),
    album_wait=timedelta(milliseconds=150),
    retry_cap=timedelta(milliseconds=100),
)


STILL_HERE = {
    "type": "message",
    "timestamp": 1_793_610_000_000,
    "source": {"type": "user", "userId": CUSTOMER},
    "webhookEventId": "01KNEXT",
    "deliveryContext": {"isRedelivery": False},
    "mode": "active",
    "message": {"type": "text", "id": "77", "text": "Still here"},
}


@asynccontextmanager
async def the_channel(
    folder: Path, durations: Durations = SOON, **options: Any
) -> AsyncIterator[tuple[World, MessagingApi]]:
    """A channel's account in the running program, and LINE beside it."""
    url = database_url(folder)
    await with_tables(url)
    async with Sandbox("app-manifest.yml", {"app": {"socket_mode": False}}) as slack, MessagingApi() as api:
        api.placed = asyncio.Event()
        api.profiles[CUSTOMER] = {"displayName": "Sakura", "userId": CUSTOMER, "language": "ja"}
        account = AccountConfig(
            network="line",
            name="help",
            title="Acme Help",
            channel="#support",
            agents=TEAM,
            undo_hold=timedelta(0),
            options=api.options(**options),
        )
        config = configured(slack, folder, url, account, durations=durations, public_url=PUBLIC)
        async with running(World(slack, FakeProvider(), config)) as world:
            api.lies_at(f"{world.app.url}/hooks/line/help")
            yield world, api


async def opened(world: World, api: MessagingApi, text: str = "Hello?") -> str:
    """Sakura's first words; returns her card."""
    await api.writes(text)
    await world.until(world.cards)
    card = str(world.cards()[0]["ts"])
    await line(world, card, text)
    return card


def announced(world: World, words: str) -> bool:
    return any(words in (m.get("text") or "") for m in world.slack.messages(SUPPORT))


def texts(api: MessagingApi) -> list[tuple[str, str]]:
    """What was shown, and by which call."""
    return [(shown.by, " ".join(shown.texts)) for shown in api.shown]


async def forgotten(number: int) -> bool:
    """Whether so many messages were taken off the thread."""
    return await Delivery.filter(kind=DeliveryKind.FORGET, unfinished=False).count() == number


async def fetched(world: World, address: str) -> tuple[bytes, str]:
    """What LINE gets there."""
    async with aiohttp.ClientSession() as http:
        url = world.app.url + address.removeprefix(PUBLIC)
        async with http.get(url, allow_redirects=False) as answer:
            assert answer.status == 200
            return await answer.read(), answer.content_type


async def test_a_day_with_a_channel(tmp_path: Path) -> None:
    async with the_channel(tmp_path) as (world, api):
        card = await opened(world, api, "注文4711はいつ？")
        await world.until(lambda: "Sakura" in str(world.cards()[0]["blocks"]))
        await takes(world, ANA, card)
        await api.until(lambda: any(verb == "read" for verb, _, _ in api.done))
        await marked(world, await says(world, ANA, card, "We *look* into it"), "white_check_mark")
        await marked(world, await says(world, ANA, card, "Tomorrow!"), "white_check_mark")
        assert texts(api) == [("reply", "We look into it"), ("push", "Tomorrow!")]
        assert api.shown[0].messages[0]["sender"]["name"]

        await api.writes("First?")
        asked = await api.writes("Is it *open*?")
        await line(world, card, "Is it *open*?")
        await marked(world, await says(world, ANA, card, "> First?\nYes"), "white_check_mark")
        assert api.shown[2].messages[0]["quoteToken"].startswith("q-")
        await api.unsends(asked)
        await line(world, card, "Sakura took a message back")

        await api.writes(
            type="image",
            contentProvider={"type": "line"},
            quotedMessageId=api.shown[1].ids[0],
            content=JPEG,
        )
        (post,) = await files_from(world, card, 1)
        assert content(world, post) == [JPEG]
        assert "Tomorrow!" in str(post["blocks"])
        await api.writes(type="sticker", stickerId="1988", packageId="446", keywords=["sorry", "bow"])
        await line(world, card, "Sticker: sorry, bow")
        await api.happens("postback", postback={"data": "action=human"})
        await line(world, card, "Pressed a button: action=human")


async def test_pictures_that_are_taken_back_one_by_one_or_while_they_come_are_nowhere(tmp_path: Path) -> None:
    async with the_channel(tmp_path, replace(SOON, slow_notice=timedelta(0))) as (world, api):
        card = await opened(world, api)
        shot: dict[str, Any] = {"type": "image", "contentProvider": {"type": "line"}, "content": JPEG}
        album = [await api.writes(**shot, imageSet={"id": "S", "index": at, "total": 2}) for at in (1, 2)]
        (post,) = await files_from(world, card, 1)
        assert len(post["files"]) == 2
        for number in album:
            await api.unsends(number)
            await quiet(world)
        assert not any(world.slack.file_path(str(file["id"])).exists() for file in post["files"])

        api.fault("500", verb="file")
        api.fault("late_answer", verb="file")
        number = await api.writes(**shot)
        await api.until(lambda: [call.verb for call in api.calls].count("file") == 4)
        await api.unsends(number)
        await stored(lambda: forgotten(3))
        api.release()
        await quiet(world)
        assert not any(post.get("files") for post in world.thread(card))
        assert not await Attachment.exclude(name="").exists()


async def test_line_fetches_what_agents_send(tmp_path: Path) -> None:
    async with the_channel(tmp_path) as (world, api):
        card = await opened(world, api)
        photo, clip = picture() + b"\0" * 1_000_000, film(2)
        sent = [
            await hands_in(world, card, "Your box", {"name": "box.jpeg", "content": photo}),
            await hands_in(world, card, "", {"name": "how.mp4", "content": clip}),
            await hands_in(
                world, card, "", {"name": "a.m4a", "content": speech(2, "m4a"), "subtype": "slack_audio"}
            ),
        ]
        for ts in sent:
            await marked(world, ts, "white_check_mark")
        await world.until(lambda: not spooled(world))
        box, how, voice = (shown.messages[-1] for shown in api.shown)
        assert api.shown[0].texts == ["Your box"]
        assert await fetched(world, box["originalContentUrl"]) == (photo, "image/jpeg")
        assert await fetched(world, how["originalContentUrl"]) == (clip, "video/mp4")
        for message in (box, how):
            small, kind = await fetched(world, message["previewImageUrl"])
            assert kind == "image/jpeg" and len(small) < 1_000_000
        sound, kind = await fetched(world, voice["originalContentUrl"])
        assert kind == "audio/mp4" and 1_900 < voice["duration"] < 2_200 and sound
        await api.until(lambda: any(verb == "typing" for verb, _, _ in api.done))

        refused = await hands_in(world, card, "", {"name": "bill.pdf", "content": PDF})
        await presses(world, ANA, (await told(world, ANA, "bill.pdf"))["ts"], "refusal.link")
        await marked(world, refused, "white_check_mark")
        words = api.shown[-1].texts[0]
        assert await fetched(world, words.rpartition(": ")[2]) == (PDF, "application/pdf")


async def test_what_may_have_arrived_by_token_is_asked_about_and_a_push_is_repeated(tmp_path: Path) -> None:
    async with the_channel(tmp_path) as (world, api):
        async with aiohttp.ClientSession() as session:
            for secret in ("", "another-channels-secret"):
                body = b'{"destination":"%s","events":[]}' % BOT.encode()
                headers = {"X-Line-Signature": signature(body, secret)}
                async with session.post(api.calls_to, data=body, headers=headers) as answer:
                    assert answer.status == 401
        card = await opened(world, api)
        api.fault("lost_answer", verb="reply")
        await marked(world, await says(world, ANA, card, "Once only"), "grey_question")
        await line(world, card, "Not certain whether this reached Sakura")
        for fault in ("lost_answer", "500"):
            api.fault(fault, verb="push")
        await marked(world, await says(world, ANA, card, "Safe to repeat"), "white_check_mark")
        assert texts(api) == [("reply", "Once only"), ("push", "Safe to repeat")]
        assert len({call.headers["X-Line-Retry-Key"] for call in api.asked("push")}) == 1

        await api.writes("Hm")
        await line(world, card, "Hm")
        api.reply_tokens.clear()  # too late for it
        api.fault("lost_answer", verb="push")
        await marked(world, await says(world, ANA, card, "Late, and once"), "white_check_mark")
        assert texts(api)[2:] == [("push", "Late, and once")]
        assert len(api.asked("reply")) == 2

        await api.happens("unfollow")
        await line(world, card, "Sakura blocked this account")
        await api.happens("follow", follow={"isUnblocked": True})
        await api.delivers({"type": "message", "webhookEventId": "x"}, STILL_HERE)
        await line(world, card, "Still here")
        await world.until(lambda: announced(world, "Oratio can't read"))
        await quiet(world)
        assert len(lines(world, card, "Still here")) == 1


async def test_a_month_that_is_over_keeps_what_waits_until_the_limit_is_raised(tmp_path: Path) -> None:
    async with the_channel(tmp_path) as (world, api):
        card = await opened(world, api)
        await marked(world, await says(world, ANA, card, "Free"), "white_check_mark")
        api.fault("monthly", 50, verb="push")
        waits = await says(world, ANA, card, "This costs")
        await world.until(lambda: announced(world, "this month's messages of the LINE plan are used up"))
        await api.writes("Anybody?")
        await line(world, card, "Anybody?")
        assert world.reactions(waits) == set()
        api.clear_faults()
        await marked(world, waits, "white_check_mark")
        assert [text for _, text in texts(api)] == ["Free", "This costs"]
        await world.until(lambda: announced(world, "works again"))

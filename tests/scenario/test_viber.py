"""Viber through the whole program: called back, in and out, files by link, left, paused, revoked."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from desk.clock import Clock
from desk.settings import AccountConfig, Durations
from models import Delivery, DeliveryKind, DeliveryState
from sandbox import Sandbox
from tests.networks.fake_provider import FakeProvider
from tests.networks.viber.public_api import CUSTOMER, STRANGER, TOKEN, PublicApi
from tests.recordings import film
from tests.samples import EXE, JPEG, PDF
from tests.scenario.acts import line, lines, marked, presses, quiet, says, shown, stored
from tests.scenario.acts import told as said_to
from tests.scenario.clocks import Ahead
from tests.scenario.files import content, files_from, hands_in, spooled, whispered
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
HOOK = f"{PUBLIC}/hooks/viber/help"
SOON = replace(FAST, slow_notice=timedelta(milliseconds=300), retry_cap=timedelta(milliseconds=100))


@asynccontextmanager
async def the_bot(
    folder: Path, durations: Durations = SOON, clock: Clock | None = None, **options: Any
) -> AsyncIterator[tuple[World, PublicApi]]:
    """A bot's account in the running program, and Viber beside it. With a `clock`: over Socket Mode."""
    url = database_url(folder)
    await with_tables(url)
    seed = {"app": {"socket_mode": clock is not None}}
    async with Sandbox("app-manifest.yml", seed) as slack, PublicApi() as api:
        account = AccountConfig(
            network="viber",
            name="help",
            title="Acme Help",
            channel="#support",
            agents=TEAM,
            undo_hold=timedelta(0),
            options=api.options(**options),
        )
        api.calls_back = True
        config = configured(
            slack, folder, url, account, durations=durations, public_url=PUBLIC, http=clock is None
        )
        async with running(World(slack, FakeProvider(), config), clock=clock) as world:
            api.lies_at(f"{world.app.url}/hooks/viber/help")
            await api.until(lambda: api.webhook.get("url") == HOOK)
            yield world, api


async def opened(world: World, api: PublicApi, text: str = "Dobar dan?", **more: Any) -> str:
    """A customer's first words; returns their card."""
    before = len(world.cards())
    await api.writes(text, **more)
    await world.until(lambda: len(world.cards()) > before)
    card = str(world.cards()[-1]["ts"])
    await line(world, card, text)
    return card


def told(world: World, words: str) -> bool:
    return any(words in (m.get("text") or "") for m in world.slack.messages(SUPPORT))


async def on_the_phone(world: World, media: str) -> tuple[int, str, bytes]:
    """What the customer's Viber gets where a message says that its file lies."""
    assert media.startswith(f"{PUBLIC}/files/")
    async with (
        aiohttp.ClientSession() as http,
        http.get(world.app.url + media.removeprefix(PUBLIC), allow_redirects=False) as answer,
    ):
        return answer.status, answer.content_type, await answer.read()


async def test_a_day_with_a_bot(tmp_path: Path) -> None:
    async with the_bot(tmp_path, welcome="Dobrodošli!") as (world, api):
        assert api.answers == [("webhook", 200, b"")], "tried while it was told"
        api.details[CUSTOMER] = {"device_type": "SM-S921B", "primary_device_os": "android 15"}
        user = {"id": CUSTOMER, "name": "Ivana Petrović", "country": "RS", "language": "sr"}
        start = {"type": "open", "user": user, "subscribed": False}
        await api.happens("conversation_started", **start)
        assert json.loads(api.answers[-1][2])["text"] == "Dobrodošli!"
        await api.happens("conversation_started", **start, context="order-4711")
        await world.until(world.cards)
        card = str(world.cards()[0]["ts"])
        await line(world, card, "Opened the chat through a link: order-4711")
        await api.writes("Gde je paket? <!channel>")
        await line(world, card, "Gde je paket?")
        await world.until(lambda: all(w in str(world.thread(card)) for w in ("SM-S921B", "Serbia")))
        assert len(api.asked("get_user_details")) == 1

        api.files["box.jpg"] = JPEG
        await api.writes(type="picture", text="Kutija", media=f"{api.url}/media/box.jpg", file_name="box.jpg")
        (post,) = await files_from(world, card, 1)
        assert content(world, post) == [JPEG]
        assert "Kutija" in str(post["blocks"])
        await api.writes(type="location", location={"lat": 44.8125, "lon": 20.4612})
        await line(world, card, "Location: 44.8125, 20.4612")

        reply = await says(world, ANA, card, "*Stiže* sutra & <uskoro>")
        await marked(world, reply, "white_check_mark")
        (sent,) = api.shown
        assert (sent.text, sent.sender["name"]) == ("Stiže sutra & <uskoro>", "Ana")
        await api.reports("delivered", sent)
        await api.reports("delivered", sent)  # from a second device
        await api.reports("seen", sent)
        await world.until(lambda: "Read" in shown(world, card))

        doubtful = await says(world, ANA, card, "Is it there?")
        await marked(world, doubtful, "white_check_mark")
        await api.reports("failed", api.shown[-1], desc="message validation failed")
        await line(world, card, "Not delivered to Ivana Petrović: their Viber could not show it")
        assert lines(world, card, "<!channel>") == []


async def test_files_are_fetched_from_us_and_words_stand_below_pictures_alone(tmp_path: Path) -> None:
    async with the_bot(tmp_path) as (world, api):
        card = await opened(world, api)
        both = await hands_in(world, card, "Your *bill*", {"name": "račun 4711.pdf", "content": PDF})
        await marked(world, both, "white_check_mark")
        words, bill = api.shown
        assert (words.kind, words.text) == ("text", "Your bill")
        assert (bill.kind, bill.name, bill.size) == ("file", "račun 4711.pdf", len(PDF))
        assert await on_the_phone(world, bill.media) == (200, "application/pdf", PDF)

        await hands_in(world, card, "Look", {"name": "box.jpg", "content": JPEG})
        await api.until(lambda: len(api.shown) == 3)
        assert (api.shown[2].kind, api.shown[2].text) == ("picture", "Look")
        assert await on_the_phone(world, api.shown[2].media) == (200, "image/jpeg", JPEG)

        how = {"name": "how.mp4", "mimetype": "video/mp4", "content": film(3)}
        await hands_in(world, card, "", how)
        await hands_in(world, card, "", {**how, "duration_ms": 200_000})
        await api.until(lambda: len(api.shown) == 5)
        assert [(m.kind, m.duration, m.size) for m in api.shown[3:]] == [
            ("video", 3, len(film(3))),
            ("file", None, len(film(3))),
        ]
        assert await on_the_phone(world, api.shown[3].media) == (200, "video/mp4", film(3))
        status, kind, small = await on_the_phone(world, api.shown[3].thumbnail)
        assert (status, kind, small[:3]) == (200, "image/jpeg", b"\xff\xd8\xff")
        large = JPEG + b"\0" * 1_000_000
        await hands_in(world, card, "Larger", {"name": "large.jpg", "content": large})
        await api.until(lambda: len(api.shown) == 7)
        assert [(m.kind, m.text) for m in api.shown[5:]] == [("text", "Larger"), ("file", "")]

        tool = await hands_in(world, card, "Run this", {"name": "tool.EXE", "content": EXE})
        refused = await said_to(world, ANA, "Viber doesn't take files like tool.EXE")
        assert len(api.shown) == 7
        await presses(world, ANA, refused["ts"], "refusal.link")
        await marked(world, tool, "white_check_mark")
        await world.until(lambda: not spooled(world))
        assert f"{PUBLIC}/files/" in api.shown[7].text


async def test_whoever_leaves_is_not_reached_until_they_are_back(tmp_path: Path) -> None:
    async with the_bot(tmp_path) as (world, api):
        async with aiohttp.ClientSession() as session:
            for signature in ({}, {"X-Viber-Content-Signature": TOKEN}):
                forged = {"event": "message", "timestamp": 1, "message_token": 1}
                async with session.post(api.calls_to, json=forged, headers=signature) as answer:
                    assert answer.status == 401
        card = await opened(world, api)
        api.subscribers.clear()  # which Viber tells in a moment
        lost = await says(world, ANA, card, "Are you there?")
        notice = await line(
            world, card, "Not delivered to Ivana Petrović: they don't take the bot's messages"
        )
        await marked(world, lost, "warning")
        await api.leaves()
        await line(world, card, "Ivana Petrović unsubscribed from this account")
        await says(world, ANA, card, "And now?")
        await world.until(lambda: "Nothing can be sent" in whispered(world))
        await api.comes_back()
        await presses(world, ANA, str(notice["ts"]), "delivery.retry")
        await api.until(lambda: [m.text for m in api.shown] == ["Are you there?"])
        await api.happens("message", sender={"id": ""}, message={})
        await world.until(lambda: told(world, "Oratio can't read"))


async def held_back(clock: Clock) -> None:
    """Wait until an answer is put off. What the thread says of it may come sooner or later."""
    waiting = Delivery.filter(kind=DeliveryKind.PART, state=DeliveryState.PENDING, words__not="")

    async def known() -> bool:
        return await waiting.filter(due_at__gt=clock.now()).exists()

    await stored(known)


async def test_a_hundred_messages_without_an_answer_hold_back_this_customer_alone(tmp_path: Path) -> None:
    clock = Ahead()
    async with the_bot(tmp_path, clock=clock) as (world, api):
        card = await opened(world, api)
        other = await opened(world, api, "Me too", who=STRANGER)
        api.fault("status 12", verb="send_message")
        late = await says(world, ANA, card, "One more")
        await held_back(clock)
        after = await says(world, ANA, card, "And one more")
        await marked(world, await says(world, ANA, other, "You too"), "white_check_mark")
        assert world.reactions(late) == world.reactions(after) == set()
        api.fault("status 12", verb="send_message")
        clock.move(minutes=6)
        await api.until(lambda: api.faults_left == 0)
        await held_back(clock)
        await line(
            world, card, "Viber lets nobody be written to a hundred times in an hour unless they answer"
        )
        clock.move(minutes=6)
        await marked(world, after, "white_check_mark")
        assert [m.text for m in api.shown] == ["You too", "One more", "And one more"]


async def test_a_token_that_is_refused_parks_the_account_until_it_is_mended(tmp_path: Path) -> None:
    looking = replace(SOON, people_every=timedelta(milliseconds=600))
    async with the_bot(tmp_path, looking) as (world, api):
        card = await opened(world, api)
        api.token = f"{TOKEN[:-1]}8"
        reply = await says(world, ANA, card, "We are looking")
        await world.until(lambda: told(world, "Viber no longer accepts the token"))
        await world.until(lambda: told(world, "Acme Help stopped"))
        assert api.shown == []
        assert world.reactions(reply) == set()
        api.token = TOKEN
        await marked(world, reply, "white_check_mark")
        await world.until(lambda: told(world, "works again"))

        api.webhook = {"url": "https://thief.example/hook"}
        await world.until(lambda: told(world, "another program changed that"))
        await api.until(lambda: api.webhook.get("url") == HOOK)
        api.fault("lost_answer", verb="send_message")
        doubtful = await says(world, ANA, card, "Once only")
        await marked(world, doubtful, "grey_question")
        await quiet(world)
        assert [m.text for m in api.shown] == ["We are looking", "Once only"]

"""Telegram through the whole program: asked and called, in and out, blocked, revoked, in doubt."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from desk.settings import AccountConfig, Durations
from models import Conversation
from sandbox import Sandbox
from tests.networks.fake_provider import FakeProvider
from tests.networks.telegram.bot_api import CUSTOMER, TOKEN, BotApi
from tests.samples import JPEG, PDF
from tests.scenario.acts import changes, deletes, line, lines, marked, presses, quiet, says
from tests.scenario.files import content, files_from
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
HOOK = f"{PUBLIC}/hooks/telegram/help"
SOON = replace(
    FAST,
    slow_notice=timedelta(milliseconds=300),
    album_wait=timedelta(milliseconds=150),
    retry_cap=timedelta(milliseconds=100),
)


@asynccontextmanager
async def the_bot(
    folder: Path, durations: Durations = SOON, **options: Any
) -> AsyncIterator[tuple[World, BotApi]]:
    """A bot's account in the running program, and Telegram beside it."""
    url = database_url(folder)
    await with_tables(url)
    async with Sandbox("app-manifest.yml", {"app": {"socket_mode": False}}) as slack, BotApi() as api:
        account = AccountConfig(
            network="telegram",
            name="help",
            title="Acme Help",
            channel="#support",
            agents=TEAM,
            undo_hold=timedelta(0),
            options=api.options(**options),
        )
        config = configured(slack, folder, url, account, durations=durations, public_url=PUBLIC)
        async with running(World(slack, FakeProvider(), config)) as world:
            api.calls_to = f"{world.app.url}/hooks/telegram/help"
            yield world, api


async def opened(world: World, api: BotApi, text: str = "Hello?") -> str:
    """Olga's first words; returns her card."""
    api.writes(text)
    await world.until(world.cards)
    card = str(world.cards()[0]["ts"])
    await line(world, card, text)
    return card


def told(world: World, words: str) -> bool:
    return any(words in (m.get("text") or "") for m in world.slack.messages(SUPPORT))


async def test_a_day_with_a_bot_that_is_asked(tmp_path: Path) -> None:
    async with the_bot(tmp_path) as (world, api):
        api.webhook = {"url": "https://shop.example/old"}  # of the program before: Oratio ends that
        person = {"id": CUSTOMER, "type": "private", "first_name": "Olga", "last_name": "Kern"}
        api.chats[CUSTOMER] = {**person, "bio": "Sails a lot"}
        api.writes("/start order-4711")
        await world.until(world.cards)
        card = str(world.cards()[0]["ts"])
        await line(world, card, "Opened the chat through a link: order-4711")
        assert "Olga Kern" in str(world.cards()[0]["blocks"])
        await world.until(lambda: all(words in str(world.thread(card)) for words in ("@olga_kern", "Sails")))

        asked = api.writes("See *this* <!channel>", entities=[{"type": "bold", "offset": 4, "length": 6}])
        seen = await line(world, card, "See *this*")
        await world.slack.act("react", user=ANA, channel=SUPPORT, ts=seen["ts"], name="heart")
        await api.until(lambda: api.theirs[asked] == "❤")
        api.files |= {"p1": JPEG, "p2": JPEG}
        for ref in ("p1", "p2"):
            sizes = [{"file_id": ref, "file_unique_id": ref, "width": 90, "height": 60}]
            api.writes(photo=sizes, media_group_id="77", **({"caption": "Both"} if ref == "p1" else {}))
        (album,) = await files_from(world, card, 1)
        assert content(world, album) == [JPEG, JPEG]
        api.writes(location={"latitude": 48.1, "longitude": 11.5})
        await line(world, card, "Location: 48.1, 11.5")

        reply = await says(world, ANA, card, "We *look* into it & <soon>")
        await marked(world, reply, "white_check_mark")
        assert [m.html for m in api.shown] == ["We <b>look</b> into it &amp; &lt;soon&gt;"]
        await changes(world, ANA, reply, "We _have_ it")
        await api.until(lambda: api.shown[0].html == "We <i>have</i> it")
        api.changes(asked, "See that")
        await line(world, card, "See that")
        reaction = {"type": "emoji", "emoji": "🎉"}
        chat = {"id": CUSTOMER, "type": "private"}
        change = {"chat": chat, "message_id": api.shown[0].id, "date": 1_793_610_210}
        api.happens("message_reaction", {**change, "old_reaction": [], "new_reaction": [reaction]})
        await line(world, card, "Olga Kern reacted with 🎉")
        api.files["f1"] = PDF
        answered = {"message_id": api.shown[0].id, "chat": chat, "date": 1}
        api.writes(document={"file_id": "f1", "file_name": "bill.pdf"}, reply_to_message=answered)
        posts = await files_from(world, card, 2)
        assert content(world, posts[1]) == [PDF]
        assert "We have it" in str(posts[1]["blocks"])
        await deletes(world, ANA, reply)
        await api.until(lambda: api.shown[0].deleted)
        assert {m["text"] for m in world.slack.messages(SUPPORT, card) if "<!channel>" in m["text"]} == set()


async def test_a_bot_that_is_called_and_a_customer_who_blocks_it(tmp_path: Path) -> None:
    looking = replace(SOON, people_every=timedelta(milliseconds=600))
    async with the_bot(tmp_path, looking, mode="webhook") as (world, api):
        await api.until(lambda: api.webhook.get("url") == HOOK)
        async with aiohttp.ClientSession() as session:
            for secret in ({}, {"X-Telegram-Bot-Api-Secret-Token": TOKEN}):
                forged = {"update_id": 1, "message": {}}
                async with session.post(api.calls_to, json=forged, headers=secret) as answer:
                    assert answer.status == 401
        card = await opened(world, api)
        assert api.asked("getUpdates") == []
        first = await says(world, ANA, card, "Hello Olga")
        await marked(world, first, "white_check_mark")
        api.happens("business_message", {"text": "from nobody"})
        await world.until(lambda: told(world, "Oratio can't read"))
        api.webhook = {"url": "https://thief.example/hook"}
        await world.until(lambda: told(world, "another program changed that"))
        await api.until(lambda: api.webhook.get("url") == HOOK)
        await world.until(lambda: told(world, "works again"))

        api.fault("blocked", verb="sendMessage")
        lost = await says(world, ANA, card, "Are you there?")
        await line(world, card, "Not delivered to Olga Kern: they have blocked the bot")
        await marked(world, lost, "warning")
        api.blocks()
        await line(world, card, "Olga Kern blocked this account")
        api.blocks(back=True)
        api.writes("Sorry, I am back")
        notice = await line(world, card, "Not delivered to Olga Kern")
        await line(world, card, "Sorry, I am back")
        await presses(world, ANA, str(notice["ts"]), "delivery.retry")
        await api.until(lambda: [m.text for m in api.shown] == ["Hello Olga", "Are you there?"])


async def test_a_business_account_that_the_bot_is_connected_to(tmp_path: Path) -> None:
    async with the_bot(tmp_path) as (world, api):
        api.connections.add("bc_1")
        person = {"id": CUSTOMER, "first_name": "Olga", "is_bot": False}
        chat = {"id": CUSTOMER, "type": "private", "first_name": "Olga"}
        message = {"business_connection_id": "bc_1", "from": person, "chat": chat, "date": 1_793_610_000}
        api.happens("business_message", {**message, "message_id": 7, "text": "Are you open today?"})
        api.writes("And to the bot itself")  # the same person elsewhere: another conversation
        await world.until(lambda: len(world.cards()) == 2)
        card = next(str(c["ts"]) for c in world.cards() if "open today" in str(c["blocks"]))
        await line(world, card, "Are you open today?")
        reply = await says(world, ANA, card, "Until six")
        await marked(world, reply, "white_check_mark")
        assert [(m.text, m.through) for m in api.shown] == [("Until six", "bc_1")]
        changed = {**message, "message_id": 7, "edit_date": 1_793_610_060, "text": "Are you open tomorrow?"}
        api.happens("edited_business_message", changed)
        await line(world, card, "Are you open tomorrow?")
        owner = {**message, "from": {"id": 5, "first_name": "Ben", "is_bot": False}}
        api.happens(
            "business_message", {**owner, "message_id": 9, "text": "We are away", "is_from_offline": True}
        )
        await line(world, card, "We are away")
        found = await Conversation.get(card_ts=card)
        assert found.waiting_since is None  # Ana answered; a change asks nothing anew
        api.happens("business_message", {**message, "message_id": 10, "text": "Hello?"})
        api.happens(
            "business_message", {**owner, "message_id": 11, "text": "Away still", "is_from_offline": True}
        )
        away = await line(world, card, "Away still")
        assert away["username"] == "A colleague · Telegram"
        assert (await Conversation.get(card_ts=card)).waiting_since is not None  # nobody answered that
        api.fault("400 Bad Request: BUSINESS_PEER_USAGE_MISSING", verb="sendMessage")
        await says(world, ANA, card, "Too late")
        await line(world, card, "Not delivered to Olga: they wrote more than 24 hours ago")
        await quiet(world)
        assert (await Conversation.get(card_ts=card)).waiting_since is not None  # nor by what didn't arrive
        api.happens("business_message", {**owner, "message_id": 12, "text": "Ben here: yes"})
        await line(world, card, "Ben here: yes")
        assert (await Conversation.get(card_ts=card)).waiting_since is None
        gone = {"business_connection_id": "bc_1", "chat": chat, "message_ids": [7, 12, 99]}
        api.happens("deleted_business_messages", gone)
        await line(world, card, "Olga deleted this message")
        await deletes(world, ANA, reply)
        await api.until(lambda: api.shown[0].deleted)


async def test_a_revoked_token_parks_the_account_until_it_is_mended(tmp_path: Path) -> None:
    slow = replace(SOON, slow_notice=timedelta(hours=1))  # the bot's own line tells that it is mended
    async with the_bot(tmp_path, slow) as (world, api):
        card = await opened(world, api)
        api.token = f"{TOKEN}-new"
        api.release()  # the question under way ends; the next is refused
        await world.until(lambda: told(world, "Telegram no longer accepts the token"))
        reply = await says(world, ANA, card, "We are looking")
        api.writes("Anybody?")
        await world.until(lambda: told(world, "Acme Help stopped"))
        assert api.shown == []
        assert world.reactions(reply) == set()
        api.token = TOKEN
        await marked(world, reply, "white_check_mark")
        await line(world, card, "Anybody?")
        assert [m.text for m in api.shown] == ["We are looking"]
        await world.until(lambda: told(world, "works again"))


async def test_what_may_have_arrived_is_never_sent_twice_and_a_pause_holds_the_whole_bot(
    tmp_path: Path,
) -> None:
    async with the_bot(tmp_path) as (world, api):
        card = await opened(world, api)
        api.fault("lost_answer", verb="sendMessage")
        doubtful = await says(world, ANA, card, "Once only")
        await marked(world, doubtful, "grey_question")
        await line(world, card, "Not certain whether this reached Olga Kern")
        api.fault("429 short", verb="sendMessage")
        api.fault("502", verb="sendMessage")
        late = await says(world, ANA, card, "After a pause")
        await marked(world, late, "white_check_mark")
        assert [m.text for m in api.shown] == ["Once only", "After a pause"]
        sends = api.asked("sendMessage")
        assert len(sends) == 4
        await quiet(world)
        assert len(lines(world, card, "Not delivered")) == 0

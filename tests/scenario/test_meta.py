"""Messenger and Instagram through the whole program: in and out, late, in Meta's inbox, in doubt, revoked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from desk.settings import AccountConfig, Durations
from models import Attachment, Conversation, Delivery, EarlyChange, Message, RawPayload, Status
from sandbox import Sandbox
from tests.networks.fake_provider import FakeProvider
from tests.networks.instagram.kit import ACCOUNT as INSTA_ACCOUNT
from tests.networks.messenger.kit import ACCOUNT as PAGE_ACCOUNT
from tests.networks.meta.graph_api import INSTA, INSTAGRAM, MESSENGER, PAGE, GraphApi, Platform
from tests.recordings import speech
from tests.samples import JPEG, PDF
from tests.scenario.acts import deletes, line, lines, marked, presses, quiet, says, shown, stored
from tests.scenario.files import content, files_from, hands_in
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
SOON = replace(FAST, slow_notice=timedelta(milliseconds=300), retry_cap=timedelta(milliseconds=100))


@asynccontextmanager
async def the_account(
    folder: Path,
    platform: Platform,
    durations: Durations = SOON,
    others: Sequence[Mapping[str, Any]] = (),
    **options: Any,
) -> AsyncIterator[tuple[World, GraphApi]]:
    """An account in the running program, and Meta beside it. `others` are the keys of further accounts."""
    given = INSTA_ACCOUNT if platform is INSTA else PAGE_ACCOUNT
    url = database_url(folder)
    await with_tables(url)
    async with (
        Sandbox("app-manifest.yml", {"app": {"socket_mode": False}}) as slack,
        GraphApi(platform) as api,
    ):
        api.about |= {"me": {"id": PAGE, "name": "Acme", "user_id": INSTAGRAM, "username": "acme"}}
        common = {"network": given.network, "channel": "#support", "agents": TEAM, "undo_hold": timedelta(0)}
        own = {**given.options, "api_url": api.url, "api_version": "v25.0", **options}
        keys = [{"name": given.name, "title": given.title}, *others]
        accounts = [AccountConfig(**{**common, **k, "options": own | k.get("options", {})}) for k in keys]
        api.people[platform.customer] = {"name": "Priya Nair", "username": "priya"}
        api.fetches = platform.by_url
        config = configured(slack, folder, url, *accounts, durations=durations, public_url=PUBLIC)
        async with running(World(slack, FakeProvider(), config)) as world:
            api.calls_to = f"{world.app.url}/hooks/{given.network}/{given.name}"
            yield world, api


async def opened(world: World, api: GraphApi, text: str = "Hello?") -> str:
    """Priya's first words; returns her card."""
    api.writes(text)
    await world.until(world.cards)
    card = str(world.cards()[0]["ts"])
    await line(world, card, text)
    return card


def told(world: World, words: str) -> bool:
    return any(words in (m.get("text") or "") for m in world.slack.messages(SUPPORT))


async def test_a_day_on_messenger(tmp_path: Path) -> None:
    async with the_account(tmp_path, MESSENGER) as (world, api):
        api.echoes = True
        await api.until(lambda: "messages" in api.passed and "page" in api.hooks)
        async with aiohttp.ClientSession() as session:
            for header in ({}, {"X-Hub-Signature-256": "sha256=" + "0" * 64}):
                async with session.post(api.calls_to, json={"object": "page"}, headers=header) as answer:
                    assert answer.status == 401
        card = await opened(world, api, "Is the blue one back?")
        await world.until(lambda: "Priya Nair" in str(world.cards()[0]["blocks"]))
        api.files |= {"p1": JPEG, "p2": JPEG}
        api.writes("Both broke", ("image", "p1"), ("image", "p2"))
        (album,) = await files_from(world, card, 1)
        assert content(world, album) == [JPEG, JPEG]
        reply = await says(world, ANA, card, "Yes, *it* is.")
        await marked(world, reply, "white_check_mark")
        await hands_in(world, card, "", {"name": "bill.pdf", "content": PDF})
        await api.until(lambda: len(api.shown) == 2)
        assert [(m.text, m.file) for m in api.shown] == [("Yes, it is.", None), ("", ("bill.pdf", len(PDF)))]
        asked = api.writes("Thanks", reply_to={"mid": api.shown[0].id})
        seen = await line(world, card, "Thanks")
        assert "Yes, it is." in str(seen["blocks"])
        await world.slack.act("react", user=ANA, channel=SUPPORT, ts=seen["ts"], name="heart")
        await api.until(lambda: api.theirs[asked] == "❤️")
        api.happens({"reaction": {"mid": api.shown[0].id, "action": "react", "emoji": "🎉"}})
        await line(world, card, "Priya Nair reacted with 🎉")
        api.happens({"message_edit": {"mid": asked, "text": "Thanks a lot", "num_edit": 1}})
        await line(world, card, "Thanks a lot")
        assert any(done[0] == "mark_seen" for done in api.done)
        api.fault("late_answer", verb="send")
        await says(world, ANA, card, "You are welcome")
        await api.until(lambda: len(api.shown) == 3)
        api.happens({"read": {"watermark": 4_000_000_000_000}})  # before we have the receipt
        await stored(lambda: EarlyChange.exists(key__contains="up_to"))
        api.release()
        await world.until(lambda: "Read" in shown(world, card))
        assert not await EarlyChange.exists(key__contains="up_to")
        assert lines(world, card, "A colleague") == []  # its echoes were ours
        await deletes(world, ANA, reply)
        await world.until(lambda: "Messenger can" in str(world.thread(card)))


async def test_a_colleagues_answer_in_instagrams_inbox_is_shown_and_ours_is_not(tmp_path: Path) -> None:
    async with the_account(tmp_path, INSTA) as (world, api):
        api.echoes = True
        card = await opened(world, api, "Do you ship to Porto?")
        said = api.answers_in_the_inbox("We do, Ana here")
        mirrored = await line(world, card, "We do, Ana here")
        assert mirrored["username"] == "A colleague · Instagram"
        api.writes("Lovely", reply_to={"mid": said})
        seen = await line(world, card, "Lovely")
        assert "A colleague: We do, Ana here" in str(seen["blocks"])
        api.writes("And to Lisbon?")
        await line(world, card, "And to Lisbon?")
        api.files["c1"] = JPEG
        picture = {"type": "image", "payload": {"url": f"{api.url}/cdn/c1"}}
        api.echo({"mid": "aWdfColleague", "attachments": [picture]})
        (post,) = await files_from(world, card, 1)
        assert content(world, post) == [JPEG]
        assert post["username"] == "A colleague · Instagram"
        found = await Conversation.first()
        assert found is not None
        assert found.waiting_since is None  # they were answered
        assert found.status is Status.UNASSIGNED
        api.fault("late_answer", verb="send")  # the echo is here before the receipt
        reply = await says(world, ANA, card, "Tomorrow, then")
        await api.until(lambda: len(api.shown) == 1)
        api.release()
        await marked(world, reply, "white_check_mark")
        api.fault("lost_answer", verb="send")
        doubtful = await says(world, ANA, card, "Really!")
        await marked(world, doubtful, "white_check_mark")  # its echo says that it arrived
        await quiet(world)
        assert [m["username"] for m in lines(world, card, "Tomorrow, then") if m.get("username")] == []
        assert [m.text for m in api.shown] == ["Tomorrow, then", "Really!"]


async def test_instagram_fetches_our_files_and_its_customer_takes_words_back(tmp_path: Path) -> None:
    async with the_account(tmp_path, INSTA) as (world, api):
        card = await opened(world, api)
        api.files["v1"] = JPEG
        picture = api.writes(None, ("image", "v1"))
        (post,) = await files_from(world, card, 1)
        assert content(world, post) == [JPEG]
        asked = api.writes("My card is 4711 0815")
        await line(world, card, "4711 0815")
        api.happens({"message_edit": {"mid": asked, "text": "My card is 4711", "num_edit": 1}})
        await line(world, card, "My card is 4711", times=2)
        beside = api.writes("Ask 4711 beside")
        other = await line(world, card, "Ask 4711 beside")
        api.writes("And this stays")
        await line(world, card, "And this stays")
        shared = await Message.get(text="Ask 4711 beside")
        await Message.filter(text="And this stays").update(post_id=shared.post_id)  # as under load
        for mid in (picture, asked, beside, "aWdfEarly"):  # Meta demands that it is kept nowhere
            api.happens({"message": {"mid": mid, "is_deleted": True}})
        api.happens({"message": {"mid": "aWdfEarly", "text": "Never mind 4711"}})
        await line(world, card, "Priya Nair took a message back. It was deleted here, too.", times=4)
        await quiet(world)
        assert not [m for m in world.thread(card) if m.get("files") or "4711" in str(m)]
        assert "4711" not in str(world.cards())
        left = world.slack.message(SUPPORT, str(other["ts"]))
        assert left is not None
        assert all(words in str(left["blocks"]) for words in ("taken back", "And this stays"))
        assert not world.slack.file_path(str(post["files"][0]["id"])).exists()
        kept = [await each.all().values() for each in (Message, Delivery, Attachment)]
        assert not any(words in str(kept) for words in ("4711", str(post["files"][0]["id"])))
        reply = await hands_in(world, card, "Here you are", {"name": "photo.jpg", "content": JPEG})
        await marked(world, reply, "white_check_mark")
        assert [(m.kind, m.text) for m in api.shown] == [("text", "Here you are"), ("image", "")]
        name, size = api.shown[1].file or ("", 0)
        assert (name.endswith(".jpg"), size, api.shown[1].mime) == (True, len(JPEG), "image/jpeg")
        clip = {"name": "audio_message.ogg", "mimetype": "audio/ogg", "subtype": "slack_audio"}
        spoken = await hands_in(world, card, "", {**clip, "content": speech(1.5)})
        await marked(world, spoken, "white_check_mark")
        assert (api.shown[2].kind, api.shown[2].mime) == ("audio", "audio/mp4")


async def test_a_late_answer_goes_with_the_tag_and_a_later_one_is_refused(tmp_path: Path) -> None:
    async with the_account(tmp_path, MESSENGER, human_agent=True) as (world, api):
        card = await opened(world, api)
        api.ago = timedelta(hours=30)
        late = await says(world, ANA, card, "Sorry for the wait")
        await marked(world, late, "white_check_mark")
        assert [(m.text, m.tag) for m in api.shown] == [("Sorry for the wait", "HUMAN_AGENT")]
        api.ago = timedelta(days=8)
        lost = await says(world, ANA, card, "Are you there?")
        await line(world, card, "Not delivered to Priya Nair: they wrote more than 7 days ago")
        await marked(world, lost, "warning")


async def test_a_revoked_token_parks_the_page_until_it_is_mended(tmp_path: Path) -> None:
    looking = replace(SOON, people_every=timedelta(milliseconds=600))
    async with the_account(tmp_path, MESSENGER, looking) as (world, api):
        card = await opened(world, api)
        token, api.token = api.token, "EAAGanother"
        reply = await says(world, ANA, card, "We are looking")
        await world.until(lambda: told(world, "no longer accepts this account's token"))
        assert api.shown == []
        assert world.reactions(reply) == set()
        api.token = token
        await marked(world, reply, "white_check_mark")
        await world.until(lambda: told(world, "works again"))
        api.passed = []
        await world.until(lambda: told(world, "no longer passes its messages"))
        await api.until(lambda: "messages" in api.passed)


async def test_what_is_refused_can_be_tried_again_and_what_is_in_doubt_is_settled_by_its_echo(
    tmp_path: Path,
) -> None:
    async with the_account(tmp_path, MESSENGER) as (world, api):
        card = await opened(world, api)
        api.fault("551/1545041", verb="send")
        lost = await says(world, ANA, card, "Hello Priya")
        notice = await line(world, card, "Not delivered to Priya Nair: they can't be written to now")
        await marked(world, lost, "warning")
        await presses(world, ANA, str(notice["ts"]), "delivery.retry")
        await api.until(lambda: [m.text for m in api.shown] == ["Hello Priya"])
        api.echoes = True
        api.fault("lost_answer", verb="send")
        doubtful = await says(world, ANA, card, "Once only")
        await marked(world, doubtful, "white_check_mark")  # its echo bears our reference
        await quiet(world)
        assert [m.text for m in api.shown] == ["Hello Priya", "Once only"]
        assert [m for m in lines(world, card, "Once only") if m.get("username")] == []


async def kept(number: int) -> bool:
    """Whether so many calls were set aside."""
    return await RawPayload.all().count() == number


async def test_one_address_of_an_app_serves_all_its_pages_and_no_other_apps(tmp_path: Path) -> None:
    second = {"name": "second", "title": "Acme Paris", "options": {"page_id": "222"}}
    foreign = {"name": "foreign", "title": "Not Acme", "options": {"page_id": "333", "app_secret": "e" * 32}}
    async with the_account(tmp_path, MESSENGER, others=(second, foreign)) as (world, api):
        api.nodes.add("222")
        await opened(world, api)
        api.happens({"message": {"mid": "m_paris", "text": "Bonjour"}}, who="555", at="222")
        await world.until(lambda: len(world.cards()) == 2)
        card = world.cards()[1]
        await line(world, str(card["ts"]), "Bonjour")
        assert all(words in str(card["blocks"]) for words in ("Acme Paris", "Messenger user"))
        for number, stranger in enumerate(("333", "444"), 1):
            # of another app by its secret; of this app, and not set up here
            api.happens({"message": {"mid": f"m_{stranger}", "text": "Lost"}}, who="666", at=stranger)
            await stored(lambda number=number: kept(number))
        await world.until(lambda: told(world, "Oratio can't read"))
        both = {
            "entry": [{"id": PAGE, "messaging": [{"message": 5, "timestamp": 1}, api.event("Still here")]}]
        }
        api.bring({"object": "page", **both})
        await world.until(lambda: "Still here" in str(world.thread(str(world.cards()[0]["ts"]))))
        await stored(lambda: kept(3))
        assert len(world.cards()) == 2

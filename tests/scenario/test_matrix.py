"""Matrix through the whole program: invited, in and out, repeated, encrypted, left, revoked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp

from desk.settings import AccountConfig
from models import Contact
from networks._matrix_rooms import NO_ENCRYPTION
from sandbox import Sandbox
from tests.networks.fake_provider import FakeProvider
from tests.networks.matrix.homeserver import ROOM, TOKEN, Homeserver
from tests.networks.matrix.rooms import LENA, OWN
from tests.recordings import speech
from tests.samples import JPEG, PDF
from tests.scenario.acts import changes, deletes, line, lines, marked, quiet, says, shown
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
async def the_user(folder: Path) -> AsyncIterator[tuple[World, Homeserver]]:
    """A user's account in the running program, and their homeserver beside it."""
    url = database_url(folder)
    await with_tables(url)
    manifest, seed = "app-manifest.yml", {"app": {"socket_mode": False}}
    async with Sandbox(manifest, seed) as slack, Homeserver() as hs:
        account = AccountConfig(
            network="matrix",
            name="help",
            title="Acme Help",
            channel="#support",
            agents=TEAM,
            undo_hold=timedelta(0),
            options=hs.options(),
        )
        config = configured(slack, folder, url, account, durations=SOON, public_url=PUBLIC)
        async with running(World(slack, FakeProvider(), config)) as world:
            yield world, hs


async def opened(world: World, hs: Homeserver, text: str = "Hello?") -> str:
    """Lena asks us into a room and writes; returns her card."""
    await hs.until(lambda: bool(hs.asked("sync")))
    hs.invites()
    hs.writes(text)
    await world.until(world.cards)
    card = str(world.cards()[0]["ts"])
    await line(world, card, text)
    return card


def told(world: World, words: str) -> bool:
    return any(words in (m.get("text") or "") for m in world.slack.messages(SUPPORT))


async def test_a_day_in_a_room(tmp_path: Path) -> None:
    async with the_user(tmp_path) as (world, hs):
        face = "mxc://hs.example/face"
        hs.profiles[LENA] = {"displayname": "Lena Kern", "m.tz": "Europe/Berlin", "avatar_url": face}
        hs.files["face"] = JPEG
        card = await opened(world, hs, "Order 4711 is late")
        await world.until(lambda: all(each in str(world.thread(card)) for each in (LENA, "Europe/Berlin")))
        asked = hs.writes("See *this* <!channel>")
        seen = await line(world, card, "See *this*")
        await shows_the_face(world, hs, seen["icons"]["image_48"])
        await world.slack.act("react", user=ANA, channel=SUPPORT, ts=seen["ts"], name="heart")
        await hs.until(lambda: ("react", ROOM, asked, "❤️", ()) in hs.done)
        hs.files |= {"pic": JPEG, "note": speech(1.0)}
        picture = {"msgtype": "m.image", "url": "mxc://hs.example/pic", "filename": "box.jpg"}
        hs.writes("The box", **picture, info={"mimetype": "image/jpeg", "size": len(JPEG)})
        voice = {"msgtype": "m.audio", "url": "mxc://hs.example/note", "org.matrix.msc3245.voice": {}}
        hs.writes("Voice message.ogg", **voice, info={"mimetype": "audio/ogg"})
        box, note = await files_from(world, card, 2)
        assert content(world, box) == [JPEG]
        assert [f["name"] for f in note["files"]] == ["Voice message.m4a", "Original recording.ogg"]

        hs.fault("lost_answer", 2, verb="send")  # once by aiohttp itself, once by us
        reply = await says(world, ANA, card, "We *look* into it & <soon>")
        await marked(world, reply, "white_check_mark")
        (words,) = hs.sent()
        assert words["formatted_body"] == "We <strong>look</strong> into it &amp; &lt;soon&gt;"
        await hands_in(world, card, "The bill", {"name": "bill.pdf", "content": PDF})
        await hs.until(lambda: len(hs.sent()) == 2)
        bill = hs.sent()[1]
        assert (bill["body"], bill["filename"]) == ("The bill", "bill.pdf")
        assert hs.files[bill["url"].rpartition("/")[2]] == PDF
        await changes(world, ANA, reply, "We _have_ it")
        await hs.until(lambda: len(hs.sent()) == 3)
        assert hs.sent()[2]["m.new_content"]["formatted_body"] == "We <em>have</em> it"

        first, second = (message for verb, _, message, _, _ in hs.done if verb == "send")
        new = {"msgtype": "m.text", "body": "See that"}
        relation = {"rel_type": "m.replace", "event_id": asked}
        hs.writes("* See that", **{"m.new_content": new, "m.relates_to": relation})
        await line(world, card, "See that")
        relation = {"rel_type": "m.annotation", "event_id": first, "key": "🎉"}
        hs.happens("m.reaction", {"m.relates_to": relation})
        await line(world, card, "Lena reacted with 🎉")
        hs.reads(second)
        await world.until(lambda: "Read {time}" in shown(world, card))
        hs.takes_back(asked)
        await line(world, card, "Lena deleted this message")
        await deletes(world, ANA, reply)
        await hs.until(lambda: ("delete", ROOM, first, "", ()) in hs.done)
        assert hs.asked("read")
        assert {m["text"] for m in world.slack.messages(SUPPORT, card) if "<!channel>" in m["text"]} == set()


async def shows_the_face(world: World, hs: Homeserver, address: str) -> None:
    """Slack gets a customer's picture by its link and by no other, and nothing but pictures."""
    place = world.app.url + address.removeprefix(PUBLIC)
    assert address.startswith(f"{PUBLIC}/faces/")
    assert TOKEN not in address
    assert address in str(world.thread(str(world.cards()[0]["ts"]))[0])  # the profile
    async with aiohttp.ClientSession() as http:

        async def got(url: str) -> tuple[int, str, bytes]:
            async with http.get(url, allow_redirects=False) as answer:
                return answer.status, answer.content_type, await answer.read()

        assert await got(place) == (200, "image/jpeg", JPEG)
        for wrong in (place.replace("/faces/", "/files/"), place.replace("/faces/", "/faces/A")):
            assert (await got(wrong))[0] == 403
        for content, status in ((PDF, 404), (3_000_001, 404), (JPEG, 200)):
            hs.files["face"] = content
            assert (await got(place))[0] == status
        await Contact.all().update(avatar_ref="mxc://hs.example/gone")
        assert (await got(place))[0] == 404


async def test_encrypted_rooms_are_refused_and_a_customer_who_leaves_can_come_back(tmp_path: Path) -> None:
    async with the_user(tmp_path) as (world, hs):
        secret = "!secret:hs.example"
        await hs.until(lambda: bool(hs.asked("sync")))
        room = hs.invites(secret, encrypted=True)
        hs.happens("m.room.encrypted", {"ciphertext": "x"}, secret)
        await hs.until(lambda: room.membership(OWN) == "leave")
        assert hs.texts(secret) == [NO_ENCRYPTION]
        card = await opened(world, hs)
        assert len(world.cards()) == 1
        hs.leaves()
        await line(world, card, "Nothing can be sent until")
        await hs.until(lambda: hs.rooms[ROOM].membership(OWN) == "leave")
        lost = await says(world, ANA, card, "Are you there?")
        await marked(world, lost, "warning")
        hs.joins(ROOM, LENA)
        hs.happens("m.room.member", {"membership": "invite"}, state_key=OWN)
        hs.writes("I am back")
        await line(world, card, "I am back")
        late = await says(world, ANA, card, "Good!")
        await marked(world, late, "white_check_mark")
        assert hs.texts() == ["Good!"]


async def test_a_revoked_token_parks_the_account_until_it_is_mended(tmp_path: Path) -> None:
    async with the_user(tmp_path) as (world, hs):
        card = await opened(world, hs)
        hs.token = f"{TOKEN}-new"
        hs.release()  # the question under way ends; the next is refused
        await world.until(lambda: told(world, "the homeserver no longer accepts the access token"))
        reply = await says(world, ANA, card, "We are looking")
        hs.writes("Anybody?")
        await world.until(lambda: told(world, "Acme Help stopped"))
        assert hs.texts() == []
        assert world.reactions(reply) == set()
        hs.token = TOKEN
        await marked(world, reply, "white_check_mark")
        await line(world, card, "Anybody?")
        assert hs.texts() == ["We are looking"]
        await world.until(lambda: told(world, "works again"))
        hs.fault("429 M_LIMIT_EXCEEDED", verb="typing")
        await quiet(world)
        assert lines(world, card, "Not delivered") == []

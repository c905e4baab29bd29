"""Text messages through the whole program: in and out, files, opted out, undelivered, suspended, in doubt."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp

from desk.settings import AccountConfig
from models import Message
from sandbox import Sandbox
from tests.networks.fake_provider import FakeProvider
from tests.networks.twilio.rest_api import CUSTOMER, OURS, Taken, TwilioApi
from tests.samples import JPEG
from tests.scenario.acts import line, lines, marked, presses, quiet, says
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
HOOK = f"{PUBLIC}/hooks/twilio/sms"
WHO = "+1 415-555-0123"
SOON = replace(FAST, retry_cap=timedelta(milliseconds=100), people_every=timedelta(milliseconds=600))


@asynccontextmanager
async def the_number(folder: Path, url: str = "", **options: Any) -> AsyncIterator[tuple[World, TwilioApi]]:
    """A number's account in the running program, and Twilio beside it."""
    url = url or database_url(folder)
    await with_tables(url)
    async with Sandbox("app-manifest.yml", {"app": {"socket_mode": False}}) as slack, TwilioApi() as api:
        account = AccountConfig(
            network="twilio",
            name="sms",
            title="Acme SMS",
            channel="#support",
            agents=TEAM,
            undo_hold=timedelta(0),
            options=api.options(**options),
        )
        config = configured(slack, folder, url, account, durations=SOON, public_url=PUBLIC)
        async with running(World(slack, FakeProvider(), config)) as world:
            api.reach = {PUBLIC: world.app.url}
            await api.until(lambda: str(api.number["sms_url"]).startswith(HOOK))
            yield world, api


async def opened(world: World, api: TwilioApi, text: str = "Hello?") -> str:
    """The customer's first words; returns their card."""
    await api.writes(text)
    await world.until(world.cards)
    card = str(world.cards()[0]["ts"])
    await line(world, card, text)
    (message,) = await Message.all()
    assert abs((datetime.now(UTC) - message.sent_at).total_seconds()) < 60  # Twilio itself says no time
    return card


def told(world: World, words: str) -> bool:
    return any(words in (m.get("text") or "") for m in world.slack.messages(SUPPORT))


async def test_a_day_with_a_number(tmp_path: Path) -> None:
    async with the_number(tmp_path) as (world, api):
        card = await opened(world, api, "Where is *order* 4711?")
        assert WHO in str(world.cards()[0]["blocks"])
        await world.until(lambda: all(w in str(world.thread(card)) for w in ("San Francisco", "Los_Angeles")))

        vcard = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Max Muster\r\nEND:VCARD\r\n"
        api.files |= {"ME1": JPEG, "ME2": vcard}
        await api.writes("The box was open", ("image/jpeg", "ME1"))
        (picture,) = await files_from(world, card, 1)
        assert content(world, picture) == [JPEG]
        await api.writes("", ("text/vcard", "ME2"))
        contact = (await files_from(world, card, 2))[1]
        assert content(world, contact) == [vcard]
        await api.until(lambda: not api.files)  # they are in Slack: Twilio need not keep them
        assert "Contact card" in str(contact)

        reply = await says(world, ANA, card, "We *look* into it 👋")
        await marked(world, reply, "white_check_mark")
        (taken,) = api.shown
        assert taken.form["Body"] == "We look into it 👋"
        assert taken.form["StatusCallback"].startswith(HOOK)
        for state in ("sent", "delivered", "sent", "delivered"):
            assert await api.tells(taken, state) == 200
        await api.writes("Loved “We look into it 👋”")
        await line(world, card, "Reacted with ❤️ to “We look into it 👋”")

        await hands_in(world, card, "", {"name": "a b.jpg", "content": JPEG})
        await api.until(lambda: len(api.shown) == 2)
        assert (api.shown[1].content, api.shown[1].form.get("Body")) == (JPEG, None)
        assert api.shown[1].form["MediaUrl"].startswith(f"{PUBLIC}/")

        async with aiohttp.ClientSession() as session:
            forged = {"MessageSid": "SM" + "0" * 32, "From": OURS, "Body": "Pay here"}
            for headers in ({}, {"X-Twilio-Signature": "XEIJnGYxp8W+psf46KBY1KSkrPE="}):
                async with session.post(
                    f"{world.app.url}/hooks/twilio/sms", data=forged, headers=headers
                ) as refused:
                    assert refused.status == 401
        assert len(world.cards()) == 1


async def test_what_does_not_arrive_is_said_and_who_opts_out_is_left_alone(tmp_path: Path) -> None:
    async with the_number(tmp_path, mms=False) as (world, api):
        card = await opened(world, api)
        lost = await says(world, ANA, card, "Are you there?")
        await marked(world, lost, "white_check_mark")
        await api.tells(api.shown[0], "undelivered", "30003")
        notice = await line(world, card, f"Not delivered to {WHO}: their phone is off or out of reach")
        await marked(world, lost, "warning")
        await presses(world, ANA, str(notice["ts"]), "delivery.retry")
        await api.until(lambda: len(api.shown) == 2)
        await marked(world, lost, "white_check_mark")

        await api.writes("STOP", OptOutType="STOP")
        await line(world, card, "Opted out: nothing reaches them until they write START")
        await line(world, card, f"{WHO} opted out of text messages")
        await says(world, ANA, card, "Please wait")
        await quiet(world)
        assert len(api.shown) == 2
        await api.writes("START", OptOutType="START")
        await line(world, card, "Opted in again")
        welcome = await says(world, ANA, card, "Welcome back")
        await marked(world, welcome, "white_check_mark")
        api.fault("400 21610", verb="send")
        stopped = await says(world, ANA, card, "One more thing")
        await marked(world, stopped, "warning")
        await line(world, card, f"Not delivered to {WHO}: they have opted out")


async def test_a_lost_answer_is_no_doubt_for_long_because_twilio_reports(
    tmp_path: Path, database: str
) -> None:
    async with the_number(tmp_path, database) as (world, api):
        card = await opened(world, api)
        api.fault("lost_answer", verb="send")
        late = await says(world, ANA, card, "It left?")
        await marked(world, late, "grey_question")
        (first,) = api.shown
        assert await api.tells(first, "sent") == 200
        await marked(world, late, "white_check_mark")
        await api.tells(first, "undelivered", "30005")
        await line(world, card, f"Not delivered to {WHO}: the number is unknown")
        await marked(world, late, "warning")

        api.fault("late_lost", verb="send")
        reported = await says(world, ANA, card, "And this?")
        await api.until(lambda: len(api.shown) == 2)
        await api.tells(api.shown[1], "delivered")
        api.release()
        await marked(world, reported, "white_check_mark")
        assert len(lines(world, card, "Not certain whether this reached")) == 1
        assert [taken.form["Body"] for taken in api.shown] == ["It left?", "And this?"]

        api.fault("lost_answer", verb="send")
        doubtful = await says(world, ANA, card, "Whose is it?")
        await marked(world, doubtful, "grey_question")
        lost = api.shown[2]
        await api.tells(about(lost, "somebody-elses", CUSTOMER), "sent")
        await api.tells(about(lost, part_of(lost), "+14155550777"), "delivered")
        await quiet(world)
        assert world.reactions(doubtful) == {"grey_question"}
        notice = await line(world, card, "Not certain whether this reached", 2)
        await presses(world, ANA, str(notice["ts"]), "delivery.send_again")
        await marked(world, doubtful, "white_check_mark")
        await api.tells(lost, "undelivered", "30005")  # of the attempt before: it is history
        await quiet(world)
        assert world.reactions(doubtful) == {"white_check_mark"}
        assert len(api.shown) == 4

        api.fault("lost_answer", verb="send")
        long = await says(world, ANA, card, "word " * 400)
        await marked(world, long, "grey_question")
        await api.tells(api.shown[4], "sent")
        await quiet(world)
        assert world.reactions(long) == {"grey_question"}  # its second part was never sent
        notice = await line(world, card, "Not certain whether this reached", 3)
        await presses(world, ANA, str(notice["ts"]), "delivery.send_again")
        await marked(world, long, "white_check_mark")
        assert [len(taken.form["Body"]) for taken in api.shown[4:]] == [1_600, 399]


def part_of(taken: Taken) -> str:
    """The key of the part that a message was sent for."""
    return parse_qs(urlsplit(taken.form["StatusCallback"]).query)["part"][0]


def about(taken: Taken, part: str, to: str) -> Taken:
    """The same message, as if it had been sent for that part, to them."""
    form = {**taken.form, "To": to, "StatusCallback": f"{HOOK}?{urlencode({'part': part})}"}
    return Taken(sid=taken.sid, form=form)


async def test_a_suspended_account_waits_until_it_is_mended_and_a_doubt_is_never_repeated(
    tmp_path: Path,
) -> None:
    async with the_number(tmp_path) as (world, api):
        card = await opened(world, api)
        api.fault("lost_answer", verb="send")
        doubtful = await says(world, ANA, card, "Once only")
        await marked(world, doubtful, "grey_question")
        await line(world, card, f"Not certain whether this reached {WHO}")
        api.number["sms_url"] = "https://thief.example/x"
        await world.until(lambda: told(world, "another program or somebody in its console changed that"))
        await api.until(lambda: str(api.number["sms_url"]).startswith(HOOK))
        await world.until(lambda: told(world, "works again"))

        api.account["status"] = "suspended"
        await world.until(lambda: told(world, "Twilio has switched off Acme (suspended)"))
        token, api.token = api.token, "a-new-token-00000"
        waiting = await says(world, ANA, card, "We are looking")
        await quiet_of(api, 3)
        assert world.reactions(waiting) == set()
        api.token, api.account["status"] = token, "active"
        await marked(world, waiting, "white_check_mark")
        assert [taken.form["Body"] for taken in api.shown] == ["Once only", "We are looking"]
        assert lines(world, card, "Not delivered") == []


async def quiet_of(api: TwilioApi, calls: int) -> None:
    """Let Twilio be asked so often more."""
    before = len(api.calls)
    await api.until(lambda: len(api.calls) >= before + calls)

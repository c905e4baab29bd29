"""WhatsApp through the whole program: called and answered, windows, other ids, a locked account."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from desk import trouble
from desk.settings import AccountConfig, Durations
from models import Contact, Conversation, Delivery
from sandbox import Sandbox
from tests.networks.fake_provider import FakeProvider
from tests.networks.whatsapp.cloud_api import PHONE, USER_ID, CloudApi
from tests.samples import JPEG, PDF, VOICE
from tests.scenario.acts import buttons, line, lines, marked, presses, quiet, says, shown, stored
from tests.scenario.acts import told as said_to
from tests.scenario.files import content, files_from, hands_in
from tests.scenario.hands import actions, element, inside, modal, open_menu, submit
from tests.scenario.wire import send_payload
from tests.scenario.world import (
    ANA,
    DORA,
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
HOOK = f"{PUBLIC}/hooks/whatsapp/help"
SOON = replace(
    FAST,
    slow_notice=timedelta(hours=1),
    retry_cap=timedelta(milliseconds=100),
    album_wait=timedelta(milliseconds=300),
)


@asynccontextmanager
async def the_number(
    folder: Path, durations: Durations = SOON, database: str = ""
) -> AsyncIterator[tuple[World, CloudApi]]:
    """A number's account in the running program, and Meta beside it."""
    url = database or database_url(folder)
    await with_tables(url)
    async with Sandbox("app-manifest.yml", {"app": {"socket_mode": False}}) as slack, CloudApi() as api:
        account = AccountConfig(
            network="whatsapp",
            name="help",
            title="Acme Help",
            channel="#support",
            agents=TEAM,
            undo_hold=timedelta(0),
            options=api.options(),
        )
        config = configured(slack, folder, url, account, durations=durations, public_url=PUBLIC)
        async with running(World(slack, FakeProvider(), config)) as world:
            api.calls_to = f"{world.app.url}/hooks/whatsapp/help"
            yield world, api


async def opened(world: World, api: CloudApi, text: str = "Hello?", **who: Any) -> str:
    """Bruno's first words; returns his card."""
    before = len(world.cards())
    api.writes(text, **who)
    await world.until(lambda: len(world.cards()) > before)
    card = str(world.cards()[-1]["ts"])
    await line(world, card, text)
    return card


def told(world: World, words: str) -> bool:
    return any(words in (m.get("text") or "") for m in world.slack.messages(SUPPORT))


async def picks(world: World, option: str) -> None:
    """Ana chooses a template in the front modal."""
    where = {"view_id": modal(world, ANA)["id"], "action_id": "template.choose"}
    done = await world.slack.act("choose", user=ANA, option=option, **where)
    assert done["ok"], done


async def test_a_day_with_a_number(tmp_path: Path) -> None:
    async with the_number(tmp_path) as (world, api):
        await api.until(lambda: api.override == HOOK)
        assert "messages" in api.fields
        async with aiohttp.ClientSession() as session:
            async with session.get(api.calls_to, params={"hub.mode": "subscribe"}) as answer:
                assert answer.status == 401
            async with session.post(api.calls_to, data=b"{}", headers={"X-Hub-Signature-256": "x"}) as answer:
                assert answer.status == 401
        card = await opened(world, api, "My *order* is late")
        assert "Bruno Lima" in shown(world, card)
        api.files |= {"1456": JPEG, "1457": VOICE, "1458": PDF}
        at = str(int(world.app.desk.clock.now().timestamp()))
        box = {"id": "1456", "mime_type": "image/jpeg"}
        api.writes(type="image", held={**box, "caption": "The box"}, timestamp=at)
        api.writes(type="image", held=box, timestamp=at)
        (pictures,) = await files_from(world, card, 1)
        assert content(world, pictures) == [JPEG, JPEG]  # an album, though nothing says so
        api.writes(type="location", held={"latitude": 48.1, "longitude": 11.5, "name": "Acme"})
        await line(world, card, "Location: Acme (48.1, 11.5")

        reply = await says(world, ANA, card, "We *look* into it & <soon>")
        await marked(world, reply, "white_check_mark")
        (answer_,) = api.shown
        assert (answer_.text, answer_.to) == ("We *look* into it & <soon>", USER_ID)
        await api.until(lambda: len(api.read) == 1)
        asked = api.writes("And *this*?", context={"id": answer_.id})
        seen = await line(world, card, "And *this*?")
        assert "We look into it" in str(seen["blocks"])
        await world.slack.act("react", user=ANA, channel=SUPPORT, ts=seen["ts"], name="heart")
        await api.until(lambda: api.reactions.get(asked, "").startswith("❤"))
        api.writes(
            type="edit",
            held={"original_message_id": asked, "message": {"type": "text", "text": {"body": "And that?"}}},
        )
        await line(world, card, "And that?")
        api.writes(type="reaction", held={"message_id": answer_.id, "emoji": "🎉"})
        await line(world, card, "Bruno Lima reacted with 🎉")
        api.writes(type="revoke", held={"original_message_id": asked})
        await line(world, card, "Bruno Lima deleted this message.")

        api.writes_in_app("I call you at four")
        colleague = await line(world, card, "I call you at four")
        assert "Bruno" not in str(colleague.get("username"))

        sent = await hands_in(world, card, "Your bill", {"name": "bill.pdf", "content": PDF})
        await marked(world, sent, "white_check_mark")
        assert (api.shown[1].kind, api.shown[1].text) == ("document", "Your bill")
        assert api.shown[1].file == ("bill.pdf", len(PDF))
        for status in ("sent", "delivered", "read"):
            api.reports(api.shown[1], status)
        await world.until(lambda: "Read" in shown(world, card))
        api.reports(api.shown[1], "failed", code=131053)
        await line(world, card, "Not delivered to Bruno Lima: WhatsApp can't read the file")
        await marked(world, sent, "warning")


async def test_somebody_known_by_number_is_the_same_under_their_lasting_id(
    tmp_path: Path, database: str
) -> None:
    async with the_number(tmp_path, database=database) as (world, api):
        card = await opened(world, api, user=None)
        assert [c.external_id for c in await Contact.all()] == [PHONE]
        api.writes("Still me")
        await line(world, card, "Still me")
        (bruno,) = await Contact.all()
        assert (bruno.external_id, bruno.known_as) == (USER_ID, f"{bruno.account_id}:{PHONE}")
        await marked(world, await says(world, ANA, card, "Hello Bruno"), "white_check_mark")
        assert [m.to for m in api.shown] == [USER_ID]
        api.reports(api.shown[0], "read")  # which names the number alone
        await world.until(lambda: "Read" in shown(world, card))
        api.writes("An old phone of mine", user=None)
        await line(world, card, "An old phone of mine")

        moved = {"type": "user_changed_number", "body": "…", "wa_id": "5511900001111"}
        system = {"from": PHONE, "id": "wamid.s1", "timestamp": "1793610140", "type": "system"}
        api.happens({"messages": [{**system, "system": moved}]})
        api.writes("With a new number", phone="5511900001111", user="BR.11223344556677889900")
        await line(world, card, "With a new number")
        await opened(world, api, "I have his old number now", user="BR.55667788990011223344")
        first, second = await Contact.all().order_by("id")
        assert (first.name, first.external_id) == ("Bruno Lima", "BR.11223344556677889900")
        assert (second.external_id, second.known_as) == ("BR.55667788990011223344", bruno.known_as)
        assert await Conversation.all().count() == 2


async def test_a_locked_account_keeps_its_answers_and_a_lost_one_is_never_doubled(tmp_path: Path) -> None:
    async with the_number(tmp_path) as (world, api):
        card = await opened(world, api)
        api.fault("lost_answer", verb="messages")
        doubtful = await says(world, ANA, card, "Once only")
        await marked(world, doubtful, "grey_question")
        api.reports(api.shown[0], "delivered")  # with the reference it was sent with
        await marked(world, doubtful, "white_check_mark")
        api.fault("131000", verb="messages")
        api.fault("131042", verb="messages")
        reply = await says(world, ANA, card, "After a while")
        await world.until(lambda: told(world, "Acme Help stopped"), timeout=20)
        assert told(world, "check the payment method in WhatsApp Manager")
        post = next(m for m in world.slack.messages(SUPPORT) if "Acme Help stopped" in (m.get("text") or ""))
        await presses(world, ANA, str(post["ts"]), "account.check")
        await world.until(lambda: told(world, "works again"))
        await marked(world, reply, "white_check_mark")
        assert [m.text for m in api.shown] == ["Once only", "After a while"]
        assert not lines(world, card, "Not delivered")


async def test_when_it_is_too_late_a_late_refusal_says_why(tmp_path: Path) -> None:
    async with the_number(tmp_path) as (world, api):
        card = await opened(world, api)
        api.closed.add(USER_ID)
        reply = await says(world, ANA, card, "Sorry for the wait")
        notice = await line(world, card, "Not delivered to Bruno Lima: it is more than 24 hours")
        assert buttons(notice) == ["conversation.template", "delivery.retry", "delivery.keep_note"]
        await marked(world, reply, "warning")
        api.closed.clear()
        api.writes("I am here")
        await line(world, card, "I am here")
        await presses(world, ANA, str(notice["ts"]), "delivery.retry")
        await api.until(lambda: [m.text for m in api.shown] == ["Sorry for the wait"])
        api.reports(api.shown[0], "failed", code=131047)
        await line(world, card, "Not delivered to Bruno Lima: it is more than 24 hours", times=2)
        again = lines(world, card, "Not delivered")[-1]
        assert buttons(again) == ["conversation.template", "delivery.retry", "delivery.keep_note"]
        yesterday = world.app.desk.clock.now() - timedelta(hours=25)  # Meta could not bring it before
        other = {"user": "BR.11223344556677889900", "phone": "5511900001111"}
        late = await opened(world, api, "Anybody?", timestamp=str(int(yesterday.timestamp())), **other)
        await says(world, ANA, late, "Sorry")
        whisper = await said_to(world, ANA, "WhatsApp allows answers within 24 h")
        assert "conversation.template" in buttons(whisper)


async def test_what_is_reported_as_unpaid_later_waits_and_goes_again_once_it_is_paid(tmp_path: Path) -> None:
    async with the_number(tmp_path) as (world, api):
        card = await opened(world, api)
        first = await says(world, ANA, card, "We look into it")
        second = await says(world, ANA, card, "It is solved")
        await marked(world, first, "white_check_mark")
        await marked(world, second, "white_check_mark")
        api.reports(api.shown[0], "failed", code=131042)
        await world.until(lambda: told(world, "Acme Help stopped"))
        api.reports(api.shown[1], "failed", code=131042)
        await world.until(lambda: world.reactions(first) | world.reactions(second) == set())
        await line(world, card, "Not sent yet: ", times=2)
        (post,) = (m for m in world.slack.messages(SUPPORT) if "Help stopped" in (m.get("text") or ""))
        assert "check the payment method" in post["text"]
        await presses(world, ANA, str(post["ts"]), "account.check")
        await api.until(lambda: len(api.shown) == 3)
        api.reports(api.shown[2], "failed", code=131042)  # still not
        await stored(both_wait)
        desk = world.app.desk  # by itself it tries seldom: each try is a message
        assert await desk.units.run(lambda: trouble.probe(desk, patient=True)) == 0
        await presses(world, ANA, str(post["ts"]), "account.check")
        await api.until(lambda: len(api.shown) == 4)
        assert not told(world, "works again")
        api.reports(api.shown[3], "delivered")
        await world.until(lambda: told(world, "works again"))
        await marked(world, first, "white_check_mark")
        await marked(world, second, "white_check_mark")
        assert sorted(m.text for m in api.shown[3:]) == ["It is solved", "We look into it"]
        assert len([m for m in world.slack.messages(SUPPORT) if "Help stopped" in m["text"]]) == 1
        assert not lines(world, card, "Not delivered")
        assert len(lines(world, card, "Not sent yet: ")) == 2


async def both_wait() -> bool:
    """Whether both answers wait for the repair."""
    return await Delivery.filter(unfinished=True, parked_by__isnull=False).count() == 2


def submission(world: World, user: str, conversation: int) -> dict[str, Any]:
    """A previewed template, submitted; always the same modal's."""
    values = {"header:1": "4711", "body:1": "Bruno", "body:2": "it"}
    private = {"conversation": conversation, "id": "en:still_there", "text": "About it", "fields": values}
    view = {"id": "V77", "type": "modal", "callback_id": "template_preview"}
    person = {"id": user, "team_id": world.slack.team_id}
    whole = {**view, "private_metadata": json.dumps(private)}
    return {"type": "view_submission", "team": {"id": world.slack.team_id}, "user": person, "view": whole}


async def test_a_template_is_sent_once_and_by_the_team_alone(tmp_path: Path) -> None:
    async with the_number(tmp_path) as (world, api):
        card = await opened(world, api)
        row = await Conversation.get()
        for user, conversation in ((DORA, row.id), (ANA, row.id + 1)):
            status, answer = await send_payload(world, submission(world, user, conversation))
            assert status == 200
            assert "Only the support team can do this." in str(answer["view"])
        for _ in range(2):  # Slack repeats what it thinks was lost
            assert (await send_payload(world, submission(world, ANA, row.id)))[0] == 200
        await line(world, card, "Ana sent Bruno Lima a template: About it")
        await quiet(world)
        assert [(m.kind, m.to) for m in api.shown] == [("template", USER_ID)]
        await presses(world, ANA, card, "conversation.close")
        await world.until(lambda: "Closed by" in shown(world, card))
        late = submission(world, ANA, row.id)
        _, answer = await send_payload(world, {**late, "view": {**late["view"], "id": "V78"}})
        assert "Reopen it first" in str(answer["view"])
        assert len(api.shown) == 1


async def test_after_24_hours_a_template_goes_in_place_of_other_words(tmp_path: Path) -> None:
    async with the_number(tmp_path) as (world, api):
        card = await opened(world, api)
        api.closed.add(USER_ID)
        yesterday = world.app.desk.clock.now() - timedelta(hours=25)
        await Conversation.all().update(last_inbound_at=yesterday)
        late = await says(world, ANA, card, "Sorry for the wait")
        whisper = await said_to(world, ANA, "WhatsApp allows answers within 24 h")
        await marked(world, late, "warning")
        assert buttons(whisper) == ["conversation.template", "refusal.note"]
        await presses(world, ANA, whisper["ts"], "conversation.template")
        await world.until(lambda: "template.choose" in actions(modal(world, ANA)))
        select = element(modal(world, ANA), "template.choose")
        labels = [option["text"]["text"] for option in select["options"]]
        assert labels == [
            "hello again · Portuguese (Brazil)",
            "still there · English",
            "your invoice · English",
        ]
        assert not modal(world, ANA).get("submit")

        await picks(world, select["options"][1]["value"])
        await world.until(lambda: modal(world, ANA).get("submit"))
        assert "Hello ‹Value 1›, we have an answer" in str(modal(world, ANA)["blocks"])
        missing = await submit(world, ANA, **{"0": {"words": "4711"}})
        assert missing["error"] == "missing_required"
        blank = {"0": {"words": "4711"}, "1": {"words": " "}, "2": {"words": "your parcel"}}
        assert "Please fill this in." in str((await submit(world, ANA, **blank))["errors"])
        await submit(world, ANA, **{**blank, "1": {"words": "Bruno"}})
        assert "Hello Bruno, we have an answer to your question about your parcel." in str(modal(world, ANA))
        await submit(world, ANA)
        await line(world, card, "Ana sent Bruno Lima a template: About order 4711")
        await api.until(lambda: len(api.shown) == 1)
        assert (api.shown[0].kind, api.shown[0].to) == ("template", USER_ID)
        assert world.slack.views(ANA) == []
        await world.until(lambda: "Assigned to" in shown(world, card))

        api.fault("132015", verb="messages")
        await open_menu(world, ANA, card)
        await inside(world, ANA, "conversation.template")
        await world.until(lambda: "template.choose" in actions(modal(world, ANA)))
        invitation = element(modal(world, ANA), "template.choose")["options"][0]["value"]
        await picks(world, invitation)
        await world.until(lambda: modal(world, ANA).get("submit"))
        await submit(world, ANA, **{"0": {"words": "Bruno"}})
        await submit(world, ANA)
        paused = await line(world, card, "Not delivered to Bruno Lima: WhatsApp has paused this template")
        await presses(world, ANA, str(paused["ts"]), "delivery.retry")
        await api.until(lambda: [m.held["name"] for m in api.shown] == ["still_there", "hello_again"])

        api.fault("190", verb="message_templates")
        await open_menu(world, ANA, card)
        await inside(world, ANA, "conversation.template")
        await world.until(
            lambda: "can't be listed: WhatsApp no longer accepts" in str(modal(world, ANA)["blocks"])
        )

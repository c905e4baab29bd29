"""What goes out to Messenger and Instagram and is fetched from them, over real HTTP."""

from __future__ import annotations

import logging
import tracemalloc
from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from networks.base import Attachment, OutboundPart
from networks.capabilities import LengthUnit, MediaKind
from networks.errors import (
    AccountBroken,
    DeliveryError,
    NoAnswer,
    ProviderFault,
    Rejected,
    Throttled,
    UnexpectedResponse,
    Unreachable,
    WindowClosed,
)
from networks.events import ProfileField
from tests.networks import sent
from tests.networks.meta.conftest import Side
from tests.networks.meta.graph_api import APP_SECRET, TOKEN
from tests.networks.meta.kit import FAULTS


def part(side: Side, text: str = "", **more: Any) -> OutboundPart:
    values = {"idempotency_key": "d1", "contact_id": side.customer, "text": text, **more}
    return OutboundPart(**values)


def file(name: str = "a.pdf", *given: Any, **more: Any) -> Attachment:
    """A file whose link says its size and name; there is none where the file breaks off."""

    async def link() -> str:
        if more.get("fault"):
            raise Rejected("there is no public address", code="link")
        return f"https://files.example/{made.size}/{name}"

    made = sent.file(name, *given, link=link, **more)
    return made


# Words


async def test_words_go_as_they_are_in_exactly_this_form(side: Side) -> None:
    receipt = await side.network.send(side.account, part(side, "Ä <b>*no*</b> 👋", reply_to="m_1"))
    (call,) = side.api.calls
    messenger = side.kit.name == "messenger"
    text = {"text": "Ä <b>*no*</b> 👋"}
    assert call.body == {
        "recipient": {"id": side.customer},
        "message": {**text, "metadata": "oratio:d1"} if messenger else text,
        "reply_to": {"mid": "m_1"},
        **({"messaging_type": "RESPONSE"} if messenger else {}),
    }
    assert (call.method, call.path, call.query) == ("POST", f"{side.kit.platform.account}/messages", {})
    assert call.headers["Authorization"] == f"Bearer {TOKEN}"
    assert (side.api.shown[0].id, side.api.shown[0].reply_to) == (receipt.external_id, "m_1")


async def test_a_text_as_long_as_is_declared_is_taken_and_one_longer_is_not(side: Side) -> None:
    limit = side.network.capabilities_for(side.account).text_limit
    letter = "é" if limit.unit is LengthUnit.BYTES else "👋"  # each is two of the unit
    await side.network.send(side.account, part(side, letter * (limit.length // 2)))
    with pytest.raises(Rejected):
        await side.network.send(side.account, part(side, letter * (limit.length // 2) + "a"))


# Files


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (file("a.jpg", "image/jpeg", MediaKind.PICTURE), "image"),
        (file("a.mp4", "video/mp4", MediaKind.VIDEO), "video"),
        (file("a.m4a", "audio/mp4", MediaKind.AUDIO), "audio"),
        (file("clip.m4a", "audio/mp4", MediaKind.AUDIO, voice=True), "audio"),
        (file("Rechnung März.pdf"), "file"),
    ],
    ids=lambda each: each if isinstance(each, str) else each.name,
)
async def test_each_kind_of_file_goes_as_what_it_is(side: Side, given: Attachment, kind: str) -> None:
    await side.network.send(side.account, part(side, attachment=given, reply_to="m_1"))
    (message,), (call,) = side.api.shown, side.api.calls
    assert (message.kind, message.file, message.reply_to) == (kind, (given.name, 1_000), "m_1")
    if side.kit.name == "messenger":
        attachment: Mapping[str, Any] = {"type": kind, "payload": {"is_reusable": False}}
        assert call.body["message"] == {"attachment": attachment, "metadata": "oratio:d1"}
        assert call.body["messaging_type"] == "RESPONSE"
        assert message.mime == given.mime_type
        assert int(call.headers["Content-Length"]) > 1_000
    else:
        url = f"https://files.example/1000/{given.name}"
        assert call.body["message"] == {"attachment": {"type": kind, "payload": {"url": url}}}


async def test_every_kind_of_picture_film_and_sound_that_is_declared_is_taken(side: Side) -> None:
    extensions = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}
    for kind, rule in side.network.capabilities_for(side.account).send.items():
        for mime in sorted(rule.mime_types):
            given = file(f"a.{extensions.get(mime, 'bin')}", mime, kind)
            await side.network.send(side.account, part(side, attachment=given))


async def test_a_file_streams_with_little_memory(side: Side) -> None:
    await side.network.send(side.account, part(side, attachment=file()))
    tracemalloc.start()
    try:
        await side.network.send(side.account, part(side, attachment=file(size=25_000_000)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert side.api.shown[-1].file == ("a.pdf", 25_000_000)
    assert peak < 16_000_000


async def test_a_file_that_is_not_to_be_had_was_certainly_not_taken(side: Side) -> None:
    broken = file(size=2_000_000, fault=OSError(5, "gone"))
    with pytest.raises(DeliveryError) as caught:
        await side.network.send(side.account, part(side, attachment=broken))
    assert caught.value.certain
    assert isinstance(caught.value, ProviderFault if side.kit.name == "messenger" else Rejected)
    assert side.api.shown == []


# The time to answer


@pytest.mark.parametrize("given", [{"text": "Late, sorry"}, {"attachment": file()}], ids=["text", "file"])
async def test_after_24_hours_an_answer_is_tagged_at_once_where_meta_approved_that(
    side: Side, given: Mapping[str, Any]
) -> None:
    side.api.ago = timedelta(hours=25)
    with pytest.raises(WindowClosed) as over:
        await side.network.send(side.account, part(side, **given))
    assert "24 hours" in over.value.words
    assert len(side.api.calls) == 1
    human = side.with_options(human_agent=True)
    receipt = await side.network.send(human, part(side, **given))
    assert [(m.id, m.tag) for m in side.api.shown] == [(receipt.external_id, "HUMAN_AGENT")]
    free, tagged = side.api.calls[1:]
    assert "tag" not in free.body
    assert tagged.body["messaging_type"] == "MESSAGE_TAG"
    side.api.ago = timedelta(hours=1)
    await side.network.send(human, part(side, **given))
    assert side.api.shown[-1].tag == ""


async def test_a_tag_that_is_refused_says_why(side: Side) -> None:
    human = side.with_options(human_agent=True)
    assert side.network.capabilities_for(human).reply_window == timedelta(days=7)
    assert side.network.capabilities_for(side.account).reply_window == timedelta(hours=24)
    side.api.ago = timedelta(days=8)
    with pytest.raises(WindowClosed) as week:
        await side.network.send(human, part(side, "Late"))
    assert "7 days" in week.value.words
    side.api.ago, side.api.approved = timedelta(hours=25), False
    with pytest.raises(WindowClosed) as unapproved:
        await side.network.send(human, part(side, "Late"))
    assert "not approved Human Agent" in unapproved.value.words
    side.api.approved = True
    for fault, error in {
        "lost_answer": NoAnswer,
        "190": AccountBroken,
        "551": DeliveryError,
        "100/2018047": Rejected,
        "613": Throttled,
    }.items():
        side.api.fault("")  # the free form is refused for its time
        side.api.fault(fault)
        with pytest.raises(error):
            await side.network.send(human, part(side, "Late"))
    assert len(side.api.shown) == 1  # the one whose answer was lost


# Reactions, typing, read marks


async def test_a_reaction_is_set_changed_and_removed(side: Side) -> None:
    theirs = side.api.writes("Thanks")
    for emoji in ("❤️", "🦖", ""):
        await side.network.react(side.account, side.customer, theirs, emoji, "k")
        assert side.api.theirs[theirs] == emoji
    assert side.api.calls[0].body == {
        "recipient": {"id": side.customer},
        "sender_action": "react",
        "payload": {"message_id": theirs, "reaction": "❤️"},
    }
    assert side.api.calls[-1].body["payload"] == {"message_id": theirs}
    with pytest.raises(DeliveryError):
        await side.network.react(side.account, side.customer, "m_gone", "❤️", "k")


async def test_typing_begins_and_ends_and_a_chat_is_seen(side: Side) -> None:
    theirs = side.api.writes("Hello?")
    await side.network.typing(side.account, side.customer, True)
    await side.network.typing(side.account, side.customer, False)
    await side.network.mark_read(side.account, side.customer, theirs, "k")
    assert [done[0] for done in side.api.done] == ["typing_on", "typing_off", "mark_seen"]
    assert side.api.calls[-1].body == {"recipient": {"id": side.customer}, "sender_action": "mark_seen"}


# What is fetched


async def fetched(side: Side, ref: str) -> bytes:
    return b"".join([chunk async for chunk in side.network.download(side.account, ref)])


async def test_a_file_is_fetched_without_the_token_and_what_is_missing_is_said(side: Side) -> None:
    side.api.files["f1"] = b"x" * 700_000
    url = f"{side.api.url}/cdn/f1"
    assert await fetched(side, url) == b"x" * 700_000
    for ref in (
        f"{side.api.url}/cdn/gone",
        "http://10.0.0.1/a.jpg",
        "https://127.0.0.1/a",
        "file:///etc/passwd",
    ):
        with pytest.raises(Rejected):
            await fetched(side, ref)
    side.api.fault("html 503", verb="file")
    with pytest.raises(ProviderFault):
        await fetched(side, url)


async def test_a_profile_is_what_meta_tells_and_none_where_it_tells_nothing(side: Side) -> None:
    assert await side.network.profile(side.account, side.customer) is None
    side.api.people[side.customer] = {}  # their id alone
    side.api.about["77"] = {}
    for contact in (side.customer, "77"):
        assert await side.network.profile(side.account, contact) is None
    if side.kit.name == "messenger":
        side.api.people[side.customer] = {
            "first_name": "Priya",
            "last_name": "Nair",
            "profile_pic": "https://platform-lookaside.fbsbx.com/p?psid=1",
            "locale": "en_IN",
            "timezone": 5.5,
        }
        name, fields = "Priya Nair", [("Language", "English (India)"), ("Time zone", "UTC+05:30")]
    else:
        side.api.people[side.customer] = {
            "name": "Rui Costa",
            "username": "rui.makes.bread",
            "profile_pic": "https://scontent.cdninstagram.com/1.jpg",
            "follower_count": 1243,
            "is_user_follow_business": True,
            "is_business_follow_user": False,
            "is_verified_user": False,
        }
        fields = [("Username", "@rui.makes.bread"), ("Followers", "1,243")]
        fields += [("Follows you", "yes"), ("You follow them", "no")]
        name = "Rui Costa"
    found = await side.network.profile(side.account, side.customer)
    assert found
    assert (found.name, found.fields) == (name, tuple(ProfileField(label=a, value=b) for a, b in fields))
    assert found.avatar_url == side.api.people[side.customer]["profile_pic"]
    for fault, error in {"190": AccountBroken, "4": Throttled, "html": UnexpectedResponse}.items():
        side.api.fault(fault)
        with pytest.raises(error):
            await side.network.profile(side.account, side.customer)
    for fault in ("10 403", "200 403"):  # a permission that isn't granted
        side.api.fault(fault, 2)
        assert await side.network.profile(side.account, side.customer) is None


# What goes wrong


async def test_what_a_call_says_of_itself_is_what_the_customer_sees(side: Side) -> None:
    order = [*FAULTS, ""] * 2
    Random(1).shuffle(order)
    for number, fault in enumerate(order):
        if fault:
            side.api.fault(fault)
        words = f"{number} <&> 👋"
        try:
            await side.network.send(side.account, part(side, words, idempotency_key=str(number)))
        except DeliveryError as error:
            assert type(error) is FAULTS.get(fault), fault
            seen = (0,) if error.certain else (0, 1)
        else:
            assert fault not in FAULTS
            seen = (1,)
        assert sum(message.text == words for message in side.api.shown) in seen, fault


async def test_an_absent_server_is_certain_and_no_log_line_names_a_secret(
    side: Side, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(Unreachable):
        await side.network.send(side.with_options(api_url="http://127.0.0.1:9"), part(side, "Sesame"))
    for fault in ("html", "500", "revoked", "no_answer", "list", "10/2018278"):
        side.api.fault(fault)
        with pytest.raises(DeliveryError) as failed:
            await side.network.send(side.account, part(side, "Sesame"))
        assert TOKEN not in f"{failed.value!r} {failed.value.code} {failed.value.__cause__!r}"
    assert not any(secret in caplog.text for secret in (TOKEN, APP_SECRET, "Sesame"))

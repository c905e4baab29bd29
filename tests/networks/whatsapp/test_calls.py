"""What goes out to WhatsApp and is fetched from it, over real HTTP."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from typing import Any

import pytest

from networks.base import Attachment, FilledTemplate, OutboundPart, Style, StyleKind
from networks.capabilities import AccountSettings, MediaKind
from networks.errors import (
    AccountBroken,
    DeliveryError,
    NoAnswer,
    ProviderFault,
    Rejected,
    Throttled,
    UnexpectedResponse,
    Unreachable,
)
from networks.whatsapp import WhatsApp
from tests.networks.sent import file
from tests.networks.whatsapp.cloud_api import NUMBER_ID, PHONE, TOKEN, USER_ID, CloudApi, Shown


def part(text: str = "", **more: Any) -> OutboundPart:
    return OutboundPart(**{"idempotency_key": "d1", "contact_id": USER_ID, "text": text, **more})


async def shown(api: CloudApi, whatsapp: WhatsApp, account: AccountSettings, given: OutboundPart) -> Shown:
    receipt = await whatsapp.send(account, given)
    assert api.shown[-1].id == receipt.external_id
    return api.shown[-1]


# Words


async def test_words_go_in_exactly_this_form(
    api: CloudApi, whatsapp: WhatsApp, account: AccountSettings
) -> None:
    bold = Style(start=6, length=3, kind=StyleKind.BOLD)
    await shown(
        api, whatsapp, account, part("It is now\nhttps://a.example", styles=(bold,), reply_to="wamid.7")
    )
    (call,) = api.calls
    assert (call.method, call.path, call.query) == ("POST", f"{NUMBER_ID}/messages", {})
    assert call.headers["Authorization"] == f"Bearer {TOKEN}"
    assert call.json == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "recipient": USER_ID,
        "type": "text",
        "text": {"body": "It is *now*\nhttps://a.example", "preview_url": False},
        "context": {"message_id": "wamid.7"},
        "biz_opaque_callback_data": "oratio:d1",
    }
    await shown(api, whatsapp, account, part("Hello", contact_id=PHONE))
    assert (api.calls[-1].json["to"], "recipient" in api.calls[-1].json) == (f"+{PHONE}", False)


async def test_the_longest_text_goes_whole_though_its_styles_find_no_room(
    api: CloudApi, whatsapp: WhatsApp, account: AccountSettings
) -> None:
    longest = "a" * 4_096
    bold = Style(start=0, length=4_096, kind=StyleKind.BOLD)
    assert (await shown(api, whatsapp, account, part(longest, styles=(bold,)))).text == longest
    with pytest.raises(Rejected):
        await whatsapp.send(account, part(longest + "a"))


# Files


@pytest.mark.parametrize(
    ("given", "kind", "held"),
    [
        (file("a.jpg", "image/jpeg", MediaKind.PICTURE), "image", {"caption": "Look"}),
        (file("a.jpg", "image/jpeg"), "document", {"caption": "Look", "filename": "a.jpg"}),
        (file("a.mp4", "video/mp4", MediaKind.VIDEO), "video", {"caption": "Look"}),
        (file("ü.pdf"), "document", {"caption": "Look", "filename": "ü.pdf"}),
        (file("a.mp3", "audio/mpeg", MediaKind.AUDIO), "document", {"caption": "Look", "filename": "a.mp3"}),
    ],
    ids=lambda each: f"{each.name} {each.kind}" if isinstance(each, Attachment) else "",
)
async def test_each_kind_of_file_goes_as_what_it_is(
    api: CloudApi, whatsapp: WhatsApp, account: AccountSettings, given: Attachment, kind: str, held: Any
) -> None:
    message = await shown(api, whatsapp, account, part("Look", attachment=given))
    upload, send = api.calls
    assert upload.path == f"{NUMBER_ID}/media"
    assert upload.form["messaging_product"] == "whatsapp"
    assert (upload.form["type"], upload.form["mime"]) == (given.mime_type, given.mime_type)
    assert send.json["type"] == kind
    assert {key: value for key, value in message.held.items() if key != "id"} == held
    assert message.mime == given.mime_type


async def test_sound_goes_as_sound_and_a_recording_as_a_voice_note(
    api: CloudApi, whatsapp: WhatsApp, account: AccountSettings
) -> None:
    sound = file("a.mp3", "audio/mpeg", MediaKind.AUDIO)
    message = await shown(api, whatsapp, account, part(attachment=sound))
    assert (message.kind, set(message.held)) == ("audio", {"id"})
    spoken = file("a.ogg", "audio/ogg", MediaKind.AUDIO, voice=True, duration=6.6)
    message = await shown(api, whatsapp, account, part(attachment=spoken))
    assert (message.kind, message.held["voice"]) == ("audio", True)
    assert whatsapp.capabilities.captioned == set(MediaKind) - {MediaKind.AUDIO}


async def test_a_file_streams_with_its_length_said_and_little_memory(
    api: CloudApi, whatsapp: WhatsApp, account: AccountSettings
) -> None:
    await whatsapp.send(account, part(attachment=file()))
    tracemalloc.start()
    try:
        message = await shown(api, whatsapp, account, part(attachment=file(size=50_000_000)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert message.file == ("a.pdf", 50_000_000)
    assert peak < 16_000_000
    assert all(int(call.headers["Content-Length"]) > 0 for call in api.calls)


@pytest.mark.parametrize("fault", ["no_answer", "lost_answer", "html", "504", "html 503", "131000"])
async def test_an_upload_of_unknown_fate_is_done_again_since_nobody_saw_it(
    api: CloudApi, whatsapp: WhatsApp, account: AccountSettings, fault: str
) -> None:
    api.fault(fault, verb="media")
    with pytest.raises(ProviderFault):
        await whatsapp.send(account, part("Look", attachment=file()))
    await shown(api, whatsapp, account, part("Look", attachment=file()))
    assert len(api.shown) == 1


async def test_a_file_that_can_not_be_read_or_taken_was_certainly_not_sent(
    api: CloudApi, whatsapp: WhatsApp, account: AccountSettings
) -> None:
    with pytest.raises(ProviderFault) as unreadable:
        await whatsapp.send(account, part(attachment=file(size=2_000_000, fault=OSError(5, "gone"))))
    assert "disk" in unreadable.value.words
    for wrong in (file("a.exe", "application/x-dosexec"), file("a.jpg", "image/jpeg", size=5_000_001)):
        with pytest.raises(Rejected):
            await whatsapp.send(account, part(attachment=wrong))
    api.fault("lost_answer", verb="messages")
    with pytest.raises(NoAnswer):
        await whatsapp.send(account, part(attachment=file()))
    assert len(api.shown) == 1


async def test_a_customers_file_is_fetched_in_two_steps_with_the_token(
    api: CloudApi, whatsapp: WhatsApp, account: AccountSettings
) -> None:
    api.files |= {"14": b"x" * 200_000}

    async def fetched(ref: str = "14") -> bytes:
        return b"".join([chunk async for chunk in whatsapp.download(account, ref)])

    assert await fetched() == b"x" * 200_000
    assert api.calls[-1].query == {"phone_number_id": NUMBER_ID}
    api.fault("404", verb="file")  # the address was over already
    assert await fetched() == b"x" * 200_000
    api.fault("404", verb="file")
    refusals: dict[str, type[DeliveryError]] = {"404": Rejected, "500": ProviderFault, "429": Throttled}
    for fault, error in refusals.items():
        api.fault(fault, verb="file")
        with pytest.raises(error):
            await fetched()
    api.fault("empty", verb="14")
    with pytest.raises(UnexpectedResponse):
        await fetched()
    with pytest.raises(Rejected) as gone:
        await fetched("15")
    assert gone.value.words == "WhatsApp no longer has this file"
    api.token = "EAAGanother0000000000"
    with pytest.raises(AccountBroken):
        await fetched()


# Beside messages


async def test_reactions_and_read_marks_in_exactly_this_form(
    api: CloudApi, whatsapp: WhatsApp, account: AccountSettings
) -> None:
    asked = api.writes("Hello?")
    await whatsapp.react(account, USER_ID, asked, "👍", "k1")
    assert api.calls[-1].json == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "recipient": USER_ID,
        "type": "reaction",
        "reaction": {"message_id": asked, "emoji": "👍"},
    }
    await whatsapp.react(account, USER_ID, asked, "", "k2")
    assert api.reactions == {asked: ""}
    await whatsapp.mark_read(account, USER_ID, asked, "k3")
    assert api.calls[-1].json == {"messaging_product": "whatsapp", "status": "read", "message_id": asked}


async def test_typing_shows_under_what_was_read_and_waits_for_that(
    api: CloudApi, whatsapp: WhatsApp, account: AccountSettings
) -> None:
    asked = api.writes("Hello?")
    await whatsapp.typing(account, USER_ID, True)
    assert api.calls == []
    await whatsapp.mark_read(account, USER_ID, asked, "k1")
    assert api.calls[-1].json["typing_indicator"] == {"type": "text"}
    await whatsapp.typing(account, USER_ID, True)
    assert api.calls[-1].json["message_id"] == asked
    assert [verb for verb, *_ in api.done] == ["mark_read", "typing", "typing"]
    other = api.writes("And you?", user="DE.1")
    await whatsapp.typing(account, "DE.1", True)
    await whatsapp.typing(account, "DE.1", False)
    await whatsapp.mark_read(account, "DE.1", other, "k2")
    assert "typing_indicator" not in api.calls[-1].json
    assert await whatsapp.profile(account, USER_ID) is None


# Templates


async def test_templates_are_listed_with_what_is_to_fill_in(
    api: CloudApi, whatsapp: WhatsApp, account: AccountSettings
) -> None:
    unfit = {"language": "en", "status": "APPROVED", "category": "UTILITY"}
    body = {"type": "BODY", "text": "Your code is {{1}}"}
    api.templates += [
        {**unfit, "name": "code", "category": "AUTHENTICATION", "components": [body]},
        {**unfit, "name": "waiting", "status": "PENDING", "components": [body]},
        {**unfit, "name": "where", "components": [{"type": "HEADER", "format": "LOCATION"}, body]},
        {**unfit, "name": "many", "components": [body, {"type": "CAROUSEL", "cards": []}]},
        {**unfit, "name": "form", "components": [body, {"type": "BUTTONS", "buttons": [{"type": "FLOW"}]}]},
    ]
    named, asked, invoice = await whatsapp.templates(account)
    assert len(api.asked("GET", "message_templates")) == 4  # two a page
    assert (named.name, named.language, named.text) == (
        "hello_again",
        "Portuguese (Brazil)",
        "Olá {{body:first_name}}!",
    )
    assert [(f.key, f.label, f.example) for f in named.fields] == [("body:first_name", "First name", "Bruno")]
    assert [f.label for f in asked.fields] == ["Value 1 (heading)", "Value 1", "Value 2"]
    assert [f.example for f in asked.fields] == ["4711", "Bruno", "your parcel"]
    values = {"header:1": "12", "body:1": "Ana"}
    said = "About order 12\n\nHello Ana, we have an answer to your question about ‹Value 2›."
    assert asked.filled(values) == f"{said}\n\nAcme Help\n\n[Go on]"
    assert asked.filled({"body:1": "{{body:2}}"}).count("{{body:2}}") == 1
    assert [(f.label, f.address) for f in invoice.fields] == [("Address of the document (https)", True)]


async def test_a_template_goes_in_exactly_this_form_also_when_it_is_too_late(
    api: CloudApi, whatsapp: WhatsApp, account: AccountSettings
) -> None:
    api.closed.add(USER_ID)
    values = {"body:2": "your\nparcel", "body:1": "Bruno", "header:1": "4711"}
    filled = FilledTemplate(id="en:still_there", values=values)
    await shown(api, whatsapp, account, part("About order 4711 …", template=filled))
    assert api.calls[-1].json["template"] == {
        "name": "still_there",
        "language": {"code": "en"},
        "components": [
            {"type": "header", "parameters": [{"type": "text", "text": "4711"}]},
            {
                "type": "body",
                "parameters": [{"type": "text", "text": "Bruno"}, {"type": "text", "text": "your parcel"}],
            },
        ],
    }
    named = FilledTemplate(id="pt_BR:hello_again", values={"body:first_name": "Bruno"})
    await shown(api, whatsapp, account, part("Olá", template=named))
    (component,) = api.calls[-1].json["template"]["components"]
    assert component["parameters"] == [{"type": "text", "parameter_name": "first_name", "text": "Bruno"}]
    link = FilledTemplate(id="en:your_invoice", values={"header:document": "https://a.example/i.pdf"})
    await shown(api, whatsapp, account, part("Here", template=link))
    assert api.calls[-1].json["template"]["components"][0]["parameters"] == [
        {"type": "document", "document": {"link": "https://a.example/i.pdf"}}
    ]
    for wrong in (replace(filled, id="de:still_there"), replace(filled, values={})):
        with pytest.raises(Rejected):
            await whatsapp.send(account, part("…", template=wrong))
    assert len(api.shown) == 3


async def test_buttons_of_a_template_take_their_values(
    api: CloudApi, whatsapp: WhatsApp, account: AccountSettings
) -> None:
    buttons = [
        {"type": "URL", "text": "Track", "url": "https://a.example/{{1}}"},
        {"type": "COPY_CODE", "text": "Copy"},
    ]
    components = [{"type": "BODY", "text": "Hi"}, {"type": "BUTTONS", "buttons": buttons}]
    api.templates = [{"name": "t", "language": "en", "status": "APPROVED", "components": components}]
    (found,) = await whatsapp.templates(account)
    assert found.text == "Hi\n\n[Track] [Copy]"
    assert [f.key for f in found.fields] == ["button:0:url", "button:1:copy_code"]
    filled = FilledTemplate(id=found.id, values={"button:1:copy_code": "SAVE", "button:0:url": "4711"})
    await whatsapp.send(account, part("Hi", template=filled))
    url, code = api.calls[-1].json["template"]["components"]
    assert (url["sub_type"], url["index"], url["parameters"][0]["text"]) == ("url", "0", "4711")
    assert (code["sub_type"], code["parameters"][0]["coupon_code"]) == ("copy_code", "SAVE")


async def test_nothing_reaches_an_address_where_nobody_is(
    whatsapp: WhatsApp, account: AccountSettings
) -> None:
    nowhere = replace(account, options={**account.options, "api_url": "http://127.0.0.1:9"})
    with pytest.raises(Unreachable):
        await whatsapp.send(nowhere, part("Hello"))

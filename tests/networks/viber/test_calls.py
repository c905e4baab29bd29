"""What goes out to Viber and is fetched from it, over real HTTP."""

from __future__ import annotations

import json
import logging
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from networks.base import Attachment, Author, OutboundPart
from networks.capabilities import AccountSettings, LengthUnit, MediaKind
from networks.errors import (
    AccountBroken,
    ContactUnreachable,
    DeliveryError,
    NoAnswer,
    ProviderFault,
    Rejected,
    Throttled,
    Unreachable,
)
from networks.events import Profile, ProfileField
from networks.viber import Viber
from tests.networks.viber.kit import ACCOUNT, ViberKit
from tests.networks.viber.public_api import CUSTOMER, STRANGER, TOKEN, PublicApi, Shown

ANA = Author(name="Ana Kovač", avatar_url="https://avatars.slack-edge.com/ana_192.jpg")


def part(text: str = "", **more: Any) -> OutboundPart:
    return OutboundPart(
        **{"idempotency_key": "d1", "contact_id": CUSTOMER, "text": text, "author": ANA, **more}
    )


def file(
    name: str = "a.pdf",
    mime: str = "application/pdf",
    kind: MediaKind = MediaKind.DOCUMENT,
    size: int = 1_000,
    **more: Any,
) -> Attachment:
    def pieces() -> AsyncIterator[bytes]:
        raise AssertionError("Viber fetches the file by its link")

    async def link() -> str:
        return f"https://oratio.example/files/abc/{name.replace(' ', '%20')}"

    return Attachment(
        **{"name": name, "mime_type": mime, "size": size, "kind": kind, "open": pieces, "link": link, **more}
    )


async def shown(api: PublicApi, viber: Viber, account: AccountSettings, given: OutboundPart) -> Shown:
    receipt = await viber.send(account, given)
    assert str(api.shown[-1].id) == receipt.external_id
    return api.shown[-1]


def sent(api: PublicApi) -> dict[str, Any]:
    """The last body, but for what is in every one."""
    body = dict(api.asked("send_message")[-1].body)
    assert (body.pop("receiver"), body.pop("min_api_version")) == (CUSTOMER, 1)
    body.pop("sender")
    return body


# Words


async def test_words_go_as_they_are_with_who_wrote_them(
    api: PublicApi, viber: Viber, account: AccountSettings
) -> None:
    await viber.send(account, part("*Ovde* <je> & 👋\n> citat"))
    (call,) = api.calls
    assert (call.method, call.headers["X-Viber-Auth-Token"]) == ("send_message", TOKEN)
    assert call.headers["Content-Type"] == "application/json"
    assert call.body == {
        "receiver": CUSTOMER,
        "min_api_version": 1,
        "sender": {"name": "Ana Kovač", "avatar": "https://avatars.slack-edge.com/ana_192.jpg"},
        "type": "text",
        "text": "*Ovde* <je> & 👋\n> citat",
    }


@pytest.mark.parametrize(
    ("author", "options", "sender"),
    [
        (Author(name="Ben"), {}, {"name": "Ben"}),
        (
            Author(name="Maximiliana von Hohenstein-Waldburg"),
            {},
            {"name": "Maximiliana von Hohenstein-W"},
        ),
        (Author(name="Maximiliana von Hohenstein  Waldburg"), {}, {"name": "Maximiliana von Hohenstein W"}),
        (Author(name="Anamaria Constantinescu Pope scu"), {}, {"name": "Anamaria Constantinescu Pope"}),
        (Author(name=" \n"), {}, {"name": "Acme Help"}),
        (None, {}, {"name": "Acme Help"}),
        (ANA, {"sender_name": "Acme"}, {"name": "Acme"}),
    ],
)
async def test_whose_name_is_shown(
    api: PublicApi,
    viber: Viber,
    author: Author | None,
    options: dict[str, object],
    sender: dict[str, str],
) -> None:
    account = replace(ACCOUNT, options=api.options(**options))
    assert (await shown(api, viber, account, part("Hello", author=author))).sender == sender


async def test_the_longest_text_fits_in_any_script(
    api: PublicApi, viber: Viber, account: AccountSettings
) -> None:
    limit = viber.capabilities.text_limit
    assert (limit.length, limit.unit) == (7_000, LengthUnit.UTF16)
    for text in ("щ" * 7_000, "漢" * 7_000, "👋" * 3_500, '"\\\n' * 2_333):
        assert (await shown(api, viber, account, part(text))).text == text
    with pytest.raises(Rejected):
        await viber.send(account, part("x" * 7_001))


async def test_a_link_alone_goes_as_a_link(api: PublicApi, viber: Viber, account: AccountSettings) -> None:
    for link in ("https://shop.example/o/4711?a=1#b", "http://shop.example/" + "a" * 1_970):
        await viber.send(account, part(link))
        assert sent(api) == {"type": "url", "media": link}
    for text in ("See https://shop.example", "https://shop.example/" + "a" * 1_980, "https://ä.example"):
        await viber.send(account, part(text))
        assert sent(api) == {"type": "text", "text": text}


# Files


@pytest.mark.parametrize(
    ("given", "body"),
    [
        (
            file("a b.jpg", "image/jpeg", MediaKind.PICTURE),
            {"type": "picture", "text": "", "media": "a%20b.jpg"},
        ),
        (file("a.mp4", "video/mp4", MediaKind.VIDEO), {"type": "video", "media": "a.mp4", "size": 1_000}),
        (
            file("a.mp4", "video/mp4", MediaKind.VIDEO, duration=179.2),
            {"type": "video", "media": "a.mp4", "size": 1_000, "duration": 180},
        ),
        (
            file("a.mp4", "video/mp4", MediaKind.VIDEO, duration=180.5),
            {"type": "file", "media": "a.mp4", "size": 1_000, "file_name": "a.mp4"},
        ),
        (
            file("a.mp4", "video/mp4", MediaKind.DOCUMENT, size=52_428_800),
            {"type": "file", "media": "a.mp4", "size": 52_428_800, "file_name": "a.mp4"},
        ),
        (
            file("a.ogg", "audio/ogg", MediaKind.AUDIO),
            {"type": "file", "media": "a.ogg", "size": 1_000, "file_name": "a.ogg"},
        ),
        (
            file("račun 4711.PDF"),
            {"type": "file", "media": "račun%204711.PDF", "size": 1_000, "file_name": "račun 4711.PDF"},
        ),
    ],
    ids=lambda each: each["type"] if isinstance(each, dict) else f"{each.name} {each.kind}",
)
async def test_each_kind_of_file_goes_as_what_it_is(
    api: PublicApi, viber: Viber, account: AccountSettings, given: Attachment, body: dict[str, Any]
) -> None:
    await viber.send(account, part(attachment=given))
    assert sent(api) == {**body, "media": f"https://oratio.example/files/abc/{body['media']}"}


async def test_a_film_has_its_length_and_a_picture_where_there_are_any(
    api: PublicApi, viber: Viber, account: AccountSettings
) -> None:
    async def preview() -> str:
        return "https://oratio.example/files/abd/preview.jpg"

    async def length() -> float | None:
        return seconds

    for seconds, kind in ((61.2, "video"), (None, "video"), (181.0, "file")):
        film = file("a.mp4", "video/mp4", MediaKind.VIDEO, preview=preview, seconds=length)
        message = await shown(api, viber, account, part(attachment=film))
        assert message.kind == kind
        assert message.duration == (62 if seconds == 61.2 else None)
        assert message.thumbnail == (await preview() if kind == "video" else "")


async def test_only_a_picture_carries_words(api: PublicApi, viber: Viber, account: AccountSettings) -> None:
    limit = viber.capabilities.caption_limit
    assert limit is not None
    picture = file("a.png", "image/png", MediaKind.PICTURE)
    assert (await shown(api, viber, account, part("ž" * limit.length, attachment=picture))).text
    with pytest.raises(Rejected) as lost:
        await viber.send(account, part("Your bill", attachment=file()))
    assert lost.value.words == "on Viber only pictures carry a text"
    assert len(api.calls) == 1


async def test_a_name_has_its_extension_and_is_not_too_long(
    api: PublicApi, viber: Viber, account: AccountSettings
) -> None:
    async def link() -> str:
        return "https://oratio.example/files/abc/file.pdf"

    for name, arrives in {
        "bill": "bill.pdf",
        "x" * 300 + ".pdf": "x" * 252 + ".pdf",
        "a/b.pdf": "a_b.pdf",
        "": "file.pdf",
    }.items():
        message = await shown(api, viber, account, part(attachment=file(name, link=link)))
        assert message.name == arrives


async def test_without_a_public_address_there_is_no_file(
    api: PublicApi, viber: Viber, account: AccountSettings
) -> None:
    async def nowhere() -> str:
        raise DeliveryError("no public link can be made for this file")

    with pytest.raises(DeliveryError, match="no public link"):
        await viber.send(account, part(attachment=file(link=nowhere)))
    assert api.calls == []


# What is fetched


async def fetched(viber: Viber, account: AccountSettings, ref: str) -> bytes:
    return b"".join([chunk async for chunk in viber.download(account, ref)])


async def test_a_file_is_fetched_in_pieces_and_what_is_missing_is_said(
    api: PublicApi, viber: Viber, account: AccountSettings
) -> None:
    api.files["a.jpg"] = b"x" * 700_000
    assert await fetched(viber, account, f"{api.url}/media/a.jpg") == b"x" * 700_000
    with pytest.raises(Rejected) as gone:
        await fetched(viber, account, f"{api.url}/media/b.jpg")
    assert gone.value.words == "Viber no longer has this file"
    for fault, error in {"500": ProviderFault, "429": Throttled, "redirect": Rejected}.items():
        api.fault(fault, verb="file")
        with pytest.raises(error):
            await fetched(viber, account, f"{api.url}/media/a.jpg")


async def test_a_large_file_passes_through_little_memory(
    api: PublicApi, viber: Viber, account: AccountSettings
) -> None:
    api.files["film.mp4"] = 50_000_000
    tracemalloc.start()
    try:
        size = 0
        async for piece in viber.download(account, f"{api.url}/media/film.mp4"):
            size += len(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size == 50_000_000
    assert peak < 16_000_000


@pytest.mark.parametrize(
    "ref", ["https://127.0.0.1/a", "http://127.0.0.1:9/a", "https://localhost/a", "gone"]
)
async def test_nothing_inside_is_fetched(viber: Viber, account: AccountSettings, ref: str) -> None:
    with pytest.raises(Rejected) as refused:
        await fetched(viber, account, ref)
    assert refused.value.code == "address"


async def test_a_profile_tells_the_device_and_is_not_asked_a_third_time(
    api: PublicApi, viber: Viber, account: AccountSettings
) -> None:
    api.details[CUSTOMER] = {
        "primary_device_os": "android 15",
        "viber_version": "26.4.0",
        "mcc": 220,
        "mnc": 1,
        "device_type": "SM-S921B",
    }
    known = await viber.profile(account, CUSTOMER)
    assert known == Profile(
        name="Ivana Petrović",
        fields=(
            ProfileField(label="Country", value="Serbia"),
            ProfileField(label="Language", value="Serbian"),
            ProfileField(label="Device", value="SM-S921B, android 15"),
            ProfileField(label="Viber", value="26.4.0"),
        ),
        avatar_url="https://media-direct.cdn.viber.com/download_photo?dlid=mXp3k0",
        locale="sr",
    )
    assert api.calls[0].body == {"id": CUSTOMER}
    assert await viber.profile(account, CUSTOMER) == known
    assert await viber.profile(account, CUSTOMER) is None
    with pytest.raises(ContactUnreachable):
        await viber.profile(account, STRANGER)
    api.fault("429")
    with pytest.raises(Throttled):
        await viber.profile(account, CUSTOMER)
    api.fault("no token")
    assert await viber.profile(account, CUSTOMER) is None


# What goes wrong


async def test_a_hundred_messages_without_an_answer_are_the_most(
    api: PublicApi, viber: Viber, account: AccountSettings
) -> None:
    for number in range(100):
        await viber.send(account, part(str(number)))
    with pytest.raises(Throttled) as paused:
        await viber.send(account, part("100"))
    assert (paused.value.retry_after, paused.value.one_contact) == (300, True)
    assert (
        paused.value.words == "Viber lets nobody be written to a hundred times in an hour unless they answer"
    )
    api.fault("429")
    with pytest.raises(Throttled) as whole:
        await viber.send(account, part("x"))
    assert (whole.value.retry_after, whole.value.one_contact) == (14, False)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (2, "Viber no longer accepts the token; take it anew from the bot's Edit Info"),
        (5, "they are not on Viber any more"),
        (6, "they don't take the bot's messages: they left it, or never wrote to it"),
        (9, "Viber has suspended the bot; only Viber's support can mend that"),
        (11, "their device or their version of Viber knows no bots"),
        (21, "Viber doesn't carry this message to their country"),
        (23, "the bot's free messages of this month are used up; they have to write first"),
        (99, "Viber has a problem of its own"),
    ],
)
async def test_a_status_is_said_in_words_and_kept_as_a_code(
    api: PublicApi, viber: Viber, account: AccountSettings, status: int, words: str
) -> None:
    api.fault(f"status {status}")
    with pytest.raises(DeliveryError) as refused:
        await viber.send(account, part("Hello"))
    assert (refused.value.words, refused.value.code) == (words, f"status_{status}")


@pytest.mark.parametrize("seed", [1, 2])
async def test_what_a_call_says_of_itself_is_what_the_customer_sees(
    seed: int, api: PublicApi, viber: Viber, account: AccountSettings
) -> None:
    order = [*ViberKit.faults, ""] * 2
    Random(seed).shuffle(order)
    for number, fault in enumerate(order):
        words = f"{number} 👋"
        if fault:
            api.fault(fault)
        try:
            await viber.send(account, part(words))
        except DeliveryError as error:
            assert type(error) is ViberKit.faults.get(fault), fault
            seen = (0,) if error.certain else (0, 1)
        else:
            assert fault not in ViberKit.faults
            seen = (1,)
        assert sum(message.text == words for message in api.shown) in seen, fault


async def test_a_silent_server_is_uncertain_and_an_absent_one_is_not(api: PublicApi) -> None:
    viber = Viber(answer=0.3)
    api.fault("held")
    with pytest.raises(NoAnswer) as silent:
        await viber.send(replace(ACCOUNT, options=api.options()), part("Hello"))
    assert not silent.value.certain
    nowhere = replace(ACCOUNT, options={"token": TOKEN, "api_url": "http://127.0.0.1:9/pa/"})
    for call in (viber.send(nowhere, part("Hello")), viber.profile(nowhere, CUSTOMER)):
        with pytest.raises(Unreachable) as away:
            await call
        assert away.value.certain
    await viber.close()


async def test_no_log_line_and_no_error_names_the_token_or_the_words(
    api: PublicApi, viber: Viber, account: AccountSettings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    wrong = replace(account, options={**account.options, "token": TOKEN[:-1] + "8"})
    with pytest.raises(AccountBroken):
        await viber.send(wrong, part("Sesame"))
    for fault in ("html", "500", "status 3", "no_answer", "list"):
        api.fault(fault)
        with pytest.raises(DeliveryError) as failed:
            await viber.send(account, part("Sesame"))
        assert TOKEN not in f"{failed.value!r} {failed.value.code} {failed.value.__cause__!r}"
        assert "Sesame" not in f"{failed.value!r} {failed.value.code}"
    assert TOKEN[:-1] not in caplog.text
    assert "Sesame" not in caplog.text
    assert json.dumps(account.title) not in caplog.text

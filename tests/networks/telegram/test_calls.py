"""What goes out to Telegram and is fetched from it, over real HTTP."""

from __future__ import annotations

import asyncio
import logging
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from networks.base import Attachment, OutboundPart
from networks.capabilities import AccountSettings, MediaKind
from networks.errors import (
    AccountBroken,
    ContactUnreachable,
    DeliveryError,
    NoAnswer,
    ProviderFault,
    Rejected,
    Throttled,
    UnexpectedResponse,
    Unreachable,
)
from networks.events import Profile, ProfileField
from networks.telegram import Telegram
from tests.networks.sent import file
from tests.networks.telegram.bot_api import CUSTOMER, TOKEN, BotApi, Shown
from tests.networks.telegram.kit import ACCOUNT, THROUGH

CHAT = str(CUSTOMER)


def part(text: str = "", **more: Any) -> OutboundPart:
    return OutboundPart(**{"idempotency_key": "d1", "contact_id": CHAT, "text": text, **more})


async def shown(api: BotApi, telegram: Telegram, account: AccountSettings, given: OutboundPart) -> Shown:
    receipt = await telegram.send(account, given)
    assert api.shown[-1].name == receipt.external_id
    return api.shown[-1]


# Words


async def test_words_go_literally_without_a_preview_and_quotes_as_quotes(
    api: BotApi, telegram: Telegram, account: AccountSettings
) -> None:
    message = await shown(api, telegram, account, part("1 < 2 & <b>?\n> You said\nhttps://shop.example"))
    assert message.text == "1 < 2 & <b>?\nYou said\nhttps://shop.example"
    assert "<blockquote>You said</blockquote>" in message.html
    assert not message.preview
    (call,) = api.calls
    assert set(call.values) == {"chat_id", "text", "parse_mode", "link_preview_options"}


async def test_for_a_business_account_everything_goes_through_its_connection(
    api: BotApi, telegram: Telegram, account: AccountSettings
) -> None:
    with pytest.raises(ContactUnreachable, match="no longer connected"):
        await telegram.send(account, part("Hello", contact_id=THROUGH))
    api.connections.add("bc_hQ1a")
    api.chats[CUSTOMER] = {"id": CUSTOMER, "type": "private", "first_name": "Olga", "bio": "Sails"}
    given = part("Hello", contact_id=THROUGH, reply_to=f"{THROUGH}:3101")
    message = await shown(api, telegram, account, given)
    assert (message.to, message.through, message.reply_to) == (CUSTOMER, "bc_hQ1a", 3101)
    await telegram.edit(account, THROUGH, message.name, "Hello Olga", "k")
    assert message.text == "Hello Olga"
    sent = await shown(api, telegram, account, part(contact_id=THROUGH, attachment=file()))
    await telegram.edit(account, THROUGH, sent.name, "Your bill", "k")
    assert (sent.through, sent.text) == ("bc_hQ1a", "Your bill")
    await telegram.typing(account, THROUGH, on=True)
    assert api.calls[-1].values["business_connection_id"] == "bc_hQ1a"
    with pytest.raises(Rejected, match="can't react"):
        await telegram.react(account, THROUGH, f"{THROUGH}:3101", "👍", "k")
    await telegram.delete(account, THROUGH, message.name, "k")
    assert message.deleted
    known = await telegram.profile(account, THROUGH)
    assert known is not None
    assert known.name == "Olga"


async def test_an_answer_keeps_its_target_and_goes_without_one_that_is_none(
    api: BotApi, telegram: Telegram, account: AccountSettings
) -> None:
    assert (await shown(api, telegram, account, part("Yes", reply_to=f"{CHAT}:3101"))).reply_to == 3101
    assert '"allow_sending_without_reply": true' in api.calls[-1].values["reply_parameters"]
    with_file = part("Here", attachment=file(), reply_to=f"{CHAT}:3101")
    assert (await shown(api, telegram, account, with_file)).reply_to == 3101
    assert (await shown(api, telegram, account, part("Yes", reply_to="nothing"))).reply_to is None


async def test_what_telegram_cannot_parse_goes_plain_once(
    api: BotApi, telegram: Telegram, account: AccountSettings
) -> None:
    refusal = "400 Bad Request: can't parse entities: unsupported start tag"
    api.fault(refusal)
    message = await shown(api, telegram, account, part("a & b"))
    assert (message.text, message.html) == ("a & b", "")
    api.fault(refusal, 2)
    with pytest.raises(Rejected):
        await telegram.send(account, part("a & b"))
    assert len(api.shown) == 1


async def test_a_group_that_became_another_is_written_to_there(
    api: BotApi, telegram: Telegram, account: AccountSettings
) -> None:
    api.fault("migrated")
    message = await shown(api, telegram, account, part("Hello all", contact_id="-77"))
    assert message.to == -1_009_988_776_655
    api.fault("migrated", 2)
    with pytest.raises(ContactUnreachable):
        await telegram.send(account, part("Hello all", contact_id="-77"))


# Files


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (file("a.jpg", "image/jpeg", MediaKind.PICTURE), "photo"),
        (file("a.gif", "image/gif", MediaKind.PICTURE), "animation"),
        (file("a.jpg", "image/jpeg", MediaKind.DOCUMENT), "document"),
        (file("a.mp4", "video/mp4", MediaKind.VIDEO), "video"),
        (file("a.mp3", "audio/mpeg", MediaKind.AUDIO), "audio"),
        (file("a.m4a", "audio/mp4", MediaKind.AUDIO), "audio"),
        (file("a.ogg", "audio/ogg", MediaKind.AUDIO), "voice"),
        (file("a.ogg", "audio/ogg", MediaKind.AUDIO, voice=True, duration=6.6), "voice"),
        (file("a.ogg", "audio/ogg", MediaKind.DOCUMENT), "document"),
        (file("a.pdf"), "document"),
    ],
    ids=lambda each: each if isinstance(each, str) else f"{each.name} {each.kind}",
)
async def test_each_kind_of_file_goes_as_what_it_is(
    api: BotApi, telegram: Telegram, account: AccountSettings, given: Attachment, kind: str
) -> None:
    message = await shown(api, telegram, account, part("Look <here>", attachment=given))
    assert (message.kind, message.text, message.file) == (kind, "Look <here>", (given.name, 1_000))
    assert message.mime == given.mime_type
    assert message.duration == (7 if given.duration else None)
    bare = await shown(api, telegram, account, part(attachment=given))
    assert bare.text == ""
    assert "caption" not in api.calls[-1].values


async def test_names_arrive_as_they_are_but_for_what_the_server_cannot_read(
    api: BotApi, telegram: Telegram, account: AccountSettings
) -> None:
    for name, arrives in {
        "Rechnung März.pdf": "Rechnung März.pdf",
        "发票 4711.pdf": "发票 4711.pdf",
        'a "b"; c\\d.pdf': "a 'b', c_d.pdf",
        "a\r\nX-Evil: 1.pdf": "a X-Evil: 1.pdf",
        "\n": "file",
    }.items():
        message = await shown(api, telegram, account, part(attachment=file(name)))
        assert message.file == (arrives, 1_000)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        (file("a.png", "image/png", MediaKind.PICTURE), "400 Bad Request: PHOTO_INVALID_DIMENSIONS"),
        (file("a.png", "image/png", MediaKind.PICTURE), "400 Bad Request: IMAGE_PROCESS_FAILED"),
        (file("a.ogg", "audio/ogg", MediaKind.AUDIO), "400 Bad Request: VOICE_MESSAGES_FORBIDDEN"),
    ],
)
async def test_what_cannot_be_shown_as_it_is_goes_as_a_file(
    api: BotApi, telegram: Telegram, account: AccountSettings, given: Attachment, refusal: str
) -> None:
    api.fault(refusal)
    message = await shown(api, telegram, account, part("Look", attachment=given))
    assert (message.kind, message.text, message.file) == ("document", "Look", (given.name, 1_000))
    assert len(api.shown) == 1


async def test_a_file_streams_with_its_length_said_and_little_memory(
    api: BotApi, telegram: Telegram, account: AccountSettings
) -> None:
    await telegram.send(account, part(attachment=file()))
    tracemalloc.start()
    try:
        message = await shown(api, telegram, account, part(attachment=file(size=50_000_000)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert message.file == ("a.pdf", 50_000_000)
    assert peak < 16_000_000
    assert all(int(call.headers["Content-Length"]) > 0 for call in api.calls)


async def test_a_file_that_breaks_off_was_certainly_not_taken(
    api: BotApi, telegram: Telegram, account: AccountSettings
) -> None:
    with pytest.raises(ProviderFault) as unreadable:
        await telegram.send(account, part(attachment=file(size=2_000_000, fault=OSError(5, "gone"))))
    assert "disk" in unreadable.value.words
    with pytest.raises(DeliveryError) as short:
        await telegram.send(account, part(attachment=file(size=2_000_000, lies=-1)))
    assert short.value.certain
    assert api.shown == []


async def test_a_connection_lost_in_the_middle_of_a_file_is_certain(telegram: Telegram) -> None:
    taken = asyncio.Event()

    async def cut(request: web.Request) -> web.Response:
        await request.content.readany()
        taken.set()
        assert request.transport
        request.transport.abort()
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", cut)
    async with TestServer(app) as server:
        url = str(server.make_url("")).rstrip("/")
        settings = replace(ACCOUNT, options={"token": TOKEN, "api_url": url})
        with pytest.raises(Unreachable) as lost:
            await telegram.send(settings, part(attachment=file(size=40_000_000)))
    assert taken.is_set()
    assert lost.value.certain


# Changes


async def test_an_edit_is_of_the_text_or_of_what_stands_below_a_file(
    api: BotApi, telegram: Telegram, account: AccountSettings
) -> None:
    words = await shown(api, telegram, account, part("Helo"))
    await telegram.edit(account, CHAT, words.name, "Hello <there>", "k")
    await telegram.edit(account, CHAT, words.name, "Hello <there>", "k")  # "is not modified": it is so
    picture = await shown(
        api, telegram, account, part("Lok", attachment=file("a.png", "image/png", MediaKind.PICTURE))
    )
    await telegram.edit(account, CHAT, picture.name, "Look", "k")
    assert (words.text, picture.text) == ("Hello <there>", "Look")
    with pytest.raises(Rejected) as gone:
        await telegram.edit(account, CHAT, f"{CHAT}:1", "x", "k")
    assert gone.value.words == "the message is no longer there"
    with pytest.raises(Rejected):
        await telegram.edit(account, CHAT, "not-one-of-ours", "x", "k")


async def test_a_message_is_taken_back_once_and_for_two_days_only(
    api: BotApi, telegram: Telegram, account: AccountSettings
) -> None:
    message = await shown(api, telegram, account, part("Oops"))
    await telegram.delete(account, CHAT, message.name, "k")
    await telegram.delete(account, CHAT, message.name, "k")
    assert message.deleted
    api.fault("400 Bad Request: message can't be deleted for everyone")
    with pytest.raises(Rejected) as late:
        await telegram.delete(account, CHAT, message.name, "k")
    assert late.value.words == "Telegram lets bots take messages back for 48 hours only"


async def test_reactions_are_telegrams_own_however_they_are_written(
    api: BotApi, telegram: Telegram, account: AccountSettings
) -> None:
    message = await shown(api, telegram, account, part("Done"))
    for emoji, arrives in {"👍🏽": "👍", "❤️": "❤", "🔥": "🔥", "": ""}.items():
        await telegram.react(account, CHAT, message.name, emoji, "k")
        assert message.reaction == arrives
    with pytest.raises(Rejected) as foreign:
        await telegram.react(account, CHAT, message.name, "🦖", "k")
    assert foreign.value.words == "Telegram has no reaction 🦖"
    assert len(telegram.capabilities.emojis) == 73


async def test_typing_is_only_begun(api: BotApi, telegram: Telegram, account: AccountSettings) -> None:
    await telegram.typing(account, CHAT, True)
    await telegram.typing(account, CHAT, False)
    assert api.done == [("typing", CUSTOMER, 0, "")]


# What is fetched


async def fetched(telegram: Telegram, account: AccountSettings, ref: str) -> bytes:
    return b"".join([chunk async for chunk in telegram.download(account, ref)])


async def test_a_file_is_fetched_in_pieces_and_what_is_missing_is_said(
    api: BotApi, telegram: Telegram, account: AccountSettings
) -> None:
    api.files |= {"f1": b"x" * 700_000, "huge": 20_000_001}
    assert await fetched(telegram, account, "f1") == b"x" * 700_000
    for ref, words in {
        "gone": "Telegram no longer has this file",
        "huge": "the file is too large for Telegram",
    }.items():
        with pytest.raises(Rejected) as refused:
            await fetched(telegram, account, ref)
        assert refused.value.words == words
    for fault, error in {
        "404 Not Found": Rejected,
        "401 Unauthorized": AccountBroken,
        "500": ProviderFault,
        "429": Throttled,
        "redirect": Rejected,
    }.items():
        api.fault(fault, verb="file")
        with pytest.raises(error) as failed:
            await fetched(telegram, account, "f1")
        assert TOKEN not in f"{failed.value!r} {failed.value.code}"


async def test_a_server_of_ones_own_gives_files_of_its_folder_alone(
    api: BotApi, telegram: Telegram, account: AccountSettings, tmp_path: Path
) -> None:
    folder = tmp_path / "bot-api"
    inside, outside, trick = folder / TOKEN / "a.pdf", tmp_path / "secret.txt", folder / "link"
    inside.parent.mkdir(parents=True)
    inside.write_bytes(b"pdf" * 200_000)
    outside.write_text("mine")
    trick.symlink_to(outside)
    api.files |= {"f1": 25_000_000, "out": 1, "link": 1, "lost": 1, "up": 1}
    api.paths |= {
        "f1": str(inside),
        "out": str(outside),
        "link": str(trick),
        "lost": str(folder / "lost"),
        "up": str(folder / ".." / "secret.txt"),
    }
    local = replace(account, options=api.options(local_files=str(folder)))
    assert await fetched(telegram, local, "f1") == b"pdf" * 200_000
    for ref in ("out", "link", "lost", "up"):
        with pytest.raises(Rejected):
            await fetched(telegram, local, ref)
    ours, theirs = telegram.capabilities_for(local), telegram.capabilities_for(account)
    for kind in (MediaKind.DOCUMENT, MediaKind.VIDEO):
        assert (ours.send[kind].max_bytes, theirs.send[kind].max_bytes) == (2_000_000_000, 50_000_000)
        assert (ours.receive[kind].max_bytes, theirs.receive[kind].max_bytes) == (2_000_000_000, 20_000_000)


async def test_a_profile_has_words_and_what_its_picture_is_fetched_by(
    api: BotApi, telegram: Telegram, account: AccountSettings
) -> None:
    photo = {"small_file_id": "s", "big_file_id": "b"}
    person = {
        "id": CUSTOMER,
        "type": "private",
        "first_name": "Olga",
        "bio": "Sailing\nand  tea",
        "photo": photo,
    }
    api.chats |= {CUSTOMER: person, -5: {"id": -5, "type": "supergroup", "title": "Acme Fans"}}
    assert await telegram.profile(account, CHAT) == Profile(
        name="Olga", fields=(ProfileField(label="Bio", value="Sailing and tea"),), avatar_ref="b"
    )
    group = await telegram.profile(account, "-5")
    assert group
    assert group.name == "Acme Fans (group)"
    with pytest.raises(ContactUnreachable):
        await telegram.profile(account, "99")
    api.fault("list")
    with pytest.raises(UnexpectedResponse):
        await telegram.profile(account, CHAT)


# What goes wrong


async def test_the_same_client_serves_after_each_fault_and_shows_nothing_twice(
    api: BotApi, telegram: Telegram, account: AccountSettings
) -> None:
    api.fault("500 Internal Server Error: Request aborted")
    with pytest.raises(NoAnswer):
        await telegram.send(account, part("Hello"))
    api.fault("429")
    with pytest.raises(Throttled) as paused:
        await telegram.send(account, part("Hello"))
    assert paused.value.retry_after == 14
    await telegram.send(account, part("Hello"))
    assert len(api.shown) == 1


async def test_a_silent_server_is_uncertain_and_an_absent_one_is_not(api: BotApi) -> None:
    telegram = Telegram(answer=0.3)
    account = replace(ACCOUNT, options=api.options())
    api.fault("held")
    with pytest.raises(NoAnswer) as silent:
        await telegram.send(account, part("Hello"))
    assert not silent.value.certain
    await telegram.close()
    absent = Telegram()
    nowhere = replace(ACCOUNT, options={"token": TOKEN, "api_url": "http://127.0.0.1:9"})
    for call in (
        absent.send(nowhere, part("Hello")),
        absent.send(nowhere, part(attachment=file())),
        absent.profile(nowhere, CHAT),
    ):
        with pytest.raises(Unreachable) as away:
            await call
        assert away.value.certain
    await absent.close()


async def test_what_is_no_token_is_never_put_into_an_address(telegram: Telegram) -> None:
    for token in ("", "123", "123:a/../getMe", "123:" + "ä" * 30, "x" * 40):
        broken = replace(ACCOUNT, options={"token": token})
        with pytest.raises(AccountBroken):
            await telegram.send(broken, part("Hello"))


async def test_no_log_line_names_the_token(
    api: BotApi, telegram: Telegram, account: AccountSettings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for fault in ("html", "500", "revoked", "no_answer", "list"):
        api.fault(fault)
        with pytest.raises(DeliveryError) as failed:
            await telegram.send(account, part("Sesame"))
        assert TOKEN not in repr(failed.value.__cause__)
    assert TOKEN not in caplog.text
    assert "Sesame" not in caplog.text

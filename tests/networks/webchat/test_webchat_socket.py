"""What is said over the socket: once, in order, in the table before anybody is told."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from desk.clock import Clock
from desk.hub import Hub
from desk.units import Units
from desk.visitors import Visitors
from handlers.rates import Limits, Rate
from models import SeenEvent, VisitorEvent
from networks.base import Author, OutboundPart, Receipt
from networks.events import (
    DeliveryReport,
    InboundDeletion,
    InboundEdit,
    InboundMessage,
    InboundReaction,
    ReportState,
)
from tests.networks.webchat.stage import PATIENCE, Stage, stage


async def answer(shop: Stage, visitor: str, text: str, key: str = "d1", **more: Any) -> Receipt:
    author = Author(name="Ana", avatar_url="https://avatars.example/ana.png")
    part = OutboundPart(idempotency_key=key, contact_id=visitor, text=text, author=author, **more)
    return await shop.network.send(shop.account, part)


async def visitor_of(shop: Stage, token: str) -> str:
    return str((await shop.session(token=token))["visitor"])


async def history(shop: Stage, token: str, last_seq: int = 0) -> list[dict[str, Any]]:
    """Everything a browser is shown after `last_seq`, when it has caught up."""
    async with shop.socket(token, last_seq=None) as browser:
        await browser.send(type="resume", last_seq=last_seq)
        newest = (await browser.next("resumed"))["seq"]
        shown: list[dict[str, Any]] = []
        while newest > last_seq and (not shown or shown[-1]["seq"] < newest):
            shown.append(await browser.any())
        return shown


async def test_a_message_reaches_the_desk_and_is_acknowledged(shop: Stage) -> None:
    token = await shop.token()
    async with shop.socket(token) as browser:
        ack = await browser.say(
            "Hello\r\n\x00you", client_id="client-0001", context={"url": "https://shop.example/"}
        )
    assert ack == {"v": 1, "type": "ack", "seq": 1, "client_id": "client-0001", "id": "m_client-0001"}
    visitor = await visitor_of(shop, token)
    ((account_id, event),) = shop.events
    assert isinstance(event, InboundMessage)
    assert (account_id, event.contact_id, event.text) == (7, visitor, "Hello\nyou")
    assert event.external_id == f"{visitor}:m_client-0001"
    assert event.profile is not None
    assert event.profile.name == f"Visitor {visitor[-4:].upper()}"
    assert shop.woken == 1


async def test_a_resent_message_is_acknowledged_again_and_taken_once(shop: Stage) -> None:
    token = await shop.token()
    async with shop.socket(token) as browser:
        first = await browser.say("Hello", client_id="client-0001")
    async with shop.socket(token, last_seq=1) as browser:
        await browser.send(type="message.create", client_id="client-0001", text="Hello")
        assert await browser.next("ack") == first
    assert len(shop.events) == 1
    assert len(await history(shop, token)) == 1


async def test_two_tabs_at_once_say_it_once(shop: Stage) -> None:
    token = await shop.token()
    async with shop.socket(token) as one, shop.socket(token) as two:
        acks = await asyncio.gather(*(tab.say("Hello", client_id="client-0001") for tab in (one, two)))
    assert acks[0] == acks[1]
    assert len(shop.events) == 1


async def test_the_history_after_a_reload_has_both_sides(shop: Stage) -> None:
    token = await shop.token()
    async with shop.socket(token) as browser:
        await browser.say("Hello", client_id="client-0001")
    visitor = await visitor_of(shop, token)
    receipt = await answer(shop, visitor, "Hi <b>Mia</b>", reply_to=f"{visitor}:m_client-0001")
    ours, theirs = await history(shop, token)
    assert ours["client_id"] == "client-0001"
    assert ours["author"] == {"kind": "customer"}
    assert ours["ts"] == int(shop.clock.now().timestamp() * 1000)
    assert theirs == {
        "v": 1,
        "type": "message",
        "seq": 2,
        "id": receipt.external_id.partition(":")[2],
        "author": {"kind": "agent", "name": "Ana", "avatar": "https://avatars.example/ana.png"},
        "text": "Hi <b>Mia</b>",
        "reply_to": "m_client-0001",
        "ts": ours["ts"],
    }
    assert await history(shop, token, last_seq=1) == [theirs]


async def test_an_open_browser_is_told_at_once(shop: Stage) -> None:
    token = await shop.token()
    async with shop.socket(token) as browser:
        await browser.say("Hello")
        await answer(shop, await visitor_of(shop, token), "Hi")
        assert (await browser.next("message"))["text"] == "Hi"


async def test_what_another_process_committed_is_found_by_looking(tables: None, tmp_path: Path) -> None:
    async with stage(tmp_path, look_every=0.02) as shop:
        token = await shop.token()
        async with shop.socket(token) as browser:
            await browser.say("Hello")
            replica = Visitors(1, {"shop": 7}, tmp_path, Clock(), Units(), hub=Hub())
            body = {"v": 1, "type": "message", "id": "a_1", "author": {"kind": "agent"}, "text": "From afar"}
            await replica.append("shop", await visitor_of(shop, token), "a_1", body)
            assert (await browser.next("message"))["text"] == "From afar"


async def test_nothing_lives_in_memory_alone(tables: None, tmp_path: Path) -> None:
    async with stage(tmp_path) as before:
        token = await before.token()
        async with before.socket(token) as browser:
            await browser.say("Hello")
        await answer(before, await visitor_of(before, token), "Hi")
    async with stage(tmp_path) as after:
        assert [each["text"] for each in await history(after, token)] == ["Hello", "Hi"]


async def test_a_long_history_comes_whole_and_in_order(shop: Stage) -> None:
    token = await shop.token()
    async with shop.socket(token) as browser:
        await browser.say("0")
    visitor = await visitor_of(shop, token)
    for number in range(1, 231):
        await answer(shop, visitor, str(number), key=f"d{number}")
    assert [each["text"] for each in await history(shop, token)] == [str(n) for n in range(231)]


async def test_a_browser_that_knows_more_than_there_is_starts_anew(shop: Stage) -> None:
    token = await shop.token()
    async with shop.socket(token) as browser:
        await browser.say("Hello")
    async with shop.socket(token, last_seq=None) as browser:
        await browser.send(type="resume", last_seq=99)
        assert (await browser.next("resumed"))["from"] == 0
        assert (await browser.next("message"))["seq"] == 1


async def test_own_messages_can_be_edited_and_deleted(shop: Stage) -> None:
    token = await shop.token()
    async with shop.socket(token) as browser:
        message = (await browser.say("My password is 1234"))["id"]
        await browser.send(type="message.update", client_id="change-01", id=message, text="My pasword")
        await browser.until("ack", "message.update")
        await browser.send(type="message.delete", client_id="change-02", id=message)
        deleted = (await browser.until("ack", "message.delete"))["ack"]
        await browser.send(type="message.delete", client_id="change-02", id=message)
        assert await browser.next("ack") == deleted
    visitor = await visitor_of(shop, token)
    _, edit, deletion = shop.told()
    assert isinstance(edit, InboundEdit)
    assert (edit.external_id, edit.text) == (f"{visitor}:{message}", "My pasword")
    assert isinstance(deletion, InboundDeletion)
    first = (await history(shop, token))[0]
    assert (first["text"], first["deleted"]) == ("", True)
    assert "1234" not in str([event.body async for event in VisitorEvent.all()][:1])


async def test_the_same_edit_can_be_made_again_later(shop: Stage) -> None:
    token = await shop.token()
    async with shop.socket(token) as browser:
        message = (await browser.say("One"))["id"]
        for text in ("Two", "One", "Two"):
            await browser.send(type="message.update", id=message, text=text)
            await browser.until("ack", "message.update")
    assert [e.text for e in shop.told() if isinstance(e, InboundEdit)] == ["Two", "One", "Two"]


async def test_only_ones_own_messages_can_be_changed(shop: Stage) -> None:
    token, other = await shop.token(), await shop.token()
    async with shop.socket(token) as browser, shop.socket(other) as stranger:
        own = (await browser.say("Mine"))["id"]
        await answer(shop, await visitor_of(shop, token), "Ours")
        agents = (await browser.next("message"))["id"]
        await stranger.say("Hi", client_id="stranger-1")
        for kind in ("message.update", "message.delete"):
            assert (await browser.refused(type=kind, id=agents, text="x"))["code"] == "not_yours"
            assert (await stranger.refused(type=kind, id=own, text="x"))["code"] == "unknown_message"
            assert (await stranger.refused(type=kind, id="m_nothing", text="x"))["code"] == "unknown_message"
    assert len(shop.events) == 2


async def test_reactions_and_reading_reach_the_desk(shop: Stage) -> None:
    token = await shop.token()
    async with shop.socket(token) as browser:
        await browser.say("Hello")
        receipt = await answer(shop, await visitor_of(shop, token), "Hi")
        message = (await browser.next("message"))["id"]
        for op in ("add", "remove"):
            await browser.send(type="reaction", client_id=f"react-{op}-1", id=message, emoji="👍", op=op)
            await browser.until("ack", "reaction")
        await browser.send(type="read", up_to=message)
        await browser.send(type="read", up_to="a_nothing")
        await browser.send(type="ping")
        await browser.next("pong")
    _, added, removed, report = shop.told()
    assert isinstance(added, InboundReaction)
    assert isinstance(removed, InboundReaction)
    assert (added.emoji, added.removed, removed.removed) == ("👍", False, True)
    assert isinstance(report, DeliveryReport)
    assert (report.external_id, report.state) == (receipt.external_id, ReportState.READ)


async def test_typing_and_read_are_shown(shop: Stage) -> None:
    token = await shop.token()
    async with shop.socket(token) as browser:
        message = (await browser.say("Hello"))["id"]
        visitor = await visitor_of(shop, token)
        await shop.network.typing(shop.account, visitor, True)
        assert (await browser.next("typing"))["on"] is True
        await shop.network.mark_read(shop.account, visitor, f"{visitor}:{message}", "k1")
        assert (await browser.next("status"))["up_to"] == message
    assert [each["type"] for each in await history(shop, token)] == ["message", "status"]


@pytest.mark.parametrize(
    "frame",
    [
        "", "{", "[]", "null", "5", '"x"', "[" * 20_000, '{"type": "hologram"}', '{"type": []}', "{}",
        '{"type": "message.create"}',
        '{"type": "message.create", "client_id": "client-0001"}',
        '{"type": "message.create", "client_id": "client-0001", "text": "  \\u0000 "}',
        '{"type": "message.create", "client_id": "client-0001", "text": {"a": 1}}',
        '{"type": "message.create", "client_id": "../../etc", "text": "x"}',
        '{"type": "message.create", "client_id": "client-0001", "text": "x", "files": "x"}',
        '{"type": "message.create", "client_id": "client-0001", "text": "x", "files": [{}]}',
        '{"type": "message.create", "client_id": "client-0001", "files": [{"upload_id": "u_nobodys"}]}',
        '{"type": "message.create", "client_id": "client-0001", "text": "x", "reply_to": 5}',
        '{"v": 2, "type": "message.create", "client_id": "client-0001", "text": "x"}',
        '{"type": "message.update", "id": "m_1"}',
        '{"type": "reaction", "id": "m_1", "emoji": "<b>"}',
        '{"type": "read", "up_to": {}}',
        '{"type": "resume", "last_seq": -1}',
        '{"type": "resume", "last_seq": "0"}',
        '{"type": "resume", "last_seq": true}',
    ],
)  # fmt: skip
async def test_what_cannot_be_taken_is_refused_in_words(shop: Stage, frame: str) -> None:
    async with shop.socket(await shop.token()) as browser:
        await browser.ws.send_str(frame)
        refused = await browser.next("error")
        assert refused["text"].endswith(".")
        assert refused["code"]
        await browser.send(type="ping")
        await browser.next("pong")
    assert shop.events == []
    assert await VisitorEvent.all().count() == 0


async def test_half_characters_become_whole_ones(shop: Stage) -> None:
    async with shop.socket(await shop.token()) as browser:
        await browser.ws.send_str(
            '{"type": "message.create", "client_id": "client-0001", "text": "a\\ud83d b"}'
        )
        await browser.until("ack", "message")
    (event,) = shop.told()
    assert isinstance(event, InboundMessage)
    assert event.text == "a\ufffd b"


async def test_the_longest_text_passes_and_one_more_is_refused_with_both_numbers(shop: Stage) -> None:
    async with shop.socket(await shop.token()) as browser:
        await browser.say("ä" * 8_000)
        refused = await browser.refused(type="message.create", client_id="client-0002", text="ä" * 8_001)
    assert refused["code"] == "too_long"
    assert "8,001" in refused["text"]
    assert "8,000" in refused["text"]
    assert refused["client_id"] == "client-0002"
    assert len(shop.events) == 1


async def test_a_frame_over_64_kb_ends_the_connection(shop: Stage) -> None:
    async with shop.socket(await shop.token()) as browser:
        await browser.ws.send_str('{"type":"ping","x":"' + "x" * 70_000 + '"}')
        message = await browser.ws.receive(timeout=PATIENCE)
        assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
        assert browser.ws.close_code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG


async def test_bytes_are_no_frames(shop: Stage) -> None:
    async with shop.socket(await shop.token()) as browser:
        await browser.ws.send_bytes(b"\x00")
        await browser.next("error")


async def test_a_failed_transaction_leaves_nothing_and_the_repeat_is_taken(shop: Stage) -> None:
    token = await shop.token()
    async with shop.socket(token) as browser:
        shop.failing = 1
        with capture_logs() as logged:
            refused = await browser.refused(type="message.create", client_id="client-0001", text="Hello")
        assert refused["code"] == "try_again"
        assert refused["retry_after"] > 0
        above = [each for each in logged if each["log_level"] != "debug"]
        assert above == [
            {"event": "chat.frame", "log_level": "error", "error": "RuntimeError", "account": "shop"}
        ]
        assert await VisitorEvent.all().count() == 0
        assert await SeenEvent.all().count() == 0
        await browser.say("Hello", client_id="client-0001")
    assert len(shop.events) == 1


async def test_a_flood_is_slowed_down_and_other_visitors_are_not(tables: None, tmp_path: Path) -> None:
    limits = Limits(messages_visitor=Rate(burst=2, per_second=1))
    async with stage(tmp_path, limits=limits) as shop:
        async with shop.socket(await shop.token()) as loud, shop.socket(await shop.token()) as calm:
            await loud.say("1")
            await loud.say("2")
            refused = await loud.refused(type="message.create", client_id="client-0003", text="3")
            assert (refused["code"], refused["retry_after"]) == ("too_fast", 1)
            await calm.say("1")
            shop.clock.pass_(timedelta(seconds=1))
            await loud.say("3", client_id="client-0003")
        assert len(shop.events) == 4


@pytest.mark.parametrize("which", ["messages_address", "messages_site"])
async def test_an_address_and_a_site_have_their_limit_too(tables: None, tmp_path: Path, which: str) -> None:
    limits = Limits(**{which: Rate(burst=1, per_second=1)})
    async with (
        stage(tmp_path, limits=limits) as shop,
        shop.socket(await shop.token()) as one,
        shop.socket(await shop.token()) as two,
    ):
        await one.say("1")
        refused = await two.refused(type="message.create", client_id="client-0001", text="1")
        assert refused["code"] == "too_fast"


async def test_one_visitor_has_a_bounded_number_of_sockets(tables: None, tmp_path: Path) -> None:
    async with stage(tmp_path, limits=Limits(sockets_per_visitor=1)) as shop:
        token = await shop.token()
        async with shop.socket(token):
            with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                async with shop.socket(token):
                    pass
        assert caught.value.status == 429


async def test_sites_do_not_mix(shop: Stage) -> None:
    here, there = await shop.token(), await shop.token("blog")
    async with shop.socket(here) as one, shop.socket(there, site="blog") as two:
        await one.say("To the shop")
        await two.say("To the blog")
    assert [(account, e.text) for account, e in shop.events if isinstance(e, InboundMessage)] == [
        (7, "To the shop"),
        (8, "To the blog"),
    ]
    assert [each["text"] for each in await history(shop, here)] == ["To the shop"]


async def test_open_sockets_end_with_the_program(shop: Stage) -> None:
    async with shop.socket(await shop.token()) as browser:
        shop.visitors.hub.close()
        message = await browser.ws.receive(timeout=PATIENCE)
        assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
        assert browser.ws.close_code == aiohttp.WSCloseCode.GOING_AWAY


async def test_an_answer_to_a_visitor_who_is_not_there_is_final(shop: Stage) -> None:
    from networks.errors import ContactUnreachable

    with pytest.raises(ContactUnreachable):
        await answer(shop, "v_nobody", "Hi")

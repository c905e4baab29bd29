"""Events as Slack sends them: shapes, signatures, repeats, and to whom."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Sandbox

ROOM = "C0SUPPORT1"
ANA = "U0ANA00001"


class Raw:
    """An app that is nothing but an address: it keeps each request and answers what it is told to."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answer: Callable[[int], web.Response] = lambda count: web.Response()
        self.gate: asyncio.Event | None = None

    async def receive(self, request: web.Request) -> web.Response:
        self.requests.append((dict(request.headers), await request.read()))
        if self.gate is not None:
            await self.gate.wait()
        return self.answer(len(self.requests))

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.requests]


@pytest.fixture
async def raw(slack: Sandbox) -> AsyncIterator[Raw]:
    made = Raw()
    served = web.Application()
    served.router.add_post("/events", made.receive)
    runner = web.AppRunner(served, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.socket_mode = False
    slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/events"
    yield made
    if made.gate is not None:
        made.gate.set()
    await runner.cleanup()


async def _settled(slack: Sandbox) -> None:
    await slack.until(lambda: slack.events_under_way == 0)


async def test_a_typed_message_comes_with_everything_slack_puts_there(slack: Sandbox, http_app) -> None:
    said = await slack.act("say", user=ANA, channel=ROOM, text="1 < 2 & *bold* @Ben")
    event = await http_app.until(type="message", ts=said["ts"])
    assert event["text"] == "1 &lt; 2 &amp; *bold* <@U0BEN00001>"
    assert event["blocks"][0]["type"] == "rich_text"
    assert (event["channel"], event["channel_type"], event["user"]) == (ROOM, "channel", ANA)
    assert event["client_msg_id"] and event["event_ts"] == said["ts"]
    body = http_app.bodies[-1]
    assert (body["type"], body["team_id"], body["api_app_id"]) == (
        "event_callback",
        slack.team_id,
        slack.app_id,
    )
    assert body["event_id"].startswith("Ev")
    assert body["authorizations"][0]["user_id"] == slack.bot_user_id
    assert body["is_ext_shared_channel"] is False


async def test_every_request_is_signed_over_its_raw_body(slack: Sandbox, raw: Raw) -> None:
    await slack.act("say", user=ANA, channel=ROOM, text="Grüße")
    await _settled(slack)
    headers, body = raw.requests[0]
    signed = f"v0:{headers['X-Slack-Request-Timestamp']}:".encode() + body
    digest = hmac.new(slack.signing_secret.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["X-Slack-Signature"] == f"v0={digest}"


async def test_requests_stay_fresh_when_the_clock_is_put_forward(slack: Sandbox, http_app) -> None:
    slack.advance(3600)
    said = await slack.act("say", user=ANA, channel=ROOM, text="an hour later")
    await http_app.until(ts=said["ts"])


async def test_an_event_not_taken_is_repeated_three_times_and_then_lost(slack: Sandbox, raw: Raw) -> None:
    raw.answer = lambda count: web.Response(status=500)
    await slack.act("say", user=ANA, channel=ROOM, text="x")
    await _settled(slack)
    numbers = [h.get("X-Slack-Retry-Num") for h, _ in raw.requests]
    assert numbers == [None, "1", "2", "3"]
    assert {h.get("X-Slack-Retry-Reason") for h, _ in raw.requests[1:]} == {"http_error"}
    assert len({b["event_id"] for b in raw.bodies()}) == 1
    assert slack.events_lost == [{"event_id": raw.bodies()[0]["event_id"], "reason": "http_error"}]


async def test_a_repeat_that_is_taken_ends_the_matter(slack: Sandbox, raw: Raw) -> None:
    raw.answer = lambda count: web.Response(status=500 if count == 1 else 200)
    await slack.act("say", user=ANA, channel=ROOM, text="x")
    await _settled(slack)
    assert (len(raw.requests), slack.events_lost) == (2, [])


async def test_no_retry_is_honoured(slack: Sandbox, raw: Raw) -> None:
    raw.answer = lambda count: web.Response(status=500, headers={"X-Slack-No-Retry": "1"})
    await slack.act("say", user=ANA, channel=ROOM, text="x")
    await _settled(slack)
    assert len(raw.requests) == 1


async def test_a_slow_answer_counts_as_none(slack: Sandbox, raw: Raw) -> None:
    raw.gate = asyncio.Event()
    await slack.act("say", user=ANA, channel=ROOM, text="x")
    await slack.until(lambda: len(raw.requests) >= 1 and slack.events_under_way == 0, timeout=20)
    assert raw.requests[1][0]["X-Slack-Retry-Reason"] == "http_timeout"


async def test_an_app_that_does_not_listen_loses_the_event(slack: Sandbox) -> None:
    slack.socket_mode = False
    slack.request_url = "http://127.0.0.1:9/events"
    await slack.act("say", user=ANA, channel=ROOM, text="x")
    await _settled(slack)
    assert slack.events_lost[-1]["reason"] == "connection_failed"


async def test_the_address_is_verified_by_its_challenge(slack: Sandbox, http_app) -> None:
    assert await slack.verify_request_url() is True
    slack.request_url = "http://127.0.0.1:9/events"
    assert await slack.verify_request_url() is False


async def test_where_the_bot_is_not_a_member_it_hears_nothing(slack: Sandbox, app) -> None:
    await slack.act("say", user=ANA, channel="C0GENERAL1", text="unheard")
    said = await slack.act("say", user=ANA, channel=ROOM, text="heard")
    await app.until(ts=said["ts"])
    assert [e["text"] for e in app.heard(type="message")] == ["heard"]


async def test_without_its_scope_or_subscription_an_event_is_not_sent(slack: Sandbox, app) -> None:
    said = await slack.act("say", user=ANA, channel=ROOM, text="first")
    await app.until(ts=said["ts"])
    await slack.act("set_scopes", scopes=["reactions:read"])
    await slack.act("say", user=ANA, channel=ROOM, text="second")
    await slack.act("unarchive", channel=ROOM)
    await slack.act("react", user=ANA, channel=ROOM, ts=said["ts"], name="eyes")
    await app.until(type="reaction_added")
    assert [e["text"] for e in app.heard(type="message")] == ["first"]


async def test_our_own_posts_are_heard_as_slack_shows_them(
    slack: Sandbox, app, client: AsyncWebClient
) -> None:
    plain = await client.chat_postMessage(channel=ROOM, text="plain")
    named = await client.chat_postMessage(channel=ROOM, text="named", username="Mia")
    assert (await app.until(ts=plain["ts"]))["user"] == slack.bot_user_id
    event = await app.until(ts=named["ts"])
    assert (event["subtype"], event["bot_id"]) == ("bot_message", slack.bot_id)
    assert "user" not in event


async def test_an_edit_tells_what_was_there_before(slack: Sandbox, app) -> None:
    said = await slack.act("say", user=ANA, channel=ROOM, text="before")
    await slack.act("edit", user=ANA, channel=ROOM, ts=said["ts"], text="before")
    await slack.act("edit", user=ANA, channel=ROOM, ts=said["ts"], text="after")
    event = await app.until(subtype="message_changed")
    assert (event["message"]["text"], event["previous_message"]["text"]) == ("after", "before")
    assert event["message"]["ts"] == said["ts"] != event["ts"]
    assert event["message"]["edited"]["user"] == ANA
    assert event["hidden"] is True
    assert len(app.heard(subtype="message_changed")) == 1


async def test_a_preview_is_a_change_without_changed_words(slack: Sandbox, app) -> None:
    said = await slack.act("say", user=ANA, channel=ROOM, text="https://example.com/")
    await slack.act("unfurl", channel=ROOM, ts=said["ts"])
    event = await app.until(subtype="message_changed")
    assert event["message"]["text"] == event["previous_message"]["text"] == "<https://example.com/>"
    assert "attachments" in event["message"]


async def test_deletions_name_what_is_gone(slack: Sandbox, app) -> None:
    parent = await slack.act("say", user=ANA, channel=ROOM, text="parent")
    reply = await slack.act("say", user=ANA, channel=ROOM, text="reply", thread_ts=parent["ts"])
    await slack.act("delete", user=ANA, channel=ROOM, ts=parent["ts"])
    tombstone = await app.until(subtype="message_changed")
    assert tombstone["message"]["subtype"] == "tombstone"
    assert tombstone["previous_message"]["text"] == "parent"
    await slack.act("delete", user=ANA, channel=ROOM, ts=reply["ts"])
    deleted = await app.until(subtype="message_deleted", deleted_ts=reply["ts"])
    assert deleted["previous_message"]["text"] == "reply"


async def test_a_broadcast_reply_brings_its_root(slack: Sandbox, app) -> None:
    parent = await slack.act("say", user=ANA, channel=ROOM, text="parent")
    said = await slack.act("say", user=ANA, channel=ROOM, text="all", thread_ts=parent["ts"], broadcast=True)
    event = await app.until(subtype="thread_broadcast")
    assert (event["ts"], event["thread_ts"], event["root"]["text"]) == (said["ts"], parent["ts"], "parent")


async def test_reactions_name_item_and_author(slack: Sandbox, app) -> None:
    said = await slack.act("say", user=ANA, channel=ROOM, text="x")
    await slack.act("react", user="U0BEN00001", channel=ROOM, ts=said["ts"], name="tada")
    event = await app.until(type="reaction_added")
    assert event["item"] == {"type": "message", "channel": ROOM, "ts": said["ts"]}
    assert (event["user"], event["reaction"], event["item_user"]) == ("U0BEN00001", "tada", ANA)
    assert (await slack.act("unreact", user=ANA, channel=ROOM, ts=said["ts"], name="tada"))[
        "error"
    ] == "no_reaction"
    await slack.act("unreact", user="U0BEN00001", channel=ROOM, ts=said["ts"], name="tada")
    await app.until(type="reaction_removed")


async def test_coming_and_going_are_told(slack: Sandbox, app) -> None:
    await slack.act("invite", user="U0DORA0001", channel=ROOM, by=ANA)
    joined = await app.until(type="member_joined_channel", user="U0DORA0001")
    assert (joined["inviter"], joined["channel_type"]) == (ANA, "C")
    await app.until(subtype="channel_join")
    await slack.act("leave", user="U0DORA0001", channel=ROOM)
    await app.until(type="member_left_channel", user="U0DORA0001")
    await slack.act("kick", user=slack.bot_user_id, channel=ROOM)
    await app.until(type="member_left_channel", user=slack.bot_user_id)


async def test_channels_and_people_change(slack: Sandbox, app) -> None:
    await slack.act("rename_channel", channel=ROOM, name="help")
    assert (await app.until(type="channel_rename"))["channel"]["name"] == "help"
    await slack.act("archive", channel=ROOM)
    assert (await app.until(type="channel_archive"))["channel"] == ROOM
    await slack.act("update_person", user=ANA, display_name="Anna")
    assert (await app.until(type="user_change"))["user"]["profile"]["display_name"] == "Anna"
    await slack.act("revoke_token")
    assert (await app.until(type="tokens_revoked"))["tokens"]["bot"] == [slack.bot_user_id]


async def test_direct_messages_are_of_the_kind_im(slack: Sandbox, app) -> None:
    channel = (await slack.act("open_dm", user=ANA, other=slack.bot_user_id))["channel"]
    said = await slack.act("say", user=ANA, channel=channel, text="psst")
    assert (await app.until(ts=said["ts"]))["channel_type"] == "im"


async def test_shared_channels_say_so(slack: Sandbox, app) -> None:
    made = (await slack.act("make_channel", name="ext", shared=True, members=[ANA]))["channel"]
    await slack.act("invite", user=slack.bot_user_id, channel=made, by=ANA)
    stranger = (await slack.act("make_person", real_name="Sam Stranger", team_id="T0OTHER001"))["user"]
    await slack.act("invite", user=stranger, channel=made, by=ANA)
    said = await slack.act("say", user=stranger, channel=made, text="hello")
    assert (await app.until(ts=said["ts"]))["team"] == "T0OTHER001"
    assert app.bodies[-1]["is_ext_shared_channel"] is True


async def test_events_can_be_doubled_reordered_and_dropped(slack: Sandbox, app) -> None:
    slack.events_fault(duplicate=2)
    said = await slack.act("say", user=ANA, channel=ROOM, text="thrice")
    await slack.until(lambda: len(app.heard(ts=said["ts"])) == 3)
    assert len({b["event_id"] for b in app.bodies}) == 1
    slack.events_fault(reorder=True)
    first = await slack.act("say", user=ANA, channel=ROOM, text="first")
    second = await slack.act("say", user=ANA, channel=ROOM, text="second")
    await app.until(ts=first["ts"])
    assert [e["ts"] for e in app.events[-2:]] == [second["ts"], first["ts"]]
    slack.events_fault(drop=True)
    lost = await slack.act("say", user=ANA, channel=ROOM, text="lost")
    slack.events_fault()
    kept = await slack.act("say", user=ANA, channel=ROOM, text="kept")
    await app.until(ts=kept["ts"])
    assert app.heard(ts=lost["ts"]) == []


async def test_a_held_back_event_comes_when_reordering_ends(slack: Sandbox, app) -> None:
    slack.events_fault(reorder=True)
    said = await slack.act("say", user=ANA, channel=ROOM, text="alone")
    slack.events_fault()
    await app.until(ts=said["ts"])

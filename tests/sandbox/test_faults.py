"""Faults of the Web API, and Slack's rate limits."""

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Sandbox
from sandbox.limits import EVENTS_PER_HOUR, Limits

ROOM = "C0SUPPORT1"


async def _post(client: AsyncWebClient, text: str = "x") -> str:
    return str((await client.chat_postMessage(channel=ROOM, text=text))["ts"])


def texts(slack: Sandbox) -> list[str]:
    return [m["text"] for m in slack.messages(ROOM) if m.get("bot_id")]


@pytest.mark.parametrize(
    ("kind", "status", "posted"),
    [
        ("500", 500, []),
        ("html503", 503, []),
        ("internal_error", 200, []),
        ("fatal_error", 200, []),
        ("channel_not_found", 200, []),
        ("internal_error_done", 200, ["x"]),
    ],
)
async def test_a_fault_spoils_the_answer_and_maybe_the_call(slack, client, kind, status, posted) -> None:
    slack.fault("chat.postMessage", kind)
    with pytest.raises(SlackApiError) as caught:
        await _post(client)
    assert caught.value.response.status_code == status
    assert texts(slack) == posted
    await _post(client, "after")
    assert texts(slack) == [*posted, "after"]


async def test_a_lost_answer_was_carried_out(slack: Sandbox, client: AsyncWebClient) -> None:
    slack.fault("chat.postMessage", "lost_answer")
    with pytest.raises(aiohttp.ClientError):
        await _post(client)
    assert texts(slack) == ["x"]
    assert slack.calls("chat.postMessage")[-1]["answer"]["ok"] is True


async def test_the_default_client_repeats_a_lost_answer_and_posts_twice(slack: Sandbox) -> None:
    slack.fault("chat.postMessage", "lost_answer")
    await _post(AsyncWebClient(slack.bot_token, base_url=slack.api_url))
    assert texts(slack) == ["x", "x"]


async def test_a_time_out_was_not_carried_out(slack: Sandbox) -> None:
    slack.fault("chat.postMessage", "timeout")
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.2)) as session:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url, session=session, retry_handlers=[])
        with pytest.raises(TimeoutError):
            await _post(client)
    assert texts(slack) == []


async def test_a_late_answer_was_carried_out_at_once(slack: Sandbox, client: AsyncWebClient) -> None:
    slack.fault("chat.postMessage", "late_answer", seconds=0.2)
    call = asyncio.ensure_future(_post(client))
    await slack.until(lambda: texts(slack) == ["x"])
    assert not call.done()
    assert await call == slack.messages(ROOM)[-1]["ts"]


async def test_a_fault_can_wait_and_strike_several_times(slack: Sandbox, client: AsyncWebClient) -> None:
    slack.fault("*", "internal_error", times=2, after=1)
    await _post(client, "first")
    for _ in range(2):
        with pytest.raises(SlackApiError):
            await _post(client)
    await _post(client, "last")
    assert texts(slack) == ["first", "last"]
    slack.fault("*", "internal_error", times=None)
    slack.clear_faults()
    await _post(client, "cleared")


async def test_429_says_when_to_come_back(slack: Sandbox, client: AsyncWebClient) -> None:
    slack.fault("chat.postMessage", "429", seconds=60)
    with pytest.raises(SlackApiError) as caught:
        await _post(client)
    response = caught.value.response
    assert (response.status_code, response.headers["Retry-After"]) == (429, "60")


async def _burst(client: AsyncWebClient, count: int) -> list[bool]:
    outcomes = []
    for _ in range(count):
        try:
            await _post(client)
            outcomes.append(True)
        except SlackApiError as error:
            assert error.response["error"] == "ratelimited"
            assert int(error.response.headers["Retry-After"]) >= 1
            outcomes.append(False)
    return outcomes


async def test_posts_have_a_bucket_of_three_and_one_a_second(slack: Sandbox, client: AsyncWebClient) -> None:
    slack.limits()
    assert await _burst(client, 4) == [True, True, True, False]
    slack.advance(1)
    assert await _burst(client, 2) == [True, False]
    await client.conversations_join(channel="C0GENERAL1")
    assert (await client.chat_postMessage(channel="C0GENERAL1", text="another channel"))["ok"]
    slack.limits(on=False)
    assert await _burst(client, 5) == [True] * 5


async def test_a_person_and_the_messages_with_them_are_one_place(slack: Sandbox, client) -> None:
    channel = (await client.conversations_open(users="U0ANA00001"))["channel"]["id"]
    slack.limits(scale=0.1)
    for place in ("U0ANA00001", channel, "U0ANA00001"):
        await client.chat_postMessage(channel=place, text="x")
    with pytest.raises(SlackApiError, match="ratelimited"):
        await client.chat_postMessage(channel=channel, text="x")


async def test_the_limiter_can_run_ten_times_as_fast(slack: Sandbox, client: AsyncWebClient) -> None:
    slack.limits(scale=10)
    await _burst(client, 3)
    slack.advance(0.1)
    assert (await _burst(client, 1)) == [True]


async def test_updates_are_fifty_a_minute(slack: Sandbox, client: AsyncWebClient) -> None:
    ts = await _post(client)
    slack.limits()
    for _ in range(50):
        await client.chat_update(channel=ROOM, ts=ts, text="y")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_update(channel=ROOM, ts=ts, text="z")
    assert 1 <= int(caught.value.response.headers["Retry-After"]) <= 60
    slack.advance(60)
    assert (await client.chat_update(channel=ROOM, ts=ts, text="z"))["ok"]


async def test_uploads_and_downloads_can_fail_too(slack: Sandbox, client: AsyncWebClient) -> None:
    slot = (await client.files_getUploadURLExternal(filename="a", length=1)).data
    slack.fault("upload", "500")
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        async with http.post(slot["upload_url"], data=b"x") as answer:
            assert answer.status == 500
        async with http.post(slot["upload_url"], data=b"x") as answer:
            assert answer.status == 200
        slack.fault("download", "html503")
        async with http.get(slack.file(slot["file_id"])["url_private"]) as answer:
            assert answer.status == 503
        slack.fault("download", "sign_in")
        async with http.get(slack.file(slot["file_id"])["url_private"]) as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")
        slot = (await client.files_getUploadURLExternal(filename="b", length=100_000)).data
        async with http.post(slot["upload_url"], data=b"y" * 100_000) as answer:
            assert answer.status == 200
        slack.fault("download", "cut_off")
        async with http.get(slack.file(slot["file_id"])["url_private"]) as answer:
            assert answer.content_length == 100_000
            got = b""
            with pytest.raises(aiohttp.ClientPayloadError):
                async for chunk in answer.content.iter_any():
                    got += chunk
            assert 0 < len(got) <= 50_000


def test_events_above_thirty_thousand_an_hour_are_gone() -> None:
    limits = Limits()
    limits.switch(True, 1.0)
    assert all(limits.may_deliver(float(n)) for n in range(EVENTS_PER_HOUR // 10) for _ in range(10)) is True
    assert limits.may_deliver(3000.0) is False
    assert limits.may_deliver(3600.0) is True


async def test_over_the_limit_the_app_is_told_once_a_minute(slack: Sandbox, http_app, monkeypatch) -> None:
    monkeypatch.setattr("sandbox.limits.EVENTS_PER_HOUR", 1)
    slack.limits()
    for text in ("heard", "lost", "lost too"):
        await slack.act("say", user="U0ANA00001", channel=ROOM, text=text)
    await slack.until(lambda: slack.events_under_way == 0)
    assert [e["text"] for e in http_app.events] == ["heard"]
    assert [b["type"] for b in http_app.bodies] == ["event_callback", "app_rate_limited"]

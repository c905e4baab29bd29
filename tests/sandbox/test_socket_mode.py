"""Socket Mode: tickets, one socket for each envelope, what is dropped, and how sockets are cut."""

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Sandbox

ROOM = "C0SUPPORT1"
ANA = "U0ANA00001"


async def _address(slack: Sandbox) -> str:
    return (
        await AsyncWebClient(slack.app_token, base_url=slack.api_url).apps_connections_open(
            app_token=slack.app_token
        )
    )["url"]


async def test_what_happens_while_no_socket_is_open_is_gone(slack: Sandbox, client, app) -> None:
    await slack.cut_sockets()
    assert slack.sockets_open == 0
    lost = await slack.act("say", user=ANA, channel=ROOM, text="lost")
    assert slack.events_lost[-1]["reason"] == "no_socket"
    refusal = await slack.act("command", user=ANA, channel=ROOM, text="/hello")
    assert refusal["error"] == "app_did_not_respond"
    await slack.until(lambda: slack.sockets_open == 1)
    kept = await slack.act("say", user=ANA, channel=ROOM, text="kept")
    await app.until(ts=kept["ts"])
    assert app.heard(ts=lost["ts"]) == []


async def test_a_warned_client_reconnects(slack: Sandbox, app) -> None:
    before = len(slack.calls("apps.connections.open"))
    await slack.cut_sockets(warning=True)
    await slack.until(lambda: len(slack.calls("apps.connections.open")) > before and slack.sockets_open >= 1)
    said = await slack.act("say", user=ANA, channel=ROOM, text="x")
    await app.until(ts=said["ts"])


async def test_a_half_open_socket_swallows_everything(slack: Sandbox) -> None:
    address = await _address(slack)
    async with aiohttp.ClientSession() as http, http.ws_connect(address, autoping=False) as socket:
        await socket.receive_json()
        await socket.ping()
        assert (await socket.receive()).type is aiohttp.WSMsgType.PONG
        await slack.cut_sockets(half_open=True)
        assert slack.sockets_open == 1
        await slack.act("say", user=ANA, channel=ROOM, text="swallowed")
        await slack.until(lambda: slack.events_under_way == 0, timeout=20)
        assert slack.events_lost[-1]["reason"] == "timeout"
        await socket.ping()
        with pytest.raises(TimeoutError):
            await socket.receive(timeout=0.05)


async def test_a_client_notices_a_half_open_socket_by_its_missing_pongs(slack: Sandbox, app) -> None:
    await slack.cut_sockets(half_open=True)
    before = len(slack.calls("apps.connections.open"))
    await slack.until(lambda: len(slack.calls("apps.connections.open")) > before)


async def test_each_envelope_goes_to_one_of_the_open_sockets(slack: Sandbox, app) -> None:
    second = AsyncSocketModeHandler(app.bolt, slack.app_token)
    await second.connect_async()
    await slack.until(lambda: slack.sockets_open == 2)
    stamps = [(await slack.act("say", user=ANA, channel=ROOM, text=str(n)))["ts"] for n in range(6)]
    await slack.until(lambda: slack.events_under_way == 0)
    assert sorted(e["ts"] for e in app.heard(type="message")) == stamps
    await second.close_async()


async def test_an_envelope_not_acknowledged_comes_again(slack: Sandbox) -> None:
    async with aiohttp.ClientSession() as http, http.ws_connect(await _address(slack)) as socket:
        hello = await socket.receive_json()
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        await slack.act("say", user=ANA, channel=ROOM, text="x")
        first = await socket.receive_json()
        second = await socket.receive_json()
        assert (first["type"], first["retry_attempt"], second["retry_attempt"]) == ("events_api", 0, 1)
        assert second["retry_reason"] == "timeout"
        assert first["payload"]["event_id"] == second["payload"]["event_id"]
        assert first["envelope_id"] != second["envelope_id"]
        assert first["accepts_response_payload"] is False
        await socket.send_json({"envelope_id": second["envelope_id"]})
        await slack.until(lambda: slack.events_under_way == 0)
        assert slack.events_lost == []


async def test_a_ticket_opens_one_socket_once_and_soon(slack: Sandbox) -> None:
    address = await _address(slack)
    async with aiohttp.ClientSession() as http:
        async with http.ws_connect(address):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await http.ws_connect(address)
        late = await _address(slack)
        slack.advance(31)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(late)


async def test_at_most_ten_sockets_are_open(slack: Sandbox) -> None:
    async with aiohttp.ClientSession() as http:
        open_ = [await http.ws_connect(await _address(slack)) for _ in range(10)]
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await http.ws_connect(await _address(slack))
        assert caught.value.status == 429
        for socket in open_:
            await socket.close()


async def test_without_socket_mode_no_connection_is_given(slack: Sandbox, refused) -> None:
    slack.socket_mode = False
    client = AsyncWebClient(slack.app_token, base_url=slack.api_url)
    answer = await refused(client.apps_connections_open(app_token=slack.app_token))
    assert answer["error"] == "forbidden_team"


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "link_disabled"])
async def test_slack_says_why_it_disconnects(slack: Sandbox, reason: str) -> None:
    async with aiohttp.ClientSession() as http, http.ws_connect(await _address(slack)) as socket:
        await socket.receive_json()
        await slack.cut_sockets(warning=True, reason=reason)
        goodbye = await socket.receive_json()
        assert (goodbye["type"], goodbye["reason"]) == ("disconnect", reason)
        assert (await socket.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE

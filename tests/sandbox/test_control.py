"""The stand-in's own interface: over HTTP, for browsers, and from the command line."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import ManifestRefused, Refusal, Sandbox
from tests.sandbox.workspace import manifest

ROOM = "C0SUPPORT1"
ANA = "U0ANA00001"


@pytest.fixture
async def http(slack: Sandbox):
    async with aiohttp.ClientSession(slack.url) as session:
        yield session


async def _act(http: aiohttp.ClientSession, verb: str, **args: object) -> dict:
    async with http.post("/sandbox/act", json={"verb": verb, **args}) as answer:
        return await answer.json()


async def test_acting_and_reading_over_http(slack: Sandbox, http, client: AsyncWebClient) -> None:
    said = await _act(http, "say", user=ANA, channel=ROOM, text="hello")
    assert said["ok"]
    refusal = await _act(http, "say", user="U0DORA0001", channel=ROOM, text="hello")
    assert refusal == {"ok": False, "error": "not_in_channel", "words": "You are not in this conversation."}
    assert (await _act(http, "fly"))["error"] == "unknown_verb"
    async with http.get("/sandbox/messages", params={"channel": ROOM}) as answer:
        assert (await answer.json())["messages"][-1]["ts"] == said["ts"]
    await client.auth_test()
    async with http.get("/sandbox/calls", params={"method": "auth.test"}) as answer:
        assert [c["method"] for c in (await answer.json())["calls"]] == ["auth.test"]
    async with http.post("/sandbox/act", data=b"[") as answer:
        assert answer.status == 400


async def test_a_person_sees_only_their_own_rooms(slack: Sandbox, http) -> None:
    await slack.act("say", user=ANA, channel=ROOM, text="inside")
    async with http.get("/sandbox/state", params={"as": "U0DORA0001"}) as answer:
        state = await answer.json()
    assert [c["name"] for c in state["channels"]] == ["general"]
    assert ROOM not in state["messages"]
    assert [c["name"] for c in state["open_channels"]] == ["support"]
    assert state["app"]["commands"][0]["command"] == "/hello"
    async with http.get("/sandbox/state", params={"as": "U0NOBODY00"}) as answer:
        assert answer.status == 404


async def test_a_browser_is_told_of_every_change(slack: Sandbox, http, client: AsyncWebClient) -> None:
    async with http.ws_connect(f"/sandbox/live?as={ANA}") as browser:
        await slack.until(lambda: slack.core.live.watching([ANA]))
        posted = await client.chat_postMessage(channel=ROOM, text=f"for <@{ANA}>")
        await client.chat_postEphemeral(channel=ROOM, user=ANA, text="psst")
        await client.chat_delete(channel=ROOM, ts=posted["ts"])
        kinds = [(await browser.receive_json())["type"] for _ in range(6)]
    assert kinds == ["notification", "message", "channels", "threads", "ephemeral", "message_removed"]


async def test_a_file_goes_through_the_browser(slack: Sandbox, http) -> None:
    form = aiohttp.FormData()
    form.add_field("file", b"<svg/>", filename="a.svg", content_type="image/svg+xml")
    async with http.post("/sandbox/upload", data=form) as answer:
        upload = await answer.json()
    assert (upload["name"], upload["size"]) == ("a.svg", 6)
    said = await _act(http, "say", user=ANA, channel=ROOM, files=[{"upload_id": upload["upload_id"]}])
    path = f"/sandbox/file/{said['files'][0]}/a.svg"
    async with http.get(path, params={"as": ANA}) as answer:
        assert (await answer.read(), answer.content_type) == (b"<svg/>", "application/octet-stream")
    async with http.get(path, params={"as": "U0DORA0001"}) as answer:
        assert answer.status == 404


async def test_faults_and_limits_are_switched_over_http(slack: Sandbox, http, client, refused) -> None:
    await http.post("/sandbox/fault", json={"method": "auth.test", "kind": "fatal_error", "times": None})
    assert (await refused(client.auth_test()))["error"] == "fatal_error"
    await http.post("/sandbox/fault", json={"clear": True})
    assert (await client.auth_test())["ok"]
    await http.post("/sandbox/limits", json={"on": True, "scale": 10})
    assert (slack.core.limits.on, slack.core.limits.scale) == (True, 10)
    await http.post("/sandbox/history_delay", json={"seconds": 5})
    await http.post("/sandbox/events_fault", json={"duplicate": 1})
    assert (slack.core.faults.history_delay, slack.core.faults.duplicate) == (5, 1)
    async with http.post("/sandbox/cut_sockets", json={}) as answer:
        assert answer.status == 200
    for path, given in (("fault", {"kind": "500"}), ("advance", {"seconds": "x"}), ("cut_sockets", {"x": 1})):
        async with http.post(f"/sandbox/{path}", json=given) as answer:
            assert answer.status == 400


@pytest.mark.parametrize("path", ["/../pyproject.toml", "/%2e%2e/server.js", "/sandbox/../../x.js"])
async def test_only_the_client_is_served(http, path: str) -> None:
    async with http.get(path) as answer:
        assert answer.status == 404


async def test_waiting_gives_up(slack: Sandbox) -> None:
    with pytest.raises(TimeoutError):
        await slack.until(lambda: False, timeout=0.01)


async def test_the_command_line_says_where_it_listens(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps(manifest()))
    (tmp_path / "seed.json").write_text(json.dumps({"team": {"id": "T0OTHER001"}}))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sandbox",
        "--manifest",
        str(tmp_path / "manifest.json"),
        "--seed",
        str(tmp_path / "seed.json"),
        "--state",
        str(tmp_path / "state"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    said = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
    client = AsyncWebClient(said["bot_token"], base_url=said["api_url"])
    assert (await client.auth_test())["team_id"] == "T0OTHER001" == said["team_id"]
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 20) == 0
    assert (tmp_path / "state" / "workspace.json").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"display_information": {"name": "x" * 36}},
        {"oauth_config": {"scopes": {"bot": ["chat:write"]}}},
        {"features": {"slash_commands": [{"command": "hello", "description": "x"}]}},
        {
            "features": {
                "shortcuts": [{"name": "x" * 25, "type": "message", "callback_id": "c", "description": "x"}]
            }
        },
        {"settings": ["socket_mode_enabled"]},
    ],
)
async def test_a_manifest_slack_would_not_take_is_refused(change: dict) -> None:
    with pytest.raises(ManifestRefused):
        async with Sandbox({**manifest(), **change}):
            raise AssertionError("it started")


async def test_pages_of_other_sites_cannot_act(slack: Sandbox, http) -> None:
    said = {"verb": "say", "user": ANA, "channel": ROOM, "text": "x"}
    for origin, status in (("https://evil.example", 403), ("null", 403), (slack.url, 200)):
        async with http.post("/sandbox/act", json=said, headers={"Origin": origin}) as answer:
            assert answer.status == status
    assert [m["text"] for m in slack.messages(ROOM)].count("x") == 1


async def test_a_seed_that_names_nobody_is_refused() -> None:
    seed = {"channels": [{"name": "lost", "members": ["U0NOBODY00"]}]}
    with pytest.raises(Refusal, match="U0NOBODY00"):
        async with Sandbox(manifest(), seed):
            raise AssertionError("it started")

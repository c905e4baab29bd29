"""A stand-in that is started again on its folder has everything it had."""

from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Durations, Refusal, Sandbox
from sandbox.storage import load
from tests.sandbox.workspace import QUICK, manifest

ROOM = "C0SUPPORT1"
ANA = "U0ANA00001"


async def test_everything_outlives_a_restart(tmp_path: Path) -> None:
    async with Sandbox(manifest(), state=tmp_path, durations=QUICK) as slack:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
        await client.conversations_join(channel=ROOM)
        metadata = {"event_type": "a_post", "event_payload": {"id": 1}}
        parent = (await client.chat_postMessage(channel=ROOM, text="parent", metadata=metadata))["ts"]
        said = await slack.act(
            "say",
            user=ANA,
            channel=ROOM,
            text="reply",
            thread_ts=parent,
            files=[{"name": "a", "content": b"abc"}],
        )
        await slack.act("react", user=ANA, channel=ROOM, ts=parent, name="tada")
        await client.views_publish(user_id=ANA, view={"type": "home", "blocks": []})
        direct = (await client.conversations_open(users=ANA))["channel"]["id"]
        upload = await client.files_getUploadURLExternal(filename="later", length=1)
        before = (slack.messages(ROOM), slack.messages(ROOM, parent), slack.home(ANA))
    async with Sandbox(manifest(), state=tmp_path, durations=QUICK) as slack:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
        assert (slack.messages(ROOM), slack.messages(ROOM, parent), slack.home(ANA)) == before
        assert slack.metadata(ROOM, parent) == metadata
        assert slack.file_path(said["files"][0]).read_bytes() == b"abc"
        assert (await client.conversations_open(users=ANA))["channel"]["id"] == direct
        newer = await client.chat_postMessage(channel=ROOM, text="newer", thread_ts=parent)
        assert newer["ts"] > said["ts"]
        assert [n["why"] for n in slack.notifications(ANA)] == ["thread"]
        another = await client.files_getUploadURLExternal(filename="b", length=1)
        assert another["file_id"] > upload["file_id"]
        assert upload["upload_url"].rsplit("/", 1)[1] in slack.core.world.upload_slots


async def test_changes_are_on_disk_before_the_end(tmp_path: Path) -> None:
    durations = Durations(snapshot=0.0)
    async with Sandbox(manifest(), state=tmp_path, durations=durations) as slack:
        said = await slack.act("say", user=ANA, channel=ROOM, text="kept")

        def stored() -> bool:
            world = load(tmp_path)
            return world is not None and said["ts"] in world.channels[ROOM].messages

        await slack.until(stored)


async def test_a_share_that_was_promised_is_not_lost_at_the_end(tmp_path: Path) -> None:
    async with Sandbox(manifest(), state=tmp_path, durations=Durations(share=0.05)) as slack:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
        await client.conversations_join(channel=ROOM)
        await client.files_upload_v2(channel=ROOM, content=b"x", filename="a.txt")
    world = load(tmp_path)
    assert world is not None
    assert [m.body.get("subtype") for m in world.channels[ROOM].messages.values()][-1] == "file_share"


async def test_what_lives_in_a_client_ends_with_it(tmp_path: Path) -> None:
    async with Sandbox(manifest(), state=tmp_path, durations=QUICK) as slack:
        client = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
        await client.conversations_join(channel=ROOM)
        await client.chat_postEphemeral(channel=ROOM, user=ANA, text="psst")
        assert [m["text"] for m in slack.ephemerals(ANA)] == ["psst"]
        await slack.act("say", user=ANA, channel=ROOM, text="half a pair: \ud800")
    async with Sandbox(manifest(), state=tmp_path, durations=QUICK) as slack:
        assert slack.ephemerals(ANA) == []
        assert slack.messages(ROOM)[-1]["text"] == "half a pair: \ud800"


async def test_another_manifest_is_another_installation(tmp_path: Path) -> None:
    first, second = manifest(), manifest()
    second["oauth_config"] = {"scopes": {"bot": ["chat:write", "commands"]}}
    for document in (first, first, second):
        async with Sandbox(document, state=tmp_path, durations=QUICK) as slack:
            assert slack.core.world.scopes == document["oauth_config"]["scopes"]["bot"]
            await slack.act("say", user=ANA, channel=ROOM, text="kept")
    world = load(tmp_path)
    assert world is not None and len(world.channels[ROOM].messages) == 3


@pytest.mark.parametrize("content", ["{", "[]", '{"team": {}}', '{"team": {"id": "T1"}, "people": {}}'])
async def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "workspace.json").write_text(content)
    with pytest.raises(Refusal, match=r"workspace\.json cannot be read"):
        async with Sandbox(manifest(), state=tmp_path):
            raise AssertionError("it started")
    assert (tmp_path / "workspace.json").read_text() == content

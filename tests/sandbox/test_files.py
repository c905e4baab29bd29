"""Files: the three steps up, where they are shared, and who may fetch them."""

import base64
import os
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Sandbox

ROOM = "C0SUPPORT1"
ANA = "U0ANA00001"


async def _slot(client: AsyncWebClient, content: bytes, name: str = "a.bin") -> dict[str, Any]:
    answer = await client.files_getUploadURLExternal(filename=name, length=len(content))
    return dict(answer.data)


async def _put(url: str, content: bytes) -> tuple[int, str]:
    async with aiohttp.ClientSession() as http, http.post(url, data=content) as answer:
        return answer.status, await answer.text()


async def _uploaded(client: AsyncWebClient, content: bytes = b"bytes", name: str = "a.bin") -> str:
    slot = await _slot(client, content, name)
    assert await _put(slot["upload_url"], content) == (200, f"OK - {len(content)}")
    return str(slot["file_id"])


async def test_shares_are_empty_at_first_and_the_event_brings_the_ts(slack: Sandbox, client, app) -> None:
    parent = await client.chat_postMessage(channel=ROOM, text="parent")
    files = [{"id": await _uploaded(client), "title": "One"}, {"id": await _uploaded(client), "title": "Two"}]
    answer = await client.files_completeUploadExternal(
        files=files, channel_id=ROOM, thread_ts=parent["ts"], initial_comment="look"
    )
    assert [f["shares"] for f in answer["files"]] == [{}, {}]
    event = await app.until(subtype="file_share")
    assert [f["title"] for f in event["files"]] == ["One", "Two"]
    assert (event["text"], event["thread_ts"], event["user"]) == ("look", parent["ts"], slack.bot_user_id)
    info = (await client.files_info(file=files[0]["id"]))["file"]
    place = info["shares"]["public"][ROOM][0]
    assert (place["ts"], place["thread_ts"], info["channels"]) == (event["ts"], parent["ts"], [ROOM])


async def test_completing_can_bear_a_customised_name(slack: Sandbox, client, app) -> None:
    files = [{"id": await _uploaded(client)}]
    await client.files_completeUploadExternal(files=files, channel_id=ROOM, username="Mia")
    event = await app.until(subtype="file_share")
    assert (event["username"], event["bot_id"]) == ("Mia", slack.bot_id)
    assert "user" not in event


async def test_a_file_is_completed_once(client: AsyncWebClient, refused) -> None:
    files = [{"id": await _uploaded(client)}]
    await client.files_completeUploadExternal(files=files, channel_id=ROOM)
    again = client.files_completeUploadExternal(files=files, channel_id=ROOM)
    assert (await refused(again))["error"] == "file_already_completed"


async def test_what_cannot_be_shared_is_refused(slack: Sandbox, client: AsyncWebClient, refused) -> None:
    unsent = (await _slot(client, b"never sent"))["file_id"]
    cases: list[tuple[dict[str, Any], str]] = [
        ({"files": [{"id": unsent}], "channel_id": ROOM}, "file_not_found"),
        ({"files": [{"id": "F0"}], "channel_id": ROOM}, "file_not_found"),
        ({"files": [], "channel_id": ROOM}, "invalid_arguments"),
        ({"files": [{"id": await _uploaded(client)}], "channel_id": "C0GENERAL1"}, "not_in_channel"),
        (
            {
                "files": [{"id": await _uploaded(client)}],
                "channel_id": ROOM,
                "thread_ts": "1700000000.000100",
            },
            "thread_not_found",
        ),
        (
            {
                "files": [{"id": await _uploaded(client)}],
                "channel_id": ROOM,
                "blocks": [{"type": "markdown", "text": "x"}],
            },
            "internal_error",
        ),
    ]
    twice = await _uploaded(client)
    theirs = (await slack.act("say", user=ANA, channel=ROOM, files=[{"name": "a", "size": 1}]))["files"][0]
    private = (await slack.act("make_channel", name="secret", private=True, members=[ANA]))["channel"]
    cases += [
        ({"files": [{"id": twice}] * 2, "channel_id": ROOM}, "file_already_completed"),
        ({"files": [{"id": theirs}], "channel_id": ROOM}, "file_not_found"),
        ({"files": [{"id": twice}], "channel_id": private}, "channel_not_found"),
        ({"files": [{"id": twice}], "thread_ts": "1700000000.000100"}, "invalid_channel"),
        ({"files": [{"id": twice}], "channels": ROOM, "thread_ts": "1700000000.000100"}, "invalid_arguments"),
    ]
    for given, code in cases:
        assert (await refused(client.api_call("files.completeUploadExternal", json=given)))["error"] == code
    sharing = {"files": [{"id": twice}], "channel_id": ROOM}
    await slack.act("restrict", channel=ROOM)
    denied = await refused(client.files_completeUploadExternal(**sharing))
    assert denied["error"] == "posting_to_channel_denied"
    await slack.act("restrict", channel=ROOM, code="")
    await slack.act("archive", channel=ROOM)
    assert (await refused(client.files_completeUploadExternal(**sharing)))["error"] == "is_archived"
    await slack.act("unarchive", channel=ROOM)
    await slack.act("set_scopes", scopes=["files:write"])
    named = await refused(client.files_completeUploadExternal(**sharing, username="Mia"))
    assert (named["error"], named["needed"]) == ("missing_scope", "chat:write.customize")
    assert (await client.files_completeUploadExternal(**sharing))["ok"]  # nothing refused used it up


@pytest.mark.parametrize("length", ["0", "-1", "x", "2000000000"])
async def test_a_slot_wants_an_exact_length(client: AsyncWebClient, refused, length: str) -> None:
    asked = client.api_call("files.getUploadURLExternal", data={"filename": "a", "length": length})
    code = "file_upload_size_restricted" if length == "2000000000" else "invalid_arguments"
    assert (await refused(asked))["error"] == code


async def test_a_description_has_a_thousand_characters(client: AsyncWebClient, refused) -> None:
    asked = {"filename": "a", "length": 1}
    assert (await client.files_getUploadURLExternal(**asked, alt_txt="x" * 1000))["ok"]
    answer = await refused(client.files_getUploadURLExternal(**asked, alt_txt="x" * 1001))
    assert answer["error"] == "alt_txt_too_large"


async def test_an_upload_of_another_length_is_refused(client: AsyncWebClient) -> None:
    url = (await _slot(client, b"four"))["upload_url"]
    assert await _put(url, b"fourteen") == (400, "length_mismatch")
    assert await _put(url, b"fo") == (400, "length_mismatch")
    assert await _put(url, b"four") == (200, "OK - 4")
    assert (await _put(url, b"four"))[0] == 400
    assert (await _put(url + "x", b"four"))[0] == 404


async def test_multipart_uploads_work_as_the_sdk_sends_them(slack: Sandbox, client: AsyncWebClient) -> None:
    answer = await client.files_upload_v2(channel=ROOM, content=b"hello", filename="a.txt", title="A")
    file_id = answer["file"]["id"]
    await slack.until(lambda: slack.file(file_id)["shares"])
    assert slack.file_path(file_id).read_bytes() == b"hello"
    assert slack.file(file_id)["mode"] == "snippet"


async def _fetch(url: str, token: str | None) -> tuple[int, str, bytes]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with aiohttp.ClientSession(headers=headers) as http, http.get(url, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location", ""), await answer.read()


async def test_a_download_wants_token_scope_and_membership(slack: Sandbox, app) -> None:
    content = os.urandom(1000)
    entry = {"name": "photo.jpg", "content_base64": base64.b64encode(content).decode()}
    said = await slack.act("say", user=ANA, channel=ROOM, text="see", files=[entry])
    event = await app.until(ts=said["ts"])
    assert (event["subtype"], event["files"][0]["size"], event["files"][0]["mimetype"]) == (
        "file_share",
        1000,
        "image/jpeg",
    )
    url = event["files"][0]["url_private_download"]
    assert await _fetch(url, slack.bot_token) == (200, "", content)
    status, location, _ = await _fetch(url, None)
    assert status == 302
    async with aiohttp.ClientSession() as http, http.get(location) as page:
        assert (page.status, page.content_type) == (200, "text/html")
    assert (await _fetch(url, "xoxb-wrong"))[0] == 302
    await slack.act("set_scopes", scopes=["chat:write"])
    assert (await _fetch(url, slack.bot_token))[0] == 302
    await slack.act("set_scopes", scopes=["files:read"])
    await slack.act("kick", user=slack.bot_user_id, channel=ROOM)
    assert (await _fetch(url, slack.bot_token))[0] == 302


async def test_a_file_the_bot_cannot_see_is_not_there(
    slack: Sandbox, client: AsyncWebClient, refused
) -> None:
    said = await slack.act("say", user=ANA, channel="C0GENERAL1", files=[{"name": "a.pdf", "size": 10}])
    answer = await refused(client.files_info(file=said["files"][0]))
    assert answer["error"] == "file_not_found"


async def test_a_deleted_file_leaves_a_tombstone(
    slack: Sandbox, client: AsyncWebClient, app, refused
) -> None:
    said = await slack.act("say", user=ANA, channel=ROOM, files=[{"name": "a.pdf", "size": 10}])
    refusal = await slack.act("delete_file", user="U0BEN00001", file=said["files"][0])
    assert refusal["error"] == "cant_delete_file"
    await slack.act("delete_file", user=ANA, file=said["files"][0])
    assert (await app.until(type="file_deleted"))["file_id"] == said["files"][0]
    changed = await app.until(subtype="message_changed")
    assert changed["message"]["files"] == [{"id": said["files"][0], "mode": "tombstone"}]
    assert (await refused(client.files_info(file=said["files"][0])))["error"] == "file_deleted"


async def test_files_of_shared_channels_must_be_asked_for(
    slack: Sandbox, client: AsyncWebClient, app
) -> None:
    entry = {"name": "a.pdf", "size": 10, "file_access": "check_file_info"}
    await slack.act("say", user=ANA, channel=ROOM, files=[entry])
    stub = (await app.until(subtype="file_share"))["files"][0]
    assert stub["file_access"] == "check_file_info" and "url_private" not in stub
    assert (await client.files_info(file=stub["id"]))["file"]["name"] == "a.pdf"


async def test_a_file_of_100_mb_passes_both_ways_in_pieces(slack: Sandbox, client: AsyncWebClient) -> None:
    size = 100 * 1024 * 1024
    piece = os.urandom(1024 * 1024)

    async def pieces():
        for _ in range(100):
            yield piece

    slot = (await client.files_getUploadURLExternal(filename="big.bin", length=size)).data
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        async with http.post(slot["upload_url"], data=pieces()) as answer:
            assert await answer.text() == f"OK - {size}"
        got = 0
        async with http.get(slack.file(slot["file_id"])["url_private_download"]) as answer:
            async for chunk in answer.content.iter_chunked(1 << 20):
                got += len(chunk)
    assert got == size == slack.file_path(slot["file_id"]).stat().st_size

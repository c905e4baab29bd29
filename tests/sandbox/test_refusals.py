"""What an app lacks (a scope, an argument, a membership) is refused, and named as Slack names it."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Sandbox
from sandbox.emoji import CHARACTERS
from sandbox.limits import PER_MINUTE
from sandbox.web_api.dispatch import METHODS

ROOM = "C0SUPPORT1"
ELSEWHERE = "C0GENERAL1"
ANA = "U0ANA00001"
GONE = "1700000000.000100"

READ = "channels:read,groups:read,im:read,mpim:read"
HISTORY = "channels:history,groups:history,im:history,mpim:history"
NEEDED = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "chat.postEphemeral": "chat:write",
    "reactions.add": "reactions:write",
    "reactions.remove": "reactions:write",
    "conversations.info": READ,
    "conversations.list": READ,
    "conversations.members": READ,
    "conversations.history": HISTORY,
    "conversations.replies": HISTORY,
    "conversations.join": "channels:join",
    "conversations.open": "im:write,mpim:write",
    "users.info": "users:read",
    "users.list": "users:read",
    "usergroups.list": "usergroups:read",
    "usergroups.users.list": "usergroups:read",
    "team.info": "team:read",
    "bots.info": "users:read",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "files.info": "files:read",
    "files.delete": "files:write",
}


async def test_every_method_wants_its_scope(slack: Sandbox, client: AsyncWebClient, refused) -> None:
    await slack.act("set_scopes", scopes=["commands"])
    got = {m: (await refused(client.api_call(m, params={}))).data for m in NEEDED}
    assert {m: (a["error"], a["provided"]) for m, a in got.items()} == dict.fromkeys(
        NEEDED, ("missing_scope", "commands")
    )
    assert {m: a["needed"] for m, a in got.items()} == NEEDED
    free = METHODS.keys() - NEEDED.keys()
    assert free == {
        "auth.test",
        "chat.getPermalink",
        "views.open",
        "views.push",
        "views.update",
        "views.publish",
        "apps.connections.open",
    }


@pytest.mark.parametrize(
    ("private", "method", "scope"),
    [
        (True, "conversations.info", "groups:read"),
        (True, "conversations.members", "groups:read"),
        (True, "conversations.history", "groups:history"),
        (False, "conversations.info", "im:read"),
        (False, "conversations.history", "im:history"),
        (False, "conversations.replies", "im:history"),
    ],
)
async def test_each_kind_of_conversation_has_its_own_scope(slack, client, refused, private, method, scope):
    if private:
        members = [ANA, slack.bot_user_id]
        channel = (await slack.act("make_channel", name="secret", private=True, members=members))["channel"]
    else:
        channel = (await client.conversations_open(users=ANA))["channel"]["id"]
    ts = (await client.chat_postMessage(channel=channel, text="x"))["ts"]
    scopes = [s for s in slack.core.world.scopes if s != scope]
    await slack.act("set_scopes", scopes=scopes)
    answer = await refused(client.api_call(method, params={"channel": channel, "ts": ts}))
    assert (answer["error"], answer["needed"]) == ("missing_scope", scope)


LACKING: list[tuple[str, dict[str, Any], str]] = [
    ("chat.update", {"channel": ROOM, "text": "x"}, "ts"),
    ("chat.delete", {"channel": ROOM}, "ts"),
    ("chat.postEphemeral", {"channel": ROOM, "text": "x"}, "user"),
    ("reactions.add", {"channel": ROOM, "timestamp": GONE}, "name"),
    ("conversations.info", {}, "channel"),
    ("conversations.members", {}, "channel"),
    ("conversations.history", {}, "channel"),
    ("conversations.replies", {"channel": ROOM}, "ts"),
    ("conversations.join", {}, "channel"),
    ("users.info", {}, "user"),
    ("usergroups.users.list", {}, "usergroup"),
    ("files.getUploadURLExternal", {"length": "1"}, "filename"),
    ("files.getUploadURLExternal", {"filename": "a"}, "length"),
    ("files.completeUploadExternal", {"channel_id": ROOM}, "files"),
    ("files.info", {}, "file"),
    ("views.open", {"trigger_id": "1.2.a"}, "view"),
    ("views.open", {"view": "{}"}, "trigger_id"),
    ("views.update", {"view": "{}"}, "view_id"),
    ("views.publish", {"view": "{}"}, "user_id"),
]


@pytest.mark.parametrize(
    ("method", "given", "lacking"), LACKING, ids=lambda v: v if isinstance(v, str) else ""
)
async def test_a_missing_argument_is_named(client: AsyncWebClient, refused, method, given, lacking) -> None:
    answer = await refused(client.api_call(method, data=given))
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == [f"[ERROR] missing required field: {lacking}"]


async def test_a_token_in_the_address_is_not_taken(slack: Sandbox) -> None:
    async with aiohttp.ClientSession() as http:
        address = f"{slack.api_url}auth.test?token={slack.bot_token}"
        async with http.post(address) as answer:
            assert (await answer.json())["error"] == "not_authed"


async def test_half_a_surrogate_pair_is_no_text(slack: Sandbox, client: AsyncWebClient, refused) -> None:
    for text in ("\ud800", "a\udfffb"):
        said = client.api_call("chat.postMessage", json={"channel": ROOM, "text": text})
        assert (await refused(said))["error"] == "invalid_json"
    posted = await client.api_call("chat.postMessage", json={"channel": ROOM, "text": "😀"})
    assert slack.message(ROOM, posted["ts"])["text"] == "😀"


async def test_an_update_must_say_something(slack: Sandbox, client: AsyncWebClient, refused) -> None:
    ts = (await client.chat_postMessage(channel=ROOM, text="kept"))["ts"]
    metadata = {"event_type": "a", "event_payload": {}}
    for given in ({}, {"metadata": metadata}, {"text": ""}, {"text": "", "blocks": []}):
        answer = client.api_call("chat.update", json={"channel": ROOM, "ts": ts, **given})
        assert (await refused(answer))["error"] == "no_text"
    assert slack.message(ROOM, ts)["text"] == "kept"


async def test_blocks_stay_only_where_no_text_is_given(slack: Sandbox, client: AsyncWebClient) -> None:
    blocks = [{"type": "section", "block_id": "b", "text": {"type": "mrkdwn", "text": "old"}}]
    ts = (await client.chat_postMessage(channel=ROOM, text="old", blocks=blocks))["ts"]
    bar = [{"fallback": "bar", "text": "bar"}]
    await client.api_call("chat.update", json={"channel": ROOM, "ts": ts, "attachments": bar})
    message = slack.message(ROOM, ts)
    assert (message["text"], message["blocks"][0]["block_id"]) == ("old", "b")
    await client.chat_update(channel=ROOM, ts=ts, text="new", blocks=blocks)
    assert "edited" not in message
    await client.chat_update(channel=ROOM, ts=ts, text="newer", attachments=[])
    assert message["edited"]["user"] == slack.bot_user_id
    assert message["blocks"][0]["type"] == "rich_text" and "attachments" not in message


async def test_a_channel_the_app_left_is_out_of_reach(slack: Sandbox, client, refused) -> None:
    ts = (await client.chat_postMessage(channel=ROOM, text="x"))["ts"]
    await slack.act("kick", user=slack.bot_user_id, channel=ROOM)
    calls = [
        (client.chat_postMessage(channel=ROOM, text="x"), "not_in_channel"),
        (client.chat_update(channel=ROOM, ts=ts, text="y"), "channel_not_found"),
        (client.chat_delete(channel=ROOM, ts=ts), "channel_not_found"),
        (client.chat_postEphemeral(channel=ROOM, user=ANA, text="x"), "not_in_channel"),
        (client.reactions_add(channel=ROOM, timestamp=ts, name="eyes"), "not_in_channel"),
        (client.conversations_history(channel=ROOM), "not_in_channel"),
        (client.conversations_replies(channel=ROOM, ts=ts), "not_in_channel"),
    ]
    for call, code in calls:
        assert (await refused(call))["error"] == code
    assert (await client.conversations_info(channel=ROOM))["channel"]["is_member"] is False
    assert slack.bot_user_id not in (await client.conversations_members(channel=ROOM))["members"]


async def test_a_reaction_wants_a_message_that_is_there(slack: Sandbox, client, refused) -> None:
    parent = (await client.chat_postMessage(channel=ROOM, text="parent"))["ts"]
    await client.chat_postMessage(channel=ROOM, text="reply", thread_ts=parent)
    cases = [
        ({"channel": ROOM}, "no_item_specified"),
        ({"channel": ROOM, "timestamp": "yesterday"}, "bad_timestamp"),
        ({"channel": ROOM, "timestamp": GONE}, "message_not_found"),
    ]
    for given, code in cases:
        assert (await refused(client.api_call("reactions.add", json={"name": "eyes", **given})))[
            "error"
        ] == code
    await client.chat_delete(channel=ROOM, ts=parent)
    on_tombstone = client.reactions_add(channel=ROOM, timestamp=parent, name="eyes")
    assert (await refused(on_tombstone))["error"] == "message_not_found"


async def test_a_message_bears_twenty_three_kinds_of_reactions(slack: Sandbox, client, refused) -> None:
    ts = (await client.chat_postMessage(channel=ROOM, text="x"))["ts"]
    names = sorted(CHARACTERS)[:24]
    for name in names[:23]:
        await slack.act("react", user=ANA, channel=ROOM, ts=ts, name=name)
    full = client.reactions_add(channel=ROOM, timestamp=ts, name=names[23])
    assert (await refused(full))["error"] == "too_many_emoji"
    await client.reactions_add(channel=ROOM, timestamp=ts, name=names[0])
    await slack.act("archive", channel=ROOM)
    archived = client.reactions_add(channel=ROOM, timestamp=ts, name=names[1])
    assert (await refused(archived))["error"] == "is_archived"


async def test_ephemerals_want_a_living_channel_and_thread(slack: Sandbox, client, refused) -> None:
    parent = (await client.chat_postMessage(channel=ROOM, text="parent"))["ts"]
    where = {"channel": ROOM, "user": ANA, "text": "psst", "thread_ts": parent}
    await client.chat_postEphemeral(**where)
    assert slack.ephemerals(ANA) == []
    reply = (await client.chat_postMessage(channel=ROOM, text="reply", thread_ts=parent))["ts"]
    await client.chat_postEphemeral(**where)
    assert [m["thread_ts"] for m in slack.ephemerals(ANA)] == [parent]
    below = client.chat_postEphemeral(**{**where, "thread_ts": reply})
    assert (await refused(below))["error"] == "cannot_reply_to_message"
    elsewhere = client.chat_postEphemeral(channel=ELSEWHERE, user=ANA, text="x")
    assert (await refused(elsewhere))["error"] == "not_in_channel"
    await slack.act("archive", channel=ROOM)
    assert (await refused(client.chat_postEphemeral(**where)))["error"] == "is_archived"


async def test_an_uninstalled_app_has_no_account_any_more(slack: Sandbox, client, refused) -> None:
    await slack.act("set_scopes", scopes=["chat:write"])
    await slack.act("revoke_token", uninstall=True)
    assert (await refused(client.auth_test()))["error"] == "account_inactive"
    await slack.act("reinstall")
    scopes = (await client.auth_test()).headers["x-oauth-scopes"].split(",")
    assert scopes == list(slack.core.app.spec.scopes)


def test_every_method_has_slacks_tier() -> None:
    tiers = {
        20: "reactions.remove users.list usergroups.list usergroups.users.list conversations.list",
        50: "chat.update chat.delete files.delete reactions.add conversations.history conversations.replies "
        "conversations.info conversations.join conversations.open team.info bots.info "
        "apps.connections.open",
        100: "chat.postEphemeral views.open views.push views.update views.publish users.info "
        "conversations.members files.getUploadURLExternal files.completeUploadExternal files.info",
        600: "chat.postMessage auth.test chat.getPermalink",
    }
    assert {m: calls for calls, methods in tiers.items() for m in methods.split()} == PER_MINUTE
    assert METHODS.keys() == PER_MINUTE.keys()

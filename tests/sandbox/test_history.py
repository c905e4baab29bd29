"""conversations.*: lists, pages, and what history shows when."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Sandbox

ROOM = "C0SUPPORT1"


async def _post(client: AsyncWebClient, count: int, **more: str) -> list[str]:
    return [(await client.chat_postMessage(channel=ROOM, text=str(n), **more))["ts"] for n in range(count)]


async def test_history_pages_backwards_and_leaves_replies_out(client: AsyncWebClient) -> None:
    stamps = await _post(client, 5)
    await _post(client, 3, thread_ts=stamps[0])
    seen = []
    async for page in await client.conversations_history(
        channel=ROOM, limit=2, oldest=stamps[0], inclusive=True
    ):
        assert len(page["messages"]) <= 2
        seen += [m["ts"] for m in page["messages"]]
    assert seen == stamps[::-1]


async def test_a_broadcast_reply_stands_in_the_channel_too(client: AsyncWebClient) -> None:
    parent = (await _post(client, 1))[0]
    reply = await client.chat_postMessage(channel=ROOM, text="all", thread_ts=parent, reply_broadcast=True)
    newest = (await client.conversations_history(channel=ROOM, limit=1))["messages"][0]
    assert (newest["ts"], newest["subtype"], newest["thread_ts"]) == (reply["ts"], "thread_broadcast", parent)


async def test_replies_give_the_parent_on_each_page_and_replies_oldest_first(client: AsyncWebClient) -> None:
    parent = (await _post(client, 1))[0]
    replies = await _post(client, 5, thread_ts=parent)
    seen = []
    async for page in await client.conversations_replies(channel=ROOM, ts=parent, limit=3, oldest=replies[0]):
        assert page["messages"][0]["ts"] == parent
        seen += [m["ts"] for m in page["messages"][1:]]
    assert seen == replies[1:]


async def test_history_can_show_a_message_late(slack: Sandbox, client: AsyncWebClient, refused) -> None:
    slack.history_delay(60)
    parent = (await _post(client, 1))[0]
    first = (await client.conversations_history(channel=ROOM))["messages"]
    assert parent not in [m["ts"] for m in first]
    assert (await refused(client.conversations_replies(channel=ROOM, ts=parent)))[
        "error"
    ] == "thread_not_found"
    slack.advance(61)
    assert (await client.conversations_history(channel=ROOM))["messages"][0]["ts"] == parent
    assert (await client.conversations_replies(channel=ROOM, ts=parent))["messages"][0]["ts"] == parent


async def test_history_wants_membership_and_the_scope_of_the_kind(slack, client, refused) -> None:
    assert (await refused(client.conversations_history(channel="C0GENERAL1")))["error"] == "not_in_channel"
    await slack.act("set_scopes", scopes=["groups:history"])
    answer = await refused(client.conversations_history(channel=ROOM))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "channels:history")


@pytest.mark.parametrize(
    ("given", "code"), [({"oldest": "x"}, "invalid_ts_oldest"), ({"limit": 1000}, "invalid_arguments")]
)
async def test_bad_bounds_are_refused(client: AsyncWebClient, refused, given, code) -> None:
    assert (await refused(client.conversations_history(channel=ROOM, **given)))["error"] == code


async def test_lists_show_what_the_bot_may_see(slack: Sandbox, client: AsyncWebClient, refused) -> None:
    private = (await slack.act("make_channel", name="secret", private=True, members=["U0ANA00001"]))[
        "channel"
    ]
    kinds = "public_channel,private_channel"
    listed = (await client.conversations_list(types=kinds))["channels"]
    assert [(c["name"], c["is_member"]) for c in listed] == [("support", True), ("general", False)]
    assert (await refused(client.conversations_info(channel=private)))["error"] == "channel_not_found"
    await slack.act("invite", user=slack.bot_user_id, channel=private, by="U0ANA00001")
    assert (await client.conversations_members(channel=private))["members"] == [
        "U0ANA00001",
        slack.bot_user_id,
    ]
    assert (await client.conversations_info(channel=private))["channel"]["is_private"] is True
    assert (await refused(client.conversations_list(types="rooms")))["error"] == "invalid_types"
    several = await refused(client.conversations_list(types="mpim"))
    assert (several["error"], several["needed"]) == ("missing_scope", "mpim:read")
    await slack.act("set_scopes", scopes=["channels:read"])
    answer = await refused(client.conversations_list(types=kinds))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "groups:read")


async def test_opening_direct_messages_has_its_rules(slack: Sandbox, client: AsyncWebClient, refused) -> None:
    first = await client.conversations_open(users="U0BEN00001")
    again = await client.conversations_open(users="U0BEN00001")
    assert first["channel"]["id"] == again["channel"]["id"] and again["already_open"]
    assert (await refused(client.conversations_open(users="U0NOBODY00")))["error"] == "user_not_found"
    assert (await refused(client.conversations_open(users=slack.bot_user_id)))["error"] == "cannot_dm_bot"
    await slack.act("update_person", user="U0DORA0001", deleted=True)
    assert (await refused(client.conversations_open(users="U0DORA0001")))["error"] == "user_disabled"
    both = client.conversations_open(users=["U0ANA00001", "U0BEN00001"])
    assert (await refused(both))["needed"] == "mpim:write"
    await slack.act("set_scopes", scopes=["mpim:write"])
    assert (await refused(client.conversations_open(users="U0BEN00001")))["needed"] == "im:write"

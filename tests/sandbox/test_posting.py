"""chat.*: what is posted, what is changed, and what Slack refuses."""

from dataclasses import replace

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Sandbox

ROOM = "C0SUPPORT1"


async def test_a_post_is_the_bots_and_its_text_becomes_rich_text(
    slack: Sandbox, client: AsyncWebClient
) -> None:
    answer = await client.chat_postMessage(channel=ROOM, text="Hello *you* <@U0ANA00001>")
    message = slack.message(ROOM, answer["ts"])
    assert (message["user"], message["bot_id"]) == (slack.bot_user_id, slack.bot_id)
    elements = message["blocks"][0]["elements"][0]["elements"]
    assert [e["type"] for e in elements] == ["text", "text", "text", "user"]
    assert answer["message"]["text"] == message["text"]


async def test_a_customised_name_makes_a_bot_message_without_user(
    slack: Sandbox, client: AsyncWebClient
) -> None:
    answer = await client.chat_postMessage(
        channel=ROOM, text="Hi", username="Mia · Chat", icon_emoji=":bust_in_silhouette:"
    )
    message = slack.message(ROOM, answer["ts"])
    assert (message["subtype"], message["username"], message["bot_id"]) == (
        "bot_message",
        "Mia · Chat",
        slack.bot_id,
    )
    assert "user" not in message


async def test_a_customised_name_needs_its_scope(slack: Sandbox, client: AsyncWebClient, refused) -> None:
    await slack.act("set_scopes", scopes=["chat:write"])
    answer = await refused(client.chat_postMessage(channel=ROOM, text="Hi", username="Mia"))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write.customize")


async def test_where_the_bot_is_not_a_member_it_cannot_post(
    slack: Sandbox, client: AsyncWebClient, refused
) -> None:
    assert (await refused(client.chat_postMessage(channel="C0GENERAL1", text="x")))[
        "error"
    ] == "not_in_channel"
    private = (await slack.act("make_channel", name="secret", private=True, members=["U0ANA00001"]))[
        "channel"
    ]
    assert (await refused(client.chat_postMessage(channel=private, text="x")))["error"] == "channel_not_found"
    assert (await refused(client.chat_postMessage(channel="#support", text="x")))[
        "error"
    ] == "channel_not_found"
    scopes = ["chat:write", "chat:write.public"]
    await slack.act("set_scopes", scopes=scopes)
    assert (await client.chat_postMessage(channel="C0GENERAL1", text="x"))["ok"]
    assert (await refused(client.chat_postMessage(channel=private, text="x")))["error"] == "channel_not_found"


async def test_joining_makes_a_member_and_only_public_channels_can_be_joined(slack, client, refused) -> None:
    await client.conversations_join(channel="C0GENERAL1")
    assert (await client.chat_postMessage(channel="C0GENERAL1", text="x"))["ok"]
    assert (await client.conversations_join(channel="C0GENERAL1"))["warning"] == "already_in_channel"
    private = (await slack.act("make_channel", name="secret", private=True, members=["U0ANA00001"]))[
        "channel"
    ]
    assert (await refused(client.conversations_join(channel=private)))["error"] == "channel_not_found"
    await slack.act("invite", user=slack.bot_user_id, channel=private, by="U0ANA00001")
    answer = await refused(client.conversations_join(channel=private))
    assert answer["error"] == "method_not_supported_for_channel_type"


async def test_archived_and_restricted_channels_take_no_posts(
    slack: Sandbox, client: AsyncWebClient, refused
) -> None:
    await slack.act("restrict", channel=ROOM)
    answer = await refused(client.chat_postMessage(channel=ROOM, text="x"))
    assert answer["error"] == "restricted_action_read_only_channel"
    await slack.act("restrict", channel=ROOM, code="")
    posted = await client.chat_postMessage(channel=ROOM, text="x")
    await slack.act("archive", channel=ROOM)
    assert (await refused(client.chat_postMessage(channel=ROOM, text="x")))["error"] == "is_archived"
    assert (await refused(client.chat_update(channel=ROOM, ts=posted["ts"], text="y")))[
        "error"
    ] == "is_inactive"


async def test_nothing_to_show_is_refused(client: AsyncWebClient, refused) -> None:
    assert (await refused(client.api_call("chat.postMessage", json={"channel": ROOM, "text": " "})))[
        "error"
    ] == "no_text"


async def test_very_long_texts_are_cut_and_long_updates_refused(
    slack: Sandbox, client: AsyncWebClient, refused
) -> None:
    posted = await client.chat_postMessage(channel=ROOM, text="x" * 40_100)
    assert len(slack.message(ROOM, posted["ts"])["text"]) == 40_000
    answer = await refused(client.chat_update(channel=ROOM, ts=posted["ts"], text="y" * 4_001))
    assert answer["error"] == "msg_too_long"
    assert (await client.chat_update(channel=ROOM, ts=posted["ts"], text="y" * 4_000))["ok"]


@pytest.mark.parametrize(
    ("thread_ts", "code"), [("0", "invalid_thread_ts"), ("1700000000.000100", "thread_not_found")]
)
async def test_replies_need_a_thread(client: AsyncWebClient, refused, thread_ts: str, code: str) -> None:
    answer = await refused(client.chat_postMessage(channel=ROOM, text="x", thread_ts=thread_ts))
    assert answer["error"] == code


async def test_a_reply_is_no_parent_and_a_parent_counts_its_replies(slack, client, refused) -> None:
    parent = await client.chat_postMessage(channel=ROOM, text="parent")
    reply = await client.chat_postMessage(channel=ROOM, text="reply", thread_ts=parent["ts"])
    answer = await refused(client.chat_postMessage(channel=ROOM, text="x", thread_ts=reply["ts"]))
    assert answer["error"] == "cannot_reply_to_message"
    body = slack.message(ROOM, parent["ts"])
    assert (body["reply_count"], body["latest_reply"], body["thread_ts"]) == (1, reply["ts"], parent["ts"])
    assert slack.message(ROOM, reply["ts"])["parent_user_id"] == slack.bot_user_id
    assert [m["text"] for m in slack.messages(ROOM, parent["ts"])] == ["parent", "reply"]


async def test_ts_only_ever_grows(client: AsyncWebClient) -> None:
    stamps = [(await client.chat_postMessage(channel=ROOM, text=str(n)))["ts"] for n in range(5)]
    assert stamps == sorted(set(stamps))
    assert {len(ts) for ts in stamps} == {17}


async def test_an_update_forgets_a_customised_name_and_removes_blocks_left_out(slack, client) -> None:
    blocks = [{"type": "section", "block_id": "b", "text": {"type": "mrkdwn", "text": "old"}}]
    bar = [{"color": "good", "text": "kept", "fallback": "kept"}]
    posted = await client.chat_postMessage(
        channel=ROOM, text="old", blocks=blocks, attachments=bar, username="Mia"
    )
    await client.chat_update(channel=ROOM, ts=posted["ts"], text="new")
    message = slack.message(ROOM, posted["ts"])
    assert (message["text"], message["username"]) == ("new", "Helper")
    assert "blocks" not in message
    assert message["attachments"][0]["text"] == "kept"
    await client.chat_update(channel=ROOM, ts=posted["ts"], text="new", attachments=[])
    assert "attachments" not in slack.message(ROOM, posted["ts"])


async def test_only_own_messages_can_be_updated_or_deleted(
    slack: Sandbox, client: AsyncWebClient, refused
) -> None:
    said = await slack.act("say", user="U0ANA00001", channel=ROOM, text="mine")
    answer = await refused(client.chat_update(channel=ROOM, ts=said["ts"], text="x"))
    assert answer["error"] == "cant_update_message"
    assert (await refused(client.chat_delete(channel=ROOM, ts=said["ts"])))["error"] == "cant_delete_message"
    gone = "1700000000.000100"
    assert (await refused(client.chat_update(channel=ROOM, ts=gone, text="x")))[
        "error"
    ] == "message_not_found"
    assert (await refused(client.chat_delete(channel=ROOM, ts=gone)))["error"] == "message_not_found"


async def test_a_deleted_parent_with_replies_leaves_a_tombstone(
    slack: Sandbox, client: AsyncWebClient, refused
) -> None:
    parent = await client.chat_postMessage(channel=ROOM, text="parent")
    reply = await client.chat_postMessage(channel=ROOM, text="reply", thread_ts=parent["ts"])
    await client.chat_delete(channel=ROOM, ts=parent["ts"])
    assert slack.message(ROOM, parent["ts"])["subtype"] == "tombstone"
    assert (await client.chat_postMessage(channel=ROOM, text="more", thread_ts=parent["ts"]))["ok"]
    lone = await client.chat_postMessage(channel=ROOM, text="lone")
    await client.chat_delete(channel=ROOM, ts=lone["ts"])
    answer = await refused(client.chat_postMessage(channel=ROOM, text="x", thread_ts=lone["ts"]))
    assert answer["error"] == "thread_not_found"
    await client.chat_delete(channel=ROOM, ts=reply["ts"])
    assert slack.message(ROOM, parent["ts"])["reply_count"] == 1


async def test_metadata_is_kept_and_shown_only_when_asked_for(slack: Sandbox, client: AsyncWebClient) -> None:
    metadata = {"event_type": "a_post", "event_payload": {"id": 7}}
    posted = await client.chat_postMessage(channel=ROOM, text="x", metadata=metadata)
    await client.chat_update(channel=ROOM, ts=posted["ts"], text="y")
    plain = await client.conversations_history(channel=ROOM, limit=1)
    full = await client.conversations_history(channel=ROOM, limit=1, include_all_metadata=True)
    assert "metadata" not in plain["messages"][0]
    assert full["messages"][0]["metadata"] == metadata == slack.metadata(ROOM, posted["ts"])


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ([], "invalid_metadata_format"),
        ({"event_type": "a"}, "invalid_metadata_schema"),
        ({"event_type": "Not Snake", "event_payload": {}}, "invalid_metadata_schema"),
        ({"event_type": "a", "event_payload": {"deep": {"er": {"est": 1}}}}, "invalid_metadata_schema"),
        ({"event_type": "a", "event_payload": {"x": "x" * 1100}}, "metadata_too_large"),
    ],
)
async def test_bad_metadata_is_refused(client: AsyncWebClient, refused, metadata, code) -> None:
    answer = await refused(
        client.api_call("chat.postMessage", json={"channel": ROOM, "text": "x", "metadata": metadata})
    )
    assert answer["error"] == code


async def test_direct_messages_need_the_messages_tab(slack: Sandbox, client: AsyncWebClient) -> None:
    channel = (await client.conversations_open(users="U0ANA00001"))["channel"]["id"]
    assert channel.startswith("D")
    posted = await client.chat_postMessage(channel="U0ANA00001", text="psst")
    assert posted["channel"] == channel
    assert slack.notifications("U0ANA00001")[-1]["why"] == "dm"


async def test_ephemerals_are_seen_by_the_active_only_and_gone_on_reload(slack, client, refused) -> None:
    await client.chat_postEphemeral(channel=ROOM, user="U0ANA00001", text="only you")
    assert [m["text"] for m in slack.ephemerals("U0ANA00001")] == ["only you"]
    await slack.act("reload", user="U0ANA00001")
    assert slack.ephemerals("U0ANA00001") == []
    await slack.act("set_active", user="U0ANA00001", active=False)
    sent = await client.chat_postEphemeral(channel=ROOM, user="U0ANA00001", text="unseen")
    await slack.act("set_active", user="U0ANA00001", active=True)
    assert slack.ephemerals("U0ANA00001") == []
    answer = await refused(client.chat_update(channel=ROOM, ts=sent["message_ts"], text="x"))
    assert answer["error"] == "message_not_found"
    answer = await refused(client.chat_postEphemeral(channel=ROOM, user="U0DORA0001", text="x"))
    assert answer["error"] == "user_not_in_channel"


async def test_permalinks_name_the_thread(slack: Sandbox, client: AsyncWebClient) -> None:
    parent = await client.chat_postMessage(channel=ROOM, text="parent")
    reply = await client.chat_postMessage(channel=ROOM, text="reply", thread_ts=parent["ts"])
    link = (await client.chat_getPermalink(channel=ROOM, message_ts=reply["ts"]))["permalink"]
    packed = reply["ts"].replace(".", "")
    assert link == f"{slack.url}/archives/{ROOM}/p{packed}?thread_ts={parent['ts']}&cid={ROOM}"


async def test_reactions_are_put_once_and_removed_by_who_put_them(slack, client, refused) -> None:
    said = await slack.act("say", user="U0ANA00001", channel=ROOM, text="x")
    where = {"channel": ROOM, "timestamp": said["ts"]}
    await client.reactions_add(name="eyes", **where)
    assert (await refused(client.reactions_add(name="eyes", **where)))["error"] == "already_reacted"
    await slack.act("react", user="U0ANA00001", channel=ROOM, ts=said["ts"], name="tada")
    assert (await refused(client.reactions_remove(name="tada", **where)))["error"] == "no_reaction"
    assert (await refused(client.reactions_add(name="no_such_emoji_", **where)))["error"] == "invalid_name"
    missing = client.reactions_add(name="eyes", channel=ROOM, timestamp="1700000000.000100")
    assert (await refused(missing))["error"] == "message_not_found"
    await client.reactions_remove(name="eyes", **where)
    assert slack.message(ROOM, said["ts"])["reactions"] == [
        {"name": "tada", "users": ["U0ANA00001"], "count": 1}
    ]


async def test_bare_broadcasts_in_text_act_unless_parsing_is_off(
    slack: Sandbox, client: AsyncWebClient
) -> None:
    await client.chat_postMessage(channel=ROOM, text="@here look at #support", parse="none")
    assert slack.notifications("U0ANA00001") == []
    posted = await client.chat_postMessage(channel=ROOM, text="@here look at #support")
    assert slack.message(ROOM, posted["ts"])["text"] == "<!here> look at <#C0SUPPORT1|support>"
    assert [n["why"] for n in slack.notifications("U0ANA00001")] == ["mention"]


async def test_without_messages_tab_there_are_no_direct_messages(slack: Sandbox, client, refused) -> None:
    channel = (await client.conversations_open(users="U0ANA00001"))["channel"]["id"]
    slack.core.app.spec = replace(slack.core.app.spec, messages_read_only=True)
    refusal = await slack.act("say", user="U0ANA00001", channel=channel, text="hello")
    assert refusal["error"] == "messages_tab_read_only"
    assert (await client.chat_postMessage(channel=channel, text="still mine"))["ok"]
    slack.core.app.spec = replace(slack.core.app.spec, messages_tab=False)
    answer = await refused(client.chat_postMessage(channel=channel, text="x"))
    assert answer["error"] == "messages_tab_disabled"


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update", "chat.delete", "chat.postEphemeral"])
async def test_a_missing_channel_is_named(client: AsyncWebClient, refused, method: str) -> None:
    answer = await refused(client.api_call(method, json={"text": "x"}))
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == ["[ERROR] missing required field: channel"]


async def test_people_edit_and_delete_their_own_words_only(slack: Sandbox) -> None:
    said = await slack.act("say", user="U0BEN00001", channel=ROOM, text="mine")
    other = {"user": "U0CHLOE001", "channel": ROOM, "ts": said["ts"]}
    assert (await slack.act("edit", text="yours", **other))["error"] == "cant_update_message"
    assert (await slack.act("delete", **other))["error"] == "cant_delete_message"
    assert (await slack.act("edit", text="", **{**other, "user": "U0BEN00001"}))["error"] == "no_text"
    assert (await slack.act("delete", **{**other, "user": "U0ANA00001"}))["ok"]
    assert slack.message(ROOM, said["ts"]) is None
    long = await slack.act("say", user="U0BEN00001", channel=ROOM, text="x" * 12_001)
    assert long["error"] == "msg_too_long"

"""What the app is told, field by field: of presses, shortcuts, options, files and lines of Slack's own."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Sandbox

ROOM = "C0SUPPORT1"
ANA = "U0ANA00001"
BEN = "U0BEN00001"


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


BLOCKS = [
    {
        "type": "actions",
        "block_id": "card.1",
        "elements": [
            {"type": "button", "action_id": "go", "text": plain("Go"), "value": "7", "style": "primary"},
            {"type": "external_select", "action_id": "pick", "min_query_length": 1},
        ],
    }
]


@pytest.fixture
def listening(app):
    @app.bolt.action("go")
    async def go(ack) -> None:
        await ack()

    @app.bolt.options("pick")
    async def offered(ack) -> None:
        await ack(options=[{"text": plain("Ben"), "value": "ben"}])

    @app.bolt.shortcut("search")
    async def search(ack) -> None:
        await ack()

    return app


async def test_a_press_in_a_thread_names_it(slack: Sandbox, client, listening) -> None:
    parent = (await client.chat_postMessage(channel=ROOM, text="parent"))["ts"]
    ts = (await client.chat_postMessage(channel=ROOM, text="x", thread_ts=parent, blocks=BLOCKS))["ts"]
    await slack.act("press", user=ANA, channel=ROOM, ts=ts, action_id="go")
    body = listening.actions[-1]
    assert (body["container"]["thread_ts"], body["message"]["thread_ts"]) == (parent, parent)
    assert body["team"] == {"id": slack.team_id, "domain": "acme"}
    assert body["user"] == {"id": ANA, "username": "ana", "name": "ana", "team_id": slack.team_id}
    assert (body["enterprise"], body["is_enterprise_install"]) == (None, False)
    assert (body["api_app_id"], body["message"]["bot_id"]) == (slack.app_id, slack.bot_id)
    action = {k: v for k, v in body["actions"][0].items() if k != "action_ts"}
    assert action == {
        "type": "button",
        "action_id": "go",
        "block_id": "card.1",
        "text": {**plain("Go"), "emoji": True},
        "value": "7",
        "style": "primary",
    }
    async with aiohttp.ClientSession() as http, http.post(body["response_url"], json={"text": "seen"}):
        assert [m["thread_ts"] for m in slack.ephemerals(ANA)] == [parent]


async def test_private_places_keep_their_names(slack: Sandbox, client, listening) -> None:
    members = [ANA, slack.bot_user_id]
    private = (await slack.act("make_channel", name="secret", private=True, members=members))["channel"]
    direct = (await client.conversations_open(users=ANA))["channel"]["id"]
    for channel, name in ((private, "privategroup"), (direct, "directmessage")):
        ts = (await client.chat_postMessage(channel=channel, text="x", blocks=BLOCKS))["ts"]
        await slack.act("press", user=ANA, channel=channel, ts=ts, action_id="go")
        assert listening.actions[-1]["channel"] == {"id": channel, "name": name}


async def test_a_search_for_options_brings_its_words_and_no_way_to_answer(slack, client, listening) -> None:
    ts = (await client.chat_postMessage(channel=ROOM, text="x", blocks=BLOCKS))["ts"]
    await slack.act("options", user=ANA, channel=ROOM, ts=ts, action_id="pick", query="be")
    body = listening.actions[-1]
    found = {k: body[k] for k in ("type", "action_id", "block_id", "value")}
    expected = {"type": "block_suggestion", "action_id": "pick", "block_id": "card.1", "value": "be"}
    assert found == expected
    assert (body["channel"]["id"], body["message"]["ts"]) == (ROOM, ts)
    assert "trigger_id" not in body and "response_url" not in body


async def test_a_global_shortcut_is_nowhere(slack: Sandbox, listening) -> None:
    await slack.act("shortcut", user=ANA, callback_id="search")
    body = listening.actions[-1]
    assert (body["type"], body["callback_id"]) == ("shortcut", "search")
    assert body["trigger_id"]
    assert not {"channel", "message", "response_url"} & body.keys()


async def test_answers_to_one_channel_have_their_own_pace(slack: Sandbox, client, listening) -> None:
    ts = (await client.chat_postMessage(channel=ROOM, text="x", blocks=BLOCKS))["ts"]
    await slack.act("press", user=ANA, channel=ROOM, ts=ts, action_id="go")
    slack.limits(scale=0.1)
    async with aiohttp.ClientSession() as http:
        statuses = []
        for _ in range(4):
            async with http.post(listening.actions[-1]["response_url"], json={"text": "x"}) as answer:
                statuses.append((answer.status, answer.headers.get("Retry-After")))
        slack.advance(10)
        async with http.post(listening.actions[-1]["response_url"], json={"text": "x"}) as answer:
            assert answer.status == 200  # what was refused was none of the five uses
    assert statuses == [(200, None)] * 3 + [(429, "10")]


@pytest.mark.parametrize(("private", "prefix"), [(False, "channel"), (True, "group")])
async def test_slacks_own_lines_come_as_messages_too(slack: Sandbox, app, private, prefix) -> None:
    members = [ANA, slack.bot_user_id]
    made = await slack.act("make_channel", name="old", private=private, members=members)
    channel = {"channel": made["channel"]}
    await slack.act("rename_channel", **channel, name="new", user=ANA)
    line = await app.until(type="message", subtype=f"{prefix}_name")
    assert (line["old_name"], line["name"], line["user"]) == ("old", "new", ANA)
    await slack.act("archive", **channel, user=ANA)
    line = await app.until(type="message", subtype=f"{prefix}_archive")
    assert (line["text"], line["user"]) == ("archived the channel", ANA)
    await slack.act("unarchive", **channel, user=ANA)
    await app.until(type="message", subtype=f"{prefix}_unarchive")
    assert slack.notifications(ANA) == []


async def test_a_reply_sent_to_the_channel_later_is_a_change_without_changed_words(
    slack: Sandbox, client: AsyncWebClient, app
) -> None:
    parent = await slack.act("say", user=ANA, channel=ROOM, text="parent")
    reply = await slack.act("say", user=ANA, channel=ROOM, text="reply", thread_ts=parent["ts"])
    await slack.act("say", user=ANA, channel=ROOM, text="newer")
    refusal = await slack.act("broadcast", user=BEN, channel=ROOM, ts=reply["ts"])
    assert refusal["error"] == "cant_broadcast_message"
    await slack.act("broadcast", user=ANA, channel=ROOM, ts=reply["ts"])
    event = await app.until(subtype="message_changed")
    assert (event["message"]["subtype"], event["message"]["root"]["text"]) == ("thread_broadcast", "parent")
    assert event["message"]["text"] == event["previous_message"]["text"] == "reply"
    shown = (await client.conversations_history(channel=ROOM, limit=3))["messages"]
    assert [m["text"] for m in shown] == ["newer", "reply", "parent"]


async def test_changes_of_a_post_under_another_name_bear_only_the_bots_id(
    slack: Sandbox, client: AsyncWebClient, app
) -> None:
    ts = (await client.chat_postMessage(channel=ROOM, text="old", username="Mia"))["ts"]
    await client.chat_update(channel=ROOM, ts=ts, text="new")
    changed = await app.until(subtype="message_changed")
    await client.chat_delete(channel=ROOM, ts=ts)
    deleted = await app.until(subtype="message_deleted")
    for message in (changed["message"], changed["previous_message"], deleted["previous_message"]):
        assert (message["bot_id"], "user" in message) == (slack.bot_id, False)
    assert (deleted["deleted_ts"], deleted["channel"], deleted["channel_type"]) == (ts, ROOM, "channel")


async def test_a_parent_counts_the_replies_that_are_left(slack: Sandbox, client: AsyncWebClient) -> None:
    parent = (await client.chat_postMessage(channel=ROOM, text="parent"))["ts"]
    stamps = [
        (await slack.act("say", user=user, channel=ROOM, text="x", thread_ts=parent))["ts"]
        for user in (ANA, BEN, ANA)
    ]
    body = slack.message(ROOM, parent)
    assert (body["reply_count"], body["reply_users_count"], body["reply_users"]) == (3, 2, [ANA, BEN])
    await slack.act("delete", user=BEN, channel=ROOM, ts=stamps[1])
    assert (body["reply_count"], body["reply_users_count"], body["reply_users"]) == (2, 1, [ANA])
    for ts in (stamps[0], stamps[2]):
        await slack.act("delete", user=ANA, channel=ROOM, ts=ts)
    assert not {"thread_ts", "reply_count", "latest_reply"} & body.keys()


async def test_what_slack_does_not_hold_cannot_be_fetched(slack: Sandbox, client, app) -> None:
    drive = {"mode": "external", "external_url": "https://drive.example/x", "is_external": True}
    said = await slack.act(
        "say",
        user=ANA,
        channel=ROOM,
        files=[{"name": "a.pdf", "size": 3, "mode": "hidden_by_limit"}, {"name": "b", "size": 3, **drive}],
    )
    hidden, external = (await app.until(subtype="file_share"))["files"]
    assert hidden == {"id": said["files"][0], "mode": "hidden_by_limit"}
    assert (external["url_private"], external["mode"]) == ("https://drive.example/x", "external")
    assert "url_private_download" not in external
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        for file_id in said["files"]:
            async with http.get(f"{slack.url}/files-pri/{slack.team_id}-{file_id}/download/x") as answer:
                assert answer.status == 404


async def test_people_look_as_slack_shows_them(slack: Sandbox, client: AsyncWebClient) -> None:
    guest = (await slack.act("make_person", real_name="Gus Guest", is_restricted=True))["user"]
    other = (await slack.act("make_person", real_name="Sam Other", team_id="T0OTHER001"))["user"]
    people = {p["id"]: p for p in (await client.users_list())["members"]}
    assert (people[guest]["is_restricted"], people[ANA]["is_restricted"]) == (True, False)
    assert (people[other]["team_id"], people[other]["is_stranger"]) == ("T0OTHER001", True)
    assert people["USLACKBOT"]["is_bot"] is False  # as Slack has it
    assert people[slack.bot_user_id]["profile"]["bot_id"] == slack.bot_id
    shared = (await slack.act("make_channel", name="ext", shared=True, members=[ANA, slack.bot_user_id]))[
        "channel"
    ]
    await slack.act("invite", user=other, channel=shared, by=ANA)
    assert "is_stranger" not in (await client.users_info(user=other))["user"]  # no stranger, yet of elsewhere
    assert (await client.users_info(user="USLACKBOT"))["user"]["name"] == "slackbot"


async def test_a_leading_space_makes_a_command_a_text(slack: Sandbox, app) -> None:
    said = await slack.act("say", user=ANA, channel=ROOM, text=" /hello")
    assert (await app.until(ts=said["ts"]))["text"] == "/hello"
    assert (await slack.act("say", user=ANA, channel=ROOM, text="/shrug"))["error"] == "unknown_command"


async def test_what_a_command_answers_at_once_is_shown(slack: Sandbox, client: AsyncWebClient, app) -> None:
    answers: list[Any] = [
        {"response_type": "in_channel", "text": "for all"},
        {"blocks": [{"type": "section", "text": plain("only you")}]},
        {"blocks": [{"type": "section"}]},
    ]

    @app.bolt.command("/hello")
    async def hello(ack) -> None:
        await ack(**answers.pop(0))

    direct = (await client.conversations_open(users=ANA))["channel"]["id"]
    shown = await slack.act("command", user=ANA, channel=direct, text="/hello")
    assert slack.message(direct, shown["ts"])["text"] == "for all"
    assert app.actions[-1]["channel_name"] == "directmessage"
    await slack.act("command", user=ANA, channel=direct, text="/HELLO there")
    assert [m["blocks"][0]["type"] for m in slack.ephemerals(ANA)] == ["section"]
    assert (app.actions[-1]["command"], app.actions[-1]["text"]) == ("/hello", "there")
    refusal = await slack.act("command", user=ANA, channel=direct, text="/hello")
    assert (refusal["error"], len(slack.ephemerals(ANA))) == ("invalid_response", 1)


async def test_other_apps_and_slack_itself_write_too(slack: Sandbox, app) -> None:
    parent = await slack.act("say", user=ANA, channel=ROOM, text="parent")
    thread = {"channel": ROOM, "thread_ts": parent["ts"]}
    posted = await slack.act("integrate", **thread, text="Build 7 <https://ci.example|failed>")
    event = await app.until(ts=posted["ts"])
    assert (event["subtype"], event["username"], event["thread_ts"]) == ("bot_message", "Build", parent["ts"])
    assert event["bot_id"] != slack.bot_id and "user" not in event
    pinned = await slack.act("line", **thread, user=BEN, subtype="pinned_item", text="pinned a message")
    event = await app.until(ts=pinned["ts"])
    assert (event["subtype"], event["user"]) == ("pinned_item", BEN)
    assert "client_msg_id" not in event


async def test_a_forward_bears_the_other_message_beside_its_own_words(slack: Sandbox, app) -> None:
    original = await slack.act("say", user=BEN, channel="C0GENERAL1", text="the *original*")
    where = {"channel": "C0GENERAL1", "ts": original["ts"], "to": ROOM}
    sent = await slack.act("forward", user=ANA, **where, text="see")
    event = await app.until(ts=sent["ts"])
    shared = event["attachments"][0]
    assert (event["text"], event["user"]) == ("see", ANA)
    assert (shared["is_share"], shared["text"], shared["author_name"]) == (True, "the *original*", "Ben")
    bare = await slack.act("forward", user=ANA, **where)
    assert (await app.until(ts=bare["ts"]))["text"] == ""
    refusal = await slack.act("forward", user="U0DORA0001", **where)
    assert refusal["error"] == "not_in_channel"

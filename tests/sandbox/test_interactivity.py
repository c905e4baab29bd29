"""Presses, choices, options, shortcuts, commands, response URLs and trigger ids."""

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


CONFIRM = {"title": plain("Sure?"), "text": plain("x"), "confirm": plain("Yes"), "deny": plain("No")}
MODAL = {"type": "modal", "title": plain("T"), "blocks": [{"type": "section", "text": plain("x")}]}


def card(block_id: str = "card.1") -> list[dict[str, Any]]:
    return [
        {
            "type": "actions",
            "block_id": block_id,
            "elements": [
                {"type": "button", "action_id": "go", "text": plain("Go"), "value": "7:1"},
                {"type": "button", "action_id": "ask", "text": plain("Ask"), "confirm": CONFIRM},
                {"type": "external_select", "action_id": "pick", "min_query_length": 0},
                {"type": "static_select", "action_id": "size", "options": _options("small", "large")},
                {"type": "overflow", "action_id": "more", "options": _options("profile", "files")},
            ],
        }
    ]


def _options(*values: str) -> list[dict[str, Any]]:
    return [{"text": plain(v.title()), "value": v} for v in values]


@pytest.fixture(params=["app", "http_app"])
def way(request: pytest.FixtureRequest):
    """The app, once over Socket Mode and once over HTTP."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def listening(app):
    @app.bolt.action("go")
    async def go(ack) -> None:
        await ack()

    @app.bolt.action({"type": "block_actions", "action_id": "pick"})
    async def pick(ack) -> None:
        await ack()

    @app.bolt.action("size")
    async def size(ack) -> None:
        await ack()

    @app.bolt.action("more")
    async def more(ack) -> None:
        await ack()

    @app.bolt.options("pick")
    async def offered(ack, payload) -> None:
        await ack(options=[o for o in _options("ana", "ben") if o["value"].startswith(payload["value"])])

    return app


async def _card(client: AsyncWebClient) -> str:
    return (await client.chat_postMessage(channel=ROOM, text="card", blocks=card()))["ts"]


async def test_a_press_reaches_the_app_over_both_ways(slack: Sandbox, client, way) -> None:
    @way.bolt.action("go")
    async def go(ack) -> None:
        await ack()

    ts = await _card(client)
    answer = await slack.act("press", user=ANA, channel=ROOM, ts=ts, action_id="go")
    assert (answer["ok"], answer["status"]) == (True, 200)
    body = way.actions[-1]
    action = body["actions"][0]
    assert (action["type"], action["value"], action["block_id"]) == ("button", "7:1", "card.1")
    assert body["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": ROOM,
        "is_ephemeral": False,
    }
    assert body["channel"] == {"id": ROOM, "name": "support"}
    assert body["message"]["ts"] == ts
    assert body["user"]["id"] == ANA
    assert body["trigger_id"] and body["response_url"].startswith(slack.url)


async def test_saying_no_to_a_question_sends_nothing(slack: Sandbox, client, app) -> None:
    ts = await _card(client)
    refusal = await slack.act("press", user=ANA, channel=ROOM, ts=ts, action_id="ask", confirm=False)
    assert refusal["error"] == "confirm_denied"
    assert app.actions == []


async def test_a_press_nobody_acknowledges_shows_an_error(slack: Sandbox, client, app) -> None:
    ts = await _card(client)
    refusal = await slack.act("press", user=ANA, channel=ROOM, ts=ts, action_id="ask")
    assert refusal["error"] == "app_did_not_respond"
    assert len(app.actions) == 1


async def test_only_what_is_there_and_seen_can_be_pressed(slack: Sandbox, client, listening) -> None:
    ts = await _card(client)
    refusal = await slack.act("press", user=ANA, channel=ROOM, ts=ts, action_id="nothing")
    assert refusal["error"] == "element_not_found"
    refusal = await slack.act("press", user=ANA, channel=ROOM, ts=ts, action_id="go", value="8:1")
    assert refusal["error"] == "element_not_found"
    refusal = await slack.act("press", user="U0DORA0001", channel=ROOM, ts=ts, action_id="go")
    assert refusal["error"] == "not_in_channel"
    refusal = await slack.act("press", user=ANA, channel=ROOM, ts=ts, action_id="size")
    assert refusal["error"] == "not_a_button"


async def test_without_interactivity_nothing_is_sent(slack: Sandbox, client, app) -> None:
    from dataclasses import replace

    slack.core.app.spec = replace(slack.core.app.spec, interactive=False)
    ts = await _card(client)
    refusal = await slack.act("press", user=ANA, channel=ROOM, ts=ts, action_id="go")
    assert refusal["error"] == "interactivity_disabled"


async def test_buttons_in_attachments_and_ephemerals_say_where_they_are(
    slack: Sandbox, client, listening
) -> None:
    posted = await client.chat_postMessage(
        channel=ROOM, text="x", attachments=[{"fallback": "x", "blocks": card()}]
    )
    await slack.act("press", user=ANA, channel=ROOM, ts=posted["ts"], action_id="go")
    container = listening.actions[-1]["container"]
    assert (container["type"], container["attachment_id"]) == ("message_attachment", 1)
    shown = await client.chat_postEphemeral(channel=ROOM, user=ANA, text="x", blocks=card())
    await slack.act("press", user=ANA, channel=ROOM, ts=shown["message_ts"], action_id="go")
    body = listening.actions[-1]
    assert body["container"]["is_ephemeral"] is True
    assert "message" not in body and body["response_url"]
    refusal = await slack.act("press", user=BEN, channel=ROOM, ts=shown["message_ts"], action_id="go")
    assert refusal["error"] == "message_not_found"


async def test_an_external_select_offers_what_the_app_answers(slack: Sandbox, client, listening) -> None:
    ts = await _card(client)
    where = {"user": ANA, "channel": ROOM, "ts": ts, "action_id": "pick"}
    offered = await slack.act("options", **where, query="b")
    assert [o["value"] for o in offered["options"]] == ["ben"]
    assert (await slack.act("choose", **where, option="ana"))["error"] == "option_not_found"
    assert (await slack.act("choose", **where, option="ben"))["ok"]
    assert listening.actions[-1]["actions"][0]["selected_option"]["value"] == "ben"


async def test_a_choice_is_kept_until_the_block_id_changes(slack: Sandbox, client, listening) -> None:
    ts = await _card(client)
    where = {"user": ANA, "channel": ROOM, "ts": ts}
    await slack.act("choose", **where, action_id="size", option="large")
    await slack.act("press", **where, action_id="go")
    state = listening.actions[-1]["state"]["values"]["card.1"]
    assert state["size"]["selected_option"]["value"] == "large"
    assert state["pick"]["selected_option"] is None
    again = await slack.act("choose", **where, action_id="size", option="large")
    assert again == {"ok": True, "sent": False}
    await slack.act("press", user=BEN, channel=ROOM, ts=ts, action_id="go")
    assert listening.actions[-1]["state"]["values"]["card.1"]["size"]["selected_option"] is None
    await client.chat_update(channel=ROOM, ts=ts, text="card", blocks=card("card.2"))
    assert (await slack.act("choose", **where, action_id="size", option="large"))["status"] == 200


async def test_an_overflow_menu_can_be_used_twice(slack: Sandbox, client, listening) -> None:
    ts = await _card(client)
    for _ in range(2):
        await slack.act("choose", user=ANA, channel=ROOM, ts=ts, action_id="more", option="files")
    picked = [b["actions"][0]["selected_option"]["value"] for b in listening.actions]
    assert picked == ["files", "files"]
    refusal = await slack.act("choose", user=ANA, channel=ROOM, ts=ts, action_id="more", option="none")
    assert refusal["error"] == "option_not_found"


@pytest.mark.parametrize(
    "answer",
    [
        {"options": [{"text": plain("x" * 76), "value": "v"}]},
        {"options": [{"text": plain("x"), "value": "v" * 151}]},
        {"options": [{"text": plain(str(n)), "value": str(n)} for n in range(101)]},
        {"text": "no options"},
    ],
)
async def test_options_slack_could_not_show_are_refused(slack: Sandbox, client, app, answer: Any) -> None:
    @app.bolt.options("pick")
    async def offered(ack) -> None:
        from slack_bolt import BoltResponse

        ack.response = BoltResponse(status=200, body=answer)

    ts = await _card(client)
    refusal = await slack.act("options", user=ANA, channel=ROOM, ts=ts, action_id="pick", query="")
    assert refusal["error"] == "invalid_options"


async def test_typing_too_little_asks_nothing(slack: Sandbox, client, app) -> None:
    select = {"type": "external_select", "action_id": "pick"}
    blocks = [{"type": "actions", "elements": [select]}]
    ts = (await client.chat_postMessage(channel=ROOM, text="x", blocks=blocks))["ts"]
    refusal = await slack.act("options", user=ANA, channel=ROOM, ts=ts, action_id="pick", query="an")
    assert refusal["error"] == "query_too_short"
    assert app.actions == []


async def test_a_trigger_id_opens_one_modal_within_three_seconds(slack, client, listening, refused) -> None:
    ts = await _card(client)
    press = {"user": ANA, "channel": ROOM, "ts": ts, "action_id": "go"}
    await slack.act("press", **press)
    trigger = listening.actions[-1]["trigger_id"]
    await client.views_open(trigger_id=trigger, view=MODAL)
    assert (await refused(client.views_open(trigger_id=trigger, view=MODAL)))[
        "error"
    ] == "exchanged_trigger_id"
    await slack.act("press", **press)
    slack.advance(3.1)
    late = client.views_open(trigger_id=listening.actions[-1]["trigger_id"], view=MODAL)
    assert (await refused(late))["error"] == "expired_trigger_id"
    invented = client.views_open(trigger_id="1.2.abc", view=MODAL)
    assert (await refused(invented))["error"] == "invalid_trigger_id"


async def _respond(url: str, **payload: Any) -> tuple[int, str]:
    async with aiohttp.ClientSession() as http, http.post(url, json=payload) as answer:
        return answer.status, await answer.text()


async def test_a_response_url_takes_five_answers_in_half_an_hour(slack: Sandbox, client, listening) -> None:
    ts = await _card(client)
    await slack.act("press", user=ANA, channel=ROOM, ts=ts, action_id="go")
    url = listening.actions[-1]["response_url"]
    for number in range(5):
        assert await _respond(url, text=str(number)) == (200, "ok")
    assert [m["text"] for m in slack.ephemerals(ANA)] == list("01234")
    assert (await _respond(url, text="6"))[0] == 404
    await slack.act("press", user=ANA, channel=ROOM, ts=ts, action_id="go")
    slack.advance(30 * 60 + 1)
    assert (await _respond(listening.actions[-1]["response_url"], text="late"))[0] == 404


async def test_a_response_replaces_or_deletes_its_origin(slack: Sandbox, client, listening) -> None:
    shown = await client.chat_postEphemeral(channel=ROOM, user=ANA, text="old", blocks=card())
    await slack.act("press", user=ANA, channel=ROOM, ts=shown["message_ts"], action_id="go")
    url = listening.actions[-1]["response_url"]
    assert (await _respond(url, text="new", replace_original=True))[0] == 200
    assert [m["text"] for m in slack.ephemerals(ANA)] == ["new"]
    assert (await _respond(url, delete_original=True))[0] == 200
    assert slack.ephemerals(ANA) == []
    ts = await _card(client)
    await slack.act("press", user=ANA, channel=ROOM, ts=ts, action_id="go")
    url = listening.actions[-1]["response_url"]
    await _respond(url, text="updated", replace_original=True)
    assert slack.message(ROOM, ts)["text"] == "updated"
    await _respond(url, text="for all", response_type="in_channel")
    assert slack.messages(ROOM)[-1]["text"] == "for all"
    assert (await _respond(url, blocks=[{"type": "wrong"}]))[0] == 400


async def test_message_shortcuts_bring_the_message(slack: Sandbox, client, app) -> None:
    @app.bolt.shortcut("menu")
    async def menu(ack) -> None:
        await ack()

    parent = await slack.act("say", user=BEN, channel=ROOM, text="parent")
    reply = await slack.act("say", user=BEN, channel=ROOM, text="reply", thread_ts=parent["ts"])
    used = await slack.act("shortcut", user=ANA, channel=ROOM, ts=reply["ts"], callback_id="menu")
    assert used["status"] == 200
    body = app.actions[-1]
    assert (body["type"], body["message"]["text"], body["message_ts"]) == (
        "message_action",
        "reply",
        reply["ts"],
    )
    assert body["trigger_id"] and body["response_url"] and body["channel"]["id"] == ROOM
    refusal = await slack.act("shortcut", user=ANA, channel=ROOM, ts=reply["ts"], callback_id="other")
    assert refusal["error"] == "unknown_shortcut"


async def test_commands_answer_at_once_and_only_to_the_person(slack: Sandbox, client, way) -> None:
    @way.bolt.command("/hello")
    async def hello(ack, body) -> None:
        await ack(text=f"Hello {body['text']}")

    answer = await slack.act("command", user=ANA, channel=ROOM, text="/hello you @Ben #support")
    assert (answer["ok"], answer["status"]) == (True, 200)
    expected = "Hello you <@U0BEN00001|ben> <#C0SUPPORT1|support>"
    assert [m["text"] for m in slack.ephemerals(ANA)] == [expected]
    body = way.actions[-1]
    assert (body["command"], body["user_id"], body["channel_id"]) == ("/hello", ANA, ROOM)
    assert body["channel_name"] == "support" and body["trigger_id"] and body["response_url"]


async def test_a_command_works_where_the_app_is_not_a_member(slack: Sandbox, app) -> None:
    @app.bolt.command("/hello")
    async def hello(ack) -> None:
        await ack("hi")

    assert (await slack.act("command", user="U0DORA0001", channel="C0GENERAL1", text="/hello"))["ok"]


async def test_a_leading_slash_is_always_a_command(slack: Sandbox, app) -> None:
    parent = await slack.act("say", user=ANA, channel=ROOM, text="parent")
    before = len(slack.messages(ROOM, parent["ts"]))
    in_thread = {"user": ANA, "channel": ROOM, "thread_ts": parent["ts"]}
    refusal = await slack.act("say", **in_thread, text="/hello")
    assert (refusal["error"], refusal["words"]) == (
        "not_supported_in_threads",
        "/hello is not supported in threads. Sorry!",
    )
    assert (await slack.act("say", **in_thread, text="/etc/passwd is a file"))["error"] == "unknown_command"
    assert len(slack.messages(ROOM, parent["ts"])) == before


async def test_a_command_nobody_answers_shows_an_error(slack: Sandbox, app) -> None:
    refusal = await slack.act("command", user=ANA, channel=ROOM, text="/silent")
    assert (refusal["error"], refusal["status"]) == ("app_did_not_respond", 0)


async def test_slacks_own_commands_work(slack: Sandbox, app) -> None:
    assert (await slack.act("say", user=ANA, channel="C0GENERAL1", text="/invite @Helper"))["ok"]
    assert slack.bot_user_id in slack.core.world.channels["C0GENERAL1"].members
    said = await slack.act("say", user=ANA, channel=ROOM, text="/me waves")
    assert (await app.until(subtype="me_message"))["ts"] == said["ts"]

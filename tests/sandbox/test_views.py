"""Modals and App Home."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Sandbox

ANA = "U0ANA00001"
ROOM = "C0SUPPORT1"


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def form(callback: str = "form", **more: Any) -> dict[str, Any]:
    entry = {"type": "plain_text_input", "action_id": "text", "min_length": 2}
    return {
        "type": "modal",
        "callback_id": callback,
        "title": plain("Form"),
        "submit": plain("Send"),
        "private_metadata": "kept",
        "blocks": [
            {"type": "input", "block_id": "words", "label": plain("Words"), "element": entry},
            {
                "type": "actions",
                "block_id": "tools",
                "elements": [{"type": "button", "action_id": "next", "text": plain("Next")}],
            },
        ],
        **more,
    }


@pytest.fixture
async def opened(slack: Sandbox, client: AsyncWebClient, app) -> dict[str, Any]:
    """A form on Ana's screen."""

    @app.bolt.shortcut("search")
    async def search(ack) -> None:
        await ack()

    @app.bolt.action("next")
    async def following(ack) -> None:
        await ack()

    await slack.act("shortcut", user=ANA, callback_id="search")
    answer = await client.views_open(trigger_id=app.actions[-1]["trigger_id"], view=form())
    return dict(answer["view"])


async def _push(slack: Sandbox, client: AsyncWebClient, app, view_id: str) -> Any:
    await slack.act("press_view", user=ANA, view_id=view_id, action_id="next")
    return await client.views_push(trigger_id=app.actions[-1]["trigger_id"], view=form())


async def test_submitting_closes_and_brings_the_values(slack: Sandbox, app, opened) -> None:
    @app.bolt.view("form")
    async def submitted(ack) -> None:
        await ack()

    answer = await slack.act("submit", user=ANA, view_id=opened["id"], values={"words": {"text": "hello"}})
    assert answer == {"ok": True, "closed": True}
    assert slack.views(ANA) == []
    body = app.actions[-1]
    assert body["view"]["state"]["values"]["words"]["text"] == {"type": "plain_text_input", "value": "hello"}
    assert body["view"]["private_metadata"] == "kept"
    assert "channel" not in body and "trigger_id" not in body


async def test_required_and_short_inputs_are_not_sent(slack: Sandbox, app, opened) -> None:
    before = len(app.actions)
    empty = await slack.act("submit", user=ANA, view_id=opened["id"])
    short = await slack.act("submit", user=ANA, view_id=opened["id"], values={"words": {"text": "x"}})
    assert (empty["error"], list(empty["errors"])) == ("missing_required", ["words"])
    assert short["errors"] == {"words": "At least 2 characters."}
    assert len(app.actions) == before


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ({"response_action": "errors", "errors": {"words": "Not that."}}, {"closed": False}),
        ({"response_action": "clear"}, {"closed": True}),
        ({"response_action": "errors", "errors": {"elsewhere": "x"}}, "invalid_response"),
        ({"response_action": "update", "view": {"type": "modal"}}, "invalid_response"),
        ({"response_action": "dance"}, "invalid_response"),
    ],
)
async def test_answers_to_a_submission(slack: Sandbox, app, opened, answer, result) -> None:
    @app.bolt.view("form")
    async def submitted(ack) -> None:
        await ack(**answer)

    got = await slack.act("submit", user=ANA, view_id=opened["id"], values={"words": {"text": "hello"}})
    if isinstance(result, str):
        assert got["error"] == result and len(slack.views(ANA)) == 1
    else:
        assert got["closed"] is result["closed"]
        assert got.get("errors") == answer.get("errors")


async def test_a_submission_can_update_or_push(slack: Sandbox, app, opened) -> None:
    answers = [
        {"response_action": "push", "view": form("second")},
        {"response_action": "update", "view": form("third")},
    ]

    async def submitted(ack) -> None:
        await ack(**answers.pop(0))

    for callback in ("form", "second"):
        app.bolt.view(callback)(submitted)
    values = {"words": {"text": "hello"}}
    pushed = await slack.act("submit", user=ANA, view_id=opened["id"], values=values)
    assert [v["callback_id"] for v in slack.views(ANA)] == ["form", "second"]
    await slack.act("submit", user=ANA, view_id=pushed["pushed"], values=values)
    assert [v["callback_id"] for v in slack.views(ANA)] == ["form", "third"]


async def test_at_most_three_modals_lie_on_each_other(slack: Sandbox, client, app, opened, refused) -> None:
    second = await _push(slack, client, app, opened["id"])
    third = await _push(slack, client, app, second["view"]["id"])
    assert third["view"]["previous_view_id"] == second["view"]["id"]
    assert third["view"]["root_view_id"] == opened["id"]
    answer = await refused(_push(slack, client, app, third["view"]["id"]))
    assert answer["error"] == "push_limit_reached"


async def test_pushing_needs_a_modal_to_lie_on(slack: Sandbox, client, app, opened, refused) -> None:
    await slack.act("shortcut", user=ANA, callback_id="search")
    outside = client.views_push(trigger_id=app.actions[-1]["trigger_id"], view=form())
    assert (await refused(outside))["error"] == "not_found"


async def test_an_update_keeps_typed_values_and_checks_the_hash(slack, client, app, opened, refused) -> None:
    await slack.act("fill", user=ANA, view_id=opened["id"], block_id="words", action_id="text", value="typed")
    updated = await client.views_update(view_id=opened["id"], hash=opened["hash"], view=form("newer"))
    assert updated["view"]["state"]["values"]["words"]["text"]["value"] == "typed"
    stale = client.views_update(view_id=opened["id"], hash=opened["hash"], view=form())
    assert (await refused(stale))["error"] == "hash_conflict"
    await slack.act("close_view", user=ANA, view_id=opened["id"])
    gone = client.views_update(view_id=opened["id"], view=form())
    assert (await refused(gone))["error"] == "not_found"


async def test_external_ids_are_unique(slack: Sandbox, client, app, opened, refused) -> None:
    await client.views_update(view_id=opened["id"], view=form(external_id="mine"))
    assert (await client.views_update(external_id="mine", view=form(external_id="mine")))["ok"]
    await slack.act("press_view", user=ANA, view_id=opened["id"], action_id="next")
    double = client.views_push(trigger_id=app.actions[-1]["trigger_id"], view=form(external_id="mine"))
    assert (await refused(double))["error"] == "duplicate_external_id"
    section = {"type": "section", "text": plain("x")}
    named = {**home(section), "external_id": "mine"}
    assert (await refused(client.views_publish(user_id=ANA, view=named)))["error"] == "duplicate_external_id"
    hers = {**home(section), "external_id": "home of ana"}
    for _ in range(2):
        assert (await client.views_publish(user_id=ANA, view=hers))["ok"]
    ben = client.views_publish(user_id="U0BEN00001", view=hers)
    assert (await refused(ben))["error"] == "duplicate_external_id"


async def test_closing_is_told_only_when_asked_for(slack: Sandbox, client, app, opened) -> None:
    @app.bolt.view_closed("told")
    async def closed(ack) -> None:
        await ack()

    before = len(app.actions)
    await slack.act("close_view", user=ANA, view_id=opened["id"])
    assert len(app.actions) == before
    await slack.act("shortcut", user=ANA, callback_id="search")
    view = form("told", notify_on_close=True)
    told = await client.views_open(trigger_id=app.actions[-1]["trigger_id"], view=view)
    await slack.act("close_view", user=ANA, view_id=told["view"]["id"])
    assert (app.actions[-1]["type"], app.actions[-1]["is_cleared"]) == ("view_closed", False)


async def test_somebody_elses_view_is_out_of_reach(slack: Sandbox, opened) -> None:
    refusal = await slack.act("press_view", user="U0BEN00001", view_id=opened["id"], action_id="next")
    assert refusal["error"] == "not_found"


async def test_a_modal_that_breaks_the_rules_is_not_opened(
    slack: Sandbox, client, app, opened, refused
) -> None:
    await slack.act("shortcut", user=ANA, callback_id="search")
    bad = client.views_open(trigger_id=app.actions[-1]["trigger_id"], view=form(title=plain("x" * 25)))
    answer = await refused(bad)
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    ]


def home(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"type": "home", "blocks": list(blocks)}


async def test_home_is_published_opened_and_pressed(slack: Sandbox, client, app, opened) -> None:
    await slack.act("open_home", user=ANA)
    first = await app.until(type="app_home_opened")
    assert (first["tab"], first["user"], "view" in first) == ("home", ANA, False)
    await client.views_publish(user_id=ANA, view=home(form()["blocks"][1]))
    assert slack.home(ANA)["blocks"][0]["block_id"] == "tools"
    await slack.act("open_home", user=ANA)
    await slack.until(lambda: any("view" in e for e in app.heard(type="app_home_opened")))
    pressed = await slack.act("press_view", user=ANA, view_id="home", action_id="next")
    assert pressed["status"] == 200
    body = app.actions[-1]
    assert body["container"] == {"type": "view", "view_id": slack.home(ANA)["id"]}
    assert body["view"]["type"] == "home" and "channel" not in body and "response_url" not in body


async def test_home_guards_against_older_drawings(slack: Sandbox, client: AsyncWebClient, refused) -> None:
    section = {"type": "section", "text": plain("x")}
    first = await client.views_publish(user_id=ANA, view=home(section))
    await client.views_publish(user_id=ANA, view=home(section), hash=first["view"]["hash"])
    stale = client.views_publish(user_id=ANA, view=home(section), hash=first["view"]["hash"])
    assert (await refused(stale))["error"] == "hash_conflict"
    many = client.views_publish(user_id=ANA, view=home(*[section] * 101))
    assert (await refused(many))["error"] == "invalid_arguments"


async def test_typed_inputs_of_home_come_with_return(slack: Sandbox, client: AsyncWebClient, app) -> None:
    @app.bolt.action("name")
    async def filtered(ack) -> None:
        await ack()

    entry = {"type": "plain_text_input", "action_id": "name"}
    silent = {"type": "input", "block_id": "f", "label": plain("Name"), "element": entry}
    await client.views_publish(user_id=ANA, view=home(silent))
    where = {"user": ANA, "view_id": "home", "block_id": "f", "action_id": "name"}
    await slack.act("fill", **where, value="mi")
    assert (await slack.act("enter", **where))["error"] == "no_dispatch_action"
    await client.views_publish(user_id=ANA, view=home({**silent, "dispatch_action": True}))
    assert (await slack.act("enter", **where))["status"] == 200
    assert app.actions[-1]["actions"][0]["value"] == "mi"
    assert app.actions[-1]["view"]["state"]["values"]["f"]["name"]["value"] == "mi"


async def test_an_app_without_home_has_none(client: AsyncWebClient, slack: Sandbox, refused) -> None:
    from dataclasses import replace

    slack.core.app.spec = replace(slack.core.app.spec, home_tab=False)
    answer = await refused(client.views_publish(user_id=ANA, view=home()))
    assert answer["error"] == "not_enabled"
    assert (await slack.act("open_home", user=ANA))["error"] == "not_enabled"

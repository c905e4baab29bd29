"""How the Web API takes a call: tokens, scopes, bodies, unknown methods."""

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox import Sandbox

pytestmark = pytest.mark.usefixtures("slack")


async def test_auth_test_names_the_app_and_its_scopes(slack: Sandbox, client: AsyncWebClient) -> None:
    answer = await client.auth_test()
    assert answer["team_id"] == slack.team_id == "T0SANDBOX1"
    assert (answer["user_id"], answer["bot_id"]) == (slack.bot_user_id, slack.bot_id)
    assert answer["url"] == f"{slack.url}/"
    assert "chat:write.customize" in answer.headers["x-oauth-scopes"].split(",")


@pytest.mark.parametrize(
    ("token", "code"),
    [(None, "not_authed"), ("xoxb-wrong", "invalid_auth"), ("xapp-sandbox-app", "not_allowed_token_type")],
)
async def test_wrong_tokens_are_refused(slack: Sandbox, refused, token, code) -> None:
    client = AsyncWebClient(token, base_url=slack.api_url, retry_handlers=[])
    assert (await refused(client.chat_postMessage(channel="C0SUPPORT1", text="x")))["error"] == code


async def test_a_bot_token_opens_no_socket(slack: Sandbox, client: AsyncWebClient, refused) -> None:
    answer = await refused(client.api_call("apps.connections.open", headers={}))
    assert answer["error"] == "not_allowed_token_type"


async def test_a_revoked_token_is_refused_until_the_app_is_installed_again(slack, client, refused) -> None:
    await slack.act("revoke_token")
    assert (await refused(client.auth_test()))["error"] == "token_revoked"
    await slack.act("reinstall")
    assert (await client.auth_test())["ok"]


async def test_a_missing_scope_is_named(slack: Sandbox, client: AsyncWebClient, refused) -> None:
    await slack.act("set_scopes", scopes=["channels:read"])
    answer = await refused(client.chat_postMessage(channel="C0SUPPORT1", text="x"))
    assert (answer["error"], answer["needed"], answer["provided"]) == (
        "missing_scope",
        "chat:write",
        "channels:read",
    )


async def test_unknown_methods_and_unreadable_bodies_are_refused(slack: Sandbox) -> None:
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    cases = [
        ("chat.shout", b"{}", "application/json", "unknown_method"),
        ("chat.postMessage", b"{", "application/json", "invalid_json"),
        ("chat.postMessage", b"[]", "application/json", "json_not_object"),
        ("chat.postMessage", b"x", "text/xml", "invalid_post_type"),
        ("chat.postMessage", b"x", "multipart/form-data; boundary=x", "invalid_form_data"),
    ]
    async with aiohttp.ClientSession(headers=headers) as http:
        for method, body, kind, code in cases:
            async with http.post(slack.api_url + method, data=body, headers={"Content-Type": kind}) as answer:
                assert (answer.status, (await answer.json())["error"]) == (200, code)


async def test_methods_that_read_forms_only_ignore_json(slack: Sandbox) -> None:
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        body = {"channel": "C0SUPPORT1"}
        async with http.post(slack.api_url + "conversations.history", json=body) as answer:
            assert (await answer.json())["error"] == "invalid_arguments"
        async with http.post(slack.api_url + "conversations.history", data=body) as answer:
            assert (await answer.json())["ok"]


async def test_the_token_may_stand_in_a_form_but_not_in_json(slack: Sandbox) -> None:
    async with aiohttp.ClientSession() as http:
        body = {"token": slack.bot_token}
        async with http.post(slack.api_url + "auth.test", data=body) as answer:
            assert (await answer.json())["ok"]
        async with http.post(slack.api_url + "auth.test", json=body) as answer:
            assert (await answer.json())["error"] == "not_authed"


async def test_people_groups_and_the_workspace_can_be_read(
    slack: Sandbox, client: AsyncWebClient, refused
) -> None:
    group = (await slack.act("make_group", handle="support", members=["U0ANA00001"]))["group"]
    assert (await client.usergroups_list(include_users=True))["usergroups"][0]["users"] == ["U0ANA00001"]
    assert (await client.usergroups_users_list(usergroup=group))["users"] == ["U0ANA00001"]
    assert (await refused(client.usergroups_users_list(usergroup="S0")))["error"] == "no_such_subteam"
    person = (await client.users_info(user="U0ANA00001"))["user"]
    assert (person["profile"]["display_name"], person["is_admin"]) == ("Ana", True)
    assert "email" not in person["profile"]
    assert (await refused(client.users_info(user="U0NOBODY00")))["error"] == "user_not_found"
    assert (await client.team_info())["team"]["domain"] == "acme"
    assert (await client.bots_info(bot=slack.bot_id))["bot"]["user_id"] == slack.bot_user_id


async def test_people_come_in_pages(slack: Sandbox, client: AsyncWebClient, refused) -> None:
    found = [p["id"] async for page in await client.users_list(limit=2) for p in page["members"]]
    assert found == ["U0ANA00001", "U0BEN00001", "U0CHLOE001", "U0DORA0001", slack.bot_user_id, "USLACKBOT"]
    assert (await refused(client.users_list(limit=2, cursor="rubbish")))["error"] == "invalid_cursor"


async def test_somebody_deactivated_is_deleted_and_hears_nothing(
    slack: Sandbox, client: AsyncWebClient, refused
) -> None:
    await slack.act("update_person", user="U0BEN00001", deleted=True)
    person = (await client.users_info(user="U0BEN00001"))["user"]
    assert person["deleted"] is True and "tz" not in person
    refusal = await slack.act("say", user="U0BEN00001", channel="C0SUPPORT1", text="hello")
    assert refusal["error"] == "account_inactive"
    assert "U0BEN00001" not in (await client.conversations_members(channel="C0SUPPORT1"))["members"]
    group = (await slack.act("make_group", handle="crew", members=["U0ANA00001", "U0BEN00001"]))["group"]
    assert (await client.usergroups_users_list(usergroup=group))["users"] == ["U0ANA00001"]
    whisper = client.chat_postEphemeral(channel="C0SUPPORT1", user="U0BEN00001", text="x")
    assert (await refused(whisper))["error"] == "user_not_in_channel"

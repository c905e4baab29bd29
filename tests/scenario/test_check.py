"""`check` against a workspace that is not as it should be."""

from __future__ import annotations

import os
import sys
from asyncio import create_subprocess_exec, subprocess, wait_for
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot import manifest
from bot.check import inspect
from bot.config import Config
from bot.exits import NO_SOCKET, SlackRefused
from desk.routing import Route
from desk.settings import AccountConfig
from sandbox import Sandbox
from tests.networks.fake import LinkedFakeNetwork
from tests.networks.fake_provider import FakeProvider
from tests.project.sources import ROOT
from tests.scenario.world import ANA, BEN, configured

PRIVATE = {"id": "C0PRIVATE1", "name": "private", "private": True, "members": ["U0ANA00001"]}
SUPPORT = {"id": "C0SUPPORT1", "name": "support", "members": ["U0ANA00001"]}
SCOPES = manifest.bot_scopes(manifest.read())
GROUP = {"id": "S0SUPPORT1", "handle": "support", "members": ["U0ANA00001", "U0BEN00001"]}


async def checked(slack: Sandbox, folder: Path, **account: str | list[str]) -> tuple[int, str]:
    """Run `check` with one account of these keys; its exit code and its words."""
    keys = {"network": "webchat", "name": "shop", "title": "Shop", "secret": "env:CHAT_SECRET"} | account
    lines = [f"{key} = {value!r}" for key, value in keys.items()]
    path = folder / "oratio.toml"
    path.write_text("\n".join(["[[accounts]]", "origins = ['https://shop.example.com']", *lines]))
    environ = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "ORATIO_CONFIG": str(path),
        "CHAT_SECRET": "0123456789abcdef",
    }
    child = await create_subprocess_exec(
        *(sys.executable, "-m", "bot", "check"),
        cwd=ROOT,
        env=os.environ | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    out, _ = await wait_for(child.communicate(), 60)
    assert child.returncode is not None
    return child.returncode, out.decode()


def workspace(*channels: dict[str, Any]) -> Sandbox:
    return Sandbox(manifest=manifest.read(), seed={"channels": list(channels), "groups": [GROUP]})


async def test_all_is_well(tmp_path: Path) -> None:
    async with workspace(SUPPORT) as slack:
        code, words = await checked(slack, tmp_path, channel="#support", agents_group="@support")
    assert code == 0, words
    assert "✗" not in words
    assert "Shop: 2 agents may answer." in words


async def test_what_is_missing_is_named(tmp_path: Path) -> None:
    async with workspace(SUPPORT, PRIVATE) as slack:
        await slack.act("set_scopes", scopes=sorted(SCOPES - {"reactions:write"}))
        code, words = await checked(slack, tmp_path, channel="C0PRIVATE1", agents=["U0NOBODY01"])
        assert code == 1, words
        assert "✗ The Slack app lacks the scopes reactions:write" in words
        assert "then type /invite @Oratio there" in words


async def test_a_revoked_token_is_slacks_refusal(tmp_path: Path) -> None:
    async with workspace(SUPPORT) as slack:
        await slack.act("revoke_token")
        with pytest.raises(SlackRefused, match="Slack could not be asked: "):
            await inspect(asked(slack, tmp_path, agents=("U0ANA00001",)))


def asked(slack: Sandbox, folder: Path, **keys: Any) -> Config:
    account = AccountConfig(
        name="shop",
        title="Shop",
        **({"network": "webchat", "channel": "#support"} | keys.pop("account", {})),
        agents=keys.pop("agents", ()),
        agents_group=keys.pop("group", None),
    )
    token = keys.pop("app_token", slack.app_token)
    config = configured(slack, folder, "sqlite://:memory:", account, http=False, **keys)
    return replace(config, app_token=token)


async def found(slack: Sandbox, folder: Path, **keys: Any) -> list[str]:
    """The lines of what is to be repaired, or to be known."""
    findings = await inspect(asked(slack, folder, **keys))
    return [finding.line for finding in findings if finding.wrong or "do not answer" in finding.words]


async def test_people_are_looked_at_as_the_program_does(tmp_path: Path) -> None:
    async with workspace(SUPPORT, PRIVATE) as slack:
        assert await found(slack, tmp_path, agents=("U0NOBODY01",)) == [
            "✗ Shop: Slack does not know U0NOBODY01, who is named in agents.",
            "✗ Shop: nobody may answer: #support is public, so name people in agents "
            "or a user group in agents_group.",
        ]
        assert await found(slack, tmp_path, group="@nobody", agents=(ANA,)) == [
            "✗ Shop: there is no user group @nobody; name one in agents_group, or people in agents."
        ]
        assert await found(slack, tmp_path, group="S0SUPPORT1") == []
        slack.core.world.people[BEN].is_restricted = True
        slack.core.world.people[ANA].deleted = True
        assert await found(slack, tmp_path, group="@support") == [
            "✗ Shop: nobody may answer: the user group @support has no members who could.",
            "• Shop: guests and outsiders do not answer unless they are named in agents: Ben.",
        ]
        assert await found(slack, tmp_path, group="@support", agents=(BEN,)) == []
        assert (await found(slack, tmp_path, agents=(ANA, BEN)))[0].endswith(
            "named in agents, is deactivated."
        )


async def test_a_private_channel_is_in_order_once_oratio_is_invited(tmp_path: Path) -> None:
    private = {"account": {"channel": "#private"}}
    async with workspace(SUPPORT, PRIVATE) as slack:
        (line,) = await found(slack, tmp_path, account={"channel": "#private"})
        assert "type /invite @Oratio there" in line
        await slack.act("command", user=ANA, channel="C0PRIVATE1", text="/invite @Oratio")
        assert await found(slack, tmp_path, **private) == []


async def test_operators_have_a_channel_oratio_is_in(tmp_path: Path) -> None:
    async with workspace(SUPPORT, PRIVATE) as slack:
        lines = await found(slack, tmp_path, agents=(ANA,), admin_channel="#private", admins=("U0NOBODY01",))
        assert lines == [
            "✗ admin_channel: #private does not exist, or is private: then type /invite @Oratio there.",
            "✗ admins: nobody in the workspace has the id U0NOBODY01.",
        ]
        await slack.act("command", user=ANA, channel="C0PRIVATE1", text="/invite @Oratio")
        assert await found(slack, tmp_path, agents=(ANA,), admin_channel="#private", admins=(ANA,)) == []
        assert await found(slack, tmp_path, agents=(ANA,), admin_channel="#support") == []


@pytest.mark.parametrize("scope", ["users:read", "channels:read", "usergroups:read"])
async def test_a_scope_that_check_itself_needs_is_named_like_any_other(tmp_path: Path, scope: str) -> None:
    async with workspace(SUPPORT) as slack:
        await slack.act("set_scopes", scopes=sorted(SCOPES - {scope}))
        lines = await found(slack, tmp_path, group="@support")
    assert f"lacks the scopes {scope}:" in lines[0]
    assert len(lines) == 2
    assert "could not be checked" in lines[1]


async def test_an_app_token_slack_does_not_take(tmp_path: Path) -> None:
    async with workspace(SUPPORT) as slack:
        for token in ("xapp-canary", slack.bot_token):
            assert await found(slack, tmp_path, agents=(ANA,), app_token=token) == [f"✗ {NO_SOCKET}"]


async def test_what_is_asked_is_told_while_it_lasts(tmp_path: Path) -> None:
    told: list[str] = []
    async with workspace(SUPPORT) as slack:
        await inspect(asked(slack, tmp_path, agents=(ANA,)), told.append)
    assert told == [
        "Asking Slack for a socket …",
        "Asking Slack who is in the workspace …",
        "Asking Slack about Shop …",
    ]


async def test_a_network_is_asked_what_it_knows_of_its_account(tmp_path: Path) -> None:
    async with workspace(SUPPORT) as slack, FakeProvider() as provider:
        account = {"network": "fake", "options": provider.options()}

        async def said(**desk: Any) -> list[str]:
            config = asked(slack, tmp_path, agents=(ANA,), account=account, **desk)
            found = await inspect(config, make=lambda _name, tools: LinkedFakeNetwork(tools))
            return [each.line for each in found if each.words.startswith("Shop: ") and "#" not in each.words]

        token = "✓ Shop: the token is one of Acme."
        answers = "✓ Shop: 1 agent may answer."
        assert await said() == [answers, token, "✓ Shop: nothing is called."], (
            "it is asked, having no address"
        )
        elsewhere = "✗ Shop: calls go elsewhere; start Oratio again."
        assert await said(public_url="https://oratio.example") == [answers, token, elsewhere]
        account["options"] = {**provider.options(), "poll": False}
        assert await said() == [
            answers,
            "✗ Shop: it can't be called, because PUBLIC_URL is not set to the https address of this Oratio.",
        ]
        account["options"] = {**provider.options(), "token": "revoked"}
        assert await said() == [answers, "✗ Shop: Fake no longer accepts the token."]
        assert provider.hooks == [], "asking changes nothing"


async def test_rules_of_routing_are_looked_at(tmp_path: Path) -> None:
    routes = (
        Route(channel="#private", language="de"),
        Route(channel="#nowhere", words=("lost",)),
        Route(channel="#support", account="shopp"),
    )
    until = "until then new customers appear in their account's channel."
    missing = "does not exist, or is private: then type /invite @Oratio there"
    async with workspace(SUPPORT, PRIVATE) as slack:
        where = (slack, tmp_path)
        account = {"notify": "@nobody"}
        assert await found(*where, agents=(BEN,), account=account, routes=routes) == [
            "✗ Shop: there is no user group @nobody; name one in notify.",
            "✗ Rule 3 of [[routes]] names the account shopp, which is not configured. "
            "Correct it, or take the rule out.",
            f"✗ [[routes]]: #private {missing}; {until}",
            f"✗ [[routes]]: #nowhere {missing}; {until}",
        ]
        await slack.act("command", user=ANA, channel="C0PRIVATE1", text="/invite @Oratio")
        findings = await inspect(asked(*where, agents=(BEN,), routes=routes[:1]))
        words = [finding.words for finding in findings]
        assert "[[routes]]: customers of Shop may appear in #private." in words
        assert "Shop: agents who are not in #private can't open its threads; invite them: Ben." in words

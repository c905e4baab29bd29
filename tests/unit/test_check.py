"""What `check` says about the app and each account."""

from __future__ import annotations

from typing import Any

import pytest

from bot import manifest
from bot.check import Finding, Surroundings, judge_account, judge_app
from desk.settings import AccountConfig
from desk.slack.gateway import Auth

PUBLIC = {"id": "C0SUPPORT1", "name": "support", "is_member": True}
PRIVATE = PUBLIC | {"is_private": True}
ANA = {"id": "U0ANA00001", "real_name": "Ana Horvat"}


def auth(scopes: frozenset[str]) -> Auth:
    return Auth(
        team_id="T1",
        team="Acme",
        url="https://acme.slack.com/",
        user_id="U0BOT",
        bot_id="B0BOT",
        scopes=scopes,
    )


def around(channel: dict[str, Any] | None, *, group: str | None = None, **known: Any) -> Surroundings:
    account = AccountConfig(
        network="webchat", name="shop", title="Shop", channel="#support", agents_group=group
    )
    return Surroundings(account=account, channel=channel, **known)


def wrongs(findings: list[Finding]) -> list[str]:
    return [finding.words for finding in findings if finding.wrong]


def test_an_app_with_every_scope() -> None:
    needed = manifest.read()
    findings = list(judge_app(auth(manifest.bot_scopes(needed)), needed))
    assert wrongs(findings) == []
    assert "Acme" in findings[0].words
    assert "/inbox" in findings[-1].words


def test_missing_scopes_are_named_with_the_repair() -> None:
    needed = manifest.read()
    words = wrongs(list(judge_app(auth(manifest.bot_scopes(needed) - {"files:read", "commands"}), needed)))
    assert len(words) == 1
    assert "lacks the scopes commands, files:read" in words[0]
    assert "reinstall" in words[0]


def test_an_account_in_order() -> None:
    findings = list(judge_account(around(PUBLIC, people={"U0ANA00001": ANA})))
    assert wrongs(findings) == []
    assert [finding.words for finding in findings] == [
        "Shop: new customers appear in #support.",
        "Shop: 1 agent may answer.",
    ]


@pytest.mark.parametrize(
    ("surroundings", "words"),
    [
        (around(None), "Shop: #support does not exist, or is private: then type /invite @Oratio there."),
        (around(PUBLIC | {"is_archived": True}), "is archived"),
        (around(PUBLIC | {"is_ext_shared": True}), "is shared with others"),
        (around(PRIVATE | {"is_member": False}), "Oratio is not in #support; type /invite @Oratio there"),
        (around(PUBLIC, group="@support"), "there is no user group @support"),
        (around(PUBLIC, people={"U0GONE0001": None}), "Slack does not know U0GONE0001"),
        (
            around(PUBLIC, people={"U0ANA00001": ANA | {"deleted": True}}),
            "Ana Horvat, who is named in agents, is dea",
        ),
        (around(PUBLIC, people={"U0ANA00001": ANA | {"is_bot": True}}), "is an app"),
        (around(PUBLIC), "nobody may answer: #support is public, so name people"),
        (around(PRIVATE), "nobody may answer: invite the support team to #support"),
        (around(PRIVATE, group="@empty", group_members=()), "nobody may answer"),
    ],
)
def test_each_fault_comes_with_its_repair(surroundings: Surroundings, words: str) -> None:
    assert any(words in each for each in wrongs(list(judge_account(surroundings))))


def test_the_members_of_a_private_channel_or_a_group_answer() -> None:
    private = list(judge_account(around(PRIVATE, members=frozenset({"U1", "U2"}))))
    group = list(judge_account(around(PUBLIC, group="@support", group_members=("U1", "U2", "U3"))))
    assert wrongs(private) == wrongs(group) == []
    assert private[-1].words == "Shop: 2 agents may answer."
    assert group[-1].words == "Shop: 3 agents may answer."
    assert private[-1].line.startswith("✓ ")

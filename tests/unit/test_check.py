"""What `check` says about the app and each account."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot import manifest
from bot.config import Config
from bot.findings import (
    Finding,
    Surroundings,
    judge_account,
    judge_addresses,
    judge_app,
    judge_hours,
    judge_network,
    judge_operators,
    summary,
    told_apart,
)
from desk.hours import Hours, Span
from desk.people import Member, read_member
from desk.settings import AccountConfig, DeskSettings
from desk.slack.gateway import Auth
from networks.base import Checked

PUBLIC = {"id": "C0SUPPORT1", "name": "support", "is_member": True}
PRIVATE = PUBLIC | {"is_private": True}
ANA, GUEST, GONE, APP = "U0ANA00001", "U0GUEST001", "U0GONE0001", "U0APP00001"


def person(user: str, name: str, **more: Any) -> Member:
    return read_member({"id": user, "team_id": "T1", "real_name": name, **more}, "T1")


PEOPLE = {
    ANA: person(ANA, "Ana Horvat"),
    GUEST: person(GUEST, "Gil Guest", is_restricted=True),
    GONE: person(GONE, "Gustav Gone", deleted=True),
    APP: person(APP, "Some App", is_bot=True),
}


def auth(scopes: frozenset[str]) -> Auth:
    return Auth(
        team_id="T1",
        team="Acme",
        url="https://acme.slack.com/",
        user_id="U0BOT",
        bot_id="B0BOT",
        scopes=scopes,
    )


def account(*agents: str, group: str | None = None, network: str = "webchat") -> AccountConfig:
    return AccountConfig(
        network=network, name="shop", title="Shop", channel="#support", agents=agents, agents_group=group
    )


def around(
    channel: dict[str, Any] | None, *agents: str, group: str | None = None, **known: Any
) -> Surroundings:
    return Surroundings(account=account(*agents, group=group), channel=channel, people=PEOPLE, **known)


def config(*, http: bool = False, **settings: Any) -> Config:
    desk = DeskSettings(accounts=settings.pop("accounts", (account(),)), data=Path("data"), **settings)
    return Config(
        bot_token="xoxb-1", app_token=None if http else "xapp-1", database_url="sqlite://:memory:", desk=desk
    )


def wrongs(findings: list[Finding]) -> list[str]:
    return [finding.words for finding in findings if finding.wrong]


def test_an_app_with_every_scope() -> None:
    needed = manifest.read()
    findings = list(judge_app(auth(manifest.bot_scopes(needed)), needed))
    assert wrongs(findings) == []
    assert "Acme" in findings[0].words
    assert findings[-1].note
    assert "/inbox" in findings[-1].words


def test_missing_scopes_are_named_with_the_repair() -> None:
    needed = manifest.read()
    words = wrongs(list(judge_app(auth(manifest.bot_scopes(needed) - {"files:read", "commands"}), needed)))
    assert len(words) == 1
    assert "lacks the scopes commands, files:read" in words[0]
    assert "install the app again" in words[0]


def test_an_account_in_order() -> None:
    findings = list(judge_account(around(PUBLIC, ANA)))
    assert wrongs(findings) == []
    assert [finding.line for finding in findings] == [
        "✓ Shop: new customers appear in #support.",
        "✓ Shop: 1 agent may answer.",
    ]


def test_a_public_channel_is_joined_at_the_start() -> None:
    findings = list(judge_account(around(PUBLIC | {"is_member": False}, ANA)))
    assert wrongs(findings) == []
    assert findings[0].words == "Shop: new customers appear in #support, which Oratio joins when it starts."


@pytest.mark.parametrize(
    ("surroundings", "words"),
    [
        (around(None), "Shop: #support does not exist, or is private: then type /invite @Oratio there."),
        (around(PUBLIC | {"is_archived": True}), "is archived"),
        (around(PUBLIC | {"is_ext_shared": True}), "is shared with others"),
        (around(PRIVATE | {"is_member": False}), "Oratio is not in #support; type /invite @Oratio there"),
        (around(PUBLIC, group="@support"), "there is no user group @support"),
        (around(PUBLIC, "U0NOBODY01"), "Slack does not know U0NOBODY01"),
        (around(PUBLIC, ANA, GONE), "Gustav Gone, who is named in agents, is deactivated"),
        (around(PUBLIC, ANA, APP), "Some App, who is named in agents, is an app"),
        (around(PUBLIC, GONE), "nobody may answer: #support is public, so name people"),
        (around(PRIVATE), "nobody may answer: invite the support team to #support"),
        (around(PRIVATE, members=frozenset({GUEST, APP})), "nobody may answer: invite the support team"),
        (
            around(PRIVATE, group="@empty", group_members=frozenset()),
            "nobody may answer: the user group @empty has no members who could",
        ),
    ],
)
def test_each_fault_comes_with_its_repair(surroundings: Surroundings, words: str) -> None:
    assert any(words in each for each in wrongs(list(judge_account(surroundings))))


def test_the_members_of_a_private_channel_or_a_group_answer() -> None:
    private = list(judge_account(around(PRIVATE, members=frozenset({ANA, APP, GONE}))))
    group = list(judge_account(around(PUBLIC, GUEST, group="@support", group_members=frozenset({ANA}))))
    assert wrongs(private) == wrongs(group) == []
    assert private[-1].words == "Shop: 1 agent may answer."
    assert group[-1].words == "Shop: 2 agents may answer.", "a guest who is named, beside the group"


def test_guests_who_do_not_answer_are_named() -> None:
    findings = list(judge_account(around(PRIVATE, members=frozenset({ANA, GUEST}))))
    assert wrongs(findings) == []
    notes = [finding.line for finding in findings if finding.note]
    assert notes == ["• Shop: guests and outsiders do not answer unless they are named in agents: Gil Guest."]


def test_the_script_tag_of_a_site_stands_ready() -> None:
    (found,) = judge_addresses(config(public_url="https://chat.example.com"))
    assert '<script async src="https://chat.example.com/webchat/shop/widget.js"></script>' in found.words
    (found,) = judge_addresses(config())
    assert found.words.startswith("Shop: set PUBLIC_URL")
    assert not found.wrong


def test_over_http_slack_needs_our_address() -> None:
    (found,) = judge_addresses(config(http=True, public_url="https://chat.example.com", accounts=()))
    assert "must be https://chat.example.com/slack/events" in found.words


def test_operators_have_their_channel() -> None:
    ops = config(admin_channel="#ops", admins=(ANA,))
    assert wrongs(list(judge_operators(ops, {"name": "ops", "is_member": True}, PEOPLE))) == []
    public = {"name": "ops", "is_member": False}
    assert wrongs(list(judge_operators(ops, public, PEOPLE))) == [], "it is joined at the start"
    outside = wrongs(list(judge_operators(ops, public | {"is_private": True}, PEOPLE)))
    assert outside == ["admin_channel: Oratio is not in #ops; type /invite @Oratio there."]
    unseen = ["admin_channel: #ops does not exist, or is private: then type /invite @Oratio there."]
    assert wrongs(list(judge_operators(ops, None, PEOPLE))) == unseen


def test_a_slip_of_the_pen_in_the_hours_is_seen() -> None:
    def told(*week: Span, holidays: frozenset[date] = frozenset()) -> list[str]:
        hours = Hours(zone=ZoneInfo("Europe/Vienna"), week=week, holidays=holidays)
        friday = datetime(2026, 11, 27, 19, tzinfo=UTC)
        return [each.line for each in judge_hours([account(), replace(account(), hours=hours)], friday)]

    days = [Span(weekday=day, start=540, end=1020) for day in range(5)]
    week = "• Shop: business hours are 40 hours a week (Europe/Vienna), next on Monday, 2026-11-30 09:00."
    assert told(*days) == [week]
    night = [replace(span, start=1020, end=540 + 1440) for span in days]
    assert told(*night) == ["• Shop: business hours are 80 hours a week (Europe/Vienna), on now."]
    free = frozenset(date(2026, 11, 30) + timedelta(weeks=week) for week in range(60))
    assert told(days[0], holidays=free) == ["✗ Shop: its business hours never come."]


def test_operators_exist() -> None:
    gone = wrongs(list(judge_operators(config(admins=(GONE, "U0NOBODY01")), None, PEOPLE)))
    assert [words[-11:-1] for words in gone] == [GONE, "U0NOBODY01"]


def test_accounts_of_one_title_are_told_apart_and_the_end_says_how_much_is_wrong() -> None:
    shop, bot, page = (replace(account(), name=name, title="Acme Help") for name in ("shop", "bot", "page"))
    assert [each.title for each in told_apart([shop, bot, replace(page, title="Acme Page")])] == [
        "Acme Help (shop)",
        "Acme Help (bot)",
        "Acme Page",
    ]
    found = [
        Checked(words="it works"),
        Checked(words="look there", note=True),
        Checked(words="no", wrong=True),
    ]
    findings = list(judge_network(shop, found))
    assert [each.line[0] for each in findings] == ["✓", "•", "✗"]
    assert summary(findings) == "1 thing has to be repaired, marked with ✗ above."
    assert summary([*findings, *findings]).startswith("2 things have to be repaired")
    assert summary(findings[:2]) == "Nothing has to be repaired."

"""What `check` says about rules of routing and about whom reminders reach."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.findings import Surroundings, judge_account
from bot.rulefindings import RuleChannel, judge_routes
from desk.reminders import Reminders, Step
from desk.routing import Route
from tests.unit.test_check import ANA, APP, GONE, GUEST, PEOPLE, PRIVATE, PUBLIC, account, around, person

BEN = "U0BEN00001"
EVERYBODY = {**PEOPLE, BEN: person(BEN, "Ben Adler")}
BILLING = {"id": "C0BILLING1", "name": "billing", "is_member": True}


def lines(
    *routes: Route, channel: dict[str, Any] | None = BILLING, members: tuple[str, ...] = ()
) -> list[str]:
    here = replace(around(PUBLIC, ANA), people=EVERYBODY)
    there = {route.channel: RuleChannel(channel=channel, members=frozenset(members)) for route in routes}
    return [finding.line for finding in judge_routes(routes, [here], there)]


def test_rules_in_order() -> None:
    assert lines(Route(channel="#billing", account="shop", network="webchat")) == [
        "✓ [[routes]]: customers of Shop may appear in #billing."
    ]
    assert lines() == []


def test_rules_that_fit_nobody() -> None:
    (wrong,) = lines(Route(channel="#billing", account="shopp"))
    assert wrong == (
        "✗ Rule 1 of [[routes]] names the account shopp, which is not configured. "
        "Correct it, or take the rule out."
    )
    wrong, _ = lines(Route(channel="#billing", language="de"), Route(channel="#billing", network="webcaht"))
    assert wrong.startswith("✗ Rule 2 of [[routes]] names the network webcaht, which no account is on.")
    two = [replace(around(PUBLIC, ANA), account=replace(account(), name=n, network=w)) for n, w in ONES]
    route = Route(channel="#billing", account="shop", network="mail")
    found = list(judge_routes([route], two, {"#billing": RuleChannel(channel=BILLING)}))
    assert "fits nobody: the account shop is not on the network mail." in found[0].words
    assert len(found) == 1


ONES = (("shop", "webchat"), ("box", "mail"))


def test_channels_that_cant_be_used() -> None:
    rule = Route(channel="#billing", language="de")
    until = "until then new customers appear in their account's channel."
    assert lines(rule, channel=None) == [
        f"✗ [[routes]]: #billing does not exist, or is private: then type /invite @Oratio there; {until}"
    ]
    for fault, words in (
        ({"is_archived": True}, "#billing is archived"),
        ({"is_ext_shared": True}, "#billing is shared with others"),
        ({"is_private": True, "is_member": False}, "Oratio is not in #billing; type /invite @Oratio there"),
    ):
        (line,) = lines(rule, channel=BILLING | fault)
        assert line.startswith(f"✗ [[routes]]: {words}")
        assert line.endswith(until)


def test_who_reads_a_rules_channel_and_who_answers_there() -> None:
    private = BILLING | {"is_private": True}
    _, readers, out = lines(
        Route(channel="#billing", words=("refund",)), channel=private, members=(BEN, APP, GONE, GUEST)
    )
    assert readers == (
        "• [[routes]]: Ben Adler, Gil Guest in #billing can't answer there; name them in agents, "
        "or a user group in agents_group."
    )
    assert out == "• Shop: agents who are not in #billing can't open its threads; invite them: Ana Horvat."
    inside = lines(Route(channel="#billing", words=("refund",)), channel=private, members=(ANA,))
    assert inside == ["✓ [[routes]]: customers of Shop may appear in #billing."]


def test_agents_outside_their_private_channel_are_named() -> None:
    here = replace(around(PRIVATE, ANA, BEN, members=frozenset({ANA})), people=EVERYBODY)
    notes = [finding.words for finding in judge_account(here) if finding.note]
    assert notes == ["Shop: agents who are not in #support can't open its threads; invite them: Ben Adler."]


def test_whom_reminders_reach() -> None:
    def found(known: bool = True, **keys: Any) -> list[str]:
        here: Surroundings = around(PUBLIC, ANA, notify_known=known)
        findings = judge_account(replace(here, account=replace(here.account, **keys)))
        return [finding.line for finding in findings if finding.wrong or finding.note]

    steps = Reminders(after={Step.GROUP: timedelta(minutes=5), Step.LEAD: timedelta(minutes=9)}, lead=ANA)
    assert found(notify="@support", reminders=steps) == []
    assert found(known=False, notify="@nobody") == [
        "✗ Shop: there is no user group @nobody; name one in notify."
    ]
    assert found(reminders=replace(steps, lead=GONE)) == [
        f"✗ Shop: nobody who could be reminded has the id {GONE} (lead).",
        "• Shop: reminders in the channel ring for nobody; name a user group in notify.",
    ]

"""How LINE is told where to call us, and what it says of an account."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from networks.base import Checked
from networks.capabilities import AccountSettings
from networks.errors import AccountBroken, Rejected, Throttled, UnexpectedResponse
from networks.line import Line
from tests.networks.line.messaging_api import CUSTOMER, MessagingApi
from tests.networks.line.test_calls import part

HOOK = "https://oratio.example/hooks/line/help"


@pytest.fixture
async def listening(api: MessagingApi) -> AsyncIterator[MessagingApi]:
    """Something that takes what LINE calls with."""

    async def take(request: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", take)
    async with TestServer(app) as server:
        api.calls_to = str(server.make_url("/hook"))
        yield api


async def said(line: Line, account: AccountSettings, hook: str | None = HOOK) -> list[str]:
    """What is right, and after an exclamation mark what is wrong."""
    found = await line.check(account, hook)
    assert all(isinstance(each, Checked) for each in found)
    return [f"!{each.words}" if each.wrong else each.words for each in found]


async def test_line_is_told_to_call_us_and_tries(
    listening: MessagingApi, line: Line, account: AccountSettings
) -> None:
    before = await said(line, account)
    assert "LINE will be told to call oratio.example when Oratio starts" in before
    assert any("Webhook redelivery" in words for words in before)
    assert listening.webhook["endpoint"] == ""
    for _ in range(2):
        await line.connect(account, HOOK)
    assert listening.webhook["endpoint"] == HOOK
    assert await said(line, account) == [
        "the token belongs to Acme Help (@216acme)",
        "LINE calls oratio.example",
        "12 of this month's 500 messages are sent",
    ]
    listening.webhook["endpoint"] = "https://thief.example/x"
    assert "!LINE calls thief.example for this account: another program changed that" in await said(
        line, account
    )
    listening.webhook["endpoint"] = ""
    assert "!LINE calls nobody for this account: another program changed that" in await said(line, account)


async def test_what_a_person_must_click_is_said_with_its_address(
    listening: MessagingApi, line: Line, account: AccountSettings
) -> None:
    await line.connect(account, HOOK)
    listening.webhook["active"] = False
    listening.bot["chatMode"] = "bot"
    found = await said(line, account)
    assert any(
        words.startswith("!“Use webhook” is off") and "https://developers.line.biz/console/" in words
        for words in found
    )
    assert any("https://manager.line.biz/account/@216acme/setting/response" in words for words in found)
    assert await said(line, account, None) == [
        "!LINE has to call Oratio: set PUBLIC_URL to its https address"
    ]


async def test_an_address_that_line_cannot_call_is_refused_with_its_reason(
    api: MessagingApi, line: Line, account: AccountSettings
) -> None:
    for hook, words in {
        HOOK: "LINE can't call oratio.example: Connection refused",
        None: "LINE has to call Oratio: set PUBLIC_URL to its https address",
        "http://oratio.example": "LINE refuses this message",
    }.items():
        with pytest.raises(Rejected) as refused:
            await line.connect(account, hook)
        assert refused.value.words == words
    for fault, error in {"401": AccountBroken, "429": Throttled, "list": UnexpectedResponse}.items():
        api.fault(fault, verb="test")
        with pytest.raises(error):
            await line.connect(account, HOOK)


async def test_a_month_that_is_over_is_said_and_while_line_refuses_nothing_goes_by_token(
    listening: MessagingApi, line: Line, account: AccountSettings
) -> None:
    over = "this month's messages of the LINE plan are used up; raise its limit at manager.line.biz"
    listening.used = 500
    assert f"!{over}" in await said(line, account)
    await line.connect(account, HOOK)
    assert over in await said(line, account)  # the program hears on, and learns from what is refused
    listening.quota = {"type": "none"}  # a plan without a limit
    assert not any("month" in words for words in await said(line, account))

    listening.reply_tokens |= {"t1": CUSTOMER, "t2": CUSTOMER}
    listening.fault("monthly", 2, verb="push")
    for given in (part("One"), part("Two", reply_handle="t1")):
        with pytest.raises(AccountBroken) as refused:
            await line.send(account, given)
        assert refused.value.words == over
    await line.send(account, part("One"))
    await line.send(account, part("Three", reply_handle="t2"))
    assert [shown.by for shown in listening.shown] == ["push", "reply"]


@pytest.mark.parametrize(
    ("fault", "error"), [("401", AccountBroken), ("unavailable", AccountBroken), ("html", UnexpectedResponse)]
)
async def test_a_check_that_fails_says_why(
    api: MessagingApi, line: Line, account: AccountSettings, fault: str, error: type[Exception]
) -> None:
    api.fault(fault, verb="check")
    with pytest.raises(error):
        await line.check(account, HOOK)

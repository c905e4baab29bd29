"""How Viber is told to call us, what its callbacks are answered, and what `check` says of a bot."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import web
from viberbot.api.messages import get_message

from networks.base import Checked, WebhookAnswer
from networks.capabilities import AccountSettings
from networks.errors import AccountBroken, DeliveryError, NoAnswer, Rejected, UnexpectedResponse
from networks.viber import Viber
from tests.networks.viber.kit import ACCOUNT, payload, request
from tests.networks.viber.public_api import TOKEN, PublicApi

HOOK = "https://oratio.example/hooks/viber/help"
WANTED = ["delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started"]
WHOSE = Checked(words="the token belongs to Acme Help; customers open it at viber://pa?chatURI=acmehelp")


@asynccontextmanager
async def answering(status: int) -> AsyncIterator[str]:
    """Something at the webhook's address that answers with this."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status)

    app = web.Application()
    app.router.add_post("/", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def test_viber_is_told_where_to_call_and_what_of(
    api: PublicApi, viber: Viber, account: AccountSettings
) -> None:
    async with answering(200) as api.calls_to:
        await viber.connect(account, HOOK)
        await viber.connect(account, HOOK)
    assert api.webhook == {"url": HOOK, "event_types": WANTED, "send_name": True, "send_photo": True}
    assert [(event, status) for event, status, _ in api.answers] == [("webhook", 200)] * 2
    assert {call.headers["X-Viber-Auth-Token"] for call in api.calls} == {TOKEN}


async def test_an_address_viber_cannot_call_is_said_with_its_reason(
    api: PublicApi, viber: Viber, account: AccountSettings
) -> None:
    async with answering(419) as api.calls_to:
        with pytest.raises(Rejected) as answered:
            await viber.connect(account, HOOK)
    assert answered.value.words == "Viber can't call oratio.example: it was answered 419 there"
    with pytest.raises(Rejected) as plain:
        await viber.connect(account, HOOK.replace("https", "http"))
    trusted = "it needs https there, with a certificate that everybody trusts"
    assert plain.value.words == f"Viber can't call oratio.example: {trusted}"
    with pytest.raises(Rejected):
        await viber.connect(account, None)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("status 2", AccountBroken),
        ("status 7", AccountBroken),
        ("no_answer", NoAnswer),
        ("html", UnexpectedResponse),
    ],
)
async def test_what_goes_wrong_while_it_is_told_or_asked_has_its_error(
    api: PublicApi, viber: Viber, account: AccountSettings, fault: str, error: type[DeliveryError]
) -> None:
    for call in (viber.connect(account, HOOK), viber.check(account, HOOK)):
        api.fault(fault)
        with pytest.raises(error):
            await call


async def test_check_says_whose_the_token_is_and_whom_viber_calls(
    api: PublicApi, viber: Viber, account: AccountSettings
) -> None:
    assert await viber.check(account, None) == [WHOSE]
    will = Checked(words="Viber will be told to call oratio.example when Oratio starts")
    assert await viber.check(account, HOOK) == [WHOSE, will]
    api.webhook = {"url": "https://old.example/hook", "event_types": []}
    assert await viber.check(account, HOOK) == [WHOSE, will]
    api.webhook = {"url": HOOK, "event_types": []}
    assert await viber.check(account, HOOK) == [WHOSE, Checked(words="Viber calls oratio.example")]
    assert {call.method for call in api.calls} == {"get_account_info"}


async def test_the_running_program_hears_when_it_is_no_longer_called(
    api: PublicApi, viber: Viber, account: AccountSettings
) -> None:
    await viber.connect(account, HOOK)
    assert await viber.check(account, HOOK) == [WHOSE, Checked(words="Viber calls oratio.example")]
    for url, calls in {"https://thief.example/x?y": "calls thief.example", "": "calls nobody"}.items():
        api.webhook = {"url": url, "event_types": WANTED}
        words = f"Viber {calls} for this bot: another program changed that"
        assert await viber.check(account, HOOK) == [WHOSE, Checked(words=words, wrong=True)]
    api.webhook = {"url": HOOK, "event_types": WANTED[:2]}
    (_, few) = await viber.check(account, HOOK)
    assert few.wrong
    await viber.connect(account, HOOK)
    assert not any(each.wrong for each in await viber.check(account, HOOK))


def answer(name: str, **options: object) -> WebhookAnswer:
    settings = replace(ACCOUNT, options={**ACCOUNT.options, **options})
    return Viber().answer(settings, request(json.dumps(payload(name)).encode()))


def test_whoever_opens_the_chat_is_welcomed_as_viber_allows_it() -> None:
    welcomed = answer("conversation_opened", welcome=" Dobrodošli! Kako možemo da pomognemo? ")
    assert (welcomed.status, welcomed.content_type) == (200, "application/json")
    said = json.loads(welcomed.body)
    assert said == {
        "min_api_version": 1,
        "sender": {"name": "Acme Help"},
        "type": "text",
        "text": "Dobrodošli! Kako možemo da pomognemo?",
    }
    assert get_message(said).validate()
    assert json.loads(answer("conversation_started", welcome="Hi", sender_name="Acme").body)["sender"] == {
        "name": "Acme"
    }


def test_nobody_else_is_answered_anything() -> None:
    nothing = WebhookAnswer()
    for name in ("text", "subscribed", "status_seen", "webhook_check", "conversation_started_again"):
        assert answer(name, welcome="Hi") == nothing, name
    assert answer("conversation_opened") == answer("conversation_opened", welcome=" ") == nothing
    assert Viber().answer(ACCOUNT, request(b"\xff")) == nothing

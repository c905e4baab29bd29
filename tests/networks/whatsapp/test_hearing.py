"""How Meta comes to call us: asked, told, looked at, and what only a person can mend."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from networks.base import WebhookRequest
from networks.capabilities import AccountSettings
from networks.errors import AccountBroken, DeliveryError, PayloadInvalid, Rejected, SignatureInvalid
from networks.whatsapp import WhatsApp
from tests.networks.whatsapp.cloud_api import APP_ID, BUSINESS_ID, NUMBER_ID, SECRET, VERIFY, CloudApi
from tests.networks.whatsapp.kit import ACCOUNT, request

HOOK = "https://oratio.example/hooks/whatsapp/help"
OLD = "https://old.example/hook"


def first(**query: str) -> WebhookRequest:
    return WebhookRequest(method="GET", url=HOOK, headers={}, query=query, body=b"")


def test_the_first_question_is_answered_with_its_challenge() -> None:
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": VERIFY}
    network = WhatsApp()
    network.verify(ACCOUNT, first(**asked))
    assert list(network.parse(ACCOUNT, first(**asked))) == []
    assert network.answer(ACCOUNT, first(**asked)).body == b"1158201444"
    for wrong in ({"hub.verify_token": "x"}, {"hub.verify_token": ""}, {"hub.mode": "unsubscribe"}):
        with pytest.raises(SignatureInvalid):
            network.verify(ACCOUNT, first(**{**asked, **wrong}))


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b'{"object":"page","entry":[]}', b"\xff", b"[" * 10_000]
)
def test_what_is_signed_but_says_nothing_readable_is_kept_aside(body: bytes) -> None:
    with pytest.raises(PayloadInvalid):
        WhatsApp().parse(ACCOUNT, request(body))


async def test_an_app_that_hears_nothing_is_told_everything_and_another_program_is_noticed(
    api: CloudApi, whatsapp: WhatsApp, account: AccountSettings
) -> None:
    before = [each.words for each in await whatsapp.check(account, HOOK)]
    assert before[0] == "the token may use +49 30 901820, “Acme Help”"
    assert before[1] == "the app will be subscribed to the WhatsApp account when Oratio starts"
    assert before[-1] == "WhatsApp will be told to call oratio.example when Oratio starts"
    api.subscribed = [APP_ID]
    assert (await whatsapp.check(account, HOOK))[1].words.startswith(
        "the app will be told to pass messages on"
    )
    await whatsapp.connect(account, HOOK)
    assert (api.subscribed, api.fields) == ([APP_ID], ["messages", "smb_message_echoes"])
    calls = {"override_callback_uri": HOOK, "verify_token": VERIFY}
    assert api.asked("POST", NUMBER_ID)[0].json == {"webhook_configuration": calls}
    assert api.override == HOOK
    assert [(c.words, c.wrong) for c in await whatsapp.check(account, HOOK)][1:] == [
        ("WhatsApp calls oratio.example", False)
    ]
    api.fields = ["messages"]
    await whatsapp.connect(account, HOOK)
    assert len(api.asked("POST", "subscriptions")) == 1  # what somebody set up stays
    api.override = OLD
    api.quality = "RED"
    found = await whatsapp.check(account, HOOK)
    assert [each.words for each in found if each.wrong] == [
        "WhatsApp calls old.example for this number: another program changed that"
    ]
    assert any("quality as low" in each.words for each in found)
    assert not any(SECRET in str(call.query) + call.path for call in api.calls)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"fields": ["account_update"]}, f"“messages”: https://developers.facebook.com/apps/{APP_ID}/"),
        ({"subscribed": ["7"]}, "this app no longer hears of the WhatsApp account's messages"),
        ({"override": ""}, "WhatsApp calls app.example for this number: another program changed that"),
    ],
)
async def test_what_a_person_must_do_is_said(
    api: CloudApi, whatsapp: WhatsApp, account: AccountSettings, changed: dict[str, Any], words: str
) -> None:
    await whatsapp.connect(account, HOOK)
    for name, value in changed.items():
        setattr(api, name, value)
    assert any(words in each.words for each in await whatsapp.check(account, HOOK) if each.wrong)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"token": "EAAGexpired000000000000"}, AccountBroken, "no longer accepts this account's token"),
        ({"phone_number_id": "999999"}, AccountBroken, "check phone_number_id and token"),
        ({"business_account_id": "999999"}, AccountBroken, "check business_account_id and token"),
        ({"app_secret": "0" * 32}, AccountBroken, "app_secret is not that of the app"),
    ],
)
async def test_each_wrong_key_is_named(
    api: CloudApi,
    whatsapp: WhatsApp,
    account: AccountSettings,
    options: dict[str, str],
    error: type[DeliveryError],
    words: str,
) -> None:
    wrong = replace(account, options={**account.options, **options})
    with pytest.raises(error) as caught:
        await whatsapp.check(wrong, HOOK)
    assert words in caught.value.words
    with pytest.raises(error):
        await whatsapp.connect(wrong, HOOK)
    assert BUSINESS_ID not in caught.value.words


async def test_without_a_public_address_nothing_can_come(
    api: CloudApi, whatsapp: WhatsApp, account: AccountSettings
) -> None:
    with pytest.raises(Rejected) as caught:
        await whatsapp.connect(account, None)
    assert "PUBLIC_URL" in caught.value.words
    assert (await whatsapp.check(account, None))[-1].wrong
    api.fault("2200", verb=NUMBER_ID)
    api.fields = ["messages"]
    with pytest.raises(Rejected) as unanswered:
        await whatsapp.connect(account, HOOK)
    assert "PUBLIC_URL" in unanswered.value.words

"""Where Twilio is told to call, and what `check` says of an account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from networks.base import Checked
from networks.capabilities import AccountSettings
from networks.errors import AccountBroken, ProviderFault, Rejected, UnexpectedResponse
from networks.twilio import Twilio
from tests.networks.twilio.kit import ACCOUNT, HOOK, form, payload, request
from tests.networks.twilio.rest_api import ACCOUNT_SID, KEY, KEY_SECRET, OURS, SERVICE, SHORT, TwilioApi

CALLED = f"{HOOK}#rc=5&rp=all&rt=5000"


def told(found: Sequence[Checked]) -> list[tuple[str, bool]]:
    return [(each.words, each.wrong) for each in found]


async def test_a_numbers_messages_are_brought_to_us_and_to_nobody_else(
    api: TwilioApi, twilio: Twilio, account: AccountSettings
) -> None:
    api.number["sms_application_sid"] = "AP00112233445566778899aabbccddeeff"  # it would go before the address
    await twilio.connect(account, HOOK)
    looked, changed = api.calls
    assert looked.query == {"PhoneNumber": OURS}
    assert changed.path.endswith(f"/IncomingPhoneNumbers/{api.number['sid']}.json")
    assert changed.form == {
        "SmsUrl": CALLED,
        "SmsMethod": "POST",
        "SmsFallbackUrl": CALLED,
        "SmsFallbackMethod": "POST",
        "SmsApplicationSid": "",
    }
    await twilio.connect(account, HOOK)
    assert len(api.calls) == 3  # what is so already is not changed again


async def test_a_short_code_is_told_where_to_call(api: TwilioApi, twilio: Twilio) -> None:
    await twilio.connect(replace(ACCOUNT, options=api.options(number=SHORT)), HOOK)
    assert api.calls[0].path.endswith("/SMS/ShortCodes.json")
    assert api.short_code["sms_url"] == api.short_code["sms_fallback_url"] == CALLED
    assert "SmsApplicationSid" not in api.calls[1].form


async def test_a_service_calls_for_all_its_numbers(api: TwilioApi, twilio: Twilio) -> None:
    pooled = replace(ACCOUNT, options=api.options(messaging_service=SERVICE))
    await twilio.connect(pooled, HOOK)
    assert [call.path for call in api.calls] == [f"/v1/Services/{SERVICE}"] * 2
    assert api.calls[1].form == {
        "InboundRequestUrl": CALLED,
        "InboundMethod": "POST",
        "FallbackUrl": CALLED,
        "FallbackMethod": "POST",
        "UseInboundWebhookOnNumber": "false",
    }
    assert api.service["use_inbound_webhook_on_number"] is False
    await twilio.connect(pooled, HOOK)
    assert len(api.calls) == 3
    assert told(await twilio.check(pooled, HOOK)) == [
        ("the credentials belong to Acme", False),
        ("Twilio calls oratio.example for the messaging service", False),
    ]


async def test_what_a_person_must_mend_is_said(
    api: TwilioApi, twilio: Twilio, account: AccountSettings
) -> None:
    def of(**options: object) -> AccountSettings:
        return replace(ACCOUNT, options=api.options(**options))

    cases: list[tuple[AccountSettings, type[Exception], str]] = [
        (of(number="+14155550777"), Rejected, "the number +14155550777 is not one of this Twilio account"),
        (of(number="77777"), Rejected, "the short code 77777 is not one"),
        (of(number=None), Rejected, "needs a number or a messaging_service"),
        (of(messaging_service="MG" + "0" * 32), AccountBroken, "Twilio doesn't find this account or sender"),
        (of(auth_token="another-token-0000"), AccountBroken, "no longer accepts the credentials"),
        (of(account_sid="AC" + "0" * 32), AccountBroken, "no longer accepts the credentials"),
    ]
    for given, error, words in cases:
        with pytest.raises(error) as failed:
            await twilio.connect(given, HOOK)
        assert words in str(failed.value), words
    for fault, error, words in (
        ("400 21402", Rejected, "doesn't take PUBLIC_URL"),
        ("400 21407", Rejected, "can't get text messages"),
        ("503 20503", ProviderFault, "problem of its own"),
        ("list", UnexpectedResponse, ""),
    ):
        api.fault(fault, verb="change")
        with pytest.raises(error) as failed:
            await twilio.connect(account, HOOK)
        assert words in str(failed.value)
    await twilio.connect(account, None)  # nowhere to be called: nothing is changed
    assert api.number["sms_url"].startswith("https://demo.twilio.com")


async def test_a_check_tells_whose_number_it_is_and_whom_twilio_calls(
    api: TwilioApi, twilio: Twilio, account: AccountSettings
) -> None:
    before = told(await twilio.check(account, HOOK))
    assert before == [
        ("the credentials belong to Acme", False),
        (f"Twilio will be told to call oratio.example for the number {OURS} when Oratio starts", False),
    ]
    assert not any(call.method == "POST" for call in api.calls)
    await twilio.connect(account, HOOK)
    assert told(await twilio.check(account, HOOK))[-1] == (
        f"Twilio calls oratio.example for the number {OURS}",
        False,
    )
    for url, words in {
        "https://thief.example/x": "calls thief.example for",
        "https://oratio.example/hooks/twilio/other": "no longer calls us for",
        "": "no longer calls us for",
    }.items():
        api.number["sms_url"] = url
        said, wrong = told(await twilio.check(account, HOOK))[-1]
        assert wrong
        assert words in said
    api.number |= {"sms_url": CALLED, "sms_application_sid": "AP00112233445566778899aabbccddeeff"}
    assert told(await twilio.check(account, HOOK))[-1][1]
    assert len(told(await twilio.check(account, None))) == 1


async def test_a_check_tells_what_the_number_and_the_account_cannot_do(
    api: TwilioApi, twilio: Twilio, account: AccountSettings
) -> None:
    plain = replace(account, options=api.options(mms=False))
    assert "can send pictures; mms = true" in told(await twilio.check(plain, HOOK))[1][0]
    api.number["capabilities"] = {"SMS": True, "MMS": False}
    assert told(await twilio.check(account, HOOK))[1] == (
        f"the number {OURS} can't send pictures; take mms out of its account",
        True,
    )
    assert len(await twilio.check(plain, HOOK)) == 2
    api.number["capabilities"] = {"voice": True}
    assert told(await twilio.check(plain, HOOK))[1] == (
        f"the number {OURS} can't send text messages; choose another",
        True,
    )
    api.account |= {"type": "Trial"}
    assert "a trial: it writes to verified numbers only" in told(await twilio.check(plain, HOOK))[0][0]
    api.account |= {"status": "suspended"}
    assert told(await twilio.check(plain, HOOK))[0] == (
        "Twilio has switched off Acme (suspended); its console says why",
        True,
    )


async def test_the_token_is_checked_beside_the_key_that_sends(api: TwilioApi, twilio: Twilio) -> None:
    keyed = replace(ACCOUNT, options=api.options(api_key=KEY, api_key_secret=KEY_SECRET))
    await twilio.check(keyed, HOOK)
    credentials = [call.headers["Authorization"] for call in api.calls]
    assert len(set(credentials)) == 2
    api.token = "a-new-token-00000"
    with pytest.raises(AccountBroken):
        await twilio.check(keyed, HOOK)
    assert api.calls[-1].path == f"/2010-04-01/Accounts/{ACCOUNT_SID}.json"


async def test_the_answer_to_a_call_texts_nothing_back(twilio: Twilio) -> None:
    answer = twilio.answer(ACCOUNT, request(form(payload("text"))))
    assert (answer.status, answer.content_type) == (200, "text/xml")
    assert answer.body == b'<?xml version="1.0" encoding="UTF-8"?><Response/>'

"""What goes out to Twilio and is fetched from it, over real HTTP."""

from __future__ import annotations

import base64
import logging
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from networks._twilio_errors import WORDS
from networks.base import Attachment, Edits, OutboundPart, Reacts, Types
from networks.capabilities import AccountSettings, MediaKind
from networks.errors import (
    AccountBroken,
    ContactUnreachable,
    DeliveryError,
    NoAnswer,
    ProviderFault,
    Rejected,
    Throttled,
    Unreachable,
)
from networks.twilio import Twilio
from tests.networks.twilio.kit import ACCOUNT, HOOK
from tests.networks.twilio.rest_api import (
    ACCOUNT_SID,
    CUSTOMER,
    KEY,
    KEY_SECRET,
    OURS,
    SERVICE,
    SHORT,
    TOKEN,
    TwilioApi,
)

CALLBACK = f"{HOOK}?part=d1#rc=5&rp=all&rt=5000"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"


def part(text: str = "", **more: Any) -> OutboundPart:
    return OutboundPart(**{"idempotency_key": "d1", "contact_id": CUSTOMER, "text": text, **more})


def file(link: str = "https://files.example/4000/a%20b.jpg") -> Attachment:
    """A picture that Twilio fetches by its link; its bytes are nobody's to read here."""

    async def pieces() -> AsyncIterator[bytes]:
        raise AssertionError("Twilio fetches files itself")
        yield b""

    async def linked() -> str:
        if not link:
            raise DeliveryError("no public link can be made for this file")
        return link

    return Attachment(
        name="a b.jpg", mime_type="image/jpeg", size=4_000, kind=MediaKind.PICTURE, open=pieces, link=linked
    )


def basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


# Words


async def test_a_text_goes_as_a_form_with_everything_that_is_said_of_it(
    api: TwilioApi, twilio: Twilio, account: AccountSettings
) -> None:
    receipt = await twilio.send(account, part("Grüße & 👋 +1\n= <b>"))
    (call,) = api.calls
    assert (call.method, call.path, call.query) == ("POST", MESSAGES, {})
    assert call.form == {
        "To": CUSTOMER,
        "From": OURS,
        "Body": "Grüße & 👋 +1\n= <b>",
        "StatusCallback": CALLBACK,
        "ValidityPeriod": "14400",
    }
    assert call.headers["Authorization"] == basic(ACCOUNT_SID, TOKEN)
    assert call.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    assert receipt.external_id == api.shown[0].sid


async def test_what_no_form_carries_is_taken_out_and_nobody_is_told_where_nobody_is_reached(
    api: TwilioApi, twilio: Twilio, account: AccountSettings
) -> None:
    await twilio.send(replace(account, hook=None), part("a\0b\ud800"))
    (call,) = api.calls
    assert call.form["Body"] == "ab?"
    assert "StatusCallback" not in call.form


async def test_an_api_key_is_used_in_place_of_the_token(api: TwilioApi, twilio: Twilio) -> None:
    keyed = replace(ACCOUNT, options=api.options(api_key=KEY, api_key_secret=KEY_SECRET, validity=60))
    await twilio.send(keyed, part("Hello"))
    (call,) = api.calls
    assert call.headers["Authorization"] == basic(KEY, KEY_SECRET)
    assert call.form["ValidityPeriod"] == "60"


async def test_a_short_code_sends_like_a_number(api: TwilioApi, twilio: Twilio) -> None:
    await twilio.send(replace(ACCOUNT, options=api.options(number=SHORT)), part("Hello"))
    assert api.calls[0].form["From"] == SHORT


async def test_a_service_answers_from_the_number_that_was_written_to(api: TwilioApi, twilio: Twilio) -> None:
    pooled = replace(ACCOUNT, options=api.options(messaging_service=SERVICE))
    await twilio.send(pooled, part("Hello"))
    await twilio.send(pooled, part("Hello", reply_handle=OURS))
    told = [(call.form["MessagingServiceSid"], call.form.get("From")) for call in api.calls]
    assert told == [(SERVICE, None), (SERVICE, OURS)]
    both = replace(ACCOUNT, options=api.options(messaging_service=SERVICE, number=OURS))
    for handle in (None, "+14155550777"):
        await twilio.send(both, part("Hello", reply_handle=handle))
        assert api.calls[-1].form["From"] == OURS
    api.pool.clear()
    with pytest.raises(AccountBroken):
        await twilio.send(both, part("Hello"))
    assert len(api.calls) == 5  # the account names its number: no other takes its place


async def test_a_number_that_left_the_service_is_replaced_by_another_of_it(
    api: TwilioApi, twilio: Twilio
) -> None:
    pooled = replace(ACCOUNT, options=api.options(messaging_service=SERVICE))
    await twilio.send(pooled, part("Hello", reply_handle="+14155550777"))
    assert [call.form.get("From") for call in api.calls] == ["+14155550777", None]
    assert len(api.shown) == 1
    api.fault("400 21610")
    with pytest.raises(ContactUnreachable):
        await twilio.send(pooled, part("Hello", reply_handle=OURS))
    assert len(api.calls) == 3  # another refusal is no matter of the number
    api.pool.clear()
    with pytest.raises(AccountBroken) as foreign:
        await twilio.send(replace(ACCOUNT, options=api.options()), part("Hello", reply_handle="+14155550777"))
    assert "belongs to another Twilio account" in foreign.value.words
    assert api.calls[-1].form["From"] == OURS  # without a service the number is the account's own


# Files


async def test_a_file_goes_by_its_link_with_the_text(
    api: TwilioApi, twilio: Twilio, account: AccountSettings
) -> None:
    await twilio.send(account, part("Look", attachment=file()))
    await twilio.send(account, part(attachment=file()))
    first, second = api.calls
    assert (first.form["MediaUrl"], first.form["Body"]) == ("https://files.example/4000/a%20b.jpg", "Look")
    assert "Body" not in second.form
    assert [taken.file for taken in api.shown] == [("a b.jpg", 4_000)] * 2


async def test_without_an_address_of_ours_a_file_is_refused_before_anything_leaves(
    api: TwilioApi, twilio: Twilio, account: AccountSettings
) -> None:
    with pytest.raises(DeliveryError) as refused:
        await twilio.send(account, part("Look", attachment=file("")))
    assert refused.value.certain
    assert not refused.value.retry
    assert api.calls == []


async def test_files_are_a_matter_of_the_number(api: TwilioApi, twilio: Twilio) -> None:
    able = twilio.capabilities_for(replace(ACCOUNT, options=api.options(mms=True)))
    plain = twilio.capabilities_for(replace(ACCOUNT, options=api.options(mms=False)))
    assert (plain.send, plain.caption_limit) == ({}, None)
    assert able.caption_limit == able.text_limit == plain.text_limit
    assert {kind: rule.max_bytes for kind, rule in able.send.items()} == {
        MediaKind.PICTURE: 5_000_000,
        MediaKind.VIDEO: 500_000,
        MediaKind.AUDIO: 500_000,
        MediaKind.DOCUMENT: 500_000,
    }
    assert plain.receive == able.receive
    assert not isinstance(twilio, Edits | Reacts | Types)
    assert await twilio.profile(ACCOUNT, CUSTOMER) is None


async def fetched(twilio: Twilio, account: AccountSettings, ref: str) -> bytes:
    return b"".join([chunk async for chunk in twilio.download(account, ref)])


def media(api: TwilioApi, ref: str) -> str:
    return f"{api.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/MM1/Media/{ref}"


async def test_a_customers_file_is_fetched_with_credentials_and_a_redirect(
    api: TwilioApi, twilio: Twilio, account: AccountSettings
) -> None:
    api.files["ME1"] = b"picture" * 50_000
    assert await fetched(twilio, account, media(api, "ME1")) == b"picture" * 50_000
    (call,) = api.calls
    assert call.headers["Authorization"] == basic(ACCOUNT_SID, TOKEN)


async def test_what_is_in_slack_is_deleted_at_twilio_where_the_account_wants_that(
    api: TwilioApi, twilio: Twilio, account: AccountSettings
) -> None:
    api.files["ME1"] = b"picture"
    await twilio.discard(account, media(api, "ME1"))
    assert api.files == {}
    await twilio.discard(account, media(api, "ME1"))  # gone already
    api.fault("403 20003", verb="delete")
    with pytest.raises(Rejected, match="doesn't let this key delete files"):
        await twilio.discard(account, media(api, "ME1"))
    api.fault("500 20500", verb="delete")
    with pytest.raises(ProviderFault):
        await twilio.discard(account, media(api, "ME1"))
    calls = len(api.calls)
    for elsewhere in ("https://files.example/ME1", f"{api.url}/2010-04-01/Accounts/{ACCOUNT_SID}.json"):
        with pytest.raises(Rejected, match="doesn't lie at Twilio"):
            await twilio.discard(account, elsewhere)
    assert len(api.calls) == calls
    kept = replace(account, options={**account.options, "delete_media": False})
    assert (twilio.discards(account), twilio.discards(kept)) == (True, False)


async def test_a_large_file_streams_with_little_memory(
    api: TwilioApi, twilio: Twilio, account: AccountSettings
) -> None:
    api.files |= {"ME1": 1, "ME2": 50_000_000}
    await fetched(twilio, account, media(api, "ME1"))
    size = 0
    tracemalloc.start()
    try:
        async for chunk in twilio.download(account, media(api, "ME2")):
            size += len(chunk)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size == 50_000_000
    assert peak < 16_000_000


async def test_files_come_from_twilio_alone(api: TwilioApi, twilio: Twilio, account: AccountSettings) -> None:
    seen: list[str | None] = []

    async def other(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization"))
        return web.Response(body=b"inside")

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", other)
    async with TestServer(app) as server:
        inside = str(server.make_url("/secret"))
        for ref in (
            inside,
            "gone",
            "",
            "https://[",
            "https://api.twilio.com.evil.example/x",
            "https://eviltwilio.com/x",
            "http://api.twilio.com/x",
            "file:///etc/passwd",
            f"{api.url}x/y",
            "https://127.0.0.1/x",
        ):
            with pytest.raises(Rejected):
                await fetched(twilio, account, ref)

        async def onward(request: web.Request) -> web.Response:
            return web.Response(status=302, headers={"Location": inside})

        leading = web.Application()
        leading.router.add_get("/{rest:.*}", onward)
        async with TestServer(leading) as front:
            url = str(front.make_url("")).rstrip("/")
            led = replace(account, options={**account.options, "api_url": url})
            with pytest.raises(Rejected):
                await fetched(twilio, led, f"{url}/Media/ME1")
    assert seen == []


async def test_a_file_that_is_not_handed_out_says_why(
    api: TwilioApi, twilio: Twilio, account: AccountSettings
) -> None:
    for ref, fault, error in (
        ("ME404", "", Rejected),
        ("ME1", "500 20500", ProviderFault),
        ("ME1", "429 20429", Throttled),
        ("ME1", "401 20003", AccountBroken),
    ):
        api.files["ME1"] = b"x"
        if fault:
            api.fault(fault, verb="media")
        with pytest.raises(error) as failed:
            await fetched(twilio, account, media(api, ref))
        assert TOKEN not in f"{failed.value!r} {failed.value.words} {failed.value.code}"


# What goes wrong

SORTS = {
    AccountBroken: (
        10001, 10002, 20003, 20005, 20006, 20008, 20010, 20151, 20403, 20404, 21212, 21601, 21603, 21606,
        21607, 21608, 21616, 21657, 21659, 21660, 21661, 21701, 21702, 21703, 21704, 21705, 21708, 21709,
        21711, 21712, 21715, 21717, 21729, 30002, 30032, 30033, 30034, 30035, 30037, 30041, 90010, 572002,
    ),
    ContactUnreachable: (
        21211, 21214, 21217, 21265, 21266, 21268, 21604, 21610, 21612, 21614, 21635, 30003, 30004, 30005,
        30006, 30008, 30014, 63003, 63024, 63033,
    ),
    Throttled: (14107, 20429, 21611, 30001, 30017, 30022, 30023, 30027, 30454, 63017, 63018, 63038),
    ProviderFault: (20500, 20503, 21730, 30020, 30021, 30410, 30500, 63009, 63010, 63012),
    Rejected: (
        11200, 11751, 12300, 21402, 21407, 21408, 21502, 21602, 21605, 21609, 21617, 21618, 21619, 21620,
        21621, 21622, 21623, 21624, 21626, 21627, 21652, 21653, 21658, 21910, 30007, 30010, 30011, 30012,
        30013, 30015, 30016, 30018, 30019, 30024, 30036, 30038, 30039, 30040, 30043, 30044, 30045, 30400,
        30404, 30409, 30450, 30453, 30485, 63005, 63007, 63013, 63016, 63019, 63021, 63031, 63034, 63036,
        90007, 90014, 92008,
    ),
}  # fmt: skip


async def test_each_code_is_the_error_it_should_be_whatever_the_status(
    api: TwilioApi, twilio: Twilio, account: AccountSettings
) -> None:
    assert sorted(code for codes in SORTS.values() for code in codes) == sorted(WORDS)
    for error, codes in SORTS.items():
        for number, code in enumerate(codes):
            api.fault(f"{(400, 403, 429, 500)[number % 4]} {code}")
            with pytest.raises(DeliveryError) as refused:
                await twilio.send(account, part("Hello"))
            assert type(refused.value) is error, code
            assert (refused.value.words, refused.value.code) == (WORDS[code], str(code))
    assert api.shown == []


async def test_a_pause_is_as_long_as_is_asked_for_and_as_makes_sense(
    api: TwilioApi, twilio: Twilio, account: AccountSettings
) -> None:
    for fault, seconds in {
        "429 asks": 7,
        "429 20429": 5,
        "400 21611": 60,
        "400 14107": 30,
        "400 63038": 3_600,
    }.items():
        api.fault(fault)
        with pytest.raises(Throttled) as paused:
            await twilio.send(account, part("Hello"))
        assert paused.value.retry_after == seconds, fault


async def test_what_may_have_been_taken_is_uncertain_and_an_absent_server_is_not(api: TwilioApi) -> None:
    impatient = Twilio(answer=0.3)
    account = replace(ACCOUNT, options=api.options())
    for fault, shown in {"held": 0, "late_answer": 1, "lost_answer": 2}.items():
        api.fault(fault)
        with pytest.raises(NoAnswer) as silent:
            await impatient.send(account, part("Hello"))
        assert not silent.value.certain
        assert len(api.shown) == shown
    assert len(api.calls) == 3  # nothing was repeated
    nowhere = replace(ACCOUNT, options={**account.options, "api_url": "http://127.0.0.1:9"})
    for call in (impatient.send(nowhere, part("Hello")), impatient.check(nowhere, HOOK)):
        with pytest.raises(Unreachable) as away:
            await call
        assert away.value.certain
    await impatient.close()


async def test_no_log_line_and_no_error_names_a_secret_or_the_words(
    api: TwilioApi, twilio: Twilio, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    keyed = replace(ACCOUNT, options=api.options(api_key=KEY, api_key_secret=KEY_SECRET))
    for fault in ("html", "500 20500", "401 20003", "no_answer", "list", "400 29999"):
        api.fault(fault)
        with pytest.raises(DeliveryError) as failed:
            await twilio.send(keyed, part("Sesame"))
        told = f"{failed.value!r} {failed.value.__cause__!r} {failed.value.words} {failed.value.code}"
        assert not any(secret in told for secret in (TOKEN, KEY_SECRET, "Sesame", CUSTOMER))
    assert not any(secret in caplog.text for secret in (TOKEN, KEY_SECRET, "Sesame", CUSTOMER))
    assert KEY_SECRET not in repr(keyed)

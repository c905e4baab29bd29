"""Every documented error has its class, and words an agent understands: in a call and in a report."""

from __future__ import annotations

from random import Random

import pytest

from networks._whatsapp_errors import REFUSALS
from networks.base import OutboundPart
from networks.capabilities import AccountSettings
from networks.errors import (
    AccountBroken,
    ContactUnreachable,
    DeliveryError,
    ProviderFault,
    Rejected,
    Throttled,
    WindowClosed,
)
from networks.events import Cause, DeliveryReport, ReportState
from networks.whatsapp import WhatsApp
from tests.contract.test_contract import is_clause
from tests.networks.whatsapp.cloud_api import USER_ID, CloudApi
from tests.networks.whatsapp.kit import WhatsAppKit, payload

EACH = 3
# https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
DOCUMENTED: dict[type[DeliveryError], tuple[int, ...]] = {
    Throttled: (4, 80007, 80008, 130429, 131048, 131056),
    ProviderFault: (1, 2, 131000, 131016, 131057, 133004),
    WindowClosed: (131047,),
    ContactUnreachable: (131026,),
    AccountBroken: (0, 3, 10, 190, 200, 230, 299, 368, 131005, 131031, 131037, 131042, 131045, 133010),
    Rejected: (
        100,
        130472,
        130497,
        131008,
        131009,
        131021,
        131030,
        131049,
        131050,
        131051,
        131052,
        131053,
        131062,
        132000,
        132001,
        132005,
        132007,
        132012,
        132015,
        132016,
        132018,
        132068,
        132069,
        135000,
    ),
}
CAUSES = {WindowClosed: Cause.WINDOW, AccountBroken: Cause.ACCOUNT}
CODES = [(code, kind) for kind, codes in DOCUMENTED.items() for code in codes]


@pytest.mark.parametrize(("code", "kind"), CODES)
async def test_each_documented_error_has_its_class_and_words(
    code: int, kind: type[DeliveryError], api: CloudApi, whatsapp: WhatsApp, account: AccountSettings
) -> None:
    api.fault(str(code))
    with pytest.raises(DeliveryError) as caught:
        await whatsapp.send(account, OutboundPart(idempotency_key="k", contact_id=USER_ID, text="Hello"))
    assert type(caught.value) is kind
    assert is_clause(caught.value.words)
    assert not any(character.isdigit() for character in caught.value.words.replace("24 hours", ""))
    assert caught.value.code == str(code)
    if isinstance(caught.value, Throttled):
        assert caught.value.one_contact is (code == 131056)
    if (code, None) in REFUSALS:
        assert reported(code) == (
            REFUSALS[code, None][1].format(title="WhatsApp"),
            CAUSES.get(kind, Cause.PART),
        )


def reported(code: object) -> tuple[str, Cause]:
    """What an agent reads of a part that is reported as failed with this code, and what it failed for."""
    told = payload("status_failed_window")
    told["entry"][0]["changes"][0]["value"]["statuses"][0]["errors"] = [{"code": code}]
    (report,) = WhatsAppKit().parse(told)
    assert isinstance(report, DeliveryReport)
    assert report.state is ReportState.FAILED
    return report.words, report.cause


@pytest.mark.parametrize("code", [987_654, None, "131026", [], {}])
def test_an_error_nobody_documents_is_told_all_the_same(code: object) -> None:
    assert reported(code) == ("WhatsApp could not deliver it", Cause.PART)


async def test_what_a_call_says_of_itself_is_what_the_customer_sees(
    api: CloudApi, whatsapp: WhatsApp, account: AccountSettings
) -> None:
    order = [*WhatsAppKit.faults, ""] * EACH
    Random(1).shuffle(order)
    for number, fault in enumerate(order):
        words = f"{number} <&> 👋"
        if fault:
            api.fault(fault)
        part = OutboundPart(idempotency_key=str(number), contact_id=USER_ID, text=words)
        try:
            await whatsapp.send(account, part)
        except DeliveryError as error:
            assert type(error) is WhatsAppKit.faults.get(fault), fault
            seen = (0,) if error.certain else (0, 1)
        else:
            assert not fault
            seen = (1,)
        assert sum(message.text == words for message in api.shown) in seen, fault

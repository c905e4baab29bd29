"""Many calls, each of which may go wrong in any way: nothing is doubled, and no error is mistaken."""

from __future__ import annotations

from random import Random

import pytest

from networks.base import OutboundPart
from networks.capabilities import AccountSettings
from networks.errors import DeliveryError
from networks.twilio import Twilio
from tests.networks.twilio.kit import TwilioKit
from tests.networks.twilio.rest_api import CUSTOMER, TwilioApi

EACH = 3


@pytest.mark.parametrize("seed", [1, 2])
async def test_what_a_call_says_of_itself_is_what_the_customer_sees(
    seed: int, api: TwilioApi, twilio: Twilio, account: AccountSettings
) -> None:
    order = [*TwilioKit.faults, ""] * EACH
    Random(seed).shuffle(order)
    for number, fault in enumerate(order):
        words = f"{number} <&> 👋"
        if fault:
            api.fault(fault)
        part = OutboundPart(idempotency_key=str(number), contact_id=CUSTOMER, text=words)
        try:
            await twilio.send(account, part)
        except DeliveryError as error:
            assert type(error) is TwilioKit.faults.get(fault), fault
            seen = (0,) if error.certain else (0, 1)
        else:
            assert fault not in TwilioKit.faults
            seen = (1,)
        assert sum(taken.form["Body"] == words for taken in api.shown) in seen, fault

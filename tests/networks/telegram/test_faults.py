"""Many calls, each of which may go wrong in any way: nothing is doubled, and no error is mistaken."""

from __future__ import annotations

import os
from random import Random

from networks.base import OutboundPart
from networks.capabilities import AccountSettings
from networks.errors import DeliveryError
from networks.telegram import Telegram
from tests.networks.telegram.bot_api import CUSTOMER, BotApi
from tests.networks.telegram.kit import TelegramKit

EACH = 50 if os.environ.get("ORATIO_TORTURE") else 5
OTHERWISE = ("400 Bad Request: can't parse entities: no end tag", "migrated")
"""What is refused in one form and taken in another."""


async def test_what_a_call_says_of_itself_is_what_the_customer_sees(
    api: BotApi, telegram: Telegram, account: AccountSettings
) -> None:
    order = [*TelegramKit.faults, *OTHERWISE, ""] * EACH
    Random(1).shuffle(order)
    for number, fault in enumerate(order):
        words = f"{number} <&> 👋"
        if fault:
            api.fault(fault)
        part = OutboundPart(idempotency_key=str(number), contact_id=str(CUSTOMER), text=words)
        try:
            await telegram.send(account, part)
        except DeliveryError as error:
            assert type(error) is TelegramKit.faults.get(fault), fault
            seen = (0,) if error.certain else (0, 1)
        else:
            assert fault not in TelegramKit.faults
            seen = (1,)
        assert sum(message.text == words for message in api.shown) in seen, fault

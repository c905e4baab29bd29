"""Twilio's REST API, the network that calls it, and an account there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from networks.capabilities import AccountSettings
from networks.twilio import Twilio
from tests.networks.twilio.kit import ACCOUNT
from tests.networks.twilio.rest_api import TwilioApi


@pytest.fixture
async def api() -> AsyncIterator[TwilioApi]:
    async with TwilioApi() as serving:
        yield serving


@pytest.fixture
async def twilio() -> AsyncIterator[Twilio]:
    network = Twilio(answer=5)
    yield network
    await network.close()


@pytest.fixture
def account(api: TwilioApi) -> AccountSettings:
    return replace(ACCOUNT, options=api.options())
